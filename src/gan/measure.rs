//! A training step on made-up shoes, for the bench: it needs no catalogue.

use super::basis::Basis;
use super::data::{Shoes, TrainingSet};
use super::eyes::Eyes;
use super::generator::Generator;
use super::random::{Random, normal, random};
use super::train::{Game, NetworkKind};
use super::{GanError, GeneratorInfo, Perceiver, ops};
use std::sync::Arc;

/// Networks of some size with shoes of noise to train on.
pub struct StepBench {
    game: Game,
    eyes: Eyes,
    set: TrainingSet,
    basis: Basis,
    random: Random,
}

impl StepBench {
    /// The networks that ship for pictures of `size` and `channels` (1 or 3).
    ///
    /// # Errors
    /// Only a fault of this program.
    pub fn new(size: usize, channels: usize, perceiver: &Arc<Perceiver>) -> Result<Self, GanError> {
        const SHOES: usize = 256;
        let mut numbers = random(1, 1);
        let block_dims = [96, 64];
        let blocks = block_dims.map(|d| (0..SHOES * d).map(|_| normal(&mut numbers)).collect());
        let pixels = SHOES * size * size * channels;
        let shoes = Shoes {
            rows: (0..SHOES).collect(),
            size,
            channels,
            pictures: (0..pixels)
                .map(|_| (normal(&mut numbers) * 60.0 + 128.0) as u8)
                .collect(),
            blocks,
            block_dims,
            view: 1.0,
            left_out: 0,
            exact: true,
        };
        let views = [0, 1].map(|b| (shoes.blocks[b].as_slice(), block_dims[b]));
        let basis = Basis::fit(views, [1.0, 1.0], 64)?;
        let game = Game::new(
            NetworkKind::Shoegan,
            [size, channels, basis.dims()],
            &mut numbers,
        )?;
        let set = TrainingSet::new(shoes, &basis);
        Ok(Self {
            eyes: Eyes::new(perceiver, &set, game.shift(), 1)?,
            game,
            set,
            basis,
            random: numbers,
        })
    }

    /// One step of both networks; how many pictures it showed them.
    ///
    /// # Errors
    /// Only a fault of this program.
    pub fn step(&mut self) -> Result<usize, GanError> {
        self.game
            .step(&self.set, &self.eyes, 1.0, &mut self.random)?;
        Ok(self.game.batch())
    }

    /// The generator as it is.
    ///
    /// # Errors
    /// Only a fault of this program.
    pub fn generator(&self) -> Result<Generator, GanError> {
        let (network, weights) = self.game.generator()?;
        let [size, channels, noise_dims, code_dims] = network.dims();
        let info = GeneratorInfo {
            size,
            channels,
            noise_dims,
            code_dims,
            style_dims: self.set.shoes.block_dims[0],
            colour_dims: self.set.shoes.block_dims[1],
            ..GeneratorInfo::default()
        };
        Ok(Generator::of_parts(
            info,
            self.basis.clone(),
            network,
            weights,
        ))
    }
}

/// Runs `f` with Candle's own convolutions in place of ours, as the yardstick. For the whole process: not for two
/// threads at a time.
pub fn with_candle_convolutions<R>(f: impl FnOnce() -> R) -> R {
    ops::use_candle(true);
    let result = f();
    ops::use_candle(false);
    result
}
