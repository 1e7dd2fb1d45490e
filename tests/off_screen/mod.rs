//! What the tests that draw off screen share: whether there is something to draw with, and a catalogue made here.

use image::RgbImage;
use shoespace::catalog::writer::{CatalogWriter, NewShoe};
use shoespace::catalog::{BlockInfo, CatalogInfo, Column, EmbedderId};
use std::path::Path;

/// Whether there is a graphics driver. Where there is none the test says so and passes, unless
/// `SHOESPACE_NEEDS_DRIVER` is set, as by `make test`, which installs Mesa.
pub fn has_driver() -> bool {
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

/// A shoe of the catalogue made here.
pub struct Made {
    pub picture: RgbImage,
    pub position: [f32; 3],
    /// The value of a block's number `i`.
    pub feature: Box<dyn Fn(usize) -> f32>,
}

/// Writes a catalogue of shoes `shoe-00`, `shoe-01`, …
pub fn write_catalogue(path: &Path, made: Vec<Made>, columns: &[Column]) {
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
    let shoes: Vec<NewShoe> = (made.iter().enumerate())
        .map(|(n, shoe)| {
            let mut png = std::io::Cursor::new(Vec::new());
            let format = image::ImageFormat::Png;
            shoe.picture.write_to(&mut png, format).unwrap();
            NewShoe {
                id: format!("shoe-{n:02}"),
                picture: png.into_inner(),
                path: String::new(),
                blocks: (blocks.iter())
                    .map(|block| (0..block.dims).map(&shoe.feature).collect())
                    .collect(),
                position: shoe.position,
            }
        })
        .collect();
    let info = CatalogInfo::new(embedder, blocks);
    let mut writer = CatalogWriter::create(path, info, columns).unwrap();
    writer.push(&shoes, columns).unwrap();
    writer.finish().unwrap();
}

/// A shoe-like rectangle of one colour on white.
pub fn picture(side: u32, colour: [u8; 3]) -> RgbImage {
    RgbImage::from_fn(side, side, |x, y| {
        let is_shoe =
            (side / 8..side * 7 / 8).contains(&x) && (side * 3 / 8..side * 3 / 4).contains(&y);
        image::Rgb(if is_shoe { colour } else { [255; 3] })
    })
}
