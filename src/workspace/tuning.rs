//! How likeness is measured: weights, metric, "only the same …", diversity, duplicates.

use crate::catalog::Table;
use crate::recommend::{LEARNED, Query, Weights};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What the user chose about likeness; saved with the session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tuning {
    /// How much each block and column counts, and the metric.
    pub weights: Weights,
    /// Whether the learned block counts, where the catalogue has one.
    pub learned: bool,
    /// "Only the same …": columns in which a shoe must agree with the one looked at.
    pub same: BTreeSet<String>,
    /// Only shoes that pass the catalogue's filter come into question.
    pub within: bool,
    /// 0 the nearest, up to 1 unlike each other.
    pub diversity: f32,
    /// Shoes that look the same are shown once.
    pub fold: bool,
    /// How many are recommended.
    pub count: usize,
}

impl Default for Tuning {
    fn default() -> Self {
        Self {
            weights: Weights::default(),
            learned: true,
            same: BTreeSet::new(),
            within: true,
            diversity: 0.0,
            fold: false,
            count: 24,
        }
    }
}

impl Tuning {
    /// The question without its likes and dislikes. `shown` is what the catalogue panel's filter shows;
    /// `blocks` are those of the open catalogue, so that a session of an older file still works.
    pub fn query(
        &self,
        shown: Option<&Arc<Vec<bool>>>,
        blocks: &[String],
        table: &dyn Table,
    ) -> Query {
        let mut weights = self.weights.clone();
        if !self.learned {
            weights.blocks.remove(LEARNED);
        }
        weights.blocks.retain(|name, _| blocks.contains(name));
        weights
            .columns
            .retain(|name, weight| *weight > 0.0 && table.column(name).is_some());
        Query {
            among: shown.filter(|_| self.within).cloned(),
            same: self
                .same
                .iter()
                .filter(|name| table.column(name).is_some())
                .cloned()
                .collect(),
            k: self.count.clamp(1, table.len().saturating_sub(1).max(1)),
            diversity: self.diversity.clamp(0.0, 1.0),
            fold_duplicates: self.fold,
            weights,
            ..Query::default()
        }
    }
}
