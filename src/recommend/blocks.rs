//! Every shoe's blocks in memory.
//!
//! The embeddings come from [`crate::space`]: each block centred on the catalogue, of unit length, scaled
//! by the root of its default weight, 16 bit. A cosine of a block is the dot product of its part, divided
//! by that weight, so any other weights can be asked for without touching what is stored. A block that
//! was [learned](super::learn) is kept beside them in the same form, with weight 1. All parts of a shoe one
//! after the other are its *joined vector*.

use super::error::{LearnedError, RecommendError};
use super::yardsticks::Yardsticks;
use crate::catalog::{Block, Catalog};
use crate::job::Job;
use crate::numeric::dot;
use crate::space::{BlockRows, Embeddings, Space};
use crate::spill::Spill;
use half::f16;
use half::slice::HalfFloatSliceExt as _;
use rayon::prelude::*;
use std::ops::Range;
use std::sync::OnceLock;

/// The name of the block that `learn` adds.
pub const LEARNED: &str = "learned";

/// Numbers of the learned block at most.
pub(super) const MAX_LEARNED_DIMS: usize = 96;

/// Blocks that a shoe can have at most: those of the space and the learned one.
pub(super) const MAX_BLOCKS: usize = 8;

/// Where a block stands in the joined vector of a shoe.
#[derive(Debug, Clone)]
pub(super) struct BlockRange {
    pub name: String,
    pub range: Range<usize>,
    /// What the stored values are multiplied with to be of unit length.
    pub unscale: f32,
}

/// Lengths of the raw, centred blocks: what the cosine leaves out and the Euclidean metric needs.
#[derive(Debug)]
pub(super) struct BlockNorms {
    /// Shoes × blocks.
    pub rows: Vec<f32>,
    /// Mean square a block.
    pub mean_square: Vec<f32>,
}

/// The blocks of every shoe, ready to be compared.
#[derive(Debug)]
pub(super) struct BlockStore {
    /// Those that came along with the catalogue.
    pub yardsticks: Option<Yardsticks>,
    pub space: Space,
    pub embeddings: Embeddings,
    learned: Option<LearnedRows>,
    ranges: Vec<BlockRange>,
    norms: OnceLock<BlockNorms>,
}

/// The learned block: shoes × dims, centred and of unit length.
#[derive(Debug)]
pub(super) struct LearnedRows {
    dims: usize,
    pub mean: Vec<f32>,
    values: Spill<f16>,
}

impl BlockStore {
    /// Reads the blocks of a catalogue and assembles its embeddings.
    pub(super) fn load(catalog: &Catalog, job: &Job) -> Result<Self, RecommendError> {
        let (space, embeddings) = {
            let raw = catalog
                .info()
                .blocks
                .iter()
                .filter(|block| block.name != LEARNED)
                .map(|block| catalog.block(&block.name))
                .collect::<Result<Vec<_>, _>>()?;
            let rows: Vec<BlockRows<'_>> = raw.iter().map(|b| BlockRows::from(&**b)).collect();
            let space = match Space::of(catalog)? {
                Some(space) => space,
                None => Space::fit(&rows, 0, job)?,
            };
            let embeddings = Embeddings::new(&space, &rows, job)?;
            (space, embeddings)
        };
        let has_learned = catalog.has_block(LEARNED);
        let count = embeddings.blocks().len() + usize::from(has_learned);
        let yardsticks = Yardsticks::of(catalog.info(), count)?;
        let learned = match has_learned {
            true => {
                let mean = yardsticks.as_ref().map(|y| y.learned_mean.as_slice());
                Some(LearnedRows::new(&*catalog.block(LEARNED)?, mean)?)
            }
            false => None,
        };
        let ranges = ranges(&embeddings, learned.as_ref());
        if ranges.len() > MAX_BLOCKS {
            return Err(LearnedError::Blocks(ranges.len()).into());
        }
        Ok(Self {
            yardsticks,
            space,
            embeddings,
            learned,
            ranges,
            norms: OnceLock::new(),
        })
    }

    pub(super) fn len(&self) -> usize {
        self.embeddings.len()
    }

    /// Lets go of the memory of what was read so far, where it lies in a file.
    pub(super) fn release(&self) {
        self.embeddings.values().release();
        if let Some(learned) = &self.learned {
            learned.values.release();
        }
    }

    /// Mean of the learned block, empty without one.
    pub(super) fn learned_mean(&self) -> &[f32] {
        self.learned.as_ref().map_or(&[], |learned| &learned.mean)
    }

    /// The blocks, in the order of the joined vector.
    pub(super) fn ranges(&self) -> &[BlockRange] {
        &self.ranges
    }

    /// The learned block, where the catalogue has one.
    pub(super) fn learned(&self) -> Option<&LearnedRows> {
        self.learned.as_ref()
    }

    /// Numbers in a joined vector.
    pub(super) fn dims(&self) -> usize {
        self.embeddings.dims() + self.learned.as_ref().map_or(0, |l| l.dims)
    }

    /// A shoe's joined vector as stored, [`dims`](Self::dims) values into `out`.
    pub(super) fn stored(&self, row: usize, out: &mut [f32]) {
        let (own, rest) = out.split_at_mut(self.embeddings.dims());
        self.embeddings.row(row).convert_to_f32_slice(own);
        if let Some(learned) = &self.learned {
            learned.values[row * learned.dims..][..learned.dims].convert_to_f32_slice(rest);
        }
    }

    /// The learned part alone of a shoe's joined vector, into the front of `out`; gives its length.
    pub(super) fn stored_learned(&self, row: usize, out: &mut [f32]) -> usize {
        let Some(learned) = &self.learned else {
            return 0;
        };
        let values = &learned.values[row * learned.dims..][..learned.dims];
        values.convert_to_f32_slice(&mut out[..learned.dims]);
        learned.dims
    }

    /// The lengths of all raw blocks, computed when they are first wanted.
    pub(super) fn norms(&self, catalog: &Catalog) -> Result<&BlockNorms, RecommendError> {
        if let Some(norms) = self.norms.get() {
            return Ok(norms);
        }
        let count = self.ranges.len();
        let mut rows = vec![0f32; self.len() * count];
        for (at, range) in self.ranges.iter().enumerate() {
            let block = catalog.block(&range.name)?;
            let mean: &[f32] = match (&self.learned, self.space.blocks().get(at)) {
                (_, Some(block)) => block.mean(),
                (Some(learned), None) => &learned.mean,
                (None, None) => &[],
            };
            rows.par_chunks_mut(count)
                .enumerate()
                .for_each(|(row, out)| {
                    out[at] = length_from(block.row(row).iter().map(|v| v.to_f32()), mean);
                });
        }
        let given = self.yardsticks.as_ref().map(|y| y.mean_square.clone());
        let measured = || {
            let of_block = |at| {
                let sum: f64 = rows
                    .iter()
                    .skip(at)
                    .step_by(count)
                    .map(|&n| f64::from(n).powi(2))
                    .sum();
                ((sum / self.len().max(1) as f64) as f32).max(f32::MIN_POSITIVE)
            };
            (0..count).map(of_block).collect()
        };
        let mean_square = given.unwrap_or_else(measured);
        Ok(self.norms.get_or_init(|| BlockNorms { rows, mean_square }))
    }
}

fn ranges(embeddings: &Embeddings, learned: Option<&LearnedRows>) -> Vec<BlockRange> {
    let unscale = |weight: f32| match weight > 0.0 {
        true => weight.sqrt().recip(),
        false => 0.0,
    };
    let own = embeddings.blocks().iter().map(|block| BlockRange {
        name: block.name.clone(),
        range: block.range.clone(),
        unscale: unscale(block.weight),
    });
    let learned = learned.map(|learned| BlockRange {
        name: LEARNED.to_owned(),
        range: embeddings.dims()..embeddings.dims() + learned.dims,
        unscale: 1.0,
    });
    own.chain(learned).collect()
}

impl LearnedRows {
    /// `mean` where it is known of more shoes than these.
    fn new(block: &Block, mean: Option<&[f32]>) -> Result<Self, LearnedError> {
        let dims = block.dims;
        if !(1..=MAX_LEARNED_DIMS).contains(&dims) {
            return Err(LearnedError::Length("block"));
        }
        if mean.is_some_and(|mean| mean.len() != dims) {
            return Err(LearnedError::Length("mean"));
        }
        let mut learned = Self {
            dims,
            mean: mean.map_or_else(|| mean_of(block), <[f32]>::to_vec),
            values: Vec::new().into(),
        };
        let mut values = Spill::zeroed(block.values.len());
        values
            .par_chunks_mut(dims)
            .enumerate()
            .for_each(|(row, out)| {
                let mut line = block.row_f32(row);
                learned.place(&mut line);
                out.convert_from_f32_slice(&line);
            });
        learned.values = values;
        Ok(learned)
    }

    /// Centres and brings to unit length, in place; gives the length before.
    pub(super) fn place(&self, values: &mut [f32]) -> f32 {
        for (value, mean) in values.iter_mut().zip(&self.mean) {
            *value -= mean;
        }
        let length = values.iter().map(|v| v * v).sum::<f32>().sqrt();
        let scale = if length > 1e-6 { length.recip() } else { 0.0 };
        for value in values {
            *value *= scale;
        }
        length
    }
}

/// Mean of a block.
fn mean_of(block: &Block) -> Vec<f32> {
    let mut sum = vec![0f64; block.dims];
    for row in block.values.chunks_exact(block.dims) {
        for (sum, value) in sum.iter_mut().zip(row) {
            *sum += value.to_f64();
        }
    }
    let count = block.len().max(1) as f64;
    sum.into_iter().map(|s| (s / count) as f32).collect()
}

/// How long the values are, seen from the mean.
pub(super) fn length_from(values: impl Iterator<Item = f32>, mean: &[f32]) -> f32 {
    values
        .zip(mean)
        .map(|(v, m)| (v - m) * (v - m))
        .sum::<f32>()
        .sqrt()
}

/// The dot product of each block's part of two joined vectors.
pub(super) fn block_dots(a: &[f32], b: &[f32], ranges: &[BlockRange], out: &mut [f32]) {
    for (BlockRange { range, .. }, out) in ranges.iter().zip(out) {
        *out = dot(&a[range.clone()], &b[range.clone()]);
    }
}
