//! Which shoes are like this one, and why.

mod error;
mod query;
mod recommender;
pub mod search;
mod weights;

pub use error::RecommendError;
pub use query::{Example, Query, Recommendation};
pub use recommender::Recommender;
pub use weights::{Metric, Weights};
