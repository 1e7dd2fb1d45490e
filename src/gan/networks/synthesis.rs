//! The generator's network: code and noise to a picture, after StyleGAN2 (Karras et al., 2020).
//!
//! A small network maps [code, noise] to a style. The style makes the first map of 4×4, and scales the
//! input channels of every convolution (modulation), whose outputs are scaled back to unit variance
//! (demodulation). Each level adds its part of the picture to the enlarged part of the level below, so that
//! the coarse picture is ahead of the fine one. Levels are enlarged smoothly: transposed convolutions left
//! a mesh in saturated areas.

use crate::gan::networks::parameters::{GAIN, Parameter, SLOPE, Weights};
use crate::gan::ops::{modulate, upsample};
use candle_core::{DType, Device, Result, Tensor};
use serde::{Deserialize, Serialize};

/// The shape of the generator's network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::gan) struct Synthesis {
    /// Side of the pictures; less than what all levels make where only the coarser ones are wanted.
    pub size: usize,
    /// 1 for grey, 3 for colour.
    pub channels: usize,
    pub code_dims: usize,
    pub noise_dims: usize,
    /// Numbers in a style.
    pub style_dims: usize,
    /// Channels at 4×4, 8×8, …, the finest level.
    pub widths: Vec<usize>,
}

/// One modulated convolution.
struct Layer {
    name: String,
    inputs: usize,
    outputs: usize,
}

impl Synthesis {
    /// The network for pictures of `size` (a power of two from 16 to 256).
    pub fn new(size: usize, channels: usize, code_dims: usize) -> Self {
        let widths = [128, 96, 64, 32, 24, 16, 12];
        let levels = (size / 4).max(1).ilog2() as usize + 1;
        Self {
            size,
            channels,
            code_dims,
            noise_dims: 32,
            style_dims: 128,
            widths: widths[..levels].to_vec(),
        }
    }

    /// Whether a network of this shape can be built: a description read from a file may say anything.
    pub fn is_sound(&self) -> bool {
        let small = |n: usize| (1..=4096).contains(&n);
        (8..=1024).contains(&self.size)
            && self.size.is_power_of_two()
            && (self.levels()..=9).contains(&self.widths.len())
            && self.widths.iter().all(|&w| small(w))
            && matches!(self.channels, 1 | 3)
            && small(self.code_dims)
            && small(self.noise_dims)
            && small(self.style_dims)
    }

    /// How many levels make the pictures.
    fn levels(&self) -> usize {
        (self.size / 4).max(1).ilog2() as usize + 1
    }

    /// The convolutions of a level: the second one makes the channels of the next level, so that what is
    /// enlarged is small. The finest levels beyond 32×32 have one: they cost most and draw least.
    fn layers(&self, level: usize) -> Vec<Layer> {
        let width = self.widths[level];
        let next = self.widths.get(level + 1).copied().unwrap_or(width);
        let side = 4 << level;
        let layer = |part, inputs, outputs| Layer {
            name: format!("level{side}.{part}"),
            inputs,
            outputs,
        };
        if side > 32 {
            vec![layer("a", width, next)]
        } else {
            vec![layer("a", width, width), layer("b", width, next)]
        }
    }

    /// Every tensor of the network.
    pub fn parameters(&self) -> Vec<Parameter> {
        let (style, first) = (self.style_dims, 16 * self.widths[0]);
        let inputs = self.code_dims + self.noise_dims;
        let mut list = vec![
            Parameter::weight("map1.weight", [inputs, style], inputs),
            Parameter::bias("map1.bias", style, 0.0),
            Parameter::weight("map2.weight", [style, style], style),
            Parameter::bias("map2.bias", style, 0.0),
            Parameter::weight("first.weight", [style, first], style),
            Parameter::bias("first.bias", first, 0.0),
        ];
        for level in 0..self.levels() {
            let mut width = self.widths[level];
            for Layer {
                name,
                inputs,
                outputs,
            } in self.layers(level)
            {
                list.push(Parameter::weight(
                    format!("{name}.style.weight"),
                    [style, inputs],
                    style,
                ));
                list.push(Parameter::bias(format!("{name}.style.bias"), inputs, 1.0));
                list.push(Parameter::weight(
                    format!("{name}.weight"),
                    [9 * inputs, outputs],
                    9 * inputs,
                ));
                list.push(Parameter::bias(format!("{name}.bias"), outputs, 0.0));
                width = outputs;
            }
            if level > 0 {
                let name = format!("level{}.picture", 4 << level);
                list.push(Parameter::weight(
                    format!("{name}.style.weight"),
                    [style, width],
                    style,
                ));
                list.push(Parameter::bias(format!("{name}.style.bias"), width, 1.0));
                list.push(Parameter::weight(
                    format!("{name}.weight"),
                    [width, self.channels],
                    // The levels are added up.
                    width * (self.widths.len() - 1),
                ));
                // The background is white: begin near it.
                let mean = if level == 1 { 1.0 } else { 0.0 };
                list.push(Parameter::bias(format!("{name}.bias"), self.channels, mean));
            }
        }
        list
    }

    /// The pictures [batch, size, size, channels], within ±1, for `code` [batch, code] and `noise`
    /// [batch, noise].
    pub fn forward(&self, weights: &Weights, code: &Tensor, noise: &Tensor) -> Result<Tensor> {
        let batch = code.dim(0)?;
        let dense = |name: &str, x: &Tensor| -> Result<Tensor> {
            let x = crate::gan::ops::linear(x, weights.get(&format!("{name}.weight"))?)?;
            weights.rectified(name, &x)
        };
        let style = dense("map1", &Tensor::cat(&[code, noise], 1)?)?;
        let style = dense("map2", &style)?;
        let mut x = dense("first", &style)?.reshape((batch, 4, 4, self.widths[0]))?;
        let mut picture: Option<Tensor> = None;
        for level in 0..self.levels() {
            if level > 0 {
                x = upsample(&x)?;
            }
            for layer in self.layers(level) {
                x = modulated(weights, &layer, &x, &style)?;
            }
            if level > 0 {
                let part = self.part(weights, level, &x, &style)?;
                picture = Some(match picture {
                    Some(coarse) => (part + upsample(&coarse)?)?,
                    None => part,
                });
            }
        }
        match picture {
            Some(picture) => picture.tanh(),
            None => candle_core::bail!("a picture of {0}×{0} has no levels", self.size),
        }
    }

    /// What a level adds to the picture.
    fn part(&self, weights: &Weights, level: usize, x: &Tensor, style: &Tensor) -> Result<Tensor> {
        let name = format!("level{}.picture", 4 << level);
        let scale = weights.linear(&format!("{name}.style"), style)?;
        let x = modulate(x, &scale, &nothing(x)?, 1.0)?;
        let x = weights.convolve(&name, &x, 1, 1, 0)?;
        let bias = weights.get(&format!("{name}.bias"))?;
        modulate(&x, &bias.ones_like()?, bias, 1.0)
    }
}

/// A row of zeros, one a channel of `x`.
fn nothing(x: &Tensor) -> Result<Tensor> {
    Tensor::zeros((1, x.dim(x.rank() - 1)?), DType::F32, &Device::Cpu)
}

/// A modulated and demodulated 3×3 convolution with its bias and rectifier.
fn modulated(weights: &Weights, layer: &Layer, x: &Tensor, style: &Tensor) -> Result<Tensor> {
    let name = &layer.name;
    let weight = weights.get(&format!("{name}.weight"))?;
    let scale = weights.linear(&format!("{name}.style"), style)?;
    // 1 / the deviation that each output channel has for inputs of unit variance.
    let power = weight
        .sqr()?
        .reshape((9, layer.inputs, layer.outputs))?
        .sum(0)?;
    let power = crate::gan::ops::linear(&scale.sqr()?, &power)?;
    let gain = ((power + 1e-6)?.sqrt()?.recip()? * f64::from(GAIN))?;
    let x = modulate(x, &scale, &nothing(x)?, 1.0)?;
    let x = weights.convolve(name, &x, 3, 1, 1)?;
    modulate(&x, &gain, weights.get(&format!("{name}.bias"))?, SLOPE)
}
