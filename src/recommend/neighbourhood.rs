//! Neighbourhoods in the embedding, and how well the scene preserves them: three dimensions cannot keep every
//! neighbourhood of hundreds.

use super::query_vector::{QueryVector, QueryVectors};
use super::{Metric, RecommendError, Recommender, Weights, candidates};
use crate::job::Job;
use crate::space::Positions;
use rayon::prelude::*;

/// Queries between two reports.
const BATCH: usize = 384;

impl Recommender {
    /// For each of `rows` (all for `None`) the share of its `k` nearest shoes in the full embedding that
    /// are among its `k` nearest where the shoes stand at `positions`, 0 to 1: 1 where the scene tells the truth.
    ///
    /// The full embedding is compared by cosine with `weights`. Where there are fewer than `k` other shoes,
    /// all of them count.
    ///
    /// # Errors
    /// Unusable weights, a row that is not there, or [`RecommendError::Cancelled`].
    pub fn neighbourhood_preservation(
        &self,
        positions: &[[f32; 3]],
        rows: Option<&[usize]>,
        k: usize,
        weights: &Weights,
        job: &Job,
    ) -> Result<Vec<f32>, RecommendError> {
        let all: Vec<usize>;
        let rows = match rows {
            Some(rows) => rows,
            None => {
                all = (0..self.catalog.len()).collect();
                &all
            }
        };
        let k = k.min(self.catalog.len().saturating_sub(1));
        if k == 0 {
            return Ok(vec![1.0; rows.len()]);
        }
        job.stage("Comparing neighbourhoods", Some(rows.len() as u64));
        let tree = Positions::new(positions);
        let mut shares = Vec::with_capacity(rows.len());
        for batch in rows.chunks(BATCH) {
            job.check()?;
            let full = self.neighbours(batch, weights, k, None)?;
            let near = tree.nearest_of(positions, batch, k);
            shares.par_extend(full.par_iter().zip(near).map(|(full, near)| {
                let kept = full.iter().filter(|row| near.contains(row)).count();
                kept as f32 / k as f32
            }));
            job.advance(batch.len() as u64);
        }
        Ok(shares)
    }

    /// For each of `rows` its `k` nearest other shoes by cosine with `weights`, nearest first, among those
    /// that `mask` lets through; fewer where there are fewer.
    ///
    /// # Errors
    /// Unusable weights, or a row that is not there.
    pub fn neighbours(
        &self,
        rows: &[usize],
        weights: &Weights,
        k: usize,
        mask: Option<&[bool]>,
    ) -> Result<Vec<Vec<usize>>, RecommendError> {
        let len = self.catalog.len();
        if let Some(&row) = rows.iter().find(|row| **row >= len) {
            return Err(RecommendError::NoSuchRow { row, len });
        }
        let weights = Weights {
            metric: Metric::Cosine,
            ..weights.clone()
        };
        self.check_weights(&weights)?;
        let scoring = self.scoring_of(&weights, QueryVectors::default())?;
        let vectors: Vec<_> = rows
            .iter()
            .map(|&row| QueryVector::of_row(&self.blocks, row, None))
            .collect();
        // One more, since each shoe is its own nearest.
        let found = candidates::nearest(&scoring, &*self.index, &vectors, mask, k + 1)?;
        let others = rows.iter().zip(found).map(|(&row, hits)| {
            let others = hits
                .into_iter()
                .map(|hit| hit.row)
                .filter(|&other| other != row);
            others.take(k).collect()
        });
        Ok(others.collect())
    }
}
