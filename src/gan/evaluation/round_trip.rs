//! The round trip: an embedding goes through the generator to a design, and the design through the embedder. How
//! near does it come to the shoe that was asked for?

use super::embeddings::{for_each_row, least};
use crate::numeric::median;

/// Where a design lands among the held-out shoes.
pub(super) struct Landing {
    /// The share of held-out shoes that are nearer than the one that was asked for, in percent.
    percentile: f64,
    /// The nearest held-out shoe.
    nearest: usize,
}

/// Where each row of `from` lands among the rows of `real`, which are `dims` long; row i was asked to be row i.
pub(super) fn landings(from: &[f32], real: &[f32], dims: usize) -> Vec<Landing> {
    let count = real.len() / dims.max(1);
    for_each_row(from, real, dims, |i, line| {
        let closer = line.iter().filter(|&&d| d < line[i]).count();
        Landing {
            percentile: 100.0 * closer as f64 / count as f64,
            nearest: least(line).0,
        }
    })
}

/// Median percentile of `rows`.
pub(super) fn rank(landings: &[Landing], rows: &[usize]) -> f64 {
    median(rows.iter().map(|&i| landings[i].percentile).collect())
}

/// How often, of `rows` whose label is known, the nearest shoe has the label that was asked for; `None` if none is.
pub(super) fn agreement(
    landings: &[Landing],
    labels: &[Option<String>],
    rows: &[usize],
) -> Option<f64> {
    let known: Vec<&usize> = rows.iter().filter(|&&i| labels[i].is_some()).collect();
    let right = known
        .iter()
        .filter(|&&&i| labels[landings[i].nearest] == labels[i]);
    (!known.is_empty()).then(|| right.count() as f64 / known.len() as f64)
}
