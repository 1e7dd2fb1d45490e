//! One step of training: what the two networks want of each other.

use super::critic::{Critic, Verdict};
use super::data::{NEIGHBOURS, TrainingSet};
use super::eyes::{Eyes, Sight};
use super::ops::shift;
use super::random::{Random, normals};
use super::synthesis::Synthesis;
use super::trainable::{Step, Trainable};
use candle_core::{Result, Tensor};
use rand::RngExt as _;
use serde::{Deserialize, Serialize};

/// What weighs how much in a step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Recipe {
    /// Pictures a step; even, as pictures come in pairs of one code.
    pub batch: usize,
    pub learning_rate: f32,
    /// Weight of the gradient penalty on real pictures.
    pub penalty: f64,
    /// The penalty is taken every so many steps, and so many times as heavily.
    pub penalty_every: u64,
    /// Weight of the regression of the code on real pictures, for the discriminator.
    pub regression: f64,
    /// Weight of the regression of the code on its own pictures, for the generator, times the share of a
    /// code that the regression finds in real pictures: what cannot read yet must not be obeyed.
    pub obedience: f64,
    /// Weight of the error of the code that the eyes read off its pictures, for the generator.
    pub reading: f64,
    /// Weight of the error of the mean colour of a design of shoes in colour, for the generator. A checkpoint
    /// from before it was asked for goes on without it.
    #[serde(default)]
    pub tint: f64,
    /// Weight of the spread of a pair, for the generator.
    pub spread: f64,
    /// Spread of the generator's pairs, in that of real pairs, above which there is nothing to gain.
    pub spread_goal: f64,
    /// Pictures are moved by up to so many pixels.
    pub shift: i32,
    /// How much of the moving average is kept each step.
    pub average: f32,
}

impl Recipe {
    /// The recipe for pictures of `size`.
    pub fn for_size(size: usize) -> Self {
        Self {
            batch: if size > 32 { 16 } else { 32 },
            learning_rate: 0.002,
            penalty: 0.01,
            penalty_every: 4,
            regression: 1.0,
            obedience: 20.0,
            reading: 5.0,
            tint: 10.0,
            spread: 1.0,
            spread_goal: 0.85,
            shift: (size / 16) as i32,
            average: 0.999,
        }
    }
}

/// What a step came to; means over the batch.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Outcome {
    /// The discriminator's adversarial loss.
    pub critic: f64,
    /// The generator's adversarial loss.
    pub generator: f64,
    /// Squared error of the code read off real pictures.
    pub regression_real: f64,
    /// Squared error of the code read off designs.
    pub regression_fake: f64,
    /// Squared error of the code that the eyes read off designs.
    pub misread: f64,
    /// Squared error of the mean colour of designs, in units of the shoes' variance; 0 where it is not asked for.
    pub tint: f64,
    pub score_real: f64,
    pub score_fake: f64,
    /// Squared slope of the score; 0 where it was not taken.
    pub penalty: f64,
    /// Distance of the designs of a pair over that of the real pictures.
    pub spread: f64,
}

impl Outcome {
    /// How many numbers it has.
    pub const COUNT: usize = 10;

    /// The numbers in a fixed order, with their names in the log.
    pub fn named(&self) -> [(&'static str, f64); Self::COUNT] {
        [
            ("critic_loss", self.critic),
            ("generator_loss", self.generator),
            ("regression_real", self.regression_real),
            ("regression_fake", self.regression_fake),
            ("misread", self.misread),
            ("tint_error", self.tint),
            ("score_real", self.score_real),
            ("score_fake", self.score_fake),
            ("penalty", self.penalty),
            ("spread", self.spread),
        ]
    }

    /// Whether training still makes sense, where a score of `limit` does not.
    pub fn is_sane(&self, limit: f64) -> bool {
        self.named().iter().all(|(_, v)| v.is_finite())
            && self.score_real.abs().max(self.score_fake.abs()) < limit
    }
}

/// log(1 + e^x), without overflow. (Candle's own is NaN where the discriminator is sure and right.)
fn softplus(x: &Tensor) -> Result<Tensor> {
    x.relu()? + (x.abs()?.neg()?.exp()? + 1.0)?.log()?
}

fn number(x: &Tensor) -> Result<f64> {
    Ok(f64::from(x.to_scalar::<f32>()?))
}

/// Mean over pairs of the root mean squared difference of the two pictures.
fn spread(x: &Tensor) -> Result<Tensor> {
    let pairs = x.reshape((x.dim(0)? / 2, 2, ()))?;
    let difference = (pairs.narrow(1, 0, 1)? - pairs.narrow(1, 1, 1)?)?.squeeze(1)?;
    (difference.sqr()?.mean(1)? + 1e-6)?.sqrt()?.mean_all()
}

fn offsets(random: &mut Random, reach: i32, count: usize) -> Vec<[i32; 2]> {
    let mut one = || random.random_range(-reach..=reach);
    (0..count).map(|_| [one(), one()]).collect()
}

/// The networks and the eyes of a step.
pub(super) struct Players<'a> {
    pub synthesis: &'a Synthesis,
    pub critic: &'a Critic,
    pub eyes: &'a Eyes,
}

/// The mean over towers of what `of` makes of each.
fn mean_over<T>(towers: &[T], of: impl Fn(&T) -> Result<Tensor>) -> Result<Tensor> {
    let all = towers.iter().map(of).collect::<Result<Vec<_>>>()?;
    Tensor::stack(&all, 0)?.mean_all()
}

/// One step of both networks. The first picture of a pair is the shoe that the code is of, the second one
/// of its neighbours; the generator makes two designs of that code.
pub(super) fn step(
    set: &TrainingSet,
    recipe: &Recipe,
    rate_scale: f32,
    players: &Players<'_>,
    (generator, critic): (&mut Trainable, &mut Trainable),
    random: &mut Random,
) -> Result<Outcome> {
    let batch = recipe.batch;
    let (mut asked, mut shown) = (Vec::with_capacity(batch), Vec::with_capacity(batch));
    for _ in 0..batch / 2 {
        let shoe = random.random_range(0..set.shoes.len());
        let neighbour = set.neighbour(shoe, random.random_range(0..NEIGHBOURS));
        asked.extend([shoe, shoe]);
        shown.extend([shoe, neighbour]);
    }
    let code = set.codes(&asked)?;
    let real = set.shoes.tensor(&shown)?;
    let code_of_real = set.codes(&shown)?;
    let noise = normals(random, &[batch, players.synthesis.noise_dims])?;
    let fake = players
        .synthesis
        .forward(&generator.live()?, &code, &noise)?;
    let settings = Step {
        rate: recipe.learning_rate * rate_scale,
        first: 0.0,
        second: 0.99,
        average: 0.0,
    };
    let mut outcome = Outcome::default();
    // What the towers see; of the designs once for both networks.
    let mut see = |pictures: &Tensor| -> Result<(Sight, Vec<Tensor>)> {
        let pictures = shift(pictures, offsets(random, recipe.shift, batch))?;
        let sight = players.eyes.look(&pictures)?;
        let mut views = players.eyes.views(&sight)?;
        views.insert(0, pictures);
        Ok((sight, views))
    };
    let (_, views_of_real) = see(&real)?;
    let (sight_of_fake, views_of_fake) = see(&fake)?;

    // The discriminator, on real pictures and designs at once.
    let weights = critic.live()?;
    let both = views_of_real
        .iter()
        .zip(&views_of_fake)
        .map(|(real, fake)| Tensor::cat(&[real, &fake.detach()], 0))
        .collect::<Result<Vec<_>>>()?;
    let verdicts = players
        .critic
        .forward(&weights, &both, &Tensor::cat(&[&code, &code], 0)?)?;
    let score_real = |v: &Verdict| v.score.narrow(0, 0, batch);
    let score_fake = |v: &Verdict| v.score.narrow(0, batch, batch);
    let regression = mean_over(&verdicts, |v| {
        (v.code.narrow(0, 0, batch)? - &code_of_real)?
            .sqr()?
            .mean_all()
    })?;
    let adversarial = mean_over(&verdicts, |v| {
        softplus(&score_real(v)?.neg()?)?.mean_all()? + softplus(&score_fake(v)?)?.mean_all()?
    })?;
    let mut loss = (&adversarial + (&regression * recipe.regression)?)?;
    if critic.steps % recipe.penalty_every == 0 {
        // The squared length of the gradient, by a small step in a random direction.
        const STEP: f64 = 0.02;
        let nearby = views_of_real
            .iter()
            .map(|view| view + (normals(random, view.dims())? * STEP)?)
            .collect::<Result<Vec<_>>>()?;
        let moved = players.critic.forward(&weights, &nearby, &code)?;
        let pairs: Vec<_> = moved.iter().zip(&verdicts).collect();
        let slope = mean_over(&pairs, |(moved, here)| {
            let change = (&moved.score - score_real(here)?)?;
            (change / STEP)?.sqr()?.mean_all()
        })?;
        outcome.penalty = number(&slope)?;
        let weight = recipe.penalty * 0.5 * recipe.penalty_every as f64;
        loss = (loss + (slope * weight)?)?;
    }
    outcome.critic = number(&adversarial)?;
    outcome.regression_real = number(&regression)?;
    outcome.score_real = number(&mean_over(&verdicts, |v| score_real(v)?.mean_all())?)?;
    outcome.score_fake = number(&mean_over(&verdicts, |v| score_fake(v)?.mean_all())?)?;
    if !critic.step(&loss.backward()?, settings)? {
        outcome.critic = f64::NAN;
        return Ok(outcome);
    }

    // The generator, on the same designs against the discriminator as it is now.
    let verdicts = players
        .critic
        .forward(&critic.frozen()?, &views_of_fake, &code)?;
    let adversarial = mean_over(&verdicts, |v| softplus(&v.score.neg()?)?.mean_all())?;
    let regression = mean_over(&verdicts, |v| (&v.code - &code)?.sqr()?.mean_all())?;
    let ratio = (spread(&fake)? / number(&spread(&real)?)?.max(1e-3))?;
    let missing = (ratio.neg()? + recipe.spread_goal)?.relu()?;
    let misread = players.eyes.error(&sight_of_fake, &code)?;
    outcome.misread = number(&misread)?;
    let readable = (1.0 - outcome.regression_real).max(0.0);
    let obedience = ((&regression * (recipe.obedience * readable))? + (misread * recipe.reading)?)?;
    let mut loss = ((&adversarial + obedience)? + (missing * recipe.spread)?)?;
    if let (Some(tints), true) = (&set.tints, recipe.tint > 0.0) {
        let error = tints.error(&fake, &asked)?;
        outcome.tint = number(&error)?;
        loss = (loss + (error * recipe.tint)?)?;
    }
    outcome.generator = number(&adversarial)?;
    outcome.regression_fake = number(&regression)?;
    outcome.spread = number(&ratio)?;
    let settings = Step {
        average: recipe.average,
        ..settings
    };
    if !generator.step(&loss.backward()?, settings)? {
        outcome.generator = f64::NAN;
    }
    Ok(outcome)
}
