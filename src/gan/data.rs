//! What training sees: the pictures of the training split in their frames, their codes, and which are near
//! which. Rows held out never come in.

use super::GanError;
use super::basis::Basis;
use super::frame::{Frame, check_enlargement};
use super::ops::distances;
use super::tint::Tints;
use crate::catalog::Catalog;
use crate::job::Job;
use candle_core::{Device, Result as CandleResult, Tensor};
use image::RgbImage;
use rayon::prelude::*;
use std::sync::Mutex;

/// Fewer shoes than this are too few to learn from.
const FEWEST: usize = 50;
/// How many neighbours of a shoe may stand in for it.
pub(super) const NEIGHBOURS: usize = 10;

/// Shoes with their framed pictures and raw blocks: the training split of a catalogue, or the rest of it.
pub(super) struct Shoes {
    /// Their rows in the catalogue.
    pub rows: Vec<usize>,
    pub size: usize,
    pub channels: usize,
    /// `size` · `size` · `channels` bytes each.
    pub pictures: Vec<u8>,
    /// Raw style, 320 numbers each, and raw colour.
    pub blocks: [Vec<f32>; 2],
    pub block_dims: [usize; 2],
    /// See [`GeneratorInfo::view`](super::GeneratorInfo::view).
    pub view: f32,
    /// Shoes whose picture did not do.
    pub left_out: usize,
    /// Whether every picture stands in its frame to the pixel, so that what the catalogue says of it is
    /// true of the framed picture too.
    pub exact: bool,
}

/// Which part of a catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Train,
    Test,
}

impl Shoes {
    /// Reads a part of a catalogue for a generator of `size` and `channels`.
    ///
    /// # Errors
    /// The catalogue is damaged, its pictures are too small, or too few are left.
    pub fn read(
        catalog: &Catalog,
        part: Part,
        size: usize,
        channels: usize,
        job: &Job,
    ) -> Result<Self, GanError> {
        let damaged = |e: crate::catalog::CatalogError| GanError::Data(e.to_string());
        let wanted: Vec<usize> = (0..catalog.len())
            .filter(|&row| catalog.is_test(row) == (part == Part::Test))
            .collect();
        let named = catalog.path().display();
        if part == Part::Train && wanted.len() < FEWEST {
            return Err(GanError::Data(format!(
                "{named} has {} shoes to train on (of {}); at least {FEWEST} are needed",
                wanted.len(),
                catalog.len()
            )));
        }
        job.stage("Reading pictures", Some(wanted.len() as u64));
        let sample: Vec<usize> = wanted
            .iter()
            .step_by(wanted.len() / 200 + 1)
            .copied()
            .collect();
        let sides = Mutex::new(Vec::new());
        catalog
            .for_each_picture(Some(&sample), |_, picture| {
                let side = picture.width().max(picture.height());
                sides.lock().unwrap_or_else(|e| e.into_inner()).push(side);
            })
            .map_err(damaged)?;
        let sides = sides.into_inner().unwrap_or_else(|e| e.into_inner());
        let frame = Frame::for_sides(sides.into_iter(), size as u32);
        let framed = Mutex::new(Vec::with_capacity(wanted.len()));
        catalog
            .for_each_picture(Some(&wanted), |row, picture| {
                let picture = frame
                    .apply(&picture, size as u32)
                    .map(|f| (row, bytes_of(&f.picture, channels), f.view, f.enlarged));
                framed
                    .lock()
                    .unwrap_or_else(|e| e.into_inner())
                    .extend(picture);
                job.advance(1);
            })
            .map_err(damaged)?;
        job.check()?;
        let mut framed = framed.into_inner().unwrap_or_else(|e| e.into_inner());
        framed.sort_by_key(|f| f.0);
        if part == Part::Train && framed.len() < FEWEST {
            return Err(GanError::Data(format!(
                "only {} of the pictures to train on in {named} show a shoe on white; at least {FEWEST} are needed",
                framed.len()
            )));
        }
        let mut enlarged: Vec<f32> = framed.iter().map(|f| f.3).collect();
        check_enlargement(&mut enlarged, size as u32)?;
        let mut blocks = [Vec::new(), Vec::new()];
        let mut block_dims = [0, 0];
        for (i, name) in ["style", "colour"].into_iter().enumerate() {
            let block = catalog.block(name).map_err(damaged)?;
            block_dims[i] = block.dims;
            for (row, ..) in &framed {
                let values = block.row_f32(*row);
                if values.iter().any(|v| !v.is_finite()) {
                    return Err(GanError::Data(format!(
                        "{named}: the {name} of {} holds a number that is not finite; index the catalogue again",
                        catalog.id(*row)
                    )));
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
            exact: frame == Frame::Padded,
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

/// The bytes that the networks see of a picture.
pub(super) fn bytes_of(picture: &RgbImage, channels: usize) -> Vec<u8> {
    if channels == 3 {
        picture.as_raw().clone()
    } else {
        let luma = |p: &image::Rgb<u8>| {
            let [r, g, b] = p.0.map(u32::from);
            ((299 * r + 587 * g + 114 * b + 500) / 1000) as u8
        };
        picture.pixels().map(luma).collect()
    }
}

/// The picture of what the networks see.
pub(super) fn picture_of(bytes: &[u8], size: usize, channels: usize) -> RgbImage {
    RgbImage::from_fn(size as u32, size as u32, |x, y| {
        let at = (y as usize * size + x as usize) * channels;
        image::Rgb(if channels == 3 {
            [bytes[at], bytes[at + 1], bytes[at + 2]]
        } else {
            [bytes[at]; 3]
        })
    })
}

/// The training split, ready for the loop.
pub(super) struct TrainingSet {
    pub shoes: Shoes,
    pub code_dims: usize,
    /// The colours as wholes, of shoes in colour.
    pub tints: Option<Tints>,
    codes: Vec<f32>,
    neighbours: Vec<[u32; NEIGHBOURS]>,
}

impl TrainingSet {
    /// Codes and neighbours of `shoes` in `basis`.
    pub fn new(shoes: Shoes, basis: &Basis) -> Self {
        let codes: Vec<f32> = (0..shoes.len())
            .into_par_iter()
            .flat_map_iter(|i| basis.code(shoes.blocks_of(i)))
            .collect();
        let code_dims = basis.dims();
        let neighbours = nearest(&codes, code_dims);
        Self {
            tints: Tints::of(&shoes),
            shoes,
            code_dims,
            codes,
            neighbours,
        }
    }

    /// A neighbour of shoe `i`: its number `pick`, nearest first.
    pub fn neighbour(&self, i: usize, pick: usize) -> usize {
        self.neighbours[i][pick] as usize
    }

    /// The code of shoe `i`.
    pub fn code(&self, i: usize) -> &[f32] {
        &self.codes[i * self.code_dims..][..self.code_dims]
    }

    /// The codes of `shoes` [shoes, code].
    pub fn codes(&self, shoes: &[usize]) -> CandleResult<Tensor> {
        let values: Vec<f32> = shoes.iter().flat_map(|&i| self.code(i)).copied().collect();
        Tensor::from_vec(values, (shoes.len(), self.code_dims), &Device::Cpu)
    }
}

/// The nearest ten others of each code, nearest first (of equals the first row); fewer shoes than that repeat.
fn nearest(codes: &[f32], dims: usize) -> Vec<[u32; NEIGHBOURS]> {
    let rows: Vec<usize> = (0..codes.len() / dims.max(1)).collect();
    let blocks: Vec<Vec<[u32; NEIGHBOURS]>> = rows
        .par_chunks(64)
        .map(|rows| {
            let (first, count) = (rows[0], rows.len());
            let queries = &codes[first * dims..(first + count) * dims];
            let table = distances(queries, codes, dims);
            let others = codes.len() / dims;
            rows.iter()
                .zip(table.chunks_exact(others))
                .map(|(&row, line)| {
                    let mut order: Vec<u32> =
                        (0..others as u32).filter(|&j| j as usize != row).collect();
                    let closer = |a: &u32, b: &u32| {
                        line[*a as usize]
                            .total_cmp(&line[*b as usize])
                            .then(a.cmp(b))
                    };
                    let kept = NEIGHBOURS.min(order.len());
                    if kept > 0 && kept < order.len() {
                        order.select_nth_unstable_by(kept - 1, closer);
                        order.truncate(kept);
                    }
                    order.sort_unstable_by(closer);
                    std::array::from_fn(|k| match order.len() {
                        0 => row as u32,
                        n => order[k % n],
                    })
                })
                .collect()
        })
        .collect();
    blocks.concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_the_nearest_others() {
        // Points on a line, in order.
        let codes: Vec<f32> = (0..30).flat_map(|i| [i as f32, 0.0]).collect();
        let near = nearest(&codes, 2);
        assert_eq!(near[0][..3], [1, 2, 3]);
        let mut middle = near[15][..4].to_vec();
        middle.sort_unstable();
        assert_eq!(middle, [13, 14, 16, 17]);
        assert!(
            near.iter()
                .enumerate()
                .all(|(i, n)| !n.contains(&(i as u32)))
        );
    }

    #[test]
    fn two_shoes_are_each_other_s_neighbours() {
        assert_eq!(nearest(&[0.0, 1.0], 1), [[1; NEIGHBOURS], [0; NEIGHBOURS]]);
    }

    #[test]
    fn grey_pictures_survive_the_round_trip() {
        let picture = RgbImage::from_fn(4, 4, |x, y| image::Rgb([(x * 60 + y) as u8; 3]));
        assert_eq!(picture_of(&bytes_of(&picture, 1), 4, 1), picture);
        assert_eq!(picture_of(&bytes_of(&picture, 3), 4, 3), picture);
    }
}
