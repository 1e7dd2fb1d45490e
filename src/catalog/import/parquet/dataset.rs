//! One Parquet file with a column of pictures: what its footer tells.

use super::super::error::ParquetError;
use super::super::tree::is_picture_start;
use crate::catalog::checksums::Checked;
use crate::catalog::mapping::Mapping;
use crate::catalog::pages;
use crate::catalog::shard::{INFO_KEY, UNSOUND_ROWS, most_letters, sound_rows, viewed};
use arrow_array::cast::AsArray as _;
use arrow_array::{Array as _, ArrayRef};
use arrow_schema::{DataType, Field};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
};
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// Names of columns that hold the picture where several could, the best first.
const NAMES: [&str; 6] = ["image", "img", "picture", "photo", "jpg", "png"];

/// Rows that are looked at for a picture.
const LOOKED_AT: usize = 16;

/// The most bytes of pictures that are held of a batch.
const MOST_AT_ONCE: usize = 512 << 20;

/// A Parquet file, opened.
pub(super) struct Dataset {
    mapping: Mapping,
    metadata: ArrowReaderMetadata,
    pub(super) rows: usize,
    /// Whether shoespace wrote it.
    pub(super) is_catalogue: bool,
    /// The column of pictures, by its number.
    picture: usize,
    /// The names of numbers, by column.
    pub(super) labels: HashMap<String, Vec<String>>,
}

impl Dataset {
    /// Reads the footer of a file, and looks for the pictures.
    ///
    /// # Errors
    /// It cannot be read, is damaged, or has no pictures.
    pub(super) fn open(path: &Path) -> Result<Self, ParquetError> {
        let file = std::fs::File::open(path)?;
        let mapping = Mapping::of(&file)?;
        guarded(|| Self::of(mapping))
    }

    fn of(mapping: Mapping) -> Result<Self, ParquetError> {
        let file = mapping.bytes();
        if file.len() < 12 || !file.starts_with(b"PAR1") || !file.ends_with(b"PAR1") {
            return Err(ParquetError::Damaged(
                "its beginning or its end is missing".to_owned(),
            ));
        }
        // Where the schema that another program keeps beside the columns does not fit them, theirs counts.
        let load = |skip| {
            let options = ArrowReaderOptions::new().with_skip_arrow_metadata(skip);
            ArrowReaderMetadata::load(&file, options)
        };
        let metadata = load(false).or_else(|_| load(true)).map_err(damaged)?;
        // Views as far as the file lets itself be read so.
        let options = ArrowReaderOptions::new().with_schema(viewed(metadata.schema()));
        let metadata = ArrowReaderMetadata::load(&file, options).unwrap_or(metadata);
        let rows = sound_rows(metadata.metadata(), file.len());
        let rows = rows.ok_or_else(|| damaged(UNSOUND_ROWS))?;
        let info = Self::key_value(&metadata, "huggingface");
        let mut set = Self {
            mapping,
            rows,
            is_catalogue: Self::key_value(&metadata, INFO_KEY).is_some(),
            picture: 0,
            labels: HashMap::new(),
            metadata,
        };
        if set.is_catalogue {
            return Ok(set);
        }
        let features = Features::read(info.as_deref());
        set.picture = set.find_pictures(&features)?;
        set.labels = features.labels;
        if rows == 0 {
            return Err(ParquetError::Empty);
        }
        Ok(set)
    }

    /// A value of the file's metadata, or of that of its Arrow schema.
    fn key_value(metadata: &ArrowReaderMetadata, key: &str) -> Option<String> {
        let own = metadata.schema().metadata().get(key).cloned();
        let pairs = metadata.metadata().file_metadata().key_value_metadata();
        own.or_else(|| pairs?.iter().find(|pair| pair.key == key)?.value.clone())
    }

    fn find_pictures(&self, features: &Features) -> Result<usize, ParquetError> {
        let fields = self.metadata.schema().fields();
        let holds = |index: usize| {
            let field = &fields[index];
            can_hold(field)
                && match features.kinds.get(field.name()).map(String::as_str) {
                    Some("Image") => true,
                    Some("Audio" | "Video" | "Pdf") => false,
                    _ => self.begins_with_pictures(index),
                }
        };
        let fitting: Vec<usize> = (0..fields.len()).filter(|&index| holds(index)).collect();
        let named = NAMES.iter().find_map(|name| {
            let is_so = |index: &&usize| fields[**index].name().eq_ignore_ascii_case(name);
            fitting.iter().find(is_so).copied()
        });
        named.or(fitting.first().copied()).ok_or_else(|| {
            ParquetError::NoPictures(fields.iter().map(|field| field.name().clone()).collect())
        })
    }

    /// Whether the first value that a column has is a picture.
    fn begins_with_pictures(&self, column: usize) -> bool {
        let Ok(mut batches) = self.batches(self.bytes_of(column), None, 0, LOOKED_AT) else {
            return false;
        };
        let Some(Ok(batch)) = batches.next() else {
            return false;
        };
        let Some(Ok(values)) = batch.columns().first().map(values) else {
            return false;
        };
        let first = values.into_iter().flatten().next();
        first.is_some_and(|bytes| is_picture_start(&bytes))
    }

    /// The leaf columns of a column's bytes alone.
    fn bytes_of(&self, column: usize) -> Vec<usize> {
        let name = self.metadata.schema().field(column).name();
        self.leaves(|parts| {
            parts.first() == Some(name) && (parts.len() == 1 || parts[1..] == ["bytes"])
        })
    }

    /// The numbers of the leaf columns whose paths fit.
    fn leaves(&self, fits: impl Fn(&[String]) -> bool) -> Vec<usize> {
        let columns = self.metadata.parquet_schema().columns().iter();
        let fitting = columns
            .enumerate()
            .filter(|(_, leaf)| fits(leaf.path().parts()));
        fitting.map(|(number, _)| number).collect()
    }

    /// The name of the column of pictures.
    pub(super) fn picture_column(&self) -> &str {
        self.metadata.schema().field(self.picture).name()
    }

    /// All columns.
    pub(super) fn fields(&self) -> impl Iterator<Item = &Field> {
        self.metadata.schema().fields().iter().map(AsRef::as_ref)
    }

    /// The row groups, each with its number of rows and the bytes of its pictures.
    pub(super) fn groups(&self) -> Vec<(usize, u64)> {
        let leaves = self.bytes_of(self.picture);
        let groups = self.metadata.metadata().row_groups().iter();
        let of_group = |group: &parquet::file::metadata::RowGroupMetaData| {
            let bytes = leaves
                .iter()
                .map(|&leaf| group.column(leaf).uncompressed_size().max(0) as u64)
                .sum();
            (group.num_rows().max(0) as usize, bytes)
        };
        groups.map(of_group).collect()
    }

    /// The pictures of a row group from its row `first` on, so many at a time.
    pub(super) fn pictures(
        &self,
        group: usize,
        first: usize,
        at_a_time: usize,
    ) -> Result<ParquetRecordBatchReader, ParquetError> {
        self.batches(self.bytes_of(self.picture), Some(group), first, at_a_time)
    }

    /// Everything but the pictures' bytes and the columns of `without`.
    pub(super) fn others(
        &self,
        without: &[String],
    ) -> Result<ParquetRecordBatchReader, ParquetError> {
        let picture = self.picture_column();
        let leaves = self.leaves(|parts| match parts.first() {
            Some(root) if root == picture => parts.len() == 2 && parts[1] == "path",
            Some(root) => !without.contains(root),
            None => false,
        });
        self.batches(leaves, None, 0, 1024)
    }

    fn batches(
        &self,
        leaves: Vec<usize>,
        group: Option<usize>,
        first: usize,
        at_a_time: usize,
    ) -> Result<ParquetRecordBatchReader, ParquetError> {
        let mask = ProjectionMask::leaves(self.metadata.parquet_schema(), leaves);
        let file = Checked::without(self.mapping.bytes());
        let groups = group.map(|group| vec![group]);
        pages::batches(file, &self.metadata, mask, groups, first, at_a_time).map_err(damaged)
    }

    /// How many bytes of text all its columns together may have.
    pub(super) fn most_letters(&self) -> usize {
        most_letters(self.mapping.bytes().len())
    }

    /// Lets go of the memory that reading took.
    pub(super) fn release(&self) {
        self.mapping.release();
    }
}

/// What Hugging Face's `datasets` says of the columns.
#[derive(Default)]
struct Features {
    /// The kind of each column, as `Image`.
    kinds: HashMap<String, String>,
    /// The names of numbers.
    labels: HashMap<String, Vec<String>>,
}

impl Features {
    fn read(json: Option<&str>) -> Self {
        let mut features = Self::default();
        let json = json.and_then(|json| serde_json::from_str::<serde_json::Value>(json).ok());
        let columns = json
            .as_ref()
            .and_then(|json| json["info"]["features"].as_object());
        for (name, feature) in columns.into_iter().flatten() {
            if let Some(kind) = feature["_type"].as_str() {
                features.kinds.insert(name.clone(), kind.to_owned());
            }
            if let Some(names) = feature["names"].as_array() {
                let names = names.iter().map(|name| match name.as_str() {
                    Some(name) => name.to_owned(),
                    None => name.to_string(),
                });
                features.labels.insert(name.clone(), names.collect());
            }
        }
        features
    }
}

/// Whether a column could hold pictures: bytes, or a struct of them.
fn can_hold(field: &Field) -> bool {
    let is_bytes = |kind: &DataType| {
        matches!(
            kind,
            DataType::Binary | DataType::LargeBinary | DataType::BinaryView
        )
    };
    match field.data_type() {
        DataType::Struct(parts) => parts
            .iter()
            .any(|part| part.name() == "bytes" && is_bytes(part.data_type())),
        kind => is_bytes(kind),
    }
}

/// The bytes in each row of a column of pictures.
///
/// # Errors
/// The column is of another kind, or its pictures are enormous together, as one that is stored once for all rows.
pub(super) fn values(column: &ArrayRef) -> Result<Vec<Option<Vec<u8>>>, ParquetError> {
    let mut room = MOST_AT_ONCE;
    let owned = |bytes: Option<&[u8]>| {
        let Some(bytes) = bytes.filter(|bytes| !bytes.is_empty()) else {
            return Ok(None);
        };
        room = room.checked_sub(bytes.len()).ok_or_else(|| {
            damaged("the pictures of a few rows unpack to more than 512 MB; store smaller ones")
        })?;
        Ok(Some(bytes.to_vec()))
    };
    match column.data_type() {
        DataType::Struct(_) => {
            let parts = column.as_struct();
            let bytes = parts.column_by_name("bytes");
            let inner = values(bytes.ok_or_else(|| damaged("no bytes"))?)?;
            let is_there = |row: usize| !parts.is_null(row);
            let rows = inner.into_iter().enumerate();
            Ok(rows
                .map(|(row, bytes)| bytes.filter(|_| is_there(row)))
                .collect())
        }
        DataType::Binary => column.as_binary::<i32>().iter().map(owned).collect(),
        DataType::LargeBinary => column.as_binary::<i64>().iter().map(owned).collect(),
        DataType::BinaryView => column.as_binary_view().iter().map(owned).collect(),
        _ => Err(damaged("no bytes")),
    }
}

pub(super) fn damaged(error: impl std::fmt::Display) -> ParquetError {
    ParquetError::Damaged(error.to_string())
}

/// Reads with a net: of files that somebody damaged on purpose, the decoders may panic.
pub(super) fn guarded<T>(
    read: impl FnOnce() -> Result<T, ParquetError>,
) -> Result<T, ParquetError> {
    catch_unwind(AssertUnwindSafe(read))
        .unwrap_or_else(|_| Err(ParquetError::Damaged("its decoder failed".to_owned())))
}
