//! The shoes of a catalogue as the networks see them: framed pictures and raw blocks of embeddings.

use super::framing::{Framing, check_enlargement};
use super::pixels::{bytes_of, picture_of};
use crate::catalog::Catalog;
use crate::gan::GanError;
use crate::job::Job;
use candle_core::{Device, Result as CandleResult, Tensor};
use image::RgbImage;
use std::sync::Mutex;

/// Fewer shoes than this are too few to learn from.
const FEWEST: usize = 50;

/// Shoes with their framed pictures and raw blocks: the training split of a catalogue, or the rest of it.
pub(in crate::gan) struct FramedShoes {
    /// Their rows in the catalogue.
    pub rows: Vec<usize>,
    pub size: usize,
    pub channels: usize,
    /// `size` · `size` · `channels` bytes each.
    pub pictures: Vec<u8>,
    /// Raw style, 320 numbers each, and raw colour.
    pub blocks: [Vec<f32>; 2],
    pub block_dims: [usize; 2],
    /// See [`GeneratorInfo::view`](crate::gan::GeneratorInfo::view).
    pub view: f32,
    /// Shoes whose picture did not do.
    pub left_out: usize,
    /// Whether every picture stands in its frame to the pixel, so that what the catalogue says of it is
    /// true of the framed picture too.
    pub exact: bool,
}

/// Which part of a catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::gan) enum Split {
    Train,
    Test,
}

impl FramedShoes {
    /// Reads a part of a catalogue for a generator of `size` and `channels`.
    ///
    /// # Errors
    /// The catalogue is damaged, its pictures are too small, or too few are left.
    pub fn read(
        catalog: &Catalog,
        part: Split,
        size: usize,
        channels: usize,
        job: &Job,
    ) -> Result<Self, GanError> {
        let wanted: Vec<usize> = (0..catalog.len())
            .filter(|&row| catalog.is_test(row) == (part == Split::Test))
            .collect();
        let path = || catalog.path().to_owned();
        if part == Split::Train && wanted.len() < FEWEST {
            return Err(GanError::TooFewShoes {
                catalogue: path(),
                shoes: wanted.len(),
                all: catalog.len(),
                least: FEWEST,
            });
        }
        job.stage("Reading pictures", Some(wanted.len() as u64));
        let sample: Vec<usize> = wanted
            .iter()
            .step_by(wanted.len() / 200 + 1)
            .copied()
            .collect();
        let sides = Mutex::new(Vec::new());
        catalog.for_each_picture(Some(&sample), |_, picture| {
            let side = picture.width().max(picture.height());
            sides.lock().unwrap_or_else(|e| e.into_inner()).push(side);
        })?;
        let sides = sides.into_inner().unwrap_or_else(|e| e.into_inner());
        let frame = Framing::for_sides(sides.into_iter(), size as u32);
        let framed = Mutex::new(Vec::with_capacity(wanted.len()));
        catalog.for_each_picture(Some(&wanted), |row, picture| {
            let picture = frame
                .apply(&picture, size as u32)
                .map(|f| (row, bytes_of(&f.picture, channels), f.view, f.enlarged));
            framed
                .lock()
                .unwrap_or_else(|e| e.into_inner())
                .extend(picture);
            job.advance(1);
        })?;
        job.check()?;
        let mut framed = framed.into_inner().unwrap_or_else(|e| e.into_inner());
        framed.sort_by_key(|f| f.0);
        if part == Split::Train && framed.len() < FEWEST {
            return Err(GanError::TooFewFramed {
                catalogue: path(),
                shoes: framed.len(),
                least: FEWEST,
            });
        }
        let mut enlarged: Vec<f32> = framed.iter().map(|f| f.3).collect();
        check_enlargement(&mut enlarged, size as u32)?;
        let mut blocks = [Vec::new(), Vec::new()];
        let mut block_dims = [0, 0];
        for (i, name) in ["style", "colour"].into_iter().enumerate() {
            let block = catalog.block(name)?;
            block_dims[i] = block.dims;
            for (row, ..) in &framed {
                let values = block.row_f32(*row);
                if values.iter().any(|v| !v.is_finite()) {
                    return Err(GanError::DamagedBlock {
                        catalogue: path(),
                        block: name,
                        shoe: catalog.id(*row).to_owned(),
                    });
                }
                blocks[i].extend(values);
            }
        }
        // The geometric mean: views are ratios.
        let logs: f64 = framed.iter().map(|f| f64::from(f.2.ln())).sum();
        let view = (logs / framed.len().max(1) as f64).exp() as f32;
        Ok(Self {
            size,
            channels,
            view,
            left_out: wanted.len() - framed.len(),
            exact: frame == Framing::Padded,
            rows: framed.iter().map(|f| f.0).collect(),
            pictures: framed.into_iter().flat_map(|f| f.1).collect(),
            blocks,
            block_dims,
        })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// The raw blocks of shoe `i`.
    pub fn blocks_of(&self, i: usize) -> [&[f32]; 2] {
        let [style, colour] = self.block_dims;
        [
            &self.blocks[0][i * style..(i + 1) * style],
            &self.blocks[1][i * colour..(i + 1) * colour],
        ]
    }

    /// The framed pictures of `shoes` [shoes, size, size, channels], within ±1.
    pub fn tensor(&self, shoes: &[usize]) -> CandleResult<Tensor> {
        let (size, channels) = (self.size, self.channels);
        let len = size * size * channels;
        let mut values = Vec::with_capacity(shoes.len() * len);
        for &i in shoes {
            let picture = &self.pictures[i * len..][..len];
            values.extend(picture.iter().map(|&v| f32::from(v) / 127.5 - 1.0));
        }
        Tensor::from_vec(values, (shoes.len(), size, size, channels), &Device::Cpu)
    }

    /// The framed picture of shoe `i`.
    pub fn picture(&self, i: usize) -> RgbImage {
        let len = self.size * self.size * self.channels;
        picture_of(&self.pictures[i * len..][..len], self.size, self.channels)
    }
}
