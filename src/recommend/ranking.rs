//! From the best shoes to a list: in order of score, near-duplicates folded, made diverse.

use super::scoring::{Explanation, Scoring};

/// How alike two shoes must be to be shown as one card.
pub const DUPLICATE: f32 = 0.97;

/// A shoe on its way into the list.
pub(super) struct Ranked {
    pub row: usize,
    pub explanation: Explanation,
    /// Rows of shoes that look the same and gave way to this one.
    pub folded: Vec<usize>,
}

/// The rows with their scores explained, the highest first, equal ones by row.
pub(super) fn by_score(scoring: &Scoring<'_>, rows: &[usize]) -> Vec<Ranked> {
    let mut scratch = vec![0.0; scoring.blocks.dims()];
    let mut ranked: Vec<Ranked> = rows
        .iter()
        .map(|&row| Ranked {
            row,
            explanation: scoring.explain(row, &mut scratch),
            folded: Vec::new(),
        })
        .collect();
    // The scan adds in another order; the last digit decides by the sum that is shown.
    ranked.sort_by(|a, b| {
        let (a_score, b_score) = (a.explanation.score, b.explanation.score);
        b_score.total_cmp(&a_score).then(a.row.cmp(&b.row))
    });
    ranked
}

/// How alike two shoes are over all weighted blocks, −1 to 1.
fn similarity(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Folds near-duplicates: each shoe that looks like an earlier one gives way to it.
pub(super) fn fold_duplicates(scoring: &Scoring<'_>, ranked: Vec<Ranked>) -> Vec<Ranked> {
    let mut kept: Vec<(Vec<f32>, Ranked)> = Vec::with_capacity(ranked.len());
    for shoe in ranked {
        let vector = scoring.weighted_vector(shoe.row);
        let twin = kept
            .iter_mut()
            .find(|(other, _)| similarity(other, &vector) >= DUPLICATE);
        match twin {
            Some((_, twin)) => twin.folded.push(shoe.row),
            None => kept.push((vector, shoe)),
        }
    }
    kept.into_iter().map(|(_, shoe)| shoe).collect()
}

/// A shoe that has not been picked yet.
struct Waiting {
    shoe: Ranked,
    vector: Vec<f32>,
    /// Its score, where 1 is the same shoe.
    relevance: f32,
    /// How alike it is to the most like one picked; none before the first is.
    nearest: Option<f32>,
}

/// Maximal marginal relevance (Carbonell and Goldstein, 1998): picks one after the other the shoe
/// with the highest `(1 − diversity) · relevance − diversity · similarity to the most like one picked`.
///
/// `ranked` come best first and are more than `k`, else this could only reorder.
pub(super) fn diverse(
    scoring: &Scoring<'_>,
    ranked: Vec<Ranked>,
    diversity: f32,
    k: usize,
) -> Vec<Ranked> {
    let total = scoring.total_weight();
    let mut waiting: Vec<Waiting> = ranked
        .into_iter()
        .map(|shoe| Waiting {
            vector: scoring.weighted_vector(shoe.row),
            relevance: shoe.explanation.score / total,
            nearest: None,
            shoe,
        })
        .collect();
    let value = |shoe: &Waiting| {
        (1.0 - diversity) * shoe.relevance - diversity * shoe.nearest.unwrap_or(0.0)
    };
    let mut picked: Vec<Ranked> = Vec::with_capacity(k);
    while picked.len() < k && !waiting.is_empty() {
        let mut best = 0;
        for at in 1..waiting.len() {
            if value(&waiting[at]) > value(&waiting[best]) {
                best = at;
            }
        }
        let chosen = waiting.remove(best);
        for other in &mut waiting {
            let alike = similarity(&chosen.vector, &other.vector);
            other.nearest = Some(other.nearest.map_or(alike, |nearest| nearest.max(alike)));
        }
        picked.push(chosen.shoe);
    }
    picked
}
