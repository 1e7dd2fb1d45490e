//! Importers: from a folder or a zip of photos to a list of shoes with their metadata.
//!
//! An import reads names and tables, not pictures: those are read one by one later, by
//! [`Import::read`], so that a hundred thousand photos need no memory and bad ones can be skipped.

mod folder;
mod idx;
mod kaggle;
mod sheet;
mod tree;
mod zappos;

use super::picture::{self, Decoded};
use super::roles::guess_roles;
use super::{Column, Roles, Table, Values};
use crate::job::Job;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use tree::Tree;

/// How photos and metadata are laid out.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    Default,
    serde::Serialize,
    serde::Deserialize,
    clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Whichever of the others the source looks like
    #[default]
    Auto,
    /// Pictures in folders (sub-folders become a category), with a CSV of metadata where there is one
    Folder,
    /// IDX pairs, as Fashion-MNIST comes
    Idx,
    /// styles.csv and images/ID.jpg, as Kaggle's fashion sets come
    Kaggle,
    /// Category/SubCategory/Brand/CID.jpg and meta-data.csv, as UT-Zappos50K comes
    Zappos,
}

impl Format {
    /// The format's name, as on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Folder => "folder",
            Self::Idx => "idx",
            Self::Kaggle => "kaggle",
            Self::Zappos => "zappos",
        }
    }
}

/// What is wrong with a source of photos.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ImportError {
    /// There is no such file or folder.
    #[error("{}: there is no such file or folder; give a folder or a zip of photos", .0.display())]
    Missing(PathBuf),
    /// The system refused to read.
    #[error("{}: cannot be read ({reason})", .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// A file that is neither a zip nor a picture.
    #[error("{}: is neither a folder, a zip nor a picture; give a folder or a zip of photos", .0.display())]
    UnknownKind(PathBuf),
    /// A catalogue, which holds pictures but is indexed already.
    #[error("{}: is a catalogue already; open it with `shoespace {}`", .0.display(), .0.display())]
    Catalogue(PathBuf),
    /// A damaged zip.
    #[error("{}: is no zip that can be read ({reason}); copy or pack it again", .path.display())]
    Zip {
        /// The file.
        path: PathBuf,
        /// What was wrong.
        reason: String,
    },
    /// A source without anything in it.
    #[error("{}: is empty; give a folder or a zip of photos", .0.display())]
    Empty(PathBuf),
    /// A source without pictures.
    #[error("{}: has no pictures (PNG, JPEG, WebP, GIF, BMP, TIFF, PNM, QOI or TGA), only other files ({files}); give the folder that holds the photos", .path.display())]
    NoPictures {
        /// The source.
        path: PathBuf,
        /// How many other files there are.
        files: usize,
    },
    /// A source that is not laid out as the chosen format is.
    #[error("{}: is not laid out as format `{format}` ({reason}); leave --format out, or give the folder that is", .path.display())]
    Layout {
        /// The source.
        path: PathBuf,
        /// The format's name.
        format: &'static str,
        /// What is missing.
        reason: String,
    },
    /// A table that cannot be read.
    #[error("{file}: {reason}")]
    Sheet {
        /// The table, with the source that it lies in.
        file: String,
        /// What is wrong and what to do.
        reason: String,
    },
    /// A pair of IDX files that cannot be read.
    #[error("{file}: {reason}")]
    Idx {
        /// The file, with the source that it lies in.
        file: String,
        /// What is wrong and what to do.
        reason: String,
    },
    /// The work was asked to stop.
    #[error(transparent)]
    Cancelled(#[from] crate::job::Cancelled),
}

/// Where a shoe's picture is.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// File number so many of a tree.
    File(usize),
    /// Picture number so many of an IDX set.
    Raw(usize, usize),
}

/// One shoe as an importer found it: its picture is not read yet.
#[derive(Debug, Clone)]
pub struct Item {
    /// The shoe's id, unique in the import.
    pub id: String,
    /// The picture's path in its source; empty where pictures have no names (IDX).
    pub path: String,
    source: usize,
    place: Place,
}

/// A picture as it was read: decoded, and the bytes of its file (empty for IDX).
pub struct ReadPicture {
    /// The decoded picture.
    pub decoded: Decoded,
    /// The bytes of its file.
    pub original: Vec<u8>,
}

/// Shoes from one or several sources, with their metadata.
#[derive(Debug, Default)]
pub struct Import {
    /// The shoes, in the order of the sources and in each by name.
    pub items: Vec<Item>,
    /// The metadata, one value a shoe.
    pub columns: Vec<Column>,
    /// What people should know, as rows of a table without a picture.
    pub notes: Vec<String>,
    /// The format of each source, by what it looked like where `auto` was asked for.
    pub formats: Vec<Format>,
    /// A text that changes when a source does: its place, and its files' names, sizes and times.
    pub key: String,
    sources: Vec<Source>,
}

/// A source that is open for reading pictures.
#[derive(Debug)]
struct Source {
    tree: Tree,
    sets: Vec<idx::Set>,
}

/// What one importer found.
#[derive(Debug, Default)]
struct Found {
    /// Id, path and place of each shoe.
    items: Vec<(String, String, Place)>,
    columns: Vec<Column>,
    notes: Vec<String>,
    sets: Vec<idx::Set>,
}

impl Import {
    /// Looks through `sources`, each a folder or a zip, laid out as `format`; `metadata` is a table to be
    /// used in the place of one that lies with the photos.
    ///
    /// # Errors
    /// A source that cannot be read, has no pictures, or is not laid out so.
    pub fn open(
        sources: &[PathBuf],
        format: Format,
        metadata: Option<&Path>,
        job: &Job,
    ) -> Result<Self, ImportError> {
        let mut import = Self::default();
        let mut parts: Vec<(Vec<Column>, usize)> = Vec::new();
        for (index, path) in sources.iter().enumerate() {
            job.stage("Looking for photos", None);
            let tree = Tree::open(path, job)?;
            let format = match format {
                Format::Auto => guess_format(&tree),
                chosen => chosen,
            };
            let sheet = metadata.map(sheet::Sheet::open).transpose()?;
            let found = match format {
                Format::Idx => idx::import(&tree, sheet)?,
                Format::Kaggle => kaggle::import(&tree, sheet)?,
                Format::Zappos => zappos::import(&tree, sheet)?,
                Format::Folder | Format::Auto => folder::import(&tree, sheet)?,
            };
            import.key.push_str(&tree.key());
            if let Some(metadata) = metadata {
                import.key.push_str(&tree::file_key(metadata));
            }
            import.formats.push(format);
            import.notes.extend(tree.notes().iter().cloned());
            import.notes.extend(found.notes);
            parts.push((found.columns, found.items.len()));
            let items = found.items.into_iter();
            import.items.extend(items.map(|(id, path, place)| Item {
                id,
                path,
                source: index,
                place,
            }));
            import.sources.push(Source {
                tree,
                sets: found.sets,
            });
        }
        import.columns = join_columns(parts);
        import.make_ids_unique();
        import.rename_reserved();
        Ok(import)
    }

    /// Reads and decodes a shoe's picture.
    ///
    /// # Errors
    /// Says what is wrong with the picture: the message does not name it.
    pub fn read(&self, item: &Item) -> Result<ReadPicture, String> {
        let source = &self.sources[item.source];
        match item.place {
            Place::File(file) => {
                let original = source.tree.read(file)?;
                let decoded = picture::decode_named(&original, &item.path)
                    .map_err(|error| error.to_string())?;
                Ok(ReadPicture { decoded, original })
            }
            Place::Raw(set, number) => Ok(ReadPicture {
                decoded: Decoded {
                    picture: source.sets[set].picture(number),
                    format: None,
                    is_plain: true,
                },
                original: Vec::new(),
            }),
        }
    }

    /// Keeps only the shoes of `rows`, in that order.
    pub fn keep(&mut self, rows: &[usize]) {
        self.items = rows.iter().map(|&row| self.items[row].clone()).collect();
        for column in &mut self.columns {
            column.values = column.values.select(rows);
        }
    }

    /// The name of a shoe's picture for messages: its path, or its id where it has none.
    pub fn name_of<'a>(&self, item: &'a Item) -> &'a str {
        if item.path.is_empty() {
            &item.id
        } else {
            &item.path
        }
    }

    /// Gives shoes whose id was there before a number behind it.
    fn make_ids_unique(&mut self) {
        let mut seen: HashMap<String, usize> = HashMap::with_capacity(self.items.len());
        let mut changed: Vec<(String, String)> = Vec::new();
        for item in &mut self.items {
            if item.id.is_empty() {
                item.id = "shoe".to_owned();
            }
            if !seen.contains_key(&item.id) {
                seen.insert(item.id.clone(), 1);
                continue;
            }
            let first = item.id.clone();
            let mut number = seen.get(&first).copied().unwrap_or(1);
            loop {
                number += 1;
                let candidate = format!("{first}-{number}");
                if !seen.contains_key(&candidate) {
                    seen.insert(first.clone(), number);
                    seen.insert(candidate.clone(), 1);
                    changed.push((first, candidate.clone()));
                    item.id = candidate;
                    break;
                }
            }
        }
        if let Some((first, candidate)) = changed.first() {
            self.notes.push(format!(
                "{} shoes have an id that another one has; they are numbered, as `{candidate}` for the second `{first}`",
                changed.len()
            ));
        }
    }

    /// Renames columns whose name the catalogue's format has for itself.
    fn rename_reserved(&mut self) {
        for index in 0..self.columns.len() {
            let name = self.columns[index].name.clone();
            let is_taken = super::writer::RESERVED.contains(&name.as_str())
                || super::writer::BLOCKS.contains(&name.as_str());
            if !is_taken {
                continue;
            }
            let mut new = format!("{name}_label");
            while self.columns.iter().any(|c| c.name == new) {
                new.push('_');
            }
            self.notes.push(format!(
                "column `{name}` is called `{new}`, as a catalogue has its own `{name}`"
            ));
            self.columns[index].name = new;
        }
    }
}

impl Table for Import {
    fn len(&self) -> usize {
        self.items.len()
    }

    fn id(&self, row: usize) -> &str {
        &self.items[row].id
    }

    fn columns(&self) -> &[Column] {
        &self.columns
    }
}

/// Which format a source looks like.
fn guess_format(tree: &Tree) -> Format {
    if idx::fits(tree) {
        Format::Idx
    } else if kaggle::fits(tree) {
        Format::Kaggle
    } else if zappos::fits(tree) {
        Format::Zappos
    } else {
        Format::Folder
    }
}

/// Joins the columns of several sources by name; what a source lacks is missing there.
fn join_columns(parts: Vec<(Vec<Column>, usize)>) -> Vec<Column> {
    let mut names: Vec<String> = Vec::new();
    for column in parts.iter().flat_map(|(columns, _)| columns) {
        if !names.contains(&column.name) {
            names.push(column.name.clone());
        }
    }
    let mut joined = Vec::new();
    let mut parts: Vec<(Vec<Option<Column>>, usize)> = parts
        .into_iter()
        .map(|(columns, n)| (columns.into_iter().map(Some).collect(), n))
        .collect();
    for name in names {
        let values: Vec<(Option<Values>, usize)> = parts
            .iter_mut()
            .map(|(columns, n)| {
                let slot = columns
                    .iter_mut()
                    .find(|c| c.as_ref().is_some_and(|c| c.name == name));
                (slot.and_then(Option::take).map(|c| c.values), *n)
            })
            .collect();
        joined.extend(Values::concat(values).map(|values| Column::new(name, values)));
    }
    joined
}

/// The roles of an import's columns; see [`guess_roles`].
impl Import {
    /// Which columns seem to mean type, gender, colour and brand.
    pub fn roles(&self) -> Roles {
        guess_roles(&self.columns)
    }
}

#[cfg(test)]
mod tests;
