//! The [`Embedder`]: pictures in, [`Features`] out, a picture a thread.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use candle_core::{Device, Tensor};
use image::RgbImage;
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::colour::colour;
use super::foreground::Foreground;
use super::network::{Network, SIDE, Spread};
use super::preprocess::normalise;
use super::silhouette::silhouette;
use super::{Features, STYLE};
use crate::catalog::EmbedderId;
use crate::job::{Cancelled, Job};

/// The name of the network's file under `models/`.
pub const WEIGHTS_FILE: &str = "efficientnet-lite0.safetensors";

/// The network, and the version of the blocks beside it: another name means that the numbers do not compare.
const NAME: &str = "efficientnet-lite0+blocks-1";

/// Why pictures could not be embedded.
#[derive(Debug, thiserror::Error)]
pub enum EmbedError {
    /// The network's file cannot be read.
    #[error("{}: {source}; the embedder's weights come with the repository, see models/README.md", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file holds another network, or none.
    #[error(
        "{what}: these are not the embedder's weights ({reason}); take the file that comes with the repository, see models/README.md"
    )]
    Weights {
        /// The file, or what stood in its place.
        what: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The network failed on pictures that it should have taken.
    #[error("the embedder failed: {0}")]
    Network(#[from] candle_core::Error),
    /// The work was stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// The network with its weights, ready for any number of threads; cheap to clone.
#[derive(Clone)]
pub struct Embedder {
    network: Arc<Network>,
    id: EmbedderId,
}

impl Embedder {
    /// Reads the weights from `file`, as found by `Roots::model(WEIGHTS_FILE)`.
    ///
    /// # Errors
    /// [`EmbedError::Read`] where the file cannot be read, [`EmbedError::Weights`] where it is no such file.
    pub fn load(file: &Path) -> Result<Self, EmbedError> {
        let bytes = std::fs::read(file).map_err(|source| EmbedError::Read {
            path: file.to_owned(),
            source,
        })?;
        Self::from_safetensors(&bytes, &file.display().to_string())
    }

    /// The embedder of these bytes, a safetensors file; `what` names them in errors.
    ///
    /// # Errors
    /// [`EmbedError::Weights`] where the bytes are not the folded network.
    pub fn from_safetensors(bytes: &[u8], what: &str) -> Result<Self, EmbedError> {
        let network = Network::from_safetensors(bytes).map_err(|error| EmbedError::Weights {
            what: what.to_owned(),
            reason: error.to_string(),
        })?;
        let sha256 = Sha256::digest(bytes);
        Ok(Self {
            network: Arc::new(network),
            id: EmbedderId {
                name: NAME.to_owned(),
                sha256: sha256.iter().map(|byte| format!("{byte:02x}")).collect(),
            },
        })
    }

    /// Who made the features: catalogues compare only where this is equal.
    pub fn id(&self) -> &EmbedderId {
        &self.id
    }

    /// The features of pictures of any size, in their order. The same picture gives the same features
    /// whichever batch it is in. Many pictures are spread over rayon's threads, a picture a thread; of a
    /// single one, the rows of its maps.
    ///
    /// # Errors
    /// [`EmbedError::Network`] if the network fails, which no picture should bring about.
    pub fn embed(&self, pictures: &[RgbImage]) -> Result<Vec<Features>, EmbedError> {
        self.embed_observed(pictures, &Job::new())
    }

    /// [`embed`](Self::embed) for thousands of pictures: advances `job` by one a picture, and stops when
    /// asked to. It begins no stage: that is for the caller to name.
    ///
    /// # Errors
    /// As `embed`, and [`EmbedError::Cancelled`].
    pub fn embed_observed(
        &self,
        pictures: &[RgbImage],
        job: &Job,
    ) -> Result<Vec<Features>, EmbedError> {
        self.each(pictures, job, |picture, spread| {
            let foreground = Foreground::of(picture);
            Ok(Features {
                style: self.style_of(picture, spread)?,
                colour: colour(&foreground),
                silhouette: silhouette(&foreground),
            })
        })
    }

    /// The block `style` alone, [`STYLE`] numbers a picture; for judging many pictures.
    ///
    /// # Errors
    /// As `embed_observed`.
    pub fn style(&self, pictures: &[RgbImage], job: &Job) -> Result<Vec<Vec<f32>>, EmbedError> {
        self.each(pictures, job, |picture, spread| {
            self.style_of(picture, spread)
        })
    }

    fn each<T: Send>(
        &self,
        pictures: &[RgbImage],
        job: &Job,
        one: impl Fn(&RgbImage, Spread) -> Result<T, EmbedError> + Sync,
    ) -> Result<Vec<T>, EmbedError> {
        let one = |picture: &RgbImage, spread: Spread| {
            job.check()?;
            let result = one(picture, spread)?;
            job.advance(1);
            Ok(result)
        };
        match pictures {
            [] => Ok(Vec::new()),
            [picture] => Ok(vec![one(picture, Spread::Rows)?]),
            _ => pictures
                .par_iter()
                .with_max_len(1)
                .map(|picture| one(picture, Spread::One))
                .collect(),
        }
    }

    fn style_of(&self, picture: &RgbImage, spread: Spread) -> Result<Vec<f32>, EmbedError> {
        let mut numbers = Vec::with_capacity(SIDE * SIDE * 3);
        normalise(picture, &mut numbers);
        let tensor = Tensor::from_vec(numbers, (1, SIDE, SIDE, 3), &Device::Cpu)?;
        let style: Vec<f32> = self
            .network
            .features(&tensor, spread)?
            .flatten_all()?
            .to_vec1()?;
        debug_assert_eq!(style.len(), STYLE);
        Ok(style)
    }
}
