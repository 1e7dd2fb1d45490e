//! The explorer's scene off screen, as `shoespace snapshot` draws it: a small catalogue made here, one
//! frame, lit pixels.
#![cfg(feature = "explorer")]

mod off_screen;

use assert_cmd::Command;
use image::AnimationDecoder as _;
use off_screen::{Made, has_driver, picture, write_catalogue};
use predicates::prelude::PredicateBooleanExt as _;
use predicates::str::contains;
use shoespace::catalog::{Column, Values};
use std::path::Path;

/// Forty red and blue "shoes" on white, in two clouds side by side.
fn small_catalogue(path: &Path) {
    let is_red = |n: u32| n.is_multiple_of(2);
    let made = (0..40)
        .map(|n| {
            let (colour, side) = match is_red(n) {
                true => ([200, 30, 30], -1.0),
                false => ([30, 60, 200], 1.0),
            };
            let angle = n as f32 * 0.7;
            Made {
                picture: picture(48, colour),
                position: [side + 0.4 * angle.sin(), 0.4 * angle.cos(), 0.3 * side],
                feature: Box::new(move |i| (angle + i as f32).sin() - side),
            }
        })
        .collect();
    let hues = (0..40).map(|n| Some(if is_red(n) { "red" } else { "blue" }));
    let hue = Column::new("hue", Values::text(hues.collect::<Vec<_>>()));
    write_catalogue(path, made, &[hue]);
}

fn shoespace() -> Command {
    let mut command = Command::cargo_bin("shoespace").unwrap();
    command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
    command
}

/// How many pixels are clearly red, and clearly blue.
fn red_and_blue(path: &Path) -> (usize, usize) {
    let picture = image::open(path).unwrap().to_rgb8();
    let count = |strong: usize, weak: usize| {
        picture
            .pixels()
            .filter(|p| p[strong] > 120 && p[weak] < 90)
            .count()
    };
    (count(0, 2), count(2, 0))
}

#[test]
fn a_frame_shows_the_shoes_in_their_own_colours() {
    if !has_driver() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let catalogue = folder.path().join("small.parquet");
    small_catalogue(&catalogue);
    let out = folder.path().join("shot.png");
    shoespace()
        .args(["snapshot", "--size", "320x240", "-o"])
        .args([&out, &catalogue])
        .assert()
        .success();
    assert_eq!(image::image_dimensions(&out).unwrap(), (320, 240));
    let (red, blue) = red_and_blue(&out);
    // From home the blue ones stand before the red ones, and hide a good part of them.
    assert!(red > 100 && blue > 300, "{red} red and {blue} blue pixels");

    // Close to the red ones no blue one is in sight.
    shoespace()
        .args([
            "snapshot",
            "--size",
            "320x240",
            "--look-at",
            "-1.4,0,-0.3",
            "-o",
        ])
        .args([&out, &catalogue])
        .assert()
        .success();
    let (near_red, _) = red_and_blue(&out);
    assert!(near_red > red, "nearer is larger: {near_red} {red}");

    // A selection makes the others step back.
    shoespace()
        .args(["snapshot", "--size", "320x240", "--select", "shoe-00", "-o"])
        .args([&out, &catalogue])
        .assert()
        .success();
    let (red_selected, blue_selected) = red_and_blue(&out);
    assert!(red_selected > 100, "{red_selected}");
    assert!(
        blue_selected * 2 < blue,
        "most blue ones fade into the background: {blue_selected} of {blue} are left"
    );
}

#[test]
fn what_cannot_be_drawn_is_told_in_one_sentence() {
    if !has_driver() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let catalogue = folder.path().join("small.parquet");
    small_catalogue(&catalogue);
    let out = folder.path().join("shot.png");
    shoespace()
        .args(["snapshot", "--size", "64x64", "--select", "shoe-4", "-o"])
        .args([&out, &catalogue])
        .assert()
        .code(1)
        .stderr(contains("shoe-4").and(contains("did you mean")));
    shoespace()
        .args(["snapshot", "--size", "64x64", "-o", "/proc/none/shot.png"])
        .arg(&catalogue)
        .assert()
        .code(1)
        .stderr(contains("/proc/none/shot.png"));
    shoespace()
        .args(["snapshot", "-o"])
        .args([&out, &folder.path().join("missing.parquet")])
        .assert()
        .code(1)
        .stderr(contains("missing.parquet"));
    assert!(!out.exists());
}

#[test]
fn without_a_display_a_tour_is_rendered() {
    if !has_driver() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let catalogue = folder.path().join("small.parquet");
    small_catalogue(&catalogue);
    let tour = folder.path().join("tour");
    shoespace()
        .arg(&catalogue)
        .arg("--tour")
        .arg(&tour)
        .assert()
        .success()
        .stdout(contains("tour"));
    assert_eq!(std::fs::read_dir(&tour).unwrap().count(), 5);
}

#[test]
fn no_driver_is_one_sentence_that_names_the_package() {
    let folder = tempfile::tempdir().unwrap();
    let catalogue = folder.path().join("small.parquet");
    small_catalogue(&catalogue);
    // The loader is told to look for drivers where there are none.
    shoespace()
        .env("VK_DRIVER_FILES", "/nonexistent.json")
        .env("VK_ICD_FILENAMES", "/nonexistent.json")
        .args(["snapshot", "-o"])
        .args([&folder.path().join("shot.png"), &catalogue])
        .assert()
        .code(1)
        .stderr(contains("mesa-vulkan-drivers"));
}

#[test]
fn a_turn_is_an_animation_and_a_tint_that_is_none_says_which_are() {
    if !has_driver() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let catalogue = folder.path().join("small.parquet");
    small_catalogue(&catalogue);
    let out = folder.path().join("turn.gif");
    shoespace()
        .args(["snapshot", "--size", "160x120", "--turn", "1", "--names"])
        .args(["--tint", "hue", "-o"])
        .args([&out, &catalogue])
        .assert()
        .success();
    let file = std::io::BufReader::new(std::fs::File::open(&out).unwrap());
    let frames = image::codecs::gif::GifDecoder::new(file)
        .unwrap()
        .into_frames();
    let frames = frames.collect_frames().unwrap();
    assert_eq!(frames.len(), 12);
    let differ = frames[0].buffer() != frames[6].buffer();
    assert!(differ, "from behind it looks otherwise");

    let refused = |more: &[&str]| {
        shoespace()
            .arg("snapshot")
            .args(more)
            .arg(&catalogue)
            .assert()
            .failure()
    };
    let png = folder.path().join("none.png");
    let png = png.to_str().unwrap();
    refused(&["--tint", "colour", "-o", png]).stderr(contains("hue"));
    refused(&["--turn", "1", "-o", "turn.mp4"]).stderr(contains("turn.mp4"));
    refused(&["--turn", "20", "--size", "8192x8192", "-o", png]).stderr(contains("too many"));
    assert!(!Path::new(png).exists());
}
