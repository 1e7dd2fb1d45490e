//! Search in vectors: the k rows with the highest scores.
//!
//! Whoever wants neighbours asks a [`VectorIndex`], which may lie in memory or elsewhere. [`ExactSearch`] is the
//! one in memory: it answers as brute force would, without reading every row in full.
//!
//! # How the exact search works
//! Every row is also kept as 8 bit codes with a scale of its own and the exact length of what the codes
//! leave out. A scan over the codes gives each row a score and a bound on its error (Cauchy–Schwarz on
//! what was left out of row and query), so an upper bound; a row whose upper bound is below the k-th best
//! lower bound cannot be among the best k. The few others are scored from the stored rows. So the answer
//! *is* that of brute force over the stored rows, ties by row included, whatever the data: the bound
//! decides how much is read, never what is found.
//!
//! Masks and biases are applied within the scan; a batch of queries shares one pass.
//!
//! | file | owns |
//! | --- | --- |
//! | `index` | the trait [`VectorIndex`]: what is asked, answered, or wrong |
//! | `exact` | [`ExactSearch`] |
//! | `codes` | rows as codes: layout, quantising, error bounds |
//! | `scan` | integer dot products of codes and queries: AVX-512 VNNI, AVX2, any machine |
//! | `score` | the score that counts, and the same on every machine |
//! | `top` | the best k so far, and who may still be among them |

mod codes;
mod exact;
mod index;
mod scan;
mod score;
mod top;

pub use exact::ExactSearch;
pub use index::{Bias, Hit, SearchError, SearchOptions, VectorIndex, VectorIndexError};
pub use score::{Rows, VectorMetric};

#[cfg(test)]
mod tests;
