//! Conditions in SQL.
//!
//! What a condition on words means (letters of either case, lists, days, "contains") is one rule, that of
//! [`filter`](crate::catalog::filter). It is asked here which of the column's words pass, and the server looks for those:
//! so both find the same shoes, in any language, whatever the server's own rules for letters are.

use super::sql::Sql;
use crate::catalog::filter::{Filter, Filters, Numbers};
use crate::catalog::{Column, Table, Values};
use crate::database::names::quoted;
use crate::database::published::Published;
use crate::database::session::value;
use crate::database::tables::{Kind, PublishedColumn};
use crate::database::{DatabaseError, Session};

/// One condition on the shoes `s`, and how people say it.
pub(super) struct Condition {
    pub text: String,
    test: Test,
}

/// What passes.
enum Test {
    /// Texts of this field, and those without one where it says so.
    Words(String, Vec<String>, bool),
    /// The same of a field that is true or false.
    Flags(String, Vec<bool>, bool),
    /// Numbers of this field, and those without one where it says so.
    Numbers(String, Numbers, bool),
    /// The same of a field of integers.
    Whole(String, Whole, bool),
    /// The value of this field that the shoe with this id has.
    Same(String, String),
}

impl Test {
    /// Of a field of integers or of numbers.
    fn of_numbers(field: String, kind: Kind, numbers: Numbers, missing: bool) -> Self {
        match of_integers(&numbers).filter(|_| kind == Kind::Integer) {
            Some(whole) => Self::Whole(field, whole, missing),
            None => Self::Numbers(field, numbers, missing),
        }
    }
}

impl Condition {
    /// That shoes have the value that the shoe of `id` has.
    pub(super) fn same(text: String, field: &str, id: &str) -> Self {
        Self {
            text,
            test: Test::Same(field.to_owned(), id.to_owned()),
        }
    }

    /// A filter; the server is asked for the words that it may be about.
    pub(super) fn of(
        filter: &Filter,
        frame: &dyn Table,
        published: &Published,
        session: &mut Session,
    ) -> Result<Self, DatabaseError> {
        let text = filter.text().to_owned();
        let missing = filter.holds_for_missing();
        if filter.is_on_ids(frame) {
            let sql = format!("SELECT id FROM {}", published.table("shoe"));
            let ids = session.texts("reading ids", &sql, &[])?;
            let ids = Values::text(ids.iter().map(Some));
            let words = passing(filter, &Column::new("id", ids))?;
            let test = Test::Words("id".to_owned(), words, false);
            return Ok(Self { text, test });
        }
        let name = &filter.named(frame)?.name;
        let mut columns = published.about().columns.iter();
        let Some(column) = columns.find(|c| c.name == *name) else {
            return Err(DatabaseError::Changed {
                address: session.address().to_owned(),
                what: format!("the column {name} is gone"),
            });
        };
        let field = column.field.clone();
        let test = match column.kind {
            Kind::Text => {
                let words = words_of(column, published, session)?;
                Test::Words(field, passing(filter, &words)?, missing)
            }
            Kind::Boolean => {
                let both = [false, true];
                let values = Values::Boolean(both.map(Some).to_vec());
                let values = Column::new(column.name.clone(), values);
                let rows = rows_that_pass(filter, &values)?.into_iter();
                Test::Flags(field, rows.map(|row| both[row]).collect(), missing)
            }
            Kind::Integer | Kind::Real => match filter.on_numbers(false) {
                Some(numbers) => Test::of_numbers(field, column.kind, numbers, missing),
                // Letters in numbers: which of them is asked here, as they are written here.
                None => {
                    let values = numbers_of(column, published, session)?;
                    let passing = rows_that_pass(filter, &values)?;
                    let numbers = passing.into_iter().filter_map(|row| values.number(row));
                    let numbers = Numbers::OneOf(numbers.collect());
                    Test::of_numbers(field, column.kind, numbers, missing)
                }
            },
        };
        Ok(Self { text, test })
    }

    /// The condition in SQL.
    pub(super) fn sql(&self, sql: &mut Sql) -> String {
        match &self.test {
            Test::Words(field, words, missing) => {
                let field = quoted(field);
                let words = sql.bind(words.clone());
                let or = or_missing(&field, *missing);
                format!("(s.{field}::text = ANY ({words}::text[]){or})")
            }
            Test::Flags(field, flags, missing) => {
                let field = quoted(field);
                let flags = sql.bind(flags.clone());
                let or = or_missing(&field, *missing);
                format!("(s.{field} = ANY ({flags}){or})")
            }
            Test::Whole(field, whole, missing) => {
                let field = quoted(field);
                let (sign, of) = match whole {
                    Whole::Beside(sign, bound) => (sign, sql.bind(*bound)),
                    Whole::Among(sign, some) => (sign, sql.bind(some.clone())),
                };
                let or = or_missing(&field, *missing);
                format!("(s.{field} {sign} ({of}){or})")
            }
            Test::Numbers(field, numbers, missing) => {
                let field = quoted(field);
                let or = or_missing(&field, *missing);
                let value = format!("s.{field}::float8");
                // PostgreSQL holds what is no number for the largest.
                let mut compared = |sign: &str, bound: &f64| {
                    let bound = sql.bind(*bound);
                    format!("({value} {sign} {bound} AND {value} <> 'NaN')")
                };
                let test = match numbers {
                    Numbers::Less(bound) => compared("<", bound),
                    Numbers::AtMost(bound) => compared("<=", bound),
                    Numbers::More(bound) => compared(">", bound),
                    Numbers::AtLeast(bound) => compared(">=", bound),
                    Numbers::OneOf(all) => format!("{value} = ANY ({})", sql.bind(all.clone())),
                    Numbers::NoneOf(all) => format!("{value} <> ALL ({})", sql.bind(all.clone())),
                };
                format!("({test}{or})")
            }
            Test::Same(field, id) => {
                let field = quoted(field);
                let id = sql.bind(id.clone());
                format!("s.{field} = (SELECT {field} FROM example WHERE id = {id})")
            }
        }
    }
}

/// What is asked of integers.
enum Whole {
    /// A sign, and what is on its other side.
    Beside(&'static str, i64),
    /// A sign with `ANY` or `ALL`, and of which.
    Among(&'static str, Vec<i64>),
}

/// Numbers as integers, where the same pass: an index and the planner know a field as it is, and not as another type.
fn of_integers(numbers: &Numbers) -> Option<Whole> {
    /// From here on not every integer is a number of its own.
    const EXACT: f64 = (1_i64 << 53) as f64;
    let beside =
        |sign, bound: f64| (bound.abs() < EXACT).then_some(Whole::Beside(sign, bound as i64));
    let among = |sign, some: &[f64]| {
        let are_exact = some.iter().all(|v| v.abs() < EXACT);
        let whole = some.iter().filter(|v| v.fract() == 0.0);
        are_exact.then(|| Whole::Among(sign, whole.map(|v| *v as i64).collect()))
    };
    match numbers {
        Numbers::Less(bound) => beside("<", bound.ceil()),
        Numbers::AtMost(bound) => beside("<=", bound.floor()),
        Numbers::More(bound) => beside(">", bound.floor()),
        Numbers::AtLeast(bound) => beside(">=", bound.ceil()),
        Numbers::OneOf(some) => among("= ANY", some),
        Numbers::NoneOf(some) => among("<> ALL", some),
    }
}

fn or_missing(field: &str, missing: bool) -> String {
    match missing {
        true => format!(" OR s.{field} IS NULL"),
        false => String::new(),
    }
}

/// The filters as conditions.
pub(super) fn all(
    filters: &Filters,
    frame: &dyn Table,
    published: &Published,
    session: &mut Session,
) -> Result<Vec<Condition>, DatabaseError> {
    let each = filters.0.iter();
    each.map(|filter| Condition::of(filter, frame, published, session))
        .collect()
}

/// The rows of a column of values that pass.
fn rows_that_pass(filter: &Filter, column: &Column) -> Result<Vec<usize>, DatabaseError> {
    let table = Words(std::slice::from_ref(column));
    let test = filter.test(&table)?;
    Ok((0..column.len()).filter(|&row| test.holds(row)).collect())
}

/// The words of a column that pass.
fn passing(filter: &Filter, column: &Column) -> Result<Vec<String>, DatabaseError> {
    let rows = rows_that_pass(filter, column)?.into_iter();
    let words = rows.filter_map(|row| column.text(row).map(Into::into));
    Ok(words.collect())
}

/// Every word of a column, once.
fn words_of(
    column: &PublishedColumn,
    published: &Published,
    session: &mut Session,
) -> Result<Column, DatabaseError> {
    let sql = format!(
        "SELECT word FROM {} WHERE field = $1",
        published.table("word")
    );
    let doing = "reading the words of a column";
    let words = session.texts(doing, &sql, &[&column.field])?;
    let words = Values::text(words.iter().map(Some));
    Ok(Column::new(column.name.clone(), words))
}

/// Every number of a column, once.
fn numbers_of(
    column: &PublishedColumn,
    published: &Published,
    session: &mut Session,
) -> Result<Column, DatabaseError> {
    let field = quoted(&column.field);
    let shoe = published.table("shoe");
    let sql = format!("SELECT DISTINCT {field} FROM {shoe} WHERE {field} IS NOT NULL");
    let rows = session.query("reading the numbers of a column", &sql, &[])?;
    let address = session.address();
    let values = match column.kind {
        Kind::Integer => {
            let numbers = rows.iter().map(|row| value(address, row, 0));
            Values::Integer(numbers.collect::<Result<_, _>>()?)
        }
        _ => {
            let numbers = rows.iter().map(|row| value(address, row, 0));
            Values::Real(numbers.collect::<Result<_, _>>()?)
        }
    };
    Ok(Column::new(column.name.clone(), values))
}

/// A table of one column, that of the values themselves.
struct Words<'a>(&'a [Column]);

impl Table for Words<'_> {
    fn len(&self) -> usize {
        self.0.first().map_or(0, Column::len)
    }

    fn id(&self, _: usize) -> &str {
        ""
    }

    fn columns(&self) -> &[Column] {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_integers_pass_as_numbers_do() {
        let bounds = [-3.5, -3.0, -0.5, 0.0, 0.2, 7.0, 7.5];
        let mut kinds: Vec<Numbers> = Vec::new();
        for bound in bounds {
            kinds.extend([
                Numbers::Less(bound),
                Numbers::AtMost(bound),
                Numbers::More(bound),
                Numbers::AtLeast(bound),
            ]);
        }
        kinds.extend([
            Numbers::OneOf(bounds.to_vec()),
            Numbers::NoneOf(bounds.to_vec()),
        ]);
        for numbers in &kinds {
            let whole = of_integers(numbers).unwrap();
            for value in -9..9 {
                let passes = match &whole {
                    Whole::Beside("<", bound) => value < *bound,
                    Whole::Beside("<=", bound) => value <= *bound,
                    Whole::Beside(">", bound) => value > *bound,
                    Whole::Beside(_, bound) => value >= *bound,
                    Whole::Among("= ANY", some) => some.contains(&value),
                    Whole::Among(_, some) => !some.contains(&value),
                };
                assert_eq!(passes, numbers.holds(value as f64), "{numbers:?} {value}");
            }
        }
        assert!(of_integers(&Numbers::Less(1e300)).is_none());
        assert!(of_integers(&Numbers::AtMost(f64::NAN)).is_none());
    }
}
