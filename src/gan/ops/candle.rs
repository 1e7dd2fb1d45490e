//! Candle's own convolution behind the same face: the yardstick of the tests and of the bench.

use candle_core::{Result, Tensor};
use std::sync::atomic::{AtomicBool, Ordering};

static USED: AtomicBool = AtomicBool::new(false);

/// Whether convolutions are Candle's from now on, in the whole process.
pub(in crate::gan) fn use_candle(used: bool) {
    USED.store(used, Ordering::Relaxed);
}

pub(super) fn is_used() -> bool {
    USED.load(Ordering::Relaxed)
}

/// As [`super::convolve`], through Candle's `conv2d`, which wants channels first.
pub(super) fn convolve(
    x: &Tensor,
    weight: &Tensor,
    kernel: usize,
    stride: usize,
    padding: usize,
) -> Result<Tensor> {
    let (rows, outputs) = weight.dims2()?;
    let weight = weight
        .reshape((kernel, kernel, rows / kernel / kernel, outputs))?
        .permute((3, 2, 0, 1))?
        .contiguous()?;
    x.permute((0, 3, 1, 2))?
        .contiguous()?
        .conv2d(&weight, padding, stride, 1, 1)?
        .permute((0, 2, 3, 1))?
        .contiguous()
}
