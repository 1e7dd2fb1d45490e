//! The explorer's scene off screen, as `shoespace snapshot` draws it: a small catalogue made here, one
//! frame, lit pixels. Where there is no graphics driver at all the tests say so and pass, unless
//! `SHOESPACE_NEEDS_DRIVER` is set, as by `make test`, which installs Mesa.
#![cfg(feature = "explorer")]

use assert_cmd::Command;
use image::{Rgb, RgbImage};
use predicates::prelude::PredicateBooleanExt as _;
use predicates::str::contains;
use shoespace::catalog::writer::{CatalogWriter, NewShoe};
use shoespace::catalog::{BlockInfo, CatalogInfo, Column, EmbedderId, Values};
use std::path::Path;

/// Forty red and blue "shoes" on white, in two clouds side by side.
fn small_catalogue(path: &Path) {
    let blocks: Vec<BlockInfo> = shoespace::embed::BLOCKS
        .map(|block| BlockInfo {
            name: block.name.into(),
            dims: block.dims,
        })
        .into();
    let embedder = EmbedderId {
        name: "test".into(),
        sha256: "0".into(),
    };
    let mut shoes = Vec::new();
    let mut colours = Vec::new();
    for n in 0..40u32 {
        let red = n % 2 == 0;
        let colour = if red { [200, 30, 30] } else { [30, 60, 200] };
        let picture = RgbImage::from_fn(48, 48, |x, y| {
            if (6..42).contains(&x) && (18..36).contains(&y) {
                Rgb(colour)
            } else {
                Rgb([255; 3])
            }
        });
        let mut png = std::io::Cursor::new(Vec::new());
        picture.write_to(&mut png, image::ImageFormat::Png).unwrap();
        let side = if red { -1.0 } else { 1.0 };
        let angle = n as f32 * 0.7;
        shoes.push(NewShoe {
            id: format!("shoe-{n:02}"),
            picture: png.into_inner(),
            path: String::new(),
            blocks: blocks
                .iter()
                .map(|b| {
                    let value = |i: usize| (angle + i as f32).sin() + if red { 1.0 } else { -1.0 };
                    (0..b.dims).map(value).collect()
                })
                .collect(),
            position: [side + 0.4 * angle.sin(), 0.4 * angle.cos(), 0.3 * side],
        });
        colours.push(Some(if red { "red" } else { "blue" }));
    }
    let columns = [Column::new("hue", Values::text(colours))];
    let info = CatalogInfo::new(embedder, blocks);
    let mut writer = CatalogWriter::create(path, info, &columns).unwrap();
    writer.push(&shoes, &columns).unwrap();
    writer.finish().unwrap();
}

fn shoespace() -> Command {
    let mut command = Command::cargo_bin("shoespace").unwrap();
    command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
    command
}

fn has_driver() -> bool {
    let has = shoespace::explorer::app::platform::require_driver().is_ok();
    if !has {
        assert!(
            std::env::var_os("SHOESPACE_NEEDS_DRIVER").is_none(),
            "there should be a graphics driver here, and there is none"
        );
        eprintln!(
            "no graphics driver here, so nothing was drawn (scripts/packages.sh installs one)"
        );
    }
    has
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
