//! Files that claim more than they hold.

use crate::catalog::{Catalog, CatalogError};
use arrow_array::builder::{Float32Builder, ListBuilder};
use arrow_array::{ArrayRef, BinaryArray, Float32Array, RecordBatch, StringArray, new_null_array};
use arrow_schema::DataType;
use parquet::arrow::ArrowWriter;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use std::path::Path;
use std::sync::Arc;

/// Opens a catalogue of these ids, whose blocks are lists of four numbers and are said to be of `dims`.
fn open(folder: &Path, ids: ArrayRef, dims: usize) -> Result<Catalog, CatalogError> {
    let rows = ids.len();
    let numbers: ArrayRef = Arc::new(Float32Array::from(vec![1.0; rows]));
    let mut style = ListBuilder::new(Float32Builder::new());
    (0..rows).for_each(|_| style.append_value([Some(1.0); 4]));
    let columns: [(&str, ArrayRef); 6] = [
        ("id", ids),
        ("image", Arc::new(BinaryArray::from(vec![None; rows]))),
        ("style", Arc::new(style.finish())),
        ("x", numbers.clone()),
        ("y", numbers.clone()),
        ("z", numbers),
    ];
    let columns = columns.map(|(name, array)| (name, array, true));
    let batch = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
    let path = folder.join("a.parquet");
    let file = std::fs::File::create(&path).unwrap();
    let properties = WriterProperties::builder().set_dictionary_page_size_limit(1 << 26);
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties.build())).unwrap();
    writer.write(&batch).unwrap();
    let info = format!(
        r#"{{"version":1,"embedder":{{"name":"a","sha256":"b"}},"blocks":[{{"name":"style","dims":{dims}}}]}}"#
    );
    writer.append_key_value_metadata(KeyValue::new("shoespace".to_owned(), info));
    writer.close().unwrap();
    Catalog::open(&path)
}

#[test]
fn a_block_of_more_numbers_than_the_file_can_hold_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let ids = || Arc::new(StringArray::from(vec!["a", "b", "c", "d"]));
    let catalog = open(folder.path(), ids(), 4).unwrap();
    assert_eq!(catalog.block("style").unwrap().values.len(), 16);
    for dims in [1 << 27, 1 << 31, 1 << 59, 1 << 62, usize::MAX] {
        let error = open(folder.path(), ids(), dims).unwrap_err().to_string();
        assert!(error.contains("its block `style` would have"), "{error}");
    }
}

#[test]
fn rows_that_the_file_cannot_hold_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let ids = new_null_array(&DataType::Utf8, super::MANY_ROWS + 1);
    let error = open(folder.path(), ids, 4).unwrap_err().to_string();
    assert!(error.contains("row counts"), "{error}");
}

#[test]
fn one_long_word_for_all_rows_is_stored_once_and_told() {
    let folder = tempfile::tempdir().unwrap();
    let long = "a".repeat(1 << 20);
    let ids = |rows: usize| Arc::new(StringArray::from(vec![long.as_str(); rows]));
    assert_eq!(open(folder.path(), ids(20), 4).unwrap().id(19), long);
    let error = open(folder.path(), ids(300), 4).unwrap_err().to_string();
    assert!(
        error.contains("column `id` unpacks to more than"),
        "{error}"
    );
}
