//! Sources of every kind: what systems leave among photos, archives, data sets.

use super::*;
use ::parquet::arrow::ArrowWriter;
use ::parquet::file::properties::WriterProperties;
use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::{
    ArrayRef, BinaryArray, Float64Array, Int64Array, RecordBatch, StringArray, StructArray,
};
use arrow_schema::{DataType, Field, Schema};
use std::collections::HashMap;
use zip::CompressionMethod;
use zip::write::SimpleFileOptions;

fn open(path: &Path) -> Result<Import, ImportError> {
    Import::open(&[path.to_owned()], &ImportOptions::default(), &Job::new())
}

/// What was left out, as `2 in @eaDir`.
fn left_out(import: &Import) -> Vec<String> {
    let mut kinds: Vec<String> = import
        .fates
        .left_out()
        .iter()
        .map(|kind| format!("{} {}", kind.count, kind.kind))
        .collect();
    kinds.sort();
    kinds
}

/// A picture of 40×20: red to the left, blue to the right.
fn wide() -> Vec<u8> {
    picture::encode_png(&image::RgbImage::from_fn(40, 20, |x, _| {
        image::Rgb(if x < 20 { [200, 0, 0] } else { [0, 0, 200] })
    }))
}

#[test]
fn what_systems_leave_among_photos_is_counted() {
    let place = Place::new();
    place
        .put("Schuhe/a.png", png(1))
        .put("Schuhe/@eaDir/a.png/SYNOFILE_THUMB_M.jpg", png(2))
        .put("Schuhe/@eaDir/a.png/SYNOFILE_THUMB_S.jpg", png(2))
        .put("#recycle/b.png", png(3))
        .put("$RECYCLE.BIN/S-1/$R1.png", png(3))
        .put(".thumbnails/t.png", png(3))
        .put("Schuhe/Thumbs.db", "x")
        .put("Schuhe/._a.png", "x")
        .put("Schuhe/notes.txt", "x");
    let import = place.open();
    assert_eq!(ids(&import), ["a"]);
    assert_eq!(
        left_out(&import),
        [
            "1 ._ files of macOS",
            "1 .txt",
            "1 Thumbs.db",
            "1 in #recycle",
            "1 in $RECYCLE.BIN",
            "1 in .thumbnails",
            "2 in @eaDir"
        ]
    );
}

#[test]
fn pictures_are_known_by_their_first_bytes() {
    let place = Place::new();
    let report = format!("{REPORT_HEADER}\nx,a.png,taken,,a\n");
    place
        .put("ok.png", png(1))
        .put("shoe-1.jpg?v=16", png(2))
        .put("d41d8cd9", png(3))
        .put("really.csv", png(4))
        .put("photo.jpg~1", png(5))
        .put("download.part", png(6))
        .put("b.png.crdownload", png(6))
        .put("nothing", b"")
        .put("fates.csv", report)
        .put("notes.txt", "hello");
    let import = place.open();
    assert_eq!(
        ids(&import),
        ["d41d8cd9", "ok", "photo", "really.csv", "shoe-1"]
    );
    assert_eq!(shade(&import, 4), 2);
    assert_eq!(
        left_out(&import),
        [
            "1 .txt",
            "1 empty",
            "1 reports of shoespace",
            "1 unfinished (.crdownload)",
            "1 unfinished (.part)"
        ]
    );
    let notes = import.notes.join("\n");
    assert!(
        notes.contains("4 files that are not called pictures"),
        "{notes}"
    );
}

#[cfg(unix)]
#[test]
fn links_that_lead_round_are_followed_once() {
    use std::os::unix::fs::symlink;
    let place = Place::new();
    let at = place.folder.path();
    place
        .put("photos/a/1.png", png(1))
        .put("elsewhere/2.png", png(2));
    symlink(at.join("photos"), at.join("photos/a/back")).unwrap();
    symlink(at.join("photos/a"), at.join("photos/again")).unwrap();
    symlink(at.join("elsewhere"), at.join("photos/other")).unwrap();
    symlink(at.join("elsewhere"), at.join("photos/other-too")).unwrap();
    symlink(at.join("nowhere"), at.join("photos/broken")).unwrap();
    let import = open(&at.join("photos")).unwrap();
    let mut paths: Vec<&str> = import.shoes.iter().map(|shoe| shoe.path.as_str()).collect();
    paths.sort_unstable();
    assert_eq!(paths.len(), 2, "{paths:?}");
    assert_eq!(paths[0], "a/1.png");
    let told = import.fates.met().len();
    assert!(told >= 4, "{:?}", import.fates.met());
}

/// A zip of files, each packed in its way.
fn zip_of(files: &[(&str, CompressionMethod, Vec<u8>)]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("photos.zip");
    let mut zip = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
    for (name, method, bytes) in files {
        let options = SimpleFileOptions::default().compression_method(*method);
        zip.start_file(*name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap();
    (folder, path)
}

#[test]
fn zips_of_many_ways_are_read_and_never_left() {
    use CompressionMethod as M;
    let (_folder, path) = zip_of(&[
        ("./a.png", M::Stored, png(1)),
        ("C:\\photos\\b.png", M::Bzip2, png(2)),
        ("c.png", M::Zstd, png(3)),
        ("/d.png", M::Deflated, png(4)),
        ("../out.png", M::Stored, png(5)),
        ("inner.zip", M::Stored, b"PK\x03\x04".to_vec()),
    ]);
    let import = open(&path).unwrap();
    let mut shades: Vec<u8> = (0..import.len()).map(|row| shade(&import, row)).collect();
    shades.sort_unstable();
    assert_eq!(shades, [1, 2, 3, 4]);
    assert!(import.shoes.iter().all(|shoe| !shoe.path.contains("..")));
    let notes = import.notes.join("\n");
    assert!(notes.contains("leads out of the zip"), "{notes}");
    assert!(
        notes.contains("an archive in an archive is not opened"),
        "{notes}"
    );
    let (_folder, path) = zip_of(&[("inner.zip", M::Stored, b"PK\x03\x04".to_vec())]);
    let message = open(&path).unwrap_err().to_string();
    assert!(
        message.contains("1 .zip") && message.contains("unpack"),
        "{message}"
    );
}

/// Of `a.png`, shade 7, with 70,000 zeros in it, by the `inflate64` of PyPI: a copy longer than deflate knows.
const DEFLATE64: &str = "\
    UEsDBBUAAAAJAAAAIQBi39sBXwAAAMURAQAFAAAAYS5wbmfrDPBz5+WS4mJgYOD19HAJYmBgYGZgYGDiYGJgYBAS++jLwChYUJUa\
    lM8wev8PGEbjIkCEOIczAwODgKeLY0jFreSE9IQGBTYLbgbGRwzacpv4GxiAwNPVz2WdU0ITAFBLAQIVABUAAAAJAAAAIQBi39sB\
    XwAAAMURAQAFAAAAAAAAAAAAAAAAAAAAAABhLnBuZ1BLBQYAAAAAAQABADMAAACCAAAAAAA=";

/// Of `a.png`, shade 8, by Python.
const LZMA: &str = "\
    UEsDBD8AAgAOAAAAIQDpE8+eWAAAAEkAAAAFAAAAYS5wbmcJBAUAXQAAgAAARJQFxHon9vfuiY5QkIizqtVQIRkyP6SkDKFkPzVy\
    I7Sy5QhJk0Px65DvXxqxfW9gyshM246PaXed04z9MXJMnjP934+igKLA2P/0JhAAUEsBAj8DPwACAA4AAAAhAOkTz55YAAAASQAA\
    AAUAAAAAAAAAAAAAAIABAAAAAGEucG5nUEsFBgAAAAABAAEAMwAAAHsAAAAAAA==";

/// Of `a.png`, shade 9, by Python.
const XZ: &str = "\
    UEsDBBUAAABfAAAAIQCmPL5wgAAAAEkAAAAFAAAAYS5wbmf9N3pYWgAAAWki3jYCACEBFgAAAHQv5aMBAEiJUE5HDQoaCgAAAA1J\
    SERSAAAAAwAAAAIIAgAAABIW8U0AAAAQSURBVHjaY+BkYIAgBjgLAAJmADcpzriaAAAAAElFTkSuQmCCAAAAAKY8vnAAAV1JBm+T\
    IJBCmQ0BAAAAAAFZWlBLAQIVABUAAABfAAAAIQCmPL5wgAAAAEkAAAAFAAAAAAAAAAAAAAAAAAAAAABhLnBuZ1BLBQYAAAAAAQAB\
    ADMAAACjAAAAAAA=";

/// Of `a.png`, shade 1, by `zip -P secret`.
const LOCKED: &str = "\
    UEsDBBQACQAIAAmpeV1TtUvaUAAAAEkAAAAFAAAAYS5wbmfs7uSqKa6wAB3u/rD5bjoctkBe6ac4rrKboRWuZ1fOSjbS7DYnNAjd\
    0KgdLb9bNBHpTH3Ff5X/JR/Tdw2/kushnCUJpmdTFhcQIMBpk5sSvlBLBwhTtUvaUAAAAEkAAABQSwECHgMUAAkACAAJqXldU7VL\
    2lAAAABJAAAABQAAAAAAAAAAAAAApIEAAAAAYS5wbmdQSwUGAAAAAAEAAQAzAAAAgwAAAAAA";

/// The same, and `b.png`, shade 2, without a password.
const HALF_LOCKED: &str = "\
    UEsDBBQACQAIAAmpeV1TtUvaUAAAAEkAAAAFAAAAYS5wbmfs7uSqKa6wAB3u/rD5bjoctkBe6ac4rrKboRWuZ1fOSjbS7DYnNAjd\
    0KgdLb9bNBHpTH3Ff5X/JR/Tdw2/kushnCUJpmdTFhcQIMBpk5sSvlBLBwhTtUvaUAAAAEkAAABQSwMEFAAAAAgACal5XWiOQx1F\
    AAAASQAAAAUAAABiLnBuZ+sM8HPn5ZLiYmBg4PX0cAkC0sxAzMTBBCSFxD76AikBTxfHkIpbyQlJCQ0KbBbcDAwzGHi3HivvA8ox\
    eLr6uaxzSmgCAFBLAQIeAxQACQAIAAmpeV1TtUvaUAAAAEkAAAAFAAAAAAAAAAAAAACkgQAAAABhLnBuZ1BLAQIeAxQAAAAIAAmp\
    eV1ojkMdRQAAAEkAAAAFAAAAAAAAAAAAAACkgYMAAABiLnBuZ1BLBQYAAAAAAgACAGYAAADrAAAAAAA=";

/// A zip that another program made.
fn foreign_zip(text: &str) -> (tempfile::TempDir, PathBuf) {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::STANDARD.decode(text);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("photos.zip");
    std::fs::write(&path, bytes.unwrap()).unwrap();
    (folder, path)
}

#[test]
fn zips_of_rare_packings_are_read() {
    for (text, expected) in [(DEFLATE64, 7), (LZMA, 8), (XZ, 9)] {
        let (_folder, path) = foreign_zip(text);
        let import = open(&path).unwrap();
        assert_eq!((import.len(), shade(&import, 0)), (1, expected));
    }
}

#[test]
fn what_is_locked_with_a_password_is_told() {
    let (_folder, path) = foreign_zip(LOCKED);
    let message = open(&path).unwrap_err().to_string();
    assert!(
        message.contains("photos.zip")
            && message.contains("password")
            && message.contains("unpack"),
        "{message}"
    );
    let (_folder, path) = foreign_zip(HALF_LOCKED);
    let import = open(&path).unwrap();
    assert_eq!((import.len(), shade(&import, 0)), (1, 2));
    let notes = import.notes.join("\n");
    assert!(
        notes.contains("1 file is locked with a password"),
        "{notes}"
    );
    let [met] = import.fates.met() else {
        panic!("{:?}", import.fates.met());
    };
    assert_eq!((&*met.file, met.fate.words().0), ("a.png", "unreadable"));
}

#[test]
fn a_zip_that_unpacks_to_more_than_it_tells_is_stopped() {
    let noise: Vec<u8> = (0..2_000_u32).map(|n| (n * n % 251) as u8).collect();
    let large = [png(1), noise].concat();
    let (_folder, path) = zip_of(&[
        ("a.png", CompressionMethod::Deflated, large),
        ("zeros.jpg", CompressionMethod::Deflated, vec![0; 1 << 20]),
    ]);
    let mut bytes = std::fs::read(&path).unwrap();
    let mark = b"PK\x01\x02";
    let place = bytes.windows(4).position(|four| four == mark).unwrap();
    bytes[place + 24..place + 28].copy_from_slice(&100_u32.to_le_bytes());
    std::fs::write(&path, bytes).unwrap();
    let import = open(&path).unwrap();
    let message = |row: usize| import.shoes[row].read().unwrap_err().to_string();
    assert!(
        message(0).contains("larger than its declared"),
        "{}",
        message(0)
    );
    // What does not begin as a picture is not unpacked.
    assert!(import.shoes[1].fetch().unwrap().len() < 1000);
}

/// A tar of files.
fn tar_of(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, name, &bytes[..]).unwrap();
    }
    tar.into_inner().unwrap()
}

#[test]
fn a_tar_is_a_folder_and_one_that_is_cut_gives_what_it_has() {
    let long = format!("{}/shoe.png", "a".repeat(150));
    let tar = tar_of(&[("boots/1.png", png(1)), (&long, png(2)), ("z.png", png(3))]);
    let place = Place::new();
    place.put("whole.tar", &tar).put("noname", &tar);
    for name in ["whole.tar", "noname"] {
        let import = open(&place.folder.path().join(name)).unwrap();
        assert_eq!(import.len(), 3);
        assert_eq!(shade(&import, 0), 2);
        assert_eq!(texts(&import, "category")[1], "boots");
    }
    // The header of the third is whole, and its bytes are not.
    let last = tar.len() - 1024 - 512;
    place.put("cut.tar", &tar[..last + 10]);
    let import = open(&place.folder.path().join("cut.tar")).unwrap();
    assert_eq!(import.len(), 2);
    assert!(import.notes.join("\n").contains("cut short or damaged"));
    place.put("a.tar.gz", gzipped(&tar));
    let message = open(&place.folder.path().join("a.tar.gz")).unwrap_err();
    assert!(
        message.to_string().contains("packed with gzip"),
        "{message}"
    );
    place.put(
        "no.tar",
        "this is no tar, but it is long enough to be looked at".repeat(20),
    );
    let message = open(&place.folder.path().join("no.tar")).unwrap_err();
    assert!(
        message.to_string().contains("no tar that can be read"),
        "{message}"
    );
}

#[test]
fn webdataset_shards_are_labelled_shoes() {
    let sample = |n: u8, kind: &str| {
        let json =
            format!(r#"{{"price": {n}.5, "maker": {{"name": "Acme"}}, "tags": ["a", "b"]}}"#);
        [
            (format!("{n:04}.png"), png(n)),
            (format!("{n:04}.mask.png"), png(99)),
            (format!("{n:04}.json"), json.into_bytes()),
            (format!("{n:04}.cls"), kind.as_bytes().to_vec()),
        ]
    };
    let shard = |samples: &[[(String, Vec<u8>); 4]]| {
        let files: Vec<(&str, Vec<u8>)> = samples
            .iter()
            .flatten()
            .map(|(name, bytes)| (name.as_str(), bytes.clone()))
            .collect();
        tar_of(&files)
    };
    let place = Place::new();
    place
        .put(
            "train-0000.tar",
            shard(&[sample(1, "boot"), sample(2, "sandal")]),
        )
        .put("test-0000.tar", {
            let mut files = sample(3, "boot").to_vec();
            files.push(("0009.json".to_owned(), b"{}".to_vec()));
            let files: Vec<(&str, Vec<u8>)> =
                files.iter().map(|(n, b)| (n.as_str(), b.clone())).collect();
            tar_of(&files)
        });
    let import = open(place.folder.path()).unwrap();
    assert_eq!(formats(&import), ["webdataset"]);
    assert_eq!(ids(&import), ["0003", "0001", "0002"]);
    assert_eq!(texts(&import, "cls"), ["boot", "boot", "sandal"]);
    assert_eq!(texts(&import, "price"), ["3.5", "1.5", "2.5"]);
    assert_eq!(texts(&import, "maker.name"), ["Acme"; 3]);
    assert_eq!(texts(&import, "tags"), ["a; b"; 3]);
    assert_eq!(texts(&import, "split"), ["test", "train", "train"]);
    assert_eq!(shade(&import, 1), 1);
    assert_eq!(
        left_out(&import),
        [
            "1 in samples without a picture",
            "3 further pictures of a sample"
        ]
    );
    let single = open(&place.folder.path().join("train-0000.tar")).unwrap();
    assert_eq!(ids(&single), ["0001", "0002"]);
}

/// A Parquet file as Hugging Face's `datasets` writes it: the shades of the pictures, none where a row has none.
fn dataset(path: &Path, shades: &[Option<u8>], with_features: bool) {
    let bytes: Vec<Option<Vec<u8>>> = shades.iter().map(|shade| shade.map(png)).collect();
    let bytes = BinaryArray::from_iter(bytes.iter().map(Option::as_deref));
    let name = path.file_stem().unwrap().to_str().unwrap();
    let paths = (0..shades.len()).map(|row| Some(format!("{}-{row}.png", &name[..4])));
    let paths: ArrayRef = Arc::new(StringArray::from_iter(paths));
    let image: ArrayRef = if with_features {
        Arc::new(StructArray::from(vec![
            (
                Arc::new(Field::new("bytes", DataType::Binary, true)),
                Arc::new(bytes) as ArrayRef,
            ),
            (Arc::new(Field::new("path", DataType::Utf8, true)), paths),
        ]))
    } else {
        Arc::new(bytes)
    };
    let rows = 0..shades.len() as i64;
    let label: ArrayRef = Arc::new(Int64Array::from_iter_values(rows.clone().map(|n| n % 2)));
    let price: ArrayRef = Arc::new(Float64Array::from_iter_values(rows.map(|n| n as f64 + 0.5)));
    let mut tags = ListBuilder::new(StringBuilder::new());
    for _ in shades {
        tags.append_value([Some("low"), Some("red")]);
    }
    let tags: ArrayRef = Arc::new(tags.finish());
    let arrays = [
        ("image", image),
        ("label", label),
        ("price", price),
        ("tags", tags),
    ];
    let fields: Vec<Field> = arrays
        .iter()
        .map(|(name, array)| Field::new(*name, array.data_type().clone(), true))
        .collect();
    let mut metadata = HashMap::new();
    if with_features {
        let features = r#"{"info": {"features": {"image": {"_type": "Image"},
            "label": {"names": ["sneaker", "boot"], "_type": "ClassLabel"}}}}"#;
        metadata.insert("huggingface".to_owned(), features.to_owned());
    }
    let schema = Arc::new(Schema::new_with_metadata(fields, metadata));
    let columns = arrays.into_iter().map(|(_, array)| array).collect();
    let batch = RecordBatch::try_new(schema.clone(), columns).unwrap();
    let properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(70))
        .build();
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let file = std::fs::File::create(path).unwrap();
    let mut writer = ArrowWriter::try_new(file, schema, Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

#[test]
fn parquet_data_sets_are_labelled_shoes() {
    let place = Place::new();
    let at = place.folder.path();
    place.put("README.md", "x");
    let mut shades: Vec<Option<u8>> = (0..200).map(Some).collect();
    shades[5] = None;
    dataset(&at.join("data/train-00000-of-00001.parquet"), &shades, true);
    dataset(
        &at.join("data/test-00000-of-00001.parquet"),
        &[Some(7)],
        true,
    );
    let import = open(at).unwrap();
    assert_eq!(formats(&import), ["parquet"]);
    assert_eq!(import.len(), 201);
    assert_eq!(ids(&import)[..3], ["test-0", "trai-0", "trai-1"]);
    assert_eq!(texts(&import, "label")[..3], ["sneaker", "sneaker", "boot"]);
    assert_eq!(texts(&import, "price")[..2], ["0.5", "0.5"]);
    assert_eq!(texts(&import, "tags")[0], "low; red");
    assert_eq!(texts(&import, "split")[..2], ["test", "train"]);
    // In order, from behind, and here and there: over several row groups and runs.
    let rows = (0..200).chain((0..200).rev()).chain([150, 3, 199, 70, 69]);
    for row in rows.filter(|row| *row != 5) {
        assert_eq!(shade(&import, row + 1), row as u8);
    }
    let message = import.shoes[6].read().unwrap_err().to_string();
    assert!(message.contains("no picture"), "{message}");
    assert_eq!(left_out(&import), ["1 .md"]);
    // A plain column of bytes is known by what is in it.
    let plain = at.join("plain.parquet");
    dataset(&plain, &[Some(1), Some(2)], false);
    let import = open(&plain).unwrap();
    assert_eq!(ids(&import), ["shoe-00001", "shoe-00002"]);
    assert_eq!(texts(&import, "label"), ["0", "1"]);
    assert_eq!(shade(&import, 1), 2);
}

#[test]
fn damaged_parquet_files_say_so_and_never_panic() {
    let place = Place::new();
    let path = place.folder.path().join("train.parquet");
    dataset(&path, &(0..80).map(Some).collect::<Vec<_>>(), true);
    let whole = std::fs::read(&path).unwrap();
    let bad = place.folder.path().join("bad.parquet");
    for length in [4, 11, 100, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&bad, &whole[..length]).unwrap();
        let message = open(&bad).unwrap_err().to_string();
        assert!(
            message.contains("no Parquet file that can be read"),
            "{message}"
        );
    }
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    for n in 0..300 {
        let mut bytes = whole.clone();
        for m in 0..3 {
            let place = (n * 7919 + m * 104_729) % bytes.len();
            bytes[place] ^= 1 << ((n + m) % 8);
        }
        std::fs::write(&bad, bytes).unwrap();
        if let Ok(import) = open(&bad) {
            for shoe in &import.shoes {
                drop(std::panic::catch_unwind(std::panic::AssertUnwindSafe(
                    || {
                        drop(shoe.fetch());
                    },
                )));
            }
        }
    }
    std::panic::set_hook(hook);
}

#[test]
fn coco_pictures_are_cut_to_their_largest_box() {
    let place = Place::new();
    place
        .put("train2017/a.png", wide())
        .put("train2017/b.png", png(2))
        .put("val2017/a.png", wide())
        .put("train2017/loose.png", png(3))
        .put(
            "annotations/instances_train2017.json",
            r#"{"info": {}, "images": [
                {"id": 1, "file_name": "a.png", "width": 40, "height": 20},
                {"id": 2, "file_name": "b.png", "width": 3, "height": 2},
                {"id": 3, "file_name": "gone.png", "width": 3, "height": 2}],
              "annotations": [
                {"id": 1, "image_id": 1, "category_id": 7, "bbox": [0, 0, 4, 4]},
                {"id": 2, "image_id": 1, "category_id": 8, "bbox": [26, 4, 10, 12]},
                {"id": 3, "image_id": 2, "category_id": 7, "bbox": [0, 0, 3, 2]}],
              "categories": [
                {"id": 7, "name": "sandal", "supercategory": "footwear"},
                {"id": 8, "name": "boot", "supercategory": "footwear"}]}"#,
        )
        .put(
            "annotations/instances_val2017.json",
            r#"{"images": [{"id": "x", "file_name": "a.png", "width": 40, "height": 20}],
              "annotations": [{"image_id": "x", "category_id": 1, "bbox": [2, 2, 8, 8]}],
              "categories": [{"id": 1, "name": "heel"}]}"#,
        );
    let import = place.open();
    assert_eq!(formats(&import), ["coco"]);
    assert_eq!(
        ids(&import),
        ["train2017/a", "train2017/b", "train2017/loose", "val2017/a"]
    );
    assert_eq!(texts(&import, "category"), ["boot", "sandal", "", "heel"]);
    assert_eq!(
        texts(&import, "supercategory"),
        ["footwear", "footwear", "", ""]
    );
    assert_eq!(
        texts(&import, "split"),
        ["train", "train", "", "validation"]
    );
    let picture = |row: usize| import.shoes[row].read().unwrap().decoded.picture;
    // The blue half alone, then the red one; a box of everything cuts nothing.
    assert!(picture(0).width() < 16 && picture(0).pixels().all(|p| p[2] == 200));
    assert!(picture(3).width() < 12 && picture(3).pixels().all(|p| p[0] == 200));
    assert_eq!(picture(1).dimensions(), (3, 2));
    let notes = import.notes.join("\n");
    assert!(
        notes.contains("1 of its pictures are not there, as gone.png"),
        "{notes}"
    );
    assert!(notes.contains("1 pictures have several boxes"), "{notes}");
    assert!(notes.contains("1 pictures have no box"), "{notes}");
    assert!(notes.contains("2 pictures are cut to their box"), "{notes}");
}
