//! Data sets in the formats that others made: Hugging Face's Parquet, WebDataset, COCO.

use super::*;
use ::parquet::arrow::ArrowWriter;
use arrow_array::{ArrayRef, BinaryArray, Int64Array, RecordBatch, StringArray, StructArray};
use arrow_schema::{DataType, Field, Fields, Schema};

const FEATURES: &str = r#"{"info": {"features": {"image": {"_type": "Image"},
    "label": {"names": ["sneaker", "boot"], "_type": "ClassLabel"}, "price": {"dtype": "int64", "_type": "Value"}}}}"#;

/// A data set as the Hub keeps it: pictures of these shades, labels 0 and 1 in turn, a price.
fn hub_parquet(shades: &[u8], is_plain: bool) -> Vec<u8> {
    let pictures: Vec<Vec<u8>> = shades.iter().map(|&shade| png(shade)).collect();
    let bytes: ArrayRef = Arc::new(BinaryArray::from_iter_values(&pictures));
    let image: ArrayRef = match is_plain {
        true => bytes,
        false => {
            let names = shades.iter().map(|shade| format!("{shade}.png"));
            let names: ArrayRef = Arc::new(StringArray::from_iter_values(names));
            let fields = Fields::from(vec![
                Field::new("bytes", DataType::Binary, true),
                Field::new("path", DataType::Utf8, true),
            ]);
            Arc::new(StructArray::new(fields, vec![bytes, names], None))
        }
    };
    let count = shades.len() as i64;
    let labels: ArrayRef = Arc::new(Int64Array::from_iter_values((0..count).map(|n| n % 2)));
    let prices: ArrayRef = Arc::new(Int64Array::from_iter_values((0..count).map(|n| 10 + n)));
    let fields = vec![
        Field::new("image", image.data_type().clone(), true),
        Field::new("label", DataType::Int64, true),
        Field::new("price", DataType::Int64, true),
    ];
    let told: std::collections::HashMap<String, String> =
        [("huggingface".to_owned(), FEATURES.to_owned())].into();
    let schema = Arc::new(Schema::new_with_metadata(fields, told));
    let batch = RecordBatch::try_new(schema.clone(), vec![image, labels, prices]).unwrap();
    let mut file = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut file, schema, None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    file
}

#[test]
fn a_parquet_data_set_brings_pictures_labels_and_splits() {
    let place = Place::new();
    place
        .put(
            "data/train-00000-of-00001.parquet",
            hub_parquet(&[3, 4, 5], false),
        )
        .put(
            "data/test-00000-of-00001.parquet",
            hub_parquet(&[6, 7], false),
        )
        .put("README.md", "a card");
    let import = place.open_with(None, None).unwrap();
    assert_eq!(formats(&import), ["parquet"]);
    assert_eq!(import.len(), 5);
    let row = |wanted: u8| (0..5).find(|&row| shade(&import, row) == wanted).unwrap();
    for (wanted, label, price, split) in [
        (3, "sneaker", "10", "train"),
        (4, "boot", "11", "train"),
        (7, "boot", "11", "test"),
    ] {
        let row = row(wanted);
        assert_eq!(texts(&import, "label")[row], label);
        assert_eq!(texts(&import, "price")[row], price);
        assert_eq!(texts(&import, "split")[row], split);
    }
    // One file alone, and pictures in a column of bytes.
    let single = Place::new();
    single.put("shoes.parquet", hub_parquet(&[8, 9], true));
    let path = single.folder.path().join("shoes.parquet");
    let import = Import::open(&[path], &ImportOptions::default(), &Job::new()).unwrap();
    assert_eq!((import.len(), shade(&import, 1)), (2, 9));
}

#[test]
fn a_parquet_file_that_is_cut_short_is_named() {
    let place = Place::new();
    let whole = hub_parquet(&[1, 2, 3], false);
    place.put("half.parquet", &whole[..whole.len() / 2]);
    let path = place.folder.path().join("half.parquet");
    let error = Import::open(&[path], &ImportOptions::default(), &Job::new()).unwrap_err();
    assert!(error.to_string().contains("half.parquet"), "{error}");
}

/// A tar of these files.
fn tar(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut tar = ::tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = ::tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, name, bytes.as_slice())
            .unwrap();
    }
    tar.into_inner().unwrap()
}

#[test]
fn samples_of_a_webdataset_are_joined_by_their_key() {
    let place = Place::new();
    let shard = tar(&[
        ("0001.png", png(21)),
        ("0001.json", br#"{"colour": "red", "price": 20}"#.to_vec()),
        ("0002.png", png(22)),
        ("0002.json", br#"{"colour": "blue"}"#.to_vec()),
        ("0003.json", br#"{"colour": "nothing"}"#.to_vec()),
    ]);
    place.put("shoes-000.tar", shard);
    let path = place.folder.path().join("shoes-000.tar");
    let import = Import::open(&[path], &ImportOptions::default(), &Job::new()).unwrap();
    assert_eq!(formats(&import), ["webdataset"]);
    assert_eq!(ids(&import), ["0001", "0002"]);
    assert_eq!(texts(&import, "colour"), ["red", "blue"]);
    assert_eq!(texts(&import, "price"), ["20", ""]);
    assert_eq!(shade(&import, 1), 22);
    let left = import.fates.left_out();
    assert_eq!(
        left.iter().map(|kind| kind.count).sum::<u64>(),
        1,
        "{left:?}"
    );
}

#[test]
fn a_plain_tar_is_a_folder() {
    let place = Place::new();
    place.put(
        "photos.tar",
        tar(&[("boots/a.png", png(1)), ("heels/b.png", png(2))]),
    );
    let path = place.folder.path().join("photos.tar");
    let import = Import::open(&[path], &ImportOptions::default(), &Job::new()).unwrap();
    assert_eq!(formats(&import), ["folder"]);
    assert_eq!(texts(&import, "category"), ["boots", "heels"]);
    assert_eq!(shade(&import, 1), 2);
}

#[test]
fn coco_tells_the_category_of_the_largest_box_and_cuts_to_it() {
    let picture = image::RgbImage::from_fn(100, 60, |x, _| {
        image::Rgb(if x < 50 { [200, 0, 0] } else { [0, 0, 200] })
    });
    let place = Place::new();
    let annotations = r#"{
        "images": [{"id": 7, "file_name": "a.png", "width": 100, "height": 60},
                   {"id": 8, "file_name": "b.png", "width": 100, "height": 60}],
        "categories": [{"id": 1, "name": "boot", "supercategory": "shoe"}, {"id": 2, "name": "bag"}],
        "annotations": [{"id": 1, "image_id": 7, "category_id": 2, "bbox": [60, 5, 10, 10]},
                        {"id": 2, "image_id": 7, "category_id": 1, "bbox": [2, 5, 30, 40]}]}"#;
    place
        .put("images/a.png", picture::encode_png(&picture))
        .put("images/b.png", png(9))
        .put("annotations/instances_val2017.json", annotations);
    let import = place.open();
    assert_eq!(formats(&import), ["coco"]);
    assert_eq!(texts(&import, "category"), ["boot", ""]);
    assert_eq!(texts(&import, "split"), ["validation", "validation"]);
    let cut = import.shoes[0].read().unwrap().decoded.picture;
    assert!(
        cut.width() < 50 && cut.height() < 60,
        "{:?}",
        cut.dimensions()
    );
    assert!(cut.pixels().all(|pixel| pixel.0 == [200, 0, 0]));
    assert!(
        import
            .notes
            .iter()
            .any(|note| note.contains("several boxes"))
    );
}
