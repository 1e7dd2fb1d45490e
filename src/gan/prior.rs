//! What a generator remembers of the shoes that it learned from: some of their codes, and their words. Enough to
//! imagine shoes without any catalogue; no picture is in it.

use super::GanError;
use super::random::{Random, normal};
use crate::catalog::Catalog;
use crate::catalog::roles::{Role, column_of};
use crate::gan::tensor_file::Tensors;
use rand::RngExt as _;
use std::path::Path;

/// Codes that are kept, at most.
pub(super) const MOST: usize = 1024;
/// A new code lies between a code and one of so many that are nearest to it.
const NEIGHBOURS: usize = 8;
/// Deviation of what is added to it, in deviations of the codes.
const SPREAD: f32 = 0.15;
/// Nearness is that of the leading coordinates. All count alike in a code, and in a hundred of them everything is near to
/// what lies in the middle.
const LEADING: usize = 16;
/// Words are voted for by so many of the nearest codes.
const VOTERS: usize = 15;

/// Codes of real shoes with their words.
#[derive(Debug, Clone, PartialEq)]
pub struct Prior {
    dims: usize,
    /// Row-major.
    codes: Vec<f32>,
    words: Vec<Words>,
}

/// A column of words.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Words {
    /// Its name in the catalogue.
    pub column: String,
    /// What it means: `type`, `gender` or `colour`.
    pub role: String,
    /// The word of each shoe.
    pub values: Vec<Option<String>>,
}

impl Prior {
    /// Of codes of `dims` numbers each, row-major, and their words.
    pub fn new(dims: usize, codes: Vec<f32>, words: Vec<Words>) -> Self {
        Self { dims, codes, words }
    }

    /// How many codes there are.
    pub fn len(&self) -> usize {
        self.codes.len() / self.dims.max(1)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The columns that words can be told of.
    pub fn words(&self) -> &[Words] {
        &self.words
    }

    fn code(&self, i: usize) -> &[f32] {
        &self.codes[i * self.dims..][..self.dims]
    }

    /// The `k` codes nearest to `code`, nearest first.
    fn nearest(&self, code: &[f32], k: usize) -> Vec<usize> {
        let square = |i: usize| -> f32 {
            let pairs = self.code(i).iter().zip(code).take(LEADING);
            pairs.map(|(a, b)| (a - b) * (a - b)).sum()
        };
        let mut order: Vec<(f32, usize)> = (0..self.len()).map(|i| (square(i), i)).collect();
        order.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        order.into_iter().take(k).map(|(_, i)| i).collect()
    }

    /// A new code: in its leading coordinates between a code and one that is near it, in the others like the first, which
    /// would pale if they were mixed; and a little beside. `reach` above 1 goes beyond.
    pub(crate) fn sample(&self, reach: f32, random: &mut Random) -> Vec<f32> {
        let from = self.code(random.random_range(0..self.len()));
        let near = self.nearest(from, NEIGHBOURS + 1);
        let to = self.code(near[random.random_range(0..near.len())]);
        let share = reach * random.random_range(0.0..1.0f32);
        from.iter()
            .zip(to)
            .enumerate()
            .map(|(i, (a, b))| {
                let share = if i < LEADING { share } else { 0.0 };
                let between = a + share * (b - a) + SPREAD * normal(random);
                between.clamp(-super::CODE_LIMIT, super::CODE_LIMIT)
            })
            .collect()
    }

    /// The word of column `column` that most codes near `code` have, and their share; none where none of them has one.
    pub fn word(&self, column: usize, code: &[f32]) -> Option<(&str, f32)> {
        let words = self.words.get(column)?;
        let mut votes: Vec<(&str, usize)> = Vec::new();
        for i in self.nearest(code, VOTERS) {
            let Some(word) = words.values.get(i).and_then(Option::as_deref) else {
                continue;
            };
            match votes.iter_mut().find(|(other, _)| *other == word) {
                Some((_, count)) => *count += 1,
                None => votes.push((word, 1)),
            }
        }
        let all: usize = votes.iter().map(|v| v.1).sum();
        // Of equals the one that is nearest.
        let best = votes.iter().rev().max_by_key(|v| v.1)?;
        Some((best.0, best.1 as f32 / all as f32))
    }

    /// Adds it to the tensors of a file.
    pub(super) fn store(&self, tensors: &mut Tensors) {
        tensors.put("prior/codes", &[self.len(), self.dims], &self.codes);
        tensors.put_json("prior", &self.words);
    }

    /// Reads it, for codes of `dims` numbers, out of the tensors of `path`; none where the file has none.
    pub(super) fn restore(
        tensors: &Tensors,
        dims: usize,
        path: &Path,
    ) -> Result<Option<Self>, GanError> {
        if !tensors.holds("prior/codes") {
            return Ok(None);
        }
        let codes = tensors.take("prior/codes", path)?;
        let words: Vec<Words> = tensors.json("prior", path)?;
        let count = codes.len() / dims.max(1);
        let fits = count * dims == codes.len()
            && codes.iter().all(|c| c.is_finite())
            && words.iter().all(|words| words.values.len() == count);
        if !fits {
            return Err(GanError::model(
                path,
                "the parts of its prior do not fit: the file is damaged",
            ));
        }
        Ok((count > 0).then_some(Self { dims, codes, words }))
    }
}

/// The words of some rows of a catalogue, for each column that has a meaning.
pub(crate) fn words_of(catalog: &Catalog, rows: &[usize]) -> Vec<Words> {
    let roles = [
        (Role::Kind, "type"),
        (Role::Gender, "gender"),
        (Role::Colour, "colour"),
    ];
    roles
        .into_iter()
        .filter_map(|(role, name)| {
            let column = column_of(catalog, role)?;
            Some(Words {
                column: column.name.clone(),
                role: name.to_owned(),
                values: rows
                    .iter()
                    .map(|&row| column.text(row).map(|text| text.into_owned()))
                    .collect(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gan::random::random;

    /// Boots about −2, sandals about 2.
    fn prior() -> Prior {
        let mut random = random(1, 0);
        let (mut codes, mut values) = (Vec::new(), Vec::new());
        for i in 0..60 {
            let middle = if i % 2 == 0 { -2.0 } else { 2.0 };
            codes.extend((0..3).map(|_| middle + 0.2 * normal(&mut random)));
            let word = if i % 2 == 0 { "boot" } else { "sandal" };
            values.push((i != 7).then(|| word.to_owned()));
        }
        let words = Words {
            column: "label".into(),
            role: "type".into(),
            values,
        };
        Prior::new(3, codes, vec![words])
    }

    #[test]
    fn words_are_those_of_the_codes_around() {
        let prior = prior();
        assert_eq!(prior.word(0, &[-2.0; 3]), Some(("boot", 1.0)));
        assert_eq!(prior.word(0, &[2.0; 3]), Some(("sandal", 1.0)));
        assert_eq!(prior.word(1, &[2.0; 3]), None);
    }

    #[test]
    fn new_codes_lie_among_the_known_and_are_new() {
        let prior = prior();
        let mut random = random(2, 0);
        for _ in 0..200 {
            let code = prior.sample(1.0, &mut random);
            let nearest = prior.code(prior.nearest(&code, 1)[0]).to_vec();
            let off: f32 = nearest.iter().zip(&code).map(|(a, b)| (a - b).abs()).sum();
            assert!(off < 2.0 && off > 0.0, "{code:?}");
            assert!(code.iter().all(|c| c.abs() <= 3.0));
        }
    }

    #[test]
    fn it_comes_back_from_a_file_and_damage_is_told() {
        let path = Path::new("x");
        let mut tensors = Tensors::default();
        assert_eq!(Prior::restore(&tensors, 3, path).unwrap(), None);
        prior().store(&mut tensors);
        assert_eq!(Prior::restore(&tensors, 3, path).unwrap(), Some(prior()));
        let error = Prior::restore(&tensors, 4, path).unwrap_err();
        assert!(error.to_string().contains("prior"), "{error}");
    }
}
