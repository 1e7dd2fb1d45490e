//! Principal axes by linfa's PCA, from a scatter matrix.
//!
//! linfa finds the axes by LOBPCG. Asked for a few of them it reads all rows at every step, needs any number of
//! steps where eigenvalues lie close together, and breaks down (quietly, with wrong axes) where the data has
//! not at least three times as many. Asked for all of them its first step is a dense eigendecomposition, exact.
//! So it is asked for all, and handed not the rows X (n × D) but Cholesky's factor R of their scatter matrix,
//! RᵀR = XᵀX, of D rows: the same singular values and axes, whatever n is. The rows of R go in twice, with both
//! signs, so that their mean is 0 and linfa's own centring changes nothing.

use gemm::Parallelism;
use linfa::DatasetBase;
use linfa::traits::Fit as _;
use linfa_reduction::{Pca, ReductionError};
use nalgebra::DMatrix;
use ndarray::Array2;
use rayon::prelude::*;

/// linfa takes an eigenvector whose residual is below 1e-10, absolutely, and goes on otherwise: the matrix is
/// scaled so that its trace is this, and the first step (good to 1e-8 of the largest) suffices.
const SCALED_TRACE: f64 = 1e-4;

/// Shares of the trace below this are rounding.
const LEAST_SHARE: f64 = 1e-9;

/// Shares of the trace that are added to the diagonal in turn until Cholesky's factor exists: rounding leaves a
/// matrix of lower rank a little indefinite. All far below [`LEAST_SHARE`].
const JITTER: [f64; 3] = [1e-13, 1e-12, 1e-11];

/// Why there are no principal axes.
#[derive(Debug, thiserror::Error)]
pub enum PrincipalAxesError {
    /// The scatter matrix holds values that are not finite, or is none.
    #[error("the scatter matrix is not positive semi-definite")]
    NotScatter,
    /// linfa's PCA failed.
    #[error(transparent)]
    Reduction(#[from] ReductionError),
    /// The factor has not the shape that linfa wants: a bug.
    #[error(transparent)]
    Shape(#[from] ndarray::ShapeError),
}

/// A principal axis.
#[derive(Debug, Clone)]
pub(crate) struct PrincipalAxis {
    /// D values of unit length, orthogonal to the other axes; the largest of them is positive.
    pub direction: Vec<f64>,
    /// The share of the whole variance that lies on it, 0 to 1.
    pub share: f64,
}

/// Subtracts the mean of the rows of `values` (n × `dims`, row-major) and returns it.
pub(crate) fn centre(values: &mut [f64], dims: usize) -> Vec<f64> {
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
pub(crate) fn scatter(x: &[f64], dims: usize) -> DMatrix<f64> {
    let mut out = DMatrix::zeros(dims, dims);
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

/// The first `wanted` principal axes of centred data with this scatter matrix (D × D; of any scale, so a
/// covariance will do), largest share first; fewer where the data has fewer, none where it does not vary.
///
/// # Errors
/// The matrix is no scatter matrix of finite numbers.
pub(crate) fn principal_axes(
    scatter: DMatrix<f64>,
    wanted: usize,
) -> Result<Vec<PrincipalAxis>, PrincipalAxesError> {
    let (dims, trace) = (scatter.nrows(), scatter.trace());
    if !trace.is_finite() || trace < 0.0 {
        return Err(PrincipalAxesError::NotScatter);
    }
    let wanted = wanted.min(dims);
    if trace == 0.0 || wanted == 0 {
        return Ok(Vec::new());
    }
    let records = records(scatter * (SCALED_TRACE / trace))?;
    let pca = Pca::params(dims).fit(&DatasetBase::from(records))?;
    let mut axes: Vec<PrincipalAxis> = (pca.components().rows().into_iter())
        .zip(pca.singular_values())
        .map(|(axis, sigma)| PrincipalAxis {
            direction: axis.to_vec(),
            share: sigma * sigma / SCALED_TRACE,
        })
        .filter(|axis| {
            axis.direction.iter().all(|value| value.is_finite()) && axis.share > LEAST_SHARE
        })
        .collect();
    axes.sort_by(|a, b| b.share.total_cmp(&a.share));
    axes.truncate(wanted);
    let mut axes = orthonormal(axes);
    for axis in &mut axes {
        settle_sign(&mut axis.direction);
    }
    Ok(axes)
}

/// What linfa is given: the rows of Cholesky's factor of `scatter`, each with both signs, 2D × D.
fn records(scatter: DMatrix<f64>) -> Result<Array2<f64>, PrincipalAxesError> {
    let dims = scatter.nrows();
    let factor = JITTER
        .iter()
        .find_map(|jitter| {
            let mut raised = scatter.clone();
            for i in 0..dims {
                raised[(i, i)] += jitter * SCALED_TRACE;
            }
            raised.cholesky()
        })
        .ok_or(PrincipalAxesError::NotScatter)?;
    // The columns of L are the rows of R = Lᵀ.
    let lower = factor.unpack();
    let half = std::f64::consts::FRAC_1_SQRT_2;
    let signed = [half, -half].into_iter();
    let both = signed.flat_map(|sign| lower.iter().map(move |value| sign * value));
    Ok(Array2::from_shape_vec((2 * dims, dims), both.collect())?)
}

/// The axes orthonormal to rounding (linfa leaves them so to about 1e-8), by the Gram–Schmidt process, twice;
/// without one of which nothing is left.
fn orthonormal(axes: Vec<PrincipalAxis>) -> Vec<PrincipalAxis> {
    let mut done: Vec<PrincipalAxis> = Vec::with_capacity(axes.len());
    for mut axis in axes {
        for _twice in 0..2 {
            for other in &done {
                let other = &other.direction;
                let along: f64 = other.iter().zip(&axis.direction).map(|(a, b)| a * b).sum();
                for (value, other) in axis.direction.iter_mut().zip(other) {
                    *value -= along * other;
                }
            }
        }
        let norm = axis.direction.iter().map(|v| v * v).sum::<f64>().sqrt();
        if norm > 0.5 {
            axis.direction.iter_mut().for_each(|value| *value /= norm);
            done.push(axis);
        }
    }
    done
}

/// Makes the largest value of an axis positive (the first of nearly equal ones): the sign is arbitrary.
fn settle_sign(axis: &mut [f64]) {
    let largest = axis.iter().fold(0.0, |largest: f64, value| {
        if value.abs() > largest.abs() + 1e-6 {
            *value
        } else {
            largest
        }
    });
    if largest < 0.0 {
        axis.iter_mut().for_each(|value| *value = -*value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_of_a_known_matrix() {
        // Eigenvalues 3 and 1 along the diagonals.
        let axes =
            principal_axes(DMatrix::from_row_slice(2, 2, &[2.0, -1.0, -1.0, 2.0]), 5).unwrap();
        let half = std::f64::consts::FRAC_1_SQRT_2;
        assert_eq!(axes.len(), 2);
        for (axis, (direction, share)) in axes
            .iter()
            .zip([([half, -half], 0.75), ([half, half], 0.25)])
        {
            assert!((axis.share - share).abs() < 1e-9, "{axis:?}");
            for (found, wanted) in axis.direction.iter().zip(direction) {
                assert!((found - wanted).abs() < 1e-7, "{axis:?}");
            }
        }
    }

    #[test]
    fn lower_ranks_have_fewer_axes_and_nonsense_has_none() {
        let one = DMatrix::from_element(30, 30, 2.0);
        assert_eq!(principal_axes(one, 5).unwrap().len(), 1);
        assert!(principal_axes(DMatrix::zeros(4, 4), 3).unwrap().is_empty());
        for wrong in [f64::NAN, -1.0] {
            assert!(principal_axes(DMatrix::from_diagonal_element(3, 3, wrong), 2).is_err());
        }
    }
}
