//! What can go wrong with a generator, in words that say what to do.

use crate::job::Cancelled;
use std::path::{Path, PathBuf};

/// What can go wrong when a generator is loaded, used, trained or judged.
#[derive(Debug, thiserror::Error)]
pub enum GanError {
    /// A file could not be read or written.
    #[error("{path}: {what}: {source}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What was being done, as `cannot be read`.
        what: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file is not what it should be: not a generator, cut short, or of another version.
    #[error("{path}: {reason}", path = path.display())]
    Model {
        /// The file.
        path: PathBuf,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// A code, noise, block or option does not fit.
    #[error("{0}")]
    Input(String),
    /// The training data does not do.
    #[error("{0}")]
    Data(String),
    /// Training left the numbers that mean something, more often than it could be rolled back.
    #[error("{0}")]
    Diverged(String),
    /// The network library refused; a fault of this program.
    #[error("the networks failed ({0}); this is a fault of shoespace, please report it")]
    Network(#[from] candle_core::Error),
    /// The work was asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl GanError {
    /// The error of a file operation on `path`; `what` as `cannot be read`.
    pub(super) fn file(
        path: &Path,
        what: &'static str,
    ) -> impl FnOnce(std::io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::File { path, what, source }
    }

    /// The error of a file that is not what it should be.
    pub(super) fn model(path: &Path, reason: impl Into<String>) -> Self {
        Self::Model {
            path: path.to_owned(),
            reason: reason.into(),
        }
    }
}
