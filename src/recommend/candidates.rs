//! From all shoes to the best by score.

use super::RecommendError;
use super::blocks::MAX_LEARNED_DIMS;
use super::query_vector::QueryVector;
use super::scoring::Scoring;
use super::search::{Hit, SearchOptions, VectorIndex};
use rayon::prelude::*;

/// Rows that one thread scores at a time.
const CHUNK: usize = 256;

/// The `k` best rows of those that `mask` lets through, the highest score first, equal ones by row.
///
/// A weighted sum of cosines goes through the index; what is no sum of dot products (the
/// Euclidean metric, likes and dislikes that steer) scores every row. Both find the same.
pub(super) fn best(
    scoring: &Scoring<'_>,
    index: &dyn VectorIndex,
    mask: &[bool],
    k: usize,
) -> Result<Vec<usize>, RecommendError> {
    if !scoring.is_dot_product() {
        return Ok(best_of_all(scoring, mask, k));
    }
    let found = nearest(scoring, index, &scoring.near, Some(mask), k)?;
    // The best by the best example are among the best by each.
    let mut rows: Vec<(f32, usize)> = found
        .into_iter()
        .flatten()
        .map(|hit| (hit.score, hit.row))
        .collect();
    rows.sort_unstable_by(|a, b| a.1.cmp(&b.1).then(b.0.total_cmp(&a.0)));
    rows.dedup_by_key(|(_, row)| *row);
    rows.sort_unstable_by(order);
    rows.truncate(k);
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}

/// The `k` nearest rows to each of `vectors`, by the weights of `scoring`, in one pass over the catalogue.
pub(super) fn nearest(
    scoring: &Scoring<'_>,
    index: &dyn VectorIndex,
    vectors: &[QueryVector],
    mask: Option<&[bool]>,
    k: usize,
) -> Result<Vec<Vec<Hit>>, RecommendError> {
    let weighted: Vec<Vec<f32>> = vectors.iter().map(|v| scoring.weighted_query(v)).collect();
    let queries: Vec<&[f32]> = weighted.iter().map(Vec::as_slice).collect();
    let bias = |query: usize, first: usize, scores: &mut [f32]| {
        let mut scratch = [0f32; MAX_LEARNED_DIMS];
        for (at, score) in scores.iter_mut().enumerate() {
            *score += scoring.bias(&vectors[query], first + at, &mut scratch);
        }
    };
    let options = SearchOptions {
        k,
        mask,
        bias: if scoring.has_bias() {
            Some(&bias)
        } else {
            None
        },
        ..SearchOptions::default()
    };
    Ok(index.nearest(&queries, &options)?)
}

/// The highest score first, equal ones by row.
fn order(a: &(f32, usize), b: &(f32, usize)) -> std::cmp::Ordering {
    b.0.total_cmp(&a.0).then(a.1.cmp(&b.1))
}

/// As [`best`], by scoring every row.
pub(super) fn best_of_all(scoring: &Scoring<'_>, mask: &[bool], k: usize) -> Vec<usize> {
    let mut scored: Vec<(f32, usize)> = mask
        .par_chunks(CHUNK)
        .enumerate()
        .flat_map_iter(|(chunk, mask)| {
            let mut scratch = vec![0.0; scoring.blocks.dims()];
            let passed = mask.iter().enumerate().filter(|(_, passes)| **passes);
            let rows: Vec<_> = passed
                .map(|(at, _)| {
                    let row = chunk * CHUNK + at;
                    (scoring.score(row, &mut scratch), row)
                })
                .collect();
            rows
        })
        .collect();
    if scored.len() > k && k > 0 {
        scored.select_nth_unstable_by(k - 1, order);
        scored.truncate(k);
    }
    scored.sort_unstable_by(order);
    scored.into_iter().map(|(_, row)| row).collect()
}
