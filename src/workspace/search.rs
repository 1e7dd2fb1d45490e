//! Search in everything a catalogue says: ids and all metadata.
//!
//! Every distinct value is kept once, with case folded, in one long text per column with a line feed between
//! values; a word is looked for in those texts, and the rows are found from the values. So a search over a
//! million rows reads a few tens of megabytes at most. While a word is being typed, each longer word is
//! looked for only where the shorter one was found.

use crate::catalog::{Column, NO_WORD, Table, Values, fold_case};
use std::collections::HashMap;

/// A search found nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NothingFound {
    /// No shoe has the words.
    #[error(
        "the search `{words}` finds nothing: no shoe has it in its id or its metadata; search for fewer words, or for parts of them"
    )]
    Search {
        /// What was searched for.
        words: String,
    },
    /// Shoes have the words, and none of them meets the conditions.
    #[error(
        "the search `{words}` finds {hits} shoes, and none of them meets {conditions}; leave one of the two out"
    )]
    Both {
        /// What was searched for.
        words: String,
        /// How many shoes have the words.
        hits: usize,
        /// The conditions.
        conditions: String,
    },
}

/// Which shoes a search finds, one flag a row, as the explorer's search field does; all where nothing is searched for.
///
/// # Errors
/// [`NothingFound::Search`].
pub fn search(table: &dyn Table, words: &str) -> Result<Vec<bool>, NothingFound> {
    match SearchIndex::new(table).find(words) {
        None => Ok(vec![true; table.len()]),
        Some(found) if found.contains(&true) => Ok(found),
        Some(_) => Err(NothingFound::Search {
            words: words.trim().to_owned(),
        }),
    }
}

/// The searchable text of a catalogue.
pub struct SearchIndex {
    rows: usize,
    fields: Vec<Field>,
    last: Vec<(String, Vec<Vec<bool>>)>,
}

/// One column, or the ids: its distinct values and which of them each row has.
struct Field {
    texts: Texts,
    /// The value of each row, [`NO_WORD`] where it has none; `None`: row `r` has value `r`.
    codes: Option<Vec<u32>>,
}

/// Distinct values, folded, one a line.
struct Texts {
    all: String,
    /// Where each value begins in `all`, and the length at the end.
    starts: Vec<usize>,
}

impl Texts {
    fn new<S: AsRef<str>>(values: impl Iterator<Item = S>) -> Self {
        let mut all = String::new();
        let mut starts = Vec::new();
        for value in values {
            starts.push(all.len());
            // A line feed within a value would end it.
            all.extend(
                fold_case(value.as_ref())
                    .chars()
                    .map(|c| if c == '\n' { ' ' } else { c }),
            );
            all.push('\n');
        }
        starts.push(all.len());
        Self { all, starts }
    }

    fn len(&self) -> usize {
        self.starts.len() - 1
    }

    fn value(&self, index: usize) -> &str {
        &self.all[self.starts[index]..self.starts[index + 1] - 1]
    }

    /// Which values contain `word`.
    fn find(&self, word: &str) -> Vec<bool> {
        let mut found = vec![false; self.len()];
        let mut from = 0;
        let mut index = 0;
        while let Some(at) = self.all.get(from..).and_then(|rest| rest.find(word)) {
            let at = from + at;
            // Hits come in order, mostly far apart: look on from the last one, by halves.
            index += self.starts[index..].partition_point(|&start| start <= at) - 1;
            found[index] = true;
            from = self.starts[index + 1];
        }
        found
    }

    /// Which values contain `word`, of those that were found before.
    fn narrow(&self, before: &[bool], word: &str) -> Vec<bool> {
        before
            .iter()
            .enumerate()
            .map(|(index, &was)| was && self.value(index).contains(word))
            .collect()
    }
}

impl SearchIndex {
    /// Reads the ids and all columns of `catalog`.
    pub fn new(catalog: &dyn Table) -> Self {
        let rows = catalog.len();
        let mut fields = vec![Field {
            texts: Texts::new((0..rows).map(|row| catalog.id(row))),
            codes: None,
        }];
        fields.extend(catalog.columns().iter().map(|column| field(column, rows)));
        Self {
            rows,
            fields,
            last: Vec::new(),
        }
    }

    /// For each row whether it has every word of `query` somewhere in its id or metadata; `None` for an
    /// empty query, which every row fits.
    pub fn find(&mut self, query: &str) -> Option<Vec<bool>> {
        let words: Vec<String> = fold_case(query)
            .split_whitespace()
            .map(str::to_owned)
            .collect();
        if words.is_empty() {
            return None;
        }
        let mut fits = vec![true; self.rows];
        let mut found = Vec::with_capacity(words.len());
        for word in words {
            let values = self.values_with(&word);
            for (row, fits) in fits.iter_mut().enumerate() {
                *fits =
                    *fits
                        && self.fields.iter().zip(&values).any(|(field, values)| {
                            match &field.codes {
                                None => values[row],
                                Some(codes) => {
                                    values.get(codes[row] as usize).copied().unwrap_or(false)
                                }
                            }
                        });
            }
            found.push((word, values));
        }
        self.last = found;
        Some(fits)
    }

    /// For each field, which of its values contain `word`.
    fn values_with(&self, word: &str) -> Vec<Vec<bool>> {
        let before = self
            .last
            .iter()
            .filter(|(shorter, _)| word.contains(shorter.as_str()))
            .max_by_key(|(shorter, _)| shorter.len());
        self.fields
            .iter()
            .enumerate()
            .map(|(index, field)| match before {
                Some((_, values)) => field.texts.narrow(&values[index], word),
                None => field.texts.find(word),
            })
            .collect()
    }
}

fn field(column: &Column, rows: usize) -> Field {
    if let Values::Text { codes, words } = &column.values {
        return Field {
            texts: Texts::new(words.iter()),
            codes: Some(codes.clone()),
        };
    }
    let mut distinct: Vec<String> = Vec::new();
    let mut known: HashMap<String, u32> = HashMap::new();
    let codes = (0..rows)
        .map(|row| match column.text(row) {
            None => NO_WORD,
            Some(text) => *known.entry(text.into_owned()).or_insert_with_key(|text| {
                distinct.push(text.clone());
                (distinct.len() - 1) as u32
            }),
        })
        .collect();
    Field {
        texts: Texts::new(distinct.iter()),
        codes: Some(codes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_wherever_they_stand() {
        let texts = Texts::new(["Ankle boot", "Sandal", "", "Sneaker", "sandal\nboot"].iter());
        assert_eq!(texts.find("sandal"), [false, true, false, false, true]);
        assert_eq!(texts.find("boot"), [true, false, false, false, true]);
        assert_eq!(texts.find("nothing"), [false; 5]);
        assert_eq!(texts.find("dal"), [false, true, false, false, true]);
        assert_eq!(
            texts.narrow(&[true, true, false, false, false], "san"),
            [false, true, false, false, false]
        );
    }
}
