//! Doubling the side of pictures, smoothly: no mesh as transposed convolutions leave, and a gradient that is
//! right where the input has other uses (Candle's own nearest-neighbour upsampling is not, in 0.11).

use super::{like, numbers, with_numbers};
use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};
use rayon::prelude::*;

struct Upsample;

/// The two input lines that output line `i` mixes, the nearer one (¾) first; beyond the edge, the edge.
#[inline]
fn lines(i: usize, side: usize) -> (usize, usize) {
    let near = i / 2;
    let far = if i.is_multiple_of(2) {
        near.saturating_sub(1)
    } else {
        (near + 1).min(side - 1)
    };
    (near, far)
}

/// `to` += `from` · `factor`.
#[inline(always)]
fn add(to: &mut [f32], from: &[f32], factor: f32) {
    to.iter_mut().zip(from).for_each(|(t, f)| *t += f * factor);
}

/// `x` at twice the side; `mixed` is a line's scratch.
#[multiversion::multiversion(targets(
    "x86_64+avx512f+avx512vl",
    "x86_64+avx2+fma",
    "aarch64+neon"
))]
fn enlarge(x: &[f32], [height, width, channels]: [usize; 3], mixed: &mut [f32], out: &mut [f32]) {
    let line = width * channels;
    for (i, out) in out.chunks_exact_mut(2 * line).enumerate() {
        let (near, far) = lines(i, height);
        let (a, b) = (&x[near * line..][..line], &x[far * line..][..line]);
        for ((m, a), b) in mixed.iter_mut().zip(a).zip(b) {
            *m = 0.75 * a + 0.25 * b;
        }
        for (j, out) in out.chunks_exact_mut(channels).enumerate() {
            let (near, far) = lines(j, width);
            let a = &mixed[near * channels..][..channels];
            let b = &mixed[far * channels..][..channels];
            for ((o, a), b) in out.iter_mut().zip(a).zip(b) {
                *o = 0.75 * a + 0.25 * b;
            }
        }
    }
}

/// Adds the gradient of the picture to `of_x` from that of the enlarged one.
#[multiversion::multiversion(targets(
    "x86_64+avx512f+avx512vl",
    "x86_64+avx2+fma",
    "aarch64+neon"
))]
fn collect(gs: &[f32], [height, width, channels]: [usize; 3], mixed: &mut [f32], of_x: &mut [f32]) {
    let line = width * channels;
    for (i, g) in gs.chunks_exact(2 * line).enumerate() {
        mixed.fill(0.0);
        for (j, g) in g.chunks_exact(channels).enumerate() {
            let (near, far) = lines(j, width);
            add(&mut mixed[near * channels..][..channels], g, 0.75);
            add(&mut mixed[far * channels..][..channels], g, 0.25);
        }
        let (near, far) = lines(i, height);
        add(&mut of_x[near * line..][..line], mixed, 0.75);
        add(&mut of_x[far * line..][..line], mixed, 0.25);
    }
}

impl CustomOp1 for Upsample {
    fn name(&self) -> &'static str {
        "upsample"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (batch, height, width, channels) = layout.shape().dims4()?;
        let x = numbers(x, layout)?;
        let line = width * channels;
        let mut out = vec![0.0; 4 * x.len()];
        out.par_chunks_mut(4 * height * line)
            .zip(x.par_chunks(height * line))
            .for_each_init(
                || vec![0.0; line],
                |mixed, (out, x)| {
                    enlarge(x, [height, width, channels], mixed, out);
                },
            );
        let shape = (batch, 2 * height, 2 * width, channels);
        Ok((CpuStorage::F32(out), shape.into()))
    }

    fn bwd(&self, x: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        let (_, height, width, channels) = x.dims4()?;
        let line = width * channels;
        let mut of_x = vec![0.0; x.elem_count()];
        with_numbers([gradient], |[gs]| {
            of_x.par_chunks_mut(height * line)
                .zip(gs.par_chunks(4 * height * line))
                .for_each_init(
                    || vec![0.0; line],
                    |mixed, (of_x, gs)| {
                        collect(gs, [height, width, channels], mixed, of_x);
                    },
                );
        })?;
        Ok(Some(like(of_x, x)?))
    }
}

/// `x` [batch, height, width, channels] at twice the side, bilinear with pixel centres kept in place.
///
/// # Errors
/// `x` has not four dimensions.
pub fn upsample(x: &Tensor) -> Result<Tensor> {
    x.contiguous()?.apply_op1(Upsample)
}
