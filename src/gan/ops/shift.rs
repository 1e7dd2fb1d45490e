//! Moving pictures by whole pixels: the differentiable augmentation that keeps the discriminator from
//! learning the training pictures by heart.

use super::{like, numbers, with_numbers};
use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor, bail};
use rayon::prelude::*;

/// How far each picture moves: down and to the right.
struct Shift(Vec<[i32; 2]>);

fn moved(
    x: &[f32],
    offsets: &[[i32; 2]],
    [height, width, channels]: [usize; 3],
    sign: i32,
    fill: f32,
) -> Vec<f32> {
    let picture = height * width * channels;
    let mut out = vec![fill; x.len()];
    out.par_chunks_mut(picture)
        .zip(x.par_chunks(picture))
        .zip(offsets)
        .for_each(|((out, x), &[down, right])| {
            let (down, right) = ((sign * down) as isize, (sign * right) as isize);
            let from = right.max(0).min(width as isize);
            let to = (width as isize + right).clamp(from, width as isize);
            let len = (to - from) as usize * channels;
            for (i, out) in out.chunks_exact_mut(width * channels).enumerate() {
                let source = i as isize - down;
                if (0..height as isize).contains(&source) && len > 0 {
                    let begin = (source * width as isize + from - right) as usize * channels;
                    out[from as usize * channels..][..len].copy_from_slice(&x[begin..][..len]);
                }
            }
        });
    out
}

impl CustomOp1 for Shift {
    fn name(&self) -> &'static str {
        "shift"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (batch, height, width, channels) = layout.shape().dims4()?;
        if batch != self.0.len() {
            bail!("{} offsets do not fit {batch} pictures", self.0.len());
        }
        let size = [height, width, channels];
        let out = moved(numbers(x, layout)?, &self.0, size, 1, 1.0);
        Ok((CpuStorage::F32(out), layout.shape().clone()))
    }

    fn bwd(&self, x: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        let (_, height, width, channels) = x.dims4()?;
        let size = [height, width, channels];
        let of_x = with_numbers([gradient], |[g]| moved(g, &self.0, size, -1, 0.0))?;
        Ok(Some(like(of_x, x)?))
    }
}

/// Each picture of `x` [batch, height, width, channels] moved by its offset `[down, right]` in pixels;
/// white (1) comes in from the edge.
///
/// # Errors
/// Not one offset a picture.
pub fn shift(x: &Tensor, offsets: Vec<[i32; 2]>) -> Result<Tensor> {
    x.contiguous()?.apply_op1(Shift(offsets))
}
