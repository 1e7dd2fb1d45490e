//! The discriminator: does this picture look real, and is it at this code?
//!
//! A tower of 4×4 convolutions of stride 2 down to 4×4, then one hidden layer with three heads: a score,
//! a projection on the code (Miyato & Koyama, 2018), and a regression of the code. The regression is
//! learned on real pictures; the generator must satisfy it, so that a design lands where it was asked.
//!
//! Pictures come in pairs of one code. How far the two of a pair differ at 4×4 is one more channel, so
//! that pairs which are more alike than real ones are seen through: noise must do something.

use super::ops::convolve;
use super::weights::{Parameter, Weights};
use candle_core::{Result, Tensor};
use serde::{Deserialize, Serialize};

/// The shape of the discriminator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Critic {
    /// Side of the pictures.
    pub size: usize,
    /// 1 for grey, 3 for colour.
    pub channels: usize,
    pub code_dims: usize,
    /// Channels at `size`, …, 8×8, 4×4.
    pub widths: Vec<usize>,
    /// Numbers in the hidden layer.
    pub hidden: usize,
}

/// What the discriminator says of a batch.
pub(super) struct Verdict {
    /// [batch]: above 0, it looks real.
    pub score: Tensor,
    /// [batch, code]: where it seems to lie.
    pub code: Tensor,
}

impl Critic {
    /// The network for pictures of `size` (a power of two from 16 to 256).
    pub fn new(size: usize, channels: usize, code_dims: usize) -> Self {
        let widths = match size {
            16 => vec![48, 112, 192],
            32 => vec![32, 64, 128, 192],
            64 => vec![16, 48, 96, 128, 192],
            128 => vec![12, 24, 48, 96, 128, 192],
            _ => vec![8, 16, 32, 64, 96, 128, 192],
        };
        Self {
            size,
            channels,
            code_dims,
            widths,
            hidden: 256,
        }
    }

    /// Every tensor of the network.
    pub fn parameters(&self) -> Vec<Parameter> {
        let mut list = vec![
            Parameter::weight(
                "stem.weight",
                [9 * self.channels, self.widths[0]],
                9 * self.channels,
            ),
            Parameter::bias("stem.bias", self.widths[0], 0.0),
        ];
        for (i, pair) in self.widths.windows(2).enumerate() {
            let inputs = 16 * pair[0];
            list.push(Parameter::weight(
                format!("down{i}.weight"),
                [inputs, pair[1]],
                inputs,
            ));
            list.push(Parameter::bias(format!("down{i}.bias"), pair[1], 0.0));
        }
        let last = self.widths[self.widths.len() - 1];
        let flat = 16 * (last + 1);
        list.push(Parameter::weight(
            "hidden.weight",
            [flat, self.hidden],
            flat,
        ));
        list.push(Parameter::bias("hidden.bias", self.hidden, 0.0));
        for (head, outputs) in [
            ("score", 1),
            ("projection", self.code_dims),
            ("regression", self.code_dims),
        ] {
            list.push(Parameter::weight(
                format!("{head}.weight"),
                [self.hidden, outputs],
                self.hidden,
            ));
            list.push(Parameter::bias(format!("{head}.bias"), outputs, 0.0));
        }
        list
    }

    /// The verdict on pictures `x` [batch, size, size, channels] asked at `code` [batch, code]; pictures
    /// 2i and 2i + 1 are of one code.
    pub fn forward(&self, weights: &Weights, x: &Tensor, code: &Tensor) -> Result<Verdict> {
        let mut x = convolve(x, weights.get("stem.weight")?, 3, 1, 1)?;
        x = weights.rectified("stem", &x)?;
        for i in 0..self.widths.len() - 1 {
            let name = format!("down{i}");
            x = convolve(&x, weights.get(&format!("{name}.weight"))?, 4, 2, 1)?;
            x = weights.rectified(&name, &x)?;
        }
        let x = Tensor::cat(&[&x, &difference_in_pairs(&x)?], 3)?;
        let x = super::ops::linear(&x.flatten_from(1)?, weights.get("hidden.weight")?)?;
        let hidden = weights.rectified("hidden", &x)?;
        let score = weights.linear("score", &hidden)?.squeeze(1)?;
        let projection = (weights.linear("projection", &hidden)? * code)?.sum(1)?;
        Ok(Verdict {
            score: (score + (projection / (self.code_dims as f64).sqrt())?)?,
            code: weights.linear("regression", &hidden)?,
        })
    }
}

/// [batch, 4, 4, 1]: how far each picture's features are from its partner's, averaged over channels.
fn difference_in_pairs(x: &Tensor) -> Result<Tensor> {
    let (batch, rows, columns, channels) = x.dims4()?;
    let pairs = x.reshape((batch / 2, 2, rows * columns, channels))?;
    let difference = (pairs.narrow(1, 0, 1)? - pairs.narrow(1, 1, 1)?)?
        .abs()?
        .mean_keepdim(3)?;
    Tensor::cat(&[&difference, &difference], 1)?.reshape((batch, rows, columns, 1))
}
