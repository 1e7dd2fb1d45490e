//! A training step on made-up shoes, for the bench: it needs no catalogue.

use super::{NetworkKind, trainer::Trainer};
use crate::gan::code_basis::CodeBasis;
use crate::gan::dataset::shoes::{FramedShoes, RawBlock};
use crate::gan::dataset::training_set::TrainingSet;
use crate::gan::features::projection::FeatureProjection;
use crate::gan::generator::Generator;
use crate::gan::ops::Convolve;
use crate::gan::random::{Random, normal, random};
use crate::gan::{FeatureExtractor, GanError, GeneratorInfo};
use std::sync::Arc;

/// Networks of some size with shoes of noise to train on.
pub struct StepBench {
    trainer: Trainer,
    features: FeatureProjection,
    set: TrainingSet,
    basis: CodeBasis,
    random: Random,
}

impl StepBench {
    /// The networks that ship for pictures of `size` and `channels` (1 or 3).
    ///
    /// # Errors
    /// Only a fault of this program.
    pub fn new(
        size: usize,
        channels: usize,
        extractor: &Arc<FeatureExtractor>,
    ) -> Result<Self, GanError> {
        const SHOES: usize = 256;
        let mut numbers = random(1, 1);
        let block = |(name, dims): (&str, usize)| RawBlock {
            name: name.to_owned(),
            dims,
            values: (0..SHOES * dims).map(|_| normal(&mut numbers)).collect(),
        };
        let blocks = [("style", 96), ("colour", 64)].map(block).into();
        let pixels = SHOES * size * size * channels;
        let shoes = FramedShoes {
            rows: (0..SHOES).collect(),
            size,
            channels,
            pictures: (0..pixels)
                .map(|_| (normal(&mut numbers) * 60.0 + 128.0) as u8)
                .collect(),
            blocks,
            views: vec![1.0; SHOES],
            left_out: 0,
            exact: true,
        };
        let basis = super::basis_of(&shoes)?;
        let trainer = Trainer::new(
            NetworkKind::Shoegan,
            [size, channels, basis.dims()],
            None,
            &mut numbers,
        )?;
        let set = TrainingSet::new(shoes, &basis)?;
        Ok(Self {
            features: FeatureProjection::new(extractor, &set, trainer.shift(), 1)?,
            trainer,
            set,
            basis,
            random: numbers,
        })
    }

    /// Runs both networks on `convolve` from now on.
    pub fn use_convolution(&mut self, convolve: Convolve) {
        self.trainer.generator.convolve = convolve;
        self.trainer.discriminator.convolve = convolve;
        self.features.convolve = convolve;
    }

    /// One step of both networks; how many pictures it showed them.
    ///
    /// # Errors
    /// Only a fault of this program.
    pub fn step(&mut self) -> Result<usize, GanError> {
        self.trainer
            .step(&self.set, &self.features, 1.0, &mut self.random)?;
        Ok(self.trainer.batch())
    }

    /// The generator as it is.
    ///
    /// # Errors
    /// Only a fault of this program.
    pub fn generator(&self) -> Result<Generator, GanError> {
        let (network, weights) = self.trainer.generator()?;
        let [size, channels, noise_dims, code_dims] = network.dims();
        let info = GeneratorInfo {
            size,
            channels,
            noise_dims,
            code_dims,
            blocks: self.basis.blocks(),
            ..GeneratorInfo::default()
        };
        Ok(Generator::of_parts(
            info,
            self.basis.clone(),
            (self.set.view.clone(), None),
            (network, weights),
        ))
    }
}
