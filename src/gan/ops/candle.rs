//! Candle's own convolution with the arguments and layouts of ours: the reference of the tests and of the bench.

use candle_core::{Result, Tensor};

/// As [`convolve`](super::convolve), through Candle's `conv2d`, which wants channels first.
///
/// # Errors
/// Shapes that do not fit.
pub fn convolve(
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
