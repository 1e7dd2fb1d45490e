//! The optimiser (Adam), and a network in training: its weights, the optimiser's memory, and the moving average that is shipped.

use crate::gan::networks::parameters::{Parameter, Weights};
use crate::gan::ops::{Convolve, convolve};
use crate::gan::random::{Random, normal};
use candle_core::backprop::GradStore;
use candle_core::{Device, Result, Tensor, Var};
use rayon::prelude::*;

/// The settings of a step of Adam (D. Kingma, J. Ba, 2014, <https://arxiv.org/abs/1412.6980>).
#[derive(Debug, Clone, Copy)]
pub(in crate::gan) struct AdamStep {
    /// Learning rate, times each weight's own scale.
    pub rate: f32,
    /// How much of the first moment is kept.
    pub first: f32,
    /// How much of the second moment is kept.
    pub second: f32,
    /// How much of the moving average is kept; 0 for none.
    pub average: f32,
}

/// What a network in training has beside its weights.
#[derive(Debug, Clone, Copy)]
pub(in crate::gan) struct TrainableParts {
    /// Whether a weight's learning rate goes with the deviation that it began with (T. Karras et al., "Progressive
    /// Growing of GANs", 2018, section 4.1).
    pub equalised: bool,
    /// Adam's first moments.
    pub first_moments: bool,
    /// A moving average of the weights.
    pub average: bool,
}

/// A network in training.
pub(in crate::gan) struct TrainableNetwork {
    pub parameters: Vec<Parameter>,
    /// Whether a weight's learning rate goes with the deviation that it began with.
    equalised: bool,
    variables: Vec<Var>,
    /// Adam's first moments; empty where they are not used.
    pub first: Vec<Vec<f32>>,
    /// Adam's second moments.
    pub second: Vec<Vec<f32>>,
    /// The moving average of the weights; empty where it is not used.
    pub average: Vec<Vec<f32>>,
    pub steps: u64,
    /// The convolution that the network runs on.
    pub convolve: Convolve,
}

/// Numbers that one thread updates at a time.
const CHUNK: usize = 1 << 14;

impl TrainableNetwork {
    /// A network as it begins.
    pub fn new(
        parameters: Vec<Parameter>,
        parts: TrainableParts,
        random: &mut Random,
    ) -> Result<Self> {
        let values: Vec<Vec<f32>> = parameters
            .iter()
            .map(|p| {
                (0..p.count())
                    .map(|_| {
                        if p.deviation > 0.0 {
                            p.mean + p.deviation * normal(random)
                        } else {
                            p.mean
                        }
                    })
                    .collect()
            })
            .collect();
        let zeros = || values.iter().map(|v| vec![0.0; v.len()]).collect();
        Ok(Self {
            first: if parts.first_moments {
                zeros()
            } else {
                Vec::new()
            },
            second: zeros(),
            average: if parts.average {
                values.clone()
            } else {
                Vec::new()
            },
            variables: parameters
                .iter()
                .zip(values)
                .map(|(p, v)| Var::from_vec(v, p.shape.as_slice(), &Device::Cpu))
                .collect::<Result<_>>()?,
            parameters,
            equalised: parts.equalised,
            steps: 0,
            convolve,
        })
    }

    /// How many numbers it has.
    pub fn count(&self) -> usize {
        self.parameters.iter().map(Parameter::count).sum()
    }

    fn named(&self, tensor: impl Fn(usize) -> Result<Tensor>) -> Result<Weights> {
        let tensors = self.parameters.iter().enumerate();
        let tensors = tensors
            .map(|(i, p)| Ok((p.name.clone(), tensor(i)?)))
            .collect::<Result<_>>()?;
        Ok(Weights::new(tensors, self.convolve))
    }

    /// The weights with gradients.
    pub fn live(&self) -> Result<Weights> {
        self.named(|i| Ok(self.variables[i].as_tensor().clone()))
    }

    /// The weights without gradients.
    pub fn frozen(&self) -> Result<Weights> {
        self.named(|i| Ok(self.variables[i].as_tensor().detach()))
    }

    /// The moving average of the weights.
    pub fn averaged(&self) -> Result<Weights> {
        self.named(|i| {
            let shape = self.parameters[i].shape.as_slice();
            Tensor::from_slice(&self.average[i], shape, &Device::Cpu)
        })
    }

    /// The numbers of parameter `i`.
    pub fn values(&self, i: usize) -> Result<Vec<f32>> {
        self.variables[i].flatten_all()?.to_vec1()
    }

    /// Sets the numbers of parameter `i`.
    pub fn set_values(&self, i: usize, values: Vec<f32>) -> Result<()> {
        let shape = self.parameters[i].shape.as_slice();
        self.variables[i].set(&Tensor::from_vec(values, shape, &Device::Cpu)?)
    }

    /// One step of Adam against `gradients`. Returns false, with nothing changed, where one is not finite.
    pub fn step(&mut self, gradients: &GradStore, step: AdamStep) -> Result<bool> {
        let mut found = Vec::with_capacity(self.variables.len());
        for (i, variable) in self.variables.iter().enumerate() {
            let Some(gradient) = gradients.get(variable.as_tensor()) else {
                continue;
            };
            let gradient = gradient.flatten_all()?.to_vec1::<f32>()?;
            // A sum is not finite where a part is not; the products keep cancelling out of it.
            if !gradient.iter().map(|g| g.abs()).sum::<f32>().is_finite() {
                return Ok(false);
            }
            found.push((i, gradient));
        }
        self.steps += 1;
        let steps = self.steps.min(1 << 20) as i32;
        let unbias_first = 1.0 - step.first.powi(steps);
        let unbias_second = 1.0 - step.second.powi(steps);
        // A young network's average forgets its beginnings sooner.
        let keep = step.average.min(steps as f32 / (10.0 + steps as f32));
        for (i, gradient) in found {
            let mut weights = self.values(i)?;
            let deviation = self.parameters[i].deviation;
            let scale = if self.equalised && deviation > 0.0 {
                deviation
            } else {
                1.0
            };
            let rate = step.rate * scale;
            if let Some(first) = self.first.get_mut(i) {
                for (m, g) in first.iter_mut().zip(&gradient) {
                    *m = step.first * *m + (1.0 - step.first) * g;
                }
            }
            let direction = self.first.get(i).unwrap_or(&gradient);
            weights
                .par_chunks_mut(CHUNK)
                .zip(self.second[i].par_chunks_mut(CHUNK))
                .zip(gradient.par_chunks(CHUNK))
                .zip(direction.par_chunks(CHUNK))
                .for_each(|(((w, v), g), m)| {
                    for (((w, v), g), m) in w.iter_mut().zip(v).zip(g).zip(m) {
                        *v = step.second * *v + (1.0 - step.second) * g * g;
                        *w -= rate * (m / unbias_first) / ((*v / unbias_second).sqrt() + 1e-8);
                    }
                });
            if let Some(average) = self.average.get_mut(i) {
                for (a, w) in average.iter_mut().zip(&weights) {
                    *a = keep * *a + (1.0 - keep) * w;
                }
            }
            self.set_values(i, weights)?;
        }
        Ok(true)
    }
}
