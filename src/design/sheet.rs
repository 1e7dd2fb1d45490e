//! Several designs in one picture: sheets and film strips (PNG).

use super::{Design, DesignError, file};
use crate::atomic_file;
use image::{Rgb, RgbImage, imageops};
use std::path::Path;

/// White pixels between the tiles of a sheet.
const GAP: u32 = 2;

/// The keyword of the text chunk of a sheet or a strip: a JSON array of its designs, row by row.
pub const SHEET_KEYWORD: &str = "shoespace designs";

/// Lays pictures of one size out row by row with `columns` in a row, on white, unscaled, so that every
/// tile is its design to the bit.
pub fn sheet(pictures: &[RgbImage], columns: usize) -> RgbImage {
    let Some(first) = pictures.first() else {
        return RgbImage::from_pixel(1, 1, Rgb([255; 3]));
    };
    let columns = columns.clamp(1, pictures.len()) as u32;
    let rows = (pictures.len() as u32).div_ceil(columns);
    let (w, h) = (first.width() + GAP, first.height() + GAP);
    let mut sheet = RgbImage::from_pixel(columns * w - GAP, rows * h - GAP, Rgb([255; 3]));
    for (i, picture) in pictures.iter().enumerate() {
        let (x, y) = (i as u32 % columns * w, i as u32 / columns * h);
        imageops::replace(&mut sheet, picture, x.into(), y.into());
    }
    sheet
}

/// How many columns make a sheet of `count` about square.
pub fn columns_for(count: usize) -> usize {
    (count as f64).sqrt().ceil().max(1.0) as usize
}

/// Saves a sheet (or a strip, with as many columns as designs) with the designs in its text chunk.
///
/// # Errors
/// [`DesignError::Write`].
pub fn save_sheet(
    designs: &[Design],
    pictures: &[RgbImage],
    columns: usize,
    path: &Path,
) -> Result<(), DesignError> {
    let sheet = sheet(pictures, columns);
    let text = file::to_json(&designs, path)?;
    atomic_file::write(path, |w| file::write_png(w, &sheet, SHEET_KEYWORD, &text))
        .map_err(DesignError::write(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::animation::tests::frames;

    #[test]
    fn a_sheet_keeps_every_tile_to_the_bit() {
        let frames = frames();
        let sheet = sheet(&frames, 3);
        assert_eq!(sheet.dimensions(), (28, 18));
        for (i, frame) in frames.iter().enumerate() {
            let (x, y) = (i as u32 % 3 * 10, i as u32 / 3 * 10);
            assert_eq!(&imageops::crop_imm(&sheet, x, y, 8, 8).to_image(), frame);
        }
    }
}
