//! What the discriminator sees of a picture beside its pixels, and where the picture seems to lie.
//!
//! The maps of the frozen [`FeatureExtractor`] are brought to unit variance on the training shoes and mixed at random:
//! views for the discriminator's towers. And a linear reader of the code is fitted to them once, in closed form:
//! the generator is held to it from the first step, while the discriminator's own regression has yet to learn.

use crate::gan::dataset::training_set::TrainingSet;
use crate::gan::features::extractor::{FeatureExtractor, LEVELS};
use crate::gan::ops::{Convolve, convolve, linear, modulate, shift, upsample};
use crate::gan::random::{normal, random};
use candle_core::{Device, Result, Tensor};
use rand::RngExt as _;
use std::sync::Arc;

/// The random numbers of the mixes: a stream of its own, so that a resumed run mixes alike.
const STREAM: u64 = 0x65_79_65;
/// Shoes that the reader is fitted to, at most, and those whose features say what unit variance is.
const SAMPLE: usize = 8192;
/// Smaller pictures are seen enlarged to this side.
const SIDE: usize = 64;
/// The reader sees each map as so many cells a side.
const CELLS: usize = 4;
/// Weight of the reader's ridge, in shoes.
const RIDGE: f64 = 100.0;
/// Steps of conjugate gradients to the reader: more change nothing that counts.
const STEPS: usize = 60;

/// The extractor with its mixes and its reader.
pub(in crate::gan) struct FeatureProjection {
    extractor: Arc<FeatureExtractor>,
    /// The convolution that mixes maps.
    pub convolve: Convolve,
    /// For each level a weight [channels, mixed] and a bias [1, mixed].
    mixes: Vec<[Tensor; 2]>,
    /// Weight [cells · channels, code] and bias [1, code].
    reader: [Tensor; 2],
    /// [1, code]: how much of a coordinate the reader finds again, from 0 to 1.
    found: Tensor,
}

/// The side and the channels of each mixed map, for pictures of `size`.
pub(in crate::gan) fn views(size: usize) -> [(usize, usize); LEVELS.len()] {
    LEVELS.map(|level| {
        let side = size.max(SIDE) / level.stride;
        // The larger the map, the fewer channels: about the same work everywhere.
        let mixed = match side {
            4 => 64,
            8 => 48,
            16 => 32,
            _ => 24,
        };
        (side, mixed)
    })
}

/// What is seen of a batch of pictures.
pub(in crate::gan) struct FeatureMaps(Vec<Tensor>);

impl FeatureProjection {
    /// Eyes for the shoes of `set`, moved about by up to `reach` pixels as they are in training; what is random is
    /// drawn by `seed`.
    ///
    /// # Errors
    /// Only a fault of this program.
    pub fn new(
        extractor: &Arc<FeatureExtractor>,
        set: &TrainingSet,
        reach: i32,
        seed: u64,
    ) -> Result<Self> {
        let mut random = random(seed, STREAM);
        let sample: Vec<usize> = (0..set.shoes.len())
            .step_by(set.shoes.len().div_ceil(SAMPLE))
            .collect();
        let nothing = || Tensor::zeros((1, 1), candle_core::DType::F32, &Device::Cpu);
        let mut features = Self {
            extractor: extractor.clone(),
            convolve,
            mixes: Vec::new(),
            reader: [nothing()?, nothing()?],
            found: nothing()?,
        };
        let mut cells = Vec::new();
        for (i, shoes) in sample.chunks(256).enumerate() {
            let mut one = || random.random_range(-reach..=reach);
            let offsets = shoes.iter().map(|_| [one(), one()]).collect();
            let maps = features.look(&shift(&set.shoes.tensor(shoes)?, offsets)?)?;
            if i == 0 {
                for (map, (_, mixed)) in maps.0.iter().zip(views(set.shoes.size)) {
                    features.mixes.push(mix(map, mixed, &mut random)?);
                }
            }
            cells.push(maps.cells()?);
        }
        features.fit_reader(&Tensor::cat(&cells, 0)?, &set.codes(&sample)?)?;
        Ok(features)
    }

    /// Fits the reader of codes `y` [shoes, code] from cells `x` [shoes, numbers].
    fn fit_reader(&mut self, x: &Tensor, y: &Tensor) -> Result<()> {
        let mean = x.mean_keepdim(0)?;
        let deviation = (x.broadcast_sub(&mean)?.sqr()?.mean_keepdim(0)? + 1e-6)?.sqrt()?;
        let x = x.broadcast_sub(&mean)?.broadcast_div(&deviation)?;
        let centre = y.mean_keepdim(0)?;
        let y = y.broadcast_sub(&centre)?;
        // Every fifth shoe is kept back to say how well the reader reads shoes that it was not fitted to.
        let rows = x.dim(0)?;
        let part = |held: bool| {
            let rows: Vec<u32> = (0..rows as u32).filter(|r| (r % 5 == 0) == held).collect();
            Tensor::new(rows, &Device::Cpu)
        };
        let (fitted, held) = (part(false)?, part(true)?);
        let weight = ridge(&x.index_select(&fitted, 0)?, &y.index_select(&fitted, 0)?)?;
        let (asked, read) = (
            y.index_select(&held, 0)?,
            x.index_select(&held, 0)?.matmul(&weight)?,
        );
        let slope = (&asked * &read)?
            .sum_keepdim(0)?
            .div(&(asked.sqr()?.sum_keepdim(0)? + 1e-6)?)?;
        self.found = slope.clamp(0.0, 1.0)?;
        tracing::info!(
            "the eyes find {:.0} % of a code again in shoes kept back",
            100.0 * self.found.mean_all()?.to_scalar::<f32>()?
        );
        let weight = weight.broadcast_div(&deviation.t()?)?;
        let bias = (centre - mean.matmul(&weight)?)?;
        self.reader = [weight, bias];
        Ok(())
    }

    /// What is seen of `pictures` [batch, size, size, channels], within ±1.
    ///
    /// # Errors
    /// Shapes that do not fit.
    pub fn look(&self, pictures: &Tensor) -> Result<FeatureMaps> {
        let mut pictures = pictures.clone();
        while pictures.dim(1)? < SIDE {
            pictures = upsample(&pictures)?;
        }
        Ok(FeatureMaps(self.extractor.see(&pictures)?))
    }

    /// The mixed maps of a sight; see [`views`].
    ///
    /// # Errors
    /// Only a fault of this program.
    pub fn views(&self, maps: &FeatureMaps) -> Result<Vec<Tensor>> {
        maps.0
            .iter()
            .zip(&self.mixes)
            .map(|(map, [weight, bias])| {
                let mixed = (self.convolve)(map, weight, 1, 1, 0)?;
                modulate(&mixed, &bias.ones_like()?, bias, 1.0)
            })
            .collect()
    }

    /// How far the codes read off a sight are from what would be read off real shoes at `code` [batch, code]:
    /// a squared error e² that saturates, as e² / (1 + e²), since off pictures that are no shoes yet a linear
    /// reader reads anything. Of a coordinate that the reader hardly finds again, hardly anything is asked.
    ///
    /// # Errors
    /// Shapes that do not fit.
    pub fn error(&self, maps: &FeatureMaps, code: &Tensor) -> Result<Tensor> {
        let [weight, bias] = &self.reader;
        let read = linear(&maps.cells()?, weight)?.broadcast_add(bias)?;
        let error = (read - code.broadcast_mul(&self.found)?)?.sqr()?;
        // e² / (1 + e²) = 1 − 1 / (1 + e²).
        (error + 1.0)?.recip()?.affine(-1.0, 1.0)?.mean_all()
    }
}

impl FeatureMaps {
    /// Every map as cells, one behind the other: [batch, numbers].
    fn cells(&self) -> Result<Tensor> {
        let cells = self.0.iter().map(|map| {
            let (batch, side, _, channels) = map.dims4()?;
            let cell = side / CELLS;
            map.reshape((batch, CELLS, cell, CELLS, cell * channels))?
                .mean(2)?
                .reshape((batch, CELLS * CELLS, cell, channels))?
                .mean(2)?
                .reshape((batch, ()))
        });
        Tensor::cat(&cells.collect::<Result<Vec<_>>>()?, 1)
    }
}

/// A random mix of the channels of `map` to `mixed` ones of unit variance.
fn mix(map: &Tensor, mixed: usize, random: &mut crate::gan::random::Random) -> Result<[Tensor; 2]> {
    let channels = map.dim(3)?;
    let flat = map.reshape(((), channels))?;
    let mean = flat.mean_keepdim(0)?;
    let deviation = (flat.broadcast_sub(&mean)?.sqr()?.mean(0)? + 1e-6)?.sqrt()?;
    let scale = (channels as f32).sqrt().recip();
    let weight: Vec<f32> = (0..channels * mixed)
        .map(|_| scale * normal(random))
        .collect();
    let weight = Tensor::from_vec(weight, (channels, mixed), &Device::Cpu)?
        .broadcast_div(&deviation.unsqueeze(1)?)?;
    let bias = mean.matmul(&weight)?.neg()?;
    Ok([weight, bias])
}

/// Ridge regression of `y` [rows, k] on `x` [rows, d] by conjugate gradients: [d, k].
fn ridge(x: &Tensor, y: &Tensor) -> Result<Tensor> {
    let transposed = x.t()?.contiguous()?;
    let mut residual = transposed.matmul(y)?;
    let mut weight = residual.zeros_like()?;
    let mut direction = residual.clone();
    let mut power = residual.sqr()?.sum_keepdim(0)?;
    for _ in 0..STEPS {
        let image = (transposed.matmul(&x.matmul(&direction)?)? + (&direction * RIDGE)?)?;
        let along = ((&direction * &image)?.sum_keepdim(0)? + 1e-12)?;
        let step = (&power / along)?;
        weight = (weight + direction.broadcast_mul(&step)?)?;
        residual = (residual - image.broadcast_mul(&step)?)?;
        let next = residual.sqr()?.sum_keepdim(0)?;
        direction = (&residual + direction.broadcast_mul(&(&next / (power + 1e-12)?)?)?)?;
        power = next;
    }
    Ok(weight)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ridge_finds_the_weights_that_made_the_numbers() {
        let mut random = random(5, 5);
        let mut normals = |rows: usize, columns: usize| {
            let values: Vec<f32> = (0..rows * columns).map(|_| normal(&mut random)).collect();
            Tensor::from_vec(values, (rows, columns), &Device::Cpu).unwrap()
        };
        let (x, w) = (normals(4000, 12), normals(12, 3));
        let found = ridge(&x, &x.matmul(&w).unwrap()).unwrap();
        let error = (found - &w).unwrap().sqr().unwrap().mean_all().unwrap();
        // The ridge shrinks them a little: by 100 of 4,100.
        assert!(error.to_scalar::<f32>().unwrap() < 0.002);
    }
}
