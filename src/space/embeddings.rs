//! The embeddings of a whole catalogue, kept in 16 bit: 1 GB for a million shoes of 536 values, which spills to a file.

use std::ops::Range;
use std::sync::Arc;

use half::f16;
use half::slice::HalfFloatSliceExt as _;
use rayon::prelude::*;

use super::fit::{columns, project};
use super::{AXES, BlockRows, Space, SpaceError};
use crate::job::Job;
use crate::spill::Spill;

/// Rows that are worked on at a time by one thread.
const CHUNK: usize = 512;

/// Rows that are worked on before what was read and written is let go of.
const PIECE: usize = 128 * CHUNK;

/// Where a block stands in an embedding.
#[derive(Debug, Clone, PartialEq)]
pub struct EmbeddingBlock {
    /// The block's name.
    pub name: String,
    /// Its values within an embedding.
    pub range: Range<usize>,
    /// Its weight: the squared length of these values, where they are not all zero.
    pub weight: f32,
}

/// Every shoe's embedding, shoes × D. The dot product of two is the weighted sum of their block cosines.
#[derive(Debug, Clone)]
pub struct Embeddings {
    dims: usize,
    blocks: Vec<EmbeddingBlock>,
    values: Arc<Spill<f16>>,
}

impl Embeddings {
    /// Assembles the embeddings of every shoe of a catalogue from its raw blocks, in any order; blocks that
    /// the space does not know are left out.
    ///
    /// # Errors
    /// A block that is missing, of another length or of another number of shoes; cancelled.
    pub fn new(space: &Space, blocks: &[BlockRows<'_>], job: &Job) -> Result<Self, SpaceError> {
        let ordered = space.ordered(blocks)?;
        let (rows, dims) = (ordered[0].rows(), space.dims());
        job.stage("Assembling embeddings", Some(rows as u64));
        let mut values = Spill::zeroed(rows * dims);
        for first in (0..rows).step_by(PIECE) {
            let end = rows.min(first + PIECE);
            values[first * dims..end * dims]
                .par_chunks_mut(CHUNK * dims)
                .enumerate()
                .try_for_each(|(chunk, out)| {
                    job.check()?;
                    let mut line = vec![0f32; dims];
                    for (at, out) in out.chunks_exact_mut(dims).enumerate() {
                        space.place_row(&ordered, first + chunk * CHUNK + at, &mut line);
                        out.convert_from_f32_slice(&line);
                    }
                    job.advance((out.len() / dims) as u64);
                    Ok::<_, SpaceError>(())
                })?;
            values.release();
            ordered.iter().for_each(|rows| rows.release());
        }
        Ok(Self {
            dims,
            blocks: space.layout(),
            values: Arc::new(values),
        })
    }

    /// How many shoes.
    pub fn len(&self) -> usize {
        self.values.len() / self.dims
    }

    /// Whether there is no shoe.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Values a shoe, D.
    pub fn dims(&self) -> usize {
        self.dims
    }

    /// The blocks in the embedding, in order.
    pub fn blocks(&self) -> &[EmbeddingBlock] {
        &self.blocks
    }

    /// Where a block stands in the embedding.
    pub fn block(&self, name: &str) -> Option<&EmbeddingBlock> {
        self.blocks.iter().find(|block| block.name == name)
    }

    /// One shoe's embedding, D values.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn row(&self, row: usize) -> &[f16] {
        &self.values[row * self.dims..][..self.dims]
    }

    /// One shoe's embedding, D values in 32 bit.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn row_f32(&self, row: usize) -> Vec<f32> {
        self.row(row).to_f32_vec()
    }

    /// All of them, shoes × D, row-major, shared.
    pub fn values(&self) -> &Arc<Spill<f16>> {
        &self.values
    }
}

impl Space {
    /// The blocks' places in the embedding.
    pub fn layout(&self) -> Vec<EmbeddingBlock> {
        let mut start = 0;
        let place = |block: &super::SpaceBlock| {
            let range = start..start + block.dims();
            start = range.end;
            EmbeddingBlock {
                name: block.name().to_owned(),
                range,
                weight: block.weight(),
            }
        };
        self.blocks.iter().map(place).collect()
    }

    /// Coordinates of every shoe on the principal axes: shoes × [`AXES`], row-major. The first three of a
    /// row are its position.
    ///
    /// # Errors
    /// A block that is missing, of another length or of another number of shoes; cancelled.
    pub fn project(&self, blocks: &[BlockRows<'_>], job: &Job) -> Result<Vec<f32>, SpaceError> {
        let ordered = self.ordered(blocks)?;
        let (rows, dims) = (ordered[0].rows(), self.dims());
        job.stage("Placing shoes", Some(rows as u64));
        let columns = columns(&self.axes, dims);
        let mut out = vec![0f32; rows * AXES];
        out.par_chunks_mut(CHUNK * AXES)
            .enumerate()
            .try_for_each(|(chunk, out)| {
                job.check()?;
                let mut line = vec![0f32; dims];
                for (at, out) in out.chunks_exact_mut(AXES).enumerate() {
                    self.place_row(&ordered, chunk * CHUNK + at, &mut line);
                    project(&line, &self.mean, &columns, out);
                }
                job.advance((out.len() / AXES) as u64);
                Ok::<_, SpaceError>(())
            })?;
        Ok(out)
    }

    /// Positions of every shoe in the scene: [`project`](Self::project)'s first three columns.
    ///
    /// # Errors
    /// As [`project`](Self::project).
    pub fn positions(
        &self,
        blocks: &[BlockRows<'_>],
        job: &Job,
    ) -> Result<Vec<[f32; 3]>, SpaceError> {
        let coordinates = self.project(blocks, job)?;
        Ok(coordinates
            .chunks_exact(AXES)
            .map(super::position)
            .collect())
    }

    /// The given blocks in the space's order, checked against it and each other.
    pub(super) fn ordered<'a>(
        &self,
        blocks: &[BlockRows<'a>],
    ) -> Result<Vec<BlockRows<'a>>, SpaceError> {
        let mut ordered: Vec<BlockRows<'a>> = Vec::with_capacity(self.blocks.len());
        for block in &self.blocks {
            let rows = blocks
                .iter()
                .find(|rows| rows.name == block.name())
                .ok_or_else(|| SpaceError::Missing(block.name().to_owned()))?;
            block.check_dims(rows.dims)?;
            if let Some(first) = ordered.first()
                && (first.rows() != rows.rows() || rows.values.len() % rows.dims != 0)
            {
                return Err(SpaceError::Rows {
                    block: rows.name.to_owned(),
                    found: rows.rows(),
                    wanted: first.rows(),
                });
            }
            ordered.push(*rows);
        }
        Ok(ordered)
    }

    /// One shoe's embedding into `out`, D values, from blocks in the space's order.
    pub(super) fn place_row(&self, ordered: &[BlockRows<'_>], row: usize, out: &mut [f32]) {
        let mut rest = out;
        for (block, rows) in self.blocks.iter().zip(ordered) {
            let (part, after) = rest.split_at_mut(block.dims());
            rows.row(row).convert_to_f32_slice(part);
            block.place(part);
            rest = after;
        }
    }
}
