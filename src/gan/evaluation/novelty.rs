//! Novelty: how far designs are from the nearest training picture, beside held-out shoes. Far below 1, the generator
//! has learned its training pictures by heart.

use super::embeddings::{Embeddings, for_each_row, least};
use crate::numeric::median;

/// Median distance of the rows of `from` to the nearest row of `train`, each of `dims` numbers.
fn median_nearest(from: &[f32], train: &[f32], dims: usize) -> f64 {
    median(for_each_row(from, train, dims, |_, line| {
        f64::from(least(line).1.max(0.0)).sqrt()
    }))
}

/// The ratio in style features.
pub(super) fn in_features(designs: &Embeddings, real: &Embeddings, train: &Embeddings) -> f64 {
    in_numbers(&designs.style, &real.style, &train.style, train.dims[0])
}

/// The ratio of rows of `dims` numbers.
pub(super) fn in_numbers(designs: &[f32], real: &[f32], train: &[f32], dims: usize) -> f64 {
    median_nearest(designs, train, dims) / median_nearest(real, train, dims)
}
