//! Fitting a space: the blocks' means, and the principal axes of a bounded, seeded sample of their embeddings.

use rand::SeedableRng as _;
use rand_pcg::Pcg64;
use rayon::prelude::*;

use super::blocks::{BlockRows, SpaceBlock};
use super::{AXES, SAMPLE, Space, SpaceError};
use crate::embed::BLOCKS;
use crate::job::Job;
use crate::numeric::{centre, principal_axes, scatter};

/// Variance below this, over all dimensions of embeddings of unit length, is rounding.
const NO_VARIANCE: f64 = 1e-9;

impl Space {
    /// Fits the space to a catalogue's raw blocks with the weights that [`BLOCKS`] gives them; other blocks are
    /// left out. `seed` chooses the sample where there are more than [`SAMPLE`] shoes. The same blocks and
    /// seed give the same space on any number of threads.
    ///
    /// # Errors
    /// No shoes, none of the known blocks, blocks of different numbers of shoes, values that are not
    /// finite, or cancelled.
    pub fn fit(blocks: &[BlockRows<'_>], seed: u64, job: &Job) -> Result<Self, SpaceError> {
        let weights = BLOCKS.map(|block| (block.name, block.weight));
        Self::fit_weighted(blocks, &weights, seed, job)
    }

    /// As [`fit`](Self::fit) with weights of one's own: positive numbers by block name, in the order in
    /// which the blocks shall stand in the embedding.
    ///
    /// # Errors
    /// As [`fit`](Self::fit).
    pub fn fit_weighted(
        blocks: &[BlockRows<'_>],
        weights: &[(&str, f32)],
        seed: u64,
        job: &Job,
    ) -> Result<Self, SpaceError> {
        let known = known(blocks, weights)?;
        let shoes = known.first().map_or(0, |(rows, _)| rows.rows());
        if shoes == 0 {
            return Err(SpaceError::NoShoes);
        }
        job.stage("Fitting the space", None);
        let weight_sum: f32 = known.iter().map(|(_, weight)| weight).sum();
        let mut fitted = Vec::with_capacity(known.len());
        for (rows, weight) in &known {
            job.check()?;
            let mut block = SpaceBlock::fit(rows, *weight)?;
            block.scale_weight(weight_sum);
            fitted.push(block);
        }
        let dims = fitted.iter().map(SpaceBlock::dims).sum();
        let mut space = Self {
            blocks: fitted,
            mean: vec![0.0; dims],
            axes: vec![0.0; AXES * dims],
            variance_shares: vec![0.0; AXES],
            total_variance: 0.0,
            shoes,
            sampled: shoes.min(SAMPLE),
            seed,
        };
        let ordered = space.ordered(blocks)?;
        space.fit_axes(&ordered, job)?;
        Ok(space)
    }

    fn fit_axes(&mut self, ordered: &[BlockRows<'_>], job: &Job) -> Result<(), SpaceError> {
        let dims = self.dims();
        let rows = sample(self.shoes, self.seed);
        let mut sampled = vec![0f64; rows.len() * dims];
        sampled.par_chunks_mut(dims).zip(&rows).for_each_init(
            || vec![0f32; dims],
            |line, (out, &row)| {
                self.place_row(ordered, row, line);
                for (out, value) in out.iter_mut().zip(line) {
                    *out = f64::from(*value);
                }
            },
        );
        job.check()?;
        let mean = centre(&mut sampled, dims);
        self.mean = mean.iter().map(|value| *value as f32).collect();
        let scatter = scatter(&sampled, dims);
        drop(sampled);
        job.check()?;
        self.total_variance = scatter.trace() / (rows.len().max(2) - 1) as f64;
        if self.total_variance < NO_VARIANCE {
            self.total_variance = 0.0;
            return Ok(());
        }
        let axes = principal_axes(scatter, AXES.min(rows.len() - 1))?;
        let places = self.axes.chunks_exact_mut(dims);
        for ((place, share), axis) in places.zip(&mut self.variance_shares).zip(axes) {
            for (value, exact) in place.iter_mut().zip(axis.direction) {
                *value = exact as f32;
            }
            *share = axis.share.clamp(0.0, 1.0) as f32;
        }
        Ok(())
    }
}

/// The blocks that have a weight, with it, in the order of the weights; at least one.
fn known<'a, 'b>(
    blocks: &'a [BlockRows<'b>],
    weights: &[(&str, f32)],
) -> Result<Vec<(&'a BlockRows<'b>, f32)>, SpaceError> {
    let known: Vec<_> = weights
        .iter()
        .filter(|(_, weight)| weight.is_finite() && *weight > 0.0)
        .filter_map(|(name, weight)| {
            let mut all = blocks.iter();
            let rows = all.find(|rows| rows.name == *name && rows.dims > 0)?;
            Some((rows, *weight))
        })
        .collect();
    if known.is_empty() {
        let names: Vec<_> = weights
            .iter()
            .map(|(name, _)| format!("`{name}`"))
            .collect();
        return Err(SpaceError::NoBlocks {
            wanted: names.join(", "),
        });
    }
    Ok(known)
}

/// At most [`SAMPLE`] rows of `count`, ascending.
fn sample(count: usize, seed: u64) -> Vec<usize> {
    if count <= SAMPLE {
        return (0..count).collect();
    }
    let mut rng = Pcg64::seed_from_u64(seed);
    let mut rows = rand::seq::index::sample(&mut rng, count, SAMPLE).into_vec();
    rows.sort_unstable();
    rows
}

/// The axes (`AXES` × `dims`, row-major) by dimension, as [`project`] reads them.
pub(super) fn columns(axes: &[f32], dims: usize) -> Vec<[f32; AXES]> {
    let column = |dim: usize| std::array::from_fn(|axis| axes[axis * dims + dim]);
    (0..dims).map(column).collect()
}

/// Coordinates of one embedding: `columns`ᵀ (embedding − mean), into `out` (`AXES` values).
#[multiversion::multiversion(targets(
    "x86_64+avx512f+avx512vl",
    "x86_64+avx2+fma",
    "aarch64+neon"
))]
pub(super) fn project(embedding: &[f32], mean: &[f32], columns: &[[f32; AXES]], out: &mut [f32]) {
    let mut sum = [0f32; AXES];
    for ((value, mean), column) in embedding.iter().zip(mean).zip(columns) {
        let value = value - mean;
        for (sum, loading) in sum.iter_mut().zip(column) {
            *sum += value * loading;
        }
    }
    out.copy_from_slice(&sum);
}
