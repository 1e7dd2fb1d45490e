//! What can go wrong between photos and a catalogue, in words that say what to do.

use super::ShardOf;
use crate::catalog::CatalogError;
use crate::catalog::filter::FilterError;
use crate::catalog::import::ImportError;
use crate::embed::EmbedError;
use crate::job::Cancelled;
use crate::space::SpaceError;
use std::path::PathBuf;

/// What can go wrong between photos and a catalogue.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// The photos.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The condition that shoes have to meet.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// The catalogue's file.
    #[error(transparent)]
    Catalog(CatalogError),
    /// The network.
    #[error(transparent)]
    Embed(EmbedError),
    /// The space.
    #[error(transparent)]
    Space(SpaceError),
    /// No shoe meets the conditions.
    #[error(
        "none of the {count} shoes meets the condition{hint}; change the condition, or leave it out"
    )]
    NothingChosen {
        /// How many there are.
        count: usize,
        /// A value that is not there, and the closest that is.
        hint: String,
    },
    /// No photo falls to a part.
    #[error("no photo falls to part {shard}: there are {photos} in all; index in fewer parts")]
    EmptyShard {
        /// The part.
        shard: ShardOf,
        /// Photos of all parts.
        photos: usize,
    },
    /// Parts that do not make a catalogue.
    #[error("{}: {why}", path.display())]
    Parts {
        /// The folder, or the part that is in the way.
        path: PathBuf,
        /// What is wrong, and what to do.
        why: String,
    },
    /// Every photo is unreadable.
    #[error("none of the {count} photos can be read (the first: {first}); nothing is written")]
    NothingReadable {
        /// How many there are.
        count: usize,
        /// The first with its reason.
        first: String,
    },
    /// The photos are not there any more.
    #[error(
        "{}: it was there when this began and is gone ({reason}); bring it back and give the same command again: the {done} photos that are done are kept", source_path.display()
    )]
    SourceLost {
        /// Where they were.
        source_path: PathBuf,
        /// What the system says of the first that is missing.
        reason: String,
        /// Photos that are done.
        done: usize,
    },
    /// The embedder broke its promise.
    #[error(
        "the embedder gave {features} results for {pictures} pictures; this is a mistake in shoespace, please report it"
    )]
    Embedder {
        /// Pictures that it was given.
        pictures: usize,
        /// Results that it gave.
        features: usize,
    },
    /// The report would replace a file that is none.
    #[error("{}: is there already, and is no list of files that shoespace wrote; name another file for it", .0.display())]
    ReportTaken(PathBuf),
    /// Somebody else makes the same catalogue.
    #[error("{}: another shoespace is making this catalogue; wait for it, or choose another output", .0.display())]
    Busy(PathBuf),
    /// The work was asked to stop.
    #[error(
        "stopped after {done} of {all} photos; they are kept, and the same command goes on from there"
    )]
    Cancelled {
        /// Photos that are done.
        done: usize,
        /// Photos in all.
        all: usize,
    },
    /// The work was asked to stop when there was nothing to keep yet, or all was embedded.
    #[error("stopped; the same command goes on with what is done")]
    Stopped,
}

impl IndexError {
    /// Whether somebody asked the work to stop: not a failure.
    pub fn is_cancelled(&self) -> bool {
        matches!(
            self,
            Self::Cancelled { .. } | Self::Stopped | Self::Import(ImportError::Cancelled(_))
        )
    }
}

impl From<Cancelled> for IndexError {
    fn from(_: Cancelled) -> Self {
        Self::Stopped
    }
}

impl From<CatalogError> for IndexError {
    fn from(error: CatalogError) -> Self {
        match error {
            CatalogError::Cancelled(_) => Self::Stopped,
            other => Self::Catalog(other),
        }
    }
}

impl From<EmbedError> for IndexError {
    fn from(error: EmbedError) -> Self {
        match error {
            EmbedError::Cancelled(_) => Self::Stopped,
            other => Self::Embed(other),
        }
    }
}

impl From<SpaceError> for IndexError {
    fn from(error: SpaceError) -> Self {
        match error {
            SpaceError::Cancelled(_) => Self::Stopped,
            other => Self::Space(other),
        }
    }
}
