//! Two designs of one code must differ about as much as two real shoes that lie near each other, or the generator
//! would ignore its noise.

use super::number;
use candle_core::{Result, Tensor};

/// Mean over pairs of the root mean squared difference of the two pictures.
fn mean_distance_in_pairs(x: &Tensor) -> Result<Tensor> {
    let pairs = x.reshape((x.dim(0)? / 2, 2, ()))?;
    let difference = (pairs.narrow(1, 0, 1)? - pairs.narrow(1, 1, 1)?)?.squeeze(1)?;
    (difference.sqr()?.mean(1)? + 1e-6)?.sqrt()?.mean_all()
}

/// Distance within the pairs of `fake`, over that within the pairs of `real` (both [batch, size, size, channels],
/// pictures 2i and 2i + 1 are a pair).
pub(in crate::gan) fn ratio(fake: &Tensor, real: &Tensor) -> Result<Tensor> {
    mean_distance_in_pairs(fake)? / number(&mean_distance_in_pairs(real)?)?.max(1e-3)
}

/// What is missing of `ratio` below `goal`.
pub(in crate::gan) fn shortfall(ratio: &Tensor, goal: f64) -> Result<Tensor> {
    (ratio.neg()? + goal)?.relu()
}
