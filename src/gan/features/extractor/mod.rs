//! The embedder's first blocks, frozen, with gradients to the pictures: a pretrained feature network for the discriminator.
//!
//! A. Sauer et al., "Projected GANs Converge Faster", 2021, <https://arxiv.org/abs/2111.01007>: a discriminator
//! that sees through a pretrained network teaches a generator in a fraction of the pictures, if the features are
//! mixed at random first, so that it cannot lean on a few of them. N. Kumari et al., "Ensembling Off-the-shelf
//! Models for GAN Training", 2022, <https://arxiv.org/abs/2112.09130>, keep the ordinary discriminator beside
//! it, as we do.
//!
//! Why there are two executions of one network: the embedder's kernels fuse whole blocks, so they keep no map that a
//! gradient could be computed from. The shape of the network ([`block_configs`], [`stem`]) and the folded weights are
//! the embedder's own. Here a picture
//! leaves the rectified maps behind, in which the backward pass reads where the rectifiers were open; the
//! weights are frozen, so that no other map is needed.

mod depthwise;
mod layers;

use crate::embed::network::{block_configs, stem};
use crate::gan::GanError;
use crate::gan::ops::{accumulate, like, numbers, with_numbers};
use candle_core::safetensors::load_buffer;
use candle_core::{CpuStorage, CustomOp1, Device, Layout, Result, Shape, Tensor, bail};
use depthwise::{gather_stem, scatter_stem};
use layers::{Block, Dense, Tape, close, rectify};
use rayon::prelude::*;
use std::path::Path;
use std::sync::{Arc, Mutex};

/// What is seen of a picture: how many times smaller than the picture each map is, and its channels.
pub(in crate::gan) const LEVELS: [Level; 3] = [
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

/// Pictures that a thread takes through the network together: the late weights are read once for all of them,
/// and the early maps still fit the cache. Not a share of the threads, so that sums do not depend on those.
const TOGETHER: usize = 4;

/// A map of features.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::gan) struct Level {
    pub stride: usize,
    pub channels: usize,
    /// The block that makes it.
    block: usize,
}

/// The frozen network.
pub struct FeatureExtractor {
    stem: Dense,
    blocks: Vec<Block>,
}

impl FeatureExtractor {
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
            stem: Dense::read(&tensors, "_conv_stem", stem::PATCH, stem::OUTPUTS)?,
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
    pub(in crate::gan) fn see(self: &Arc<Self>, pictures: &Tensor) -> Result<Vec<Tensor>> {
        let (batch, side, width, channels) = pictures.dims4()?;
        if side != width || side % 16 != 0 || !matches!(channels, 1 | 3) {
            bail!(
                "the embedder's eyes want squares of a multiple of 16, not {:?}",
                pictures.shape()
            );
        }
        let look = Look {
            extractor: self.clone(),
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
        let mut columns = vec![0.0; pictures_here * side * side * stem::PATCH];
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

/// One look at a batch of pictures: every level's map of a picture, one behind the other.
struct Look {
    extractor: Arc<FeatureExtractor>,
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
                self.extractor
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
        let (_, side, _, channels) = x.dims4()?;
        let mut of_x = vec![0.0; x.elem_count()];
        with_numbers([gradient], |[gs]| {
            of_x.par_chunks_mut(TOGETHER * side * side * channels)
                .zip(gs.par_chunks(TOGETHER * line))
                .zip(&mut tapes)
                .for_each(|((of_x, g), tape)| {
                    self.extractor.backward(g, side, channels, tape, of_x)
                });
        })?;
        Ok(Some(like(of_x, x)?))
    }
}

#[cfg(test)]
mod tests;
