//! What other programs read: shoes with their metadata as CSV for a spreadsheet or a shop's own tools, all vectors for
//! TensorFlow's Embedding Projector, and a table for Embedding Atlas.

mod atlas;
mod projector;
mod sprite;

use crate::atomic_file;
use crate::catalog::{Catalog, CatalogError, Table, same_letters};
use crate::job::{Cancelled, Job};
use crate::recommend::{RecommendError, Recommender};
use std::borrow::Cow;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

pub use atlas::NEIGHBOURS;

/// The list could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The system refuses.
    #[error("{} could not be written: {source}; choose another folder or free some space", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Something lies where a folder of several files is to be.
    #[error("{} is there already and is not an empty folder; choose a name that is free", .0.display())]
    Taken(PathBuf),
    /// The table cannot be encoded.
    #[error("{} could not be written: {reason}", path.display())]
    Encode {
        /// The file.
        path: PathBuf,
        /// What the encoder says.
        reason: String,
    },
    /// The catalogue cannot be read.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// No neighbours are found.
    #[error(transparent)]
    Recommend(#[from] RecommendError),
    /// Somebody asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl ExportError {
    fn write(path: &Path) -> impl Fn(io::Error) -> Self {
        |source| Self::Write {
            path: path.to_owned(),
            source,
        }
    }
}

/// A program to export for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// TensorFlow's Embedding Projector: a folder.
    Projector,
    /// Embedding Atlas: a Parquet file.
    Atlas,
    /// A spreadsheet: a CSV file.
    Csv,
}

/// Writes the whole of the recommender's catalogue for another program to `path`: a file, of
/// [`Target::Projector`] a folder. There is all of it or nothing.
///
/// # Errors
/// A damaged catalogue, a folder that is not empty, the system's refusal, or cancelled.
pub fn export_for(
    target: Target,
    recommender: &Recommender,
    path: &Path,
    job: &Job,
) -> Result<(), ExportError> {
    let catalog = recommender.catalog();
    match target {
        Target::Projector => projector::write(recommender, path, job),
        Target::Atlas => atlas::write(recommender, path, job),
        Target::Csv => export_all(catalog, path),
    }
}

/// Writes the whole catalogue as a CSV file: ids, metadata and positions.
///
/// # Errors
/// The system's refusal; an older file of that name is then as it was.
pub fn export_all(catalog: &Catalog, path: &Path) -> Result<(), ExportError> {
    atomic_file::write(path, |file| {
        let rows = 0..catalog.len();
        write(catalog, rows, Some(catalog.positions()), file).map_err(io::Error::other)
    })
    .map_err(ExportError::write(path))
}

/// Writes `rows` of `table` to `path` under a temporary name, then renames it. Names without a folder go
/// into the working directory, names without an extension get `.csv`. Returns where it lies.
///
/// # Errors
/// [`ExportError::Write`] when the folder is not there or cannot be written, or the disk is full; an older file of
/// that name is then as it was.
pub fn export(
    table: &dyn Table,
    rows: impl IntoIterator<Item = usize>,
    path: &Path,
) -> Result<PathBuf, ExportError> {
    let mut path = path.to_owned();
    if path.extension().is_none() {
        path.set_extension("csv");
    }
    atomic_file::write(&path, |file| {
        write(table, rows, None, file).map_err(io::Error::other)
    })
    .map_err(ExportError::write(&path))?;
    Ok(std::path::absolute(&path).unwrap_or_else(|_| path.clone()))
}

/// What Excel knows UTF-8 by when a file is opened by a double click.
const MARK: &[u8] = "\u{feff}".as_bytes();

fn write(
    table: &dyn Table,
    rows: impl IntoIterator<Item = usize>,
    positions: Option<&[[f32; 3]]>,
    mut to: impl Write,
) -> csv::Result<()> {
    to.write_all(MARK)?;
    let mut writer = csv::Writer::from_writer(io::BufWriter::new(to));
    let columns = table.columns();
    let is_users = |name: &str| columns.iter().any(|c| same_letters(&c.name, name));
    // The user's own columns keep their names; ours give way.
    let ours = |name: &'static str, other: &'static str| if is_users(name) { other } else { name };
    let axes = match positions {
        Some(_) => vec![
            ours("x", "position_x"),
            ours("y", "position_y"),
            ours("z", "position_z"),
        ],
        None => Vec::new(),
    };
    let names = columns.iter().map(|c| c.name.as_str());
    let header = std::iter::once(ours("id", "shoe")).chain(names).chain(axes);
    writer.write_record(header)?;
    for row in rows.into_iter().filter(|&row| row < table.len()) {
        let values = columns.iter().map(|c| c.text(row).unwrap_or_default());
        let position = positions.and_then(|all| all.get(row)).into_iter().flatten();
        let record = std::iter::once(Cow::Borrowed(table.id(row)))
            .chain(values)
            .chain(position.map(|x| Cow::Owned(x.to_string())));
        writer.write_record(record.map(Cow::into_owned))?;
    }
    writer.flush()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::filter::tests::small;

    #[test]
    fn a_list_has_ids_and_metadata_and_the_old_one_survives_a_failure() {
        let folder = tempfile::tempdir().unwrap();
        let path = export(&small(), [3, 1, 99], &folder.path().join("list")).unwrap();
        assert_eq!(path.extension().unwrap(), "csv");
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(
            text,
            "\u{feff}id,kind,year\ntrain-00003,Sandal,\ntrain-00001,Boot,2012\n"
        );
        let error = export(&small(), [1], &folder.path().join("gone/list.csv"))
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("gone") && error.contains("choose another folder"),
            "{error}"
        );
    }

    #[test]
    fn a_whole_catalogue_has_positions_and_the_users_names() {
        use crate::catalog::Values;
        use crate::catalog::fixture::Fixture;
        use crate::catalog::writer::NewShoe;
        let folder = tempfile::tempdir().unwrap();
        let shoe = |x: f32| NewShoe {
            blocks: vec![vec![x]],
            position: [x, -0.5, 2.0],
            ..NewShoe::default()
        };
        let words = |words: [&str; 2]| Values::text(words.map(Some));
        let catalog = Fixture::new([("style", 1)])
            .column("ID", words(["7", "8"]))
            .column("Farbe, außen", words(["grün", "weiß \"neu\""]))
            .column("x", words(["a", ""]))
            .shoes([shoe(1.0), shoe(2.5)])
            .open(&folder.path().join("c.parquet"));
        let path = folder.path().join("all.csv");
        export_all(&catalog, &path).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(
            text,
            "\u{feff}shoe,ID,\"Farbe, außen\",x,position_x,y,z\nshoe-0,7,grün,a,1,-0.5,2\nshoe-1,8,\"weiß \"\"neu\"\"\",,2.5,-0.5,2\n"
        );
    }
}
