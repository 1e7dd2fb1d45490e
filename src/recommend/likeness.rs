//! Every shoe's blocks in memory, and how alike two shoes are block by block.
//!
//! The embeddings come from [`crate::space`]: each block centred on the catalogue, of unit length, scaled
//! by the root of its default weight, 16 bit. A cosine of a block is the dot product of its part, divided
//! by that weight, so any other weights can be asked for without touching what is stored. A block that
//! was [learned](super::learn) is kept beside them in the same form, with weight 1.

use super::RecommendError;
use super::search::dot;
use crate::catalog::Catalog;
use crate::job::Job;
use crate::space::{BlockRows, Embeddings, Space};
use half::f16;
use half::slice::HalfFloatSliceExt as _;
use rayon::prelude::*;
use std::ops::Range;
use std::sync::OnceLock;

/// The name of the block that `learn` adds.
pub const LEARNED: &str = "learned";

/// Blocks that a shoe can have at most: those of the space and the learned one.
pub(super) const MOST_BLOCKS: usize = 8;

/// Where a block stands in the joined vector of a shoe.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub name: String,
    pub range: Range<usize>,
    /// What the stored values are multiplied with to be of unit length.
    pub unscale: f32,
}

/// Lengths of the raw, centred blocks: what the cosine leaves out and the Euclidean metric needs.
#[derive(Debug)]
pub(super) struct Norms {
    /// Shoes × blocks.
    pub rows: Vec<f32>,
    /// Mean square a block.
    pub mean_square: Vec<f32>,
}

/// A shoe to go by, ready to be compared: its joined vector with every block of unit length, rounded to
/// 16 bit as the stored ones are, and the lengths that the blocks had.
#[derive(Debug, Clone)]
pub(super) struct Probe {
    /// The row, where it is a shoe of the catalogue.
    pub row: Option<usize>,
    /// The values as they are stored, in 32 bit.
    pub stored: Vec<f32>,
    /// The values that give block cosines with stored ones.
    pub vector: Vec<f32>,
    /// Lengths of the raw, centred blocks; empty where only cosines are wanted.
    pub norms: Vec<f32>,
}

/// The blocks of every shoe, ready to be compared.
#[derive(Debug)]
pub(super) struct Blocks {
    pub space: Space,
    pub embeddings: Embeddings,
    learned: Option<Learned>,
    places: Vec<Place>,
    norms: OnceLock<Norms>,
}

/// The learned block: shoes × dims, centred and of unit length.
#[derive(Debug)]
struct Learned {
    dims: usize,
    mean: Vec<f32>,
    values: Vec<f16>,
}

impl Blocks {
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
            let space = match &catalog.info().space {
                Some(stored) => Space::from_json(stored)?,
                None => Space::fit(&rows, 0, job)?,
            };
            let embeddings = Embeddings::new(&space, &rows, job)?;
            (space, embeddings)
        };
        let learned = if catalog.has_block(LEARNED) {
            Some(Learned::new(&*catalog.block(LEARNED)?))
        } else {
            None
        };
        let mut places: Vec<Place> = embeddings
            .blocks()
            .iter()
            .map(|block| Place {
                name: block.name.clone(),
                range: block.range.clone(),
                unscale: if block.weight > 0.0 {
                    block.weight.sqrt().recip()
                } else {
                    0.0
                },
            })
            .collect();
        if let Some(learned) = &learned {
            places.push(Place {
                name: LEARNED.to_owned(),
                range: embeddings.dims()..embeddings.dims() + learned.dims,
                unscale: 1.0,
            });
        }
        let too_long = learned
            .as_ref()
            .is_some_and(|l| l.dims == 0 || l.dims > super::learn::MOST_DIMS);
        if too_long {
            return Err(RecommendError::Learned("it has another length".to_owned()));
        }
        if places.len() > MOST_BLOCKS {
            return Err(RecommendError::Learned(format!("{} blocks", places.len())));
        }
        Ok(Self {
            space,
            embeddings,
            learned,
            places,
            norms: OnceLock::new(),
        })
    }

    pub(super) fn len(&self) -> usize {
        self.embeddings.len()
    }

    /// The blocks, in the order of the joined vector.
    pub(super) fn places(&self) -> &[Place] {
        &self.places
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

    /// A shoe of the catalogue to go by.
    pub(super) fn probe_row(&self, row: usize, norms: Option<&Norms>) -> Probe {
        let mut stored = vec![0.0; self.dims()];
        self.stored(row, &mut stored);
        let count = self.places.len();
        let norms = norms.map_or(Vec::new(), |n| n.rows[row * count..][..count].to_vec());
        self.probe(Some(row), stored, norms)
    }

    /// A picture to go by, from its raw blocks by name; `learned` is what the learned projection makes of
    /// its embedding, where the catalogue has that block.
    pub(super) fn probe_raw(
        &self,
        raw: &[(&str, &[f32])],
        learned: Option<Vec<f32>>,
    ) -> Result<Probe, RecommendError> {
        for block in self.space.blocks() {
            if let Some((name, values)) = raw.iter().find(|(name, _)| *name == block.name())
                && values.len() != block.dims()
            {
                return Err(RecommendError::OtherEmbedder {
                    block: (*name).to_owned(),
                    found: values.len(),
                    wanted: block.dims(),
                });
            }
        }
        let mut stored = self.space.embedding(raw)?;
        let mut norms: Vec<f32> = Vec::with_capacity(self.places.len());
        for block in self.space.blocks() {
            let values = raw.iter().find(|(name, _)| *name == block.name());
            norms.push(values.map_or(0.0, |(_, v)| length_from(v.iter().copied(), block.mean())));
        }
        if let Some(block) = &self.learned {
            let mut values = learned.unwrap_or_else(|| block.mean.clone());
            norms.push(block.place(&mut values));
            stored.extend(values);
        }
        for value in &mut stored {
            *value = f16::from_f32(*value).to_f32();
        }
        Ok(self.probe(None, stored, norms))
    }

    fn probe(&self, row: Option<usize>, stored: Vec<f32>, norms: Vec<f32>) -> Probe {
        let mut vector = stored.clone();
        for place in &self.places {
            for value in &mut vector[place.range.clone()] {
                *value *= place.unscale * place.unscale;
            }
        }
        Probe {
            row,
            stored,
            vector,
            norms,
        }
    }

    /// The lengths of all raw blocks, computed when they are first wanted.
    pub(super) fn norms(&self, catalog: &Catalog) -> Result<&Norms, RecommendError> {
        if let Some(norms) = self.norms.get() {
            return Ok(norms);
        }
        let count = self.places.len();
        let mut rows = vec![0f32; self.len() * count];
        for (at, place) in self.places.iter().enumerate() {
            let block = catalog.block(&place.name)?;
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
        let mean_square = (0..count)
            .map(|at| {
                let sum: f64 = rows
                    .iter()
                    .skip(at)
                    .step_by(count)
                    .map(|&n| f64::from(n).powi(2))
                    .sum();
                ((sum / self.len().max(1) as f64) as f32).max(f32::MIN_POSITIVE)
            })
            .collect();
        Ok(self.norms.get_or_init(|| Norms { rows, mean_square }))
    }

    /// Squared distance in the weighted embedding between a shoe and a probe: `Σ weight × |a − b|²` over
    /// blocks of unit length. Exactly 0 for the same picture.
    pub(super) fn squared_distance(&self, probe: &Probe, stored: &[f32], weights: &[f32]) -> f32 {
        let square = |place: &Place| {
            let (a, b) = (
                &probe.stored[place.range.clone()],
                &stored[place.range.clone()],
            );
            let sum: f32 = a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum();
            sum * place.unscale * place.unscale
        };
        self.places
            .iter()
            .zip(weights)
            .map(|(place, &weight)| weight * square(place))
            .sum()
    }
}

impl Learned {
    fn new(block: &crate::catalog::Block) -> Self {
        let dims = block.dims;
        let mut sum = vec![0f64; dims];
        for row in block.values.chunks_exact(dims.max(1)) {
            for (sum, value) in sum.iter_mut().zip(row) {
                *sum += value.to_f64();
            }
        }
        let count = block.len().max(1) as f64;
        let mut learned = Self {
            dims,
            mean: sum.into_iter().map(|s| (s / count) as f32).collect(),
            values: vec![f16::ZERO; block.values.len()],
        };
        let mut values = std::mem::take(&mut learned.values);
        values
            .par_chunks_mut(dims.max(1))
            .enumerate()
            .for_each(|(row, out)| {
                let mut line = block.row_f32(row);
                learned.place(&mut line);
                out.convert_from_f32_slice(&line);
            });
        learned.values = values;
        learned
    }

    /// Centres and brings to unit length, in place; gives the length before.
    fn place(&self, values: &mut [f32]) -> f32 {
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

fn length_from(values: impl Iterator<Item = f32>, mean: &[f32]) -> f32 {
    values
        .zip(mean)
        .map(|(v, m)| (v - m) * (v - m))
        .sum::<f32>()
        .sqrt()
}

/// The dot product of each block's part of two joined vectors.
pub(super) fn block_dots(a: &[f32], b: &[f32], places: &[Place], out: &mut [f32]) {
    for (place, out) in places.iter().zip(out) {
        *out = dot(&a[place.range.clone()], &b[place.range.clone()]);
    }
}
