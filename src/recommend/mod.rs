//! Which shoes are like this one, and why.
//!
//! `similarity = Σ weight × block likeness + Σ weight × metadata match`: every block of the embedding
//! (`style`, `colour`, `silhouette`, and `learned` where the catalogue has it) and every metadata column
//! has a weight of its own, which a question may change. A [`Recommender`] reads a catalogue once and then
//! answers a [`Query`] with [`Recommendation`]s, each with the terms of its score and with those terms in
//! words.
//!
//! | file | owns |
//! | --- | --- |
//! | `query`, `weights`, `error` | what is asked, answered, or wrong |
//! | `recommender` | from a question to an answer |
//! | `likeness` | the blocks in memory; how alike two shoes are, block by block |
//! | `taste` | the rule that makes one score of many likes and dislikes |
//! | `pool` | the best rows, maximal marginal relevance, near-duplicates |
//! | `reason` | scores in words |
//! | `metadata` | filters, "only the same …" |
//! | [`photo`] | a photo, seen as the catalogue's pictures are |
//! | [`search`] | exact search in vectors: who is nearest, at any scale |
//! | [`learn`] | a block learned from the catalogue's own labels |
//! | [`evaluate`] | how good the recommendations are |
//! | [`table`] | the recommendations of every shoe, for a shop |
//! | [`trust`] | how far the scene's neighbourhoods are to be trusted |

mod error;
pub mod evaluate;
pub mod learn;
mod likeness;
mod metadata;
pub mod photo;
mod pool;
mod query;
mod reason;
mod recommender;
pub mod search;
pub mod table;
mod taste;
pub mod trust;
mod weights;

#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod tests;

pub use error::RecommendError;
pub use likeness::LEARNED;
pub use pool::DUPLICATE;
pub use query::{Example, Query, Recommendation};
pub use recommender::Recommender;
pub use taste::{DISLIKES, LIKES, STEER};
pub use weights::{LEARNED_WEIGHT, Metric, Weights};
