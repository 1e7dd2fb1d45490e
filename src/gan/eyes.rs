//! What the discriminator sees of a picture beside its pixels: maps of the frozen [`Perceiver`], each brought
//! to unit variance on the training shoes and mixed at random.

use super::data::Shoes;
use super::ops::{convolve, modulate, upsample};
use super::perceiver::{LEVELS, Perceiver};
use super::random::{normal, random};
use candle_core::{Device, Result, Tensor};
use std::sync::Arc;

/// The random numbers of the mixes: a stream of its own, so that a resumed run mixes alike.
const STREAM: u64 = 0x657965;
/// Shoes whose features say what unit variance is.
const SAMPLE: usize = 256;
/// Smaller pictures are seen enlarged to this side.
const SIDE: usize = 64;

/// The perceiver with its mixes.
pub(super) struct Eyes {
    perceiver: Arc<Perceiver>,
    /// For each level a weight [channels, mixed] and a bias [1, mixed].
    mixes: Vec<[Tensor; 2]>,
}

/// The side and the channels of each mixed map, for pictures of `size`.
pub(super) fn views(size: usize) -> [(usize, usize); LEVELS.len()] {
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

impl Eyes {
    /// Eyes for `shoes`; the mixes are drawn by `seed`.
    ///
    /// # Errors
    /// Only a fault of this program.
    pub fn new(perceiver: &Arc<Perceiver>, shoes: &Shoes, seed: u64) -> Result<Self> {
        let mut eyes = Self {
            perceiver: perceiver.clone(),
            mixes: Vec::new(),
        };
        let sample: Vec<usize> = (0..shoes.len())
            .step_by((shoes.len() / SAMPLE).max(1))
            .take(SAMPLE)
            .collect();
        let maps = eyes.see(&shoes.tensor(&sample)?)?;
        let mut random = random(seed, STREAM);
        for (map, (_, mixed)) in maps.iter().zip(views(shoes.size)) {
            let channels = map.dim(3)?;
            let flat = map.reshape(((), channels))?;
            let mean = flat.mean_keepdim(0)?;
            let deviation = (flat.broadcast_sub(&mean)?.sqr()?.mean(0)? + 1e-6)?.sqrt()?;
            let scale = f32::from(channels as u16).sqrt().recip();
            let weight: Vec<f32> = (0..channels * mixed)
                .map(|_| scale * normal(&mut random))
                .collect();
            let weight = Tensor::from_vec(weight, (channels, mixed), &Device::Cpu)?
                .broadcast_div(&deviation.unsqueeze(1)?)?;
            let bias = mean.matmul(&weight)?.neg()?;
            eyes.mixes.push([weight, bias]);
        }
        Ok(eyes)
    }

    fn see(&self, pictures: &Tensor) -> Result<Vec<Tensor>> {
        let mut pictures = pictures.clone();
        while pictures.dim(1)? < SIDE {
            pictures = upsample(&pictures)?;
        }
        self.perceiver.see(&pictures)
    }

    /// The mixed maps of `pictures` [batch, size, size, channels], within ±1; see [`views`].
    ///
    /// # Errors
    /// Shapes that do not fit.
    pub fn look(&self, pictures: &Tensor) -> Result<Vec<Tensor>> {
        let maps = self.see(pictures)?;
        maps.iter()
            .zip(&self.mixes)
            .map(|(map, [weight, bias])| {
                let mixed = convolve(map, weight, 1, 1, 0)?;
                modulate(&mixed, &bias.ones_like()?, bias, 1.0)
            })
            .collect()
    }
}
