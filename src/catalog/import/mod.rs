//! Importers: from a folder or an archive of photos to a list of shoes with their metadata.
//!
//! An import reads names and tables, not pictures: those are read one by one later, by
//! [`Shoe::read`], so that a hundred thousand photos need no memory and bad ones can be skipped.

mod coco;
mod error;
mod fate;
mod folder;
mod format;
mod idx;
mod importer;
mod join;
mod kaggle;
mod options;
mod parquet;
mod pictures;
mod sheet;
mod splits;
mod tables;
mod tree;
mod webdataset;
mod words;
mod zappos;

use super::roles::guess_roles;
use super::{Column, Roles, Table, Values};
use crate::job::Job;
use importer::{Found, Importer};
use sheet::Sheet;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tree::Tree;

pub use error::{IdxError, ImportError, ParquetError, ReadError, SheetError};
pub use fate::{Fate, Fates, Kind, Kinds, Met, summary};
pub use format::{Format, Layout};
pub use importer::Shoe;
pub use join::JoinReport;
pub use options::ImportOptions;
pub use pictures::ReadPicture;
pub use sheet::{is_table_name, tables_apart};
pub use tree::{REPORT_HEADER, kind_of_name};

/// All importers. The first that recognises a source reads it where no format is asked for.
const IMPORTERS: &[&dyn Importer] = &[
    FOLDER,
    &idx::Idx,
    &webdataset::WebDataset,
    &parquet::Parquet,
    &coco::Coco,
    &kaggle::Kaggle,
    &zappos::Zappos,
];

/// The importer of what no other one recognises.
const FOLDER: &dyn Importer = &folder::Folder;

/// Shoes from one or several sources, with their metadata.
#[derive(Debug, Default)]
pub struct Import {
    /// The shoes, in the order of the sources and in each by name.
    pub shoes: Vec<Shoe>,
    /// The metadata, one value a shoe.
    pub columns: Vec<Column>,
    /// What people should know, as rows of a table without a picture.
    pub notes: Vec<String>,
    /// How each source is laid out.
    pub layouts: Vec<Layout>,
    /// What tables were joined to which pictures; their notes stand in `notes` too.
    pub joins: Vec<JoinReport>,
    /// The files that are no shoes, and what became of them.
    pub fates: Fates,
    /// A text that changes when a source does: its place, and its files' names, sizes and times.
    pub key: String,
}

impl Import {
    /// Looks through `sources`, each a folder or a zip, read as `options` say.
    ///
    /// # Errors
    /// A source that cannot be read, has no pictures, or is not laid out so; a given table that cannot be read, or that
    /// names no picture of any source.
    pub fn open(
        sources: &[PathBuf],
        options: &ImportOptions,
        job: &Job,
    ) -> Result<Self, ImportError> {
        let mut import = Self::default();
        let given = options.metadata.iter();
        let given: Vec<Sheet> = given
            .map(|path| Sheet::open(path, options.encoding))
            .collect::<Result<_, _>>()?;
        let mut refused: Vec<(String, ImportError)> = Vec::new();
        let mut parts: Vec<(Vec<Column>, usize)> = Vec::new();
        for (number, path) in sources.iter().enumerate() {
            let mut found = import.open_source((number, path), options, &given, job)?;
            for shoe in &mut found.shoes {
                shoe.source = number;
            }
            parts.push((found.columns, found.shoes.len()));
            import.notes.extend(found.warnings);
            import.joins.extend(found.joins);
            refused.extend(found.refused);
            import.shoes.extend(found.shoes);
        }
        import
            .notes
            .extend(refused_by_some(refused, sources.len())?);
        import.columns = join_columns(parts);
        import.make_ids_unique();
        Ok(import)
    }

    /// Reads one source, and keeps what is to be known of it.
    fn open_source(
        &mut self,
        (number, path): (usize, &Path),
        options: &ImportOptions,
        given: &[Sheet],
        job: &Job,
    ) -> Result<Found, ImportError> {
        job.stage("Looking for photos", None);
        let tree = Arc::new(Tree::open(path, options.encoding, job)?);
        let asked = options.format.map(Layout::asked);
        let layout = asked.unwrap_or_else(|| Layout::of(&tree, given));
        let (source, name) = (path.display(), layout.format.name());
        match &layout.evidence {
            Some(evidence) => {
                let evidence = words::shown_path(evidence);
                self.notes.push(format!(
                    "{source}: is read as format `{name}`, by {evidence}"
                ));
            }
            None => tracing::info!("{source}: read as `{name}`"),
        }
        let importer = layout.format.importer();
        let mut found = importer.import(&tree, given.to_vec(), options)?;
        self.fates.extend(tree.fates(), number);
        self.tell_fates(number, &tree, &mut found);
        self.key.push_str(&tree.key());
        for metadata in &options.metadata {
            self.key.push_str(&tree::file_key(metadata));
        }
        // What changes which shoes there are, or what is written of them.
        let encoding = options.encoding.map(|encoding| encoding.name());
        self.key
            .push_str(&format!("{encoding:?}:{};", options.each_picture));
        self.layouts.push(layout);
        self.notes.extend(tree.warnings().iter().cloned());
        Ok(found)
    }

    /// Notes what became of each file of a source that is no shoe.
    fn tell_fates(&mut self, source: usize, tree: &Tree, found: &mut Found) {
        let mut is_shoe = vec![false; tree.len()];
        for file in found.shoes.iter().filter_map(|shoe| shoe.file) {
            is_shoe[file] = true;
        }
        let mut told: HashMap<usize, Fate> = std::mem::take(&mut found.fates).into_iter().collect();
        for file in (0..tree.len()).filter(|&file| !is_shoe[file]) {
            let fate = told.remove(&file).unwrap_or_else(|| match () {
                () if tree.was_read(file) => Fate::Read,
                () if tree.is_picture(file) => {
                    Fate::LeftOut("pictures that its format has no place for".into())
                }
                () => Fate::LeftOut(tree.kind(file)),
            });
            self.fates.add(source, tree.name(file), fate);
        }
    }

    /// Keeps only the shoes of `rows`, in that order.
    pub fn keep(&mut self, rows: &[usize]) {
        let mut is_kept = vec![false; self.shoes.len()];
        for &row in rows {
            is_kept[row] = true;
        }
        for (shoe, _) in self
            .shoes
            .iter()
            .zip(is_kept)
            .filter(|(_, is_kept)| !is_kept)
        {
            let fate = Fate::LeftOut("that were not asked for".into());
            self.fates.add(shoe.source, shoe.picture_name(), fate);
        }
        self.shoes = rows.iter().map(|&row| self.shoes[row].clone()).collect();
        for column in &mut self.columns {
            column.values = column.values.select(rows);
        }
    }

    /// Which columns seem to mean type, gender, colour and brand; see [`guess_roles`].
    pub fn roles(&self) -> Roles {
        guess_roles(&self.columns)
    }

    /// Gives shoes whose id was there before a number behind it.
    fn make_ids_unique(&mut self) {
        let mut seen: HashMap<String, usize> = HashMap::with_capacity(self.shoes.len());
        let mut changed: Vec<(String, String)> = Vec::new();
        for shoe in &mut self.shoes {
            if shoe.id.is_empty() {
                shoe.id = "shoe".to_owned();
            }
            let Some(&last) = seen.get(&shoe.id) else {
                seen.insert(shoe.id.clone(), 1);
                continue;
            };
            let first = std::mem::take(&mut shoe.id);
            let mut number = last + 1;
            while seen.contains_key(&format!("{first}-{number}")) {
                number += 1;
            }
            shoe.id = format!("{first}-{number}");
            seen.insert(shoe.id.clone(), 1);
            seen.insert(first.clone(), number);
            changed.push((first, shoe.id.clone()));
        }
        if let Some((first, candidate)) = changed.first() {
            self.notes.push(format!(
                "{} shoes have an id that another one has; they are numbered, as `{candidate}` for the second `{first}`",
                changed.len()
            ));
        }
    }
}

impl Table for Import {
    fn len(&self) -> usize {
        self.shoes.len()
    }

    fn id(&self, row: usize) -> &str {
        &self.shoes[row].id
    }

    fn columns(&self) -> &[Column] {
        &self.columns
    }
}

/// What to tell of given tables that name no picture of some source.
///
/// # Errors
/// A table that names no picture of any of the sources.
fn refused_by_some(
    refused: Vec<(String, ImportError)>,
    sources: usize,
) -> Result<Vec<String>, ImportError> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for (table, _) in &refused {
        *counts.entry(table).or_insert(0) += 1;
    }
    let by_all = refused
        .iter()
        .position(|(table, _)| counts[table.as_str()] >= sources);
    match by_all {
        Some(first) => Err(refused
            .into_iter()
            .nth(first)
            .map_or_else(|| ImportError::Empty(PathBuf::new()), |(_, error)| error)),
        None => Ok(refused
            .into_iter()
            .map(|(_, error)| format!("{error}; so in one of the sources"))
            .collect()),
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

#[cfg(test)]
mod tests;
