//! The regressions of several columns as one projection.

use super::ridge::{Fitted, Inputs};
use crate::numeric::{PrincipalAxesError, principal_axes};
use crate::recommend::blocks::MAX_LEARNED_DIMS;
use crate::recommend::projection::Projection;
use nalgebra::DMatrix;
use ndarray::{Array2, Axis, concatenate};

/// Joins the regressions of several columns: each gets the same say.
///
/// # Errors
/// The weights have no main directions, as they are not finite.
pub(super) fn join(
    by: &[String],
    inputs: &Inputs,
    parts: Vec<Fitted>,
) -> Result<Projection, PrincipalAxesError> {
    let scaled: Vec<Array2<f32>> = parts
        .iter()
        .map(|part| &part.weights / part.energy.sqrt().max(1e-6))
        .collect();
    let views: Vec<_> = scaled.iter().map(Array2::view).collect();
    let mut weights =
        concatenate(Axis(1), &views).unwrap_or_else(|_| Array2::zeros((inputs.scale.len(), 0)));
    if weights.ncols() > MAX_LEARNED_DIMS {
        weights = main_directions(&weights, MAX_LEARNED_DIMS)?;
    }
    // The weights are for blocks of unit length; stored embeddings are scaled.
    for (mut row, scale) in weights.axis_iter_mut(Axis(0)).zip(&inputs.scale) {
        row *= *scale;
    }
    let unscale = |(mean, scale): (&f32, &f32)| if *scale > 0.0 { mean / scale } else { 0.0 };
    let mean = parts.first().map_or(&[][..], |part| &part.mean);
    let mean = mean.iter().zip(&inputs.scale).map(unscale).collect();
    let all = weights.iter().copied().collect();
    Ok(Projection::new(by.to_vec(), weights.ncols(), mean, all))
}

/// The `keep` directions of the outputs that hold most of the weights' energy: of the singular values and vectors
/// U S Vᵀ of the weights, the first columns of U S. All distances between what the weights make of inputs lie in them.
fn main_directions(weights: &Array2<f32>, keep: usize) -> Result<Array2<f32>, PrincipalAxesError> {
    let gram = weights.dot(&weights.t()).mapv(f64::from);
    let n = gram.nrows();
    let gram = DMatrix::from_iterator(n, n, gram);
    let energy = gram.trace();
    let axes = principal_axes(gram, keep)?;
    Ok(Array2::from_shape_fn((n, keep), |(row, column)| {
        axes.get(column).map_or(0.0, |axis| {
            (axis.direction[row] * (axis.share * energy).sqrt()) as f32
        })
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn main_directions_keep_the_distances_that_matter() {
        // 300 outputs that all lie in 5 directions.
        let few = Array2::from_shape_fn((40, 5), |(i, j)| ((i * 7 + j * 13) % 11) as f32 - 5.0);
        let many = Array2::from_shape_fn((5, 300), |(i, j)| ((i * 5 + j * 3) % 7) as f32 - 3.0);
        let weights = few.dot(&many);
        let kept = main_directions(&weights, 8).unwrap();
        assert_eq!(kept.dim(), (40, 8));
        for row in 0..40 {
            let before: f32 = weights.row(row).dot(&weights.row(row));
            let after: f32 = kept.row(row).dot(&kept.row(row));
            assert!(
                (before - after).abs() <= 1e-3 * before.max(1.0),
                "{before} {after}"
            );
        }
    }
}
