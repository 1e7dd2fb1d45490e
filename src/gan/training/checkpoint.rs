//! Checkpoints: everything that a run needs to go on as if it had never stopped.

use super::config::TrainingConfig;
use super::{TrainOptions, Training};
use crate::catalog::Catalog;
use crate::gan::code_basis::CodeBasis;
use crate::gan::random::Random;
use crate::gan::tensor_file::Tensors;
use crate::gan::training::optimiser::TrainableNetwork;
use crate::gan::{GanError, GeneratorInfo};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// What the file says that it is.
const KIND: &str = "shoespace training checkpoint";

/// What is true of a run beside its numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::gan) struct State {
    #[serde(rename = "rules")]
    pub config: TrainingConfig,
    pub info: GeneratorInfo,
    pub steps: u64,
    #[serde(rename = "critic_steps")]
    pub discriminator_steps: u64,
    pub seconds: f64,
    pub rollbacks: u32,
    pub rate: f32,
    /// State of the random numbers, in hexadecimal: JSON has no numbers of 128 bits.
    random: String,
    /// Fingerprint of the catalogue.
    pub catalogue: String,
}

impl State {
    /// The random numbers as they were.
    pub fn random(&self) -> Result<Random, GanError> {
        u128::from_str_radix(&self.random, 16)
            .map(Random::new)
            .map_err(GanError::RandomState)
    }
}

/// A checkpoint read from its file.
pub(in crate::gan) struct Saved {
    pub state: State,
    pub basis: CodeBasis,
    tensors: Tensors,
}

/// Writes the checkpoint of `training`, by rename.
pub(super) fn write(training: &Training, path: &Path) -> Result<(), GanError> {
    let trainer = &training.trainer;
    let mut tensors = Tensors::default();
    tensors.put_json(
        "state",
        &State {
            config: trainer.config.clone(),
            info: training.info.clone(),
            steps: trainer.generator.steps,
            discriminator_steps: trainer.discriminator.steps,
            seconds: training.seconds,
            rollbacks: training.rollbacks,
            rate: training.rate,
            random: format!("{:x}", training.random.state()),
            catalogue: training.catalogue.clone(),
        },
    );
    training.basis.store(&mut tensors);
    for (who, network) in [
        ("generator", &trainer.generator),
        ("critic", &trainer.discriminator),
    ] {
        for (i, parameter) in network.parameters.iter().enumerate() {
            let name = &parameter.name;
            let shape = &parameter.shape;
            tensors.put(format!("{who}/{name}"), shape, &network.values(i)?);
            for (what, list) in memories(network) {
                if let Some(values) = list.get(i) {
                    tensors.put(format!("{who}.{what}/{name}"), shape, values);
                }
            }
        }
    }
    tensors.write(path, KIND, None)
}

fn memories(network: &TrainableNetwork) -> [(&'static str, &Vec<Vec<f32>>); 3] {
    [
        ("first", &network.first),
        ("second", &network.second),
        ("average", &network.average),
    ]
}

impl Saved {
    /// Reads a checkpoint.
    pub fn read(path: &Path) -> Result<Self, GanError> {
        if !path.exists() {
            return Err(GanError::model(
                path,
                "there is no checkpoint to resume; begin a new run",
            ));
        }
        let (tensors, _) = Tensors::read(path, KIND)?;
        let state: State = tensors.json("state", path)?;
        Ok(Self {
            basis: CodeBasis::restore(&tensors, &state.info.blocks, path)?,
            state,
            tensors,
        })
    }

    /// That the checkpoint can go on with this catalogue and these options.
    pub fn check(
        &self,
        path: &Path,
        catalog: &Catalog,
        options: &TrainOptions,
    ) -> Result<(), GanError> {
        let info = &self.state.info;
        let refuse = |reason: String| Err(GanError::model(path, reason));
        if info.size != options.size {
            return refuse(format!(
                "the checkpoint is of size {}, not {}; ask for {} or begin a new run",
                info.size, options.size, info.size
            ));
        }
        if let Some(seed) = options.seed.filter(|&seed| seed != info.seed) {
            return refuse(format!(
                "the run was begun with the seed {}, not {seed}; ask for that or begin a new run",
                info.seed
            ));
        }
        let embedder = &catalog.info().embedder;
        if *embedder != info.embedder_id() {
            return refuse(format!(
                "the checkpoint was made with another embedder ({} {:.12}) than the catalogue ({} {:.12}); index the catalogue again, or begin a new run",
                info.embedder, info.embedder_sha256, embedder.name, embedder.sha256
            ));
        }
        if (info.channels == 1) != catalog.is_grey() {
            let kind = |grey| if grey { "grey" } else { "colour" };
            return refuse(format!(
                "the checkpoint is of {} pictures, the catalogue of {} ones; begin a new run",
                kind(info.channels == 1),
                kind(catalog.is_grey())
            ));
        }
        if self.state.config.kind() != options.network {
            return refuse("the checkpoint is of the other network; begin a new run".into());
        }
        if self.basis.dims() != info.code_dims {
            return refuse("its basis does not fit its description: the file is damaged".into());
        }
        Ok(())
    }

    /// Puts the numbers of network `who` into `network`, which has the right shapes.
    pub fn restore_into(
        &self,
        who: &str,
        network: &mut TrainableNetwork,
        path: &Path,
    ) -> Result<(), GanError> {
        for i in 0..network.parameters.len() {
            let parameter = network.parameters[i].clone();
            let take = |what: &str| {
                let name = format!("{who}{what}/{}", parameter.name);
                self.tensors.take_shaped(&name, &parameter.shape, path)
            };
            network.set_values(i, take("")?)?;
            for (what, list) in [
                (".first", &mut network.first),
                (".second", &mut network.second),
                (".average", &mut network.average),
            ] {
                if let Some(values) = list.get_mut(i) {
                    *values = take(what)?;
                }
            }
        }
        Ok(())
    }
}
