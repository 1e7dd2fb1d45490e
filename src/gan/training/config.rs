//! Which networks are trained, and how: everything of a run but its numbers. Stored with a checkpoint.

use crate::gan::Generator;
use crate::gan::losses::LossWeights;
use crate::gan::networks::discriminator::Discriminator;
use crate::gan::networks::synthesis::Synthesis;
use crate::gan::networks::wasserstein_baseline::WassersteinBaseline;
use crate::gan::random::Random;
use crate::gan::training::optimiser::{TrainableNetwork, TrainableParts};
use candle_core::Result as CandleResult;
use serde::{Deserialize, Serialize};

/// Which networks are trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NetworkKind {
    /// Conditioned on a code: the generator that ships.
    #[default]
    Shoegan,
    /// The original shoespace's, as a baseline for evaluation.
    Original,
}

/// The shapes of the two networks and the settings of their training. Checkpoints keep older names of some fields.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(in crate::gan) enum TrainingConfig {
    Shoegan {
        synthesis: Synthesis,
        #[serde(rename = "critic")]
        discriminator: Discriminator,
        #[serde(rename = "recipe")]
        loss_weights: LossWeights,
    },
    Original {
        network: WassersteinBaseline,
        batch: usize,
    },
}

impl TrainingConfig {
    /// The settings for pictures of `size` and `channels` at codes of `code_dims`; a run that goes on from another
    /// generator has the shape of that one.
    pub fn new(
        kind: NetworkKind,
        [size, channels, code_dims]: [usize; 3],
        from: Option<&Generator>,
    ) -> Self {
        let begun = from.and_then(|model| model.shape(size, channels));
        match kind {
            NetworkKind::Shoegan => Self::Shoegan {
                synthesis: match begun {
                    Some(shape) => Synthesis { code_dims, ..shape },
                    None => Synthesis::new(size, channels, code_dims),
                },
                discriminator: Discriminator::new(size, channels, code_dims),
                loss_weights: LossWeights::for_size(size),
            },
            NetworkKind::Original => Self::Original {
                network: WassersteinBaseline::new(size, channels),
                batch: 64,
            },
        }
    }

    /// The generator and the discriminator as they begin.
    pub fn networks(
        &self,
        random: &mut Random,
    ) -> CandleResult<(TrainableNetwork, TrainableNetwork)> {
        let (generator, discriminator, parts) = match self {
            Self::Shoegan {
                synthesis,
                discriminator,
                ..
            } => (
                synthesis.parameters(),
                discriminator.parameters(),
                TrainableParts {
                    equalised: true,
                    first_moments: false,
                    average: true,
                },
            ),
            Self::Original { network, .. } => (
                network.parameters(),
                network.discriminator_parameters(),
                TrainableParts {
                    equalised: false,
                    first_moments: true,
                    average: true,
                },
            ),
        };
        // Only the generator ships, so only its average is kept.
        let without_average = TrainableParts {
            average: false,
            ..parts
        };
        Ok((
            TrainableNetwork::new(generator, parts, random)?,
            TrainableNetwork::new(discriminator, without_average, random)?,
        ))
    }

    pub fn kind(&self) -> NetworkKind {
        match self {
            Self::Shoegan { .. } => NetworkKind::Shoegan,
            Self::Original { .. } => NetworkKind::Original,
        }
    }
}
