//! The networks' own operations, as Candle custom operations with their gradients.
//!
//! Candle's convolutions reach a small part of what two cores can do, forward and even more so backward;
//! these keep pictures as `[batch, height, width, channels]` and turn a convolution into tiles of columns
//! that one matrix product each consumes, in parallel over tiles. Everything else that touches whole
//! feature maps (modulation with its activation, upsampling, shifting) is one pass over memory each.
//!
//! Gradients are computed only for arguments that are tracked: a step of the generator does not pay for the
//! weight gradients of the discriminator. Results do not depend on the order in which threads finish.

pub mod candle;
mod convolution;
mod matmul;
mod modulate;
mod shift;
mod upsample;

pub use convolution::{Convolve, convolve, convolve_transposed};
pub(super) use matmul::{Matrix, product};
pub use matmul::{distances, linear};
pub use modulate::modulate;
pub use shift::shift;
pub use upsample::upsample;

use candle_core::{CpuStorage, Layout, Result, Storage, Tensor, bail};

/// The numbers of a contiguous f32 storage.
pub(super) fn numbers<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    match layout.contiguous_offsets() {
        Some((start, end)) => Ok(&storage.as_slice::<f32>()?[start..end]),
        None => bail!("a contiguous tensor is needed, not one of layout {layout:?}"),
    }
}

/// Runs `f` on the numbers of f32 tensors on the CPU, made contiguous first where they are not.
pub(super) fn with_numbers<R, const N: usize>(
    tensors: [&Tensor; N],
    f: impl FnOnce([&[f32]; N]) -> R,
) -> Result<R> {
    let tensors = tensors
        .iter()
        .map(|t| t.contiguous())
        .collect::<Result<Vec<_>>>()?;
    let guards: Vec<_> = tensors.iter().map(|t| t.storage_and_layout()).collect();
    let mut slices: [&[f32]; N] = [&[]; N];
    for (slice, (storage, layout)) in slices.iter_mut().zip(&guards) {
        *slice = match &**storage {
            Storage::Cpu(storage) => numbers(storage, layout)?,
            _ => bail!("the generator's operations run on the CPU"),
        };
    }
    Ok(f(slices))
}

/// A gradient in the shape of the argument that it is of.
pub(super) fn like(values: Vec<f32>, argument: &Tensor) -> Result<Tensor> {
    Tensor::from_vec(values, argument.shape(), argument.device())
}

/// `to` += `from`.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2", "aarch64+neon"))]
pub(super) fn accumulate(to: &mut [f32], from: &[f32]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to += from;
    }
}

#[cfg(test)]
mod tests;
