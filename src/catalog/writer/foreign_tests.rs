//! Catalogues in other programs' hands: what they are told, and what comes back from them.

use super::*;
use crate::catalog::fixture::Fixture;
use crate::catalog::{Catalog, Values};
use crate::job::Job;
use arrow_array::builder::StringDictionaryBuilder;
use arrow_array::cast::AsArray as _;
use arrow_array::types::{Float32Type, Int32Type};
use arrow_array::{
    BinaryViewArray, Date32Array, Float64Array, Int64Array, LargeListArray, LargeStringArray,
    ListArray, NullArray, StringViewArray,
};
use arrow_schema::DataType;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

/// A catalogue of `rows` shoes, written whole, with a space and a user's own `colour`.
fn written(folder: &Path, rows: usize) -> PathBuf {
    let first = folder.join("first.parquet");
    let path = folder.join("shoes.parquet");
    let shoe = |row: usize| NewShoe {
        id: String::new(),
        picture: crate::catalog::picture::encode_png(&image::RgbImage::from_pixel(
            2,
            2,
            image::Rgb([row as u8, 0, 9]),
        )),
        path: format!("{row}.png"),
        blocks: vec![vec![row as f32, 1.0, -2.0]],
        position: [row as f32, 0.5, -1.0],
    };
    let word = |row: usize| Some(["red", "blau", "größer"][row % 3]);
    let catalog = Fixture::new([("style", 3)])
        .column("colour", Values::text((0..rows).map(word)))
        .column(
            "id",
            Values::Integer((0..rows).map(|r| Some(r as i64)).collect()),
        )
        .column("price", Values::Real(vec![Some(9.5); rows]))
        .shoes((0..rows).map(shoe))
        .open(&first);
    let mut info = catalog.info().clone();
    info.roles.colour = Some("colour".to_owned());
    info.extra
        .insert("learned".to_owned(), "x".repeat(3000).into());
    let changes = Changes {
        info: Some(info),
        ..Changes::default()
    };
    catalog.rewrite(&path, &changes, &Job::new()).unwrap();
    std::fs::remove_file(first).unwrap();
    path
}

/// The table of a file as Arrow has it.
fn table(path: &Path) -> RecordBatch {
    let file = std::fs::File::open(path).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    let schema = reader.schema().clone();
    let batches: Vec<_> = reader.with_batch_size(1 << 20).build().unwrap().collect();
    let mut batches = batches.into_iter().map(Result::unwrap);
    let batch = batches.next().unwrap();
    assert!(batches.next().is_none(), "one batch");
    RecordBatch::try_new(schema, batch.columns().to_vec()).unwrap()
}

/// Writes columns as a program that keeps no metadata at all.
fn put(path: &Path, columns: Vec<(&str, ArrayRef)>) {
    let columns = columns.into_iter().map(|(name, array)| (name, array, true));
    let batch = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
    let file = std::fs::File::create(path).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

#[test]
fn the_schema_is_what_other_programs_look_at() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path(), 5);
    let file = std::fs::File::open(&path).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    let pairs = reader
        .metadata()
        .file_metadata()
        .key_value_metadata()
        .unwrap();
    let pair = |key: &str| {
        pairs
            .iter()
            .find(|p| p.key == key)
            .map(|p| p.value.clone().unwrap())
    };
    assert!(pair("shoespace").is_some());
    assert!(
        pair("huggingface").is_none(),
        "Arrow C++ does not look there"
    );
    // Only Arrow's own schema, without what parquet adds to it.
    let schema = pair(ARROW_SCHEMA_META_KEY).unwrap();
    let alone = parquet::file::metadata::KeyValue::new(ARROW_SCHEMA_META_KEY.to_owned(), schema);
    let descriptor = reader.metadata().file_metadata().schema_descr();
    let schema = parquet::arrow::parquet_to_arrow_schema(descriptor, Some(&vec![alone])).unwrap();
    let features: serde_json::Value =
        serde_json::from_str(schema.metadata().get("huggingface").unwrap()).unwrap();
    let features = &features["info"]["features"];
    assert_eq!(features["image"]["_type"], "Image");
    assert_eq!(features["style"]["length"], 3);
    assert!(
        schema
            .metadata()
            .get(PANDAS_KEY)
            .unwrap()
            .contains("fixture")
    );
    // All may be missing, elements of lists too; and every field has its feature.
    for field in schema.fields() {
        assert!(field.is_nullable(), "{field}");
        if let DataType::FixedSizeList(inner, _) = field.data_type() {
            assert!(inner.is_nullable(), "{field}");
        }
        assert!(features.get(field.name()).is_some(), "{field}");
    }
    let names: Vec<_> = schema.fields().iter().map(|f| f.name().as_str()).collect();
    assert_eq!(
        names,
        [
            "id",
            "image",
            "user:colour",
            "user:id",
            "price",
            "style",
            "x",
            "y",
            "z",
            "shoespace"
        ]
    );
}

#[test]
fn a_users_column_keeps_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(&written(folder.path(), 9)).unwrap();
    let names: Vec<_> = catalog.columns().iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["colour", "id", "price"]);
    let filters = crate::catalog::filter::Filters::parse(["COLOUR=red", "id>=4"]).unwrap();
    let mask = filters.mask(&catalog).unwrap();
    let ids: Vec<_> = (0..9)
        .filter(|&row| mask[row])
        .map(|row| catalog.id(row))
        .collect();
    assert_eq!(ids, ["shoe-6"]);
    let role = crate::catalog::roles::column_of(&catalog, crate::catalog::roles::Role::Colour);
    assert_eq!(role.unwrap().name, "colour");
    // Written again, it is still so.
    let again = folder.path().join("again.parquet");
    catalog
        .rewrite(&again, &Changes::default(), &Job::new())
        .unwrap();
    let again = Catalog::open(&again).unwrap();
    assert_eq!(again.columns(), catalog.columns());
    assert!(again.column("user:colour").is_none());
}

#[test]
fn rows_alone_give_the_catalogue_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path(), 1000);
    let whole = Catalog::open(&path).unwrap();
    let table = table(&path);
    let some = table.slice(200, 500);
    let named = |batch: &RecordBatch| -> Vec<(String, ArrayRef)> {
        let fields = batch.schema();
        let names = fields.fields().iter().map(|f| f.name().clone());
        names.zip(batch.columns().iter().cloned()).collect()
    };
    let columns = named(&some);
    let columns = || {
        columns
            .iter()
            .map(|(n, a)| (n.as_str(), a.clone()))
            .collect::<Vec<_>>()
    };
    put(&path, columns());
    let catalog = Catalog::open(&path).unwrap();
    assert_eq!((catalog.len(), catalog.id(0)), (500, "shoe-200"));
    assert_eq!(catalog.info(), whole.info());
    assert_eq!(catalog.columns().len(), 3);
    // With that column lost too, the message says what to do.
    put(
        &path,
        columns()
            .into_iter()
            .filter(|(name, _)| *name != "shoespace")
            .collect(),
    );
    let message = Catalog::open(&path).unwrap_err().to_string();
    assert!(
        message.contains("shoespace")
            && message.contains("network")
            && message.contains("other-tools"),
        "{message}"
    );
    put(
        &path,
        columns()
            .into_iter()
            .filter(|(name, _)| *name != "y")
            .collect(),
    );
    let message = Catalog::open(&path).unwrap_err().to_string();
    assert!(message.contains("no column `y`"), "{message}");
    put(
        &path,
        columns()
            .into_iter()
            .filter(|(name, _)| *name != "style")
            .collect(),
    );
    let message = Catalog::open(&path).unwrap_err().to_string();
    assert!(message.contains("`style` of 3 numbers"), "{message}");
}

#[test]
fn what_pandas_keeps_is_enough() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path(), 4);
    let whole = Catalog::open(&path).unwrap();
    let table = table(&path);
    let kept = table.schema().metadata().get(PANDAS_KEY).unwrap().clone();
    // pandas adds the numbers of the rows that a filter left, and drops our column if it is told to.
    let mut columns: Vec<(String, ArrayRef)> = (table.schema().fields().iter())
        .map(|f| f.name().clone())
        .zip(table.columns().iter().cloned())
        .filter(|(name, _)| name != CARRIER)
        .collect();
    let index: ArrayRef = Arc::new(Int64Array::from(vec![0, 1, 2, 3]));
    columns.push(("__index_level_0__".to_owned(), index));
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let schema = Schema::clone(&batch.schema()).with_metadata([(PANDAS_KEY.to_owned(), kept)]);
    let batch = batch.with_schema(Arc::new(schema)).unwrap();
    let file = std::fs::File::create(&path).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let catalog = Catalog::open(&path).unwrap();
    assert_eq!(catalog.info(), whole.info());
    let names: Vec<_> = catalog.columns().iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["colour", "id", "price"]);
}

#[test]
fn other_types_of_the_same_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path(), 3);
    let whole = Catalog::open(&path).unwrap();
    let before = table(&path);
    let get = |name: &str| before.column_by_name(name).unwrap().clone();
    let image = get("image");
    let bytes = image.as_struct().column(0).as_binary::<i32>().clone();
    let style = get("style");
    let numbers = style
        .as_fixed_size_list()
        .values()
        .as_primitive::<Float32Type>()
        .clone();
    let rows = (0..3).map(|row| Some(numbers.slice(row * 3, 3).iter().collect::<Vec<_>>()));
    let large_list: ArrayRef = Arc::new(LargeListArray::from_iter_primitive::<Float32Type, _, _>(
        rows.clone(),
    ));
    let doubles = rows.map(|row| {
        row.map(|row| {
            row.into_iter()
                .map(|x| x.map(f64::from))
                .collect::<Vec<_>>()
        })
    });
    let list: ArrayRef = Arc::new(ListArray::from_iter_primitive::<
        arrow_array::types::Float64Type,
        _,
        _,
    >(doubles));
    let views: ArrayRef = Arc::new(bytes.iter().collect::<BinaryViewArray>());
    let nothing: ArrayRef = Arc::new(NullArray::new(3));
    let paths: ArrayRef = Arc::new(LargeStringArray::from(vec!["0.png", "1.png", "2.png"]));
    let turned: ArrayRef = Arc::new(StructArray::from(vec![
        (
            Arc::new(Field::new("path", DataType::LargeUtf8, true)),
            paths,
        ),
        (
            Arc::new(Field::new("bytes", DataType::BinaryView, true)),
            views.clone(),
        ),
    ]));
    let without: ArrayRef = Arc::new(StructArray::from(vec![
        (
            Arc::new(Field::new("bytes", DataType::BinaryView, true)),
            views.clone(),
        ),
        (
            Arc::new(Field::new("path", DataType::Null, true)),
            nothing.clone(),
        ),
    ]));
    let mut colours = StringDictionaryBuilder::<Int32Type>::new();
    ["red", "blau", "größer"]
        .iter()
        .for_each(|word| colours.append_value(word));
    let colours: ArrayRef = Arc::new(colours.finish());
    let carried: ArrayRef = Arc::new(
        get("shoespace")
            .as_string::<i32>()
            .iter()
            .collect::<StringViewArray>(),
    );
    let wide = |name| -> ArrayRef {
        let values = get(name);
        Arc::new(
            values
                .as_primitive::<Float32Type>()
                .iter()
                .map(|x| x.map(f64::from))
                .collect::<Float64Array>(),
        )
    };
    let days: ArrayRef = Arc::new(Date32Array::from(vec![Some(20_782), None, Some(0)]));
    for (image, style) in [
        (turned, large_list),
        (without, list.clone()),
        (views.clone(), list),
    ] {
        let ids: ArrayRef = Arc::new(LargeStringArray::from(vec!["shoe-0", "shoe-1", "shoe-2"]));
        let path = folder.path().join("other.parquet");
        put(
            &path,
            vec![
                ("image", image),
                ("style", style),
                ("shoespace", carried.clone()),
                ("x", wide("x")),
                ("y", wide("y")),
                ("z", wide("z")),
                ("id", ids),
                ("user:colour", colours.clone()),
                ("seen", days.clone()),
                ("note", nothing.clone()),
            ],
        );
        let catalog = Catalog::open(&path).unwrap();
        assert_eq!(catalog.positions(), whole.positions());
        assert_eq!(catalog.info(), whole.info());
        assert_eq!(
            catalog.block("style").unwrap().values,
            whole.block("style").unwrap().values
        );
        assert_eq!(
            catalog.picture_bytes(2).unwrap(),
            whole.picture_bytes(2).unwrap()
        );
        let path_of_picture = catalog.picture_path(1).unwrap();
        assert!(path_of_picture.is_none_or(|path| path == "1.png"));
        assert_eq!(
            catalog.column("colour").unwrap().text(2).as_deref(),
            Some("größer")
        );
        let seen = catalog.column("seen").unwrap();
        assert_eq!(
            (seen.text(0).as_deref(), seen.text(1)),
            (Some("2026-11-25"), None)
        );
        assert_eq!(catalog.column("note").unwrap().text(0), None);
        // And written by us again.
        let again = folder.path().join("again.parquet");
        catalog
            .rewrite(&again, &Changes::default(), &Job::new())
            .unwrap();
        let again = Catalog::open(&again).unwrap();
        assert_eq!(
            again.picture_bytes(1).unwrap(),
            whole.picture_bytes(1).unwrap()
        );
        assert_eq!(
            again.block("style").unwrap().values,
            whole.block("style").unwrap().values
        );
    }
}

#[test]
fn numbers_that_are_none_are_told_by_the_shoes_id() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path(), 4);
    let before = table(&path);
    let columns = |name: &str, new: ArrayRef| -> Vec<(String, ArrayRef)> {
        let fields = before.schema();
        let columns = fields.fields().iter().zip(before.columns());
        columns
            .map(|(f, a)| {
                (
                    f.name().clone(),
                    if f.name() == name {
                        new.clone()
                    } else {
                        a.clone()
                    },
                )
            })
            .collect()
    };
    let put_with = |name: &str, new: ArrayRef| {
        let columns = columns(name, new);
        put(
            &path,
            columns
                .iter()
                .map(|(n, a)| (n.as_str(), a.clone()))
                .collect(),
        );
    };
    let style = |wrong: Option<f32>| -> ArrayRef {
        let row = |row| {
            Some(vec![
                Some(1.0),
                if row == 2 { wrong } else { Some(0.0) },
                Some(2.0),
            ])
        };
        Arc::new(ListArray::from_iter_primitive::<Float32Type, _, _>(
            (0..4).map(row),
        ))
    };
    for (wrong, told) in [
        (Some(f32::NAN), "NaN"),
        (Some(f32::NEG_INFINITY), "infinite"),
        (Some(1e6), "too large"),
        (None, "not 3 numbers"),
    ] {
        put_with("style", style(wrong));
        let message = Catalog::open(&path)
            .unwrap()
            .block("style")
            .unwrap_err()
            .to_string();
        assert!(
            message.contains("`style` of shoe shoe-2") && message.contains(told),
            "{message}"
        );
    }
    let ragged = [3, 2, 3, 3].map(|n| Some(vec![Some(1.0); n]));
    put_with(
        "style",
        Arc::new(ListArray::from_iter_primitive::<Float32Type, _, _>(ragged)),
    );
    let catalog = Catalog::open(&path).unwrap();
    let message = catalog.block("style").unwrap_err().to_string();
    assert!(message.contains("shoe-1"), "{message}");
    let out = folder.path().join("out.parquet");
    assert!(
        catalog
            .rewrite(&out, &Changes::default(), &Job::new())
            .is_err()
            && !out.exists()
    );
    put_with(
        "y",
        Arc::new(Float32Array::from(vec![
            Some(0.0),
            Some(1.0),
            Some(2.0),
            None,
        ])),
    );
    let message = Catalog::open(&path).unwrap_err().to_string();
    assert!(message.contains("`y` of shoe shoe-3"), "{message}");
    // Nor is one written.
    let mut writer = CatalogWriter::create(&out, Fixture::new([("style", 1)]).info, &[]).unwrap();
    let shoe = NewShoe {
        id: "bad".to_owned(),
        blocks: vec![vec![f32::NAN]],
        ..NewShoe::default()
    };
    let message = writer.push(&[shoe], &[]).unwrap_err().to_string();
    assert!(message.contains("`style` of shoe bad"), "{message}");
}

#[test]
fn a_catalogue_of_before_still_opens() {
    // As it was written before: nothing may be missing, and the metadata stand beside Arrow's schema.
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path(), 50);
    let whole = Catalog::open(&path).unwrap();
    let now = table(&path);
    let element = Arc::new(Field::new("element", DataType::Float32, false));
    let style = now
        .column_by_name("style")
        .unwrap()
        .as_fixed_size_list()
        .values()
        .clone();
    let style = FixedSizeListArray::new(element, 3, style, None);
    let mut columns: Vec<(&str, ArrayRef, bool)> = vec![("style", Arc::new(style), false)];
    for (name, before) in [
        ("id", "id"),
        ("image", "image"),
        ("price", "price"),
        ("user:colour", "colour_label"),
        ("x", "x"),
        ("y", "y"),
        ("z", "z"),
    ] {
        columns.push((before, now.column_by_name(name).unwrap().clone(), false));
    }
    let batch = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
    let old = folder.path().join("old.parquet");
    let file = std::fs::File::create(&old).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    let json = serde_json::to_string(whole.info()).unwrap();
    writer.append_key_value_metadata(KeyValue::new("shoespace".to_owned(), json));
    writer.close().unwrap();
    let old = Catalog::open(&old).unwrap();
    assert_eq!(old.info(), whole.info());
    assert_eq!(
        old.block("style").unwrap().values,
        whole.block("style").unwrap().values
    );
    assert_eq!(
        old.picture_bytes(49).unwrap(),
        whole.picture_bytes(49).unwrap()
    );
    assert_eq!(
        old.column("colour_label").unwrap().text(1).as_deref(),
        Some("blau")
    );
}
