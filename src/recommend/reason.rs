//! Why a shoe is recommended, in words: from the similarities of its blocks, read against how alike two
//! shoes of this catalogue usually are.

use super::blocks::{BlockStore, LEARNED, block_dots};
use super::query_vector::QueryVector;
use super::scoring::{DISLIKES, Explanation, LIKES, Scoring};
use super::yardsticks::Marks;
use crate::catalog::Catalog;
use crate::embed;

/// Pairs of shoes that tell what is usual.
const PAIRS: usize = 4096;

/// Where nothing is known of the catalogue: a few shoes only.
const PLAIN: Marks = Marks {
    same: 0.8,
    similar: 0.5,
    other: 0.0,
};

/// The words of a catalogue's blocks.
#[derive(Debug)]
pub(super) struct Reasons {
    marks: Vec<Marks>,
    nouns: Vec<&'static str>,
}

impl Reasons {
    /// Looks at random pairs of shoes (always the same ones), where no yardsticks came along: more alike than 99 of 100
    /// pairs is `same`, than 90 of 100 `similar`, less than half of them `other`.
    pub(super) fn new(catalog: &Catalog, blocks: &BlockStore) -> Self {
        let noun = |name: &str| match embed::block(name) {
            Some(block) => block.called(catalog.is_grey()),
            None if name == LEARNED => "class",
            // A block that a later version of the program put into the catalogue.
            None => "looks",
        };
        let ranges = blocks.ranges().iter();
        Self {
            nouns: ranges.map(|block| noun(&block.name)).collect(),
            marks: match &blocks.yardsticks {
                Some(yardsticks) => yardsticks.marks.clone(),
                None => marks(blocks),
            },
        }
    }

    /// From where on blocks are called what.
    pub(super) fn marks(&self) -> &[Marks] {
        &self.marks
    }

    /// The contributions of a recommendation in words, the largest first.
    pub(super) fn words(&self, scoring: &Scoring<'_>, explanation: &Explanation) -> String {
        let names = scoring.blocks.ranges();
        let mut found: Vec<(f32, String)> = Vec::new();
        let mut others: Vec<String> = Vec::new();
        let opposed = scoring.near.is_empty();
        for (at, &similarity) in explanation.similarities.iter().enumerate() {
            let weight = scoring.block_weights[at];
            if weight <= 0.0 {
                continue;
            }
            let (marks, noun) = (self.marks[at], self.nouns[at]);
            let counts = weight * similarity;
            if opposed {
                if similarity <= marks.other {
                    others.push(format!("other {noun}"));
                }
            } else if similarity >= marks.same {
                found.push((counts, format!("same {noun}")));
            } else if similarity >= marks.similar {
                found.push((counts, format!("similar {noun}")));
            } else if similarity < marks.other {
                others.push(format!("other {noun}"));
            }
        }
        let is_block = |name: &str| names.iter().any(|block| block.name == name);
        for (name, counts) in &explanation.contributions {
            let steers = [LIKES, DISLIKES].contains(&name.as_str());
            if !is_block(name) && !steers && *counts > 0.0 {
                found.push((*counts, format!("same {name}")));
            }
        }
        found.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut words: Vec<String> = found.into_iter().map(|(_, word)| word).collect();
        if opposed {
            words = others;
            return match words.is_empty() {
                true => "least like what is disliked".to_owned(),
                false => format!("{} than what is disliked", words.join(", ")),
            };
        }
        if words.is_empty() {
            words.push(self.nearest_in(explanation));
        } else {
            words.extend(others);
        }
        let steered = |by: &str| {
            let mut all = explanation.contributions.iter();
            all.any(|(name, counts)| name == by && counts.abs() > 0.05)
        };
        if steered(LIKES) {
            words.push("near a like".to_owned());
        }
        if steered(DISLIKES) {
            words.push("though near a dislike".to_owned());
        }
        words.join(", ")
    }

    /// Where no block is alike enough to be called so.
    fn nearest_in(&self, explanation: &Explanation) -> String {
        let alike = &explanation.similarities;
        let best = (0..alike.len()).max_by(|&a, &b| alike[a].total_cmp(&alike[b]));
        match best {
            Some(at) => format!("nearest in {}", self.nouns[at]),
            None => "nearest there is".to_owned(),
        }
    }
}

fn marks(blocks: &BlockStore) -> Vec<Marks> {
    let (ranges, rows) = (blocks.ranges(), blocks.len());
    if rows < 50 {
        return vec![PLAIN; ranges.len()];
    }
    let mut seen = vec![Vec::with_capacity(PAIRS); ranges.len()];
    let mut other = vec![0.0; blocks.dims()];
    let mut dots = vec![0.0; ranges.len()];
    // A fixed walk over pairs: multiplicative hashing, so that no seed has to be kept.
    for pair in 0..PAIRS as u64 {
        let pick = |salt: u64| {
            let mixed = (pair * 2 + salt)
                .wrapping_add(1)
                .wrapping_mul(0x9e37_79b9_7f4a_7c15);
            (mixed >> 32) as usize % rows
        };
        let (a, b) = (pick(0), pick(1));
        if a == b {
            continue;
        }
        let example = QueryVector::of_row(blocks, a, None);
        blocks.stored(b, &mut other);
        block_dots(&example.vector, &other, ranges, &mut dots);
        for (seen, dot) in seen.iter_mut().zip(&dots) {
            seen.push(*dot);
        }
    }
    seen.into_iter()
        .map(|mut values| {
            values.sort_by(f32::total_cmp);
            let at = |share: f32| values[((values.len() - 1) as f32 * share) as usize];
            Marks {
                // Very tight or very loose catalogues must not make nonsense of the words.
                same: at(0.99).clamp(0.5, 0.95),
                similar: at(0.9).clamp(0.25, 0.8),
                other: at(0.5).min(0.1),
            }
        })
        .collect()
}
