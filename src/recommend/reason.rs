//! Why a shoe is recommended, in words: from the likeness of its blocks, read against how alike two
//! shoes of this catalogue usually are.

use super::likeness::{Blocks, LEARNED, block_dots};
use super::taste::{DISLIKES, LIKES, Taste, Told};
use crate::catalog::Catalog;

/// Pairs of shoes that tell what is usual.
const PAIRS: usize = 4096;

/// From which likeness on a block is called `same`, `similar`, or, below the last, `other`.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Marks {
    same: f32,
    similar: f32,
    other: f32,
}

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
    /// Looks at random pairs of shoes (always the same ones): more alike than 99 of 100 pairs is `same`,
    /// than 90 of 100 `similar`, less than half of them `other`.
    pub(super) fn new(catalog: &Catalog, blocks: &Blocks) -> Self {
        let places = blocks.places();
        let nouns = places.iter().map(|place| match place.name.as_str() {
            "style" => "kind",
            "colour" if catalog.is_grey() => "tones",
            "colour" => "palette",
            "silhouette" => "outline",
            LEARNED => "class",
            _ => "looks",
        });
        Self {
            nouns: nouns.collect(),
            marks: marks(blocks),
        }
    }

    /// The contributions of a recommendation in words, the largest first.
    pub(super) fn words(&self, taste: &Taste<'_>, told: &Told) -> String {
        let names = taste.blocks.places();
        let mut found: Vec<(f32, String)> = Vec::new();
        let mut others: Vec<String> = Vec::new();
        let opposed = taste.near.is_empty();
        for (at, &likeness) in told.likeness.iter().enumerate() {
            let weight = taste.block_weights[at];
            if weight <= 0.0 {
                continue;
            }
            let (marks, noun) = (self.marks[at], self.nouns[at]);
            let counts = weight * likeness;
            if opposed {
                if likeness <= marks.other {
                    others.push(format!("other {noun}"));
                }
            } else if likeness >= marks.same {
                found.push((counts, format!("same {noun}")));
            } else if likeness >= marks.similar {
                found.push((counts, format!("similar {noun}")));
            } else if likeness < marks.other {
                others.push(format!("other {noun}"));
            }
        }
        let is_block = |name: &str| names.iter().any(|place| place.name == name);
        for (name, counts) in &told.contributions {
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
            words.push(self.nearest_in(told));
        } else {
            words.extend(others);
        }
        let steered = |by: &str| {
            let mut all = told.contributions.iter();
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
    fn nearest_in(&self, told: &Told) -> String {
        let best =
            (0..told.likeness.len()).max_by(|&a, &b| told.likeness[a].total_cmp(&told.likeness[b]));
        match best {
            Some(at) => format!("nearest in {}", self.nouns[at]),
            None => "nearest there is".to_owned(),
        }
    }
}

fn marks(blocks: &Blocks) -> Vec<Marks> {
    let (places, rows) = (blocks.places(), blocks.len());
    if rows < 50 {
        return vec![PLAIN; places.len()];
    }
    let mut seen = vec![Vec::with_capacity(PAIRS); places.len()];
    let mut other = vec![0.0; blocks.dims()];
    let mut dots = vec![0.0; places.len()];
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
        let probe = blocks.probe_row(a, None);
        blocks.stored(b, &mut other);
        block_dots(&probe.vector, &other, places, &mut dots);
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
