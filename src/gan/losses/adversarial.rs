//! The adversarial loss: relativistic, in pairs.
//!
//! A design is compared with the real picture that was shown beside it, so that the discriminator cannot rest once
//! all designs score low, and modes that are missing keep a gradient: A. Jolicoeur-Martineau, "The relativistic
//! discriminator", 2018, <https://arxiv.org/abs/1807.00734>; Y. Huang et al., "The GAN is dead; long live the GAN!
//! A Modern GAN Baseline" (R3GAN), 2024, <https://arxiv.org/abs/2501.05441>.

use super::mean_over_towers;
use crate::gan::networks::discriminator::TowerOutput;
use candle_core::{Result, Tensor};

/// log(1 + e^x), without overflow. (Candle's own is NaN where the discriminator is sure and right.)
fn softplus(x: &Tensor) -> Result<Tensor> {
    x.relu()? + (x.abs()?.neg()?.exp()? + 1.0)?.log()?
}

/// The loss of the side that wants `higher` to score above `lower`, picture by picture; mean over towers.
fn above(higher: &[TowerOutput], lower: &[TowerOutput]) -> Result<Tensor> {
    let losses = higher
        .iter()
        .zip(lower)
        .map(|(higher, lower)| softplus(&(&lower.score - &higher.score)?)?.mean_all());
    Tensor::stack(&losses.collect::<Result<Vec<_>>>()?, 0)?.mean_all()
}

/// The discriminator's loss: each real picture should score above the design beside it.
pub(in crate::gan) fn of_discriminator(
    real: &[TowerOutput],
    fake: &[TowerOutput],
) -> Result<Tensor> {
    above(real, fake)
}

/// The generator's loss: each design should score above the real picture beside it.
pub(in crate::gan) fn of_generator(fake: &[TowerOutput], real: &[TowerOutput]) -> Result<Tensor> {
    above(fake, real)
}

/// The mean score of all towers.
pub(in crate::gan) fn mean_score(outputs: &[TowerOutput]) -> Result<Tensor> {
    mean_over_towers(outputs, |tower| tower.score.mean_all())
}
