//! Writing a catalogue: streamed, under a temporary name, flushed, renamed.
//!
//! A kill at any moment leaves the old file or the new one, and at worst a temporary file that begins
//! with `.shoespace-` beside it.

use super::arrow::{array_of, kind_of};
use super::carrier::Carrier;
use super::checksums::Summing;
use super::names::{self, CARRIER};
use super::shard::{INFO_KEY, PANDAS_KEY};
use super::{Block, BlockInfo, CatalogError, CatalogInfo, Column, FORMAT_VERSION, LayoutInfo};
use crate::atomic_file;
use arrow_array::{
    ArrayRef, BinaryArray, FixedSizeListArray, Float32Array, RecordBatch, StringArray, StructArray,
};
use arrow_schema::{ArrowError, DataType, Field, FieldRef, Fields, Schema, SchemaRef};
use half::f16;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::arrow::{ARROW_SCHEMA_META_KEY, ArrowWriter, encode_arrow_schema};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::NamedTempFile;

mod rewrite;

pub use rewrite::Changes;

/// Rows of a row group: what is held in memory while writing, and what one thread decodes of a block.
const GROUP_ROWS: usize = 8192;

/// About the size of a page of pictures, in bytes: what is touched to read one.
const PICTURE_PAGE: usize = 64 * 1024;

pub use super::names::BLOCKS;

/// One shoe to be written; its metadata comes column by column with the batch.
#[derive(Debug, Clone, Default)]
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
    file: NamedTempFile,
    writer: ArrowWriter<Summing<std::fs::File>>,
    schema: SchemaRef,
    info: CatalogInfo,
    /// What the rows carry, and how many were written.
    carrier: Carrier,
    rows: usize,
}

impl CatalogWriter {
    /// Begins a catalogue at `path`, whose metadata columns are named and typed as `columns` (their
    /// values do not matter here).
    ///
    /// A column may have any name, also one that the format has for itself.
    ///
    /// # Errors
    /// A folder that cannot be written, or columns without a name or of the same name.
    pub fn create(
        path: &Path,
        info: CatalogInfo,
        columns: &[Column],
    ) -> Result<Self, CatalogError> {
        // What is written batch by batch is not laid out yet.
        let info = CatalogInfo {
            layouts: Vec::new(),
            ..info
        };
        Self::create_carrying(path, info, columns, None)
    }

    /// As [`create`](Self::create). Where `rows`, their number, and with it all of the info is known, the rows carry all
    /// of that info, for programs that keep rows alone.
    fn create_carrying(
        path: &Path,
        info: CatalogInfo,
        columns: &[Column],
        rows: Option<usize>,
    ) -> Result<Self, CatalogError> {
        for (index, column) in columns.iter().enumerate() {
            let is_taken = columns[..index].iter().any(|c| c.name == column.name);
            if is_taken || column.name.is_empty() {
                let reason = format!("a metadata column cannot be called `{}`", column.name);
                return Err(unfit(path, &reason));
            }
        }
        let schema = schema_of(&info, columns);
        let file = temporary_beside(path)?;
        let handle = file.reopen().map_err(CatalogError::write(path))?;
        // Arrow's own schema comes at the end, as its metadata hold what is true of the whole.
        let options = ArrowWriterOptions::new()
            .with_properties(properties_of(&info))
            .with_skip_arrow_metadata(true);
        let writer =
            ArrowWriter::try_new_with_options(Summing::new(handle), schema.clone(), options)
                .map_err(CatalogError::write_parquet(path))?;
        let carrier = Carrier::new(&info, rows).map_err(|error| unfit(path, &error.to_string()))?;
        Ok(Self {
            carrier,
            rows: 0,
            path: path.to_owned(),
            file,
            writer,
            schema,
            info,
        })
    }

    /// Adds shoes with their metadata: each of `columns` has a value a shoe, in the order of `create`.
    ///
    /// # Errors
    /// [`CatalogError::Unfit`], or the system's refusal.
    pub fn push(&mut self, shoes: &[NewShoe], columns: &[Column]) -> Result<(), CatalogError> {
        if let Some(shoe) = shoes
            .iter()
            .find(|s| s.blocks.len() != self.info.blocks.len())
        {
            return Err(unfit(
                &self.path,
                &format!("shoe {} has {} blocks", shoe.id, shoe.blocks.len()),
            ));
        }
        self.check_numbers(shoes)?;
        let ids = StringArray::from_iter_values(shoes.iter().map(|s| &s.id));
        let bytes = BinaryArray::from_iter_values(shoes.iter().map(|s| &s.picture));
        let paths = StringArray::from_iter(
            shoes
                .iter()
                .map(|s| (!s.path.is_empty()).then_some(&s.path)),
        );
        let image = StructArray::new(image_fields(), vec![Arc::new(bytes), Arc::new(paths)], None);
        let metadata = columns.iter().map(|c| array_of(&c.values, 0..c.len()));
        let mut blocks = Vec::new();
        for (index, info) in self.info.blocks.iter().enumerate() {
            let numbers = shoes
                .iter()
                .flat_map(|s| s.blocks[index].iter().map(|&x| rounded(x)));
            blocks.push(self.block(info, numbers.collect())?);
        }
        let positions: Vec<_> = shoes.iter().map(|s| s.position).collect();
        self.write(
            Arc::new(ids),
            Arc::new(image),
            metadata.collect(),
            blocks,
            &positions,
            &[],
        )
    }

    /// That every number is one.
    fn check_numbers(&self, shoes: &[NewShoe]) -> Result<(), CatalogError> {
        for shoe in shoes {
            let blocks = self.info.blocks.iter().zip(&shoe.blocks);
            let blocks = blocks.map(|(info, values)| (info.name.as_str(), values.as_slice()));
            let mut all = blocks.chain([("position", &shoe.position[..])]);
            let wrong = all.find(|(_, values)| !values.iter().all(|x| x.is_finite()));
            if let Some((column, _)) = wrong {
                return Err(CatalogError::BadNumber {
                    path: self.path.clone(),
                    column: column.to_owned(),
                    id: shoe.id.clone(),
                    what: "a number that is not finite".to_owned(),
                });
            }
        }
        Ok(())
    }

    /// Writes one batch, given as the columns of the file; each layout of the info has its points.
    fn write(
        &mut self,
        ids: ArrayRef,
        image: ArrayRef,
        metadata: Vec<ArrayRef>,
        blocks: Vec<ArrayRef>,
        positions: &[[f32; 3]],
        layouts: &[&[[f32; 3]]],
    ) -> Result<(), CatalogError> {
        let mut arrays = vec![ids, image];
        arrays.extend(metadata);
        arrays.extend(blocks);
        for points in std::iter::once(&positions).chain(layouts) {
            for axis in 0..3 {
                let values = points.iter().map(|p| p[axis]);
                arrays.push(Arc::new(Float32Array::from_iter_values(values)));
            }
        }
        let rows = self.rows..self.rows + positions.len();
        let carried = rows.clone().map(|row| self.carrier.of_row(row));
        arrays.push(Arc::new(StringArray::from_iter_values(carried)));
        self.rows = rows.end;
        let batch = RecordBatch::try_new(self.schema.clone(), arrays)
            .map_err(|error| unfit(&self.path, &error.to_string()))?;
        self.writer
            .write(&batch)
            .map_err(CatalogError::write_parquet(&self.path))
    }

    /// The column of a block.
    fn block(&self, info: &BlockInfo, numbers: Vec<f32>) -> Result<ArrayRef, CatalogError> {
        list_of(info, numbers)
            .map_err(|error| unfit(&self.path, &format!("block `{}`: {error}", info.name)))
    }

    /// Flushes, gives the file its name, and leaves nothing else behind.
    ///
    /// # Errors
    /// The system's refusal; then the old file, if any, is untouched.
    pub fn finish(self) -> Result<(), CatalogError> {
        let info = self.info.clone();
        self.finish_with(info)
    }

    /// As [`finish`](Self::finish), with the info as it came out at the end (its version, its blocks and its layouts
    /// stay as they were begun).
    ///
    /// # Errors
    /// As [`finish`](Self::finish).
    pub fn finish_with(mut self, info: CatalogInfo) -> Result<(), CatalogError> {
        let info = CatalogInfo {
            version: FORMAT_VERSION,
            blocks: std::mem::take(&mut self.info.blocks),
            layouts: std::mem::take(&mut self.info.layouts),
            ..info
        };
        let json =
            serde_json::to_string(&info).map_err(|error| unfit(&self.path, &error.to_string()))?;
        let features = hugging_face_features(&self.schema, &info);
        // Arrow's readers look for metadata inside of the schema, and where there is one nowhere else; pandas keeps
        // what stands under its key, and pyarrow everything.
        let kept = serde_json::json!({ INFO_KEY: json }).to_string();
        let metadata = [("huggingface", features), (PANDAS_KEY, kept)];
        let metadata = metadata.map(|(key, value)| (key.to_owned(), value));
        let schema = Schema::clone(&self.schema).with_metadata(metadata);
        let path = self.path;
        // All rows are written now; what follows is the footer.
        (self.writer.flush()).map_err(CatalogError::write_parquet(&path))?;
        (self.writer.sync()).map_err(CatalogError::write(&path))?;
        let checksums = self.writer.inner_mut().finish(&json);
        for (key, value) in [
            (INFO_KEY, json),
            checksums,
            (ARROW_SCHEMA_META_KEY, encode_arrow_schema(&schema)),
        ] {
            let pair = KeyValue::new(key.to_owned(), value);
            self.writer.append_key_value_metadata(pair);
        }
        self.writer
            .close()
            .map_err(CatalogError::write_parquet(&path))?;
        atomic_file::commit(self.file, &path).map_err(CatalogError::write(&path))
    }
}

/// An empty temporary file beside `path`, gone when it is dropped; also the test that `path` can be
/// written before long work begins.
///
/// # Errors
/// Says why the folder cannot be written.
pub fn temporary_beside(path: &Path) -> Result<NamedTempFile, CatalogError> {
    if path.is_dir() {
        return Err(CatalogError::IsFolder {
            path: path.to_owned(),
        });
    }
    atomic_file::create(path).map_err(CatalogError::write(path))
}

fn unfit(path: &Path, reason: &str) -> CatalogError {
    CatalogError::Unfit {
        path: path.to_owned(),
        reason: reason.to_owned(),
    }
}

/// Rounds to the precision of a catalogue, 16-bit floats: NaN becomes 0, and what is too large the largest number.
pub fn rounded(x: f32) -> f32 {
    if x.is_nan() {
        return 0.0;
    }
    f16::from_f32(x.clamp(f16::MIN.to_f32(), f16::MAX.to_f32())).to_f32()
}

/// The column of a block: `numbers` has [`BlockInfo::dims`] of each shoe, one shoe behind the other.
fn list_of(info: &BlockInfo, numbers: Vec<f32>) -> Result<ArrayRef, ArrowError> {
    let numbers = Arc::new(Float32Array::from(numbers));
    let list = FixedSizeListArray::try_new(element(), info.dims as i32, numbers, None)?;
    Ok(Arc::new(list))
}

fn block_type(info: &BlockInfo) -> DataType {
    DataType::FixedSizeList(element(), info.dims as i32)
}

fn element() -> FieldRef {
    Arc::new(Field::new("element", DataType::Float32, true))
}

fn image_fields() -> Fields {
    Fields::from(vec![
        Field::new("bytes", DataType::Binary, true),
        Field::new("path", DataType::Utf8, true),
    ])
}

fn schema_of(info: &CatalogInfo, columns: &[Column]) -> SchemaRef {
    // Nothing is ever missing, but everything may be: `datasets` knows no other fields.
    let field = |name: &str, kind| Field::new(name, kind, true);
    let mut fields = vec![
        field("id", DataType::Utf8),
        field("image", DataType::Struct(image_fields())),
    ];
    let columns = columns.iter();
    fields.extend(columns.map(|c| field(&names::field_of(&c.name, info), kind_of(&c.values))));
    fields.extend(info.blocks.iter().map(|b| field(&b.name, block_type(b))));
    fields.extend(coordinates(info).map(|axis| field(&axis, DataType::Float32)));
    fields.push(field(CARRIER, DataType::Utf8));
    Arc::new(Schema::new(fields))
}

/// The fields of the positions, and of every layout.
fn coordinates(info: &CatalogInfo) -> impl Iterator<Item = String> {
    let positions = ["x", "y", "z"].map(str::to_owned);
    (positions.into_iter()).chain(info.layouts.iter().flat_map(LayoutInfo::fields))
}

/// How each column is coded: pictures as they are (they are compressed), numbers with their bytes apart.
fn properties_of(info: &CatalogInfo) -> WriterProperties {
    let path = |parts: &[&str]| {
        ColumnPath::from(parts.iter().map(|p| (*p).to_owned()).collect::<Vec<_>>())
    };
    let zstd = Compression::ZSTD(ZstdLevel::try_new(9).unwrap_or_default());
    let picture = path(&["image", "bytes"]);
    let mut builder = WriterProperties::builder()
        .set_compression(zstd)
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        .set_created_by(info.created_by.clone())
        .set_column_compression(picture.clone(), Compression::UNCOMPRESSED)
        .set_column_dictionary_enabled(picture.clone(), false)
        .set_column_statistics_enabled(picture.clone(), EnabledStatistics::None)
        .set_column_data_page_size_limit(picture, PICTURE_PAGE)
        .set_column_dictionary_enabled(path(&["image", "path"]), false)
        .set_column_dictionary_enabled(path(&["id"]), false)
        .set_column_statistics_enabled(path(&[CARRIER]), EnabledStatistics::None);
    let axes = coordinates(info).map(|axis| path(&[&axis]));
    let blocks = info
        .blocks
        .iter()
        .map(|b| path(&[&b.name, "list", "element"]));
    for column in blocks.chain(axes) {
        builder = builder
            .set_column_encoding(column.clone(), Encoding::BYTE_STREAM_SPLIT)
            .set_column_dictionary_enabled(column.clone(), false)
            .set_column_statistics_enabled(column, EnabledStatistics::None);
    }
    builder.build()
}

/// What Hugging Face's `datasets` wants to know, so that it shows `image` as a picture.
fn hugging_face_features(schema: &Schema, info: &CatalogInfo) -> String {
    let mut features = serde_json::Map::new();
    let value = |dtype: &str| serde_json::json!({ "dtype": dtype, "_type": "Value" });
    for field in schema.fields() {
        let feature = match field.data_type() {
            DataType::Struct(_) => serde_json::json!({ "_type": "Image" }),
            DataType::FixedSizeList(_, dims) => {
                serde_json::json!({ "feature": value("float32"), "length": dims, "_type": "Sequence" })
            }
            DataType::Int64 => value("int64"),
            DataType::Float64 => value("float64"),
            DataType::Float32 => value("float32"),
            DataType::Boolean => value("bool"),
            _ => value("string"),
        };
        features.insert(field.name().clone(), feature);
    }
    let description = format!("shoespace catalogue, embedded by {}", info.embedder.name);
    serde_json::json!({ "info": { "description": description, "features": features } }).to_string()
}

#[cfg(test)]
mod foreign_tests;
#[cfg(test)]
mod tests;
