//! Principal axes: linfa's PCA on a bounded, seeded sample, every shoe projected in 32 bit.
//!
//! linfa finds the axes by LOBPCG. Asked for a few of them it reads the whole sample at every step, needs
//! any number of steps where eigenvalues lie close together, and breaks down (quietly, with wrong axes)
//! where the data has not at least three times as many. Asked for all of them its first step is a dense
//! eigendecomposition, exact. So it is asked for all, and handed not the sample X (n × D) but a factor R of
//! its scatter matrix, RᵀR = (X − mean)ᵀ(X − mean), of D rows: the same singular values and axes, whatever
//! n is; 1.5 s for 528 dimensions. The rows of R go in twice, with both signs, so that their mean is 0
//! and linfa's own centring changes nothing.

use gemm::Parallelism;
use linfa::DatasetBase;
use linfa::traits::Fit as _;
use linfa_reduction::Pca;
use ndarray::Array2;
use rand::SeedableRng as _;
use rand_pcg::Pcg64;
use rayon::prelude::*;

use super::blocks::{BlockRows, SpaceBlock};
use super::{AXES, DEFAULT_WEIGHTS, SAMPLE, Space, SpaceError};
use crate::job::Job;

/// Variance below this, over all dimensions of embeddings of unit length, is rounding.
const NO_VARIANCE: f64 = 1e-9;

/// linfa takes an eigenvector whose residual is below 1e-10, absolutely, and goes on otherwise: the data is
/// scaled so that its whole variance is this, and the first step (good to 1e-8 of the largest) suffices.
const SCALED_VARIANCE: f64 = 1e-4;

impl Space {
    /// Fits the space to a catalogue's raw blocks with the [`DEFAULT_WEIGHTS`]; blocks that have none are
    /// left out. `seed` chooses the sample where there are more than [`SAMPLE`] shoes. The same blocks and
    /// seed give the same space on any number of threads.
    ///
    /// # Errors
    /// No shoes, none of the known blocks, blocks of different numbers of shoes, values that are not
    /// finite, or cancelled.
    pub fn fit(blocks: &[BlockRows<'_>], seed: u64, job: &Job) -> Result<Self, SpaceError> {
        Self::fit_weighted(blocks, &DEFAULT_WEIGHTS, seed, job)
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
        let known: Vec<(&BlockRows<'_>, f32)> = weights
            .iter()
            .filter(|(_, weight)| weight.is_finite() && *weight > 0.0)
            .filter_map(|(name, weight)| {
                let rows = blocks
                    .iter()
                    .find(|rows| rows.name == *name && rows.dims > 0)?;
                Some((rows, *weight))
            })
            .collect();
        let Some((first, _)) = known.first() else {
            let names: Vec<_> = weights
                .iter()
                .map(|(name, _)| format!("`{name}`"))
                .collect();
            return Err(SpaceError::NoBlocks {
                wanted: names.join(", "),
            });
        };
        let shoes = first.rows();
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
        let trace: f64 = (0..dims).map(|at| scatter[at * dims + at]).sum();
        self.total_variance = trace / (rows.len().max(2) - 1) as f64;
        if self.total_variance < NO_VARIANCE {
            self.total_variance = 0.0;
            return Ok(());
        }
        let wanted = AXES.min(dims).min(rows.len() - 1);
        let factor = factor(scatter, dims, SCALED_VARIANCE / trace);
        for (at, (axis, share)) in principal(factor, dims, wanted)?.into_iter().enumerate() {
            self.axes[at * dims..][..dims].copy_from_slice(&axis);
            self.variance_shares[at] = (share / SCALED_VARIANCE).clamp(0.0, 1.0) as f32;
        }
        Ok(())
    }
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

/// Subtracts the mean of the rows of `values` (n × `dims`) and returns it.
fn centre(values: &mut [f64], dims: usize) -> Vec<f64> {
    let count = (values.len() / dims) as f64;
    let mut mean = vec![0f64; dims];
    for row in values.chunks_exact(dims) {
        for (mean, value) in mean.iter_mut().zip(row) {
            *mean += value;
        }
    }
    for mean in &mut mean {
        *mean /= count;
    }
    values.par_chunks_exact_mut(dims).for_each(|row| {
        for (value, mean) in row.iter_mut().zip(&mean) {
            *value -= mean;
        }
    });
    mean
}

/// XᵀX of a row-major X (n × `dims`), `dims` × `dims`.
fn scatter(x: &[f64], dims: usize) -> Vec<f64> {
    let mut out = vec![0f64; dims * dims];
    let (rows, stride) = (x.len() / dims, dims as isize);
    #[expect(unsafe_code, reason = "gemm takes pointers and strides")]
    // SAFETY: `out` is dims × dims, written at (i, j) = i + j·dims; Xᵀ and X are both read from `x`, at
    // (i, k) = i + k·dims for i below dims and k below rows, which is its whole length and no more.
    unsafe {
        gemm::gemm(
            dims,
            dims,
            rows,
            out.as_mut_ptr(),
            stride,
            1,
            false,
            x.as_ptr(),
            stride,
            1,
            x.as_ptr(),
            1,
            stride,
            0.0,
            1.0,
            false,
            false,
            false,
            Parallelism::Rayon(0),
        );
    }
    out
}

/// R with RᵀR = `scale` · `scatter`, row-major, `dims` × `dims`: Cholesky's factor, with rows of zeros
/// where nothing is left.
fn factor(mut scatter: Vec<f64>, dims: usize, scale: f64) -> Vec<f64> {
    for value in &mut scatter {
        *value *= scale;
    }
    let trace: f64 = (0..dims).map(|at| scatter[at * dims + at]).sum();
    let nothing = trace * 1e-13;
    let mut out = vec![0f64; dims * dims];
    for at in 0..dims {
        // What the rows before leave of row `at` (a right-looking Cholesky, row by row).
        let pivot = scatter[at * dims + at];
        if pivot <= nothing {
            continue;
        }
        let root = pivot.sqrt();
        let row: Vec<f64> = (0..dims)
            .map(|j| {
                if j < at {
                    0.0
                } else {
                    scatter[at * dims + j] / root
                }
            })
            .collect();
        scatter[(at + 1) * dims..]
            .par_chunks_exact_mut(dims)
            .enumerate()
            .for_each(|(below, left)| {
                let factor = row[at + 1 + below];
                for (left, value) in left.iter_mut().zip(&row) {
                    *left -= factor * value;
                }
            });
        out[at * dims..][..dims].copy_from_slice(&row);
    }
    out
}

/// The first `wanted` principal axes of a catalogue whose scatter matrix has this factor, with the variance
/// on each (in units of [`SCALED_VARIANCE`] for the whole), descending; fewer where the data has fewer.
fn principal(
    factor: Vec<f64>,
    dims: usize,
    wanted: usize,
) -> Result<Vec<(Vec<f32>, f64)>, SpaceError> {
    let half = std::f64::consts::FRAC_1_SQRT_2;
    let both = factor.iter().map(|value| value * half);
    let both = both
        .chain(factor.iter().map(|value| -value * half))
        .collect();
    let records = Array2::from_shape_vec((2 * dims, dims), both)
        .map_err(|error| SpaceError::Fit(error.to_string()))?;
    let pca = Pca::params(dims)
        .fit(&DatasetBase::from(records))
        .map_err(|error| SpaceError::Fit(error.to_string()))?;
    let mut axes: Vec<(Vec<f64>, f64)> = (pca.components().rows().into_iter())
        .zip(pca.singular_values())
        .map(|(axis, sigma)| (axis.to_vec(), sigma * sigma))
        .filter(|(axis, variance)| {
            axis.iter().all(|value| value.is_finite()) && *variance > 1e-9 * SCALED_VARIANCE
        })
        .collect();
    axes.sort_by(|a, b| b.1.total_cmp(&a.1));
    axes.truncate(wanted);
    orthonormalise(&mut axes);
    Ok(axes
        .into_iter()
        .map(|(axis, variance)| (signed(&axis), variance))
        .collect())
}

/// Makes the axes orthonormal to rounding (linfa leaves them so to about 1e-8), in order; drops one of which
/// nothing is left.
fn orthonormalise(axes: &mut Vec<(Vec<f64>, f64)>) {
    let mut done: Vec<(Vec<f64>, f64)> = Vec::with_capacity(axes.len());
    for (mut axis, variance) in axes.drain(..) {
        for _twice in 0..2 {
            for (other, _) in &done {
                let along: f64 = other.iter().zip(&axis).map(|(a, b)| a * b).sum();
                for (value, other) in axis.iter_mut().zip(other) {
                    *value -= along * other;
                }
            }
        }
        let norm = axis.iter().map(|value| value * value).sum::<f64>().sqrt();
        if norm > 0.5 {
            for value in &mut axis {
                *value /= norm;
            }
            done.push((axis, variance));
        }
    }
    *axes = done;
}

/// The axis with the sign that makes its largest loading positive (the first of equals).
fn signed(axis: &[f64]) -> Vec<f32> {
    let largest = axis.iter().fold(0.0, |largest: f64, value| {
        if value.abs() > largest.abs() + 1e-6 {
            *value
        } else {
            largest
        }
    });
    let sign = if largest < 0.0 { -1.0 } else { 1.0 };
    axis.iter().map(|value| (sign * value) as f32).collect()
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
