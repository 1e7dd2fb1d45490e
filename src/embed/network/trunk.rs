//! The blocks one after the other, as one Candle custom op.
//!
//! Between two blocks there is no tensor: the threads that work on a picture stay together through all of them,
//! and the memory of the maps is used again, by the block after the next and for the next picture.

use std::sync::{Mutex, PoisonError};

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape as Dims, Tensor};

use super::block::{Block, GROUPS, Input, Output};
use super::map::{Map, Shape, Source, Tiles};
use super::pool::{self, MAX_THREADS};
use super::{Spread, numbers};

/// A chain of blocks.
pub struct Trunk {
    blocks: Vec<Block>,
    /// The memory of calls that are over: as many as there were calls at a time.
    spare: Mutex<Vec<Buffers>>,
}

/// Memory for the work on one picture.
struct Buffers {
    /// What a block reads and what it writes, in turn.
    maps: [Tiles; 2],
    /// Of a map that is made in groups of channels, what each of the groups adds to it.
    parts: Tiles,
}

impl Trunk {
    /// A chain of these blocks, each of which takes what the one before it gives.
    pub fn new(blocks: Vec<Block>) -> Self {
        Self {
            blocks,
            spare: Mutex::default(),
        }
    }

    /// batch × height × width × channels, as the first block takes them, to the map of the last block;
    /// channels are padded.
    ///
    /// # Errors
    /// If the tensor has another shape.
    pub fn forward(&self, maps: &Tensor, spread: Spread) -> Result<Tensor> {
        maps.contiguous()?.apply_op1_no_bwd(&Forward {
            trunk: self,
            spread,
        })
    }

    /// The last map of one picture, added to `output`. The shapes are those of all the maps, the picture first.
    fn picture(&self, picture: &[f32], shapes: &[Shape], threads: usize, output: &mut Vec<f32>) {
        let spare = || self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        let buffers = spare().pop().unwrap_or_else(|| Buffers {
            maps: [Tiles::new(MAX_THREADS), Tiles::new(MAX_THREADS)],
            parts: Tiles::new(GROUPS),
        });
        // the map of which this many blocks are behind
        let map = |behind: usize| match behind {
            0 => Source::Whole(picture),
            _ => Source::Tiles(&buffers.maps[behind % 2]),
        };
        pool::run(threads, |worker| {
            for (index, block) in self.blocks.iter().enumerate() {
                let input = Input {
                    shape: shapes[index],
                    source: map(index),
                };
                let output = Output {
                    shape: shapes[index + 1],
                    tiles: &buffers.maps[(index + 1) % 2],
                };
                block.run(worker, input, &buffers.parts, output);
            }
        });
        let last = Map::new(shapes[self.blocks.len()], map(self.blocks.len()));
        for (_, numbers) in last.pieces(0..last.shape.height) {
            output.extend_from_slice(numbers);
        }
        drop(last);
        spare().push(buffers);
    }
}

struct Forward<'a> {
    trunk: &'a Trunk,
    spread: Spread,
}

impl CustomOp1 for Forward<'_> {
    fn name(&self) -> &'static str {
        "inverted-residuals-nhwc"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Dims)> {
        let maps = numbers(storage, layout)?;
        let blocks = &self.trunk.blocks;
        let inputs = blocks.first().map_or(0, Block::inputs);
        let (batch, height, width) = match *layout.dims() {
            [batch, height, width, channels]
                if channels == inputs && batch * height * width > 0 =>
            {
                (batch, height, width)
            }
            _ => candle_core::bail!(
                "batch × height × width × {inputs} wanted, {:?} given",
                layout.shape()
            ),
        };
        let threads = match self.spread {
            Spread::One => 1,
            Spread::Rows => rayon::current_num_threads().min(MAX_THREADS),
        };
        let mut last = Shape {
            height,
            width,
            channels: inputs,
            tile_rows: height,
        };
        let mut shapes = vec![last];
        for block in blocks {
            last = block.output(last, threads);
            shapes.push(last);
        }
        let mut output = Vec::with_capacity(batch * last.height * last.line());
        for picture in maps.chunks_exact(height * width * inputs) {
            self.trunk.picture(picture, &shapes, threads, &mut output);
        }
        let dims = (batch, last.height, last.width, last.channels).into();
        Ok((CpuStorage::F32(output), dims))
    }
}
