//! Opening and reading a catalogue.

use super::{Block, CatalogError, CatalogInfo, Column, EmbedderId, Table};
use bytes::Bytes;
use image::RgbImage;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A catalogue: cheap to open, and to be shared between threads in an [`Arc`].
pub struct Catalog {
    path: PathBuf,
    ids: Vec<String>,
    columns: Vec<Column>,
    positions: Vec<[f32; 3]>,
    info: CatalogInfo,
}

impl Catalog {
    /// Opens a catalogue: a file, or a folder of shards that are read in name order as one.
    ///
    /// # Errors
    /// What is wrong with the file, and what to do.
    pub fn open(path: &Path) -> Result<Self, CatalogError> {
        Err(CatalogError::Missing {
            path: path.to_owned(),
        })
    }

    /// The number of shoes.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there is no shoe.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The file or folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The catalogue's name for people: the file's, without its extension.
    pub fn name(&self) -> String {
        self.path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned()
    }

    /// SHA-256 (hexadecimal) over the ids and the embedder: says whether two catalogues hold the same
    /// shoes, wherever they lie.
    pub fn fingerprint(&self) -> &str {
        ""
    }

    /// The shoe's id. Panics where `row` is not below [`len`](Self::len), as indexing does.
    pub fn id(&self, row: usize) -> &str {
        &self.ids[row]
    }

    /// The row of the shoe with that id.
    pub fn row_of(&self, id: &str) -> Option<usize> {
        self.ids.iter().position(|other| other == id)
    }

    /// Up to `n` ids that look most like `id`, closest first: for "did you mean".
    pub fn closest_ids(&self, id: &str, n: usize) -> Vec<&str> {
        self.ids
            .iter()
            .map(String::as_str)
            .filter(|x| x.contains(id))
            .take(n)
            .collect()
    }

    /// The metadata columns, in the order of the file.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The metadata column of that name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|c| c.name == name)
    }

    /// The positions in the scene, one a shoe: the first three principal components.
    pub fn positions(&self) -> &[[f32; 3]] {
        &self.positions
    }

    /// What is true of the whole.
    pub fn info(&self) -> &CatalogInfo {
        &self.info
    }

    /// Whether every picture is grey, so that colour tells nothing.
    pub fn is_grey(&self) -> bool {
        self.info.is_grey
    }

    /// Whether the shoe is for testing: `split` says `test`, or without such a column the id's hash does
    /// (see [`super::is_test_id`]).
    pub fn is_test(&self, row: usize) -> bool {
        match self.column(super::SPLIT_COLUMN) {
            Some(split) => split.text(row).is_some_and(|s| s == "test"),
            None => super::is_test_id(self.id(row)),
        }
    }

    /// Whether the catalogue has a block of that name.
    pub fn has_block(&self, name: &str) -> bool {
        self.info.blocks.iter().any(|b| b.name == name)
    }

    /// A block of the embedding, read at its first use and kept.
    ///
    /// # Errors
    /// [`CatalogError::NoBlock`], or a damaged file.
    pub fn block(&self, name: &str) -> Result<Arc<Block>, CatalogError> {
        Err(CatalogError::NoBlock {
            path: self.path.clone(),
            name: name.to_owned(),
            offered: self.info.blocks.iter().map(|b| b.name.clone()).collect(),
        })
    }

    /// That the embeddings were made by this network, so that they can be compared with new ones.
    ///
    /// # Errors
    /// [`CatalogError::OtherEmbedder`].
    pub fn expect_embedder(&self, wanted: &EmbedderId) -> Result<(), CatalogError> {
        if self.info.embedder == *wanted {
            return Ok(());
        }
        let name = |id: &EmbedderId| format!("{} ({:.12})", id.name, id.sha256);
        Err(CatalogError::OtherEmbedder {
            path: self.path.clone(),
            found: name(&self.info.embedder),
            wanted: name(wanted),
        })
    }

    /// A shoe's picture as stored: an encoded PNG or JPEG. No copy is made.
    ///
    /// # Errors
    /// [`CatalogError::NoRow`], or a damaged file.
    pub fn picture_bytes(&self, row: usize) -> Result<Bytes, CatalogError> {
        Err(CatalogError::NoRow {
            path: self.path.clone(),
            row,
            count: self.len(),
        })
    }

    /// The path of a shoe's picture in its source, where it is known.
    ///
    /// # Errors
    /// [`CatalogError::NoRow`], or a damaged file.
    pub fn picture_path(&self, row: usize) -> Result<Option<String>, CatalogError> {
        Err(CatalogError::NoRow {
            path: self.path.clone(),
            row,
            count: self.len(),
        })
    }

    /// A shoe's picture, decoded.
    ///
    /// # Errors
    /// As [`picture_bytes`](Self::picture_bytes), or a picture that cannot be decoded.
    pub fn picture(&self, row: usize) -> Result<RgbImage, CatalogError> {
        let bytes = self.picture_bytes(row)?;
        super::picture::decode(&bytes).map_err(|error| CatalogError::Picture {
            path: self.path.clone(),
            id: self.id(row).to_owned(),
            reason: error.to_string(),
        })
    }

    /// Hands every picture of `rows` (all for `None`) to `use_picture`, decoded, on all threads of rayon
    /// and in no order: much faster than asking for one after the other. A picture that cannot be decoded
    /// comes as white.
    ///
    /// # Errors
    /// A row that is not there, or a damaged file.
    pub fn for_each_picture(
        &self,
        rows: Option<&[usize]>,
        use_picture: impl Fn(usize, RgbImage) + Send + Sync,
    ) -> Result<(), CatalogError> {
        for row in rows.map_or_else(|| (0..self.len()).collect(), <[usize]>::to_vec) {
            use_picture(row, self.picture(row)?);
        }
        Ok(())
    }
}

impl Table for Catalog {
    fn len(&self) -> usize {
        Catalog::len(self)
    }

    fn id(&self, row: usize) -> &str {
        Catalog::id(self, row)
    }

    fn columns(&self) -> &[Column] {
        Catalog::columns(self)
    }
}
