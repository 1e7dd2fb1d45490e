//! Labels as targets of a regression: one centred 0/1 column a word.

use super::LearnError;
use crate::catalog::{Catalog, Column, NO_WORD, Values};
use crate::recommend::metadata::closest_first;
use std::collections::BTreeMap;

/// Words of one column at most, the most frequent: rarer ones count as missing.
const MOST_WORDS: usize = 256;

/// A column's words on the training rows.
pub(super) struct Target {
    pub column: String,
    /// How many distinct words.
    pub words: usize,
    /// The word of each training row; none where it is missing.
    pub word: Vec<Option<u32>>,
}

impl Target {
    /// Training rows that have a word.
    pub(super) fn rows(&self) -> usize {
        self.word.iter().flatten().count()
    }
}

/// The targets of the columns `by` on the rows to learn from.
pub(super) fn targets(
    catalog: &Catalog,
    by: &[String],
    rows: &[usize],
) -> Result<Vec<Target>, LearnError> {
    by.iter()
        .map(|name| {
            let column = catalog
                .column(name)
                .ok_or_else(|| LearnError::UnknownColumn {
                    name: name.clone(),
                    known: closest_first(
                        name,
                        catalog.columns().iter().map(|c| c.name.clone()).collect(),
                    ),
                })?;
            target(column, rows)
        })
        .collect()
}

fn target(column: &Column, rows: &[usize]) -> Result<Target, LearnError> {
    let keys: Vec<Option<u64>> = rows.iter().map(|&row| key(&column.values, row)).collect();
    let mut counts: BTreeMap<u64, usize> = BTreeMap::new();
    for &key in keys.iter().flatten() {
        *counts.entry(key).or_default() += 1;
    }
    let nothing = |found: String| LearnError::NothingToTell {
        name: column.name.clone(),
        found,
        rows: rows.len(),
    };
    // A word that occurs once can be told apart but not learned.
    let mut words: Vec<(u64, usize)> = counts
        .iter()
        .map(|(k, n)| (*k, *n))
        .filter(|(_, n)| *n > 1)
        .collect();
    words.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    words.truncate(MOST_WORDS);
    match (counts.len(), words.len()) {
        (0, _) => return Err(nothing("has no value".to_owned())),
        (1, _) => {
            let row = rows.iter().find(|&&row| key(&column.values, row).is_some());
            let value = row.and_then(|&row| column.text(row)).unwrap_or_default();
            return Err(nothing(format!("has one value ({value})")));
        }
        (_, 0) => return Err(nothing("has another value for each shoe".to_owned())),
        (_, 1) => return Err(nothing("has only one value that occurs twice".to_owned())),
        _ => {}
    }
    let index: BTreeMap<u64, u32> = words
        .iter()
        .enumerate()
        .map(|(at, (key, _))| (*key, at as u32))
        .collect();
    Ok(Target {
        column: column.name.clone(),
        words: words.len(),
        word: keys
            .iter()
            .map(|key| key.and_then(|k| index.get(&k).copied()))
            .collect(),
    })
}

/// Something that is equal where two rows have the same value.
fn key(values: &Values, row: usize) -> Option<u64> {
    match values {
        Values::Text { codes, .. } => codes
            .get(row)
            .filter(|c| **c != NO_WORD)
            .map(|c| u64::from(*c)),
        Values::Integer(v) => v.get(row)?.map(|x| x as u64),
        Values::Real(v) => v
            .get(row)?
            .filter(|x| !x.is_nan())
            .map(|x| (x + 0.0).to_bits()),
        Values::Boolean(v) => v.get(row)?.map(u64::from),
    }
}
