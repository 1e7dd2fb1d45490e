//! How much each block and each metadata column counts: the sliders of the explorer, the flags of the
//! command line, and what a session saves.

use super::blocks::LEARNED;
use super::error::RecommendError;
use super::metadata::closest_first;
use crate::catalog::Column;
use crate::embed::BLOCKS;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How two shoes are compared within a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Metric {
    /// The cosine of the angle between the two, seen from the middle of the catalogue: −1 to 1.
    #[default]
    Cosine,
    /// Minus half the squared distance, in units of the block's mean squared distance from the middle
    /// of the catalogue: 0 for the same shoe, about −1 for two shoes that have nothing in common.
    SquaredEuclidean,
}

impl Metric {
    /// The name on the command line and in saved sessions.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cosine => "cosine",
            Self::SquaredEuclidean => "squared-euclidean",
        }
    }
}

/// The weights of a similarity: `Σ weight × block likeness + Σ weight × metadata match`.
///
/// Blocks and columns that are not named weigh nothing. Only the proportions change what is found; the
/// default blocks sum to 1, so that a score by them lies between −1 and 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Weights {
    /// Weight by block name (`style`, `colour`, `silhouette`, and `learned` where the catalogue has it).
    pub blocks: BTreeMap<String, f32>,
    /// Weight by column name: counts where both shoes have the same word or number in that column.
    pub columns: BTreeMap<String, f32>,
    /// How two shoes are compared within a block.
    pub metric: Metric,
}

/// Weight of a learned block beside the others, whose weights sum to 1.
///
/// Found on the training split of a catalogue of 7,678 shoes, see `docs/measurements.md`.
pub const LEARNED_WEIGHT: f32 = 0.7;

impl Default for Weights {
    /// The weights of the embedder's blocks ([`BLOCKS`], measured best on data that no label entered) and
    /// [`LEARNED_WEIGHT`] for the learned block, which counts only where the catalogue has one.
    fn default() -> Self {
        let blocks = BLOCKS.map(|block| (block.name.to_owned(), block.weight));
        Self {
            blocks: blocks
                .into_iter()
                .chain([(LEARNED.to_owned(), LEARNED_WEIGHT)])
                .collect(),
            columns: BTreeMap::new(),
            metric: Metric::Cosine,
        }
    }
}

/// The largest weight: scores stay numbers.
const MAX_WEIGHT: f32 = 1e6;

impl Weights {
    /// The weights that count one block alone.
    pub fn only(block: &str) -> Self {
        Self {
            blocks: [(block.to_owned(), 1.0)].into(),
            columns: BTreeMap::new(),
            metric: Metric::Cosine,
        }
    }

    /// Whether these weights can be used at all.
    ///
    /// # Errors
    /// [`RecommendError::BadWeight`] for one that is negative, no number, or above a million,
    /// [`RecommendError::NoWeight`] where all are zero.
    pub fn check(&self) -> Result<(), RecommendError> {
        let all = || self.blocks.iter().chain(&self.columns);
        if let Some((name, &weight)) = all().find(|(_, w)| !(0.0..=MAX_WEIGHT).contains(*w)) {
            return Err(RecommendError::BadWeight {
                name: name.clone(),
                weight,
            });
        }
        if all().all(|(_, &w)| w == 0.0) {
            return Err(RecommendError::NoWeight);
        }
        Ok(())
    }

    /// Whether these weights can be used on a catalogue with these blocks and columns.
    ///
    /// # Errors
    /// As [`check`](Self::check), [`RecommendError::UnknownWeight`] for one of something that is not there, and
    /// [`RecommendError::NoWeight`] where nothing that is there has one.
    pub(super) fn check_for(
        &self,
        blocks: &[&str],
        columns: &[Column],
    ) -> Result<(), RecommendError> {
        self.check()?;
        let unknown = |name: &str| {
            let columns = columns.iter().map(|column| column.name.as_str());
            let known = blocks.iter().copied().chain(columns).map(str::to_owned);
            RecommendError::UnknownWeight {
                name: name.to_owned(),
                known: closest_first(name, known.collect()),
            }
        };
        let mut total = 0.0;
        for (name, weight) in &self.blocks {
            if blocks.contains(&name.as_str()) {
                total += weight;
            } else if *weight > 0.0 && name != LEARNED {
                return Err(unknown(name));
            }
        }
        for (name, weight) in &self.columns {
            if !columns.iter().any(|c| c.name == *name) && *weight > 0.0 {
                return Err(unknown(name));
            }
            total += weight;
        }
        match total > 0.0 {
            true => Ok(()),
            false => Err(RecommendError::NoWeight),
        }
    }
}
