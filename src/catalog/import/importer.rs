//! What an importer is, and what it finds.

use super::ImportOptions;
use super::error::{ImportError, ReadError};
use super::join::JoinReport;
use super::pictures::{Pictures, ReadPicture};
use super::sheet::Sheet;
use super::tree::Tree;
use crate::catalog::Column;
use std::fmt::Debug;
use std::sync::Arc;

/// A way in which photos and their metadata are laid out, and how it is read.
///
/// A new one is a file in this folder with a type that implements this trait, and one line in
/// [`IMPORTERS`](super::IMPORTERS). An import reads names and tables; pictures are read later, one by one, by the
/// [`Pictures`] that each shoe names.
pub(super) trait Importer: Debug + Sync {
    /// Its name, in lower case: by it people ask for it, and reports and errors speak of it.
    fn name(&self) -> &'static str;

    /// What it reads, in one line for those who choose.
    fn about(&self) -> &'static str;

    /// What tells that a source is laid out so, in words for people; `None` where nothing does.
    fn recognise(&self, tree: &Tree) -> Option<String>;

    /// Whether a table that somebody named may be one of this format; another one says that the source only looks so.
    fn takes(&self, _: &Sheet) -> bool {
        true
    }

    /// Finds the shoes of a source. `given` are tables of metadata that somebody named, to be used in the place of
    /// those that lie with the photos.
    ///
    /// # Errors
    /// The source has no pictures, is not laid out so, or holds a table that cannot be read. What can be left out
    /// is, and [`Found::warnings`] says so.
    fn import(
        &self,
        tree: &Arc<Tree>,
        given: Vec<Sheet>,
        options: &ImportOptions,
    ) -> Result<Found, ImportError>;
}

/// What an importer found in one source.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The shoes, in the order in which the catalogue is to have them. Their ids need not be unique yet.
    pub(super) shoes: Vec<Shoe>,
    /// The metadata: each column has one value a shoe.
    pub(super) columns: Vec<Column>,
    /// What people should know, as rows of a table without a picture.
    pub(super) warnings: Vec<String>,
    /// What tables were joined to which pictures.
    pub(super) joins: Vec<JoinReport>,
    /// Given tables of which no row names a picture of this source, and why.
    pub(super) refused: Vec<(String, ImportError)>,
}

/// One shoe as an importer found it: its picture is not read yet.
#[derive(Debug, Clone)]
pub struct Shoe {
    /// The shoe's id, unique in the import.
    pub id: String,
    /// The picture's path in its source; empty where pictures have no names (IDX).
    pub path: String,
    pictures: Arc<dyn Pictures>,
    number: usize,
}

impl Shoe {
    /// A shoe whose picture is a file of the source.
    pub(super) fn of_file(id: String, tree: &Arc<Tree>, file: usize) -> Self {
        Self {
            id,
            path: tree.name(file).to_owned(),
            pictures: tree.clone(),
            number: file,
        }
    }

    /// A shoe whose picture is number so many of those that an importer keeps itself.
    pub(super) fn of_pictures(id: String, pictures: Arc<dyn Pictures>, number: usize) -> Self {
        Self {
            id,
            path: String::new(),
            pictures,
            number,
        }
    }

    /// Reads and decodes the picture.
    ///
    /// # Errors
    /// Says what is wrong with the picture: the message does not name it.
    pub fn read(&self) -> Result<ReadPicture, ReadError> {
        self.pictures.read(self.number)
    }

    /// The name of the picture for messages: its path, or the shoe's id where it has none.
    pub fn picture_name(&self) -> &str {
        if self.path.is_empty() {
            &self.id
        } else {
            &self.path
        }
    }
}
