//! Blocks as the space sees them: names, weights, and how raw values become a part of the embedding.

use half::f16;
use half::slice::HalfFloatSliceExt as _;
use rayon::prelude::*;

use super::SpaceError;
use crate::catalog::{Block, StoredBlock};
use crate::embed::block;
use crate::spill::Spill;

/// A block of many shoes, borrowed: `values` is row-major, shoes × `dims`, raw as the embedder made it.
#[derive(Debug, Clone, Copy)]
pub struct BlockRows<'a> {
    /// The block's name, as `style`.
    pub name: &'a str,
    /// Values a shoe.
    pub dims: usize,
    /// Shoes × `dims` values.
    pub values: &'a [f16],
    /// What the values lie in, where that is known: what was read is let go of.
    pub spill: Option<&'a Spill<f16>>,
}

impl<'a> From<&'a Block> for BlockRows<'a> {
    fn from(block: &'a Block) -> Self {
        Self {
            name: &block.name,
            dims: block.dims,
            values: &block.values,
            spill: Some(&block.values),
        }
    }
}

impl BlockRows<'_> {
    /// Lets go of the memory of what was read so far.
    pub(super) fn release(&self) {
        if let Some(spill) = self.spill {
            spill.release();
        }
    }

    /// How many shoes it holds.
    pub fn rows(&self) -> usize {
        self.values.len().checked_div(self.dims).unwrap_or(0)
    }

    /// The raw values of one shoe.
    pub(super) fn row(&self, row: usize) -> &[f16] {
        &self.values[row * self.dims..][..self.dims]
    }
}

/// One block of a fitted space.
#[derive(Debug, Clone, PartialEq)]
pub struct SpaceBlock {
    name: String,
    /// Weight among the space's blocks; they sum to 1.
    weight: f32,
    /// What is taken off the raw values: their mean over the catalogue, or less of it, see [`SpaceBlock::fit`].
    mean: Vec<f32>,
}

impl From<&StoredBlock> for SpaceBlock {
    fn from(stored: &StoredBlock) -> Self {
        Self {
            name: stored.name.clone(),
            weight: stored.weight,
            mean: stored.mean.clone(),
        }
    }
}

impl From<&SpaceBlock> for StoredBlock {
    fn from(block: &SpaceBlock) -> Self {
        Self {
            name: block.name.clone(),
            weight: block.weight,
            mean: block.mean.clone(),
        }
    }
}

/// A centred block shorter than this share of the mean's length is rounding, not direction.
const FLOOR: f32 = 2e-3;

impl SpaceBlock {
    /// The block's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Values a shoe.
    pub fn dims(&self) -> usize {
        self.mean.len()
    }

    /// Weight among the space's blocks; they sum to 1.
    pub fn weight(&self) -> f32 {
        self.weight
    }

    /// What is taken off the raw values, [`dims`](Self::dims) of them: their mean over the catalogue, less of it where
    /// its shoes are all alike.
    pub fn mean(&self) -> &[f32] {
        &self.mean
    }

    pub(super) fn numbers(&self) -> impl Iterator<Item = f32> + '_ {
        self.mean.iter().copied().chain([self.weight])
    }

    pub(super) fn check_dims(&self, found: usize) -> Result<(), SpaceError> {
        if found == self.dims() {
            return Ok(());
        }
        Err(SpaceError::Dims {
            block: self.name.clone(),
            found,
            wanted: self.dims(),
        })
    }

    /// Fits the mean of a block. `weight` is not yet normalised.
    ///
    /// Centring takes away what all shoes have in common, so that likeness is about what tells them apart. In a
    /// catalogue of one shoe in a dozen takes, what is left is noise, and half of the likenesses would be negative. So a
    /// catalogue with less variance than different shoes have ([`BlockSpec::least_variance`](crate::embed::BlockSpec::least_variance))
    /// keeps as much of its mean as makes up for it: then like shoes are alike, the more the less they differ, and
    /// identical ones have likeness 1. Where there is enough variance, which any ordinary catalogue has, the mean goes
    /// whole.
    pub(super) fn fit(sums: &BlockSums, weight: f32) -> Self {
        let count = sums.rows as f64;
        let mean_square = (sums.sum.iter())
            .map(|sum| (sum / count).powi(2))
            .sum::<f64>();
        let square = sums.square / count;
        let least = block(&sums.name).map_or(0.0, |block| f64::from(block.least_variance));
        let missing = least * mean_square - (square - mean_square).max(0.0);
        let taken = match missing > 0.0 {
            true => 1.0 - (missing / mean_square).sqrt(),
            false => 1.0,
        };
        let taken_of = |sum: &f64| (taken * (sum / count)) as f32;
        Self {
            name: sums.name.clone(),
            weight,
            mean: sums.sum.iter().map(taken_of).collect(),
        }
    }

    pub(super) fn scale_weight(&mut self, sum: f32) {
        self.weight /= sum;
    }

    /// Raw values in, this block's part of the embedding out, in place: centred, of unit length, times the
    /// square root of the weight; zeros where nothing is left after centring.
    pub(super) fn place(&self, values: &mut [f32]) {
        let (mut square, mut mean_square) = (0f32, 0f32);
        for (value, mean) in values.iter_mut().zip(&self.mean) {
            *value -= mean;
            square += *value * *value;
            mean_square += mean * mean;
        }
        let norm = square.sqrt();
        let scale = if norm > FLOOR * mean_square.sqrt() && norm > f32::MIN_POSITIVE {
            self.weight.sqrt() / norm
        } else {
            0.0
        };
        for value in values {
            *value *= scale;
        }
    }
}

/// Sums over the raw values of a block, of all shoes or of some: those of several parts are added.
#[derive(Debug, Clone)]
pub(super) struct BlockSums {
    name: String,
    rows: usize,
    sum: Vec<f64>,
    /// Of the squares of all values.
    square: f64,
}

impl BlockSums {
    /// The sums of these rows.
    pub(super) fn of(rows: &BlockRows<'_>) -> Result<Self, SpaceError> {
        // Sums over fixed ranges, added in order: the same on any number of threads.
        let range = (1 << 16) / rows.dims.max(1) * rows.dims;
        let sums: Vec<(Vec<f64>, f64)> = rows
            .values
            .par_chunks(range.max(rows.dims))
            .map(|values| {
                let mut sum = vec![0f64; rows.dims];
                let mut square = 0f64;
                let mut line = vec![0f32; rows.dims];
                for row in values.chunks_exact(rows.dims) {
                    row.convert_to_f32_slice(&mut line);
                    for (sum, value) in sum.iter_mut().zip(&line) {
                        *sum += f64::from(*value);
                        square += f64::from(*value).powi(2);
                    }
                }
                (sum, square)
            })
            .collect();
        let mut total = vec![0f64; rows.dims];
        for (sum, _) in &sums {
            for (total, sum) in total.iter_mut().zip(sum) {
                *total += sum;
            }
        }
        if total.iter().any(|sum| !sum.is_finite()) {
            let finite = |row: &[f16]| row.iter().all(|value| value.is_finite());
            let row = rows
                .values
                .chunks_exact(rows.dims)
                .position(|row| !finite(row));
            return Err(SpaceError::NotFinite {
                block: rows.name.to_owned(),
                row: row.unwrap_or(0),
            });
        }
        Ok(Self {
            name: rows.name.to_owned(),
            rows: rows.rows(),
            sum: total,
            square: sums.iter().map(|(_, square)| square).sum(),
        })
    }

    /// How many shoes they are of.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// Adds those of another part, of a block of as many values.
    pub(super) fn add(&mut self, other: &Self) -> Result<(), SpaceError> {
        if other.sum.len() != self.sum.len() {
            return Err(SpaceError::Dims {
                block: self.name.clone(),
                found: other.sum.len(),
                wanted: self.sum.len(),
            });
        }
        for (sum, other) in self.sum.iter_mut().zip(&other.sum) {
            *sum += other;
        }
        self.rows += other.rows;
        self.square += other.square;
        Ok(())
    }
}
