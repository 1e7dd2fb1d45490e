//! The space of shoes: embeddings assembled from their blocks, principal components, positions.
//!
//! A shoe comes as raw *blocks* (`style`, `colour`, `silhouette`). Each block is centred on the catalogue
//! (less so where all its shoes are alike: then their likeness is near 1, and not the noise around 0), brought to unit length and scaled by the square root of its weight; the blocks one after the other are
//! the *embedding*. So the dot product of two embeddings is the weighted sum of their block cosines, and
//! changing a weight later means scaling the query only. The principal axes of the embeddings lay the
//! shoes out; the first three coordinates are the position in the scene.
//!
//! | file | owns |
//! | --- | --- |
//! | `blocks` | what a block is here: its weight, centring and unit length |
//! | `fit` | means of the blocks, principal axes of a bounded, seeded sample |
//! | `lay_out` | a catalogue that was written without positions, laid out |
//! | `embeddings` | the embeddings of a whole catalogue, 16 bit |
//! | [`cursor`], [`sites`] | the way back: from a point of the scene to an embedding; shoes of one position |
//! | `nearest` | exact nearest neighbours among 3D positions |

mod blocks;
pub mod cursor;
mod embeddings;
mod fit;
mod lay_out;
mod nearest;
pub mod sites;

pub use blocks::{BlockRows, SpaceBlock};
pub use embeddings::{EmbeddingBlock, Embeddings};
pub use lay_out::lay_out;
pub use nearest::Positions;

use crate::catalog::{Catalog, StoredSpace};
use crate::job::Cancelled;
use crate::numeric::PrincipalAxesError;

/// Principal axes that are kept: the first three place a shoe in the scene, the others say where it lies
/// beyond what can be seen.
pub const AXES: usize = 24;

/// Rows that the principal axes are fitted on at most.
pub const SAMPLE: usize = 50_000;

/// What can go wrong with a space.
#[derive(Debug, thiserror::Error)]
pub enum SpaceError {
    /// There is no shoe to lay out.
    #[error("there are no shoes to lay out; index at least one picture")]
    NoShoes,
    /// None of the blocks that make the embedding is there.
    #[error("none of the blocks {wanted} is in the catalogue; index it again")]
    NoBlocks {
        /// The blocks that would do.
        wanted: String,
    },
    /// A block has another length than the space was fitted with.
    #[error(
        "block `{block}` has {found} values a shoe where the space wants {wanted}: it was made by \
             another embedder; index the catalogue again"
    )]
    Dims {
        /// The block.
        block: String,
        /// Values a shoe in the block.
        found: usize,
        /// Values a shoe in the space.
        wanted: usize,
    },
    /// Two blocks hold different numbers of shoes.
    #[error(
        "block `{block}` holds {found} shoes where the others hold {wanted}; index the catalogue again"
    )]
    Rows {
        /// The block.
        block: String,
        /// Shoes in it.
        found: usize,
        /// Shoes in the first block.
        wanted: usize,
    },
    /// A block that the space was fitted with is missing.
    #[error("block `{0}` is missing; index the catalogue again")]
    Missing(String),
    /// A value is not a finite number.
    #[error(
        "block `{block}` of shoe {row} holds a value that is not a finite number; index the catalogue again"
    )]
    NotFinite {
        /// The block.
        block: String,
        /// The row, counted from 0.
        row: usize,
    },
    /// The stored space does not fit together.
    #[error("the stored space is damaged ({0}); index the catalogue again")]
    Damaged(#[from] DamagedSpace),
    /// The principal components could not be found.
    #[error("the principal components could not be computed: {0}")]
    Fit(#[from] PrincipalAxesError),
    /// Somebody asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// What is wrong with a stored space.
#[derive(Debug, thiserror::Error)]
pub enum DamagedSpace {
    /// It has no blocks.
    #[error("it has no blocks")]
    NoBlocks,
    /// The mean or the axes are not those of the blocks.
    #[error("its {0} have another length than its blocks")]
    Length(&'static str),
    /// A value is NaN or infinite.
    #[error("a value is not finite")]
    NotFinite,
}

/// How a catalogue's shoes are placed: block means and weights, principal axes, shares of the variance.
///
/// A catalogue keeps it as a [`StoredSpace`].
#[derive(Debug, Clone, PartialEq)]
pub struct Space {
    blocks: Vec<SpaceBlock>,
    /// Mean embedding, D.
    mean: Vec<f32>,
    /// Principal axes, `AXES` × D, row-major, orthonormal; rows of zeros where the data has fewer.
    axes: Vec<f32>,
    /// Share of the whole variance on each axis, `AXES`.
    variance_shares: Vec<f32>,
    /// Variance of the embeddings over all dimensions.
    total_variance: f64,
    /// Shoes in the catalogue.
    shoes: usize,
    /// Shoes that the axes were fitted on.
    sampled: usize,
    /// Seed of that sample.
    seed: u64,
}

impl TryFrom<&StoredSpace> for Space {
    type Error = DamagedSpace;

    fn try_from(stored: &StoredSpace) -> Result<Self, DamagedSpace> {
        let space = Self {
            blocks: stored.blocks.iter().map(SpaceBlock::from).collect(),
            mean: stored.mean.clone(),
            axes: stored.axes.clone(),
            variance_shares: stored.variance_shares.clone(),
            total_variance: stored.total_variance,
            shoes: stored.shoes,
            sampled: stored.sampled,
            seed: stored.seed,
        };
        let dims: usize = space.blocks.iter().map(SpaceBlock::dims).sum();
        if dims == 0 {
            return Err(DamagedSpace::NoBlocks);
        }
        if space.mean.len() != dims {
            return Err(DamagedSpace::Length("means"));
        }
        if space.axes.len() != AXES * dims || space.variance_shares.len() != AXES {
            return Err(DamagedSpace::Length("axes"));
        }
        if !space.is_finite() {
            return Err(DamagedSpace::NotFinite);
        }
        Ok(space)
    }
}

impl Space {
    /// The space of a catalogue; `None` where none was fitted.
    ///
    /// # Errors
    /// [`SpaceError::Damaged`] where something of what is stored has another length or is not finite.
    pub fn of(catalog: &Catalog) -> Result<Option<Self>, SpaceError> {
        let stored = catalog.info().space.as_ref();
        Ok(stored.map(Self::try_from).transpose()?)
    }

    /// What a catalogue keeps of it.
    pub fn to_stored(&self) -> StoredSpace {
        StoredSpace {
            blocks: self.blocks.iter().map(Into::into).collect(),
            mean: self.mean.clone(),
            axes: self.axes.clone(),
            variance_shares: self.variance_shares.clone(),
            total_variance: self.total_variance,
            shoes: self.shoes,
            sampled: self.sampled,
            seed: self.seed,
        }
    }

    fn is_finite(&self) -> bool {
        let vectors = [&self.mean, &self.axes, &self.variance_shares];
        let numbers = vectors.into_iter().flatten().copied();
        let of_blocks = self.blocks.iter().flat_map(SpaceBlock::numbers);
        let mut all = numbers.chain(of_blocks).chain([self.total_variance as f32]);
        all.all(f32::is_finite)
    }

    /// The blocks in the order in which they stand in the embedding.
    pub fn blocks(&self) -> &[SpaceBlock] {
        &self.blocks
    }

    /// Where an embedding (D values) lies along three of the axes.
    ///
    /// # Panics
    /// If it has other than D values, or there is no such axis.
    pub fn place_on(&self, axes: [usize; 3], embedding: &[f32]) -> [f32; 3] {
        assert_eq!(embedding.len(), self.dims(), "an embedding has D values");
        axes.map(|axis| {
            let away = embedding.iter().zip(&self.mean).map(|(e, m)| e - m);
            let along = away.zip(self.axis(axis)).map(|(x, a)| f64::from(x * a));
            along.sum::<f64>() as f32
        })
    }

    /// Values in an embedding, D.
    pub fn dims(&self) -> usize {
        self.mean.len()
    }

    /// The mean embedding, D values: what lies at the origin of the scene.
    pub fn mean(&self) -> &[f32] {
        &self.mean
    }

    /// Principal axis `axis` (below [`AXES`]), D values, of unit length; zeros where the data has fewer
    /// axes.
    ///
    /// # Panics
    /// If `axis` is not below [`AXES`].
    pub fn axis(&self, axis: usize) -> &[f32] {
        &self.axes[axis * self.dims()..][..self.dims()]
    }

    /// Share of the whole variance (over every dimension, not only the kept axes) on each of the
    /// [`AXES`] axes, descending, in 0..=1.
    pub fn variance_shares(&self) -> &[f32] {
        &self.variance_shares
    }

    /// Standard deviation of the catalogue along each axis, in units of the embedding.
    pub fn deviations(&self) -> Vec<f32> {
        let deviation = |share: &f32| (f64::from(*share) * self.total_variance).sqrt() as f32;
        self.variance_shares.iter().map(deviation).collect()
    }

    /// The embedding, D values, of raw blocks given by name in any order; blocks that the space does not
    /// know are left out.
    ///
    /// The raw values are rounded to 16 bit first, as the catalogue's are, so that a photo of the
    /// catalogue lands on its own shoe.
    ///
    /// # Errors
    /// A block that is missing, has another length, or holds a value that is not finite.
    pub fn embedding(&self, raw: &[(&str, &[f32])]) -> Result<Vec<f32>, SpaceError> {
        let mut out = vec![0.0; self.dims()];
        let mut start = 0;
        for block in &self.blocks {
            let values = raw
                .iter()
                .find(|(name, _)| *name == block.name())
                .ok_or_else(|| SpaceError::Missing(block.name().to_owned()))?
                .1;
            let out = &mut out[start..start + block.dims()];
            start += block.dims();
            block.check_dims(values.len())?;
            for (out, value) in out.iter_mut().zip(values) {
                *out = half::f16::from_f32(*value).to_f32();
            }
            if !out.iter().all(|value| value.is_finite()) {
                return Err(SpaceError::NotFinite {
                    block: block.name().to_owned(),
                    row: 0,
                });
            }
            block.place(out);
        }
        Ok(out)
    }

    /// Coordinates of an embedding on the [`AXES`] principal axes; the first three are the position.
    ///
    /// # Panics
    /// If the embedding has not [`dims`](Self::dims) values.
    pub fn coordinates(&self, embedding: &[f32]) -> Vec<f32> {
        self.projector()(embedding)
    }

    /// [`coordinates`](Self::coordinates) for many embeddings: what is the same for all is made once.
    pub fn projector(&self) -> impl Fn(&[f32]) -> Vec<f32> + Sync {
        let columns = fit::columns(&self.axes, self.dims());
        move |embedding| {
            assert_eq!(embedding.len(), self.dims(), "an embedding has D values");
            let mut out = vec![0.0; AXES];
            fit::project(embedding, &self.mean, &columns, &mut out);
            out
        }
    }
}

/// The position in the scene: the first three of some coordinates.
pub fn position(coordinates: &[f32]) -> [f32; 3] {
    std::array::from_fn(|axis| coordinates.get(axis).copied().unwrap_or(0.0))
}

#[cfg(test)]
mod tests;
