//! The generator as the rest of the program sees it: loaded from a file, it decodes codes to pictures.

use super::{GanError, GeneratorInfo};
use image::RgbImage;
use std::path::Path;

/// A trained generator. Cheap to share between threads; all methods take `&self`.
#[derive(Debug)]
pub struct Generator {
    info: GeneratorInfo,
}

impl Generator {
    /// Loads a generator's file.
    ///
    /// # Errors
    /// The file cannot be read, is no generator, is cut short, or is of a newer version.
    pub fn load(path: &Path) -> Result<Self, GanError> {
        Err(GanError::model(path, "being built"))
    }

    /// What it is and how it came to be.
    pub fn info(&self) -> &GeneratorInfo {
        &self.info
    }

    /// The code of a place in shoe space: from the raw blocks `style` and `colour` of an embedding (as the
    /// embedder made them, not centred) through the generator's own basis. Whitened principal coordinates,
    /// each within ±3; the first hold the most.
    ///
    /// # Errors
    /// A block has another length than the generator was made for, or holds a NaN.
    pub fn code(&self, _style: &[f32], _colour: &[f32]) -> Result<Vec<f32>, GanError> {
        Err(GanError::Input("being built".into()))
    }

    /// Noise number `index` of the series of `seed`: independent standard normal numbers, the same on every
    /// machine. Scale it towards 0 for more typical designs (truncation).
    pub fn noise(&self, _seed: u64, _index: u64) -> Vec<f32> {
        Vec::new()
    }

    /// The pictures at `codes` with `noises`, one noise a code; in parallel over the pictures, and each the
    /// same to the bit whatever else is in the batch. Grey generators give grey RGB.
    ///
    /// # Errors
    /// As many noises as codes are needed, each of the generator's own length, without NaN.
    pub fn decode(
        &self,
        _codes: &[Vec<f32>],
        _noises: &[Vec<f32>],
    ) -> Result<Vec<RgbImage>, GanError> {
        Err(GanError::Input("being built".into()))
    }

    /// A design in the frame in which the training catalogue's own pictures are embedded: what an embedder
    /// should be shown to find out where in shoe space a design lies.
    pub fn embeddable(&self, design: &RgbImage) -> RgbImage {
        design.clone()
    }
}
