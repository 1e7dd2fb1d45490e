//! The rule by which a target, likes and dislikes make one score, and the terms of that score.
//!
//! Known engines offer three rules. Qdrant's *average vector* searches near `2·mean(likes) − mean(dislikes)`;
//! its *best score* compares each candidate with every example and keeps the best; its *discovery* searches
//! near a target, within a context of good and bad examples (Qdrant documentation, "Explore the data"). The
//! first puts somebody who likes boots and sandals between the two, where nothing is; the second lets a
//! dislike act only where it is nearer than every like, and answers a query about one shoe with the twins
//! of another that was liked long ago. Here each does what it does best. With a target:
//!
//! `score = similarity to it + ½ · max(0, max over likes of similarity) − ½ · max(0, max over dislikes of similarity)`
//!
//! and without one:
//!
//! `score = max over likes of similarity − ½ · max(0, max over dislikes of similarity)`
//!
//! So the target stays what the list is about, and likes lean it their way; where there are only likes,
//! any one of them is enough to be near to. A dislike pushes its surroundings away, the more the nearer, and
//! leaves what is unlike it alone; with one like and one dislike this is half of Qdrant's average. With
//! dislikes only, the score is minus the similarity to the nearest of them: what is most unlike all of them
//! comes first. Every term is a weighted sum over blocks and columns, so the score can be told in bars.

use super::blocks::{BlockNorms, BlockStore, MAX_BLOCKS, block_dots};
use super::query_vector::{QueryVector, QueryVectors};
use super::{Metric, RecommendError, Weights, metadata};
use crate::catalog::{Catalog, Column};
use crate::numeric::dot;

/// How much a like or a dislike that steers weighs against what is asked about.
pub const STEER: f32 = 0.5;

/// The name under which likes that steer stand among the contributions.
pub const LIKES: &str = "likes";

/// The name under which dislikes stand among the contributions.
pub const DISLIKES: &str = "dislikes";

/// What to be near to, what steers, and weights, ready to score any row.
pub(super) struct Scoring<'a> {
    pub blocks: &'a BlockStore,
    norms: Option<&'a BlockNorms>,
    /// The target, or where there is none the likes: being near one of them is enough.
    pub near: Vec<QueryVector>,
    /// The likes, where there is a target.
    attracting: Vec<QueryVector>,
    /// The dislikes.
    repelling: Vec<QueryVector>,
    /// A weight a block, in the order of the joined vector.
    pub block_weights: Vec<f32>,
    /// The columns that count, with their weights.
    pub column_weights: Vec<(&'a Column, f32)>,
}

impl<'a> Scoring<'a> {
    pub(super) fn new(
        catalog: &'a Catalog,
        blocks: &'a BlockStore,
        weights: &Weights,
        vectors: QueryVectors,
    ) -> Result<Self, RecommendError> {
        let (near, attracting) = match vectors.target {
            Some(target) => (vec![target], vectors.likes),
            None => (vectors.likes, Vec::new()),
        };
        let block_weights = blocks
            .ranges()
            .iter()
            .map(|block| weights.blocks.get(&block.name).copied().unwrap_or(0.0))
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
            attracting,
            repelling: vectors.dislikes,
            block_weights,
            column_weights,
        })
    }

    /// Whether the score is the weighted sum of cosines of the best of [`Self::near`], plus its [`Self::bias`].
    pub(super) fn is_dot_product(&self) -> bool {
        let steered = !self.attracting.is_empty() || !self.repelling.is_empty();
        self.norms.is_none() && !self.near.is_empty() && !steered
    }

    /// The vector whose dot product with stored embeddings is the weighted sum of the space's blocks.
    pub(super) fn weighted_query(&self, query: &QueryVector) -> Vec<f32> {
        let dims = self.blocks.embeddings.dims();
        let mut weighted = query.vector[..dims].to_vec();
        let blocks = self.blocks.ranges().iter().zip(&self.block_weights);
        for (block, weight) in blocks.filter(|(block, _)| block.range.end <= dims) {
            for value in &mut weighted[block.range.clone()] {
                *value *= weight;
            }
        }
        weighted
    }

    /// The vector of a stored row whose dot products with its like are the weighted mean of block cosines.
    pub(super) fn weighted_vector(&self, row: usize) -> Vec<f32> {
        let total: f32 = self.block_weights.iter().sum();
        let mut vector = vec![0.0; self.blocks.dims()];
        self.blocks.stored(row, &mut vector);
        for (block, weight) in self.blocks.ranges().iter().zip(&self.block_weights) {
            let scale = block.unscale * (weight / total.max(f32::MIN_POSITIVE)).sqrt();
            for value in &mut vector[block.range.clone()] {
                *value *= scale;
            }
        }
        vector
    }

    /// What the weights of the blocks add up to, never 0.
    pub(super) fn total_weight(&self) -> f32 {
        let total: f32 = self.block_weights.iter().sum();
        total.max(f32::MIN_POSITIVE)
    }

    /// Whether anything but the space's blocks counts.
    pub(super) fn has_bias(&self) -> bool {
        let own = self.blocks.embeddings.blocks().len();
        let learned = self.block_weights[own..].iter().any(|&w| w > 0.0);
        learned || !self.column_weights.is_empty()
    }

    /// The score of a row (all examples are compared), given a scratch of [`BlockStore::dims`] values.
    pub(super) fn score(&self, row: usize, scratch: &mut [f32]) -> f32 {
        self.blocks.stored(row, scratch);
        match self.best(&self.near, row, scratch) {
            Some((_, near)) => {
                let steers = self.steers(row, scratch);
                near + steers.into_iter().flatten().map(|(_, by)| by).sum::<f32>()
            }
            None => -(self.best(&self.repelling, row, scratch)).map_or(0.0, |(_, alike)| alike),
        }
    }

    /// What the likes and the dislikes that steer add to a row's score, by name.
    fn steers(&self, row: usize, stored: &[f32]) -> [Option<(&'static str, f32)>; 2] {
        let by = |name, sign, examples| {
            self.best(examples, row, stored)
                .map(|(_, similarity)| (name, sign * STEER * similarity.max(0.0)))
        };
        [
            by(LIKES, 1.0, &self.attracting),
            by(DISLIKES, -1.0, &self.repelling),
        ]
    }

    /// What is added to the dot product of a query with a row's space blocks: the learned block's cosine and
    /// the metadata matches, weighted. (What steers is no part of this.)
    pub(super) fn bias(&self, query: &QueryVector, row: usize, scratch: &mut [f32]) -> f32 {
        let own = self.blocks.embeddings.dims();
        let mut sum = 0.0;
        if let Some(&weight) = self
            .block_weights
            .get(self.blocks.embeddings.blocks().len())
            && weight > 0.0
        {
            let dims = self.blocks.stored_learned(row, scratch);
            let cosine = dot(&query.vector[own..], &scratch[..dims]);
            sum += weight * cosine.clamp(-1.0, 1.0);
        }
        sum + self.matches(query, row).sum::<f32>()
    }

    /// The example that a row is most like, and how much.
    fn best(&self, examples: &[QueryVector], row: usize, stored: &[f32]) -> Option<(usize, f32)> {
        let mut best: Option<(usize, f32)> = None;
        for (at, example) in examples.iter().enumerate() {
            let sum = self.sum(example, row, stored);
            if best.is_none_or(|(_, other)| sum > other) {
                best = Some((at, sum));
            }
        }
        best
    }

    /// What each column adds: its weight, where the row has the query's own value.
    fn matches<'b>(
        &'b self,
        query: &QueryVector,
        row: usize,
    ) -> impl Iterator<Item = f32> + use<'a, 'b> {
        let own = query.row;
        self.column_weights.iter().map(move |(column, weight)| {
            let same = own.is_some_and(|own| metadata::same(column, own, row));
            if same { *weight } else { 0.0 }
        })
    }

    /// What an example adds to a row's score, unexplained; allocates nothing.
    fn sum(&self, example: &QueryVector, row: usize, stored: &[f32]) -> f32 {
        let mut similarities = [0f32; MAX_BLOCKS];
        let similarities = &mut similarities[..self.block_weights.len()];
        self.similarities(example, row, stored, similarities);
        let blocks: f32 = similarities
            .iter()
            .zip(&self.block_weights)
            .map(|(s, w)| s * w)
            .sum();
        blocks + self.matches(example, row).sum::<f32>()
    }

    /// How alike a row is to an example in each block: 1 is the same; by cosine at least −1.
    fn similarities(&self, example: &QueryVector, row: usize, stored: &[f32], out: &mut [f32]) {
        let ranges = self.blocks.ranges();
        block_dots(&example.vector, stored, ranges, out);
        for cosine in out.iter_mut() {
            // What 16 bit rounding adds.
            *cosine = cosine.clamp(-1.0, 1.0);
        }
        if let Some(norms) = self.norms {
            let own = &norms.rows[row * ranges.len()..][..ranges.len()];
            for (at, similarity) in out.iter_mut().enumerate() {
                let (a, b) = (example.norms[at], own[at]);
                let square = (a * a + b * b - 2.0 * a * b * *similarity).max(0.0);
                *similarity = 1.0 - 0.5 * square / norms.mean_square[at];
            }
        }
    }

    /// A row's score with its terms: what each weighted block and column of the example that counted added (a
    /// dislike, where there are only those), what likes and dislikes added, and how far it is from that example.
    /// `scratch` has room for [`BlockStore::dims`] values.
    pub(super) fn explain(&self, row: usize, scratch: &mut [f32]) -> Explanation {
        self.blocks.stored(row, scratch);
        let near = self.best(&self.near, row, scratch);
        let repelling = self.best(&self.repelling, row, scratch);
        let (sign, example) = match (near, repelling) {
            (Some((at, _)), _) => (1.0, &self.near[at]),
            (None, Some((at, _))) => (-1.0, &self.repelling[at]),
            (None, None) => return Explanation::default(),
        };
        let mut similarities = vec![0.0; self.block_weights.len()];
        self.similarities(example, row, scratch, &mut similarities);
        let mut contributions = self.terms(example, row, &similarities, sign);
        if near.is_some() {
            let steers = self.steers(row, scratch).into_iter().flatten();
            contributions.extend(steers.map(|(name, by)| (name.to_owned(), by)));
        }
        let square = self.distance_square(example, row, &similarities, scratch);
        Explanation {
            score: contributions.iter().map(|(_, c)| c).sum(),
            similarities,
            contributions,
            distance: (square / self.total_weight()).sqrt(),
        }
    }

    /// What each weighted block and column adds, by name, the largest weight first.
    fn terms(
        &self,
        example: &QueryVector,
        row: usize,
        similarities: &[f32],
        sign: f32,
    ) -> Vec<(String, f32)> {
        let blocks = self.blocks.ranges().iter().map(|block| &block.name);
        let blocks = blocks.zip(&self.block_weights).zip(similarities);
        let blocks = blocks.map(|((name, &weight), alike)| (weight, name, alike * weight));
        let columns = self.column_weights.iter().zip(self.matches(example, row));
        let columns = columns.map(|((column, weight), added)| (*weight, &column.name, added));
        let mut terms: Vec<_> = blocks
            .chain(columns)
            .filter(|(weight, ..)| *weight > 0.0)
            .collect();
        terms.sort_by(|a, b| b.0.total_cmp(&a.0));
        terms
            .into_iter()
            .map(|(_, name, added)| (name.clone(), sign * added))
            .collect()
    }

    fn distance_square(
        &self,
        example: &QueryVector,
        row: usize,
        similarities: &[f32],
        stored: &[f32],
    ) -> f32 {
        if self.norms.is_none() || example.row == Some(row) {
            return example.squared_distance(self.blocks, stored, &self.block_weights);
        }
        let each = similarities.iter().zip(&self.block_weights);
        each.map(|(similarity, weight)| weight * 2.0 * (1.0 - similarity))
            .sum()
    }
}

/// A score with its terms.
#[derive(Debug, Default)]
pub(super) struct Explanation {
    /// How alike in each block, in the order of the joined vector.
    pub similarities: Vec<f32>,
    /// What each block and column added, by name, the largest weight first; then likes and dislikes.
    pub contributions: Vec<(String, f32)>,
    /// Exactly the sum of the contributions, added in their order.
    pub score: f32,
    /// From the example that counted, in the weighted embedding.
    pub distance: f32,
}
