//! The trainer: generator and discriminator with their optimisers, whichever networks they are.

use super::checkpoint::Saved;
use super::config::{NetworkKind, TrainingConfig};
use super::step::{Networks, Step};
use crate::gan::GanError;
use crate::gan::dataset::training_set::TrainingSet;
use crate::gan::features::projection::FeatureProjection;
use crate::gan::generator::Generator;
use crate::gan::linear_map::LinearMap;
use crate::gan::losses::StepMetrics;
use crate::gan::networks::Network;
use crate::gan::networks::parameters::Weights;
use crate::gan::random::Random;
use crate::gan::training::optimiser::TrainableNetwork;
use crate::gan::training::wasserstein_step;
use candle_core::Result as CandleResult;
use std::path::Path;

/// Steps in which the discriminator catches up with a generator that was there before it.
const WARM_UP_STEPS: u64 = 400;

/// The two networks in training and their settings.
pub(in crate::gan) struct Trainer {
    pub config: TrainingConfig,
    pub generator: TrainableNetwork,
    pub discriminator: TrainableNetwork,
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

impl Trainer {
    /// Networks as they begin; `dims` are the size and the channels of the pictures, and the numbers in a code.
    pub fn new(
        kind: NetworkKind,
        dims: [usize; 3],
        from: Option<&Generator>,
        random: &mut Random,
    ) -> CandleResult<Self> {
        let config = TrainingConfig::new(kind, dims, from);
        let (generator, discriminator) = config.networks(random)?;
        Ok(Self {
            config,
            generator,
            discriminator,
        })
    }

    /// The networks of a checkpoint.
    pub fn restore(saved: &Saved, path: &Path) -> Result<Self, GanError> {
        let config = saved.state.config.clone();
        // Every number is replaced; the start only gives the shapes.
        let (mut generator, mut discriminator) =
            config.networks(&mut crate::gan::random::random(0, 0))?;
        saved.restore_into("generator", &mut generator, path)?;
        saved.restore_into("critic", &mut discriminator, path)?;
        generator.steps = saved.state.steps;
        discriminator.steps = saved.state.discriminator_steps;
        Ok(Self {
            config,
            generator,
            discriminator,
        })
    }

    /// Puts the numbers of another generator in the place of its own. Codes of `set` are taken to those that the other
    /// was made for by the linear map that fits best, so that at first it makes the very pictures of the other.
    ///
    /// # Errors
    /// The other makes other pictures, is of another embedder's blocks, or is of another network.
    pub fn begin_from(&mut self, model: &Generator, set: &TrainingSet) -> Result<(), GanError> {
        let TrainingConfig::Shoegan {
            synthesis,
            loss_weights,
            ..
        } = &mut self.config
        else {
            return Err(GanError::NoBeginning);
        };
        loss_weights.warm_up_steps = WARM_UP_STEPS;
        let rows: Vec<usize> = (0..set.shoes.len()).collect();
        let asked: Vec<Vec<f32>> = rows.iter().map(|&i| set.code(i).to_vec()).collect();
        let theirs = rows
            .iter()
            .map(|&i| model.code(&set.shoes.blocks_of(i)))
            .collect::<Result<Vec<_>, _>>()?;
        let to_theirs = LinearMap::fit(&asked, &theirs)?;
        let parts = model.parts_for(synthesis, &to_theirs)?;
        for i in 0..self.generator.parameters.len() {
            let name = &self.generator.parameters[i].name;
            let Some(values) = parts.get(name) else {
                return Err(GanError::NoBeginning);
            };
            self.generator.set_values(i, values.clone())?;
            self.generator.average[i].clone_from(values);
        }
        Ok(())
    }

    /// One step of training with the share `rate` of the full learning rate.
    pub fn step(
        &mut self,
        set: &TrainingSet,
        features: &FeatureProjection,
        rate: f32,
        random: &mut Random,
    ) -> CandleResult<StepMetrics> {
        let networks = Networks {
            generator: &mut self.generator,
            discriminator: &mut self.discriminator,
        };
        match &self.config {
            TrainingConfig::Shoegan {
                synthesis,
                discriminator,
                loss_weights,
            } => Step {
                set,
                synthesis,
                discriminator,
                features,
                loss_weights,
                rate,
            }
            .run(networks, random),
            TrainingConfig::Original { network, batch } => {
                wasserstein_step::step(set, *batch, rate, network, networks, random)
            }
        }
    }

    /// Pictures that a step shows the networks.
    pub fn batch(&self) -> usize {
        match &self.config {
            TrainingConfig::Shoegan { loss_weights, .. } => loss_weights.batch,
            TrainingConfig::Original { batch, .. } => *batch,
        }
    }

    /// By how many pixels pictures are moved about.
    pub fn shift(&self) -> i32 {
        match &self.config {
            TrainingConfig::Shoegan { loss_weights, .. } => loss_weights.shift,
            TrainingConfig::Original { .. } => 0,
        }
    }

    /// Whether training still makes sense after a step that gave `metrics`.
    pub fn is_sane(&self, metrics: &StepMetrics) -> bool {
        metrics.is_sane(match &self.config {
            TrainingConfig::Shoegan { .. } => 1e3,
            // A Wasserstein score is a potential: only its differences mean something, and it may drift far.
            TrainingConfig::Original { .. } => f64::INFINITY,
        })
    }

    /// Steps made.
    pub fn steps(&self) -> u64 {
        self.generator.steps
    }

    /// Numbers in a noise.
    pub fn noise_dims(&self) -> usize {
        match &self.config {
            TrainingConfig::Shoegan { synthesis, .. } => synthesis.noise_dims,
            TrainingConfig::Original { network, .. } => network.noise_dims,
        }
    }

    /// The generator's network with the moving average of its weights.
    pub fn generator(&self) -> CandleResult<(Network, Weights)> {
        let network = match &self.config {
            TrainingConfig::Shoegan { synthesis, .. } => Network::Shoegan(synthesis.clone()),
            TrainingConfig::Original { network, .. } => Network::Original(network.clone()),
        };
        Ok((network, self.generator.averaged()?))
    }

    /// What the networks are, for people.
    pub fn describe(&self) -> String {
        format!(
            "generator of {:.2} million numbers, discriminator of {:.2} million",
            self.generator.count() as f64 / 1e6,
            self.discriminator.count() as f64 / 1e6
        )
    }

    /// All numbers as they are now.
    pub fn snapshot(&self) -> CandleResult<Snapshot> {
        let state = |network: &TrainableNetwork| -> CandleResult<State> {
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
        Ok(Snapshot([
            state(&self.generator)?,
            state(&self.discriminator)?,
        ]))
    }

    /// Goes back to `snapshot`.
    pub fn restore_snapshot(&mut self, snapshot: &Snapshot) -> CandleResult<()> {
        for (network, state) in [&mut self.generator, &mut self.discriminator]
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
