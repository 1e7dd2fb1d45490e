//! The rule by which a shoe in question, likes and dislikes make one score.
//!
//! Known engines offer three rules. Qdrant's *average vector* searches near `2·mean(likes) − mean(dislikes)`;
//! its *best score* compares each candidate with every example and keeps the best; its *discovery* searches
//! near a target, within a context of good and bad examples (Qdrant documentation, "Explore the data"). The
//! first puts somebody who likes boots and sandals between the two, where nothing is; the second lets a
//! dislike act only where it is nearer than every like, and answers a question about one shoe with the twins
//! of another that was liked long ago. Here each does what it does best. With a shoe in question:
//!
//! `score = likeness to it + ½ · max(0, max over likes of likeness) − ½ · max(0, max over dislikes of likeness)`
//!
//! and without one:
//!
//! `score = max over likes of likeness − ½ · max(0, max over dislikes of likeness)`
//!
//! So the question stays what the list is about, and likes lean it their way; where there are only likes,
//! any one of them is enough to be near to. A dislike pushes its surroundings away, the more the nearer, and
//! leaves what is unlike it alone; with one like and one dislike this is half of Qdrant's average. With
//! dislikes only, the score is minus the likeness to the nearest of them: what is most unlike all of them
//! comes first. Every term is a weighted sum over blocks and columns, so the score can be told in bars.

use super::likeness::{Blocks, MOST_BLOCKS, Norms, Probe, block_dots};
use super::{Metric, RecommendError, Weights, metadata};
use crate::catalog::{Catalog, Column};

/// How much a like or a dislike that steers weighs against what is asked about.
pub const STEER: f32 = 0.5;

/// The name under which likes that steer stand among the contributions.
pub const LIKES: &str = "likes";

/// The name under which dislikes stand among the contributions.
pub const DISLIKES: &str = "dislikes";

/// What to be near to, what steers, and weights, ready to score any row.
pub(super) struct Taste<'a> {
    pub blocks: &'a Blocks,
    norms: Option<&'a Norms>,
    /// The shoe in question, or where there is none the likes: being near one of them is enough.
    pub near: Vec<Probe>,
    /// The likes, where there is a shoe in question.
    towards: Vec<Probe>,
    /// The dislikes.
    away: Vec<Probe>,
    /// A weight a block, in the order of the joined vector.
    pub block_weights: Vec<f32>,
    /// The columns that count, with their weights.
    pub column_weights: Vec<(&'a Column, f32)>,
}

impl<'a> Taste<'a> {
    pub(super) fn new(
        catalog: &'a Catalog,
        blocks: &'a Blocks,
        weights: &Weights,
        question: Option<Probe>,
        likes: Vec<Probe>,
        dislikes: Vec<Probe>,
    ) -> Result<Self, RecommendError> {
        let (near, towards) = match question {
            Some(question) => (vec![question], likes),
            None => (likes, Vec::new()),
        };
        let block_weights = blocks
            .places()
            .iter()
            .map(|place| weights.blocks.get(&place.name).copied().unwrap_or(0.0))
            .collect();
        let mut column_weights = Vec::new();
        for (name, &weight) in weights.columns.iter().filter(|(_, w)| **w > 0.0) {
            let column = catalog
                .column(name)
                .ok_or_else(|| metadata::unknown_column(catalog, name))?;
            column_weights.push((column, weight));
        }
        let norms = match weights.metric {
            Metric::Cosine => None,
            Metric::SquaredEuclidean => Some(blocks.norms(catalog)?),
        };
        Ok(Self {
            blocks,
            norms,
            near,
            towards,
            away: dislikes,
            block_weights,
            column_weights,
        })
    }

    /// Whether the score is the weighted sum of cosines of the best of [`Self::near`], plus its [`Self::bias`].
    pub(super) fn is_dot_product(&self) -> bool {
        let steered = !self.towards.is_empty() || !self.away.is_empty();
        self.norms.is_none() && !self.near.is_empty() && !steered
    }

    /// The query whose dot product with stored embeddings is the weighted sum of the space's blocks.
    pub(super) fn query(&self, probe: &Probe) -> Vec<f32> {
        let dims = self.blocks.embeddings.dims();
        let mut query = probe.vector[..dims].to_vec();
        let places = self.blocks.places().iter().zip(&self.block_weights);
        for (place, weight) in places.filter(|(p, _)| p.range.end <= dims) {
            for value in &mut query[place.range.clone()] {
                *value *= weight;
            }
        }
        query
    }

    /// Whether anything but the space's blocks counts.
    pub(super) fn has_bias(&self) -> bool {
        let own = self.blocks.embeddings.blocks().len();
        let learned = self.block_weights[own..].iter().any(|&w| w > 0.0);
        learned || !self.column_weights.is_empty()
    }

    /// The score of a row (all examples are compared), given a scratch of [`Blocks::dims`] values.
    pub(super) fn score(&self, row: usize, scratch: &mut [f32]) -> f32 {
        self.blocks.stored(row, scratch);
        match self.best(&self.near, row, scratch) {
            Some((_, near)) => {
                let steers = self.steers(row, scratch);
                near + steers.into_iter().flatten().map(|(_, by)| by).sum::<f32>()
            }
            None => -(self.best(&self.away, row, scratch)).map_or(0.0, |(_, likeness)| likeness),
        }
    }

    /// What the likes and the dislikes that steer add to a row's score, by name.
    fn steers(&self, row: usize, stored: &[f32]) -> [Option<(&'static str, f32)>; 2] {
        let by = |name, sign, probes| {
            self.best(probes, row, stored)
                .map(|(_, likeness)| (name, sign * STEER * likeness.max(0.0)))
        };
        [
            by(LIKES, 1.0, &self.towards),
            by(DISLIKES, -1.0, &self.away),
        ]
    }

    /// What is added to the dot product of a probe with a row's space blocks: the learned block's cosine and
    /// the metadata matches, weighted. (What steers is no part of this.)
    pub(super) fn bias(&self, probe: &Probe, row: usize, scratch: &mut [f32]) -> f32 {
        let own = self.blocks.embeddings.dims();
        let mut sum = 0.0;
        if let Some(&weight) = self
            .block_weights
            .get(self.blocks.embeddings.blocks().len())
            && weight > 0.0
        {
            let dims = self.blocks.stored_learned(row, scratch);
            let dot = super::search::dot(&probe.vector[own..], &scratch[..dims]);
            sum += weight * dot.clamp(-1.0, 1.0);
        }
        sum + self.matches(probe, row).sum::<f32>()
    }

    /// The example that a row is most like, and how much.
    fn best(&self, probes: &[Probe], row: usize, stored: &[f32]) -> Option<(usize, f32)> {
        let mut best: Option<(usize, f32)> = None;
        for (at, probe) in probes.iter().enumerate() {
            let sum = self.sum(probe, row, stored);
            if best.is_none_or(|(_, other)| sum > other) {
                best = Some((at, sum));
            }
        }
        best
    }

    fn matches<'b>(&'b self, probe: &Probe, row: usize) -> impl Iterator<Item = f32> + use<'a, 'b> {
        let own = probe.row;
        self.column_weights.iter().map(move |(column, weight)| {
            let same = own.is_some_and(|own| metadata::same(column, own, row));
            if same { *weight } else { 0.0 }
        })
    }

    /// What a probe adds to a row's score, without a word on why; allocates nothing.
    fn sum(&self, probe: &Probe, row: usize, stored: &[f32]) -> f32 {
        let mut likeness = [0f32; MOST_BLOCKS];
        let likeness = &mut likeness[..self.block_weights.len()];
        self.likeness(probe, row, stored, likeness);
        let blocks: f32 = likeness
            .iter()
            .zip(&self.block_weights)
            .map(|(l, w)| l * w)
            .sum();
        blocks + self.matches(probe, row).sum::<f32>()
    }

    /// How alike a row is to a probe in each block: 1 is the same; by cosine at least −1.
    pub(super) fn likeness(&self, probe: &Probe, row: usize, stored: &[f32], dots: &mut [f32]) {
        let places = self.blocks.places();
        block_dots(&probe.vector, stored, places, dots);
        for dot in dots.iter_mut() {
            // What 16 bit rounding adds.
            *dot = dot.clamp(-1.0, 1.0);
        }
        if let Some(norms) = self.norms {
            let own = &norms.rows[row * places.len()..][..places.len()];
            for (at, dot) in dots.iter_mut().enumerate() {
                let (a, b) = (probe.norms[at], own[at]);
                let square = (a * a + b * b - 2.0 * a * b * *dot).max(0.0);
                *dot = 1.0 - 0.5 * square / norms.mean_square[at];
            }
        }
    }

    /// The names of the terms of a score, in their order.
    pub(super) fn names(&self) -> Vec<&'a str> {
        let blocks = self.blocks.places().iter().map(|p| p.name.as_str());
        blocks
            .chain(self.column_weights.iter().map(|(c, _)| c.name.as_str()))
            .collect()
    }

    /// A row's score, told: what each weighted block and column of the example that counted added (a dislike,
    /// where there are only those), what likes and dislikes added, and how far it is from that example.
    pub(super) fn told(&self, row: usize, scratch: &mut [f32]) -> Told {
        self.blocks.stored(row, scratch);
        let near = self.best(&self.near, row, scratch);
        let away = self.best(&self.away, row, scratch);
        let (sign, probe) = match (near, away) {
            (Some((at, _)), _) => (1.0, &self.near[at]),
            (None, Some((at, _))) => (-1.0, &self.away[at]),
            (None, None) => {
                return Told {
                    likeness: Vec::new(),
                    contributions: Vec::new(),
                    score: 0.0,
                    distance: 0.0,
                };
            }
        };
        let mut likeness = vec![0.0; self.block_weights.len()];
        self.likeness(probe, row, scratch, &mut likeness);
        let weighted = likeness.iter().zip(&self.block_weights).map(|(l, w)| l * w);
        let terms: Vec<f32> = weighted.chain(self.matches(probe, row)).collect();
        let weights = self.block_weights.iter().copied();
        let weights = weights.chain(self.column_weights.iter().map(|(_, w)| *w));
        let mut named: Vec<(f32, String, f32)> = self
            .names()
            .into_iter()
            .zip(terms)
            .zip(weights)
            .filter(|(_, weight)| *weight > 0.0)
            .map(|((name, term), weight)| (weight, name.to_owned(), sign * term))
            .collect();
        named.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut contributions: Vec<_> = named.into_iter().map(|(_, name, t)| (name, t)).collect();
        if near.is_some() {
            let steers = self.steers(row, scratch).into_iter().flatten();
            contributions.extend(steers.map(|(name, by)| (name.to_owned(), by)));
        }
        let total: f32 = self.block_weights.iter().sum();
        let square = self.distance_square(probe, row, &likeness, scratch);
        Told {
            score: contributions.iter().map(|(_, c)| c).sum(),
            likeness,
            contributions,
            distance: (square / total.max(f32::MIN_POSITIVE)).sqrt(),
        }
    }

    fn distance_square(&self, probe: &Probe, row: usize, likeness: &[f32], stored: &[f32]) -> f32 {
        if self.norms.is_none() || probe.row == Some(row) {
            return self
                .blocks
                .squared_distance(probe, stored, &self.block_weights);
        }
        let each = likeness.iter().zip(&self.block_weights);
        each.map(|(likeness, weight)| weight * 2.0 * (1.0 - likeness))
            .sum()
    }
}

/// A score with its parts.
pub(super) struct Told {
    /// How alike in each block, in the order of the joined vector.
    pub likeness: Vec<f32>,
    pub contributions: Vec<(String, f32)>,
    /// Exactly the sum of the contributions, added in their order.
    pub score: f32,
    pub distance: f32,
}
