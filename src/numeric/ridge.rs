//! Ridge regression in closed form: `W = (XᵀX + λI)⁻¹ XᵀY` on centred inputs and targets (Hoerl and Kennard,
//! "Ridge regression: biased estimation for nonorthogonal problems", 1970).

use nalgebra::DMatrix;

/// λ where inputs do not vary at all.
const LEAST: f64 = 1e-9;

/// The weights W, D × K, of the normal equations: `gram` is XᵀX, D × D, of which only the lower triangle is
/// read; `cross` is XᵀY, D × K. λ is `strength` times the mean of the diagonal of `gram`.
///
/// `None` where there is no solution in finite numbers.
pub(crate) fn solve_ridge(
    mut gram: DMatrix<f64>,
    cross: &DMatrix<f64>,
    strength: f64,
) -> Option<DMatrix<f64>> {
    let lambda = strength * gram.trace() / gram.nrows().max(1) as f64;
    for i in 0..gram.nrows() {
        gram[(i, i)] += lambda.max(LEAST);
    }
    let weights = gram.cholesky()?.solve(cross);
    weights.iter().all(|w| w.is_finite()).then_some(weights)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weights_solve_the_normal_equations() {
        let gram = DMatrix::from_row_slice(2, 2, &[4.0, 1.0, 1.0, 2.0]);
        let cross = DMatrix::from_row_slice(2, 1, &[1.0, -3.0]);
        let weights = solve_ridge(gram.clone(), &cross, 0.5).unwrap();
        let back = (gram + DMatrix::identity(2, 2) * 1.5) * weights;
        assert!((back - cross).norm() < 1e-12);
    }

    #[test]
    fn what_is_not_positive_definite_has_none() {
        let gram = DMatrix::from_row_slice(2, 2, &[1.0, 2.0, 2.0, 1.0]);
        let cross = DMatrix::from_element(2, 1, 1.0);
        assert!(solve_ridge(gram, &cross, 0.001).is_none());
        assert!(solve_ridge(DMatrix::from_element(2, 2, f64::NAN), &cross, 0.1).is_none());
    }
}
