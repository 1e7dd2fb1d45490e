//! Mathematics that several rooms use, each written once: on slices and matrices of plain numbers, with no
//! idea of shoes.
//!
//! | file | owns |
//! | --- | --- |
//! | `statistics` | medians, even samples, Pearson's correlation |
//! | `vector` | dot products and squared distances with the same bits on every machine |
//! | `ridge` | ridge regression from its normal equations |
//! | `principal` | scatter matrices, and their principal axes by linfa |

mod principal;
mod ridge;
mod statistics;
mod vector;

pub use principal::PrincipalAxesError;
pub(crate) use principal::{PrincipalAxis, centre, principal_axes, scatter};
pub(crate) use ridge::solve_ridge;
pub(crate) use statistics::{correlation, median, spread, upper_median};
pub(crate) use vector::{dot, square_distance};
