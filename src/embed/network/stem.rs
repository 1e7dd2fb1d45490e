//! The first layer: a dense 3×3 convolution of stride 2 from the picture's 3 channels to 32, with ReLU6.
//!
//! Its map is the largest of all and is never whole either: the first block makes the rows that it needs.

use candle_core::Result;
use candle_nn::VarBuilder;

use super::{padded_vec, same};
use crate::embed::kernels::{Aligned, Instructions, Product, Start, pack};

const KERNEL: usize = 3;
const STRIDE: usize = 2;
/// Channels that go in.
pub(super) const INPUTS: usize = 3;
/// Channels that come out.
pub(crate) const OUTPUTS: usize = 32;
/// Numbers under the kernel.
pub(crate) const PATCH: usize = KERNEL * KERNEL * INPUTS;

/// The stem's weights.
pub struct Stem {
    packed: Aligned,
    bias: Aligned,
}

/// Scratch for a row.
#[derive(Default)]
pub(super) struct Patches {
    /// A row of the picture, padded.
    line: Vec<f32>,
    /// What each pixel of the output sees.
    patches: Vec<f32>,
}

impl Stem {
    /// Takes `weight` (32 × 3 × 3 × 3) and `bias` (32) from `vb`.
    ///
    /// # Errors
    /// If one is missing or has another shape.
    pub fn new(vb: VarBuilder) -> Result<Self> {
        let weights = vb
            .get((OUTPUTS, INPUTS, KERNEL, KERNEL), "weight")?
            .permute((0, 2, 3, 1))?
            .flatten_all()?
            .to_vec1::<f32>()?;
        Ok(Self {
            packed: Aligned::from(pack(&weights, OUTPUTS, PATCH).as_slice()),
            bias: padded_vec(&vb.get(OUTPUTS, "bias")?)?,
        })
    }

    /// The size of the map that is made of a picture.
    pub(super) fn output(height: usize, width: usize) -> (usize, usize) {
        (height.div_ceil(STRIDE), width.div_ceil(STRIDE))
    }

    /// One row of the map, from a picture `width` pixels wide.
    pub(super) fn row(
        &self,
        picture: &[f32],
        width: usize,
        row: usize,
        scratch: &mut Patches,
        output: &mut [f32],
    ) {
        let height = picture.len() / (width * INPUTS);
        let ((_, above), (columns, left)) =
            (same(height, KERNEL, STRIDE), same(width, KERNEL, STRIDE));
        let reach = (columns - 1) * STRIDE + KERNEL;
        // at the right a kernel may end before the picture does
        let inside = width.min(reach - left) * INPUTS;
        let Patches { line, patches } = scratch;
        line.clear();
        line.resize(reach * INPUTS, 0.0);
        patches.resize(columns * PATCH, 0.0);
        for y in 0..KERNEL {
            let line_inside = &mut line[left * INPUTS..][..inside];
            match (row * STRIDE + y)
                .checked_sub(above)
                .filter(|&y| y < height)
            {
                Some(y) => {
                    line_inside.copy_from_slice(&picture[y * width * INPUTS..][..inside]);
                }
                None => line_inside.fill(0.0),
            }
            let seen = line.windows(KERNEL * INPUTS).step_by(STRIDE * INPUTS);
            for (patch, seen) in patches.chunks_exact_mut(PATCH).zip(seen) {
                patch[y * KERNEL * INPUTS..][..KERNEL * INPUTS].copy_from_slice(seen);
            }
        }
        Product {
            lines: 1,
            rows: columns,
            depth: PATCH,
            columns: OUTPUTS,
            left: patches,
            left_stride: PATCH,
            left_line: 0,
            packed: &self.packed,
            packed_inputs: PATCH,
            first_input: 0,
            start: Start::Bias(&self.bias),
            relu6: true,
            output_stride: OUTPUTS,
            output_line: 0,
        }
        .write(Instructions::best(), output);
    }
}
