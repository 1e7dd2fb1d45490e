//! The regression of the code: the discriminator learns on real pictures to read the code off them, and the
//! generator must make pictures off which its own code is read (as the auxiliary loss of InfoGAN, X. Chen et al.,
//! 2016, <https://arxiv.org/abs/1606.03657>).

use super::mean_over_towers;
use crate::gan::networks::discriminator::TowerOutput;
use candle_core::{Result, Tensor};

/// Squared error of the codes [batch, code] that the towers read off pictures, against `code` [batch, code].
pub(in crate::gan) fn error(outputs: &[TowerOutput], code: &Tensor) -> Result<Tensor> {
    mean_over_towers(outputs, |tower| (&tower.code - code)?.sqr()?.mean_all())
}
