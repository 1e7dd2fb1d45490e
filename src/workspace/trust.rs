//! How far the scene is to be trusted: the share of each shoe's nearest neighbours that stand near it in the scene too.

use crate::job::Job;
use crate::recommend::{RecommendError, Recommender, Weights};
use std::sync::Arc;

/// So many neighbours of each shoe are compared.
const NEIGHBOURS: usize = 24;

/// The share of neighbours kept, 0 to 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Trust {
    /// One a row.
    pub rows: Arc<Vec<f32>>,
    /// Their mean.
    pub mean: f32,
}

impl Trust {
    /// Compares the neighbours in the whole embedding with those at these points, one a shoe.
    ///
    /// # Errors
    /// [`RecommendError::Cancelled`] once `job` is cancelled; a damaged catalogue.
    pub fn measure(
        recommender: &Recommender,
        points: &[[f32; 3]],
        job: &Job,
    ) -> Result<Self, RecommendError> {
        let rows = recommender.neighbourhood_preservation(
            points,
            None,
            NEIGHBOURS,
            &Weights::default(),
            job,
        )?;
        let mean = rows.iter().sum::<f32>() / rows.len().max(1) as f32;
        Ok(Self {
            rows: Arc::new(rows),
            mean,
        })
    }
}
