//! The [`Recommender`]: a catalogue's blocks in memory, and the way from a query to recommendations.

use super::blocks::{BlockStore, LEARNED};
use super::projection::Projection;
use super::query_vector::{QueryVector, QueryVectors};
use super::ranking::{self, Ranked};
use super::reason::Reasons;
use super::scoring::Scoring;
use super::search::{ExactSearch, Rows, SearchError, VectorIndex, VectorIndexError};
use super::yardsticks::Yardsticks;
use super::{
    Example, Metric, Query, RecommendError, Recommendation, Weights, candidates, metadata,
};
use crate::catalog::Catalog;
use crate::embed::Features;
use crate::job::Job;
use crate::space::{Embeddings, Space};
use std::sync::Arc;

/// Shoes of which a diverse or folded list is picked: so many times the list …
const POOL_TIMES: usize = 5;
/// … and so many more.
const POOL_MORE: usize = 50;

/// Answers what is like what in one catalogue. Slow to make (it reads every block), fast to ask, and to
/// be shared between threads in an [`Arc`].
///
/// Resident: a byte a value for the codes of the exact search, 0.56 GB for a million shoes of 536 values. The embeddings
/// (shared by [`embeddings`](Self::embeddings)), 2 bytes a value, lie in a file where they are many, and are in memory as
/// far as they were looked at since the last [`release`](Self::release).
pub struct Recommender {
    pub(super) catalog: Arc<Catalog>,
    pub(super) blocks: BlockStore,
    pub(super) index: Arc<dyn VectorIndex>,
    reasons: Reasons,
    projection: Option<Projection>,
}

/// Whether a list of `k` can be filled where there are so many shoes to choose from.
///
/// # Errors
/// [`RecommendError::TooMany`], [`RecommendError::NoneWanted`].
pub fn expect_k(k: usize, there: usize) -> Result<(), RecommendError> {
    match k {
        0 => Err(RecommendError::NoneWanted),
        wanted if wanted > there => Err(RecommendError::TooMany { wanted, there }),
        _ => Ok(()),
    }
}

impl std::fmt::Debug for Recommender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shoes = self.catalog.len();
        f.debug_struct("Recommender")
            .field("shoes", &shoes)
            .finish_non_exhaustive()
    }
}

impl Recommender {
    /// Reads the blocks of a catalogue: half a second for 21,000 shoes.
    ///
    /// # Errors
    /// A damaged catalogue.
    pub fn new(catalog: Arc<Catalog>) -> Result<Self, RecommendError> {
        Self::observed(catalog, &Job::new())
    }

    /// As [`new`](Self::new), telling `job` of the progress.
    ///
    /// # Errors
    /// A damaged catalogue, or [`RecommendError::Cancelled`].
    pub fn observed(catalog: Arc<Catalog>, job: &Job) -> Result<Self, RecommendError> {
        Self::with_index(catalog, job, |embeddings| {
            let rows = Rows::F16(embeddings.values().clone());
            Ok(Arc::new(ExactSearch::new(embeddings.dims(), rows)?))
        })
    }

    /// As [`observed`](Self::observed), with nearest neighbours from the index that `index` gives: over the rows
    /// of the catalogue, in the embedding with the default weights.
    ///
    /// # Errors
    /// As `observed`; what `index` refuses; an index of another number of rows or dimensions.
    pub fn with_index(
        catalog: Arc<Catalog>,
        job: &Job,
        index: impl FnOnce(&Embeddings) -> Result<Arc<dyn VectorIndex>, VectorIndexError>,
    ) -> Result<Self, RecommendError> {
        let blocks = BlockStore::load(&catalog, job)?;
        job.check()?;
        let index = index(&blocks.embeddings)?;
        let sizes = [
            (index.dims(), blocks.embeddings.dims()),
            (index.len(), blocks.len()),
        ];
        if let Some((found, wanted)) = sizes.into_iter().find(|(found, wanted)| found != wanted) {
            return Err(VectorIndexError::from(SearchError::Dims { found, wanted }).into());
        }
        let reasons = Reasons::new(&catalog, &blocks);
        let projection = match catalog.has_block(LEARNED) {
            true => Projection::of(&catalog)?,
            false => None,
        };
        Ok(Self {
            catalog,
            blocks,
            index,
            reasons,
            projection,
        })
    }

    /// The catalogue.
    pub fn catalog(&self) -> &Arc<Catalog> {
        &self.catalog
    }

    /// Lets the system take back the memory of what was read so far of what lies in files.
    pub fn release(&self) {
        self.blocks.release();
        self.index.release();
    }

    /// The catalogue's space.
    pub fn space(&self) -> &Space {
        &self.blocks.space
    }

    /// The catalogue's embeddings, with the default weights; cheap to clone.
    pub fn embeddings(&self) -> &Embeddings {
        &self.blocks.embeddings
    }

    /// The index of those embeddings; cheap to clone.
    pub fn index(&self) -> &Arc<dyn VectorIndex> {
        &self.index
    }

    /// The blocks that can be weighted, in the order of the embedding; `learned` comes last.
    pub fn block_names(&self) -> Vec<&str> {
        let blocks = self.blocks.ranges().iter();
        blocks.map(|block| block.name.as_str()).collect()
    }

    /// Whether the catalogue has a learned block, and so recommends by it unless told otherwise.
    pub fn has_learned(&self) -> bool {
        self.blocks.learned().is_some()
    }

    /// The columns that the learned block was learned from; empty without one.
    pub fn learned_from(&self) -> &[String] {
        self.projection.as_ref().map_or(&[], |p| &p.by)
    }

    /// What likeness is measured against here, for a place where not all shoes are at hand.
    ///
    /// # Errors
    /// A damaged catalogue.
    pub fn yardsticks(&self) -> Result<Yardsticks, RecommendError> {
        Ok(Yardsticks {
            marks: self.reasons.marks().to_vec(),
            learned_mean: self.blocks.learned_mean().to_vec(),
            mean_square: self.blocks.norms(&self.catalog)?.mean_square.clone(),
        })
    }

    /// How a shoe is compared: its vector with every block of unit length times the root of its weight, the learned
    /// one last, and the lengths of the raw, centred blocks.
    ///
    /// # Errors
    /// A damaged catalogue.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn compared(&self, row: usize) -> Result<(Vec<f32>, &[f32]), RecommendError> {
        let mut joined = vec![0.0; self.blocks.dims()];
        self.blocks.stored(row, &mut joined);
        let count = self.blocks.ranges().len();
        let lengths = &self.blocks.norms(&self.catalog)?.rows[row * count..][..count];
        Ok((joined, lengths))
    }

    /// As [`compared`](Self::compared), of a photo or a design.
    ///
    /// # Errors
    /// It was made by another embedder.
    pub fn compared_with(
        &self,
        features: &Features,
    ) -> Result<(Vec<f32>, Vec<f32>), RecommendError> {
        let projection = self.projection.as_ref();
        let vector = QueryVector::of_features(&self.blocks, projection, features)?;
        Ok((vector.stored, vector.norms))
    }

    /// The shoes that answer a query, best first; fewer than asked for where fewer are left.
    ///
    /// Blocks as long as the index does, see [`VectorIndex`].
    ///
    /// # Errors
    /// Every way in which a query can be wrong, and an index that does not answer; see [`RecommendError`].
    pub fn recommend(&self, query: &Query) -> Result<Vec<Recommendation>, RecommendError> {
        Ok(self.recommend_of(query)?.0)
    }

    /// As [`recommend`](Self::recommend), with the number of the best shoes that it wanted to make the list of: more than
    /// [`pool`](Self::pool) where many of those were folded, and it may be more than there are.
    ///
    /// # Errors
    /// As `recommend`.
    pub fn recommend_of(
        &self,
        query: &Query,
    ) -> Result<(Vec<Recommendation>, usize), RecommendError> {
        if query.is_empty() {
            return Err(RecommendError::NothingToGoBy);
        }
        self.check(query)?;
        let mask = metadata::mask(&self.catalog, query)?;
        let scoring = self.scoring(query)?;
        let mut size = self.pool(query);
        let mut ranked = loop {
            let rows = candidates::best(&scoring, &*self.index, &mask, size)?;
            let are_all = rows.len() < size;
            let mut ranked = ranking::by_score(&scoring, &rows);
            if query.fold_duplicates {
                ranked = ranking::fold_duplicates(&scoring, ranked);
            }
            if ranked.len() >= query.k || are_all {
                break ranked;
            }
            size *= 2;
        };
        if query.diversity > 0.0 {
            ranked = ranking::diverse(&scoring, ranked, query.diversity, query.k);
        }
        ranked.truncate(query.k);
        Ok((self.with_reasons(&scoring, ranked), size))
    }

    /// Of how many of the best shoes the list is made.
    pub fn pool(&self, query: &Query) -> usize {
        let is_plain = query.diversity == 0.0 && !query.fold_duplicates;
        match is_plain {
            true => query.k,
            false => query.k * POOL_TIMES + POOL_MORE,
        }
    }

    /// That a query can be asked here, whatever it goes by.
    ///
    /// # Errors
    /// An empty list, a diversity that is none, a weight of something that is not there.
    pub fn check(&self, query: &Query) -> Result<(), RecommendError> {
        if query.k == 0 {
            return Err(RecommendError::NoneWanted);
        }
        if !(0.0..=1.0).contains(&query.diversity) {
            return Err(RecommendError::BadDiversity(query.diversity));
        }
        self.check_weights(&query.weights)
    }

    /// Whether a list of `k` can be filled from this catalogue.
    ///
    /// # Errors
    /// [`RecommendError::TooMany`], [`RecommendError::NoneWanted`].
    pub fn expect_k(&self, k: usize) -> Result<(), RecommendError> {
        let there = self.catalog.len().saturating_sub(1);
        expect_k(k, there)
    }

    pub(super) fn check_weights(&self, weights: &Weights) -> Result<(), RecommendError> {
        weights.check_for(&self.block_names(), self.catalog.columns())
    }

    /// How a query scores rows.
    pub(super) fn scoring<'a>(&'a self, query: &Query) -> Result<Scoring<'a>, RecommendError> {
        let metric = query.weights.metric;
        let all = |examples: &[Example]| -> Result<Vec<QueryVector>, RecommendError> {
            let vectors = examples.iter().map(|e| self.query_vector(e, metric));
            vectors.collect()
        };
        let target = query.target.as_ref();
        let vectors = QueryVectors {
            target: target.map(|e| self.query_vector(e, metric)).transpose()?,
            likes: all(&query.likes)?,
            dislikes: all(&query.dislikes)?,
        };
        self.scoring_of(&query.weights, vectors)
    }

    pub(super) fn scoring_of<'a>(
        &'a self,
        weights: &Weights,
        vectors: QueryVectors,
    ) -> Result<Scoring<'a>, RecommendError> {
        Scoring::new(&self.catalog, &self.blocks, weights, vectors)
    }

    fn query_vector(
        &self,
        example: &Example,
        metric: Metric,
    ) -> Result<QueryVector, RecommendError> {
        let len = self.blocks.len();
        match example {
            Example::Row(row) if *row < len => {
                let norms = match metric {
                    Metric::Cosine => None,
                    Metric::SquaredEuclidean => Some(self.blocks.norms(&self.catalog)?),
                };
                Ok(QueryVector::of_row(&self.blocks, *row, norms))
            }
            Example::Row(row) => Err(RecommendError::NoSuchRow { row: *row, len }),
            Example::Features(features) => {
                QueryVector::of_features(&self.blocks, self.projection.as_ref(), features)
            }
        }
    }

    /// Rows as recommendations, the highest score first.
    pub(super) fn by_score(&self, scoring: &Scoring<'_>, rows: &[usize]) -> Vec<Recommendation> {
        self.with_reasons(scoring, ranking::by_score(scoring, rows))
    }

    fn with_reasons(&self, scoring: &Scoring<'_>, ranked: Vec<Ranked>) -> Vec<Recommendation> {
        let shoes = ranked.into_iter();
        let told = shoes.map(|shoe| Recommendation {
            row: shoe.row,
            score: shoe.explanation.score,
            distance: shoe.explanation.distance,
            reason: self.reasons.words(scoring, &shoe.explanation),
            contributions: shoe.explanation.contributions,
            folded: shoe.folded,
        });
        told.collect()
    }
}
