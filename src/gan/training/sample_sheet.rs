//! The sheet of samples that a run leaves now and then: real shoes of the training split, and beside each
//! what the generator makes of its code, always with the same noises.

use crate::catalog::picture::encode_png;
use crate::gan::dataset::training_set::TrainingSet;
use crate::gan::generator::Generator;
use crate::gan::random::{normal, random};
use crate::gan::{GanError, tensor_file};
use image::{Rgb, RgbImage, imageops};
use rand::RngExt as _;
use std::path::Path;

/// Shoes on the sheet.
const SHOES: usize = 12;
/// Designs beside each.
const DESIGNS: usize = 8;
/// Rows of the sheet that a run leaves.
pub const SHEET_ROWS: u32 = SHOES as u32;
/// Tiles in each row: the real shoe, and designs beside it.
pub const SHEET_COLUMNS: u32 = 1 + DESIGNS as u32;
/// Pixels between the real shoe and the designs.
const GAP: u32 = 4;

/// Which shoes and noises the sheet shows.
pub(super) struct SampleSheet {
    shoes: Vec<usize>,
    noises: Vec<Vec<f32>>,
}

impl SampleSheet {
    /// The sheet of a run: shoes drawn by its seed, so that nobody picks them.
    pub fn new(set: &TrainingSet, noise_dims: usize, seed: u64) -> Result<Self, GanError> {
        let mut random = random(seed, u64::MAX);
        let shoes = (0..SHOES)
            .map(|_| random.random_range(0..set.shoes.len()))
            .collect();
        let noises = (0..DESIGNS)
            .map(|_| (0..noise_dims).map(|_| normal(&mut random)).collect())
            .collect();
        Ok(Self { shoes, noises })
    }

    /// Writes the sheet, by rename.
    pub fn write(
        &self,
        generator: &Generator,
        set: &TrainingSet,
        path: &Path,
    ) -> Result<(), GanError> {
        let mut rows = Vec::new();
        for &shoe in &self.shoes {
            let codes = vec![set.code(shoe).to_vec(); self.noises.len()];
            let designs = generator.decode(&codes, &self.noises)?;
            rows.push((set.shoes.picture(shoe), designs));
        }
        write_sheet(&rows, path)
    }
}

/// Writes a PNG with one line for each real shoe and the designs beside it, by rename.
pub(in crate::gan) fn write_sheet(
    rows: &[(RgbImage, Vec<RgbImage>)],
    path: &Path,
) -> Result<(), GanError> {
    let Some((first, designs)) = rows.first() else {
        return Ok(());
    };
    let side = first.width();
    let width = side * (1 + designs.len() as u32) + GAP;
    let mut sheet = RgbImage::from_pixel(width, side * rows.len() as u32, Rgb([128; 3]));
    for (i, (real, designs)) in rows.iter().enumerate() {
        let y = i64::from(side) * i as i64;
        imageops::replace(&mut sheet, real, 0, y);
        for (j, design) in designs.iter().enumerate() {
            let x = i64::from(side) * (j as i64 + 1) + i64::from(GAP);
            imageops::replace(&mut sheet, design, x, y);
        }
    }
    // Twice the size: pixels are small.
    let sheet = imageops::resize(
        &sheet,
        2 * sheet.width(),
        2 * sheet.height(),
        imageops::FilterType::Nearest,
    );
    tensor_file::write_whole(path, &encode_png(&sheet))
}
