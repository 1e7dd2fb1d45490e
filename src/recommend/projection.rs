//! The learned projection: from an embedding to the learned block, kept with the catalogue.

use super::blocks::LEARNED;
use super::error::LearnedError;
use crate::catalog::{Catalog, packed};
use serde::{Deserialize, Serialize};

/// A linear map from an embedding with the default weights (D values) to the learned block.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Projection {
    /// The columns that it was learned from.
    pub by: Vec<String>,
    dims: usize,
    /// Mean embedding, D.
    #[serde(with = "packed")]
    mean: Vec<f32>,
    /// D × dims, row-major.
    #[serde(with = "packed")]
    weights: Vec<f32>,
}

impl Projection {
    /// From embeddings of `mean.len()` values to blocks of `dims`, learned from the columns `by`.
    pub(super) fn new(by: Vec<String>, dims: usize, mean: Vec<f32>, weights: Vec<f32>) -> Self {
        Self {
            by,
            dims,
            mean,
            weights,
        }
    }

    /// The projection kept with a catalogue; `None` where a block is there without one.
    ///
    /// # Errors
    /// It does not fit together.
    pub fn of(catalog: &Catalog) -> Result<Option<Self>, LearnedError> {
        let Some(stored) = catalog.info().extra.get(LEARNED) else {
            return Ok(None);
        };
        let projection = Self::deserialize(stored)?;
        if projection.weights.len() != projection.mean.len() * projection.dims {
            return Err(LearnedError::Length("weights"));
        }
        let all = projection.weights.iter().chain(&projection.mean);
        if !all.copied().all(f32::is_finite) {
            return Err(LearnedError::NotFinite);
        }
        let block = catalog
            .info()
            .blocks
            .iter()
            .find(|block| block.name == LEARNED);
        if block.is_some_and(|block| block.dims != projection.dims) {
            return Err(LearnedError::Length("block"));
        }
        Ok(Some(projection))
    }

    /// The JSON that is kept with a catalogue.
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    /// Numbers in the learned block.
    pub fn dims(&self) -> usize {
        self.dims
    }

    /// The learned block of an embedding (D values, default weights): [`dims`](Self::dims) values, raw as
    /// the catalogue keeps them.
    ///
    /// # Errors
    /// An embedding of another length.
    pub fn apply(&self, embedding: &[f32]) -> Result<Vec<f32>, LearnedError> {
        if embedding.len() != self.mean.len() {
            let (found, wanted) = (embedding.len(), self.mean.len());
            return Err(LearnedError::Dims { found, wanted });
        }
        let mut out = vec![0.0; self.dims];
        self.apply_into(embedding, &mut out);
        Ok(out)
    }

    pub(super) fn apply_into(&self, embedding: &[f32], out: &mut [f32]) {
        out.fill(0.0);
        let rows = self.weights.chunks_exact(self.dims.max(1));
        for ((value, mean), weights) in embedding.iter().zip(&self.mean).zip(rows) {
            let value = value - mean;
            for (out, weight) in out.iter_mut().zip(weights) {
                *out += value * weight;
            }
        }
    }
}
