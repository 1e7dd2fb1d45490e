//! Parquet data sets with a column of pictures, as the Hugging Face Hub keeps them: one file, or a folder of shards
//! (`data/train-00000-of-00002.parquet`).
//!
//! Other columns become metadata, numbers that stand for names (`ClassLabel`) their names, and what the files' names
//! tell of training and test a column `split`. Pictures stay in their file and are read as they are needed.

mod cells;
mod dataset;
mod rows;

use super::error::{ImportError, ParquetError};
use super::fate::Fate;
use super::importer::{Found, Importer, Shoe};
use super::join_columns;
use super::options::ImportOptions;
use super::sheet::Sheet;
use super::tables::add_given;
use super::tree::{Tree, stem};
use crate::catalog::{Column, Values};
use dataset::Dataset;
use std::collections::HashSet;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

/// Parquet data sets.
#[derive(Debug)]
pub(super) struct Parquet;

/// The columns that can name the shoes, the best first.
const IDS: [&str; 4] = ["id", "image_id", "uid", "sku"];

impl Importer for Parquet {
    fn name(&self) -> &'static str {
        "parquet"
    }

    fn about(&self) -> &'static str {
        "Parquet files with a column of pictures, as Hugging Face data sets come"
    }

    /// There is such a file, and hardly a picture beside it; or somebody gave a Parquet file, whatever is in it.
    fn recognise(&self, tree: &Tree) -> Option<String> {
        if tree.len() == 1 && is_parquet(tree.origin()) {
            return Some(format!("the first bytes of {}", tree.name(0)));
        }
        let pictures = tree.pictures().len();
        let (file, set) = files(tree).find_map(|(file, path)| {
            let set = Dataset::open(path).ok()?;
            (!set.is_catalogue).then_some((file, set))
        })?;
        (pictures == 0 || pictures * 10 < set.rows).then(|| {
            format!(
                "the column `{}` of {}",
                set.picture_column(),
                tree.name(file)
            )
        })
    }

    fn import(
        &self,
        tree: &Arc<Tree>,
        given: Vec<Sheet>,
        options: &ImportOptions,
    ) -> Result<Found, ImportError> {
        let mut found = Found::default();
        let mut parts: Vec<(Vec<Column>, usize)> = Vec::new();
        let mut left_columns: Vec<String> = Vec::new();
        let mut failed = None;
        for (file, path) in files(tree) {
            match Dataset::open(path) {
                Ok(set) if set.is_catalogue => {
                    let fate = Fate::LeftOut("catalogues of shoespace".into());
                    found.fates.push((file, fate));
                }
                Ok(set) => match take(tree, file, set, &mut found.shoes) {
                    Ok(part) => {
                        tree.mark_read(file);
                        left_columns.extend(part.left_out);
                        parts.push((part.columns, part.count));
                    }
                    Err(error) => fail(tree, file, error, &mut found, &mut failed),
                },
                Err(error) => fail(tree, file, error, &mut found, &mut failed),
            }
        }
        if found.shoes.is_empty() {
            return Err(failed.unwrap_or_else(|| {
                tree.other_layout(
                    self.name(),
                    "there is no Parquet file with a column of pictures",
                )
            }));
        }
        found.columns = join_columns(parts);
        left_columns.sort();
        left_columns.dedup();
        if !left_columns.is_empty() {
            found.warnings.push(format!(
                "{}: columns that are neither text nor numbers are left out ({})",
                tree.origin().display(),
                left_columns.join(", ")
            ));
        }
        add_given(&mut found, tree, given, options);
        Ok(found)
    }
}

/// The Parquet files of a source that lie on the disk.
fn files(tree: &Tree) -> impl Iterator<Item = (usize, &Path)> {
    (0..tree.len()).filter_map(|file| {
        let path = tree.path(file)?;
        let is_named = tree.name(file).to_lowercase().ends_with(".parquet");
        (is_named || tree.len() == 1).then_some((file, path))
    })
}

/// A file that cannot be used: the others are worth having.
fn fail(
    tree: &Tree,
    file: usize,
    source: ParquetError,
    found: &mut Found,
    failed: &mut Option<ImportError>,
) {
    let error = ImportError::Parquet {
        file: match tree.len() {
            1 => tree.origin().display().to_string(),
            _ => tree.full_name(file),
        },
        source,
    };
    found.warnings.push(format!("{error}; it is left out"));
    found
        .fates
        .push((file, Fate::Unreadable(error.to_string())));
    failed.get_or_insert(error);
}

/// What one file gives beside its shoes.
struct Part {
    columns: Vec<Column>,
    count: usize,
    left_out: Vec<String>,
}

/// Takes the shoes of a file, with their metadata.
fn take(
    tree: &Arc<Tree>,
    file: usize,
    set: Dataset,
    shoes: &mut Vec<Shoe>,
) -> Result<Part, ParquetError> {
    let mut cells = cells::read(&set)?;
    let split = split_of(tree.name(file));
    let ids = ids_of(&mut cells, split.as_deref(), set.rows);
    let count = set.rows;
    if let Some(split) = &split
        && !cells.columns.iter().any(|column| column.name == "split")
    {
        let texts = std::iter::repeat_n(Some(split), count);
        cells
            .columns
            .push(Column::new("split", Values::text(texts)));
    }
    let rows = Arc::new(rows::Rows::new(set));
    for (row, id) in ids.into_iter().enumerate() {
        let mut shoe = Shoe::of_pictures(id, rows.clone(), row);
        if let Some(path) = cells.paths.get_mut(row).and_then(Option::take) {
            shoe.path = path;
        }
        shoes.push(shoe);
    }
    Ok(Part {
        columns: cells.columns,
        count,
        left_out: cells.left_out,
    })
}

/// The ids of the shoes: a column of them, else the names of the pictures, else numbers.
fn ids_of(cells: &mut cells::Cells, split: Option<&str>, rows: usize) -> Vec<String> {
    let is_distinct = |ids: &[Option<String>]| {
        let distinct: HashSet<&String> = ids.iter().flatten().collect();
        distinct.len() == rows
    };
    for name in IDS {
        let place = cells
            .columns
            .iter()
            .position(|column| column.name.eq_ignore_ascii_case(name));
        let Some(place) = place else { continue };
        let column = &cells.columns[place];
        let ids: Vec<Option<String>> = (0..rows)
            .map(|row| column.text(row).map(std::borrow::Cow::into_owned))
            .collect();
        if is_distinct(&ids) {
            cells.columns.remove(place);
            return ids.into_iter().map(Option::unwrap_or_default).collect();
        }
    }
    let stems: Vec<Option<String>> = cells
        .paths
        .iter()
        .map(|path| path.as_deref().map(|path| stem(path).to_owned()))
        .collect();
    if is_distinct(&stems) {
        return stems.into_iter().map(Option::unwrap_or_default).collect();
    }
    let split = split.unwrap_or("shoe");
    (1..=rows).map(|row| format!("{split}-{row:05}")).collect()
}

/// What the name of a shard or its folder tells of training and test.
pub(super) fn split_of(name: &str) -> Option<String> {
    name.rsplit('/')
        .map(|part| {
            part.split(['-', '.', '_'])
                .next()
                .unwrap_or_default()
                .to_lowercase()
        })
        .find_map(|part| match part.as_str() {
            "train" | "training" => Some("train".to_owned()),
            "test" | "testing" => Some("test".to_owned()),
            "validation" | "valid" | "val" | "dev" => Some("validation".to_owned()),
            _ => None,
        })
}

/// Whether a file begins as a Parquet file does.
fn is_parquet(path: &Path) -> bool {
    let mut start = [0; 4];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut start));
    read.is_ok() && start == *b"PAR1"
}

/// Whether a file is a catalogue of shoespace.
pub(super) fn is_catalogue(path: &Path) -> bool {
    Dataset::open(path).is_ok_and(|set| set.is_catalogue)
}
