//! The R1 and R2 penalties: the squared length of the gradient of the score at real pictures, and at designs. A
//! relativistic loss converges with both, and with one of them need not (R3GAN; Y. Huang et al., 2024).
//!
//! L. Mescheder et al., "Which Training Methods for GANs do actually Converge?", 2018,
//! <https://arxiv.org/abs/1801.04406>. Candle cannot differentiate a gradient, so its length is estimated by a
//! small step in a random direction.

use crate::gan::networks::discriminator::{Discriminator, TowerOutput};
use crate::gan::networks::parameters::Weights;
use crate::gan::random::{Random, normals};
use candle_core::{Result, Tensor};

/// Deviation of the step along which the slope is taken, in pixel values and in features.
const STEP: f64 = 0.02;

/// Squared slope of the scores at the `views` of pictures, where `here` was given; mean over towers.
pub(in crate::gan) fn squared_slope(
    discriminator: &Discriminator,
    weights: &Weights,
    views: &[Tensor],
    here: &[TowerOutput],
    code: &Tensor,
    random: &mut Random,
) -> Result<Tensor> {
    let nearby = views
        .iter()
        .map(|view| view + (normals(random, view.dims())? * STEP)?)
        .collect::<Result<Vec<_>>>()?;
    let nearby = discriminator.forward(weights, &nearby, code)?;
    let slopes = nearby.iter().zip(here).map(|(nearby, here)| {
        let change = (&nearby.score - &here.score)?;
        (change / STEP)?.sqr()?.mean_all()
    });
    Tensor::stack(&slopes.collect::<Result<Vec<_>>>()?, 0)?.mean_all()
}
