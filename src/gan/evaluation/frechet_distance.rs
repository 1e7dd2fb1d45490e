//! The Fréchet distance between two sets of features, each taken for a normal distribution.

use nalgebra::{DMatrix, DVector};

/// Mean and covariance of features.
pub(super) struct Moments {
    mean: DVector<f64>,
    covariance: DMatrix<f64>,
}

impl Moments {
    /// Of `rows` of equal length.
    pub fn of<'a>(rows: impl Iterator<Item = &'a [f32]> + Clone, dims: usize) -> Self {
        let count = rows.clone().count();
        let values = rows.flatten().map(|&x| f64::from(x));
        // A column each.
        let mut columns = DMatrix::from_iterator(dims, count, values);
        let mean = if count == 0 {
            DVector::zeros(dims)
        } else {
            columns.column_mean()
        };
        columns.column_iter_mut().for_each(|mut c| c -= &mean);
        let covariance = &columns * columns.transpose() / (count.max(2) - 1) as f64;
        Self { mean, covariance }
    }
}

/// |m₁ − m₂|² + tr(C₁ + C₂ − 2 (C₁ C₂)^½), in f64. The root's trace is that of the symmetric
/// √C₁ C₂ √C₁, so that only symmetric matrices are taken apart. Not a number where a feature is none.
pub(super) fn frechet_distance(a: &Moments, b: &Moments) -> f64 {
    let traces = a.covariance.trace() + b.covariance.trace();
    let between = (&a.mean - &b.mean).norm_squared();
    if !(traces + between).is_finite() {
        return f64::NAN;
    }
    let mut parts = a.covariance.clone().symmetric_eigen();
    parts.eigenvalues.apply(|v| *v = v.max(0.0).sqrt());
    let root = parts.recompose();
    let inner = &root * &b.covariance * &root;
    let root_trace = inner
        .symmetric_eigenvalues()
        .map(|v| v.max(0.0).sqrt())
        .sum();
    (between + traces - 2.0 * root_trace).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gan::random::{normal, random};

    fn cloud(rows: usize, scales: &[f32], centre: f32, seed: u64) -> Vec<Vec<f32>> {
        let mut random = random(seed, 0);
        (0..rows)
            .map(|_| {
                scales
                    .iter()
                    .map(|s| centre + s * normal(&mut random))
                    .collect()
            })
            .collect()
    }

    fn moments(rows: &[Vec<f32>]) -> Moments {
        Moments::of(rows.iter().map(Vec::as_slice), rows[0].len())
    }

    #[test]
    fn it_is_what_the_formula_says_for_independent_axes() {
        // Independent axes: Σ (m₁ − m₂)² + (s₁ − s₂)².
        let a = moments(&cloud(60_000, &[1.0, 2.0, 0.5], 0.0, 1));
        let b = moments(&cloud(60_000, &[2.0, 2.0, 1.5], 0.3, 2));
        let expected = 3.0 * 0.09 + 1.0 + 0.0 + 1.0;
        let found = frechet_distance(&a, &b);
        assert!((found - expected).abs() < 0.06, "{found} {expected}");
        assert!((found - frechet_distance(&b, &a)).abs() < 1e-9);
    }

    #[test]
    fn a_set_is_at_no_distance_from_itself() {
        let a = moments(&cloud(300, &[1.0, 3.0, 0.1, 2.0], 5.0, 3));
        assert!(frechet_distance(&a, &a) < 1e-9);
    }

    #[test]
    fn one_picture_over_and_over_has_a_distance_too() {
        let one = moments(&vec![vec![1.0, 2.0]; 10]);
        let other = moments(&vec![vec![4.0, 6.0]; 10]);
        assert!((frechet_distance(&one, &other) - 25.0).abs() < 1e-9);
    }
}
