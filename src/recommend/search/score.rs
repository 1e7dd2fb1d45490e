//! The score that counts: 32 bit, in an order of summing that is the same on every machine.

use std::sync::Arc;

use crate::numeric::{dot, square_distance};
use crate::spill::Spill;
use half::f16;
use half::slice::HalfFloatSliceExt as _;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// What makes two vectors close.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VectorMetric {
    /// The dot product; of embeddings, the weighted sum of block cosines.
    #[default]
    Dot,
    /// Minus the squared Euclidean distance.
    SquaredEuclidean,
}

/// Rows to search, row-major, shared.
#[derive(Debug, Clone)]
pub enum Rows {
    /// 16 bit, as [`crate::space::Embeddings`] keeps them.
    F16(Arc<Spill<f16>>),
    /// 32 bit.
    F32(Arc<Vec<f32>>),
}

impl Rows {
    /// How many values in all.
    pub fn len(&self) -> usize {
        match self {
            Self::F16(values) => values.len(),
            Self::F32(values) => values.len(),
        }
    }

    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Lets go of the memory of what was read so far, where it lies in a file.
    pub fn release(&self) {
        match self {
            Self::F16(values) => values.release(),
            Self::F32(_) => {}
        }
    }

    /// Row `row` of `out.len()` values, into `out`.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn read(&self, row: usize, out: &mut [f32]) {
        let range = row * out.len()..(row + 1) * out.len();
        match self {
            Self::F16(values) => values[range].convert_to_f32_slice(out),
            Self::F32(values) => out.copy_from_slice(&values[range]),
        }
    }
}

/// Scores rows against one query.
pub(super) struct Scorer<'a> {
    rows: &'a Rows,
    query: &'a [f32],
    metric: VectorMetric,
    line: Vec<f32>,
}

impl<'a> Scorer<'a> {
    pub(super) fn new(rows: &'a Rows, query: &'a [f32], metric: VectorMetric) -> Self {
        let line = match rows {
            Rows::F16(_) => vec![0.0; query.len()],
            Rows::F32(_) => Vec::new(),
        };
        Self {
            rows,
            query,
            metric,
            line,
        }
    }

    pub(super) fn score(&mut self, row: usize) -> f32 {
        let dims = self.query.len();
        let range = row * dims..(row + 1) * dims;
        let values = match self.rows {
            Rows::F32(values) => &values[range],
            Rows::F16(values) => {
                values[range].convert_to_f32_slice(&mut self.line);
                &self.line[..]
            }
        };
        match self.metric {
            VectorMetric::Dot => dot(self.query, values),
            VectorMetric::SquaredEuclidean => -square_distance(self.query, values),
        }
    }
}

/// The score of every row.
pub(super) fn all_scores(rows: &Rows, query: &[f32], metric: VectorMetric) -> Vec<f32> {
    const CHUNK: usize = 256;
    if query.is_empty() {
        return Vec::new();
    }
    let mut scores = vec![0f32; rows.len() / query.len()];
    scores
        .par_chunks_mut(CHUNK)
        .enumerate()
        .for_each(|(chunk, scores)| {
            let mut scorer = Scorer::new(rows, query, metric);
            for (at, score) in scores.iter_mut().enumerate() {
                *score = scorer.score(chunk * CHUNK + at);
            }
        });
    scores
}
