//! From all shoes to a short list: the best of them, then made diverse, then folded.

use super::RecommendError;
use super::likeness::Probe;
use super::search::{Hit, Options, Search};
use super::taste::Taste;
use rayon::prelude::*;

/// Rows that one thread scores at a time.
const CHUNK: usize = 256;

/// The `k` best rows of those that `mask` lets through, the highest score first, equal ones by row.
///
/// A weighted sum of cosines goes through the exact [`Search`]; what is no sum of dot products (the
/// Euclidean metric, likes and dislikes that steer) scores every row. Both find the same.
pub(super) fn best(
    taste: &Taste<'_>,
    search: &Search,
    mask: &[bool],
    k: usize,
) -> Result<Vec<usize>, RecommendError> {
    if !taste.is_dot_product() {
        return Ok(best_of_all(taste, mask, k));
    }
    let found = nearest(taste, search, &taste.near, Some(mask), k)?;
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

/// The `k` nearest rows to each of `probes`, by the weights of `taste`, in one pass over the catalogue.
pub(super) fn nearest(
    taste: &Taste<'_>,
    search: &Search,
    probes: &[Probe],
    mask: Option<&[bool]>,
    k: usize,
) -> Result<Vec<Vec<Hit>>, RecommendError> {
    let queries: Vec<Vec<f32>> = probes.iter().map(|probe| taste.query(probe)).collect();
    let queries: Vec<&[f32]> = queries.iter().map(Vec::as_slice).collect();
    let bias = |query: usize, first: usize, scores: &mut [f32]| {
        let mut scratch = [0f32; super::learn::MOST_DIMS];
        for (at, score) in scores.iter_mut().enumerate() {
            *score += taste.bias(&probes[query], first + at, &mut scratch);
        }
    };
    let options = Options {
        k,
        mask,
        bias: if taste.has_bias() { Some(&bias) } else { None },
        ..Options::default()
    };
    Ok(search.search_with(&queries, &options)?)
}

/// The highest score first, equal ones by row.
fn order(a: &(f32, usize), b: &(f32, usize)) -> std::cmp::Ordering {
    b.0.total_cmp(&a.0).then(a.1.cmp(&b.1))
}

/// As [`best`], by scoring every row.
pub(super) fn best_of_all(taste: &Taste<'_>, mask: &[bool], k: usize) -> Vec<usize> {
    let mut scored: Vec<(f32, usize)> = mask
        .par_chunks(CHUNK)
        .enumerate()
        .flat_map_iter(|(chunk, mask)| {
            let mut scratch = vec![0.0; taste.blocks.dims()];
            let passed = mask.iter().enumerate().filter(|(_, passes)| **passes);
            let rows: Vec<_> = passed
                .map(|(at, _)| {
                    let row = chunk * CHUNK + at;
                    (taste.score(row, &mut scratch), row)
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

/// A shoe that came into the pool, with its vector in the weighted embedding (unit length where every
/// block is there).
pub(super) struct Candidate<T> {
    pub relevance: f32,
    pub vector: Vec<f32>,
    pub told: T,
}

/// How alike two shoes are over all weighted blocks, −1 to 1.
fn likeness(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The vector of a stored row whose dot products are the weighted mean of block cosines.
pub(super) fn weighted(taste: &Taste<'_>, row: usize) -> Vec<f32> {
    let probe: Probe = taste.blocks.probe_row(row, None);
    let total: f32 = taste.block_weights.iter().sum();
    let mut vector = probe.stored;
    for (place, weight) in taste.blocks.places().iter().zip(&taste.block_weights) {
        let scale = place.unscale * (weight / total.max(f32::MIN_POSITIVE)).sqrt();
        for value in &mut vector[place.range.clone()] {
            *value *= scale;
        }
    }
    vector
}

/// Maximal marginal relevance (Carbonell and Goldstein, 1998): picks one after the other the candidate
/// with the highest `(1 − diversity) · relevance − diversity · likeness to the most like one picked`.
///
/// `candidates` come best first and are a pool larger than `k`, else this could only reorder.
pub(super) fn diverse<T>(
    candidates: Vec<Candidate<T>>,
    diversity: f32,
    k: usize,
) -> Vec<Candidate<T>> {
    let mut left: Vec<(Candidate<T>, f32)> = candidates
        .into_iter()
        .map(|c| (c, f32::NEG_INFINITY))
        .collect();
    let mut picked: Vec<Candidate<T>> = Vec::with_capacity(k);
    while picked.len() < k && !left.is_empty() {
        let value = |(c, nearest): &(Candidate<T>, f32)| {
            let near = if nearest.is_finite() { *nearest } else { 0.0 };
            (1.0 - diversity) * c.relevance - diversity * near
        };
        let mut best = 0;
        for at in 1..left.len() {
            if value(&left[at]) > value(&left[best]) {
                best = at;
            }
        }
        let (chosen, _) = left.remove(best);
        for (other, nearest) in &mut left {
            *nearest = nearest.max(likeness(&chosen.vector, &other.vector));
        }
        picked.push(chosen);
    }
    picked
}

/// How alike two shoes must be to be shown as one card.
pub const DUPLICATE: f32 = 0.97;

/// Folds near-duplicates: each candidate that looks like an earlier one is handed to `fold` with it.
pub(super) fn folded<T>(
    candidates: Vec<Candidate<T>>,
    mut fold: impl FnMut(&mut T, T),
) -> Vec<Candidate<T>> {
    let mut kept: Vec<Candidate<T>> = Vec::with_capacity(candidates.len());
    for candidate in candidates {
        let twin = kept
            .iter_mut()
            .find(|k| likeness(&k.vector, &candidate.vector) >= DUPLICATE);
        match twin {
            Some(twin) => fold(&mut twin.told, candidate.told),
            None => kept.push(candidate),
        }
    }
    kept
}
