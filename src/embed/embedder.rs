//! The trait [`Embedder`]: pictures in, [`Features`] out, a picture a thread.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use image::RgbImage;
use rayon::prelude::*;

use super::blocks::{BLOCKS, Features};
use super::error::EmbedError;
use super::network::Spread;
use crate::catalog::{BlockInfo, EmbedderId};
use crate::job::Job;
use crate::paths::{NotFound, Roots};

/// A network with its weights that makes the blocks of pictures, ready for any number of threads.
///
/// An implementation says who it is and what its network sees of one picture; the blocks that need no network
/// and the work on many pictures are the same for all.
pub trait Embedder: Send + Sync {
    /// Who makes the features: catalogues compare only where this is equal.
    fn id(&self) -> &EmbedderId;

    /// The block `style` of one picture of any size.
    ///
    /// # Errors
    /// [`EmbedError::Network`] if the network fails, which no picture should bring about.
    fn style_of(&self, picture: &RgbImage, spread: Spread) -> Result<Vec<f32>, EmbedError>;

    /// The blocks that it makes, in their order. To be overridden by a network whose `style` has other dimensions
    /// than [`BLOCKS`] says.
    fn blocks(&self) -> Vec<BlockInfo> {
        let info = |name: &str, dims| BlockInfo {
            name: name.to_owned(),
            dims,
        };
        BLOCKS.map(|block| info(block.name, block.dims)).into()
    }

    /// The features of pictures of any size, in their order. The same picture gives the same features
    /// whichever batch it is in. Many pictures are spread over rayon's threads, a picture a thread; of a
    /// single one, the rows of its maps.
    ///
    /// # Errors
    /// As [`style_of`](Self::style_of).
    fn embed(&self, pictures: &[RgbImage]) -> Result<Vec<Features>, EmbedError> {
        self.embed_observed(pictures, &Job::new())
    }

    /// [`embed`](Self::embed) for thousands of pictures: advances `job` by one a picture, and stops when
    /// asked to. It begins no stage: that is for the caller to name.
    ///
    /// # Errors
    /// As `embed`, and [`EmbedError::Cancelled`].
    fn embed_observed(
        &self,
        pictures: &[RgbImage],
        job: &Job,
    ) -> Result<Vec<Features>, EmbedError> {
        for_each(pictures, job, |picture, spread| {
            Features::extract(picture, &|picture| self.style_of(picture, spread))
        })
    }
}

/// What `one` makes of each picture, on all threads.
fn for_each<T: Send>(
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

/// An embedder on disk.
#[derive(Debug, Clone, Copy)]
pub struct EmbedderFile {
    /// What catalogues call it, see [`EmbedderId::name`].
    pub name: &'static str,
    /// The name of its weights' file under `models/`.
    pub file: &'static str,
    /// The embedder of these bytes; the text names them in errors.
    pub read: fn(&[u8], &str) -> Result<Arc<dyn Embedder>, EmbedError>,
}

impl EmbedderFile {
    /// Where its weights lie.
    ///
    /// # Errors
    /// They are in none of the roots.
    pub fn find(&self, roots: &Roots) -> Result<PathBuf, NotFound> {
        roots.model(self.file)
    }

    /// Finds and reads it.
    ///
    /// # Errors
    /// As [`find`](Self::find); [`EmbedError::Read`] where the file cannot be read, [`EmbedError::Weights`] where it
    /// is no such file.
    pub fn open(&self, roots: &Roots) -> Result<Arc<dyn Embedder>, EmbedError> {
        self.load(&self.find(roots)?)
    }

    /// Reads it from `file`, whatever that is called.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn load(&self, file: &Path) -> Result<Arc<dyn Embedder>, EmbedError> {
        let bytes = std::fs::read(file).map_err(|source| EmbedError::Read {
            path: file.to_owned(),
            source,
        })?;
        let embedder = (self.read)(&bytes, &file.display().to_string())?;
        crate::digest::check(file, &embedder.id().sha256)?;
        Ok(embedder)
    }
}
