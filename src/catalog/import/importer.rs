//! What an importer is, and what it finds.

use super::ImportOptions;
use super::error::{ImportError, ReadError};
use super::fate::Fate;
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
    /// What became of files that are no shoes, by their numbers in the tree. What an importer does not tell is told by
    /// the file itself: one that was read is [`Fate::Read`], any other [`Fate::LeftOut`] with its kind.
    pub(super) fates: Vec<(usize, Fate)>,
}

/// One shoe as an importer found it: its picture is not read yet.
#[derive(Debug, Clone)]
pub struct Shoe {
    /// The shoe's id, unique in the import.
    pub id: String,
    /// The picture's path in its source; empty where pictures have no names (IDX).
    pub path: String,
    /// The number of its source, counted from 0.
    pub source: usize,
    /// The file of the tree that its picture is, if it is one.
    pub(super) file: Option<usize>,
    pictures: Arc<dyn Pictures>,
    number: usize,
}

impl Shoe {
    /// A shoe whose picture is a file of the source.
    pub(super) fn of_file(id: String, tree: &Arc<Tree>, file: usize) -> Self {
        Self {
            id,
            path: tree.name(file).to_owned(),
            source: 0,
            file: Some(file),
            pictures: tree.clone(),
            number: file,
        }
    }

    /// As a shoe of a file, but the picture is number so many of `pictures`: a part of the file's.
    pub(super) fn of_part(
        id: String,
        (tree, file): (&Tree, usize),
        pictures: Arc<dyn Pictures>,
        number: usize,
    ) -> Self {
        Self {
            path: tree.name(file).to_owned(),
            file: Some(file),
            ..Self::of_pictures(id, pictures, number)
        }
    }

    /// A shoe whose picture is number so many of those that an importer keeps itself.
    pub(super) fn of_pictures(id: String, pictures: Arc<dyn Pictures>, number: usize) -> Self {
        Self {
            id,
            path: String::new(),
            source: 0,
            file: None,
            pictures,
            number,
        }
    }

    /// Reads and decodes the picture.
    ///
    /// # Errors
    /// Says what is wrong with the picture: the message does not name it.
    pub fn read(&self) -> Result<ReadPicture, ReadError> {
        self.decode(self.fetch()?)
    }

    /// About how many bytes the picture's file has, before it is read.
    pub fn size(&self) -> u64 {
        self.pictures.size(self.number)
    }

    /// Reads the picture's file, to be decoded later; raw pixels have none.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn fetch(&self) -> Result<Vec<u8>, ReadError> {
        self.pictures.fetch(self.number)
    }

    /// Decodes what was fetched.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn decode(&self, file: Vec<u8>) -> Result<ReadPicture, ReadError> {
        self.pictures.decode(self.number, file)
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
