//! The fitted space as a catalogue's file keeps it. What its numbers mean, and whether they fit together, is the
//! business of [`crate::space`], which reads and writes it by [`Space::of`](crate::space::Space::of) and
//! [`Space::to_stored`](crate::space::Space::to_stored).

use super::packed;
use serde::{Deserialize, Serialize};

/// How the shoes were placed: block means and weights, principal axes, shares of the variance.
///
/// Long rows of numbers are base64 of little-endian `f32` (`numpy.frombuffer(base64.b64decode(text), "<f4")`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredSpace {
    /// The blocks in the order in which they stand in the embedding.
    pub blocks: Vec<StoredBlock>,
    /// Mean embedding, D.
    #[serde(with = "packed")]
    pub mean: Vec<f32>,
    /// Principal axes, axes × D, row-major.
    #[serde(with = "packed")]
    pub axes: Vec<f32>,
    /// Share of the whole variance on each axis.
    pub variance_shares: Vec<f32>,
    /// Variance of the embeddings over all dimensions.
    pub total_variance: f64,
    /// Shoes in the catalogue.
    pub shoes: usize,
    /// Shoes that the axes were fitted on.
    pub sampled: usize,
    /// Seed of that sample.
    pub seed: u64,
}

/// One block of a stored space.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredBlock {
    /// The block's name, as `style`.
    pub name: String,
    /// Weight among the space's blocks.
    pub weight: f32,
    /// Mean of the raw values over the catalogue.
    #[serde(with = "packed")]
    pub mean: Vec<f32>,
}
