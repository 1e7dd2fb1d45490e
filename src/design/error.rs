//! What can go wrong with a design, in words that say what to do.

use crate::catalog::CatalogError;
use crate::catalog::picture::PhotoError;
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
        "the design was made by the generator {name} ({sha256:.12}), which is not among the models here; put its file under models/"
    )]
    OtherGenerator {
        /// Its name.
        name: String,
        /// SHA-256 of its file.
        sha256: String,
    },
    /// A generator was made for another embedder than the catalogue's.
    #[error(
        "the generator {generator} was made for the embedder {made_for}, the catalogue {catalogue} by {wanted}: index the catalogue again with this program, or train a generator on it"
    )]
    OtherEmbedder {
        /// The generator's name.
        generator: String,
        /// Name and SHA-256 of the embedder that it was made for.
        made_for: String,
        /// The catalogue's name.
        catalogue: String,
        /// The catalogue's path.
        path: PathBuf,
        /// Name and SHA-256 of the catalogue's embedder.
        wanted: String,
    },
    /// Nothing under `models/` fits the catalogue.
    #[error(
        "no generator fits {catalogue}: {wanted} was looked for and not found; train one, or put its file under models/"
    )]
    NoGenerator {
        /// The catalogue's name.
        catalogue: String,
        /// Its path.
        path: PathBuf,
        /// The file that would have done.
        wanted: String,
    },
    /// Designs are asked for where no generator fits.
    #[error("there is no generator for this catalogue")]
    NoStudio,
    /// The catalogue has no space.
    #[error("{path}: no positions were fitted; index it again", path = path.display())]
    NoSpace {
        /// The catalogue.
        path: PathBuf,
    },
    /// The embedder is not here.
    #[error("the embedder models/{file} is needed to look at pictures, and was not found")]
    NoEmbedder {
        /// Its file.
        file: String,
    },
    /// A network gave fewer answers than it was asked for, which is a bug.
    #[error("{network} gave no answer for {asked}")]
    NoAnswer {
        /// Which.
        network: &'static str,
        /// What it was asked.
        asked: &'static str,
    },
    /// The recommender is not there yet.
    #[error("the nearest shoes are not known yet; wait a moment")]
    NoNeighbours,
    /// The system names no home folder.
    #[error("the system names no home folder: save the design somewhere with Save as…")]
    NoHome,
    /// A direction was learned from the codes of another generator.
    #[error("the direction {name} belongs to another generator; learn it again")]
    OtherDirection {
        /// Its name.
        name: String,
    },
    /// A held design has a code of another generator.
    #[error("{what} belongs to another generator")]
    OtherCodes {
        /// Its name.
        what: String,
    },
    /// A setting is NaN, infinite or out of range.
    #[error("{what} is not finite or out of range: give a finite number; nothing was changed")]
    Setting {
        /// Which.
        what: &'static str,
    },
    /// A design holds a number that is NaN or infinite.
    #[error("the design's {what} holds a number that is not finite")]
    NotFinite {
        /// Where.
        what: &'static str,
    },
    /// A design's truncation is out of range.
    #[error("the design's truncation is {0}; it goes from 0 to {most}", most = super::MOST_TRUNCATION)]
    Truncation(f32),
    /// A path cannot be made.
    #[error(transparent)]
    Path(#[from] PathError),
    /// Nothing can be learned from a column.
    #[error("{what}: {why}; choose another column")]
    Direction {
        /// The column and, for words, the word.
        what: String,
        /// Why.
        why: String,
    },
    /// There is no such column to learn from.
    #[error("there is no column {0}")]
    NoColumn(String),
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
    /// A picture could not be read.
    #[error(transparent)]
    Photo(#[from] PhotoError),
    /// The space does not fit.
    #[error(transparent)]
    Space(#[from] SpaceError),
    /// The nearest shoes could not be found.
    #[error(transparent)]
    Recommend(#[from] RecommendError),
    /// A generator that knows no codes, and no catalogue to take them from.
    #[error(
        "this generator remembers no shoes to imagine others from: name a catalogue, or train it again with this shoespace"
    )]
    NoPrior,
    /// Gaps are gaps of a catalogue.
    #[error("what is missing can only be said of a catalogue: name one")]
    GapsOfNothing,
    /// The work was asked to stop.
    #[error(transparent)]
    Cancelled(#[from] crate::job::Cancelled),
}

/// Why a path cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// It has fewer than two ends.
    #[error("a path needs two ends: choose another shoe to go to")]
    OneEnd,
    /// Its ends have codes or noises of different lengths.
    #[error("the ends of the path belong to different generators")]
    OtherGenerator,
    /// A code or a noise is NaN or infinite.
    #[error("an end of the path holds a number that is not finite")]
    NotFinite,
    /// All its ends are the same.
    #[error("the path goes from a shoe to itself: choose two different shoes")]
    NoLength,
    /// Too few or too many steps.
    #[error("a path of {0} steps cannot be made: ask for 2 to {most}", most = super::route::MOST_STEPS)]
    Steps(usize),
    /// There are no pictures to save.
    #[error("there is no path to save: make one first")]
    Empty,
}

impl DesignError {
    /// The catalogue, and the file name of a generator that training on it would have to make, where that would help.
    pub fn wants_training(&self) -> Option<(&Path, &str)> {
        match self {
            Self::NoGenerator { path, wanted, .. } => Some((path, wanted)),
            Self::OtherEmbedder { path, .. } => Some((path, "MINE.safetensors")),
            _ => None,
        }
    }

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
