//! A scale and a shift for each channel, then a leaky rectifier, in one pass: the modulation of a style, the
//! demodulation after a convolution, a bias with its activation, and the normalisation of a batch.

use super::{numbers, with_numbers};
use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor, bail};
use rayon::prelude::*;

/// The slope of the rectifier below 0; 1 leaves everything as it is.
struct Modulate(f32);

/// The row of `values` for picture `picture`: one for all, or one each.
fn row(values: &[f32], picture: usize, channels: usize) -> &[f32] {
    if values.len() == channels {
        values
    } else {
        &values[picture * channels..][..channels]
    }
}

#[multiversion::multiversion(targets(
    "x86_64+avx512f+avx512vl",
    "x86_64+avx2+fma",
    "aarch64+neon"
))]
fn modulate_picture(x: &[f32], scale: &[f32], bias: &[f32], slope: f32, out: &mut [f32]) {
    let channels = scale.len();
    for (out, x) in out.chunks_exact_mut(channels).zip(x.chunks_exact(channels)) {
        // Slices of equal, known length: the loop is vectorised.
        let (out, x, bias) = (&mut out[..channels], &x[..channels], &bias[..channels]);
        for j in 0..channels {
            let value = x[j] * scale[j] + bias[j];
            out[j] = value * if value > 0.0 { 1.0 } else { slope };
        }
    }
}

/// The gradients of a picture, its scale and its bias, from the picture, what became of it, and the
/// gradient of that.
#[multiversion::multiversion(targets(
    "x86_64+avx512f+avx512vl",
    "x86_64+avx2+fma",
    "aarch64+neon"
))]
fn gradients_of_picture(
    [x, out, gradient]: [&[f32]; 3],
    scale: &[f32],
    slope: f32,
    [of_x, of_scale, of_bias]: [&mut [f32]; 3],
) {
    let channels = scale.len();
    let (of_scale, of_bias) = (&mut of_scale[..channels], &mut of_bias[..channels]);
    let pixels = of_x
        .chunks_exact_mut(channels)
        .zip(x.chunks_exact(channels))
        .zip(out.chunks_exact(channels))
        .zip(gradient.chunks_exact(channels));
    for (((of_x, x), out), g) in pixels {
        let (of_x, x) = (&mut of_x[..channels], &x[..channels]);
        let (out, g) = (&out[..channels], &g[..channels]);
        for j in 0..channels {
            // The rectifier keeps the sign, so its output says which side it was on.
            let g = g[j] * if out[j] > 0.0 { 1.0 } else { slope };
            of_x[j] = g * scale[j];
            of_scale[j] += g * x[j];
            of_bias[j] += g;
        }
    }
}

impl CustomOp3 for Modulate {
    fn name(&self) -> &'static str {
        "modulate"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        scale: &CpuStorage,
        scale_layout: &Layout,
        bias: &CpuStorage,
        bias_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let dims = x_layout.dims();
        let (Some(&batch), Some(&channels)) = (dims.first(), dims.last()) else {
            bail!("a batch of pictures is needed");
        };
        for layout in [scale_layout, bias_layout] {
            let (rows, columns) = layout.shape().dims2()?;
            if columns != channels || (rows != 1 && rows != batch) {
                bail!(
                    "{rows} × {columns} does not modulate {batch} pictures of {channels} channels"
                );
            }
        }
        let (x, scale, bias) = (
            numbers(x, x_layout)?,
            numbers(scale, scale_layout)?,
            numbers(bias, bias_layout)?,
        );
        let (picture, slope) = ((x.len() / batch.max(1)).max(1), self.0);
        let mut out = vec![0.0; x.len()];
        out.par_chunks_mut(picture)
            .zip(x.par_chunks(picture))
            .enumerate()
            .for_each(|(i, (out, x))| {
                let (scale, bias) = (row(scale, i, channels), row(bias, i, channels));
                modulate_picture(x, scale, bias, slope, out);
            });
        Ok((CpuStorage::F32(out), x_layout.shape().clone()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        scale: &Tensor,
        bias: &Tensor,
        out: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let (batch, channels) = (x.dim(0)?, x.dim(x.rank() - 1)?);
        let (picture, slope) = (x.elem_count() / batch, self.0);
        let mut of_x = vec![0.0; batch * picture];
        let mut of_scale = vec![0.0; batch * channels];
        let mut of_bias = vec![0.0; batch * channels];
        with_numbers([x, scale, out, gradient], |[xs, scales, outs, gs]| {
            of_x.par_chunks_mut(picture)
                .zip(of_scale.par_chunks_mut(channels))
                .zip(of_bias.par_chunks_mut(channels))
                .enumerate()
                .for_each(|(i, ((of_x, of_scale), of_bias))| {
                    let range = i * picture..(i + 1) * picture;
                    gradients_of_picture(
                        [&xs[range.clone()], &outs[range.clone()], &gs[range]],
                        row(scales, i, channels),
                        slope,
                        [of_x, of_scale, of_bias],
                    );
                });
        })?;
        let reduced = |values: Vec<f32>, argument: &Tensor| -> Result<Option<Tensor>> {
            if !argument.track_op() {
                return Ok(None);
            }
            let values = Tensor::from_vec(values, (batch, channels), x.device())?;
            Ok(Some(if argument.dim(0)? == batch {
                values
            } else {
                values.sum_keepdim(0)?
            }))
        };
        let of_x = x.track_op().then(|| super::like(of_x, x)).transpose()?;
        Ok((of_x, reduced(of_scale, scale)?, reduced(of_bias, bias)?))
    }
}

/// `rectify(x · scale + bias)` for `x` [batch, …, channels], with `scale` and `bias` [batch or 1, channels].
/// The rectifier multiplies what is below 0 by `slope` (above 0; 1 for none).
///
/// # Errors
/// Shapes that do not fit.
pub fn modulate(x: &Tensor, scale: &Tensor, bias: &Tensor, slope: f32) -> Result<Tensor> {
    x.contiguous()?
        .apply_op3(&scale.contiguous()?, &bias.contiguous()?, Modulate(slope))
}
