//! `shoespace index` and `shoespace inspect`, run as a person runs them, on small files made here.

mod program;

use program::{fails, json_of, shoespace};
use serde_json::json;
use std::path::Path;

/// A picture of a dark shape on white, as PNG.
fn photo(seed: u8) -> Vec<u8> {
    let picture = image::RgbImage::from_fn(40, 30, |x, y| {
        let is_shoe = y > 12 && x > 5 && x < 8 + u32::from(seed % 25);
        image::Rgb(if is_shoe {
            [seed, 60, 255 - seed]
        } else {
            [255; 3]
        })
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture
        .write_to(&mut bytes, image::ImageFormat::Png)
        .unwrap();
    bytes.into_inner()
}

fn put(folder: &Path, name: &str, bytes: impl AsRef<[u8]>) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// The names in a folder, hidden ones too.
fn names_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries
        .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn photos_are_indexed_and_inspected() {
    let folder = tempfile::tempdir().unwrap();
    let (photos, out) = (
        folder.path().join("photos"),
        folder.path().join("out.parquet"),
    );
    for n in 0..6 {
        put(&photos, &format!("boots/{n}.png"), photo(n * 30));
        put(&photos, &format!("sandals/{n}.png"), photo(n * 30 + 15));
    }
    put(&photos, "boots/broken.png", b"");
    put(
        &photos,
        "prices.csv",
        "filename,price,brand\nboots/1.png,9.5,Acme\n",
    );
    let report = json_of(&["index", text(&photos), "-o", text(&out), "--json"]);
    assert_eq!(report["count"], 12);
    assert_eq!(report["skipped"].as_array().unwrap().len(), 1);
    assert_eq!(report["skipped"][0]["picture"], "boots/broken.png");
    assert!(
        report["skipped"][0]["reason"]
            .as_str()
            .unwrap()
            .contains("0 bytes")
    );
    assert_eq!(names_in(folder.path()), ["out.parquet", "photos"]);

    let report = json_of(&["inspect", text(&out), "--json"]);
    assert_eq!(report["count"], 12);
    assert_eq!(report["columns"], json!(["category", "price", "brand"]));
    assert_eq!(report["blocks"], json!(["style", "colour", "silhouette"]));
    assert!(
        report["embedder"]
            .as_str()
            .unwrap()
            .contains("efficientnet-lite0")
    );
    let variance: Vec<f64> = serde_json::from_value(report["variance"].clone()).unwrap();
    assert!(
        variance[0] > 0.0 && variance.iter().sum::<f64>() < 1.001,
        "{variance:?}"
    );
    assert!(variance.windows(2).all(|pair| pair[0] >= pair[1]));

    let output = shoespace(&["inspect", text(&out)]).assert().success();
    let words = String::from_utf8(output.get_output().stdout.clone()).unwrap();
    assert!(words.contains("12 shoes"), "{words}");
    assert!(
        words.contains("category [type]: boots 6, sandals 6"),
        "{words}"
    );
}

#[test]
fn a_condition_and_a_limit_choose_shoes() {
    let folder = tempfile::tempdir().unwrap();
    let (photos, out) = (
        folder.path().join("photos"),
        folder.path().join("out.parquet"),
    );
    let mut table = String::from("id,gender,articleType,year,productDisplayName\n");
    for n in 0..8_u8 {
        put(&photos, &format!("images/{n}.jpg"), photo(n * 20));
        let gender = if n % 2 == 0 { "Women" } else { "Men" };
        table.push_str(&format!(
            "{n},{gender},Heels,{},Shoe, number {n}\n",
            2010 + u16::from(n)
        ));
    }
    put(&photos, "styles.csv", table);
    let mut args = vec![
        "index",
        text(&photos),
        "-o",
        text(&out),
        "--json",
        "--limit",
        "2",
    ];
    args.extend(["--where", "gender=Women", "--where", "year>2010"]);
    let report = json_of(&args);
    assert_eq!(report["count"], 2);
    assert_eq!(report["formats"], json!(["kaggle"]));
    assert_eq!(report["roles"]["gender"], "gender");
    assert_eq!(
        report["columns"],
        json!(["gender", "articleType", "year", "productDisplayName"])
    );
}

#[test]
fn bad_sources_get_one_message_and_leave_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let out = at.join("out.parquet");
    std::fs::create_dir(at.join("empty")).unwrap();
    put(at, "words/notes.txt", "hello");
    put(at, "photos/a.png", photo(7));
    put(at, "bad/a.png", "no picture");
    put(at, "keyless.csv", "sku,brand\n1,Acme\n");
    put(at, "broken.zip", "PK\u{3}\u{4}");
    put(at, "idx/train-images-idx3-ubyte", "hello");
    let before = names_in(at);
    let index = |source: &str, more: &[&str]| {
        let source = at.join(source);
        let mut args = vec!["index", text(&source), "-o", text(&out)];
        args.extend(more);
        let message = fails(&args);
        assert_eq!(names_in(at), before);
        message
    };
    assert!(index("missing", &[]).contains("missing: there is no such file or folder"));
    assert!(index("empty", &[]).contains("empty: is empty"));
    assert!(index("words", &[]).contains("has no pictures"));
    assert!(index("bad", &[]).contains("none of the 1 photos can be read"));
    assert!(index("broken.zip", &[]).contains("broken.zip: is no zip"));
    assert!(index("idx", &[]).contains("train-images-idx3-ubyte: is no IDX file"));
    let keyless = at.join("keyless.csv");
    let message = index("photos", &["--metadata", text(&keyless)]);
    assert!(message.contains("keyless.csv"), "{message}");
    assert!(
        message.contains("its column `sku` begins with `1`"),
        "{message}"
    );
    assert!(index("photos", &["--format", "kaggle"]).contains("styles.csv"));
    assert!(index("photos", &["--where", "colour"]).contains("is no filter"));
    assert!(index("photos", &["--where", "colour=red"]).contains("no column `colour`"));
}

#[test]
fn places_that_cannot_be_written_are_told_before_the_work() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    put(at, "photos/a.png", photo(7));
    put(at, "file", "x");
    let photos = at.join("photos");
    let index = |output: &Path| fails(&["index", text(&photos), "-o", text(output)]);
    assert!(index(&at.join("no/out.parquet")).contains("make it first"));
    assert!(index(&at.join("file/out.parquet")).contains("is no folder"));
    assert!(index(at).contains("is a folder"));
    // Even root may not write here.
    #[cfg(target_os = "linux")]
    assert!(index(Path::new("/proc/out.parquet")).contains("cannot be written"));
    assert_eq!(names_in(at), ["file", "photos"]);
}

#[test]
fn catalogues_that_cannot_be_read_say_why() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    put(at, "photos/a.png", photo(7));
    let (photos, out, bad) = (
        at.join("photos"),
        at.join("out.parquet"),
        at.join("bad.parquet"),
    );
    shoespace(&["index", text(&photos), "-o", text(&out)])
        .assert()
        .success();
    let whole = std::fs::read(&out).unwrap();
    let inspect = || fails(&["inspect", text(&bad)]);
    assert!(inspect().contains("bad.parquet: there is no such file"));
    for length in [0, 3, 4, 11, 100, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&bad, &whole[..length]).unwrap();
        let message = inspect();
        assert!(message.contains("bad.parquet: "), "{message}");
    }
    std::fs::write(&bad, b"id,name\n1,boot\n").unwrap();
    assert!(inspect().contains("not a shoespace catalogue"));
    assert!(fails(&["inspect", text(&photos)]).contains("no .parquet file"));
    assert!(fails(&["index", text(&out), "-o", text(&bad)]).contains("a catalogue already"));
}

#[test]
fn arguments_that_do_not_fit_give_code_2() {
    shoespace(&["index"]).assert().code(2);
    shoespace(&["index", "photos"]).assert().code(2);
    shoespace(&["index", "photos", "-o", "x.parquet", "--thumbnail", "0"])
        .assert()
        .code(2);
    shoespace(&["index", "photos", "-o", "x.parquet", "--format", "tar"])
        .assert()
        .code(2);
    let help = shoespace(&["index", "--help"]).assert().success();
    let help = String::from_utf8(help.get_output().stdout.clone()).unwrap();
    assert!(
        help.contains("Examples:") && help.contains("--where"),
        "{help}"
    );
}

/// Indexes parts of the photos in `folder`, and gives the folder with them.
fn shards(folder: &Path, of: usize) -> std::path::PathBuf {
    let (photos, parts) = (folder.join("photos"), folder.join(format!("parts-{of}")));
    std::fs::create_dir_all(&parts).unwrap();
    // The last first: they know nothing of each other.
    for part in (1..=of).rev() {
        let output = parts.join(format!("{part}.parquet"));
        let shard = format!("{part}/{of}");
        shoespace(&[
            "index",
            text(&photos),
            "--shard",
            &shard,
            "-o",
            text(&output),
        ])
        .assert()
        .success();
    }
    parts
}

#[test]
fn parts_that_were_indexed_apart_are_the_catalogue_that_was_indexed_in_one_go() {
    let folder = tempfile::tempdir().unwrap();
    let mut table = "image,kind,price\n".to_owned();
    for i in 0..40 {
        let name = format!("shoe-{i}.png");
        put(folder.path(), &format!("photos/{name}"), photo(3 * i + 1));
        table += &format!("{name},{},{i}\n", ["boot", "sandal"][usize::from(i) % 2]);
    }
    put(folder.path(), "photos/table.csv", table);
    let whole = folder.path().join("whole.parquet");
    let photos = folder.path().join("photos");
    shoespace(&["index", text(&photos), "-o", text(&whole)])
        .assert()
        .success();
    let parts = shards(folder.path(), 3);

    // Before they are fitted together they are no catalogue.
    let told = fails(&["inspect", text(&parts)]);
    assert!(told.contains("shoespace fit"), "{told}");
    let report = json_of(&["fit", text(&parts), "--json"]);
    assert_eq!(
        (&report["parts"], &report["stamped"], &report["shoes"]),
        (&json!(3), &json!(3), &json!(40))
    );
    // Again there is nothing to do, and the files are the same.
    let before = std::fs::read(parts.join("2.parquet")).unwrap();
    assert_eq!(json_of(&["fit", text(&parts), "--json"])["stamped"], 0);
    assert_eq!(std::fs::read(parts.join("2.parquet")).unwrap(), before);

    let info = |path: &Path| json_of(&["inspect", text(path), "--json"]);
    assert_eq!(info(&parts)["shoes"], info(&whole)["shoes"]);
    let listed = |path: &Path| {
        let csv = folder.path().join("list.csv");
        let _ = std::fs::remove_file(&csv);
        shoespace(&["export", text(path), "--to", "csv", "-o", text(&csv)])
            .assert()
            .success();
        std::fs::read_to_string(csv).unwrap()
    };
    let rows = |csv: &str| {
        let mut rows: Vec<Vec<String>> = (csv.lines())
            .map(|line| line.split(',').map(str::to_owned).collect())
            .collect();
        rows.sort();
        rows
    };
    let (apart, together) = (rows(&listed(&parts)), rows(&listed(&whole)));
    assert_eq!(apart.len(), together.len());
    for (a, b) in apart.iter().zip(&together) {
        for (a, b) in a.iter().zip(b) {
            let near = match (a.parse::<f64>(), b.parse::<f64>()) {
                (Ok(a), Ok(b)) => (a - b).abs() < 2e-3,
                _ => a == b,
            };
            assert!(near, "{a} {b}");
        }
    }
    // The same are recommended.
    let list = |path: &Path| {
        let args = [
            "recommend",
            text(path),
            "--id",
            "shoe-7",
            "-k",
            "5",
            "--json",
        ];
        let all = json_of(&args);
        let shoes = all.as_array().unwrap().iter();
        shoes.map(|shoe| shoe["id"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(list(&parts), list(&whole));
}

#[test]
fn parts_that_do_not_make_a_whole_are_told() {
    let folder = tempfile::tempdir().unwrap();
    for i in 0..12 {
        put(folder.path(), &format!("photos/{i}.png"), photo(9 * i + 1));
    }
    let parts = shards(folder.path(), 3);
    let fit = || fails(&["fit", text(&parts)]);
    let (second, photos) = (parts.join("2.parquet"), folder.path().join("photos"));
    let kept = std::fs::read(&second).unwrap();
    std::fs::remove_file(&second).unwrap();
    assert!(fit().contains("2/3 is missing"), "{}", fit());
    std::fs::copy(parts.join("1.parquet"), &second).unwrap();
    assert!(fit().contains("take one of them away"), "{}", fit());
    let index = |more: &[&str]| {
        let args = ["index", text(&photos), "-o", text(&second)];
        let _ = std::fs::remove_file(&second);
        shoespace(&[&args[..], more].concat()).assert().success();
    };
    index(&[]);
    assert!(fit().contains("2.parquet: is no part"), "{}", fit());
    index(&["--shard", "2/4"]);
    assert!(fit().contains("is part 2/4"), "{}", fit());
    index(&["--shard", "2/3", "--thumbnail", "24"]);
    assert!(fit().contains("other options"), "{}", fit());
    // A part that is damaged is named, and the others are as they were.
    std::fs::write(&second, &kept[..kept.len() / 2]).unwrap();
    assert!(fit().contains("2.parquet"), "{}", fit());
    std::fs::write(&second, kept).unwrap();
    shoespace(&["fit", text(&parts)]).assert().success();
    let nowhere = fails(&["fit", text(&folder.path().join("none"))]);
    assert!(nowhere.contains("none"), "{nowhere}");
    assert!(fails(&["fit", text(&photos)]).contains("--shard"));
    let few = folder.path().join("few.parquet");
    let args = ["index", text(&photos), "-o", text(&few), "--shard"];
    let empty = (1..=400).find_map(|part| {
        let output = shoespace(&[&args[..], &[&format!("{part}/400")]].concat()).output();
        let told = String::from_utf8(output.unwrap().stderr).unwrap();
        told.contains("no photo falls to part").then_some(told)
    });
    assert!(empty.is_some_and(|told| told.contains("12 in all")));
    shoespace(&[&args[..], &["4/3"]].concat()).assert().code(2);
}
