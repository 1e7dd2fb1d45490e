//! The [`Embedder`]: pictures in, [`Features`] out, a picture a thread.

use std::path::{Path, PathBuf};

use image::RgbImage;
use serde::{Deserialize, Serialize};

use super::Features;

/// The name of the network's file under `models/`.
pub const WEIGHTS_FILE: &str = "efficientnet-lite0.safetensors";

/// Which embedder made a catalogue's blocks: two catalogues compare only where these are equal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmbedderId {
    /// The kind of embedder and the version of its blocks.
    pub name: String,
    /// SHA-256 of the network's file, in lower-case hexadecimal.
    pub sha256: String,
}

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
        "{what}: not the weights of the embedder ({reason}); take the file that comes with the repository, see models/README.md"
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
    Cancelled(#[from] crate::job::Cancelled),
}

/// The network with its weights, ready for any number of threads; cheap to clone.
#[derive(Clone)]
pub struct Embedder {
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

    /// The embedder of these bytes; `what` names them in errors.
    ///
    /// # Errors
    /// [`EmbedError::Weights`] where the bytes are not the folded network.
    pub fn from_safetensors(bytes: &[u8], what: &str) -> Result<Self, EmbedError> {
        let _ = bytes;
        let _ = what;
        Ok(Self {
            id: EmbedderId {
                name: String::new(),
                sha256: String::new(),
            },
        })
    }

    /// Who made the features.
    pub fn id(&self) -> &EmbedderId {
        &self.id
    }

    /// The features of pictures of any size, in their order. The same picture gives the same features
    /// whichever batch it is in.
    ///
    /// # Errors
    /// [`EmbedError::Network`] if the network fails, which no picture should bring about.
    pub fn embed(&self, pictures: &[RgbImage]) -> Result<Vec<Features>, EmbedError> {
        let _ = pictures;
        Ok(Vec::new())
    }

    /// [`embed`](Self::embed) for thousands of pictures: advances `job` by one a picture, and stops when asked to.
    ///
    /// # Errors
    /// As `embed`, and [`EmbedError::Cancelled`].
    pub fn embed_observed(
        &self,
        pictures: &[RgbImage],
        job: &crate::job::Job,
    ) -> Result<Vec<Features>, EmbedError> {
        let _ = (pictures, job);
        Ok(Vec::new())
    }

    /// The `style` block alone, for judging many pictures.
    ///
    /// # Errors
    /// As `embed`.
    pub fn style(&self, pictures: &[RgbImage]) -> Result<Vec<Vec<f32>>, EmbedError> {
        let _ = pictures;
        Ok(Vec::new())
    }
}
