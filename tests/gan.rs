//! `shoespace train` and `shoespace evaluate gan` as a user runs them, on bad input.

use assert_cmd::Command;
use predicates::str::contains;

fn shoespace() -> Command {
    let mut command = Command::cargo_bin("shoespace").unwrap();
    command.env_remove("RUST_LOG");
    command
}

#[test]
fn help_shows_an_example() {
    for (arguments, example) in [
        (["train", "--help"].as_slice(), "--minutes 60"),
        (
            &["evaluate", "gan", "--help"],
            "data/fashion-mnist-shoes.parquet",
        ),
    ] {
        shoespace()
            .args(arguments)
            .assert()
            .success()
            .stdout(contains(example));
    }
}

#[test]
fn arguments_that_do_not_fit_are_refused() {
    for arguments in [
        ["--size", "33"],
        ["--minutes", "-1"],
        ["--minutes", "NaN"],
        ["--threads", "0"],
        ["--images", "0"],
        ["--network", "other"],
    ] {
        shoespace()
            .args(["train", "c.parquet", "-o", "g.safetensors"])
            .args(arguments)
            .assert()
            .code(2);
    }
}

#[test]
fn files_that_are_missing_or_broken_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    shoespace()
        .args(["train", &path("none.parquet"), "-o", &path("g.safetensors")])
        .assert()
        .code(1)
        .stderr(contains("none.parquet"));
    // Told before the catalogue is read: it does not even have to be there.
    shoespace()
        .args([
            "train",
            &path("none.parquet"),
            "-o",
            &path("gone/g.safetensors"),
        ])
        .assert()
        .code(1)
        .stderr(contains("gone: there is no such folder").and(contains("none.parquet").not()));
    std::fs::write(path("broken.safetensors"), b"not tensors at all").unwrap();
    for (output, says) in [
        ("broken.safetensors", "there already"),
        ("g.parquet", ".safetensors"),
    ] {
        shoespace()
            .args(["train", &path("none.parquet"), "-o", &path(output)])
            .assert()
            .code(1)
            .stderr(contains(says));
    }
    shoespace()
        .args(["evaluate", "gan", &path("broken.safetensors")])
        .assert()
        .code(1)
        .stderr(contains("broken.safetensors").and(contains("safetensors file")));
    assert!(!folder.path().join("g.safetensors").exists());
}

use predicates::prelude::PredicateBooleanExt as _;
