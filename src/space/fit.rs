//! Fitting a space: the blocks' means, and the principal axes of a bounded, seeded sample of their embeddings.

use nalgebra::DMatrix;
use rand::SeedableRng as _;
use rand_pcg::Pcg64;
use rayon::prelude::*;
use std::sync::Arc;

use super::blocks::{BlockRows, BlockSums, SpaceBlock};
use super::{AXES, SAMPLE, Space, SpaceError};
use crate::catalog::Block;
use crate::embed::BLOCKS;
use crate::job::Job;
use crate::numeric::{centre, principal_axes, scatter};

/// Rows of a part that are added up at a time.
const PIECE: usize = 8192;
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
            let mut block = SpaceBlock::fit(&BlockSums::of(rows)?, *weight);
            block.scale_weight(weight_sum);
            fitted.push(block);
        }
        let mut space = Self::without_axes(fitted, [shoes, shoes.min(SAMPLE)], seed);
        let ordered = space.ordered(blocks)?;
        space.fit_axes(&ordered, job)?;
        Ok(space)
    }

    /// Fits one space to a catalogue in `parts` parts, each of whose raw blocks `read` gives: sums of all of them are added, so
    /// that one is in memory at a time, twice. The axes are those of all shoes, not of a sample. The same parts in the
    /// same order give the same space on any number of threads.
    ///
    /// # Errors
    /// As [`fit`](Self::fit); and what `read` refuses.
    pub fn fit_parts<E: From<SpaceError>>(
        parts: usize,
        read: impl Fn(usize) -> Result<Vec<Arc<Block>>, E>,
        job: &Job,
    ) -> Result<Self, E> {
        let weights = BLOCKS.map(|block| (block.name, block.weight));
        job.stage("Adding up the parts", Some(2 * parts as u64));
        let mut sums: Vec<(BlockSums, f32)> = Vec::new();
        for part in 0..parts {
            job.check().map_err(SpaceError::from)?;
            let blocks = read(part)?;
            let rows: Vec<BlockRows<'_>> = blocks.iter().map(|b| BlockRows::from(&**b)).collect();
            let known = known(&rows, &weights)?;
            if part > 0 && known.len() != sums.len() {
                return Err(SpaceError::Missing("block".to_owned()).into());
            }
            for (at, (rows, weight)) in known.into_iter().enumerate() {
                let of_part = BlockSums::of(rows)?;
                match sums.get_mut(at) {
                    Some((sum, _)) => sum.add(&of_part)?,
                    None => sums.push((of_part, weight)),
                }
            }
            job.advance(1);
        }
        let shoes = sums.first().map_or(0, |(sums, _)| sums.rows());
        if shoes == 0 {
            return Err(SpaceError::NoShoes.into());
        }
        let weight_sum: f32 = sums.iter().map(|(_, weight)| weight).sum();
        let blocks = sums.iter().map(|(sums, weight)| {
            let mut block = SpaceBlock::fit(sums, *weight);
            block.scale_weight(weight_sum);
            block
        });
        let mut space = Self::without_axes(blocks.collect(), [shoes, shoes], 0);
        let dims = space.dims();
        let (mut total, mut squares) = (vec![0f64; dims], DMatrix::zeros(dims, dims));
        for part in 0..parts {
            let blocks = read(part)?;
            let rows: Vec<BlockRows<'_>> = blocks.iter().map(|b| BlockRows::from(&**b)).collect();
            let ordered = space.ordered(&rows)?;
            let count = ordered.first().map_or(0, BlockRows::rows);
            for first in (0..count).step_by(PIECE) {
                job.check().map_err(SpaceError::from)?;
                let rows: Vec<usize> = (first..count.min(first + PIECE)).collect();
                let placed = space.placed(&ordered, &rows);
                for row in placed.chunks_exact(dims) {
                    total.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
                }
                squares += scatter(&placed, dims);
            }
            job.advance(1);
        }
        let count = shoes as f64;
        let mean: Vec<f64> = total.iter().map(|sum| sum / count).collect();
        for (column, of_column) in mean.iter().enumerate() {
            for (row, of_row) in mean.iter().enumerate() {
                squares[(row, column)] -= count * of_row * of_column;
            }
        }
        space.set_axes(&mean, squares, shoes)?;
        Ok(space)
    }

    /// A space of these blocks before its axes are known.
    fn without_axes(blocks: Vec<SpaceBlock>, [shoes, sampled]: [usize; 2], seed: u64) -> Self {
        let dims = blocks.iter().map(SpaceBlock::dims).sum();
        Self {
            blocks,
            mean: vec![0.0; dims],
            axes: vec![0.0; AXES * dims],
            variance_shares: vec![0.0; AXES],
            total_variance: 0.0,
            shoes,
            sampled,
            seed,
        }
    }

    /// The embeddings of some rows, one behind the other.
    fn placed(&self, ordered: &[BlockRows<'_>], rows: &[usize]) -> Vec<f64> {
        let dims = self.dims();
        let mut placed = vec![0f64; rows.len() * dims];
        placed.par_chunks_mut(dims).zip(rows).for_each_init(
            || vec![0f32; dims],
            |line, (out, &row)| {
                self.place_row(ordered, row, line);
                for (out, value) in out.iter_mut().zip(line) {
                    *out = f64::from(*value);
                }
            },
        );
        placed
    }

    fn fit_axes(&mut self, ordered: &[BlockRows<'_>], job: &Job) -> Result<(), SpaceError> {
        let dims = self.dims();
        let rows = sample(self.shoes, self.seed);
        let mut sampled = self.placed(ordered, &rows);
        job.check()?;
        let mean = centre(&mut sampled, dims);
        let scatter = scatter(&sampled, dims);
        drop(sampled);
        job.check()?;
        self.set_axes(&mean, scatter, rows.len())
    }

    /// Takes the axes from the mean and the scatter matrix of `rows` embeddings.
    fn set_axes(
        &mut self,
        mean: &[f64],
        scatter: DMatrix<f64>,
        rows: usize,
    ) -> Result<(), SpaceError> {
        let dims = self.dims();
        self.mean = mean.iter().map(|value| *value as f32).collect();
        self.total_variance = scatter.trace() / (rows.max(2) - 1) as f64;
        if self.total_variance < NO_VARIANCE {
            self.total_variance = 0.0;
            return Ok(());
        }
        let axes = principal_axes(scatter, AXES.min(rows - 1))?;
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
