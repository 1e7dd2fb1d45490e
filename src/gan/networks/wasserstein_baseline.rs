//! The original shoespace's own network, as the baseline: noise of 64 → 1,024 → 256 maps → two transposed
//! 4×4 convolutions of stride 2 → a picture, with batch normalisation, and a Wasserstein discriminator with a
//! gradient penalty. It knows no code, so its designs come from anywhere in shoe space.
//!
//! The original drew 28×28 from maps of 7×7; for other sizes the first maps are `size / 4`. Candle has no second
//! derivatives, so the penalty holds the slope of the score, by finite differences along random
//! directions, to what a gradient of length 1 has.

use crate::gan::networks::parameters::{Parameter, Weights};
use crate::gan::ops::{convolve_transposed, modulate};
use candle_core::{DType, Device, Result, Tensor};
use serde::{Deserialize, Serialize};

/// The shape of the original's generator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::gan) struct WassersteinBaseline {
    pub size: usize,
    pub channels: usize,
    pub noise_dims: usize,
}

/// Layers with batch normalisation and their channels, in order.
const NORMALISED: [(&str, usize); 3] = [("dense1", 1024), ("dense2", 256), ("up1", 64)];
/// Variance below this does not count.
const EPSILON: f64 = 1e-5;

impl WassersteinBaseline {
    pub fn new(size: usize, channels: usize) -> Self {
        Self {
            size,
            channels,
            noise_dims: 64,
        }
    }

    pub fn is_sound(&self) -> bool {
        (8..=256).contains(&self.size)
            && self.size.is_multiple_of(4)
            && matches!(self.channels, 1 | 3)
            && (1..=4096).contains(&self.noise_dims)
    }

    /// Every tensor of the generator; `NAME.mean` and `NAME.power` are the running statistics of a
    /// normalised layer, which no gradient touches.
    pub fn parameters(&self) -> Vec<Parameter> {
        let side = self.size / 4;
        let small = |name: &str, shape: [usize; 2]| Parameter {
            deviation: 0.02,
            ..Parameter::weight(format!("{name}.weight"), shape, 1)
        };
        let mut list = vec![
            small("dense1", [self.noise_dims, 1024]),
            small("dense2", [1024, side * side * 256]),
            small("up1", [16 * 64, 256]),
            small("up2", [16 * self.channels, 64]),
            Parameter::bias("up2.bias", self.channels, 0.0),
        ];
        for (name, channels) in NORMALISED {
            for (part, mean) in [("gain", 1.0), ("bias", 0.0), ("mean", 0.0), ("power", 1.0)] {
                list.push(Parameter::bias(format!("{name}.{part}"), channels, mean));
            }
        }
        list
    }

    /// Pictures for `noise` [batch, noise], normalised by the running statistics: each on its own.
    pub fn decode(&self, weights: &Weights, noise: &Tensor) -> Result<Tensor> {
        let (picture, _) = self.run(weights, noise, |name, _| {
            Ok((
                weights.get(&format!("{name}.mean"))?.clone(),
                weights.get(&format!("{name}.power"))?.clone(),
            ))
        })?;
        Ok(picture)
    }

    /// Pictures for `noise`, normalised over the batch, with the mean and variance of each layer.
    pub fn train(&self, weights: &Weights, noise: &Tensor) -> Result<(Tensor, Vec<Statistics>)> {
        self.run(weights, noise, |_, x| {
            let flat = x.reshape(((), x.dim(x.rank() - 1)?))?;
            let mean = flat.mean_keepdim(0)?;
            let power = (flat.sqr()?.mean_keepdim(0)? - mean.sqr()?)?.relu()?;
            Ok((mean, power))
        })
    }

    fn run(
        &self,
        weights: &Weights,
        noise: &Tensor,
        statistics: impl Fn(&str, &Tensor) -> Result<(Tensor, Tensor)>,
    ) -> Result<(Tensor, Vec<Statistics>)> {
        let mut seen = Vec::new();
        let mut normalised = |name: &'static str, x: &Tensor| -> Result<Tensor> {
            let (mean, power) = statistics(name, x)?;
            let gain = weights.get(&format!("{name}.gain"))?;
            let scale = (gain * (&power + EPSILON)?.sqrt()?.recip()?)?;
            let bias = (weights.get(&format!("{name}.bias"))? - (&mean * &scale)?)?;
            seen.push(Statistics {
                name,
                mean: mean.detach(),
                power: power.detach(),
            });
            // A slope of 0 would lose the sign; this is as good as none.
            modulate(x, &scale, &bias, 1e-6)
        };
        let side = self.size / 4;
        let weight = |name: &str| weights.get(&format!("{name}.weight"));
        let x = crate::gan::ops::linear(noise, weight("dense1")?)?;
        let x = normalised("dense1", &x)?;
        let x = crate::gan::ops::linear(&x, weight("dense2")?)?.reshape(((), side, side, 256))?;
        let x = normalised("dense2", &x)?;
        let x = normalised("up1", &convolve_transposed(&x, weight("up1")?)?)?;
        let x = convolve_transposed(&x, weight("up2")?)?;
        let bias = weights.get("up2.bias")?;
        let x = modulate(&x, &bias.ones_like()?, bias, 1.0)?.tanh()?;
        Ok((x, seen))
    }

    /// Every tensor of the discriminator.
    pub fn discriminator_parameters(&self) -> Vec<Parameter> {
        let flat = (self.size / 4) * (self.size / 4) * 128;
        let small = |name: &str, shape: [usize; 2]| Parameter {
            deviation: 0.02,
            ..Parameter::weight(format!("{name}.weight"), shape, 1)
        };
        vec![
            small("down1", [16 * self.channels, 64]),
            Parameter::bias("down1.bias", 64, 0.0),
            small("down2", [16 * 64, 128]),
            Parameter::bias("down2.bias", 128, 0.0),
            small("hidden", [flat, 1024]),
            Parameter::bias("hidden.bias", 1024, 0.0),
            small("score", [1024, 1]),
            Parameter::bias("score.bias", 1, 0.0),
        ]
    }

    /// The score [batch] of pictures `x` [batch, size, size, channels].
    pub fn score(&self, weights: &Weights, x: &Tensor) -> Result<Tensor> {
        let leaky = |name: &str, x: &Tensor| -> Result<Tensor> {
            let bias = weights.get(&format!("{name}.bias"))?;
            let one = Tensor::ones(bias.shape(), DType::F32, &Device::Cpu)?;
            modulate(x, &one, bias, 0.1)
        };
        let x = leaky("down1", &weights.convolve("down1", x, 4, 2, 1)?)?;
        let x = leaky("down2", &weights.convolve("down2", &x, 4, 2, 1)?)?;
        let x = crate::gan::ops::linear(&x.flatten_from(1)?, weights.get("hidden.weight")?)?;
        weights.linear("score", &leaky("hidden", &x)?)?.squeeze(1)
    }
}

/// What a normalised layer saw in a batch.
pub(in crate::gan) struct Statistics {
    pub name: &'static str,
    pub mean: Tensor,
    pub power: Tensor,
}
