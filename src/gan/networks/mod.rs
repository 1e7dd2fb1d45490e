//! The networks and their tensors. What a generator's file can hold is [`Network`].

pub(in crate::gan) mod discriminator;
pub(in crate::gan) mod parameters;
pub(in crate::gan) mod synthesis;
pub(in crate::gan) mod wasserstein_baseline;

use crate::gan::networks::parameters::{Parameter, Weights};
use crate::gan::networks::synthesis::Synthesis;
use crate::gan::networks::wasserstein_baseline::WassersteinBaseline;
use candle_core::{Result, Tensor};
use serde::{Deserialize, Serialize};

/// The shape of a generator's network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(in crate::gan) enum Network {
    /// Ours: conditioned on a code.
    Shoegan(Synthesis),
    /// The original's, which knows no code: the baseline.
    Original(WassersteinBaseline),
}

impl Network {
    /// Every tensor of the network.
    pub fn parameters(&self) -> Vec<Parameter> {
        match self {
            Self::Shoegan(network) => network.parameters(),
            Self::Original(network) => network.parameters(),
        }
    }

    /// The pictures [batch, size, size, channels], within ±1, when decoding.
    pub fn decode(&self, weights: &Weights, code: &Tensor, noise: &Tensor) -> Result<Tensor> {
        match self {
            Self::Shoegan(network) => network.forward(weights, code, noise),
            Self::Original(network) => network.decode(weights, noise),
        }
    }

    /// Side, channels and noise of its pictures, and the numbers of the code that it wants (0: any).
    pub fn dims(&self) -> [usize; 4] {
        match self {
            Self::Shoegan(n) => [n.size, n.channels, n.noise_dims, n.code_dims],
            Self::Original(n) => [n.size, n.channels, n.noise_dims, 0],
        }
    }

    /// The same network without the levels beyond `size`; none where its pictures are no larger, or of another kind.
    pub fn reduced(&self, size: usize) -> Option<Self> {
        let Self::Shoegan(network) = self else {
            return None;
        };
        let reduced = Synthesis {
            size,
            ..network.clone()
        };
        (size < network.size && reduced.is_sound()).then_some(Self::Shoegan(reduced))
    }

    /// Whether a network of this shape can be built: a description read from a file may say anything.
    pub fn is_sound(&self) -> bool {
        match self {
            Self::Shoegan(network) => network.is_sound(),
            Self::Original(network) => network.is_sound(),
        }
    }
}
