//! The two networks that play against each other, whichever they are.

use super::NetworkKind;
use super::checkpoint::Saved;
use crate::gan::GanError;
use crate::gan::critic::Critic;
use crate::gan::data::TrainingSet;
use crate::gan::eyes::Eyes;
use crate::gan::losses::{self, Outcome, Players, Recipe};
use crate::gan::network::Network;
use crate::gan::original::Original;
use crate::gan::random::Random;
use crate::gan::synthesis::Synthesis;
use crate::gan::trainable::Trainable;
use crate::gan::wasserstein;
use crate::gan::weights::Weights;
use candle_core::Result as CandleResult;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// What is played, without the numbers: stored with a checkpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(in crate::gan) enum Rules {
    Shoegan {
        synthesis: Synthesis,
        critic: Critic,
        recipe: Recipe,
    },
    Original {
        network: Original,
        batch: usize,
    },
}

/// The two networks and their rules.
pub(in crate::gan) struct Game {
    pub rules: Rules,
    pub generator: Trainable,
    pub critic: Trainable,
}

/// All numbers of the networks at some step.
pub(in crate::gan) struct Snapshot([State; 2]);

struct State {
    values: Vec<Vec<f32>>,
    first: Vec<Vec<f32>>,
    second: Vec<Vec<f32>>,
    average: Vec<Vec<f32>>,
    steps: u64,
}

impl Rules {
    /// Networks with these rules as they begin.
    fn networks(&self, random: &mut Random) -> CandleResult<(Trainable, Trainable)> {
        Ok(match self {
            Self::Shoegan {
                synthesis, critic, ..
            } => (
                Trainable::new(synthesis.parameters(), true, false, true, random)?,
                Trainable::new(critic.parameters(), true, false, false, random)?,
            ),
            Self::Original { network, .. } => (
                Trainable::new(network.parameters(), false, true, true, random)?,
                Trainable::new(network.critic_parameters(), false, true, false, random)?,
            ),
        })
    }

    pub fn kind(&self) -> NetworkKind {
        match self {
            Self::Shoegan { .. } => NetworkKind::Shoegan,
            Self::Original { .. } => NetworkKind::Original,
        }
    }
}

impl Game {
    /// Networks as they begin, for pictures of `size` and `channels` at codes of `code_dims`.
    pub fn new(
        kind: NetworkKind,
        [size, channels, code_dims]: [usize; 3],
        random: &mut Random,
    ) -> CandleResult<Self> {
        let rules = match kind {
            NetworkKind::Shoegan => Rules::Shoegan {
                synthesis: Synthesis::new(size, channels, code_dims),
                critic: Critic::new(size, channels, code_dims),
                recipe: Recipe::for_size(size),
            },
            NetworkKind::Original => Rules::Original {
                network: Original::new(size, channels),
                batch: 64,
            },
        };
        let (generator, critic) = rules.networks(random)?;
        Ok(Self {
            rules,
            generator,
            critic,
        })
    }

    /// The networks of a checkpoint.
    pub fn restore(saved: &Saved, path: &Path) -> Result<Self, GanError> {
        let rules = saved.state.rules.clone();
        // Every number is replaced; the start only gives the shapes.
        let (mut generator, mut critic) = rules.networks(&mut crate::gan::random::random(0, 0))?;
        saved.restore_into("generator", &mut generator, path)?;
        saved.restore_into("critic", &mut critic, path)?;
        generator.steps = saved.state.steps;
        critic.steps = saved.state.critic_steps;
        Ok(Self {
            rules,
            generator,
            critic,
        })
    }

    /// One step of training.
    pub fn step(
        &mut self,
        set: &TrainingSet,
        eyes: &Eyes,
        rate: f32,
        random: &mut Random,
    ) -> CandleResult<Outcome> {
        let trained = (&mut self.generator, &mut self.critic);
        match &self.rules {
            Rules::Shoegan {
                synthesis,
                critic,
                recipe,
            } => {
                let players = Players {
                    synthesis,
                    critic,
                    eyes,
                };
                losses::step(set, recipe, rate, &players, trained, random)
            }
            Rules::Original { network, batch } => {
                wasserstein::step(set, *batch, rate, network, trained, random)
            }
        }
    }

    /// Pictures that a step shows the networks.
    pub fn batch(&self) -> usize {
        match &self.rules {
            Rules::Shoegan { recipe, .. } => recipe.batch,
            Rules::Original { batch, .. } => *batch,
        }
    }

    /// By how many pixels pictures are moved about.
    pub fn shift(&self) -> i32 {
        match &self.rules {
            Rules::Shoegan { recipe, .. } => recipe.shift,
            Rules::Original { .. } => 0,
        }
    }

    /// Whether training still makes sense after a step that came to `outcome`.
    pub fn is_sane(&self, outcome: &Outcome) -> bool {
        outcome.is_sane(match &self.rules {
            Rules::Shoegan { .. } => 1e3,
            // A Wasserstein score is a potential: only its differences mean something, and it may drift far.
            Rules::Original { .. } => f64::INFINITY,
        })
    }

    /// Steps made.
    pub fn steps(&self) -> u64 {
        self.generator.steps
    }

    /// Numbers in a noise.
    pub fn noise_dims(&self) -> usize {
        match &self.rules {
            Rules::Shoegan { synthesis, .. } => synthesis.noise_dims,
            Rules::Original { network, .. } => network.noise_dims,
        }
    }

    /// The generator's network with the moving average of its weights.
    pub fn generator(&self) -> CandleResult<(Network, Weights)> {
        let network = match &self.rules {
            Rules::Shoegan { synthesis, .. } => Network::Shoegan(synthesis.clone()),
            Rules::Original { network, .. } => Network::Original(network.clone()),
        };
        Ok((network, self.generator.averaged()?))
    }

    /// What the networks are, for people.
    pub fn describe(&self) -> String {
        format!(
            "generator of {:.2} million numbers, discriminator of {:.2} million",
            self.generator.count() as f64 / 1e6,
            self.critic.count() as f64 / 1e6
        )
    }

    /// All numbers as they are now.
    pub fn snapshot(&self) -> CandleResult<Snapshot> {
        let state = |network: &Trainable| -> CandleResult<State> {
            Ok(State {
                values: (0..network.parameters.len())
                    .map(|i| network.values(i))
                    .collect::<CandleResult<_>>()?,
                first: network.first.clone(),
                second: network.second.clone(),
                average: network.average.clone(),
                steps: network.steps,
            })
        };
        Ok(Snapshot([state(&self.generator)?, state(&self.critic)?]))
    }

    /// Goes back to `snapshot`.
    pub fn restore_snapshot(&mut self, snapshot: &Snapshot) -> CandleResult<()> {
        for (network, state) in [&mut self.generator, &mut self.critic]
            .into_iter()
            .zip(&snapshot.0)
        {
            for (i, values) in state.values.iter().enumerate() {
                network.set_values(i, values.clone())?;
            }
            network.first.clone_from(&state.first);
            network.second.clone_from(&state.second);
            network.average.clone_from(&state.average);
            network.steps = state.steps;
        }
        Ok(())
    }
}
