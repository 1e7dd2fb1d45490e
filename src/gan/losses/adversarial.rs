//! The adversarial loss in its non-saturating form.
//!
//! I. Goodfellow et al., "Generative Adversarial Networks", 2014, <https://arxiv.org/abs/1406.2661>.

use super::mean_over_towers;
use crate::gan::networks::discriminator::TowerOutput;
use candle_core::{Result, Tensor};

/// log(1 + e^x), without overflow. (Candle's own is NaN where the discriminator is sure and right.)
fn softplus(x: &Tensor) -> Result<Tensor> {
    x.relu()? + (x.abs()?.neg()?.exp()? + 1.0)?.log()?
}

/// The discriminator's loss: real pictures should score high, designs low.
pub(in crate::gan) fn of_discriminator(
    real: &[TowerOutput],
    fake: &[TowerOutput],
) -> Result<Tensor> {
    let both = real.iter().zip(fake).map(|(real, fake)| {
        softplus(&real.score.neg()?)?.mean_all()? + softplus(&fake.score)?.mean_all()?
    });
    Tensor::stack(&both.collect::<Result<Vec<_>>>()?, 0)?.mean_all()
}

/// The generator's loss: designs should score high.
pub(in crate::gan) fn of_generator(fake: &[TowerOutput]) -> Result<Tensor> {
    mean_over_towers(fake, |tower| softplus(&tower.score.neg()?)?.mean_all())
}

/// The mean score of all towers.
pub(in crate::gan) fn mean_score(outputs: &[TowerOutput]) -> Result<Tensor> {
    mean_over_towers(outputs, |tower| tower.score.mean_all())
}
