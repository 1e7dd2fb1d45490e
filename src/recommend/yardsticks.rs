//! What likeness is measured against in a catalogue: numbers that are true of all its shoes, and cost a look at each.
//!
//! A catalogue in files is looked at when it is opened. Where only some of its shoes are at hand, as of one in a database,
//! they come along with it, so that a question is answered as if all were there.

use super::error::LearnedError;
use crate::catalog::{CatalogInfo, packed};
use serde::{Deserialize, Serialize};

/// Under which the yardsticks stand among what a room keeps with a catalogue ([`CatalogInfo::extra`]).
const KEY: &str = "yardsticks";

/// From which similarity on a block is called `same`, `similar`, or, below the last, `other`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Marks {
    pub same: f32,
    pub similar: f32,
    pub other: f32,
}

/// What likeness is measured against in a catalogue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Yardsticks {
    /// For each block how alike is called what.
    pub(super) marks: Vec<Marks>,
    /// Mean of the learned block; empty without one.
    #[serde(with = "packed")]
    pub(super) learned_mean: Vec<f32>,
    /// For each block the mean square of its lengths, raw and centred.
    #[serde(with = "packed")]
    pub(super) mean_square: Vec<f32>,
}

impl Yardsticks {
    /// Those that came along with a catalogue of so many `blocks`, the learned one among them.
    ///
    /// # Errors
    /// They do not fit it.
    pub(super) fn of(info: &CatalogInfo, blocks: usize) -> Result<Option<Self>, LearnedError> {
        let Some(stored) = info.extra.get(KEY) else {
            return Ok(None);
        };
        let found = Self::deserialize(stored)?;
        if found.marks.len() != blocks || found.mean_square.len() != blocks {
            return Err(LearnedError::Length("yardsticks"));
        }
        let numbers = found.learned_mean.iter().chain(&found.mean_square);
        match numbers.copied().all(f32::is_finite) {
            true => Ok(Some(found)),
            false => Err(LearnedError::NotFinite),
        }
    }

    /// Puts them where a catalogue is looked through for them when its recommender is made.
    pub fn keep_in(&self, info: &mut CatalogInfo) {
        let value = serde_json::to_value(self).unwrap_or_default();
        info.extra.insert(KEY.to_owned(), value);
    }

    /// For each block, in the order of [`Recommender::block_names`](super::Recommender::block_names), the mean square
    /// of its lengths.
    pub fn mean_square(&self) -> &[f32] {
        &self.mean_square
    }
}
