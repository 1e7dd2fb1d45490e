//! The embedder's first blocks, frozen, with gradients to the pictures: eyes for the discriminator.
//!
//! A. Sauer et al., "Projected GANs Converge Faster", 2021, <https://arxiv.org/abs/2111.01007>: a discriminator
//! that sees through a pretrained network teaches a generator in a fraction of the pictures, if the features are
//! mixed at random first, so that it cannot lean on a few of them. N. Kumari et al., "Ensembling Off-the-shelf
//! Models for GAN Training", 2022, <https://arxiv.org/abs/2112.09130>, keep the ordinary discriminator beside
//! it, as we do.
//!
//! The embedder's own kernels know no gradients, and keep nothing that one could be made of. Here a picture
//! leaves the rectified maps behind, in which the backward pass reads where the rectifiers were open; the
//! weights are frozen, so that no other map is needed.

use super::GanError;
use super::ops::{Matrix, accumulate, like, numbers, product, with_numbers};
use crate::embed::network::block::BlockConfig;
use crate::embed::network::block_configs;
use candle_core::safetensors::load_buffer;
use candle_core::{CpuStorage, CustomOp1, DType, Device, Layout, Result, Shape, Tensor, bail};
use rayon::prelude::*;
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

/// What is seen of a picture: how many times smaller than the picture each map is, and its channels.
pub(super) const LEVELS: [Level; 3] = [
    Level {
        stride: 4,
        channels: 24,
        block: 2,
    },
    Level {
        stride: 8,
        channels: 40,
        block: 4,
    },
    Level {
        stride: 16,
        channels: 112,
        block: 10,
    },
];

/// Channels of the stem.
const STEM: usize = 32;
/// Pictures that a thread takes through the network together: the late weights are read once for all of them,
/// and the early maps still fit the cache. Not a share of the threads, so that sums do not depend on those.
const TOGETHER: usize = 4;

/// A map of features.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Level {
    pub stride: usize,
    pub channels: usize,
    /// The block that makes it.
    block: usize,
}

/// The frozen network.
pub struct Perceiver {
    stem: Dense,
    blocks: Vec<Block>,
}

/// A 1×1 convolution, or the stem's product after its columns are gathered.
struct Dense {
    /// [inputs, outputs].
    weight: Vec<f32>,
    bias: Vec<f32>,
    inputs: usize,
    outputs: usize,
}

struct Block {
    config: BlockConfig,
    expand: Option<Dense>,
    depthwise: Depthwise,
    project: Dense,
}

/// Weights [kernel · kernel, channels] of a depthwise convolution.
struct Depthwise {
    kernel: usize,
    stride: usize,
    channels: usize,
    weight: Vec<f32>,
    bias: Vec<f32>,
}

/// The maps of some pictures that the backward pass reads: after each rectifier, in order.
type Tape = Vec<Vec<f32>>;

impl Perceiver {
    /// Reads the first blocks from the embedder's weights.
    ///
    /// # Errors
    /// The file cannot be read or holds another network.
    pub fn load(path: &Path) -> std::result::Result<Self, GanError> {
        let bytes = std::fs::read(path).map_err(|e| GanError::model(path, e.to_string()))?;
        Self::from_safetensors(&bytes).map_err(|e| {
            GanError::model(path, format!("these are not the embedder's weights ({e})"))
        })
    }

    fn from_safetensors(bytes: &[u8]) -> Result<Self> {
        let tensors = load_buffer(bytes, &Device::Cpu)?;
        let last = LEVELS[LEVELS.len() - 1].block;
        Ok(Self {
            stem: Dense::read(&tensors, "_conv_stem", 27, STEM)?,
            blocks: block_configs()
                .into_iter()
                .take(last + 1)
                .enumerate()
                .map(|(i, config)| Block::read(&tensors, &format!("_blocks.{i}"), config))
                .collect::<Result<_>>()?,
        })
    }

    /// What it sees of `pictures` [batch, side, side, 1 or 3], within ±1: for each of [`LEVELS`] a map
    /// [batch, side / stride, side / stride, channels].
    ///
    /// # Errors
    /// `side` is no multiple of 16, or the shape is another one.
    pub(super) fn see(self: &Arc<Self>, pictures: &Tensor) -> Result<Vec<Tensor>> {
        let (batch, side, width, channels) = pictures.dims4()?;
        if side != width || side % 16 != 0 || !matches!(channels, 1 | 3) {
            bail!(
                "the embedder's eyes want squares of a multiple of 16, not {:?}",
                pictures.shape()
            );
        }
        let look = Look {
            perceiver: self.clone(),
            side,
            tape: pictures.track_op().then(Mutex::default),
        };
        // From ±1 to the (x − 127) / 128 that the weights were trained with.
        let pictures = pictures.affine(127.5 / 128.0, 0.5 / 128.0)?;
        let seen = pictures.apply_op1(look)?;
        let mut first = 0;
        let mut maps = Vec::new();
        for level in LEVELS {
            let side = side / level.stride;
            let count = side * side * level.channels;
            let map = seen.narrow(1, first, count)?;
            maps.push(map.reshape((batch, side, side, level.channels))?);
            first += count;
        }
        Ok(maps)
    }

    /// `pictures` of `side` and `channels` through the network; what the backward pass needs is put on `tape`.
    fn forward(
        &self,
        pictures: &[f32],
        side: usize,
        channels: usize,
        out: &mut [f32],
        tape: &mut Tape,
    ) {
        let pictures_here = pictures.len() / (side * side * channels);
        let line = out.len() / pictures_here;
        let mut side = side / 2;
        let mut columns = vec![0.0; pictures_here * side * side * 27];
        gather_stem(pictures, 2 * side, channels, &mut columns);
        let mut map = self.stem.forward(&columns);
        rectify(&mut map);
        tape.push(map.clone());
        let mut first = 0;
        for (i, block) in self.blocks.iter().enumerate() {
            map = block.forward(map, &mut side, tape);
            if let Some(level) = LEVELS.iter().find(|l| l.block == i) {
                let count = side * side * level.channels;
                for (out, map) in out.chunks_exact_mut(line).zip(map.chunks_exact(count)) {
                    out[first..first + count].copy_from_slice(map);
                }
                first += count;
            }
        }
    }

    /// The gradient of the pictures from that of what was seen of them.
    fn backward(
        &self,
        gradient: &[f32],
        side: usize,
        channels: usize,
        tape: &mut Tape,
        of_x: &mut [f32],
    ) {
        let pictures = of_x.len() / (side * side * channels);
        let line = gradient.len() / pictures;
        let mut first = line;
        let mut map: Vec<f32> = Vec::new();
        let mut here = side / LEVELS[LEVELS.len() - 1].stride;
        for (i, block) in self.blocks.iter().enumerate().rev() {
            if let Some(level) = LEVELS.iter().find(|l| l.block == i) {
                let count = here * here * level.channels;
                first -= count;
                map.resize(pictures * count, 0.0);
                for (map, g) in map.chunks_exact_mut(count).zip(gradient.chunks_exact(line)) {
                    accumulate(map, &g[first..first + count]);
                }
            }
            map = block.backward(map, &mut here, tape);
        }
        let rectified = tape.pop().unwrap_or_default();
        close(&mut map, &rectified);
        let columns = self.stem.backward(&map);
        scatter_stem(&columns, side, channels, of_x);
    }
}

impl Dense {
    fn read(
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

    fn forward(&self, x: &[f32]) -> Vec<f32> {
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

    fn backward(&self, gradient: &[f32]) -> Vec<f32> {
        let pixels = gradient.len() / self.outputs;
        let mut out = vec![0.0; pixels * self.inputs];
        let (g, w) = (Matrix::Plain(gradient), Matrix::Transposed(&self.weight));
        product([pixels, self.inputs, self.outputs], &mut out, false, g, w);
        out
    }
}

impl Block {
    fn read(tensors: &HashMap<String, Tensor>, name: &str, config: BlockConfig) -> Result<Self> {
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

    fn forward(&self, x: Vec<f32>, side: &mut usize, tape: &mut Tape) -> Vec<f32> {
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

    fn backward(&self, gradient: Vec<f32>, side: &mut usize, tape: &mut Tape) -> Vec<f32> {
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

impl Depthwise {
    /// Calls `each(output pixel, input pixel, tap)` for every tap that lies inside a picture of `side`.
    #[inline(always)]
    fn for_each_tap(&self, side: usize, mut each: impl FnMut(usize, usize, usize)) {
        let (rows, before) = same(side, self.kernel, self.stride);
        for row in 0..rows {
            for column in 0..rows {
                for tap_row in 0..self.kernel {
                    let Some(y) = (row * self.stride + tap_row).checked_sub(before) else {
                        continue;
                    };
                    for tap_column in 0..self.kernel {
                        let x = (column * self.stride + tap_column).checked_sub(before);
                        let Some(x) = x.filter(|&x| x < side && y < side) else {
                            continue;
                        };
                        each(
                            row * rows + column,
                            y * side + x,
                            tap_row * self.kernel + tap_column,
                        );
                    }
                }
            }
        }
    }

    fn forward(&self, x: &[f32], side: usize) -> Vec<f32> {
        let rows = side.div_ceil(self.stride);
        let pictures = x.len() / (side * side * self.channels);
        let mut out = self.bias.repeat(pictures * rows * rows);
        spread(self, x, side, &mut out);
        out
    }

    fn backward(&self, gradient: &[f32], side: usize) -> Vec<f32> {
        let rows = side.div_ceil(self.stride);
        let pictures = gradient.len() / (rows * rows * self.channels);
        let mut out = vec![0.0; pictures * side * side * self.channels];
        collect(self, gradient, side, &mut out);
        out
    }
}

/// Adds the convolution of `x` to `out`.
#[multiversion::multiversion(targets(
    "x86_64+avx512f+avx512vl",
    "x86_64+avx2+fma",
    "aarch64+neon"
))]
fn spread(depthwise: &Depthwise, x: &[f32], side: usize, out: &mut [f32]) {
    let channels = depthwise.channels;
    let rows = side.div_ceil(depthwise.stride);
    for (x, out) in x
        .chunks_exact(side * side * channels)
        .zip(out.chunks_exact_mut(rows * rows * channels))
    {
        depthwise.for_each_tap(side, |to, from, tap| {
            let (to, from) = (
                &mut out[to * channels..][..channels],
                &x[from * channels..][..channels],
            );
            let weight = &depthwise.weight[tap * channels..][..channels];
            for ((to, from), w) in to.iter_mut().zip(from).zip(weight) {
                *to += from * w;
            }
        });
    }
}

/// Adds the gradient of the input to `out`.
#[multiversion::multiversion(targets(
    "x86_64+avx512f+avx512vl",
    "x86_64+avx2+fma",
    "aarch64+neon"
))]
fn collect(depthwise: &Depthwise, gradient: &[f32], side: usize, out: &mut [f32]) {
    let channels = depthwise.channels;
    let rows = side.div_ceil(depthwise.stride);
    for (gradient, out) in gradient
        .chunks_exact(rows * rows * channels)
        .zip(out.chunks_exact_mut(side * side * channels))
    {
        depthwise.for_each_tap(side, |from, to, tap| {
            let (to, from) = (
                &mut out[to * channels..][..channels],
                &gradient[from * channels..][..channels],
            );
            let weight = &depthwise.weight[tap * channels..][..channels];
            for ((to, from), w) in to.iter_mut().zip(from).zip(weight) {
                *to += from * w;
            }
        });
    }
}

fn tensor(tensors: &HashMap<String, Tensor>, name: &str) -> Result<Tensor> {
    match tensors.get(name) {
        Some(tensor) => tensor.to_dtype(DType::F32),
        None => bail!("the tensor {name} is missing"),
    }
}

/// TensorFlow's SAME padding: outputs, and zeros before.
fn same(side: usize, kernel: usize, stride: usize) -> (usize, usize) {
    let rows = side.div_ceil(stride);
    (
        rows,
        ((rows - 1) * stride + kernel).saturating_sub(side) / 2,
    )
}

/// The 27 numbers under the stem's kernel, for every second pixel; a grey picture is grey in all three channels.
fn gather_stem(pictures: &[f32], side: usize, channels: usize, columns: &mut [f32]) {
    for_each_stem_tap(
        side,
        pictures.len() / (side * side * channels),
        |column, pixel| {
            for c in 0..3 {
                columns[column + c] = pictures[pixel * channels + c % channels];
            }
        },
    );
}

/// The way back of [`gather_stem`].
fn scatter_stem(columns: &[f32], side: usize, channels: usize, of_x: &mut [f32]) {
    for_each_stem_tap(
        side,
        of_x.len() / (side * side * channels),
        |column, pixel| {
            for c in 0..3 {
                of_x[pixel * channels + c % channels] += columns[column + c];
            }
        },
    );
}

/// Calls `each(where its three numbers begin, pixel)` for what lies under the stem's kernel of 3×3, stride 2.
#[inline(always)]
fn for_each_stem_tap(side: usize, pictures: usize, mut each: impl FnMut(usize, usize)) {
    let (rows, before) = same(side, 3, 2);
    for picture in 0..pictures {
        for row in 0..rows {
            for column in 0..rows {
                let start = ((picture * rows + row) * rows + column) * 27;
                for tap in 0..9 {
                    let y = (2 * row + tap / 3)
                        .checked_sub(before)
                        .filter(|&y| y < side);
                    let x = (2 * column + tap % 3)
                        .checked_sub(before)
                        .filter(|&x| x < side);
                    if let (Some(y), Some(x)) = (y, x) {
                        each(start + 3 * tap, (picture * side + y) * side + x);
                    }
                }
            }
        }
    }
}

/// ReLU6.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2", "aarch64+neon"))]
fn rectify(map: &mut [f32]) {
    for x in map {
        *x = x.clamp(0.0, 6.0);
    }
}

/// Lets a gradient through where the rectifier that gave `rectified` was open.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2", "aarch64+neon"))]
fn close(gradient: &mut [f32], rectified: &[f32]) {
    for (g, x) in gradient.iter_mut().zip(rectified) {
        *g = if *x > 0.0 && *x < 6.0 { *g } else { 0.0 };
    }
}

/// One look at a batch of pictures: every level's map of a picture, one behind the other.
struct Look {
    perceiver: Arc<Perceiver>,
    side: usize,
    /// For each few pictures their tape; none where no gradient will be asked for.
    tape: Option<Mutex<Vec<Tape>>>,
}

impl CustomOp1 for Look {
    fn name(&self) -> &'static str {
        "look"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (batch, side, _, channels) = layout.shape().dims4()?;
        let per_level = |l: &Level| (side / l.stride).pow(2) * l.channels;
        let line: usize = LEVELS.iter().map(per_level).sum();
        let mut out = vec![0.0; batch * line];
        let tapes: Vec<Tape> = out
            .par_chunks_mut(TOGETHER * line)
            .zip(numbers(x, layout)?.par_chunks(TOGETHER * side * side * channels))
            .map(|(out, pictures)| {
                let mut tape = Tape::new();
                self.perceiver
                    .forward(pictures, side, channels, out, &mut tape);
                if self.tape.is_some() {
                    tape
                } else {
                    Tape::new()
                }
            })
            .collect();
        if let Some(tape) = &self.tape {
            *tape.lock().unwrap_or_else(|e| e.into_inner()) = tapes;
        }
        Ok((CpuStorage::F32(out), (batch, line).into()))
    }

    fn bwd(&self, x: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        let Some(tape) = &self.tape else {
            return Ok(None);
        };
        let mut tapes = std::mem::take(&mut *tape.lock().unwrap_or_else(|e| e.into_inner()));
        let (batch, line) = gradient.dims2()?;
        if tapes.len() != batch.div_ceil(TOGETHER) {
            bail!("a look at pictures has one way back only");
        }
        let (side, channels) = (self.side, x.dim(3)?);
        let mut of_x = vec![0.0; x.elem_count()];
        with_numbers([gradient], |[gs]| {
            of_x.par_chunks_mut(TOGETHER * side * side * channels)
                .zip(gs.par_chunks(TOGETHER * line))
                .zip(&mut tapes)
                .for_each(|((of_x, g), tape)| {
                    self.perceiver.backward(g, side, channels, tape, of_x)
                });
        })?;
        Ok(Some(like(of_x, x)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embed::network::stem::Stem;
    use crate::embed::network::trunk::Trunk;
    use crate::embed::network::{Spread, block as embedder};
    use candle_core::Var;
    use candle_nn::VarBuilder;

    fn weights() -> Vec<u8> {
        std::fs::read(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/models/efficientnet-lite0.safetensors"
        ))
        .unwrap()
    }

    fn pictures(batch: usize, side: usize, channels: usize) -> Tensor {
        let count = batch * side * side * channels;
        let values: Vec<f32> = (0..count).map(|i| ((i * i) as f32 * 0.37).sin()).collect();
        Tensor::from_vec(values, (batch, side, side, channels), &Device::Cpu).unwrap()
    }

    #[test]
    fn it_sees_what_the_embedder_s_blocks_make() {
        let bytes = weights();
        let perceiver = Arc::new(Perceiver::from_safetensors(&bytes).unwrap());
        let x = pictures(5, 48, 3);
        let seen = perceiver.see(&x).unwrap();
        let vb = VarBuilder::from_slice_safetensors(&bytes, DType::F32, &Device::Cpu).unwrap();
        let x = x.affine(127.5 / 128.0, 0.5 / 128.0).unwrap();
        for (level, seen) in LEVELS.iter().zip(seen) {
            let blocks = block_configs()
                .into_iter()
                .take(level.block + 1)
                .enumerate();
            let blocks = blocks.map(|(i, config)| {
                let stem = (i == 0).then(|| Stem::new(vb.pp("_conv_stem")).unwrap());
                let vb = vb.pp(format!("_blocks.{i}"));
                embedder::Block::new(config, stem, vb).unwrap()
            });
            let map = Trunk::new(blocks.collect())
                .forward(&x, Spread::One)
                .unwrap();
            let wanted = map.narrow(3, 0, level.channels).unwrap();
            let sum = |x: Tensor| {
                x.sqr()
                    .unwrap()
                    .sum_all()
                    .unwrap()
                    .to_scalar::<f32>()
                    .unwrap()
            };
            let ratio = (sum((&wanted - seen).unwrap()) / sum(wanted)).sqrt();
            assert!(ratio < 1e-4, "{level:?}: {ratio}");
        }
    }

    #[test]
    fn its_gradient_is_the_slope() {
        let perceiver = Arc::new(Perceiver::from_safetensors(&weights()).unwrap());
        for channels in [1, 3] {
            let x = Var::from_tensor(&pictures(3, 32, channels)).unwrap();
            let total = |x: &Tensor| -> Tensor {
                let maps = perceiver.see(x).unwrap();
                let sums = maps
                    .iter()
                    .map(|m| (m * 0.1).unwrap().sin().unwrap().sum_all().unwrap());
                sums.reduce(|a, b| (a + b).unwrap()).unwrap()
            };
            let gradient = total(&x).backward().unwrap().get(&x).unwrap().clone();
            let direction = pictures(3, 32, channels)
                .affine(3.0, 0.2)
                .unwrap()
                .sin()
                .unwrap();
            let along = (&gradient * &direction).unwrap().sum_all().unwrap();
            let along = f64::from(along.to_scalar::<f32>().unwrap());
            let at = |step: f64| {
                let moved = (x.as_tensor() + (&direction * step).unwrap()).unwrap();
                f64::from(total(&moved.detach()).to_scalar::<f32>().unwrap())
            };
            let slope = (at(1e-3) - at(-1e-3)) / 2e-3;
            assert!(
                (slope - along).abs() < 0.02 * slope.abs().max(1.0),
                "{slope} {along}"
            );
        }
    }
}
