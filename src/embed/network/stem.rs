//! The first layer: a dense 3×3 convolution of stride 2 from the picture's 3 channels to 32, with ReLU6.

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};
use candle_nn::VarBuilder;
use rayon::prelude::*;

use super::{Spread, numbers, padded_vec, same};
use crate::embed::kernels::{Instructions, Product, Start, pack};

const KERNEL: usize = 3;
const STRIDE: usize = 2;
const INPUTS: usize = 3;
const OUTPUTS: usize = 32;
/// Numbers under the kernel.
const PATCH: usize = KERNEL * KERNEL * INPUTS;

/// The stem's weights.
pub struct Stem {
    packed: Vec<f32>,
    bias: Vec<f32>,
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
            packed: pack(&weights, OUTPUTS, PATCH),
            bias: padded_vec(&vb.get(OUTPUTS, "bias")?)?,
        })
    }

    /// batch × height × width × 3 to batch × ⌈height/2⌉ × ⌈width/2⌉ × 32.
    ///
    /// # Errors
    /// If the tensor has another shape.
    pub fn forward(&self, pictures: &Tensor, spread: Spread) -> Result<Tensor> {
        pictures
            .contiguous()?
            .apply_op1_no_bwd(&Forward { stem: self, spread })
    }

    /// One row of output, from a picture `width` wide; `patches` is scratch.
    fn row(
        &self,
        picture: &[f32],
        width: usize,
        row: usize,
        patches: &mut Vec<f32>,
        output: &mut [f32],
    ) {
        let height = picture.len() / (width * INPUTS);
        let ((_, above), (columns, left)) =
            (same(height, KERNEL, STRIDE), same(width, KERNEL, STRIDE));
        patches.clear();
        patches.resize(columns * PATCH, 0.0);
        for (column, patch) in patches.chunks_exact_mut(PATCH).enumerate() {
            for (y, patch) in patch.chunks_exact_mut(KERNEL * INPUTS).enumerate() {
                let Some(y) = (row * STRIDE + y)
                    .checked_sub(above)
                    .filter(|&y| y < height)
                else {
                    continue;
                };
                let x = column * STRIDE;
                let first = x.max(left);
                let last = (x + KERNEL).min(width + left);
                let line = &picture[y * width * INPUTS..][..width * INPUTS];
                if first < last {
                    patch[(first - x) * INPUTS..(last - x) * INPUTS]
                        .copy_from_slice(&line[(first - left) * INPUTS..(last - left) * INPUTS]);
                }
            }
        }
        Product {
            rows: columns,
            depth: PATCH,
            columns: OUTPUTS,
            left: patches,
            left_stride: PATCH,
            packed: &self.packed,
            packed_inputs: PATCH,
            first_input: 0,
            start: Start::Bias(&self.bias),
            relu6: true,
            output_stride: OUTPUTS,
        }
        .write(Instructions::best(), output);
    }
}

struct Forward<'a> {
    stem: &'a Stem,
    spread: Spread,
}

impl CustomOp1 for Forward<'_> {
    fn name(&self) -> &'static str {
        "stem-nhwc"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let pictures = numbers(storage, layout)?;
        let &[batch, height, width, INPUTS] = layout.dims() else {
            candle_core::bail!(
                "batch × height × width × 3 wanted, {:?} given",
                layout.shape()
            );
        };
        if batch * height * width == 0 {
            candle_core::bail!("a picture without pixels: {:?}", layout.shape());
        }
        let ((rows, _), (columns, _)) = (same(height, KERNEL, STRIDE), same(width, KERNEL, STRIDE));
        let line = columns * OUTPUTS;
        let mut output = vec![0f32; batch * rows * line];
        let one = |patches: &mut Vec<f32>, (index, output): (usize, &mut [f32])| {
            let size = height * width * INPUTS;
            let picture = &pictures[index / rows * size..][..size];
            self.stem.row(picture, width, index % rows, patches, output);
        };
        match self.spread {
            Spread::Rows => output
                .par_chunks_mut(line)
                .enumerate()
                .with_min_len(rows.div_ceil(8))
                .for_each_init(Vec::new, one),
            Spread::One => {
                let mut patches = Vec::new();
                output
                    .chunks_mut(line)
                    .enumerate()
                    .for_each(|item| one(&mut patches, item));
            }
        }
        let shape = (batch, rows, columns, OUTPUTS).into();
        Ok((CpuStorage::F32(output), shape))
    }
}
