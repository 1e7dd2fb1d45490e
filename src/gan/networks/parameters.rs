//! The numbers of a network, by name.

use crate::gan::ops::Convolve;
use candle_core::{Device, Result, Tensor, bail};
use std::collections::BTreeMap;

/// One tensor of a network, and how it begins.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::gan) struct Parameter {
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

/// The tensors of a network, by name, and the convolution that they are used with.
#[derive(Debug, Clone)]
pub(in crate::gan) struct Weights {
    pub tensors: BTreeMap<String, Tensor>,
    convolve: Convolve,
}

impl Weights {
    pub fn new(tensors: BTreeMap<String, Tensor>, convolve: Convolve) -> Self {
        Self { tensors, convolve }
    }

    /// The tensor of that name.
    pub fn get(&self, name: &str) -> Result<&Tensor> {
        match self.tensors.get(name) {
            Some(tensor) => Ok(tensor),
            None => bail!("the network has no {name}"),
        }
    }

    /// `x` [batch, inputs] through the weight and the bias `name.weight`, `name.bias`.
    pub fn linear(&self, name: &str, x: &Tensor) -> Result<Tensor> {
        crate::gan::ops::linear(x, self.get(&format!("{name}.weight"))?)?
            .broadcast_add(self.get(&format!("{name}.bias"))?)
    }

    /// `x` convolved with `name.weight`: `kernel` · `kernel` pixels, every `stride`th, zeros around.
    pub fn convolve(
        &self,
        name: &str,
        x: &Tensor,
        kernel: usize,
        stride: usize,
        padding: usize,
    ) -> Result<Tensor> {
        let weight = self.get(&format!("{name}.weight"))?;
        (self.convolve)(x, weight, kernel, stride, padding)
    }

    /// Leaky rectifier of `x` plus the bias of that name, with the gain that keeps the variance.
    pub fn rectified(&self, name: &str, x: &Tensor) -> Result<Tensor> {
        let bias = self.get(&format!("{name}.bias"))?;
        let gain = Tensor::full(GAIN, bias.shape(), &Device::Cpu)?;
        crate::gan::ops::modulate(x, &gain, bias, SLOPE)
    }
}

/// What the leaky rectifier leaves of the negative side.
pub(in crate::gan) const SLOPE: f32 = 0.2;
/// What makes up for what the rectifier takes.
pub(in crate::gan) const GAIN: f32 = std::f32::consts::SQRT_2;
