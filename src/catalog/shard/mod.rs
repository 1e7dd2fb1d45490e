//! One Parquet file of a catalogue.
//!
//! The file is mapped into memory: opening costs what its footer costs, and a stored picture is a slice of
//! the mapping. A picture is found by the page index of its column (pages of about 64 KiB), so that
//! reading one touches one page and not the file.

use super::mapping::Mapping;
use super::{CatalogError, CatalogInfo, FORMAT_VERSION};
use arrow_schema::{DataType, Field, SchemaRef};
use bytes::Bytes;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder,
};
use parquet::file::metadata::{ColumnChunkMask, PageIndexPolicy, ParquetMetaData};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

mod columns;
mod pictures;

/// The key of the file's metadata that holds the [`CatalogInfo`] as JSON.
pub(in crate::catalog) const INFO_KEY: &str = "shoespace";

/// Rows that are decoded at a time.
const BATCH_ROWS: usize = 2048;

/// One Parquet file of a catalogue, opened.
pub(super) struct Shard {
    pub(super) path: PathBuf,
    pub(super) info: CatalogInfo,
    pub(super) rows: usize,
    file: Bytes,
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
        let info = Self::read_info(path, &plain)?;
        let leaves = plain.parquet_schema().columns();
        let leaf = |name: [&str; 2]| leaves.iter().position(|c| c.path().parts() == name);
        let path_leaf = leaf(["image", "path"]);
        let picture_leaf = leaf(["image", "bytes"])
            .ok_or_else(|| not_a_catalogue(path, "it has no column `image` with `bytes`"))?;
        check_columns(path, &plain)?;
        // The place of each page, only of the columns that are read at random.
        let options = ArrowReaderOptions::new()
            .with_offset_index_policy(PageIndexPolicy::Optional)
            .with_offset_index_mask(ColumnChunkMask::columns(
                [Some(picture_leaf), path_leaf].into_iter().flatten(),
            ));
        let metadata = ArrowReaderMetadata::load(&file, options).unwrap_or(plain);
        Ok(Self {
            path: path.to_owned(),
            info,
            rows: count_rows(path, metadata.metadata())?,
            file,
            mapping,
            metadata,
            picture_leaf,
            path_leaf,
        })
    }

    fn read_info(path: &Path, metadata: &ArrowReaderMetadata) -> Result<CatalogInfo, CatalogError> {
        let pairs = metadata.metadata().file_metadata().key_value_metadata();
        let json = pairs
            .and_then(|pairs| pairs.iter().find(|pair| pair.key == INFO_KEY))
            .and_then(|pair| pair.value.as_deref())
            .ok_or_else(|| {
                let reason = format!("it is a Parquet file without the `{INFO_KEY}` metadata that `shoespace index` writes");
                not_a_catalogue(path, &reason)
            })?;
        // The version first: of a newer format, nothing else need be as it is here.
        #[derive(serde::Deserialize)]
        struct Version {
            version: u32,
        }
        let broken = |error: serde_json::Error| {
            let reason = format!("its `{INFO_KEY}` metadata is not as expected: {error}");
            damaged(path, &reason)
        };
        let Version { version } = serde_json::from_str(json).map_err(broken)?;
        if version > FORMAT_VERSION {
            return Err(CatalogError::Newer {
                path: path.to_owned(),
                found: version,
                known: FORMAT_VERSION,
            });
        }
        let mut info: CatalogInfo = serde_json::from_str(json).map_err(broken)?;
        let schema = metadata.schema();
        for block in &info.blocks {
            let field = schema.field_with_name(&block.name).ok();
            if !field.is_some_and(|f| is_block(f.data_type(), Some(block.dims))) {
                let reason = format!(
                    "it has no column `{}` of {} numbers a shoe",
                    block.name, block.dims
                );
                return Err(not_a_catalogue(path, &reason));
            }
        }
        // Blocks that came later, as `learned`, are known by their type.
        for field in schema.fields() {
            if let DataType::FixedSizeList(_, dims) = field.data_type()
                && is_block(field.data_type(), None)
                && !info.blocks.iter().any(|b| b.name == *field.name())
            {
                info.blocks.push(super::BlockInfo {
                    name: field.name().clone(),
                    dims: *dims as usize,
                });
            }
        }
        Ok(info)
    }

    /// Lets go of the memory that reading took; see [`Mapping::release`].
    pub(super) fn release(&self) {
        self.mapping.release();
    }

    /// The file's size.
    pub(super) fn bytes(&self) -> u64 {
        self.file.len() as u64
    }

    pub(super) fn schema(&self) -> &SchemaRef {
        self.metadata.schema()
    }

    /// The fields that are metadata: all that are neither ids, pictures, blocks nor positions.
    pub(super) fn metadata_fields(&self) -> Vec<Arc<Field>> {
        let is_ours = |name: &str| {
            matches!(name, "id" | "image" | "x" | "y" | "z")
                || self.info.blocks.iter().any(|b| b.name == name)
        };
        let fields = self.schema().fields().iter();
        fields.filter(|f| !is_ours(f.name())).cloned().collect()
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
        let indices = roots
            .iter()
            .filter_map(|name| self.schema().index_of(name).ok());
        let mask =
            ProjectionMask::roots(self.metadata.parquet_schema(), indices.collect::<Vec<_>>());
        let mut builder = ParquetRecordBatchReaderBuilder::new_with_metadata(
            self.file.clone(),
            self.metadata.clone(),
        )
        .with_projection(mask)
        .with_batch_size(BATCH_ROWS);
        if let Some(groups) = row_groups {
            builder = builder.with_row_groups(groups);
        }
        builder.build().map_err(|error| self.damaged(&error))
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

/// That a file begins and ends as Parquet files do.
fn check_marks(path: &Path, file: &Bytes) -> Result<(), CatalogError> {
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
    for (name, fits) in [
        ("id", is_text as fn(&DataType) -> bool),
        ("x", DataType::is_floating),
        ("y", DataType::is_floating),
        ("z", DataType::is_floating),
    ] {
        let field = metadata.schema().field_with_name(name);
        if !field.is_ok_and(|field| fits(field.data_type())) {
            let reason = format!("it has no column `{name}` of the right kind");
            return Err(not_a_catalogue(path, &reason));
        }
    }
    Ok(())
}

/// The number of rows, where the file does not contradict itself in it.
fn count_rows(path: &Path, metadata: &ParquetMetaData) -> Result<usize, CatalogError> {
    let rows = metadata.file_metadata().num_rows();
    let groups = || metadata.row_groups().iter().map(|group| group.num_rows());
    let is_sound = groups().all(|rows| rows >= 0) && groups().sum::<i64>() == rows;
    match u32::try_from(rows) {
        Ok(rows) if is_sound => Ok(rows as usize),
        _ => Err(damaged(path, &"its row counts contradict each other")),
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

/// Whether a column can be a block: lists of f32, of that length where it is asked for and known.
fn is_block(kind: &DataType, dims: Option<usize>) -> bool {
    match kind {
        DataType::FixedSizeList(inner, length) => {
            *length > 0
                && *inner.data_type() == DataType::Float32
                && dims.is_none_or(|dims| dims == *length as usize)
        }
        // As other programs write them back.
        DataType::List(inner) | DataType::LargeList(inner) => {
            dims.is_some() && *inner.data_type() == DataType::Float32
        }
        _ => false,
    }
}

/// Maps a file into memory.
fn map(path: &Path) -> Result<Mapping, CatalogError> {
    std::fs::File::open(path)
        .and_then(|file| Mapping::of(&file))
        .map_err(CatalogError::read(path))
}
