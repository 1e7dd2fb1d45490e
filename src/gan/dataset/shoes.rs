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
    /// The raw blocks that were asked for.
    pub blocks: Vec<RawBlock>,
    /// For each shoe, see [`GeneratorInfo::view`](crate::gan::GeneratorInfo::view).
    pub views: Vec<f32>,
    /// Shoes whose picture did not do.
    pub left_out: usize,
    /// Whether every picture stands in its frame to the pixel, so that what the catalogue says of it is
    /// true of the framed picture too.
    pub exact: bool,
}

/// One raw block of some shoes.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::gan) struct RawBlock {
    pub name: String,
    /// Numbers of a shoe.
    pub dims: usize,
    /// Row-major.
    pub values: Vec<f32>,
}

/// Which part of a catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::gan) enum Split {
    Train,
    Test,
}

impl FramedShoes {
    /// Reads a part of a catalogue for a generator of `size` and `channels`, with its raw blocks of those `names`.
    ///
    /// # Errors
    /// The catalogue is damaged, its pictures are too small, or too few are left.
    pub fn read(
        catalog: &Catalog,
        part: Split,
        [size, channels]: [usize; 2],
        names: &[&str],
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
        let rows: Vec<usize> = framed.iter().map(|f| f.0).collect();
        let blocks = names
            .iter()
            .map(|name| RawBlock::read(catalog, name, &rows))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            size,
            channels,
            views: framed.iter().map(|f| f.2).collect(),
            left_out: wanted.len() - framed.len(),
            exact: frame == Framing::Padded,
            rows,
            pictures: framed.into_iter().flat_map(|f| f.1).collect(),
            blocks,
        })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// These of them alone, in this order.
    pub fn only(self, shoes: &[usize]) -> Self {
        let len = self.size * self.size * self.channels;
        Self {
            rows: shoes.iter().map(|&i| self.rows[i]).collect(),
            pictures: shoes
                .iter()
                .flat_map(|&i| &self.pictures[i * len..][..len])
                .copied()
                .collect(),
            blocks: (self.blocks.iter())
                .map(|block| RawBlock {
                    name: block.name.clone(),
                    dims: block.dims,
                    values: shoes
                        .iter()
                        .flat_map(|&i| &block.values[i * block.dims..][..block.dims])
                        .copied()
                        .collect(),
                })
                .collect(),
            views: shoes.iter().map(|&i| self.views[i]).collect(),
            ..self
        }
    }

    /// The raw blocks of shoe `i`, in their order.
    pub fn blocks_of(&self, i: usize) -> Vec<&[f32]> {
        self.blocks
            .iter()
            .map(|block| &block.values[i * block.dims..(i + 1) * block.dims])
            .collect()
    }

    /// A typical view. The geometric mean: views are ratios.
    pub fn view(&self) -> f32 {
        let logs: f64 = self.views.iter().map(|view| f64::from(view.ln())).sum();
        (logs / self.views.len().max(1) as f64).exp() as f32
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

impl RawBlock {
    /// The block `name` of `rows` of a catalogue.
    fn read(catalog: &Catalog, name: &str, rows: &[usize]) -> Result<Self, GanError> {
        let block = catalog.block(name)?;
        let mut values = Vec::with_capacity(rows.len() * block.dims);
        for &row in rows {
            let of_row = block.row_f32(row);
            if of_row.iter().any(|v| !v.is_finite()) {
                return Err(GanError::DamagedBlock {
                    catalogue: catalog.path().to_owned(),
                    block: name.to_owned(),
                    shoe: catalog.id(row).to_owned(),
                });
            }
            values.extend(of_row);
        }
        Ok(Self {
            name: name.to_owned(),
            dims: block.dims,
            values,
        })
    }
}
