//! The Fréchet distance between two sets of features, each taken for a normal distribution.

use crate::gan::eigen::symmetric_eigen;
use rayon::prelude::*;

/// Mean and covariance of features.
pub(super) struct Moments {
    mean: Vec<f64>,
    covariance: Vec<f64>,
}

impl Moments {
    /// Of `rows` of equal length.
    pub fn of<'a>(rows: impl Iterator<Item = &'a [f32]> + Clone, dims: usize) -> Self {
        let count = rows.clone().count();
        let mut mean = vec![0.0; dims];
        for row in rows.clone() {
            for (m, &x) in mean.iter_mut().zip(row) {
                *m += f64::from(x) / count.max(1) as f64;
            }
        }
        let centred: Vec<Vec<f64>> = rows
            .map(|row| {
                row.iter()
                    .zip(&mean)
                    .map(|(&x, m)| f64::from(x) - m)
                    .collect()
            })
            .collect();
        let mut covariance = vec![0.0; dims * dims];
        covariance
            .par_chunks_mut(dims.max(1))
            .enumerate()
            .for_each(|(i, line)| {
                for row in &centred {
                    let x = row[i];
                    line.iter_mut().zip(row).for_each(|(c, y)| *c += x * y);
                }
                let scale = 1.0 / (count.max(2) - 1) as f64;
                line.iter_mut().for_each(|c| *c *= scale);
            });
        Self { mean, covariance }
    }
}

/// |m₁ − m₂|² + tr(C₁ + C₂ − 2 (C₁ C₂)^½), in f64. The root's trace is that of the symmetric
/// √C₁ C₂ √C₁, so that only symmetric matrices are taken apart.
pub(super) fn frechet_distance(a: &Moments, b: &Moments) -> f64 {
    let n = a.mean.len();
    let between: f64 = a
        .mean
        .iter()
        .zip(&b.mean)
        .map(|(x, y)| (x - y).powi(2))
        .sum();
    let trace = |m: &[f64]| (0..n).map(|i| m[i * n + i]).sum::<f64>();
    let (values, vectors) = symmetric_eigen(&a.covariance, n);
    let mut root = vec![0.0; n * n];
    root.par_chunks_mut(n.max(1))
        .enumerate()
        .for_each(|(i, line)| {
            for k in 0..n {
                let scale = values[k].max(0.0).sqrt() * vectors[k * n + i];
                let vector = &vectors[k * n..][..n];
                line.iter_mut()
                    .zip(vector)
                    .for_each(|(r, v)| *r += scale * v);
            }
        });
    let inner = multiply(&multiply(&root, &b.covariance, n), &root, n);
    // Symmetric but for rounding; the solver wants it exactly so.
    let symmetric: Vec<f64> = (0..n * n)
        .map(|at| 0.5 * (inner[at] + inner[at % n * n + at / n]))
        .collect();
    let (values, _) = symmetric_eigen(&symmetric, n);
    let root_trace: f64 = values.iter().map(|v| v.max(0.0).sqrt()).sum();
    (between + trace(&a.covariance) + trace(&b.covariance) - 2.0 * root_trace).max(0.0)
}

fn multiply(a: &[f64], b: &[f64], n: usize) -> Vec<f64> {
    let mut out = vec![0.0; n * n];
    out.par_chunks_mut(n.max(1))
        .zip(a.par_chunks(n.max(1)))
        .for_each(|(out, a)| {
            for (x, b) in a.iter().zip(b.chunks_exact(n)) {
                out.iter_mut().zip(b).for_each(|(o, y)| *o += x * y);
            }
        });
    out
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
