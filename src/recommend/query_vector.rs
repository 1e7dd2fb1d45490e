//! What a query goes by, as vectors that can be compared with every shoe's.

use super::blocks::{BlockNorms, BlockStore, length_from};
use super::error::RecommendError;
use super::projection::Projection;
use crate::embed::Features;
use half::f16;

/// A shoe to go by, ready to be compared: its joined vector with every block of unit length, rounded to
/// 16 bit as the stored ones are, and the lengths that the blocks had.
#[derive(Debug, Clone)]
pub(super) struct QueryVector {
    /// The row, where it is a shoe of the catalogue.
    pub row: Option<usize>,
    /// The values as they are stored, in 32 bit.
    pub stored: Vec<f32>,
    /// The values whose dot products with stored ones are block cosines.
    pub vector: Vec<f32>,
    /// Lengths of the raw, centred blocks; empty where only cosines are wanted.
    pub norms: Vec<f32>,
}

/// The vectors of a query's target, likes and dislikes.
#[derive(Debug, Default)]
pub(super) struct QueryVectors {
    pub target: Option<QueryVector>,
    pub likes: Vec<QueryVector>,
    pub dislikes: Vec<QueryVector>,
}

impl QueryVector {
    /// A shoe of the catalogue to go by; `norms` where they are wanted.
    pub(super) fn of_row(blocks: &BlockStore, row: usize, norms: Option<&BlockNorms>) -> Self {
        let mut stored = vec![0.0; blocks.dims()];
        blocks.stored(row, &mut stored);
        let count = blocks.ranges().len();
        let norms = norms.map_or(Vec::new(), |n| n.rows[row * count..][..count].to_vec());
        Self::new(blocks, Some(row), stored, norms)
    }

    /// A picture to go by. `projection` makes the learned block of its embedding, where the catalogue has one.
    ///
    /// # Errors
    /// The features were made by another embedder, or are not finite.
    pub(super) fn of_features(
        blocks: &BlockStore,
        projection: Option<&Projection>,
        features: &Features,
    ) -> Result<Self, RecommendError> {
        let raw = features.blocks();
        for block in blocks.space.blocks() {
            if let Some((name, values)) = raw.iter().find(|(name, _)| *name == block.name())
                && values.len() != block.dims()
            {
                return Err(RecommendError::OtherEmbedder {
                    block: (*name).to_owned(),
                    found: values.len(),
                    wanted: block.dims(),
                });
            }
        }
        let mut stored = blocks.space.embedding(&raw)?;
        let mut norms: Vec<f32> = Vec::with_capacity(blocks.ranges().len());
        for block in blocks.space.blocks() {
            let values = raw.iter().find(|(name, _)| *name == block.name());
            norms.push(values.map_or(0.0, |(_, v)| length_from(v.iter().copied(), block.mean())));
        }
        if let Some(learned) = blocks.learned() {
            // Without a projection the mean stands in: it is as far from every shoe.
            let mut values = match projection {
                Some(projection) => projection.apply(&stored)?,
                None => learned.mean.clone(),
            };
            norms.push(learned.place(&mut values));
            stored.extend(values);
        }
        for value in &mut stored {
            *value = f16::from_f32(*value).to_f32();
        }
        Ok(Self::new(blocks, None, stored, norms))
    }

    fn new(blocks: &BlockStore, row: Option<usize>, stored: Vec<f32>, norms: Vec<f32>) -> Self {
        let mut vector = stored.clone();
        for block in blocks.ranges() {
            for value in &mut vector[block.range.clone()] {
                *value *= block.unscale * block.unscale;
            }
        }
        Self {
            row,
            stored,
            vector,
            norms,
        }
    }

    /// Squared distance in the weighted embedding from a stored shoe: `Σ weight × |a − b|²` over
    /// blocks of unit length. Exactly 0 for the same picture.
    pub(super) fn squared_distance(
        &self,
        blocks: &BlockStore,
        stored: &[f32],
        weights: &[f32],
    ) -> f32 {
        let weighted = blocks.ranges().iter().zip(weights).map(|(block, weight)| {
            let range = block.range.clone();
            let both = self.stored[range.clone()].iter().zip(&stored[range]);
            let sum: f32 = both.map(|(a, b)| (a - b) * (a - b)).sum();
            weight * (sum * block.unscale * block.unscale)
        });
        weighted.sum()
    }
}

impl QueryVectors {
    /// Of a target alone.
    pub(super) fn of_target(target: QueryVector) -> Self {
        Self {
            target: Some(target),
            ..Self::default()
        }
    }
}
