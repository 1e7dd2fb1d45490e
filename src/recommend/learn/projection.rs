//! The learned projection: from an embedding to the learned block, kept with the catalogue.

use super::MOST_DIMS;
use super::ridge::{Fitted, Inputs};
use crate::catalog::Catalog;
use crate::recommend::{LEARNED, RecommendError};
use crate::space::packed;
use nalgebra::DMatrix;
use ndarray::{Array2, Axis, concatenate};
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
    /// Joins the regressions of several columns: each gets the same say.
    pub(super) fn join(by: &[String], inputs: &Inputs, parts: Vec<Fitted>) -> Self {
        let scaled: Vec<Array2<f32>> = parts
            .iter()
            .map(|part| &part.weights / part.energy.sqrt().max(1e-6))
            .collect();
        let views: Vec<_> = scaled.iter().map(Array2::view).collect();
        let mut weights =
            concatenate(Axis(1), &views).unwrap_or_else(|_| Array2::zeros((inputs.scale.len(), 0)));
        if weights.ncols() > MOST_DIMS {
            weights = main_directions(&weights, MOST_DIMS);
        }
        // The weights are for blocks of unit length; stored embeddings are scaled.
        for (mut row, scale) in weights.axis_iter_mut(Axis(0)).zip(&inputs.scale) {
            row *= *scale;
        }
        let unscale = |(mean, scale): (&f32, &f32)| if *scale > 0.0 { mean / scale } else { 0.0 };
        let mean = parts.first().map_or(&[][..], |part| &part.mean);
        Self {
            by: by.to_vec(),
            dims: weights.ncols(),
            mean: mean.iter().zip(&inputs.scale).map(unscale).collect(),
            weights: weights.iter().copied().collect(),
        }
    }

    /// The projection kept with a catalogue; `None` where a block is there without one.
    ///
    /// # Errors
    /// [`RecommendError::Learned`] where it does not fit together.
    pub fn of(catalog: &Catalog) -> Result<Option<Self>, RecommendError> {
        let Some(stored) = catalog.info().extra.get(LEARNED) else {
            return Ok(None);
        };
        let damaged = RecommendError::Learned;
        let projection = Self::deserialize(stored).map_err(|e| damaged(e.to_string()))?;
        if projection.weights.len() != projection.mean.len() * projection.dims {
            return Err(damaged("its weights have another length".to_owned()));
        }
        let all = projection.weights.iter().chain(&projection.mean);
        if !all.copied().all(f32::is_finite) {
            return Err(damaged("a weight is not finite".to_owned()));
        }
        let block = catalog
            .info()
            .blocks
            .iter()
            .find(|block| block.name == LEARNED);
        if block.is_some_and(|block| block.dims != projection.dims) {
            return Err(damaged("the block has another length".to_owned()));
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
    /// [`RecommendError::Learned`] for an embedding of another length.
    pub fn apply(&self, embedding: &[f32]) -> Result<Vec<f32>, RecommendError> {
        if embedding.len() != self.mean.len() {
            let (found, wanted) = (embedding.len(), self.mean.len());
            return Err(RecommendError::Learned(format!(
                "it wants {wanted} values, not {found}"
            )));
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

/// The `keep` directions of the outputs that hold most of the weights' energy: of the singular values and vectors
/// U S Vᵀ of the weights, the first columns of U S. All distances between what the weights make of inputs lie in them.
fn main_directions(weights: &Array2<f32>, keep: usize) -> Array2<f32> {
    let gram = weights.dot(&weights.t()).mapv(f64::from);
    let n = gram.nrows();
    let parts = DMatrix::from_iterator(n, n, gram).symmetric_eigen();
    let values = parts.eigenvalues;
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&i, &j| values[j].total_cmp(&values[i]));
    Array2::from_shape_fn((n, keep), |(row, column)| {
        let direction = order.get(column).copied();
        direction.map_or(0.0, |k| {
            (parts.eigenvectors[(row, k)] * values[k].max(0.0).sqrt()) as f32
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn main_directions_keep_the_distances_that_matter() {
        // 300 outputs that all lie in 5 directions.
        let few = Array2::from_shape_fn((40, 5), |(i, j)| ((i * 7 + j * 13) % 11) as f32 - 5.0);
        let many = Array2::from_shape_fn((5, 300), |(i, j)| ((i * 5 + j * 3) % 7) as f32 - 3.0);
        let weights = few.dot(&many);
        let kept = main_directions(&weights, 8);
        assert_eq!(kept.dim(), (40, 8));
        for row in 0..40 {
            let before: f32 = weights.row(row).dot(&weights.row(row));
            let after: f32 = kept.row(row).dot(&kept.row(row));
            assert!(
                (before - after).abs() <= 1e-3 * before.max(1.0),
                "{before} {after}"
            );
        }
    }
}
