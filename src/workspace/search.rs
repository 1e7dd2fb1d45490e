//! Search in everything a catalogue says: ids and all metadata.
//!
//! Every distinct value is kept once, with case folded, in one long text per column with a line feed between
//! values; a word is looked for in those texts, and the rows are found from the values. So a search over a
//! million rows reads a few tens of megabytes at most. While a word is being typed, each longer word is
//! looked for only where the shorter one was found.
//!
//! Nobody knows the words of a catalogue beforehand, so what has the most of them is found, and what has none is said:
//! "red high heels women" finds the women's red heels of a shop that calls nothing high. A word counts where a word of
//! the catalogue begins with it, and inside words only where none begins with it: "men" is not "women", "00004" is in
//! "a00004". Whole words come first.

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

/// Which shoes a search finds, as the explorer's search field does; all where nothing is searched for.
///
/// # Errors
/// [`NothingFound::Search`].
pub fn search(table: &dyn Table, words: &str) -> Result<Matches, NothingFound> {
    match SearchIndex::new(table).find(words) {
        None => Ok(Matches {
            fits: vec![true; table.len()],
            ..Matches::default()
        }),
        Some(found) if found.fits.contains(&true) => Ok(found),
        Some(_) => Err(NothingFound::Search {
            words: words.trim().to_owned(),
        }),
    }
}

/// What a search finds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Matches {
    /// One flag a row: whether it has as many of the words as any.
    pub fits: Vec<bool>,
    /// How well each row fits; the order of what is found. Empty where nothing was searched for.
    grades: Vec<u16>,
    /// Words that no shoe has, or none of those that have the others.
    pub left_out: Vec<String>,
}

impl Matches {
    /// Puts rows in order, those that fit best first; of equals as they were.
    pub fn sort(&self, rows: &mut [u32]) {
        rows.sort_by_key(|&row| {
            std::cmp::Reverse(self.grades.get(row as usize).copied().unwrap_or_default())
        });
    }
}

/// How a word stands in a value.
type Grade = u8;
const NOT: Grade = 0;
/// Inside of a word.
const INSIDE: Grade = 1;
/// A word begins with it.
const BEGINS: Grade = 2;
/// It is a word.
const WHOLE: Grade = 3;

/// The searchable text of a catalogue.
pub struct SearchIndex {
    rows: usize,
    fields: Vec<Field>,
    /// The last words, and their grades in each field's values.
    last: Vec<(String, Vec<Vec<Grade>>)>,
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

    /// How `word` stands in each value.
    fn find(&self, word: &str) -> Vec<Grade> {
        let mut found = vec![NOT; self.len()];
        let mut from = 0;
        let mut index = 0;
        let step = word.chars().next().map_or(1, char::len_utf8);
        while let Some(at) = self.all.get(from..).and_then(|rest| rest.find(word)) {
            let at = from + at;
            // Hits come in order, mostly far apart: look on from the last one, by halves.
            index += self.starts[index..].partition_point(|&start| start <= at) - 1;
            found[index] = found[index].max(grade(&self.all, at, word));
            // What is a whole word cannot be more.
            from = match found[index] {
                WHOLE => self.starts[index + 1],
                _ => at + step,
            };
        }
        found
    }

    /// How `word` stands in the values that a shorter one was found in.
    fn narrow(&self, before: &[Grade], word: &str) -> Vec<Grade> {
        let best = |value: &str| {
            let grades = value
                .match_indices(word)
                .map(|(at, _)| grade(value, at, word));
            grades.max().unwrap_or(NOT)
        };
        before
            .iter()
            .enumerate()
            .map(|(index, &was)| match was {
                NOT => NOT,
                _ => best(self.value(index)),
            })
            .collect()
    }
}

/// How `word` stands at the byte `at` of `text`.
fn grade(text: &str, at: usize, word: &str) -> Grade {
    let before = text[..at].chars().next_back();
    let after = text[at + word.len()..].chars().next();
    let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    match (is_word(before), is_word(after)) {
        (true, _) => INSIDE,
        (false, true) => BEGINS,
        (false, false) => WHOLE,
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

    /// The rows that have most words of `query` in their id or metadata; `None` for an empty query, which every row
    /// fits.
    pub fn find(&mut self, query: &str) -> Option<Matches> {
        let words: Vec<String> = fold_case(query)
            .split_whitespace()
            .map(str::to_owned)
            .collect();
        if words.is_empty() {
            return None;
        }
        let mut has = vec![0_u8; self.rows];
        let mut grades = vec![0_u16; self.rows];
        let mut last = Vec::with_capacity(words.len());
        let mut by_word: Vec<Vec<Grade>> = Vec::with_capacity(words.len());
        for word in &words {
            let values = self.values_with(word);
            let mut of_rows = self.of_rows(&values);
            for one in singulars(word) {
                if of_rows.iter().any(|&grade| grade > NOT) {
                    break;
                }
                of_rows = self.of_rows(&self.values_with(one));
            }
            // Inside of words only where no word begins so.
            if of_rows.iter().any(|&grade| grade >= BEGINS) {
                for grade in &mut of_rows {
                    *grade = if *grade >= BEGINS { *grade } else { NOT };
                }
            }
            for (row, &grade) in of_rows.iter().enumerate() {
                has[row] = has[row].saturating_add(u8::from(grade > NOT));
                grades[row] = grades[row].saturating_add(grade.into());
            }
            last.push((word.clone(), values));
            by_word.push(of_rows);
        }
        self.last = last;
        let most = has.iter().copied().max().unwrap_or_default();
        let fits: Vec<bool> = has.iter().map(|&n| n > 0 && n == most).collect();
        let is_left_out = |of_rows: &Vec<Grade>| {
            let mut found = of_rows.iter().zip(&fits);
            !found.any(|(&grade, &fits)| fits && grade > NOT)
        };
        let left_out = words.iter().zip(&by_word);
        let left_out = left_out.filter(|(_, of_rows)| is_left_out(of_rows));
        Some(Matches {
            left_out: left_out.map(|(word, _)| word.clone()).collect(),
            fits,
            grades,
        })
    }

    /// How a word stands in each row, where it stands best.
    fn of_rows(&self, values: &[Vec<Grade>]) -> Vec<Grade> {
        let mut best = vec![NOT; self.rows];
        for (field, values) in self.fields.iter().zip(values) {
            if values.iter().all(|&grade| grade == NOT) {
                continue;
            }
            for (row, best) in best.iter_mut().enumerate() {
                let value = match &field.codes {
                    None => values.get(row),
                    Some(codes) => values.get(codes[row] as usize),
                };
                *best = (*best).max(value.copied().unwrap_or(NOT));
            }
        }
        best
    }

    /// For each field how `word` stands in its values.
    fn values_with(&self, word: &str) -> Vec<Vec<Grade>> {
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

/// A word without the endings of English plurals, the likelier one first: a shop may write "Heel" or "Heels".
fn singulars(word: &str) -> impl Iterator<Item = &str> {
    let short = [word.strip_suffix('s'), word.strip_suffix("es")];
    short
        .into_iter()
        .flatten()
        .filter(|short| short.chars().count() >= 3)
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
        let texts = Texts::new(["Ankle boot", "Sandal", "", "Sneaker", "sandal\nboots"].iter());
        assert_eq!(texts.find("sandal"), [NOT, WHOLE, NOT, NOT, WHOLE]);
        assert_eq!(texts.find("boot"), [WHOLE, NOT, NOT, NOT, BEGINS]);
        assert_eq!(texts.find("nothing"), [NOT; 5]);
        assert_eq!(texts.find("dal"), [NOT, INSIDE, NOT, NOT, INSIDE]);
        assert_eq!(
            texts.narrow(&[WHOLE, BEGINS, NOT, NOT, NOT], "san"),
            [NOT, BEGINS, NOT, NOT, NOT]
        );
    }

    /// Shoes called by these words.
    fn index(names: &[&str]) -> SearchIndex {
        SearchIndex {
            rows: names.len(),
            fields: vec![Field {
                texts: Texts::new(names.iter()),
                codes: None,
            }],
            last: Vec::new(),
        }
    }

    #[test]
    fn what_has_most_words_is_found_and_what_none_has_is_said() {
        let mut index = index(&[
            "Red heels women",
            "Red pumps women",
            "Blue heel men",
            "Sandal",
        ]);
        let found = index.find("red high heels women").unwrap();
        assert_eq!(found.fits, [true, false, false, false]);
        assert_eq!(found.left_out, ["high"]);
        // Two words each, and no shoe has all three.
        let found = index.find("pumps women blue").unwrap();
        assert_eq!(found.fits, [false, true, false, false]);
        assert_eq!(found.left_out, ["blue"]);
        // "Men" is no part of "women" as long as there are men.
        assert_eq!(index.find("men").unwrap().fits, [false, false, true, false]);
        // A plural finds the singular.
        assert_eq!(
            index.find("sandals").unwrap().fits,
            [false, false, false, true]
        );
        let one_shoe = |words: &str| {
            super::tests::index(&["Shoe", "Shop"])
                .find(words)
                .unwrap()
                .fits
        };
        assert_eq!(one_shoe("shoes"), [true, false]);
        let found = index.find("zebra").unwrap();
        assert!(!found.fits.contains(&true) && found.left_out == ["zebra"]);
    }

    #[test]
    fn whole_words_come_first() {
        let mut index = index(&["bootleg", "ankle boot", "boots", "boot"]);
        let found = index.find("boot").unwrap();
        let mut rows = vec![0, 1, 2, 3];
        found.sort(&mut rows);
        assert_eq!(rows, [1, 3, 0, 2]);
    }
}
