//! The numbers of a network, by name.

use candle_core::{Device, Result, Tensor, bail};
use std::collections::BTreeMap;

/// One tensor of a network, and how it begins.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Parameter {
    pub name: String,
    pub shape: Vec<usize>,
    /// Standard deviation of its normal start.
    pub deviation: f32,
    /// Mean of its start.
    pub mean: f32,
}

impl Parameter {
    /// A weight whose outputs have unit variance where its `inputs` have.
    pub fn weight(name: impl Into<String>, shape: [usize; 2], inputs: usize) -> Self {
        Self {
            name: name.into(),
            shape: shape.to_vec(),
            deviation: 1.0 / (inputs.max(1) as f32).sqrt(),
            mean: 0.0,
        }
    }

    /// A row of `outputs` numbers that begin at `mean`.
    pub fn bias(name: impl Into<String>, outputs: usize, mean: f32) -> Self {
        Self {
            name: name.into(),
            shape: vec![1, outputs],
            deviation: 0.0,
            mean,
        }
    }

    /// How many numbers it has.
    pub fn count(&self) -> usize {
        self.shape.iter().product()
    }
}

/// The tensors of a network, by name.
#[derive(Debug, Clone, Default)]
pub(super) struct Weights(pub BTreeMap<String, Tensor>);

impl Weights {
    /// The tensor of that name.
    pub fn get(&self, name: &str) -> Result<&Tensor> {
        match self.0.get(name) {
            Some(tensor) => Ok(tensor),
            None => bail!("the network has no {name}"),
        }
    }

    /// `x` [batch, inputs] through the weight and the bias `name.weight`, `name.bias`.
    pub fn linear(&self, name: &str, x: &Tensor) -> Result<Tensor> {
        super::ops::linear(x, self.get(&format!("{name}.weight"))?)?
            .broadcast_add(self.get(&format!("{name}.bias"))?)
    }

    /// Leaky rectifier of `x` plus the bias of that name, with the gain that keeps the variance.
    pub fn rectified(&self, name: &str, x: &Tensor) -> Result<Tensor> {
        let bias = self.get(&format!("{name}.bias"))?;
        let gain = Tensor::full(GAIN, bias.shape(), &Device::Cpu)?;
        super::ops::modulate(x, &gain, bias, SLOPE)
    }
}

/// What the leaky rectifier leaves of the negative side.
pub(super) const SLOPE: f32 = 0.2;
/// What makes up for what the rectifier takes.
pub(super) const GAIN: f32 = std::f32::consts::SQRT_2;
