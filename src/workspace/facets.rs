//! Filters a person can click: words of a column as checkboxes with counts, numbers as a range.
//!
//! Within a column any chosen word will do; between columns all must hold. The count beside a word says how
//! many shoes there would be with the other columns' filters as they are, so it tells what a click brings.

use crate::catalog::{Column, NO_WORD, Table, Values};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A column with more distinct words than this is for search, not for checkboxes.
pub const MOST_WORDS: usize = 400;

/// What is asked of one column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Facet {
    /// One of these words; the empty word stands for "no value".
    Words(BTreeSet<String>),
    /// A number within these bounds, both included; shoes without a number do not fit.
    Range(f64, f64),
}

/// What is asked of each column; columns that nothing is asked of are not in it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Facets(pub BTreeMap<String, Facet>);

impl Facets {
    /// Whether anything is asked at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The words chosen in a column, if any.
    pub fn words(&self, column: &str) -> Option<&BTreeSet<String>> {
        match self.0.get(column) {
            Some(Facet::Words(words)) => Some(words),
            _ => None,
        }
    }

    /// The range chosen in a column, if any.
    pub fn range(&self, column: &str) -> Option<(f64, f64)> {
        match self.0.get(column) {
            Some(Facet::Range(low, high)) => Some((*low, *high)),
            _ => None,
        }
    }

    /// Chooses a word, or takes it back; a column without a chosen word asks nothing.
    pub fn toggle(&mut self, column: &str, word: &str) {
        let facet = self
            .0
            .entry(column.to_owned())
            .or_insert_with(|| Facet::Words(BTreeSet::new()));
        if !matches!(facet, Facet::Words(_)) {
            *facet = Facet::Words(BTreeSet::new());
        }
        if let Facet::Words(words) = facet {
            if !words.remove(word) {
                words.insert(word.to_owned());
            }
            if words.is_empty() {
                self.0.remove(column);
            }
        }
    }

    /// One line a person can read, as `gender: Women, Girls`.
    pub fn describe(&self) -> Vec<(String, String)> {
        self.0
            .iter()
            .map(|(column, facet)| {
                let what = match facet {
                    Facet::Words(words) => {
                        let words: Vec<_> = words
                            .iter()
                            .map(|w| if w.is_empty() { "no value" } else { w })
                            .collect();
                        words.join(", ")
                    }
                    Facet::Range(low, high) => format!("{} to {}", number(*low), number(*high)),
                };
                (column.clone(), what)
            })
            .collect()
    }
}

/// A number without needless digits.
pub fn number(value: f64) -> String {
    if value == value.trunc() && value.abs() < 1e15 {
        return format!("{value}");
    }
    let digits = (3 - value.abs().log10().floor() as i32).clamp(0, 6) as usize;
    let text = format!("{value:.digits$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// What a column offers to filter by.
#[derive(Debug, Clone, PartialEq)]
pub enum Offer {
    /// Words, most frequent first; the empty word stands for "no value".
    Words(Vec<String>),
    /// Numbers from the smallest to the largest.
    Numbers {
        /// The smallest number of the column.
        low: f64,
        /// The largest number of the column.
        high: f64,
        /// Whether all are whole.
        whole: bool,
    },
    /// Too many different words to list (their number): to be searched.
    TooMany(usize),
    /// One word, or none at all: nothing to choose.
    Nothing,
}

/// One column as the filter sees it.
#[derive(Debug, Clone)]
pub struct FacetColumn {
    /// The column's name.
    pub name: String,
    /// What it offers.
    pub offer: Offer,
    /// For each row the index of its word in the offer.
    codes: Vec<u16>,
}

/// All columns of a catalogue as the filter sees them; made once when it opens.
#[derive(Debug, Clone, Default)]
pub struct FacetModel {
    /// The columns, in the order of the catalogue.
    pub columns: Vec<FacetColumn>,
}

/// For each column that offers words: how many shoes have each, in the order of the offer.
pub type Counts = BTreeMap<String, Vec<usize>>;

impl FacetModel {
    /// Reads the columns of `catalog`.
    pub fn new(catalog: &dyn Table) -> Self {
        Self {
            columns: catalog
                .columns()
                .iter()
                .map(|column| facet_column(column, catalog.len()))
                .collect(),
        }
    }

    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&FacetColumn> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// For each row whether it fits all of `facets` and `also` (the search, if any), and the counts.
    pub fn apply(
        &self,
        catalog: &dyn Table,
        facets: &Facets,
        also: Option<&[bool]>,
    ) -> (Vec<bool>, Counts) {
        let rows = catalog.len();
        // How many filters a row fails, and the last column that it fails.
        let mut fails: Vec<(u8, u16)> = match also {
            Some(also) => also
                .iter()
                .map(|&fits| (if fits { 0 } else { 2 }, u16::MAX))
                .collect(),
            None => vec![(0, u16::MAX); rows],
        };
        for (index, column) in self.columns.iter().enumerate() {
            let Some(facet) = facets.0.get(&column.name) else {
                continue;
            };
            column.fail(catalog, facet, |row| {
                fails[row].0 = fails[row].0.saturating_add(1);
                fails[row].1 = index as u16;
            });
        }
        let mut counts = Counts::new();
        for (index, column) in self.columns.iter().enumerate() {
            let Offer::Words(words) = &column.offer else {
                continue;
            };
            let mut count = vec![0; words.len()];
            for (&(failed, last), &code) in fails.iter().zip(&column.codes) {
                if failed == 0 || (failed == 1 && last == index as u16) {
                    count[code as usize] += 1;
                }
            }
            counts.insert(column.name.clone(), count);
        }
        (
            fails.iter().map(|&(failed, _)| failed == 0).collect(),
            counts,
        )
    }
}

impl FacetColumn {
    /// For each row the index of its word in [`Offer::Words`]; empty for any other offer.
    pub fn codes(&self) -> &[u16] {
        &self.codes
    }

    /// Calls `failed` for each row that does not fit `facet`.
    fn fail(&self, catalog: &dyn Table, facet: &Facet, mut failed: impl FnMut(usize)) {
        match (facet, &self.offer) {
            (Facet::Words(chosen), Offer::Words(words)) => {
                let fits: Vec<bool> = words.iter().map(|word| chosen.contains(word)).collect();
                for (row, &code) in self.codes.iter().enumerate() {
                    if !fits[code as usize] {
                        failed(row);
                    }
                }
            }
            (Facet::Words(chosen), _) => {
                let Some(column) = catalog.column(&self.name) else {
                    return;
                };
                for row in 0..catalog.len() {
                    let fits = column
                        .text(row)
                        .map_or_else(|| chosen.contains(""), |text| chosen.contains(&*text));
                    if !fits {
                        failed(row);
                    }
                }
            }
            (Facet::Range(low, high), _) => {
                let Some(column) = catalog.column(&self.name) else {
                    return;
                };
                for row in 0..catalog.len() {
                    if !column
                        .number(row)
                        .is_some_and(|n| (*low..=*high).contains(&n))
                    {
                        failed(row);
                    }
                }
            }
        }
    }
}

fn facet_column(column: &Column, rows: usize) -> FacetColumn {
    let name = column.name.clone();
    let empty = |offer| FacetColumn {
        name: name.clone(),
        offer,
        codes: Vec::new(),
    };
    match &column.values {
        Values::Integer(_) | Values::Real(_) => {
            let mut numbers = (0..rows)
                .filter_map(|row| column.number(row))
                .filter(|n| n.is_finite());
            let Some(first) = numbers.next() else {
                return empty(Offer::Nothing);
            };
            let mut whole = first == first.trunc();
            let (low, high) = numbers.fold((first, first), |(low, high), n| {
                whole &= n == n.trunc();
                (low.min(n), high.max(n))
            });
            if low == high {
                empty(Offer::Nothing)
            } else {
                empty(Offer::Numbers { low, high, whole })
            }
        }
        Values::Text { codes, words } => words_column(
            name,
            words.len(),
            |i| words[i].clone(),
            codes.iter().copied(),
        ),
        Values::Boolean(flags) => words_column(
            name,
            2,
            |i| ["false", "true"][i].to_owned(),
            flags.iter().map(|flag| flag.map_or(NO_WORD, u32::from)),
        ),
    }
}

/// Words by falling frequency, "no value" last.
fn words_column(
    name: String,
    words: usize,
    word: impl Fn(usize) -> String,
    codes: impl ExactSizeIterator<Item = u32> + Clone,
) -> FacetColumn {
    let mut counts = vec![0_usize; words + 1];
    for code in codes.clone() {
        counts[(code as usize).min(words)] += 1;
    }
    let mut order: Vec<usize> = (0..words).filter(|&i| counts[i] > 0).collect();
    let distinct = order.len() + usize::from(counts[words] > 0);
    if distinct <= 1 {
        return FacetColumn {
            name,
            offer: Offer::Nothing,
            codes: Vec::new(),
        };
    }
    if order.len() > MOST_WORDS {
        return FacetColumn {
            name,
            offer: Offer::TooMany(order.len()),
            codes: Vec::new(),
        };
    }
    order.sort_by_key(|&i| (std::cmp::Reverse(counts[i]), word(i)));
    let mut offer: Vec<String> = order.iter().map(|&i| word(i)).collect();
    // A column may hold the empty text as a word of its own; it and "no value" are one choice.
    let empty = match offer.iter().position(String::is_empty) {
        Some(at) => at,
        None => {
            if counts[words] > 0 {
                offer.push(String::new());
            }
            order.len()
        }
    };
    let mut place = vec![empty as u16; words + 1];
    for (at, &i) in order.iter().enumerate() {
        place[i] = at as u16;
    }
    FacetColumn {
        name,
        offer: Offer::Words(offer),
        codes: codes
            .map(|code| place[(code as usize).min(words)])
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(column: &FacetColumn) -> &[String] {
        match &column.offer {
            Offer::Words(words) => words,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn words_come_by_frequency_and_what_is_missing_last() {
        let text = ["boot", "", "sandal"].map(str::to_owned);
        let codes = [2, 2, 0, NO_WORD, 2];
        let column = words_column(
            "kind".into(),
            2,
            |i| [&text[0], &text[2]][i].clone(),
            codes.map(|c| if c == 2 { 1 } else { c }).into_iter(),
        );
        assert_eq!(words(&column), ["sandal", "boot", ""]);
        assert_eq!(column.codes, [0, 0, 1, 2, 0]);
    }

    #[test]
    fn a_word_is_chosen_and_taken_back() {
        let mut facets = Facets::default();
        facets.toggle("kind", "boot");
        facets.toggle("kind", "sandal");
        assert_eq!(
            facets.describe(),
            [("kind".to_owned(), "boot, sandal".to_owned())]
        );
        facets.toggle("kind", "boot");
        facets.toggle("kind", "sandal");
        assert!(facets.is_empty());
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!(number(2012.0), "2012");
        assert_eq!(number(0.123_456), "0.1235");
        assert_eq!(number(19.990_001), "19.99");
        assert_eq!(number(-3.5), "-3.5");
    }
}
