//! The commands `recommend`, `learn` and `evaluate recommend`, run as a person runs them.

use assert_cmd::Command;
use predicates::prelude::*;
use shoespace::catalog::writer::{CatalogWriter, NewShoe};
use shoespace::catalog::{BlockInfo, Catalog, CatalogInfo, Column, EmbedderId, Values};
use std::path::{Path, PathBuf};

const ROWS: usize = 120;

/// Three kinds of shoes in two colours; `maker` is the same for all.
fn catalogue(folder: &Path) -> PathBuf {
    let path = folder.join("shoes.parquet");
    let dims = [("style", 12), ("colour", 6), ("silhouette", 8)];
    let blocks = dims.map(|(name, dims)| BlockInfo {
        name: name.to_owned(),
        dims,
    });
    let embedder = EmbedderId {
        name: "test".to_owned(),
        sha256: "0".repeat(64),
    };
    let info = CatalogInfo::new(embedder, blocks.into());
    let text = |f: &dyn Fn(usize) -> Option<&'static str>| Values::text((0..ROWS).map(f));
    let columns = [
        Column::new(
            "kind",
            text(&|r| Some(["Boots", "Heels", "Sandals"][r % 3])),
        ),
        Column::new(
            "gender",
            text(&|r| (r % 5 != 0).then_some(["Men", "Women"][r % 2])),
        ),
        Column::new(
            "year",
            Values::Integer((0..ROWS).map(|r| Some(2010 + r as i64 % 6)).collect()),
        ),
        Column::new("maker", text(&|_| Some("One"))),
    ];
    let mut state = 1u64;
    let mut noise = move || {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (state >> 40) as f32 / (1u64 << 24) as f32 - 0.5
    };
    let mut part = |dims: usize, of: usize| -> Vec<f32> {
        (0..dims)
            .map(|at| if at % 3 == of { 1.0 } else { 0.0 } + 0.8 * noise())
            .collect()
    };
    let picture = image::RgbImage::from_fn(12, 10, |x, y| {
        image::Rgb([(x * 20) as u8, (y * 20) as u8, 99])
    });
    let mut png = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut png, image::ImageFormat::Png).unwrap();
    let shoes: Vec<NewShoe> = (0..ROWS)
        .map(|r| NewShoe {
            id: format!("shoe-{r:04}"),
            picture: png.get_ref().clone(),
            path: String::new(),
            blocks: vec![part(12, r % 3), part(6, r % 2), part(8, r % 3)],
            position: [r as f32, (r % 3) as f32, 0.0],
        })
        .collect();
    let mut writer = CatalogWriter::create(&path, info, &columns).unwrap();
    writer.push(&shoes, &columns).unwrap();
    writer.finish().unwrap();
    path
}

fn shoespace(args: &[&str]) -> Command {
    let mut command = Command::cargo_bin("shoespace").unwrap();
    command.args(args);
    command
}

/// Asserts that `recommend` with these arguments ends with code 1 and says so.
fn refuses(catalogue: &Path, args: &[&str], says: &str) {
    let mut all = vec!["recommend", catalogue.to_str().unwrap()];
    all.extend(args);
    shoespace(&all)
        .assert()
        .code(1)
        .stdout("")
        .stderr(predicate::str::starts_with("error: ").and(predicate::str::contains(says)));
}

#[test]
fn json_tells_the_score_in_parts() {
    let folder = tempfile::tempdir().unwrap();
    let path = catalogue(folder.path());
    let path = path.to_str().unwrap();
    let output = shoespace(&[
        "recommend",
        path,
        "--id",
        "shoe-0004",
        "-k",
        "7",
        "--weight",
        "gender=0.2",
        "--json",
    ])
    .assert()
    .success();
    let list: serde_json::Value = serde_json::from_slice(&output.get_output().stdout).unwrap();
    let list = list.as_array().unwrap();
    assert_eq!(list.len(), 7);
    for shoe in list {
        let parts = shoe["contributions"].as_object().unwrap();
        let names: Vec<_> = parts.keys().map(String::as_str).collect();
        for name in ["style", "colour", "silhouette", "gender"] {
            assert!(names.contains(&name), "{names:?}");
        }
        let sum: f64 = parts.values().map(|v| v.as_f64().unwrap()).sum();
        assert!((sum - shoe["score"].as_f64().unwrap()).abs() < 1e-5);
        assert!(!shoe["reason"].as_str().unwrap().is_empty());
        assert!(shoe["id"].as_str().unwrap().starts_with("shoe-"));
    }
    // For people: one line a shoe.
    let output = shoespace(&["recommend", path, "--id", "shoe-0004", "-k", "7"])
        .assert()
        .success();
    assert_eq!(
        String::from_utf8_lossy(&output.get_output().stdout)
            .lines()
            .count(),
        7
    );
}

#[test]
fn every_flag_has_its_effect() {
    let folder = tempfile::tempdir().unwrap();
    let path = catalogue(folder.path());
    let ask = |more: &[&str]| -> Vec<String> {
        let mut args = vec!["recommend", path.to_str().unwrap(), "--json", "-k", "12"];
        args.extend(more);
        let output = shoespace(&args).assert().success();
        let list: Vec<serde_json::Value> =
            serde_json::from_slice(&output.get_output().stdout).unwrap();
        list.iter()
            .map(|shoe| shoe["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let row = |id: &String| id[5..].parse::<usize>().unwrap();
    let plain = ask(&["--id", "shoe-0004"]);
    assert!(plain.iter().all(|id| row(id) % 3 == 1));
    let same = ask(&[
        "--id",
        "shoe-0004",
        "--same",
        "gender",
        "--where",
        "year>=2012",
    ]);
    assert!(
        same.iter()
            .all(|id| row(id) % 2 == 0 && row(id) % 5 != 0 && row(id) % 6 >= 2)
    );
    assert!(
        ask(&["--like", "shoe-0001", "--like", "shoe-0003"])
            .iter()
            .all(|id| row(id) % 3 != 2)
    );
    assert!(
        ask(&["--dislike", "shoe-0001"])
            .iter()
            .all(|id| row(id) % 3 != 1)
    );
    assert_ne!(ask(&["--id", "shoe-0004", "--diversity", "0.8"]), plain);
    let colour = ["--weight", "style=0", "--weight", "silhouette=0"];
    let colour: Vec<&str> = ["--id", "shoe-0004"].into_iter().chain(colour).collect();
    assert_ne!(ask(&colour), plain);
    assert_eq!(
        ask(&[
            "--id",
            "shoe-0004",
            "--metric",
            "squared-euclidean",
            "--fold"
        ])
        .len(),
        12
    );
}

#[test]
fn wrong_questions_end_with_code_1_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let path = catalogue(folder.path());
    let id = ["--id", "shoe-0004"];
    let with = |more: &[&'static str]| [&id[..], more].concat();
    refuses(&path, &["--id", "shoe-004"], "did you mean shoe-00");
    refuses(
        &path,
        &["--like", "shoe-0001", "--dislike", "nonsense"],
        "nonsense",
    );
    refuses(&path, &with(&["--where", "gendre=Women"]), "gender");
    refuses(&path, &with(&["--where", "gender%Women"]), "gender%Women");
    refuses(
        &path,
        &with(&["--where", "gender=Women", "--where", "year>2050"]),
        "without",
    );
    refuses(&path, &with(&["--same", "gendre"]), "gender");
    refuses(
        &path,
        &["--id", "shoe-0005", "--same", "gender"],
        "shoe-0005 has none",
    );
    refuses(&path, &with(&["-k", "500"]), "119");
    refuses(&path, &with(&["-k", "0"]), "at least 1");
    refuses(&path, &with(&["--weight", "style=-1"]), "style is -1");
    refuses(&path, &with(&["--weight", "style=much"]), "style=0.5");
    refuses(&path, &with(&["--weight", "stile=1"]), "style");
    let zero = [
        "--weight",
        "style=0",
        "--weight",
        "colour=0",
        "--weight",
        "silhouette=0",
    ];
    refuses(&path, &with(&zero), "every weight is 0");
    refuses(&path, &with(&["--diversity", "2"]), "diversity");
    let no_photo = folder.path().join("no-photo.jpg");
    std::fs::write(&no_photo, "this is no photo").unwrap();
    refuses(
        &path,
        &["--image", no_photo.to_str().unwrap()],
        "no-photo.jpg",
    );
    refuses(
        &path,
        &["--image", "/nowhere/photo.jpg"],
        "/nowhere/photo.jpg",
    );
    refuses(&folder.path().join("none.parquet"), &id, "none.parquet");
    // What does not fit the command line at all is clap's, code 2.
    shoespace(&["recommend", path.to_str().unwrap()])
        .assert()
        .code(2);
    shoespace(&["recommend", path.to_str().unwrap(), "--all"])
        .assert()
        .code(2);
}

#[test]
fn all_writes_a_table() {
    let folder = tempfile::tempdir().unwrap();
    let path = catalogue(folder.path());
    let path = path.to_str().unwrap();
    for name in ["all.csv", "all.parquet"] {
        let table = folder.path().join(name);
        let table = table.to_str().unwrap();
        shoespace(&["recommend", path, "--all", "-k", "5", "-o", table])
            .assert()
            .success();
        assert!(std::fs::metadata(table).unwrap().len() > 1000);
    }
    let mut reader = csv::Reader::from_path(folder.path().join("all.csv")).unwrap();
    assert_eq!(reader.records().count(), ROWS * 5);
    shoespace(&["recommend", path, "--all", "-o", "/nowhere/all.csv"])
        .assert()
        .code(1)
        .stderr(predicate::str::contains("/nowhere/all.csv"));
    shoespace(&["recommend", path, "--all", "-o", "all.xlsx"])
        .assert()
        .code(1)
        .stderr(predicate::str::contains(".parquet or .csv"));
}

/// What is read is never written over, and a question is never silently dropped.
#[test]
fn options_that_do_not_belong_together_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = catalogue(folder.path());
    let before = std::fs::read(&path).unwrap();
    let path = path.to_str().unwrap();
    let table = folder.path().join("one.csv");
    let table = table.to_str().unwrap();
    let id = ["--id", "shoe-0004"];
    shoespace(&["recommend", path, id[0], id[1], "-o", table])
        .assert()
        .code(2)
        .stderr(predicate::str::contains("--all"));
    for more in [["--id", "shoe-0004"], ["--like", "shoe-0004"]] {
        shoespace(&["recommend", path, "--all", "-o", table, more[0], more[1]])
            .assert()
            .code(2);
    }
    assert!(!Path::new(table).exists());
    shoespace(&["recommend", path, "--all", "-o", path])
        .assert()
        .code(1)
        .stderr(predicate::str::contains("cannot be written over"));
    shoespace(&["learn", path, "--by", "kind", "-o", "learned.txt"])
        .assert()
        .code(1)
        .stderr(predicate::str::contains(".parquet"));
    assert_eq!(std::fs::read(path).unwrap(), before);
}

/// `recommend … | head -1` closes the pipe; a full disk is a failure that is told.
#[cfg(unix)]
#[test]
fn a_closed_pipe_is_no_panic() {
    use std::process::{Command, Stdio};
    let folder = tempfile::tempdir().unwrap();
    let path = catalogue(folder.path());
    let program = assert_cmd::cargo::cargo_bin("shoespace");
    let mut child = Command::new(&program)
        .args(["recommend", path.to_str().unwrap(), "--id", "shoe-0004"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let ended = child.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(ended.status.success() && told.is_empty(), "{told}");
    if let Ok(full) = std::fs::OpenOptions::new().write(true).open("/dev/full") {
        let ended = Command::new(&program)
            .args(["inspect", path.to_str().unwrap()])
            .stdout(full)
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert!(
            ended.status.code() == Some(1) && told.contains("standard output"),
            "{told}"
        );
    }
}

#[test]
fn learning_and_judging() {
    let folder = tempfile::tempdir().unwrap();
    let path = catalogue(folder.path());
    let path = path.to_str().unwrap();
    let judge = |by: &str| {
        shoespace(&[
            "evaluate",
            "recommend",
            path,
            "--by",
            by,
            "-k",
            "5",
            "--json",
        ])
    };
    let report = |command: &mut Command| -> serde_json::Value {
        let output = command.assert().success();
        serde_json::from_slice(&output.get_output().stdout).unwrap()
    };
    let before = report(&mut judge("kind,gender"));
    assert_eq!(
        (before["k"].as_u64(), before["queries"].as_u64()),
        (Some(5), Some(120))
    );
    for method in ["chance", "pixels", "style", "colour", "silhouette", "mix"] {
        assert!(before["columns"]["kind"][method].is_number(), "{method}");
    }
    assert!(before["columns"]["kind"]["learned"].is_null());
    shoespace(&["learn", path, "--by", "kind,gender"])
        .assert()
        .success()
        .stdout(predicate::str::contains("kind"));
    let catalog = Catalog::open(Path::new(path)).unwrap();
    assert!(catalog.has_block("learned"));
    let tests = (0..ROWS).filter(|&row| catalog.is_test(row)).count();
    let after = report(&mut judge("kind,gender"));
    assert_eq!(after["queries"].as_u64(), Some(tests as u64));
    assert!(after["columns"]["kind"]["learned"].is_number());
    shoespace(&["evaluate", "recommend", path, "--by", "kind"])
        .assert()
        .success()
        .stdout(predicate::str::contains("Protocol").and(predicate::str::contains("learned")));
    for (args, says) in [
        (["learn", path, "--by", "maker"], "one value"),
        (["learn", path, "--by", "kinds"], "kind"),
    ] {
        shoespace(&args)
            .assert()
            .code(1)
            .stderr(predicate::str::contains(says));
    }
    judge("maker")
        .assert()
        .code(1)
        .stderr(predicate::str::contains("one value"));
    judge("kinds")
        .assert()
        .code(1)
        .stderr(predicate::str::contains("kind"));
}

#[test]
fn what_the_search_field_finds_is_recommended_from_and_inspected() {
    let folder = tempfile::tempdir().unwrap();
    let path = catalogue(folder.path());
    let json = |args: &[&str]| -> serde_json::Value {
        let mut all = vec![args[0], path.to_str().unwrap(), "--json"];
        all.extend(&args[1..]);
        let output = shoespace(&all).assert().success();
        serde_json::from_slice(&output.get_output().stdout).unwrap()
    };
    let rows = |ids: &serde_json::Value| -> Vec<usize> {
        let id = |id: &serde_json::Value| id.as_str().unwrap()[5..].parse().unwrap();
        ids.as_array().unwrap().iter().map(id).collect()
    };
    // Words of two columns, in any case; a condition beside them.
    let asked = ["--search", "WOMEN sandal", "--where", "YEAR>=2012"];
    let fits = |row: &usize| row % 3 == 2 && row % 2 == 1 && !row.is_multiple_of(5) && row % 6 >= 2;
    let all: Vec<usize> = (0..ROWS).filter(fits).collect();
    let report = json(&[&["inspect"], &asked[..]].concat());
    assert_eq!(rows(&report["found"]["ids"]), all);
    assert_eq!(report["found"]["count"], all.len());
    assert_eq!(report["count"], ROWS);
    let list = json(&[&["recommend", "--id", "shoe-0004", "-k", "5"], &asked[..]].concat());
    let ids = list
        .as_array()
        .unwrap()
        .iter()
        .map(|shoe| shoe["id"].clone());
    let found = rows(&ids.collect());
    assert!(found.len() == 5 && found.iter().all(fits), "{found:?}");
    assert!(json(&["inspect"]).get("found").is_none());
    // For people.
    let text = path.to_str().unwrap();
    shoespace(&["inspect", text, "--search", "sandal"])
        .assert()
        .success()
        .stdout(predicate::str::starts_with("found:    40 of 120 shoes\n"));
    // Nothing found says so, and what to do.
    let nothing = || {
        predicate::str::contains("the search `zebra` finds nothing")
            .and(predicate::str::contains("search for fewer words"))
    };
    for command in [
        &["inspect", text][..],
        &["recommend", text, "--id", "shoe-0004"],
    ] {
        let args = [command, &["--search", "zebra"]].concat();
        shoespace(&args)
            .assert()
            .code(1)
            .stdout("")
            .stderr(nothing());
    }
    shoespace(&[
        "inspect",
        text,
        "--search",
        "sandal",
        "--where",
        "kind=boots",
    ])
    .assert()
    .code(1)
    .stderr(predicate::str::contains(
        "finds 40 shoes, and none of them meets kind=boots",
    ));
    refuses(
        &path,
        &[
            "--id",
            "shoe-0004",
            "--search",
            "sandal",
            "--where",
            "kind=boots",
        ],
        "without kind=boots",
    );
}
