//! Conditions on metadata, as `gender=Women`, `label=Sandal,Sneaker` or `year>=2015`: the one predicate of the command
//! line's `--where` and of the filters that people click.
//!
//! | written | holds where the value |
//! | --- | --- |
//! | `a=b`, `a=b,c` | is `b`, or one of the list |
//! | `a!=b`, `a!=b,c` | is not `b`, and none of the list; a missing value is not `b` either |
//! | `a=`, `a!=` | is missing; is there (the empty value of a list means a missing one) |
//! | `a<1`, `a<=1`, `a>1`, `a>=1` | is a number and compares so |
//! | `a~b`, `a~b,c` | contains `b`, or one of the list |
//!
//! Letters of either case are the same everywhere, in names of columns too (see [`fold_case`]). `id` is a column too. A
//! value with a comma is put in double quotes: `label="boots, lined"`.

mod prepared;

pub use prepared::{Numbers, Test};

use super::times::year_of;
use super::{Column, Table, Values, fold_case, same_letters};

/// What is wrong with a filter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// The text is no filter.
    #[error(
        "`{text}` is no filter; write COLUMN=VALUE (or !=, <, <=, >, >=, ~ for contains), as gender=Women or label=Sandal,Sneaker"
    )]
    Syntax {
        /// The text.
        text: String,
    },
    /// There is no such column.
    #[error("there is no column `{name}`{}", closest(.offered))]
    UnknownColumn {
        /// The name asked for.
        name: String,
        /// The columns that there are, closest name first.
        offered: Vec<String>,
    },
    /// The comparison needs another kind of value.
    #[error("`{text}`: {reason}")]
    Kind {
        /// The filter.
        text: String,
        /// What does not fit.
        reason: String,
    },
}

fn closest(offered: &[String]) -> String {
    match offered {
        [] => "; there is no metadata here".to_owned(),
        [first, ..] => format!(
            "; did you mean `{first}`? (there are {})",
            offered.join(", ")
        ),
    }
}

/// How a value is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Is,
    IsNot,
    Less,
    AtMost,
    More,
    AtLeast,
    Contains,
}

impl Operator {
    /// The operators as written; longer ones first, so that `<=` is not read as `<`.
    const WRITTEN: [(&'static str, Self); 7] = [
        ("!=", Self::IsNot),
        ("<=", Self::AtMost),
        (">=", Self::AtLeast),
        ("=", Self::Is),
        ("<", Self::Less),
        (">", Self::More),
        ("~", Self::Contains),
    ];

    fn orders(self) -> bool {
        matches!(self, Self::Less | Self::AtMost | Self::More | Self::AtLeast)
    }
}

/// One condition on one column.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter {
    text: String,
    column: String,
    operator: Operator,
    /// The values, folded; the empty one is a missing value.
    values: Vec<String>,
}

impl Filter {
    /// Reads a condition as `gender=Women`.
    ///
    /// # Errors
    /// [`FilterError::Syntax`], or [`FilterError::Kind`] where `<` is not followed by one number.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        let syntax = || FilterError::Syntax {
            text: text.to_owned(),
        };
        let place = text.find(['!', '=', '<', '>', '~']).ok_or_else(syntax)?;
        let (column, rest) = text.split_at(place);
        let (operator, value) = Operator::WRITTEN
            .iter()
            .find_map(|(written, operator)| Some((*operator, rest.strip_prefix(written)?)))
            .ok_or_else(syntax)?;
        let column = column.trim();
        if column.is_empty() {
            return Err(syntax());
        }
        let values = split_list(value).ok_or_else(syntax)?;
        let filter = Self {
            text: text.trim().to_owned(),
            column: column.to_owned(),
            operator,
            values,
        };
        if operator.orders() && filter.number().is_none() {
            return Err(FilterError::Kind {
                text: filter.text,
                reason: "after <, <=, > and >= comes one number".to_owned(),
            });
        }
        Ok(filter)
    }

    /// The condition as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The column's name as it was written.
    pub fn column(&self) -> &str {
        &self.column
    }

    /// The shoes whose value is one of `words`; the empty word is a missing value.
    pub fn one_of<S: AsRef<str>>(column: &str, words: impl IntoIterator<Item = S>) -> Self {
        let words: Vec<S> = words.into_iter().collect();
        let written = words.iter().map(|word| match word.as_ref() {
            word if word.contains(',') => format!("\"{word}\""),
            word => word.to_owned(),
        });
        Self {
            text: format!("{column}={}", written.collect::<Vec<_>>().join(",")),
            column: column.to_owned(),
            operator: Operator::Is,
            values: words.iter().map(|word| fold_case(word.as_ref())).collect(),
        }
    }

    /// The shoes whose number is `bound` or more.
    pub fn at_least(column: &str, bound: f64) -> Self {
        Self::bounded(column, ">=", Operator::AtLeast, bound)
    }

    /// The shoes whose number is `bound` or less.
    pub fn at_most(column: &str, bound: f64) -> Self {
        Self::bounded(column, "<=", Operator::AtMost, bound)
    }

    fn bounded(column: &str, written: &str, operator: Operator, bound: f64) -> Self {
        Self {
            text: format!("{column}{written}{bound}"),
            column: column.to_owned(),
            operator,
            values: vec![bound.to_string()],
        }
    }

    fn number(&self) -> Option<f64> {
        match &self.values[..] {
            [value] => {
                let number = value.parse().ok().filter(|x: &f64| x.is_finite());
                number.or_else(|| year_of(value))
            }
            _ => None,
        }
    }

    /// Whether one shoe meets it; for many, [`Filters::mask`] is much faster.
    ///
    /// # Errors
    /// An unknown column, or a comparison that the column's kind does not have.
    pub fn matches(&self, table: &dyn Table, row: usize) -> Result<bool, FilterError> {
        Ok(self.test(table)?.holds(row))
    }

    /// Whether it asks for ids.
    pub fn is_on_ids(&self, table: &dyn Table) -> bool {
        self.column == "id" && !self.operator.orders() && table.column("id").is_none()
    }

    /// The column that it is on.
    ///
    /// # Errors
    /// There is none of that name, or its kind does not compare so.
    pub fn find<'t>(&self, table: &'t dyn Table) -> Result<&'t Column, FilterError> {
        let column = self.named(table)?;
        if self.operator.orders() && !column.is_measured() {
            return Err(FilterError::Kind {
                text: self.text.clone(),
                reason: format!(
                    "column `{}` holds {}, not numbers",
                    column.name,
                    plural(&column.values)
                ),
            });
        }
        Ok(column)
    }

    /// The column of that name.
    ///
    /// # Errors
    /// There is none.
    pub fn named<'t>(&self, table: &'t dyn Table) -> Result<&'t Column, FilterError> {
        let is_named = |c: &&Column| same_letters(&c.name, &self.column);
        let column = table.column(&self.column);
        column
            .or_else(|| table.columns().iter().find(is_named))
            .ok_or_else(|| unknown_column(&self.column, table))
    }
}

fn plural(values: &Values) -> &'static str {
    match values {
        Values::Text { .. } => "words",
        Values::Boolean(_) => "true and false",
        Values::Integer(_) | Values::Real(_) => "numbers",
    }
}

fn unknown_column(name: &str, table: &dyn Table) -> FilterError {
    let wanted = fold_case(name);
    let mut offered: Vec<String> = table.columns().iter().map(|c| c.name.clone()).collect();
    let likeness = |other: &String| {
        let other = fold_case(other);
        let part = if other.contains(&wanted) || wanted.contains(&other) {
            0.5
        } else {
            0.0
        };
        ((strsim::jaro_winkler(&wanted, &other) + part) * -1e6) as i64
    };
    offered.sort_by_cached_key(likeness);
    FilterError::UnknownColumn {
        name: name.to_owned(),
        offered,
    }
}

/// Splits a list at its commas, outside of double quotes; folded. None where a quote stays open.
fn split_list(text: &str) -> Option<Vec<String>> {
    let (mut values, mut value, mut is_quoted) = (Vec::new(), String::new(), false);
    for letter in text.chars() {
        match letter {
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => values.push(std::mem::take(&mut value)),
            _ => value.push(letter),
        }
    }
    values.push(value);
    let clean = |value: String| fold_case(value.trim());
    (!is_quoted).then(|| values.into_iter().map(clean).collect())
}

impl std::fmt::Display for Filter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

/// Conditions that all have to be met.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filters(pub Vec<Filter>);

impl Filters {
    /// Reads several conditions.
    ///
    /// # Errors
    /// [`FilterError::Syntax`], for the first that is none.
    pub fn parse<S: AsRef<str>>(texts: impl IntoIterator<Item = S>) -> Result<Self, FilterError> {
        let filters: Result<_, _> = texts
            .into_iter()
            .map(|t| Filter::parse(t.as_ref()))
            .collect();
        Ok(Self(filters?))
    }

    /// Whether there is no condition, so that every shoe meets it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Which shoes meet all conditions, one answer a row.
    ///
    /// # Errors
    /// An unknown column, or a comparison that the column's kind does not have.
    pub fn mask(&self, table: &dyn Table) -> Result<Vec<bool>, FilterError> {
        let test = self.test(table)?;
        Ok((0..table.len()).map(|row| test.holds(row)).collect())
    }

    /// Where no shoe can meet a condition because a value occurs nowhere: what is wrong, and the closest
    /// value that does. For the message when a filter leaves nothing.
    pub fn hint(&self, table: &dyn Table) -> Option<String> {
        self.0.iter().find_map(|filter| {
            let column = filter.find(table).ok()?;
            if filter.operator != Operator::Is || filter.is_on_ids(table) {
                return None;
            }
            let known: Vec<String> = column
                .categories()
                .into_iter()
                .map(|(name, _)| name)
                .collect();
            let missing = filter.values.iter().find(|value| {
                !value.is_empty() && !known.iter().any(|known| fold_case(known) == **value)
            })?;
            let likeness =
                |name: &&String| (strsim::jaro_winkler(missing, &fold_case(name)) * 1e6) as i64;
            let best = known.iter().max_by_key(likeness)?;
            Some(format!(
                "column `{}` has no value `{missing}`; did you mean `{best}`?",
                column.name
            ))
        })
    }
}

#[cfg(test)]
mod tests;
