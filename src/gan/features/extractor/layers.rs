//! The layers of the frozen network, forward and back to what went in. The weights get no gradients.

use super::depthwise::Depthwise;
use crate::embed::network::block::BlockConfig;
use crate::gan::ops::{Matrix, accumulate, product};
use candle_core::{DType, Result, Tensor, bail};
use std::collections::HashMap;

/// The maps of some pictures that the backward pass reads: after each rectifier, in order.
pub(super) type Tape = Vec<Vec<f32>>;

/// A 1×1 convolution, or the stem's product after its columns are gathered.
pub(super) struct Dense {
    /// [inputs, outputs].
    weight: Vec<f32>,
    bias: Vec<f32>,
    inputs: usize,
    outputs: usize,
}

pub(super) struct Block {
    config: BlockConfig,
    expand: Option<Dense>,
    depthwise: Depthwise,
    project: Dense,
}

impl Dense {
    pub fn read(
        tensors: &HashMap<String, Tensor>,
        name: &str,
        inputs: usize,
        outputs: usize,
    ) -> Result<Self> {
        // [outputs, channels, height, width] to [height, width, channels, outputs].
        let weight = tensor(tensors, &format!("{name}.weight"))?.permute((2, 3, 1, 0))?;
        let bias = tensor(tensors, &format!("{name}.bias"))?;
        if weight.elem_count() != inputs * outputs || bias.elem_count() != outputs {
            bail!("{name} has another shape");
        }
        Ok(Self {
            weight: weight.flatten_all()?.to_vec1()?,
            bias: bias.flatten_all()?.to_vec1()?,
            inputs,
            outputs,
        })
    }

    pub fn forward(&self, x: &[f32]) -> Vec<f32> {
        let pixels = x.len() / self.inputs;
        let mut out = self.bias.repeat(pixels);
        let shape = [pixels, self.outputs, self.inputs];
        product(
            shape,
            &mut out,
            true,
            Matrix::Plain(x),
            Matrix::Plain(&self.weight),
        );
        out
    }

    pub fn backward(&self, gradient: &[f32]) -> Vec<f32> {
        let pixels = gradient.len() / self.outputs;
        let mut out = vec![0.0; pixels * self.inputs];
        let (g, w) = (Matrix::Plain(gradient), Matrix::Transposed(&self.weight));
        product([pixels, self.inputs, self.outputs], &mut out, false, g, w);
        out
    }
}

impl Block {
    pub fn read(
        tensors: &HashMap<String, Tensor>,
        name: &str,
        config: BlockConfig,
    ) -> Result<Self> {
        let wide = config.expanded();
        let expand = (config.expansion > 1)
            .then(|| {
                Dense::read(
                    tensors,
                    &format!("{name}._expand_conv"),
                    config.inputs,
                    wide,
                )
            })
            .transpose()?;
        let depthwise = format!("{name}._depthwise_conv");
        // [channels, 1, height, width] to [height · width, channels].
        let weight = tensor(tensors, &format!("{depthwise}.weight"))?
            .reshape((wide, config.kernel * config.kernel))?
            .t()?;
        Ok(Self {
            config,
            expand,
            depthwise: Depthwise {
                kernel: config.kernel,
                stride: config.stride,
                channels: wide,
                weight: weight.flatten_all()?.to_vec1()?,
                bias: tensor(tensors, &format!("{depthwise}.bias"))?.to_vec1()?,
            },
            project: Dense::read(
                tensors,
                &format!("{name}._project_conv"),
                wide,
                config.outputs,
            )?,
        })
    }

    pub fn forward(&self, x: Vec<f32>, side: &mut usize, tape: &mut Tape) -> Vec<f32> {
        let wide = self.expand.as_ref().map(|expand| {
            let mut wide = expand.forward(&x);
            rectify(&mut wide);
            wide
        });
        let mut deep = self.depthwise.forward(wide.as_ref().unwrap_or(&x), *side);
        rectify(&mut deep);
        *side = side.div_ceil(self.config.stride);
        let mut out = self.project.forward(&deep);
        if self.config.residual() {
            accumulate(&mut out, &x);
        }
        tape.extend(wide);
        tape.push(deep);
        out
    }

    pub fn backward(&self, gradient: Vec<f32>, side: &mut usize, tape: &mut Tape) -> Vec<f32> {
        *side *= self.config.stride;
        let mut deep = self.project.backward(&gradient);
        close(&mut deep, &tape.pop().unwrap_or_default());
        let mut out = self.depthwise.backward(&deep, *side);
        if let Some(expand) = &self.expand {
            close(&mut out, &tape.pop().unwrap_or_default());
            out = expand.backward(&out);
        }
        if self.config.residual() {
            accumulate(&mut out, &gradient);
        }
        out
    }
}

fn tensor(tensors: &HashMap<String, Tensor>, name: &str) -> Result<Tensor> {
    match tensors.get(name) {
        Some(tensor) => tensor.to_dtype(DType::F32),
        None => bail!("the tensor {name} is missing"),
    }
}

/// ReLU6.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2", "aarch64+neon"))]
pub(super) fn rectify(map: &mut [f32]) {
    for x in map {
        *x = x.clamp(0.0, 6.0);
    }
}

/// Lets a gradient through where the rectifier that gave `rectified` was open.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2", "aarch64+neon"))]
pub(super) fn close(gradient: &mut [f32], rectified: &[f32]) {
    for (g, x) in gradient.iter_mut().zip(rectified) {
        *g = if *x > 0.0 && *x < 6.0 { *g } else { 0.0 };
    }
}
