//! Metadata columns and blocks of the embedding, held column by column.

use super::Roles;
use super::times::year_of;
use crate::spill::Spill;
use half::f16;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

/// The code of a missing word in [`Values::Text`].
pub const NO_WORD: u32 = u32::MAX;

/// The values of a metadata column, one a shoe; every kind can have missing ones.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Words: each row's index into the distinct words, [`NO_WORD`] where it has none.
    Text {
        /// A row's index into `words`, or [`NO_WORD`].
        codes: Vec<u32>,
        /// The distinct words, in the order in which they first occur.
        words: Vec<String>,
    },
    /// Whole numbers.
    Integer(Vec<Option<i64>>),
    /// Numbers.
    Real(Vec<Option<f64>>),
    /// Yes or no.
    Boolean(Vec<Option<bool>>),
}

impl Values {
    /// A text column of the given words; empty words are missing ones.
    pub fn text<S: AsRef<str>>(rows: impl IntoIterator<Item = Option<S>>) -> Self {
        let mut words = Words::default();
        for row in rows {
            words.push(row.as_ref().map(AsRef::as_ref));
        }
        words.finish()
    }

    /// The values of the given rows, in that order. Panics where a row is not there, as indexing does.
    pub fn select(&self, rows: &[usize]) -> Self {
        match self {
            // Words that are left without a row go too.
            Self::Text { codes, words } => {
                Self::text(rows.iter().map(|&row| words.get(codes[row] as usize)))
            }
            Self::Integer(v) => Self::Integer(rows.iter().map(|&row| v[row]).collect()),
            Self::Real(v) => Self::Real(rows.iter().map(|&row| v[row]).collect()),
            Self::Boolean(v) => Self::Boolean(rows.iter().map(|&row| v[row]).collect()),
        }
    }

    /// Several parts as one, each with its number of rows; a part without values has none there. Whole
    /// numbers beside others become numbers, anything else of two kinds text; none where no part has any.
    pub fn concat(parts: Vec<(Option<Self>, usize)>) -> Option<Self> {
        let present = || parts.iter().filter_map(|(values, _)| values.as_ref());
        let first = present().next()?;
        let is = |test: fn(&Self) -> bool| present().all(test);
        if parts.len() == 1 {
            return parts.into_iter().next()?.0;
        }
        fn chain<T: Copy>(
            parts: &[(Option<Values>, usize)],
            get: impl Fn(&Values, usize) -> Option<T>,
        ) -> Vec<Option<T>> {
            let rows = parts
                .iter()
                .flat_map(|(values, n)| (0..*n).map(move |row| (values, row)));
            rows.map(|(values, row)| get(values.as_ref()?, row))
                .collect()
        }
        Some(match first {
            Self::Boolean(_) if is(|v| matches!(v, Self::Boolean(_))) => {
                Self::Boolean(chain(&parts, |values, row| match values {
                    Self::Boolean(v) => v[row],
                    _ => None,
                }))
            }
            Self::Integer(_) if is(|v| matches!(v, Self::Integer(_))) => {
                Self::Integer(chain(&parts, |values, row| match values {
                    Self::Integer(v) => v[row],
                    _ => None,
                }))
            }
            _ if is(|v| matches!(v, Self::Integer(_) | Self::Real(_))) => {
                Self::Real(chain(&parts, |values, row| values.number(row)))
            }
            _ => {
                let mut words = Words::default();
                for (values, n) in &parts {
                    for row in 0..*n {
                        words.push(values.as_ref().and_then(|v| v.word(row)).as_deref());
                    }
                }
                words.finish()
            }
        })
    }

    /// The row's value as people read it; none where it is missing.
    fn word(&self, row: usize) -> Option<Cow<'_, str>> {
        match self {
            Self::Text { codes, words } => {
                let word = words.get(*codes.get(row)? as usize)?;
                Some(Cow::Borrowed(word))
            }
            Self::Integer(v) => (*v.get(row)?).map(|x| Cow::Owned(x.to_string())),
            Self::Real(v) => (*v.get(row)?).map(|x| Cow::Owned(x.to_string())),
            Self::Boolean(v) => {
                (*v.get(row)?).map(|x| Cow::Borrowed(if x { "true" } else { "false" }))
            }
        }
    }

    /// The row's value as a number (booleans are 0 and 1); none where it is missing or a word.
    fn number(&self, row: usize) -> Option<f64> {
        match self {
            Self::Text { .. } => None,
            Self::Integer(v) => (*v.get(row)?).map(|x| x as f64),
            Self::Real(v) => *v.get(row)?,
            Self::Boolean(v) => (*v.get(row)?).map(|x| if x { 1.0 } else { 0.0 }),
        }
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        match self {
            Self::Text { codes, .. } => codes.len(),
            Self::Integer(v) => v.len(),
            Self::Real(v) => v.len(),
            Self::Boolean(v) => v.len(),
        }
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What kind of values these are, in a word for people.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Text { .. } => "text",
            Self::Integer(_) => "integer",
            Self::Real(_) => "number",
            Self::Boolean(_) => "boolean",
        }
    }
}

/// Collects the words of a text column.
#[derive(Default)]
pub(crate) struct Words {
    index: HashMap<String, u32>,
    codes: Vec<u32>,
    words: Vec<String>,
}

impl Words {
    /// Adds a row; an empty word is a missing one.
    pub(crate) fn push(&mut self, word: Option<&str>) {
        let code = match word {
            None | Some("") => NO_WORD,
            Some(word) => match self.index.get(word) {
                Some(&code) => code,
                None => {
                    let code = self.words.len() as u32;
                    self.index.insert(word.to_owned(), code);
                    self.words.push(word.to_owned());
                    code
                }
            },
        };
        self.codes.push(code);
    }

    pub(crate) fn finish(self) -> Values {
        Values::Text {
            codes: self.codes,
            words: self.words,
        }
    }
}

/// A metadata column: a name and a value (or none) for each shoe.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// The column's name, as in the source.
    pub name: String,
    /// Its values, one a shoe.
    pub values: Values,
    /// For each word the year with the share of it that has passed, where all are days.
    days: Option<Vec<Option<f64>>>,
}

/// For each word its day, where all are days but those that are empty.
fn days_of(words: &[String]) -> Option<Vec<Option<f64>>> {
    let day = |word: &String| match word.is_empty() {
        true => Some(None),
        false => year_of(word).map(Some),
    };
    let days: Vec<Option<f64>> = words.iter().map(day).collect::<Option<_>>()?;
    days.iter().any(Option::is_some).then_some(days)
}

impl Column {
    /// A column of that name.
    pub fn new(name: impl Into<String>, values: Values) -> Self {
        let days = match &values {
            Values::Text { words, .. } => days_of(words),
            _ => None,
        };
        Self {
            name: name.into(),
            values,
            days,
        }
    }

    /// Whether its words are days, as `2026-11-25`, all of them.
    pub fn is_date(&self) -> bool {
        self.days.is_some()
    }

    /// Whether its values have an order that is measured: numbers, and days.
    pub fn is_measured(&self) -> bool {
        self.is_date() || self.is_numeric()
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The row's value as people read it; none where it is missing.
    pub fn text(&self, row: usize) -> Option<Cow<'_, str>> {
        self.values.word(row)
    }

    /// The row's value as a number (booleans are 0 and 1, days their year with the share of it that has passed); none
    /// where it is missing or a word.
    pub fn number(&self, row: usize) -> Option<f64> {
        match (&self.days, &self.values) {
            (Some(days), Values::Text { codes, .. }) => *days.get(*codes.get(row)? as usize)?,
            _ => self.values.number(row),
        }
    }

    /// Whether the values are numbers (whole ones included, booleans not).
    pub fn is_numeric(&self) -> bool {
        matches!(self.values, Values::Integer(_) | Values::Real(_))
    }

    /// The distinct values with how many shoes have each, sorted by value (numbers by size); shoes
    /// without a value are not counted.
    pub fn categories(&self) -> Vec<(String, usize)> {
        match &self.values {
            Values::Text { codes, words } => {
                let mut counts = vec![0; words.len()];
                for &code in codes.iter().filter(|&&c| c != NO_WORD) {
                    counts[code as usize] += 1;
                }
                let mut all: Vec<_> = words.iter().cloned().zip(counts).collect();
                all.retain(|(_, count)| *count > 0);
                all.sort();
                all
            }
            Values::Integer(v) => count(v.iter().flatten().copied()),
            Values::Boolean(v) => count(v.iter().flatten().copied()),
            Values::Real(v) => {
                let mut counts = BTreeMap::new();
                for &x in v.iter().flatten() {
                    // The usual trick that makes the bits of a float sort as its value does.
                    let bits = x.to_bits() as i64;
                    let key = bits ^ ((((bits >> 63) as u64) >> 1) as i64);
                    counts.entry(key).or_insert((x, 0)).1 += 1;
                }
                counts
                    .into_values()
                    .map(|(x, n)| (x.to_string(), n))
                    .collect()
            }
        }
    }
}

fn count<T: Ord + ToString>(values: impl Iterator<Item = T>) -> Vec<(String, usize)> {
    let mut counts = BTreeMap::new();
    for value in values {
        *counts.entry(value).or_insert(0) += 1;
    }
    counts
        .into_iter()
        .map(|(value, n)| (value.to_string(), n))
        .collect()
}

/// A block of the embedding, raw as the embedder made it: neither centred nor of unit length.
#[derive(Debug, Clone)]
pub struct Block {
    /// The block's name, as `style`.
    pub name: String,
    /// Numbers a shoe.
    pub dims: usize,
    /// All shoes, one after the other: shoes × dims.
    pub values: Spill<f16>,
}

impl Block {
    /// The number of shoes.
    pub fn len(&self) -> usize {
        self.values.len() / self.dims.max(1)
    }

    /// Whether there is no shoe.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// A shoe's numbers. Panics where `row` is not below [`len`](Self::len), as indexing does.
    pub fn row(&self, row: usize) -> &[f16] {
        &self.values[row * self.dims..(row + 1) * self.dims]
    }

    /// A shoe's numbers as f32. Panics as [`row`](Self::row) does.
    pub fn row_f32(&self, row: usize) -> Vec<f32> {
        self.row(row).iter().map(|x| x.to_f32()).collect()
    }
}

/// Rows with ids and metadata: a catalogue, or what an importer found before it is one.
pub trait Table {
    /// The number of shoes.
    fn len(&self) -> usize;
    /// Whether there is no shoe.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// The shoe's id.
    fn id(&self, row: usize) -> &str;
    /// The metadata columns, in the order of the source.
    fn columns(&self) -> &[Column];
    /// What the columns mean, where somebody said it; [`roles`](crate::catalog::roles) tells it for any table.
    fn roles(&self) -> Option<&Roles> {
        None
    }
    /// The column of that name.
    fn column(&self, name: &str) -> Option<&Column> {
        self.columns().iter().find(|c| c.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_columns_share_words_and_know_missing_ones() {
        let column = Column::new(
            "gender",
            Values::text([Some("Women"), None, Some("Men"), Some("Women"), Some("")]),
        );
        assert_eq!(column.len(), 5);
        assert_eq!(column.text(3).as_deref(), Some("Women"));
        assert_eq!(column.text(1), None);
        assert_eq!(column.text(4), None);
        assert_eq!(column.text(99), None);
        assert_eq!(column.number(0), None);
        assert_eq!(
            column.categories(),
            [("Men".to_owned(), 1), ("Women".to_owned(), 2)]
        );
    }

    #[test]
    fn numbers_sort_by_size() {
        let real = Column::new(
            "price",
            Values::Real(vec![Some(10.0), Some(-2.5), None, Some(9.0), Some(-10.0)]),
        );
        let names: Vec<_> = real
            .categories()
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        assert_eq!(names, ["-10", "-2.5", "9", "10"]);
        let whole = Column::new(
            "year",
            Values::Integer(vec![Some(2012), Some(999), Some(2012)]),
        );
        assert_eq!(
            whole.categories(),
            [("999".to_owned(), 1), ("2012".to_owned(), 2)]
        );
        assert_eq!(whole.number(1), Some(999.0));
    }
}
