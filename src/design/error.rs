//! What can go wrong with a design, in words that say what to do.

use crate::catalog::CatalogError;
use crate::embed::EmbedError;
use crate::gan::GanError;
use crate::recommend::RecommendError;
use crate::space::SpaceError;
use crate::space::cursor::CursorError;
use std::path::{Path, PathBuf};

/// What can go wrong when designs are made, saved, opened or walked between.
#[derive(Debug, thiserror::Error)]
pub enum DesignError {
    /// A file could not be written; what was there before is still there.
    #[error("{path}: cannot be saved ({cause}); nothing was changed, choose another folder or make room", path = path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// A file could not be read.
    #[error("{path}: cannot be read: {cause}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// A file holds no design, or a broken one.
    #[error("{path}: {reason}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// The generator that made a design is not here.
    #[error(
        "the design was made by the generator {name} ({sha256:.12}), which is not among the models here; put its file under models/ or name it with --model"
    )]
    OtherGenerator {
        /// Its name.
        name: String,
        /// SHA-256 of its file.
        sha256: String,
    },
    /// A generator cannot be used with a catalogue.
    #[error("{0}")]
    Misfit(String),
    /// Nothing under `models/` fits the catalogue.
    #[error(
        "no generator fits {catalogue}: {wanted} was looked for and not found; train one with: shoespace train {path} -o models/{wanted}"
    )]
    NoGenerator {
        /// The catalogue's name.
        catalogue: String,
        /// Its path.
        path: String,
        /// The file that would have done.
        wanted: String,
    },
    /// A number is NaN or infinite, or out of range.
    #[error("{0}")]
    Number(String),
    /// A path has no length, too few steps or too many.
    #[error("{0}")]
    Path(String),
    /// Nothing can be learned from a column.
    #[error("{0}")]
    Direction(String),
    /// The point has no embedding.
    #[error(transparent)]
    Cursor(#[from] CursorError),
    /// The generator refused.
    #[error(transparent)]
    Generator(#[from] GanError),
    /// The embedder refused.
    #[error(transparent)]
    Embedder(#[from] EmbedError),
    /// The catalogue could not be read.
    #[error(transparent)]
    Catalogue(#[from] CatalogError),
    /// The space does not fit.
    #[error(transparent)]
    Space(#[from] SpaceError),
    /// The nearest shoes could not be found.
    #[error(transparent)]
    Recommend(#[from] RecommendError),
    /// The work was asked to stop.
    #[error(transparent)]
    Cancelled(#[from] crate::job::Cancelled),
}

impl DesignError {
    pub(super) fn file(path: &Path, reason: impl Into<String>) -> Self {
        Self::File {
            path: path.to_owned(),
            reason: reason.into(),
        }
    }

    pub(super) fn read(path: &Path) -> impl FnOnce(std::io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Read {
            path,
            cause: source,
        }
    }

    pub(super) fn write(path: &Path) -> impl FnOnce(std::io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Write {
            path,
            cause: source,
        }
    }
}
