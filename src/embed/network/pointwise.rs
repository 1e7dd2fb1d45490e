//! A 1×1 convolution (or a fully connected layer) with its bias and ReLU6, as one Candle custom op.

use std::ops::Range;

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};
use candle_nn::VarBuilder;

use super::{numbers, padded_vec};
use crate::embed::kernels::{Aligned, Instructions, Product, Start, pack, padded};

/// The packed weights of a 1×1 convolution.
pub struct Pointwise {
    /// Input channels, without those that only pad.
    inputs: usize,
    /// Output channels, as stored: padded.
    outputs: usize,
    packed: Aligned,
    bias: Aligned,
    relu6: bool,
}

/// Lines of pixels in memory, from one to the next `stride` numbers.
pub(super) struct Lines<T> {
    pub(super) numbers: T,
    pub(super) stride: usize,
}

impl Pointwise {
    /// Takes `weight` (`outputs` × `inputs`, or × 1 × 1 more) and `bias` (`outputs`) from `vb`.
    ///
    /// # Errors
    /// If one is missing or has another shape.
    pub fn new(inputs: usize, outputs: usize, relu6: bool, vb: VarBuilder) -> Result<Self> {
        let weight = vb.get_unchecked("weight")?;
        if weight.elem_count() != inputs * outputs || weight.dim(0)? != outputs {
            candle_core::bail!(
                "{}: {outputs}×{inputs} wanted, {:?} found",
                vb.prefix(),
                weight.shape()
            );
        }
        let weights = weight.flatten_all()?.to_vec1::<f32>()?;
        Ok(Self {
            inputs,
            outputs: padded(outputs),
            packed: Aligned::from(pack(&weights, outputs, inputs).as_slice()),
            bias: padded_vec(&vb.get(outputs, "bias")?)?,
            relu6,
        })
    }

    /// Output channels, padded.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// `lines` lines of `width` pixels through the output channels `channels`.
    pub(super) fn columns(
        &self,
        lines: usize,
        width: usize,
        from: Lines<&[f32]>,
        channels: &Range<usize>,
        to: Lines<&mut [f32]>,
    ) {
        Product {
            lines,
            rows: width,
            depth: self.inputs,
            columns: channels.len(),
            left: from.numbers,
            left_stride: padded(self.inputs),
            left_line: from.stride,
            packed: &self.packed[channels.start * self.inputs..],
            packed_inputs: self.inputs,
            first_input: 0,
            start: Start::Bias(&self.bias[channels.start..]),
            relu6: self.relu6,
            output_stride: channels.len(),
            output_line: to.stride,
        }
        .write(Instructions::best(), to.numbers);
    }

    /// What the input channels `channels`, which are all that `left` holds, add to `pixels` pixels of every
    /// output channel. The first channels bring the bias (and `residual`) with them. Sums of such parts know
    /// no ReLU6.
    pub(super) fn part(
        &self,
        pixels: usize,
        left: &[f32],
        channels: &Range<usize>,
        residual: Option<&[f32]>,
        output: &mut [f32],
    ) {
        let start = match (channels.start, residual) {
            (0, None) => Start::Bias(&self.bias),
            (0, Some(residual)) => Start::BiasAnd(&self.bias, residual),
            _ => Start::Nothing,
        };
        // channels that only pad have no weights
        let depth = channels.end.min(self.inputs) - channels.start;
        Product {
            lines: 1,
            rows: pixels,
            depth,
            columns: self.outputs,
            left,
            left_stride: channels.len(),
            left_line: 0,
            packed: &self.packed,
            packed_inputs: self.inputs,
            first_input: channels.start,
            start,
            relu6: false,
            output_stride: self.outputs,
            output_line: 0,
        }
        .write(Instructions::best(), output);
    }

    /// The convolution of a map whose last dimension is the (padded) channels.
    ///
    /// # Errors
    /// If the map has another number of channels or is not contiguous.
    pub fn forward(&self, map: &Tensor) -> Result<Tensor> {
        map.apply_op1_no_bwd(&Forward(self))
    }
}

struct Forward<'a>(&'a Pointwise);

impl CustomOp1 for Forward<'_> {
    fn name(&self) -> &'static str {
        "pointwise-nhwc"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let map = numbers(storage, layout)?;
        let mut dims = layout.dims().to_vec();
        match dims.last_mut() {
            Some(channels) if *channels == padded(self.0.inputs) => *channels = self.0.outputs,
            _ => candle_core::bail!("{} channels wanted, {dims:?} given", padded(self.0.inputs)),
        }
        let pixels = map.len() / padded(self.0.inputs);
        let mut output = vec![0f32; pixels * self.0.outputs];
        // One line: there is no next one.
        let from = Lines {
            numbers: map,
            stride: 0,
        };
        let to = Lines {
            numbers: output.as_mut_slice(),
            stride: 0,
        };
        (self.0).columns(1, pixels, from, &(0..self.0.outputs), to);
        Ok((CpuStorage::F32(output), dims.into()))
    }
}
