//! Convolution: tiles of columns (im2col), one matrix product a tile, parallel over tiles; forward, and both
//! gradients. The transposed convolution is the same geometry read backwards.

use super::matmul::{Matrix, product};
use super::{accumulate, like, numbers, with_numbers};
use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor, bail};
use rayon::prelude::*;

/// Floats in a tile of columns: it stays in the second cache.
const TILE: usize = 128 * 1024;

/// How the large side of a convolution, [batch, height, width, channels], meets its small side,
/// [batch, rows, columns, outputs]; the weight is [kernel · kernel · channels, outputs].
#[derive(Clone, Copy, Debug)]
struct Geometry {
    batch: usize,
    height: usize,
    width: usize,
    channels: usize,
    rows: usize,
    columns: usize,
    outputs: usize,
    kernel: usize,
    stride: usize,
    padding: usize,
}

/// A run of input pixels under one row of the kernel.
struct Run {
    /// Where it begins in the columns of its output pixel.
    column: usize,
    /// Where it begins in the picture.
    picture: usize,
    /// Floats in it.
    len: usize,
}

impl Geometry {
    /// Floats in the columns of one output pixel.
    fn taps(&self) -> usize {
        self.kernel * self.kernel * self.channels
    }

    fn output_pixels(&self) -> usize {
        self.batch * self.rows * self.columns
    }

    /// Output pixels in a tile.
    fn tile(&self) -> usize {
        (TILE / self.taps()).clamp(16, 4096)
    }

    /// What lies inside the picture under kernel row `tap_row` of output pixel `pixel`.
    #[inline]
    fn run(&self, pixel: usize, tap_row: usize) -> Option<Run> {
        let (column, line) = (pixel % self.columns, pixel / self.columns);
        let (row, picture) = (line % self.rows, line / self.rows);
        let y = (row * self.stride + tap_row)
            .checked_sub(self.padding)
            .filter(|&y| y < self.height)?;
        let left = (column * self.stride) as isize - self.padding as isize;
        let from = left.max(0);
        let to = (left + self.kernel as isize).min(self.width as isize);
        if to <= from {
            return None;
        }
        let skipped = (from - left) as usize;
        Some(Run {
            column: (tap_row * self.kernel + skipped) * self.channels,
            picture: ((picture * self.height + y) * self.width + from as usize) * self.channels,
            len: (to - from) as usize * self.channels,
        })
    }

    /// Gathers the columns of output pixels `first..` of `x`, as many as `columns` has room for.
    fn gather(&self, x: &[f32], first: usize, columns: &mut [f32]) {
        let line = self.kernel * self.channels;
        for (i, taps) in columns.chunks_exact_mut(self.taps()).enumerate() {
            for (tap_row, taps) in taps.chunks_exact_mut(line).enumerate() {
                match self.run(first + i, tap_row) {
                    None => taps.fill(0.0),
                    Some(run) => {
                        let begin = run.column - tap_row * line;
                        taps[..begin].fill(0.0);
                        taps[begin..begin + run.len]
                            .copy_from_slice(&x[run.picture..run.picture + run.len]);
                        taps[begin + run.len..].fill(0.0);
                    }
                }
            }
        }
    }

    /// Large side to small side.
    fn forward(&self, x: &[f32], weight: &[f32]) -> Vec<f32> {
        let (taps, outputs) = (self.taps(), self.outputs);
        let mut out = vec![0.0; self.output_pixels() * outputs];
        if taps == self.channels && self.stride == 1 && self.padding == 0 {
            // 1×1: the picture is its own columns.
            let tile = self.tile();
            out.par_chunks_mut(tile * outputs)
                .zip(x.par_chunks(tile * taps))
                .for_each(|(out, x)| {
                    let m = out.len() / outputs;
                    let (x, w) = (Matrix::Plain(x), Matrix::Plain(weight));
                    product([m, outputs, taps], out, false, x, w);
                });
            return out;
        }
        let share = self.output_pixels().div_ceil(rayon::current_num_threads());
        let tile = self.tile().min(share.max(16));
        out.par_chunks_mut(tile * outputs)
            .enumerate()
            .for_each_init(
                || vec![0.0; tile * taps],
                |columns, (i, out)| {
                    let m = out.len() / outputs;
                    let columns = &mut columns[..m * taps];
                    self.gather(x, i * tile, columns);
                    let (a, b) = (Matrix::Plain(columns), Matrix::Plain(weight));
                    product([m, outputs, taps], out, false, a, b);
                },
            );
        out
    }

    /// The gradient of the weight from the large side and the gradient of the small side.
    fn weight_gradient(&self, x: &[f32], gradient: &[f32]) -> Vec<f32> {
        let (taps, outputs, tile) = (self.taps(), self.outputs, self.tile());
        let total = self.output_pixels();
        let share = total.div_ceil(rayon::current_num_threads()).max(1);
        let parts: Vec<Vec<f32>> = (0..total.div_ceil(share))
            .into_par_iter()
            .map(|part| {
                let (start, end) = (part * share, ((part + 1) * share).min(total));
                let (mut sum, mut columns) = (vec![0.0; taps * outputs], vec![0.0; tile * taps]);
                for first in (start..end).step_by(tile) {
                    let n = tile.min(end - first);
                    let columns = &mut columns[..n * taps];
                    self.gather(x, first, columns);
                    let (a, b) = (
                        Matrix::Transposed(columns),
                        Matrix::Plain(&gradient[first * outputs..]),
                    );
                    product([taps, outputs, n], &mut sum, first > start, a, b);
                }
                sum
            })
            .collect();
        // Added in the order of the parts, so that the sum is the same every time.
        let mut parts = parts.into_iter();
        let mut sum = parts.next().unwrap_or_else(|| vec![0.0; taps * outputs]);
        for part in parts {
            accumulate(&mut sum, &part);
        }
        sum
    }

    /// Small side to large side: the gradient of the input, and the transposed convolution.
    fn backward(&self, gradient: &[f32], weight: &[f32]) -> Vec<f32> {
        if self.stride == 1 && self.kernel > self.padding {
            // Stride 1: a convolution with the kernel turned around.
            let (kernel, channels, outputs) =
                (self.kernel * self.kernel, self.channels, self.outputs);
            let mut turned = vec![0.0; weight.len()];
            for tap in 0..kernel {
                for i in 0..channels {
                    for o in 0..outputs {
                        turned[((kernel - 1 - tap) * outputs + o) * channels + i] =
                            weight[(tap * channels + i) * outputs + o];
                    }
                }
            }
            let turned_geometry = Self {
                height: self.rows,
                width: self.columns,
                channels: outputs,
                rows: self.height,
                columns: self.width,
                outputs: channels,
                padding: self.kernel - 1 - self.padding,
                ..*self
            };
            return turned_geometry.forward(gradient, &turned);
        }
        let (taps, outputs, tile) = (self.taps(), self.outputs, self.tile());
        let picture = self.height * self.width * self.channels;
        let pixels = self.rows * self.columns;
        let mut out = vec![0.0; self.batch * picture];
        // Pictures a task: their sums overlap, so a picture is never shared.
        let share = self.batch.div_ceil(rayon::current_num_threads());
        let group = tile.div_ceil(pixels).min(share).max(1);
        out.par_chunks_mut(group * picture)
            .enumerate()
            .for_each_init(
                || vec![0.0; tile * taps],
                |columns, (i, out)| {
                    let base = i * group * picture;
                    let start = i * group * pixels;
                    let end = start + out.len() / picture * pixels;
                    for first in (start..end).step_by(tile) {
                        let n = tile.min(end - first);
                        let (a, b) = (
                            Matrix::Plain(&gradient[first * outputs..]),
                            Matrix::Transposed(weight),
                        );
                        product([n, taps, outputs], columns, false, a, b);
                        for (q, taps) in columns.chunks_exact(taps).take(n).enumerate() {
                            for tap_row in 0..self.kernel {
                                let Some(run) = self.run(first + q, tap_row) else {
                                    continue;
                                };
                                let to = &mut out[run.picture - base..][..run.len];
                                let from = &taps[run.column..][..run.len];
                                accumulate(to, from);
                            }
                        }
                    }
                },
            );
        out
    }
}

/// A convolution, or the transposed one: the same geometry read the other way.
struct Convolution {
    geometry: Geometry,
    transposed: bool,
}

impl CustomOp2 for Convolution {
    fn name(&self) -> &'static str {
        if self.transposed {
            "transposed convolution"
        } else {
            "convolution"
        }
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        w: &CpuStorage,
        w_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let g = &self.geometry;
        let (x, w) = (numbers(x, x_layout)?, numbers(w, w_layout)?);
        let (out, shape) = if self.transposed {
            (g.backward(x, w), (g.batch, g.height, g.width, g.channels))
        } else {
            (g.forward(x, w), (g.batch, g.rows, g.columns, g.outputs))
        };
        Ok((CpuStorage::F32(out), shape.into()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        w: &Tensor,
        _: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let g = &self.geometry;
        with_numbers([x, w, gradient], |[xs, ws, gs]| {
            let of_x = x.track_op().then(|| {
                let values = if self.transposed {
                    g.forward(gs, ws)
                } else {
                    g.backward(gs, ws)
                };
                like(values, x)
            });
            let of_w = w.track_op().then(|| {
                let (large, small) = if self.transposed { (gs, xs) } else { (xs, gs) };
                like(g.weight_gradient(large, small), w)
            });
            Ok((of_x.transpose()?, of_w.transpose()?))
        })?
    }
}

/// A convolution as [`convolve`]: picture, weight, kernel, stride, padding. Networks carry theirs with their weights, so
/// that a bench can run them on another one.
pub type Convolve = fn(&Tensor, &Tensor, usize, usize, usize) -> Result<Tensor>;

/// A square kernel over `x` [batch, height, width, channels] with zeros around it.
///
/// `weight` is [kernel · kernel · channels, outputs], the kernel's rows outermost. The result is
/// [batch, (height + 2·padding − kernel) / stride + 1, … , outputs].
///
/// # Errors
/// Shapes that do not fit, or a kernel larger than the padded picture.
pub fn convolve(
    x: &Tensor,
    weight: &Tensor,
    kernel: usize,
    stride: usize,
    padding: usize,
) -> Result<Tensor> {
    let (batch, height, width, channels) = x.dims4()?;
    let (taps, outputs) = weight.dims2()?;
    if taps != kernel * kernel * channels {
        bail!(
            "a {kernel}×{kernel} kernel over {channels} channels needs a weight of {} rows, not {taps}",
            kernel * kernel * channels
        );
    }
    if kernel > height.min(width) + 2 * padding || stride == 0 {
        bail!("a {kernel}×{kernel} kernel does not fit a picture of {height}×{width}");
    }
    let geometry = Geometry {
        batch,
        height,
        width,
        channels,
        rows: (height + 2 * padding - kernel) / stride + 1,
        columns: (width + 2 * padding - kernel) / stride + 1,
        outputs,
        kernel,
        stride,
        padding,
    };
    let convolution = Convolution {
        geometry,
        transposed: false,
    };
    x.contiguous()?
        .apply_op2(&weight.contiguous()?, convolution)
}

/// The 4×4 transposed convolution of stride 2 that doubles the side of `x` [batch, height, width, inputs].
///
/// `weight` is [16 · outputs, inputs]; the result is [batch, 2·height, 2·width, outputs].
///
/// # Errors
/// Shapes that do not fit.
pub fn convolve_transposed(x: &Tensor, weight: &Tensor) -> Result<Tensor> {
    let (batch, rows, columns, inputs) = x.dims4()?;
    let (taps, weight_inputs) = weight.dims2()?;
    if weight_inputs != inputs || taps % 16 != 0 {
        bail!("a weight of {taps} × {weight_inputs} does not fit {inputs} channels");
    }
    let geometry = Geometry {
        batch,
        height: 2 * rows,
        width: 2 * columns,
        channels: taps / 16,
        rows,
        columns,
        outputs: inputs,
        kernel: 4,
        stride: 2,
        padding: 1,
    };
    let convolution = Convolution {
        geometry,
        transposed: true,
    };
    x.contiguous()?
        .apply_op2(&weight.contiguous()?, convolution)
}
