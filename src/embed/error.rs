//! What can go wrong with embedding.

use std::path::PathBuf;

use crate::job::Cancelled;
use crate::paths::NotFound;

/// Why pictures could not be embedded.
#[derive(Debug, thiserror::Error)]
pub enum EmbedError {
    /// There is no file of weights.
    #[error(transparent)]
    NotFound(#[from] NotFound),
    /// The network's file cannot be read.
    #[error("{}: {source}; the embedder's weights come with the repository, see models/README.md", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is not the file that came along.
    #[error(transparent)]
    Changed(#[from] crate::digest::Changed),
    /// The file holds another network, or none.
    #[error(
        "{what}: these are not the embedder's weights ({source}); take the file that comes with the repository, see models/README.md"
    )]
    Weights {
        /// The file, or what stood in its place.
        what: String,
        /// What is wrong with it.
        source: candle_core::Error,
    },
    /// The network failed on pictures that it should have taken.
    #[error("the embedder failed: {0}")]
    Network(#[from] candle_core::Error),
    /// The work was stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}
