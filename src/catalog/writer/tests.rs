use super::*;
use crate::catalog::{Catalog, EmbedderId, Table, Values};
use crate::job::Job;

const ROWS: usize = 20_000;

fn picture(row: usize) -> Vec<u8> {
    let shade = (row % 251) as u8;
    let picture =
        image::RgbImage::from_fn(6, 4, |x, y| image::Rgb([shade, x as u8 * 9, y as u8 * 7]));
    crate::catalog::picture::encode_png(&picture)
}

fn shoe(row: usize) -> NewShoe {
    NewShoe {
        id: format!("shoe-{row}"),
        picture: picture(row),
        path: if row.is_multiple_of(2) {
            format!("images/{row}.png")
        } else {
            String::new()
        },
        blocks: vec![vec![row as f32, -1.5, 1.0 / 3.0], vec![row as f32 * 0.25]],
        position: [row as f32, 0.5, -1.0],
    }
}

fn info() -> CatalogInfo {
    let embedder = EmbedderId {
        name: "net".to_owned(),
        sha256: "ab".repeat(32),
    };
    let block = |name: &str, dims| BlockInfo {
        name: name.to_owned(),
        dims,
    };
    CatalogInfo::new(embedder, vec![block("style", 3), block("colour", 1)])
}

fn columns(rows: std::ops::Range<usize>) -> Vec<Column> {
    let word =
        |row: usize| (!row.is_multiple_of(7)).then(|| ["Boot", "Sandal", "Ünïcode"][row % 3]);
    vec![
        Column::new("label", Values::text(rows.clone().map(word))),
        Column::new(
            "year",
            Values::Integer(
                rows.clone()
                    .map(|r| (r % 5 > 0).then_some(r as i64))
                    .collect(),
            ),
        ),
        Column::new(
            "price",
            Values::Real(rows.clone().map(|r| Some(r as f64 / 4.0)).collect()),
        ),
        Column::new(
            "kids",
            Values::Boolean(rows.map(|r| Some(r % 2 == 0)).collect()),
        ),
    ]
}

fn write(path: &Path, rows: std::ops::Range<usize>) {
    let mut writer = CatalogWriter::create(path, info(), &columns(0..0)).unwrap();
    let mut start = rows.start;
    while start < rows.end {
        let end = rows.end.min(start + 3000);
        let shoes: Vec<_> = (start..end).map(shoe).collect();
        writer.push(&shoes, &columns(start..end)).unwrap();
        start = end;
    }
    writer.finish().unwrap();
}

fn expect(catalog: &Catalog, rows: usize) {
    assert_eq!(catalog.len(), rows);
    let expected = columns(0..rows);
    for (found, expected) in catalog.columns().iter().zip(&expected) {
        assert_eq!(found.name, expected.name);
        for row in 0..rows {
            assert_eq!(found.text(row), expected.text(row), "{} {row}", found.name);
        }
    }
    for row in [0, 1, rows / 2, rows - 1] {
        assert_eq!(catalog.id(row), format!("shoe-{row}"));
        assert_eq!(catalog.row_of(&format!("shoe-{row}")), Some(row));
        assert_eq!(catalog.picture_bytes(row).unwrap(), picture(row));
        let path = row.is_multiple_of(2).then(|| format!("images/{row}.png"));
        assert_eq!(catalog.picture_path(row).unwrap(), path);
        assert_eq!(catalog.positions()[row], [row as f32, 0.5, -1.0]);
        let style = catalog.block("style").unwrap();
        assert_eq!(
            style.row_f32(row),
            [rounded(row as f32), -1.5, rounded(1.0 / 3.0)]
        );
    }
    assert_eq!(catalog.block("colour").unwrap().len(), rows);
    assert!(
        catalog
            .block("shape")
            .unwrap_err()
            .to_string()
            .contains("style, colour")
    );
}

#[test]
fn what_is_written_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shoes.parquet");
    write(&path, 0..ROWS);
    let catalog = Catalog::open(&path).unwrap();
    expect(&catalog, ROWS);
    assert_eq!(catalog.name(), "shoes");
    assert_eq!(catalog.info().embedder.name, "net");
    // Nothing but the catalogue is in the folder.
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    let seen = std::sync::Mutex::new(vec![0_u8; ROWS]);
    let check = |row: usize, picture: image::RgbImage| {
        assert_eq!(picture.get_pixel(0, 0)[0], (row % 251) as u8);
        seen.lock().unwrap()[row] += 1;
    };
    catalog.for_each_picture(None, check).unwrap();
    assert!(seen.lock().unwrap().iter().all(|&n| n == 1));
    catalog.for_each_picture(Some(&[5, 9000]), check).unwrap();
    assert_eq!(seen.lock().unwrap()[9000], 2);
    assert!(
        catalog
            .picture(ROWS)
            .unwrap_err()
            .to_string()
            .contains("20000")
    );
}

#[test]
fn shards_are_one_catalogue() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("a.parquet"), 0..100);
    write(&folder.path().join("b.parquet"), 100..100);
    write(&folder.path().join("c.parquet"), 100..250);
    std::fs::write(folder.path().join("notes.txt"), "no catalogue").unwrap();
    let catalog = Catalog::open(folder.path()).unwrap();
    expect(&catalog, 250);
    assert_eq!(catalog.picture_bytes(99).unwrap(), picture(99));
    assert_eq!(catalog.picture_bytes(100).unwrap(), picture(100));
    let whole = folder.path().join("whole");
    catalog
        .rewrite(&whole, &Changes::default(), &Job::new())
        .unwrap();
    expect(&Catalog::open(&whole).unwrap(), 250);
}

#[test]
fn a_rewrite_changes_what_it_is_told_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shoes.parquet");
    write(&path, 0..9000);
    let catalog = Catalog::open(&path).unwrap();
    let learned = Block {
        name: "learned".to_owned(),
        dims: 2,
        values: vec![f16::from_f32(0.5); 18_000].into(),
    };
    let mut info = catalog.info().clone();
    info.extra
        .insert("learned".to_owned(), serde_json::json!({ "from": "label" }));
    let changes = Changes {
        blocks: vec![learned],
        columns: vec![Column::new(
            "split",
            Values::text((0..9000).map(|r| Some(if r < 10 { "test" } else { "train" }))),
        )],
        positions: Some(vec![[1.0, 2.0, 3.0]; 9000]),
        layouts: Vec::new(),
        info: Some(info),
    };
    catalog.rewrite(&path, &changes, &Job::new()).unwrap();
    let changed = Catalog::open(&path).unwrap();
    assert_eq!(changed.positions()[8999], [1.0, 2.0, 3.0]);
    assert_eq!(changed.block("learned").unwrap().row_f32(8999), [0.5, 0.5]);
    assert_eq!(
        changed.block("style").unwrap().values,
        catalog.block("style").unwrap().values
    );
    assert_eq!(changed.picture_bytes(8500).unwrap(), picture(8500));
    assert_eq!(changed.column("year").unwrap().number(8999), Some(8999.0));
    assert!(changed.is_test(9) && !changed.is_test(10));
    assert_eq!(changed.info().extra["learned"]["from"], "label");
    assert!(Table::column(&changed, "label").is_some());
    // A block that does not fit is refused, and the file stays.
    let short = Changes {
        blocks: vec![Block {
            name: "learned".to_owned(),
            dims: 2,
            values: vec![f16::ZERO; 2].into(),
        }],
        ..Changes::default()
    };
    assert!(changed.rewrite(&path, &short, &Job::new()).is_err());
    let job = Job::new();
    job.cancel();
    assert!(matches!(
        changed.rewrite(&path, &Changes::default(), &job),
        Err(CatalogError::Cancelled(_))
    ));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    assert_eq!(Catalog::open(&path).unwrap().len(), 9000);
}

#[test]
fn what_is_no_catalogue_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shoes.parquet");
    let error = |path: &Path| Catalog::open(path).unwrap_err().to_string();
    assert!(error(&path).contains("no such file"));
    assert!(error(folder.path()).contains("no .parquet file"));
    std::fs::write(&path, b"").unwrap();
    assert!(error(&path).contains("empty"));
    std::fs::write(&path, b"hello").unwrap();
    assert!(error(&path).contains("no Parquet file"));
    // A newer version.
    let newer = CatalogInfo {
        version: 99,
        ..info()
    };
    let writer = CatalogWriter::create(&path, info(), &[]).unwrap();
    write_version(writer, &newer);
    let message = error(&path);
    assert!(
        message.contains("format 99") && message.contains("update shoespace"),
        "{message}"
    );
    // Another network.
    write(&path, 0..3);
    let other = EmbedderId {
        name: "other".to_owned(),
        sha256: "cd".repeat(32),
    };
    let message = Catalog::open(&path)
        .unwrap()
        .expect_embedder(&other)
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("net (abababababab)") && message.contains("index the photos again"),
        "{message}"
    );
}

/// Writes info that `finish_with` would not.
fn write_version(mut writer: CatalogWriter, info: &CatalogInfo) {
    let json = serde_json::to_string(info).unwrap();
    writer
        .writer
        .append_key_value_metadata(KeyValue::new(INFO_KEY.to_owned(), json));
    let path = writer.path.clone();
    writer.writer.close().unwrap();
    writer.file.persist(&path).unwrap();
}

#[test]
fn damage_is_an_error_and_never_a_panic() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shoes.parquet");
    write(&path, 0..300);
    let whole = std::fs::read(&path).unwrap();
    let cut = folder.path().join("cut.parquet");
    for length in
        (0..whole.len())
            .step_by(whole.len() / 97 + 1)
            .chain([4, 8, 11, 12, whole.len() - 1])
    {
        std::fs::write(&cut, &whole[..length]).unwrap();
        let message = Catalog::open(&cut).unwrap_err().to_string();
        assert!(message.contains("cut.parquet"), "{message}");
    }
    // Changed bytes: reading may succeed or fail, but must end.
    let mut state = 12345_u64;
    for _ in 0..400 {
        let mut bytes = whole.clone();
        for _ in 0..3 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let place = (state >> 33) as usize % bytes.len();
            bytes[place] ^= (state >> 20) as u8 | 1;
        }
        std::fs::write(&cut, &bytes).unwrap();
        if let Ok(catalog) = Catalog::open(&cut) {
            let _ = catalog.block("style");
            let _ = catalog.picture(0);
            let _ = catalog.picture_path(299);
            let _ = catalog.for_each_picture(None, |_, _| ());
        }
    }
}

#[test]
fn a_fingerprint_is_computed_once_and_is_that_of_the_shoes() {
    let folder = tempfile::tempdir().unwrap();
    let paths = [2, 2, 3].map(|rows| {
        let path = folder.path().join(format!("{rows}.parquet"));
        write(&path, 0..rows);
        path
    });
    let [a, b, other] = paths.map(|path| Catalog::open(&path).unwrap());
    let first = a.fingerprint();
    // The very same text, not one like it: nothing is hashed again.
    assert!(std::ptr::eq(first, a.fingerprint()));
    assert_eq!(first, b.fingerprint());
    assert_ne!(first, other.fingerprint());
    let written = format!("{}\0shoe-0\0shoe-1", info().embedder.sha256);
    assert_eq!(first, crate::digest::sha256_hex([written]));
}

#[test]
fn places_that_cannot_be_written_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let message = |path: &Path| match CatalogWriter::create(path, info(), &[]) {
        Ok(_) => panic!("{} was begun", path.display()),
        Err(error) => error.to_string(),
    };
    assert!(message(&folder.path().join("no/such/shoes.parquet")).contains("make it first"));
    assert!(message(folder.path()).contains("is a folder"));
    let file = folder.path().join("file");
    std::fs::write(&file, "x").unwrap();
    assert!(message(&file.join("shoes.parquet")).contains("is no folder"));
    let column = Column::new("price", Values::Boolean(vec![]));
    assert!(CatalogWriter::create(&file, info(), &[column.clone(), column]).is_err());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}
