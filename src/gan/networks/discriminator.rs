//! The discriminator: does this picture look real, and is it at this code?
//!
//! Several towers, each with a view of the picture: its pixels, and the maps of a frozen network (`features::projection`). A
//! tower goes down by 4×4 convolutions of stride 2 to 4×4, then through one hidden layer with three heads: a
//! score, a projection on the code (Miyato & Koyama, 2018), and a regression of the code. The regression is
//! learned on real pictures; the generator must satisfy it, so that a design lands where it was asked.
//!
//! Pictures come in pairs of one code. How far the two of a pair differ at 4×4 is one more channel, so
//! that pairs which are more alike than real ones are seen through: noise must do something.

use crate::gan::features::projection;
use crate::gan::networks::parameters::{Parameter, Weights};
use candle_core::{Result, Tensor};
use serde::{Deserialize, Serialize};

/// The shape of the discriminator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::gan) struct Discriminator {
    pub code_dims: usize,
    /// The tower on the pixels, then one for each view of the features.
    pub towers: Vec<Tower>,
}

/// The shape of a tower.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::gan) struct Tower {
    name: String,
    /// Channels of a picture, for the tower on the pixels: its stem makes the first width of them.
    stem: Option<usize>,
    /// Channels at the side of its view, …, 8×8, 4×4.
    widths: Vec<usize>,
    /// Numbers in the hidden layer.
    hidden: usize,
}

/// What a tower says of a batch.
pub(in crate::gan) struct TowerOutput {
    /// [batch]: above 0, it looks real.
    pub score: Tensor,
    /// [batch, code]: where it seems to lie.
    pub code: Tensor,
}

impl Discriminator {
    /// The network for pictures of `size` (a power of two from 16 to 256).
    pub fn new(size: usize, channels: usize, code_dims: usize) -> Self {
        let widths = match size {
            16 => vec![48, 112, 192],
            32 => vec![32, 64, 128, 192],
            64 => vec![16, 48, 96, 128, 192],
            128 => vec![12, 24, 48, 96, 128, 192],
            _ => vec![8, 16, 32, 64, 96, 128, 192],
        };
        let mut towers = vec![Tower {
            name: "pixels".into(),
            stem: Some(channels),
            widths,
            hidden: 192,
        }];
        towers.extend(projection::views(size).map(|(side, mixed)| {
            let mut widths = vec![mixed];
            let mut next = side / 2;
            while next >= 4 {
                widths.push(match next {
                    4 => 128,
                    8 => 80,
                    _ => 48,
                });
                next /= 2;
            }
            Tower {
                name: format!("view{side}"),
                stem: None,
                widths,
                hidden: 128,
            }
        }));
        Self { code_dims, towers }
    }

    /// Every tensor of the network.
    pub fn parameters(&self) -> Vec<Parameter> {
        self.towers
            .iter()
            .flat_map(|tower| tower.parameters(self.code_dims))
            .collect()
    }

    /// The verdicts of the towers on their `views`, asked at `code` [batch, code]; pictures 2i and 2i + 1 are of
    /// one code.
    pub fn forward(
        &self,
        weights: &Weights,
        views: &[Tensor],
        code: &Tensor,
    ) -> Result<Vec<TowerOutput>> {
        self.towers
            .iter()
            .zip(views)
            .map(|(tower, view)| tower.forward(weights, view, code))
            .collect()
    }
}

impl Tower {
    fn parameters(&self, code_dims: usize) -> Vec<Parameter> {
        let name = |part: &str| format!("{}.{part}", self.name);
        let mut list = Vec::new();
        let mut layer = |part: &str, inputs: usize, outputs: usize| {
            list.push(Parameter::weight(
                name(&format!("{part}.weight")),
                [inputs, outputs],
                inputs,
            ));
            list.push(Parameter::bias(name(&format!("{part}.bias")), outputs, 0.0));
        };
        if let Some(channels) = self.stem {
            layer("stem", 9 * channels, self.widths[0]);
        }
        for (i, pair) in self.widths.windows(2).enumerate() {
            layer(&format!("down{i}"), 16 * pair[0], pair[1]);
        }
        let last = self.widths[self.widths.len() - 1];
        layer("hidden", 16 * (last + 1), self.hidden);
        layer("score", self.hidden, 1);
        layer("projection", self.hidden, code_dims);
        layer("regression", self.hidden, code_dims);
        list
    }

    fn forward(&self, weights: &Weights, view: &Tensor, code: &Tensor) -> Result<TowerOutput> {
        let name = |part: &str| format!("{}.{part}", self.name);
        let convolved = |x: &Tensor, part: &str, kernel, stride| -> Result<Tensor> {
            let part = name(part);
            let x = weights.convolve(&part, x, kernel, stride, 1)?;
            weights.rectified(&part, &x)
        };
        let mut x = view.clone();
        if self.stem.is_some() {
            x = convolved(&x, "stem", 3, 1)?;
        }
        for i in 0..self.widths.len() - 1 {
            x = convolved(&x, &format!("down{i}"), 4, 2)?;
        }
        let x = Tensor::cat(&[&x, &difference_in_pairs(&x)?], 3)?;
        let hidden = name("hidden");
        let x = crate::gan::ops::linear(
            &x.flatten_from(1)?,
            weights.get(&format!("{hidden}.weight"))?,
        )?;
        let hidden = weights.rectified(&hidden, &x)?;
        let score = weights.linear(&name("score"), &hidden)?.squeeze(1)?;
        let projection = (weights.linear(&name("projection"), &hidden)? * code)?.sum(1)?;
        Ok(TowerOutput {
            score: (score + (projection / (code.dim(1)? as f64).sqrt())?)?,
            code: weights.linear(&name("regression"), &hidden)?,
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
