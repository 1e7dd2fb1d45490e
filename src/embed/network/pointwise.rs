//! A 1×1 convolution (or a fully connected layer) with its bias and ReLU6, as one Candle custom op.

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};
use candle_nn::VarBuilder;

use super::{numbers, padded_vec};
use crate::embed::kernels::{Instructions, Product, Start, pack, padded};

/// The packed weights of a 1×1 convolution.
pub struct Pointwise {
    /// Input channels, as stored: padded.
    inputs: usize,
    /// Output channels, as stored: padded.
    outputs: usize,
    packed: Vec<f32>,
    bias: Vec<f32>,
    relu6: bool,
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
        // zero weights for the channels that only pad
        let weight =
            weight
                .reshape((outputs, inputs))?
                .pad_with_zeros(1, 0, padded(inputs) - inputs)?;
        let weights = weight.flatten_all()?.to_vec1::<f32>()?;
        Ok(Self {
            inputs: padded(inputs),
            outputs: padded(outputs),
            packed: pack(&weights, outputs, padded(inputs)),
            bias: padded_vec(&vb.get(outputs, "bias")?)?,
            relu6,
        })
    }

    /// Input channels, padded.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Output channels, padded.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// `rows` pixels of `left` through output channels `first..first + columns`, to `output`.
    pub(super) fn columns(
        &self,
        rows: usize,
        left: &[f32],
        first: usize,
        columns: usize,
        output: &mut [f32],
    ) {
        Product {
            rows,
            depth: self.inputs,
            columns,
            left,
            left_stride: self.inputs,
            packed: &self.packed[first * self.inputs..],
            packed_inputs: self.inputs,
            first_input: 0,
            start: Start::Bias(&self.bias[first..]),
            relu6: self.relu6,
            output_stride: columns,
        }
        .write(Instructions::best(), output);
    }

    /// `rows` pixels through every output channel, of the input channels `first..first + depth` only,
    /// which is all that `left` holds. The first such part starts from the bias (and `residual`), the
    /// others add to what stands in `output`; so there is no ReLU6 here.
    pub(super) fn part(
        &self,
        rows: usize,
        left: &[f32],
        first: usize,
        depth: usize,
        residual: Option<&[f32]>,
        output: &mut [f32],
    ) {
        let start = match (first, residual) {
            (0, None) => Start::Bias(&self.bias),
            (0, Some(residual)) => Start::BiasAnd(&self.bias, residual),
            _ => Start::Output,
        };
        Product {
            rows,
            depth,
            columns: self.outputs,
            left,
            left_stride: depth,
            packed: &self.packed,
            packed_inputs: self.inputs,
            first_input: first,
            start,
            relu6: false,
            output_stride: self.outputs,
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
            Some(channels) if *channels == self.0.inputs => *channels = self.0.outputs,
            _ => candle_core::bail!("{} channels wanted, {dims:?} given", self.0.inputs),
        }
        let rows = map.len() / self.0.inputs;
        let mut output = vec![0f32; rows * self.0.outputs];
        self.0.columns(rows, map, 0, self.0.outputs, &mut output);
        Ok((CpuStorage::F32(output), dims.into()))
    }
}
