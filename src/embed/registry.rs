//! Which embedders there are, and how the weights of one are found and read.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::efficientnet::EFFICIENTNET_LITE0;
use super::embedder::{Embedder, EmbedderFile};
use super::error::EmbedError;
use crate::catalog::EmbedderId;
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

/// The embedder that made a catalogue. Where none is called so the first one, which is then told apart by its
/// SHA-256: [`Catalog::expect_embedder`](crate::catalog::Catalog::expect_embedder).
pub fn embedder_of(id: &EmbedderId) -> EmbedderFile {
    let named = EMBEDDERS.iter().find(|embedder| embedder.name == id.name);
    *named.unwrap_or(&EMBEDDERS[0])
}

/// Whether a catalogue was made by an older version of an embedder that there is: its embeddings compare with each
/// other, and not with what is embedded now.
pub fn is_outdated(id: &EmbedderId) -> bool {
    let network = |name: &str| name.split('+').next().map(str::to_owned);
    let known = |name: &str| EMBEDDERS.iter().any(|embedder| embedder.name == name);
    let kin = |embedder: &EmbedderFile| network(embedder.name) == network(&id.name);
    !known(&id.name) && EMBEDDERS.iter().any(kin)
}

/// Reads the embedder whose weights are in `file`. Its name says which it is; a file of any other name is read as
/// the first of [`EMBEDDERS`].
///
/// # Errors
/// As [`EmbedderFile::load`].
pub fn load(file: &Path) -> Result<Arc<dyn Embedder>, EmbedError> {
    let named = EMBEDDERS
        .iter()
        .find(|embedder| file.file_name() == Some(embedder.file.as_ref()));
    named.unwrap_or(&EMBEDDERS[0]).load(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_version_of_an_embedder_is_told_from_another() {
        let id = |name: &str| EmbedderId {
            name: name.to_owned(),
            sha256: String::new(),
        };
        assert!(is_outdated(&id("efficientnet-lite0+blocks-1")));
        assert!(!is_outdated(&id(EMBEDDERS[0].name)));
        assert!(!is_outdated(&id("another-network")));
    }

    #[test]
    fn an_embedder_is_known_by_its_name_and_by_its_file() {
        for (at, embedder) in EMBEDDERS.iter().enumerate() {
            let id = EmbedderId {
                name: embedder.name.to_owned(),
                sha256: String::new(),
            };
            assert_eq!(embedder_of(&id).file, embedder.file);
            assert!(is_weights_file(embedder.file.as_ref()));
            let others = &EMBEDDERS[..at];
            assert!(
                others
                    .iter()
                    .all(|o| o.name != id.name && o.file != embedder.file)
            );
        }
        assert!(!is_weights_file("shoegan-grey-32.safetensors".as_ref()));
    }
}
