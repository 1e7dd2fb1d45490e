//! Which shoes are like this one, and why.
//!
//! `similarity = Σ weight × block similarity + Σ weight × metadata match`: every block of the embedding
//! ([`BLOCKS`](crate::embed::BLOCKS), and `learned` where the catalogue has it) and every metadata column
//! has a weight of its own, which a query may change. A [`Recommender`] reads a catalogue once and then
//! answers a [`Query`] with [`Recommendation`]s, each with the terms of its score and with those terms in
//! words.
//!
//! The way of a query through the files, in their order:
//!
//! | file | owns |
//! | --- | --- |
//! | `query`, `weights`, `error` | what is asked, answered, or wrong |
//! | `recommender` | the steps below, one after the other |
//! | `metadata` | which shoes may be recommended: filters, "only the same …" |
//! | `blocks`, `projection` | the blocks in memory; the learned block of a picture |
//! | `query_vector` | the target, likes and dislikes as vectors |
//! | `scoring` | the rule that makes one score of them, and its terms |
//! | `candidates` | the best rows: from an index, or by scoring all |
//! | [`search`] | who is nearest: the trait for an index, and the exact search in memory |
//! | `ranking` | order, near-duplicates, maximal marginal relevance |
//! | `reason` | scores in words |
//! | `yardsticks` | what both are measured against, where not all shoes are at hand |
//!
//! And what uses it:
//!
//! | file | owns |
//! | --- | --- |
//! | [`photo`] | a photo, seen as the catalogue's pictures are |
//! | [`learn`] | a block learned from the catalogue's own labels |
//! | [`evaluate`] | how good the recommendations are |
//! | [`table`] | the recommendations of every shoe, for a shop |
//! | `neighbourhood` | nearest shoes of many rows; how well the scene preserves neighbourhoods |

mod blocks;
mod candidates;
mod error;
pub mod evaluate;
pub mod learn;
mod metadata;
mod neighbourhood;
pub mod photo;
mod projection;
mod query;
mod query_vector;
mod ranking;
mod reason;
mod recommender;
pub mod robustness;
mod scoring;
pub mod search;
pub mod table;
mod weights;
mod yardsticks;

#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod tests;

pub use blocks::LEARNED;
pub use error::{LearnedError, RecommendError};
pub use projection::Projection;
pub use query::{Example, Query, Recommendation};
pub use ranking::DUPLICATE;
pub use recommender::{Recommender, expect_k};
pub use scoring::{DISLIKES, LIKES, STEER};
pub use weights::{LEARNED_WEIGHT, Metric, Weights};
pub use yardsticks::Yardsticks;
