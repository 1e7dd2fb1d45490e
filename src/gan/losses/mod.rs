//! What the two networks are trained on: one file for each loss, and how much each weighs.

pub(in crate::gan) mod adversarial;
pub(in crate::gan) mod code_regression;
pub(in crate::gan) mod colour;
pub(in crate::gan) mod diversity;
pub(in crate::gan) mod gradient_penalty;

use super::networks::discriminator::TowerOutput;
use candle_core::{Result, Tensor};
use serde::{Deserialize, Serialize};

/// How much each loss weighs, and what else a training step goes by. Checkpoints keep the older names of some.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(in crate::gan) struct LossWeights {
    /// Pictures a step; even, as pictures come in pairs of one code.
    pub batch: usize,
    pub learning_rate: f32,
    /// Weight of the gradient penalties on real pictures (R1) and on designs (R2).
    #[serde(rename = "penalty")]
    pub gradient_penalty: f64,
    /// The penalty is taken every so many steps, and so many times as heavily ("lazy regularisation", T. Karras
    /// et al., 2020).
    #[serde(rename = "penalty_every")]
    pub gradient_penalty_every: u64,
    /// Weight of the regression of the code on real pictures, for the discriminator.
    #[serde(rename = "regression")]
    pub discriminator_code_regression: f64,
    /// Weight of the regression of the code on its own pictures, for the generator, times the share of a
    /// code that the regression finds in real pictures: a regression that has not learned yet must not count.
    #[serde(rename = "obedience")]
    pub generator_code_regression: f64,
    /// Weight of the error of the code that is read off the features of its pictures, for the generator.
    #[serde(rename = "reading")]
    pub feature: f64,
    /// Weight of the error of the mean colour of a design of shoes in colour, for the generator. A checkpoint
    /// from before this loss goes on without it.
    #[serde(rename = "tint", default)]
    pub colour: f64,
    /// Weight of the lack of diversity in a pair, for the generator.
    #[serde(rename = "spread")]
    pub diversity: f64,
    /// Diversity of the generator's pairs, in that of real pairs, above which there is nothing to gain.
    #[serde(rename = "spread_goal")]
    pub diversity_goal: f64,
    /// Pictures are moved by up to so many pixels.
    pub shift: i32,
    /// How much of the moving average of the weights is kept each step.
    pub average: f32,
    /// Steps over which the generator's learning rate rises from nothing; 0 where it begins at random.
    #[serde(default)]
    pub warm_up_steps: u64,
}

impl LossWeights {
    /// The weights for pictures of `size`.
    pub fn for_size(size: usize) -> Self {
        Self {
            batch: if size > 32 { 16 } else { 32 },
            learning_rate: 0.002,
            gradient_penalty: 0.01,
            gradient_penalty_every: 4,
            discriminator_code_regression: 1.0,
            generator_code_regression: 20.0,
            feature: 5.0,
            colour: 10.0,
            diversity: 1.0,
            diversity_goal: 0.85,
            shift: (size / 16) as i32,
            average: 0.999,
            warm_up_steps: 0,
        }
    }
}

/// The losses and scores of a training step; means over the batch.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(in crate::gan) struct StepMetrics {
    /// The discriminator's adversarial loss.
    pub discriminator: f64,
    /// The generator's adversarial loss.
    pub generator: f64,
    /// Squared error of the code that the discriminator reads off real pictures.
    pub regression_real: f64,
    /// Squared error of the code that the discriminator reads off designs.
    pub regression_fake: f64,
    /// Squared error of the code that is read off the features of designs.
    pub feature_error: f64,
    /// Squared error of the mean colour of designs, in units of the shoes' variance; 0 where it has no weight.
    pub colour_error: f64,
    pub score_real: f64,
    pub score_fake: f64,
    /// Squared slope of the score; 0 where it was not taken.
    pub penalty: f64,
    /// Distance of the designs of a pair over that of the real pictures.
    pub diversity: f64,
}

impl StepMetrics {
    /// How many numbers it has.
    pub const COUNT: usize = 10;

    /// The numbers in a fixed order, with their names in the log.
    pub fn named(&self) -> [(&'static str, f64); Self::COUNT] {
        [
            ("critic_loss", self.discriminator),
            ("generator_loss", self.generator),
            ("regression_real", self.regression_real),
            ("regression_fake", self.regression_fake),
            ("misread", self.feature_error),
            ("tint_error", self.colour_error),
            ("score_real", self.score_real),
            ("score_fake", self.score_fake),
            ("penalty", self.penalty),
            ("spread", self.diversity),
        ]
    }

    /// Whether training can go on: every number is finite, and the scores are below `limit`.
    pub fn is_sane(&self, limit: f64) -> bool {
        self.named().iter().all(|(_, v)| v.is_finite())
            && self.score_real.abs().max(self.score_fake.abs()) < limit
    }
}

/// The number in a tensor of one.
pub(in crate::gan) fn number(x: &Tensor) -> Result<f64> {
    Ok(f64::from(x.to_scalar::<f32>()?))
}

/// The mean over the discriminator's towers of the loss `of` each.
pub(in crate::gan) fn mean_over_towers(
    towers: &[TowerOutput],
    of: impl Fn(&TowerOutput) -> Result<Tensor>,
) -> Result<Tensor> {
    let all = towers.iter().map(of).collect::<Result<Vec<_>>>()?;
    Tensor::stack(&all, 0)?.mean_all()
}
