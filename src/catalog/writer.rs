//! Writing a catalogue: streamed, under a temporary name, flushed, renamed.

use super::{Block, Catalog, CatalogError, CatalogInfo, Column};
use std::path::{Path, PathBuf};

/// One shoe to be written; its metadata comes column by column with the batch.
#[derive(Debug, Clone)]
pub struct NewShoe {
    /// The shoe's id, unique in the catalogue.
    pub id: String,
    /// Its picture, encoded (PNG or JPEG).
    pub picture: Vec<u8>,
    /// The picture's path in its source, empty where there is none.
    pub path: String,
    /// The blocks, in the order of [`CatalogInfo::blocks`], each of its dims.
    pub blocks: Vec<Vec<f32>>,
    /// The position in the scene.
    pub position: [f32; 3],
}

/// Writes a catalogue batch by batch; nothing has the final name before [`finish`](Self::finish).
pub struct CatalogWriter {
    path: PathBuf,
}

impl CatalogWriter {
    /// Begins a catalogue at `path`, whose metadata columns are named and typed as `columns` (their
    /// values do not matter here).
    ///
    /// # Errors
    /// A folder that cannot be written.
    pub fn create(
        path: &Path,
        info: CatalogInfo,
        columns: &[Column],
    ) -> Result<Self, CatalogError> {
        let _ = (info, columns);
        Ok(Self {
            path: path.to_owned(),
        })
    }

    /// Adds shoes with their metadata: each of `columns` has a value a shoe, in the order of `create`.
    ///
    /// # Errors
    /// [`CatalogError::Unfit`], or the system's refusal.
    pub fn push(&mut self, shoes: &[NewShoe], columns: &[Column]) -> Result<(), CatalogError> {
        let _ = (shoes, columns);
        Ok(())
    }

    /// Flushes, gives the file its name, and leaves nothing else behind.
    ///
    /// # Errors
    /// The system's refusal; then the old file, if any, is untouched.
    pub fn finish(self) -> Result<(), CatalogError> {
        Err(CatalogError::Missing { path: self.path })
    }
}

/// What a rewrite changes; all else is copied.
#[derive(Default)]
pub struct Changes {
    /// Blocks to add, or to put in the place of those of the same name.
    pub blocks: Vec<Block>,
    /// Metadata columns to add, or to put in the place of those of the same name.
    pub columns: Vec<Column>,
    /// New positions, one a shoe.
    pub positions: Option<Vec<[f32; 3]>>,
    /// New info; its `blocks` are set by the writer.
    pub info: Option<CatalogInfo>,
}

impl Catalog {
    /// Writes the catalogue with `changes` to `output` (which may be its own file), streamed, by a
    /// temporary name and a rename.
    ///
    /// # Errors
    /// Changes that do not fit, a damaged source, the system's refusal, or a cancelled job.
    pub fn rewrite(
        &self,
        output: &Path,
        changes: &Changes,
        job: &crate::job::Job,
    ) -> Result<(), CatalogError> {
        let _ = (output, changes);
        Ok(job.check()?)
    }
}
