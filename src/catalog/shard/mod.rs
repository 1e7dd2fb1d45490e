//! One Parquet file of a catalogue.
//!
//! The file is mapped into memory: opening costs what its footer costs, and a stored picture is a slice of
//! the mapping. A picture is found by the page index of its column (pages of about 64 KiB), so that
//! reading one touches one page and not the file.

use super::checksums::Checked;
use super::mapping::Mapping;
use super::{CatalogError, CatalogInfo, names, pages};
use arrow_schema::{DataType, Field, Fields, Schema, SchemaRef};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
};
use parquet::basic::Type as PhysicalType;
use parquet::file::metadata::{ColumnChunkMask, PageIndexPolicy, ParquetMetaData};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

mod columns;
mod pictures;
mod whole;

/// The key of the file's metadata that holds the [`CatalogInfo`] as JSON.
pub(in crate::catalog) const INFO_KEY: &str = "shoespace";

/// The key of Arrow's metadata that pandas keeps beside a table and writes again, as JSON; pyarrow keeps all of that metadata.
pub(super) const PANDAS_KEY: &str = "PANDAS_ATTRS";

/// More rows than these need a file of some bytes each: what a footer says need not be true.
const MANY_ROWS: usize = 1_000_000;

/// More numbers than these in a block need a file of some size: they are packed, though never to a sixty-fourth.
const MANY_NUMBERS: usize = 1 << 28;

/// More bytes of text than these in a column need a file of some size.
const MANY_LETTERS: usize = 1 << 28;

/// Rows that are decoded at a time.
const BATCH_ROWS: usize = 2048;

/// One Parquet file of a catalogue, opened.
pub(super) struct Shard {
    pub(super) path: PathBuf,
    pub(super) info: CatalogInfo,
    pub(super) rows: usize,
    file: Checked,
    mapping: Mapping,
    metadata: ArrowReaderMetadata,
    /// The leaf columns `image.bytes` and `image.path`.
    picture_leaf: usize,
    path_leaf: Option<usize>,
}

impl Shard {
    pub(super) fn open(path: &Path) -> Result<Self, CatalogError> {
        guarded(path, || Self::open_unguarded(path))
    }

    fn open_unguarded(path: &Path) -> Result<Self, CatalogError> {
        let mapping = map(path)?;
        let file = mapping.bytes();
        check_marks(path, &file)?;
        let damaged = |error: parquet::errors::ParquetError| damaged(path, &error);
        let plain = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()).map_err(damaged)?;
        let file = Checked::of(file, &plain, INFO_KEY).map_err(damaged)?;
        let info = whole::read(path, &file, &plain)?;
        let leaves = plain.parquet_schema().columns();
        let leaf = |name: &[&str]| {
            leaves.iter().position(|c| {
                c.path().parts() == name && c.physical_type() == PhysicalType::BYTE_ARRAY
            })
        };
        let path_leaf = leaf(&["image", "path"]);
        let picture_leaf = leaf(&["image", "bytes"])
            .or_else(|| leaf(&["image"]))
            .ok_or_else(|| not_a_catalogue(path, "it has no column `image` with `bytes`"))?;
        check_columns(path, &plain)?;
        // The place of each page, only of the columns that are read at random.
        let options = ArrowReaderOptions::new()
            .with_schema(viewed(plain.schema()))
            .with_offset_index_policy(PageIndexPolicy::Optional)
            .with_offset_index_mask(ColumnChunkMask::columns(
                [Some(picture_leaf), path_leaf].into_iter().flatten(),
            ));
        let metadata = ArrowReaderMetadata::load(file.bytes(), options).unwrap_or(plain);
        let rows = sound_rows(metadata.metadata(), file.bytes().len());
        let rows = rows.ok_or_else(|| self::damaged(path, &UNSOUND_ROWS))?;
        check_blocks(path, &info, rows, file.bytes().len())?;
        Ok(Self {
            path: path.to_owned(),
            info,
            rows,
            file,
            mapping,
            metadata,
            picture_leaf,
            path_leaf,
        })
    }

    /// Lets go of the memory that reading took; see [`Mapping::release`].
    pub(super) fn release(&self) {
        self.mapping.release();
    }

    /// The file's size.
    pub(super) fn bytes(&self) -> u64 {
        self.file.bytes().len() as u64
    }

    pub(super) fn schema(&self) -> &SchemaRef {
        self.metadata.schema()
    }

    /// The fields that are metadata, with the names that people gave them: all that are neither ids, pictures, blocks nor
    /// positions, nor another program's own.
    pub(super) fn metadata_fields(&self) -> Vec<(String, Arc<Field>)> {
        let is_ours = |name: &str| {
            names::RESERVED.contains(&name)
                || names::is_index_of_pandas(name)
                || names::is_of_layout(name, &self.info)
                || self.info.blocks.iter().any(|b| b.name == name)
        };
        let fields = self.schema().fields();
        let named = fields.iter().filter(|f| !is_ours(f.name())).map(|field| {
            let name = names::name_of(field.name());
            // Where another field has that very name, both keep what the file calls them.
            let is_taken = name != field.name() && fields.iter().any(|f| f.name() == name);
            let is_free = !is_taken || is_ours(name);
            let name = if is_free { name } else { field.name() };
            (name.to_owned(), field.clone())
        });
        named.collect()
    }

    pub(super) fn damaged(&self, error: &dyn std::fmt::Display) -> CatalogError {
        damaged(&self.path, error)
    }

    /// Reads the given root columns of the given row groups (all for `None`), batch by batch.
    pub(super) fn batches(
        &self,
        roots: &[&str],
        row_groups: Option<Vec<usize>>,
    ) -> Result<ParquetRecordBatchReader, CatalogError> {
        batches(&self.file, &self.metadata, roots, row_groups).map_err(|error| self.damaged(&error))
    }

    /// The row groups with the rows of the file that each holds.
    pub(super) fn row_groups(&self) -> Vec<(usize, Range<usize>)> {
        let mut first = 0;
        let groups = self.metadata.metadata().row_groups().iter().enumerate();
        groups
            .map(|(index, group)| {
                let rows = first..first + group.num_rows() as usize;
                first = rows.end;
                (index, rows)
            })
            .collect()
    }
}

/// Reads the given root columns of the given row groups (all for `None`), batch by batch.
fn batches(
    file: &Checked,
    metadata: &ArrowReaderMetadata,
    roots: &[&str],
    row_groups: Option<Vec<usize>>,
) -> Result<ParquetRecordBatchReader, parquet::errors::ParquetError> {
    let indices = roots
        .iter()
        .filter_map(|name| metadata.schema().index_of(name).ok());
    let mask = ProjectionMask::roots(metadata.parquet_schema(), indices.collect::<Vec<_>>());
    pages::batches(file.clone(), metadata, mask, row_groups, 0, BATCH_ROWS)
}

/// The schema with texts and bytes as views: of a value that is stored once for all rows, no batch makes a thousand
/// copies.
pub(super) fn viewed(schema: &Schema) -> SchemaRef {
    fn of(field: &Field) -> Field {
        let kind = match field.data_type() {
            DataType::Utf8 | DataType::LargeUtf8 => DataType::Utf8View,
            DataType::Binary | DataType::LargeBinary => DataType::BinaryView,
            DataType::Struct(parts) => {
                DataType::Struct(parts.iter().map(|part| of(part)).collect())
            }
            other => other.clone(),
        };
        field.clone().with_data_type(kind)
    }
    let fields: Fields = schema.fields().iter().map(|field| of(field)).collect();
    Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
}

/// How many bytes of text a column may have: a word that is stored once can be that of every row.
pub(super) fn most_letters(file: usize) -> usize {
    MANY_LETTERS.max(file.saturating_mul(64))
}

/// That a file begins and ends as Parquet files do.
fn check_marks(path: &Path, file: &[u8]) -> Result<(), CatalogError> {
    if file.is_empty() {
        return Err(not_a_catalogue(path, "the file is empty"));
    }
    if !file.starts_with(b"PAR1") {
        return Err(not_a_catalogue(path, "it is no Parquet file"));
    }
    if file.len() < 12 || !file.ends_with(b"PAR1") {
        return Err(damaged(path, &"its end is missing"));
    }
    Ok(())
}

/// That the columns are there that every catalogue has.
fn check_columns(path: &Path, metadata: &ArrowReaderMetadata) -> Result<(), CatalogError> {
    let is_id = |kind: &DataType| is_text(kind) || kind.is_integer();
    let is_number = |kind: &DataType| kind.is_floating() || kind.is_integer();
    let wanted: [(&str, &dyn Fn(&DataType) -> bool, &str); 4] = [
        ("id", &is_id, "text"),
        ("x", &is_number, "numbers"),
        ("y", &is_number, "numbers"),
        ("z", &is_number, "numbers"),
    ];
    for (name, fits, kind) in wanted {
        match metadata.schema().field_with_name(name) {
            Ok(field) if fits(field.data_type()) => (),
            Ok(field) => {
                let found = field.data_type();
                return Err(lost(
                    path,
                    &format!("its column `{name}` holds {found} in the place of {kind}"),
                ));
            }
            Err(_) => return Err(lost(path, &format!("it has no column `{name}`"))),
        }
    }
    Ok(())
}

/// What is told of a file whose [`sound_rows`] are none.
pub(super) const UNSOUND_ROWS: &str =
    "its row counts contradict each other, or the size of the file; copy it again";

/// The number of rows of a file of so many bytes, where it contradicts itself in nothing.
pub(super) fn sound_rows(metadata: &ParquetMetaData, bytes: usize) -> Option<usize> {
    let rows = metadata.file_metadata().num_rows();
    let mut groups = metadata.row_groups().iter().map(|group| group.num_rows());
    let sum = groups.try_fold(0_i64, |sum, rows| {
        sum.checked_add(rows).filter(|_| rows >= 0)
    });
    let count = u32::try_from(rows).ok()? as usize;
    // Rows that are not there would each take their place in memory.
    let can_be = count <= MANY_ROWS || count <= bytes / 16;
    (sum == Some(rows) && can_be).then_some(count)
}

/// That the blocks can be in a file of so many bytes.
fn check_blocks(
    path: &Path,
    info: &CatalogInfo,
    rows: usize,
    bytes: usize,
) -> Result<(), CatalogError> {
    let most = MANY_NUMBERS.max(bytes.saturating_mul(64));
    let is_odd = |dims: usize| rows.checked_mul(dims).is_none_or(|numbers| numbers > most);
    match info.blocks.iter().find(|block| is_odd(block.dims)) {
        Some(block) => Err(damaged(
            path,
            &format!(
                "its block `{}` would have {} numbers a shoe, more than so small a file can hold",
                block.name, block.dims
            ),
        )),
        None => Ok(()),
    }
}

/// Reads with a net: of files that somebody damaged on purpose, the decoders below may panic, and that
/// must not end the program.
fn guarded<T>(
    path: &Path,
    read: impl FnOnce() -> Result<T, CatalogError>,
) -> Result<T, CatalogError> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(read))
        .unwrap_or_else(|_| Err(damaged(path, &"its decoder failed")))
}

fn not_a_catalogue(path: &Path, reason: &str) -> CatalogError {
    CatalogError::NotACatalogue {
        path: path.to_owned(),
        reason: reason.to_owned(),
    }
}

fn lost(path: &Path, what: &str) -> CatalogError {
    CatalogError::Lost {
        path: path.to_owned(),
        what: what.to_owned(),
    }
}

fn damaged(path: &Path, error: &dyn std::fmt::Display) -> CatalogError {
    CatalogError::Damaged {
        path: path.to_owned(),
        reason: error.to_string(),
    }
}

fn is_text(kind: &DataType) -> bool {
    match kind {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
        DataType::Dictionary(_, value) => is_text(value),
        _ => false,
    }
}

/// Whether a column can be a block: lists of numbers, of that length where it is known.
fn is_block(kind: &DataType, dims: usize) -> bool {
    let (inner, length) = match kind {
        DataType::FixedSizeList(inner, length) => (inner, *length as usize),
        // As other programs write them back.
        DataType::List(inner) | DataType::LargeList(inner) => (inner, dims),
        _ => return false,
    };
    length == dims && (inner.data_type().is_floating() || inner.data_type().is_integer())
}

/// Maps a file into memory.
fn map(path: &Path) -> Result<Mapping, CatalogError> {
    std::fs::File::open(path)
        .and_then(|file| Mapping::of(&file))
        .map_err(CatalogError::read(path))
}

#[cfg(test)]
mod tests;
