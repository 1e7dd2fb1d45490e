//! Which embedders there are, and how the weights of one are found and read.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::efficientnet::EFFICIENTNET_LITE0;
use super::embedder::{Embedder, EmbedderFile};
use super::error::EmbedError;
use crate::paths::{NotFound, Roots};

/// Every embedder; the first is the one that new catalogues are made with.
pub const EMBEDDERS: [EmbedderFile; 1] = [EFFICIENTNET_LITE0];

/// Where the weights lie of the embedder that new catalogues are made with.
///
/// # Errors
/// They are in none of the roots.
pub fn find_weights(roots: &Roots) -> Result<PathBuf, NotFound> {
    EMBEDDERS[0].find(roots)
}

/// Whether a file of this name under `models/` is an embedder's.
pub fn is_weights_file(name: &OsStr) -> bool {
    EMBEDDERS.iter().any(|embedder| name == embedder.file)
}

/// Reads the embedder whose weights are in `file`. Its name says which it is; a file of any other name is read as
/// the first of [`EMBEDDERS`].
///
/// # Errors
/// [`EmbedError::Read`] where the file cannot be read, [`EmbedError::Weights`] where it is no such file.
pub fn load(file: &Path) -> Result<Arc<dyn Embedder>, EmbedError> {
    let bytes = std::fs::read(file).map_err(|source| EmbedError::Read {
        path: file.to_owned(),
        source,
    })?;
    let named = EMBEDDERS
        .iter()
        .find(|embedder| file.file_name() == Some(embedder.file.as_ref()));
    let embedder = named.unwrap_or(&EMBEDDERS[0]);
    (embedder.read)(&bytes, &file.display().to_string())
}

/// Finds and reads the embedder that new catalogues are made with.
///
/// # Errors
/// As [`find_weights`] and [`load`].
pub fn open(roots: &Roots) -> Result<Arc<dyn Embedder>, EmbedError> {
    load(&find_weights(roots)?)
}
