//! For Embedding Atlas: a Parquet file with the metadata, two coordinates, pictures and neighbours.
//!
//! Pictures are structs with `bytes`, as Atlas shows them; neighbours are structs of `ids` (rows, counted from 0, each
//! shoe its own first) and `distances`, as its `--neighbors` takes them.

use super::ExportError;
use crate::atomic_file;
use crate::catalog::{Catalog, Values, same_letters};
use crate::job::Job;
use crate::recommend::search::SearchOptions;
use crate::recommend::{RecommendError, Recommender};
use arrow_array::types::{Float32Type, Int64Type};
use arrow_array::{
    ArrayRef, BinaryArray, BooleanArray, Float32Array, Float64Array, Int64Array, ListArray,
    RecordBatch, StringArray, StructArray,
};
use arrow_schema::{DataType, Field, Fields};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// The column of neighbours.
pub const NEIGHBOURS: &str = "neighbors";

/// Neighbours of a shoe, itself among them: as many as Atlas finds by itself.
const K: usize = 15;

/// Shoes that are written at a time.
const BATCH: usize = 1024;

/// The columns that are not the user's.
const OWN: [&str; 5] = ["id", "x", "y", "image", NEIGHBOURS];

/// Writes the file; it is there whole, or an old one is as it was.
pub(super) fn write(recommender: &Recommender, path: &Path, job: &Job) -> Result<(), ExportError> {
    let catalog = recommender.catalog();
    let encode = |error: &dyn std::fmt::Display| ExportError::Encode {
        path: path.to_owned(),
        reason: error.to_string(),
    };
    let failed = ExportError::write(path);
    let temporary = atomic_file::create(path).map_err(&failed)?;
    let file = temporary.as_file().try_clone().map_err(&failed)?;
    let first = batch(recommender, 0..0)?;
    let first = RecordBatch::try_from_iter_with_nullable(first).map_err(|e| encode(&e))?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3).unwrap_or_default()))
        .build();
    let mut writer = ArrowWriter::try_new(file, first.schema(), Some(properties))
        .map_err(|error| encode(&error))?;
    job.stage("Finding neighbours", Some(catalog.len() as u64));
    for start in (0..catalog.len()).step_by(BATCH) {
        job.check()?;
        let rows = start..catalog.len().min(start + BATCH);
        let steps = rows.len() as u64;
        let batch = batch(recommender, rows)?;
        let batch = RecordBatch::try_from_iter_with_nullable(batch).map_err(|e| encode(&e))?;
        writer.write(&batch).map_err(|error| encode(&error))?;
        job.advance(steps);
    }
    writer.close().map_err(|error| encode(&error))?;
    atomic_file::commit(temporary, path).map_err(failed)
}

/// The columns of some rows: name, values, and that all may be missing.
fn batch(
    recommender: &Recommender,
    rows: Range<usize>,
) -> Result<Vec<(String, ArrayRef, bool)>, ExportError> {
    let catalog = recommender.catalog();
    let mut columns: Vec<(String, ArrayRef)> = Vec::new();
    let ids = StringArray::from_iter_values(rows.clone().map(|row| catalog.id(row)));
    columns.push(("id".to_owned(), Arc::new(ids)));
    for column in catalog.columns() {
        let is_taken = OWN.iter().any(|own| same_letters(own, &column.name));
        let name = match is_taken {
            true => format!("user:{}", column.name),
            false => column.name.clone(),
        };
        columns.push((name, values(&column.values, column, &rows)));
    }
    for (axis, name) in ["x", "y"].into_iter().enumerate() {
        let positions = &catalog.positions()[rows.clone()];
        let values = Float32Array::from_iter_values(positions.iter().map(|p| p[axis]));
        columns.push((name.to_owned(), Arc::new(values)));
    }
    columns.push(("image".to_owned(), pictures(catalog, &rows)?));
    columns.push((NEIGHBOURS.to_owned(), neighbours(recommender, &rows)?));
    let columns = columns.into_iter();
    Ok(columns.map(|(name, values)| (name, values, true)).collect())
}

fn values(values: &Values, column: &crate::catalog::Column, rows: &Range<usize>) -> ArrayRef {
    let rows = rows.clone();
    match values {
        Values::Text { .. } => Arc::new(StringArray::from_iter(rows.map(|row| column.text(row)))),
        Values::Integer(v) => Arc::new(Int64Array::from(v[rows].to_vec())),
        Values::Real(v) => Arc::new(Float64Array::from(v[rows].to_vec())),
        Values::Boolean(v) => Arc::new(BooleanArray::from(v[rows].to_vec())),
    }
}

fn pictures(catalog: &Catalog, rows: &Range<usize>) -> Result<ArrayRef, ExportError> {
    let mut bytes = Vec::with_capacity(rows.len());
    let mut paths = Vec::with_capacity(rows.len());
    for row in rows.clone() {
        bytes.push(catalog.picture_bytes(row)?);
        paths.push(catalog.picture_path(row)?);
    }
    let fields = Fields::from(vec![
        Field::new("bytes", DataType::Binary, true),
        Field::new("path", DataType::Utf8, true),
    ]);
    let bytes: ArrayRef = Arc::new(BinaryArray::from_iter_values(bytes));
    let paths: ArrayRef = Arc::new(StringArray::from(paths));
    Ok(Arc::new(StructArray::new(fields, vec![bytes, paths], None)))
}

fn neighbours(recommender: &Recommender, rows: &Range<usize>) -> Result<ArrayRef, ExportError> {
    let embeddings = recommender.embeddings();
    let queries: Vec<Vec<f32>> = rows.clone().map(|row| embeddings.row_f32(row)).collect();
    let queries: Vec<&[f32]> = queries.iter().map(Vec::as_slice).collect();
    let k = K.min(embeddings.len());
    let options = SearchOptions {
        k,
        ..SearchOptions::default()
    };
    let found = match queries.is_empty() {
        true => Vec::new(),
        false => (recommender.index().nearest(&queries, &options)).map_err(RecommendError::from)?,
    };
    let (mut ids, mut distances) = (Vec::new(), Vec::new());
    for (row, hits) in rows.clone().zip(found) {
        // Itself first, also where others look the same. All shoes have as many, since Atlas stacks them.
        let others = hits.into_iter().filter(|hit| hit.row != row);
        let others: Vec<_> = others.take(k.saturating_sub(1)).collect();
        let of_others = others.iter().map(|hit| Some(hit.row as i64));
        ids.push(Some(
            std::iter::once(Some(row as i64))
                .chain(of_others)
                .collect::<Vec<_>>(),
        ));
        let of_others = others.iter().map(|hit| Some((1.0 - hit.score).max(0.0)));
        distances.push(Some(
            std::iter::once(Some(0.0))
                .chain(of_others)
                .collect::<Vec<_>>(),
        ));
    }
    let ids: ArrayRef = Arc::new(ListArray::from_iter_primitive::<Int64Type, _, _>(ids));
    let distances: ArrayRef = Arc::new(ListArray::from_iter_primitive::<Float32Type, _, _>(
        distances,
    ));
    let field =
        |name: &str, array: &ArrayRef| Arc::new(Field::new(name, array.data_type().clone(), true));
    Ok(Arc::new(StructArray::from(vec![
        (field("ids", &ids), ids),
        (field("distances", &distances), distances),
    ])))
}

#[cfg(test)]
mod tests {
    use super::super::{Target, export_for};
    use super::*;
    use crate::catalog::fixture::Fixture;
    use crate::catalog::writer::NewShoe;
    use arrow_array::cast::AsArray as _;
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

    #[test]
    fn atlas_finds_what_it_looks_for() {
        let place = tempfile::tempdir().unwrap();
        let shoe = |row: u8| NewShoe {
            picture: vec![row, 1],
            path: format!("{row}.png"),
            // Shoes 20 to 39 are all the same.
            blocks: vec![vec![
                f32::from(row.min(20)),
                1.0,
                f32::from(row.min(20)).sin(),
            ]],
            position: [f32::from(row), 2.0, 3.0],
            ..NewShoe::default()
        };
        let catalog = Fixture::new([("style", 3)])
            .column("X", Values::Integer((0..40).map(Some).collect()))
            .column(
                "kind",
                Values::text((0..40).map(|r| (r > 3).then_some("Boot"))),
            )
            .shoes((0..40).map(shoe))
            .open(&place.path().join("shoes.parquet"));
        let recommender = Recommender::new(Arc::new(catalog)).unwrap();
        let path = place.path().join("atlas.parquet");
        export_for(Target::Atlas, &recommender, &path, &Job::new()).unwrap();
        let file = std::fs::File::open(&path).unwrap();
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
        let batch = reader.build().unwrap().next().unwrap().unwrap();
        let schema = batch.schema();
        let names: Vec<_> = schema.fields().iter().map(|f| f.name().as_str()).collect();
        assert_eq!(
            names,
            ["id", "user:X", "kind", "x", "y", "image", "neighbors"]
        );
        let image = batch.column(5).as_struct();
        assert_eq!(image.column(0).as_binary::<i32>().value(7), [7, 1]);
        let neighbours = batch.column(6).as_struct();
        let ids = neighbours.column_by_name("ids").unwrap().as_list::<i32>();
        let distances = neighbours
            .column_by_name("distances")
            .unwrap()
            .as_list::<i32>();
        let weights = crate::recommend::Weights {
            blocks: [("style".to_owned(), 1.0)].into(),
            ..Default::default()
        };
        for row in 0..40 {
            let ids = ids.value(row);
            let ids = ids.as_primitive::<Int64Type>().values().to_vec();
            let distances = distances.value(row);
            let distances = distances.as_primitive::<Float32Type>().values().to_vec();
            assert_eq!((ids.len(), distances.len()), (K, K));
            assert_eq!((ids[0], distances[0]), (row as i64, 0.0));
            assert!(distances.is_sorted() && !ids[1..].contains(&(row as i64)));
            let wanted = recommender
                .neighbours(&[row], &weights, K - 1, None)
                .unwrap();
            if row < 20 {
                let found: Vec<_> = ids[1..4].iter().map(|&id| id as usize).collect();
                assert_eq!(found, wanted[0][..3]);
            }
        }
    }
}
