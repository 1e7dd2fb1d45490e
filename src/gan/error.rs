//! What can go wrong with a generator, in words that say what to do.

use crate::catalog::CatalogError;
use crate::embed::EmbedError;
use crate::job::Cancelled;
use crate::numeric::PrincipalAxesError;
use std::path::{Path, PathBuf};

/// What can go wrong when a generator is loaded, used, trained or evaluated.
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
    /// It is not the file that came along.
    #[error(transparent)]
    Changed(#[from] crate::digest::Changed),
    /// An embedding is not of the embedder that the generator was made for.
    #[error(
        "the generator was made for blocks of {wanted:?} numbers, not of {given:?}: the embedding is of another embedder; index the photos again"
    )]
    BlockLengths {
        /// Lengths of the blocks that the generator was made for.
        wanted: Vec<usize>,
        /// The lengths that it was given.
        given: Vec<usize>,
    },
    /// It makes no pictures of that size.
    #[error(
        "it makes pictures of {size} pixels, and smaller ones of half of that, a quarter and so on, from 8 on: not of {wanted}"
    )]
    NoSuchSize {
        /// The side that was asked for.
        wanted: usize,
        /// The side of its pictures.
        size: usize,
    },
    /// There is not one noise for each code.
    #[error("{codes} codes were given {noises} noises; each needs one")]
    NoiseCount {
        /// Codes given.
        codes: usize,
        /// Noises given.
        noises: usize,
    },
    /// A code or a noise is of another generator.
    #[error(
        "a {what} of this generator has {wanted} numbers, not {given}: it is of another generator"
    )]
    InputLength {
        /// `code` or `noise`.
        what: &'static str,
        /// Its length for this generator.
        wanted: usize,
        /// The length that was given.
        given: usize,
    },
    /// A number is infinite or NaN.
    #[error("{what} holds a number that is not finite")]
    NotFinite {
        /// What holds it, as `a code`.
        what: &'static str,
    },
    /// The catalogue could not be read.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// The embedder failed.
    #[error(transparent)]
    Embedder(EmbedError),
    /// The training split is too small.
    #[error(
        "{catalogue} has {shoes} shoes to train on (of {all}); at least {least} are needed",
        catalogue = catalogue.display()
    )]
    TooFewShoes {
        /// The catalogue.
        catalogue: PathBuf,
        /// Shoes in its training split.
        shoes: usize,
        /// Shoes in all.
        all: usize,
        /// Shoes that are needed.
        least: usize,
    },
    /// Too few pictures of the training split can be framed.
    #[error(
        "only {shoes} of the pictures to train on in {catalogue} show a shoe on white; at least {least} are needed",
        catalogue = catalogue.display()
    )]
    TooFewFramed {
        /// The catalogue.
        catalogue: PathBuf,
        /// Pictures that can be framed.
        shoes: usize,
        /// Pictures that are needed.
        least: usize,
    },
    /// Too few shoes are held out for an evaluation.
    #[error("{catalogue} holds out {shoes} shoes; judging needs more", catalogue = catalogue.display())]
    TooFewHeldOut {
        /// The catalogue.
        catalogue: PathBuf,
        /// Shoes held out.
        shoes: usize,
    },
    /// A design could not be refined.
    #[error("a design could not be made better: {0}")]
    Refine(String),
    /// An embedding of the catalogue is infinite or NaN somewhere.
    #[error(
        "{catalogue}: the {block} of {shoe} holds a number that is not finite; index the catalogue again",
        catalogue = catalogue.display()
    )]
    DamagedBlock {
        /// The catalogue.
        catalogue: PathBuf,
        /// The block's name.
        block: String,
        /// The shoe.
        shoe: String,
    },
    /// An embedding that a basis is to be fitted to is infinite or NaN somewhere.
    #[error("an embedding holds a number that is not finite; index the catalogue again")]
    DamagedEmbedding,
    /// All training shoes have one embedding.
    #[error("the shoes are all alike to the embedder: there is nothing to learn from them")]
    AllAlike,
    /// The principal axes of the embeddings could not be found.
    #[error("the codes could not be fitted to the embeddings: {0}; index the catalogue again")]
    Axes(#[from] PrincipalAxesError),
    /// The pictures are too small for the size of the generator.
    #[error(
        "the catalogue's pictures are too small for a generator of {size} pixels: a typical shoe would be upscaled {enlarged:.1} times; {}",
        size_advice(*fitting)
    )]
    PicturesTooSmall {
        /// The size that was asked for.
        size: u32,
        /// By how much a typical shoe would be enlarged.
        enlarged: f32,
        /// The largest size that the pictures suffice for.
        fitting: Option<u32>,
    },
    /// The generator, the catalogue and the embedder are not of one embedder.
    #[error(
        "the generator, the catalogue and the embedder do not belong together: they were made with {generator}, {catalogue} and {embedder}; index the catalogue again, or choose another generator"
    )]
    EmbeddersDiffer {
        /// Name and SHA-256 of the generator's embedder.
        generator: String,
        /// Name and SHA-256 of the catalogue's embedder.
        catalogue: String,
        /// Name and SHA-256 of the embedder in use.
        embedder: String,
    },
    /// A generator that training is to begin from makes other pictures than are asked for.
    #[error(
        "the generator to begin from makes pictures of {0}×{0}×{1}, where {2}×{2}×{3} are asked for; begin from another, or train without one",
        generator[0], generator[1], wanted[0], wanted[1]
    )]
    OtherPictures {
        /// Side and channels of the generator's pictures.
        generator: [usize; 2],
        /// Side and channels that are asked for.
        wanted: [usize; 2],
    },
    /// Training can begin only from a generator of this program's own network.
    #[error("only a generator of shoespace's own network can be begun from; train without one")]
    NoBeginning,
    /// The baseline makes other pictures than the generator.
    #[error(
        "the baseline makes pictures of {0}×{0}×{1}, the generator of {2}×{2}×{3}; they cannot be compared",
        baseline[0], baseline[1], generator[0], generator[1]
    )]
    BaselineDiffers {
        /// Size and channels of the baseline's pictures.
        baseline: [usize; 2],
        /// Size and channels of the generator's pictures.
        generator: [usize; 2],
    },
    /// No thread could be started.
    #[error("no thread could be started: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// The state of the random numbers in a checkpoint is not a number.
    #[error("the checkpoint's random state is damaged")]
    RandomState(#[source] std::num::ParseIntError),
    /// A plot could not be drawn.
    #[error("{path}: cannot be drawn: {source}", path = path.display())]
    Plot {
        /// The file to be drawn.
        path: PathBuf,
        /// What the plotting library said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Losses or scores stopped being finite more often than training could be rolled back.
    #[error(
        "training diverged {rollbacks} times, at last after {images} pictures ({metrics}); try another seed"
    )]
    Diverged {
        /// How often it was rolled back.
        rollbacks: u32,
        /// Pictures seen until the last time.
        images: u64,
        /// Losses and scores of the last step.
        metrics: String,
    },
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

impl From<EmbedError> for GanError {
    fn from(error: EmbedError) -> Self {
        match error {
            EmbedError::Cancelled(cancelled) => Self::Cancelled(cancelled),
            error => Self::Embedder(error),
        }
    }
}

/// What to do about pictures that are too small.
fn size_advice(fitting: Option<u32>) -> String {
    match fitting {
        Some(size) => {
            format!(
                "a generator of {size} pixels fits, or index the photos again with larger thumbnails"
            )
        }
        None => "index the photos again with larger thumbnails".into(),
    }
}
