//! Ways to lay shoes out in three dimensions, beside the principal components.
//!
//! | file | owns |
//! | --- | --- |
//! | `neighbourhoods` | one that keeps neighbours together, after UMAP |

mod neighbourhoods;

pub use neighbourhoods::{Nearest, neighbourhoods};

use crate::job::Cancelled;

/// Shoes that a layout has at least.
pub const LEAST: usize = 5;

/// Why shoes cannot be laid out.
#[derive(Debug, thiserror::Error)]
pub enum LayoutError {
    /// There are too few.
    #[error("{0} shoes are too few to be laid out by their neighbours; index at least five")]
    TooFew(usize),
    /// They are all one.
    #[error("the shoes are all alike, so there is nothing to lay out; index different pictures")]
    Identical,
    /// Somebody asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}
