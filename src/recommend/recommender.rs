//! The [`Recommender`]: a catalogue's blocks in memory, and the way from a question to an answer.

use super::learn::Projection;
use super::likeness::{Blocks, LEARNED, Probe};
use super::pool::{self, Candidate};
use super::reason::Reasons;
use super::search::{Rows, Search};
use super::taste::{Taste, Told};
use super::{Example, Metric, Query, RecommendError, Recommendation, Weights, metadata};
use crate::catalog::Catalog;
use crate::embed::Features;
use crate::job::Job;
use crate::space::{Embeddings, Space};
use std::sync::Arc;

/// Shoes in the pool from which a diverse or folded list is picked: so many times the list …
const POOL_TIMES: usize = 5;
/// … and so many more.
const POOL_MORE: usize = 50;

/// Answers what is like what in one catalogue. Slow to make (it reads every block), fast to ask, and to
/// be shared between threads in an [`Arc`].
///
/// Resident: 2 bytes a value for the embeddings (shared by [`embeddings`](Self::embeddings)), and 1 for
/// the codes of the search: 1.6 GB for a million shoes of 528 values.
pub struct Recommender {
    pub(super) catalog: Arc<Catalog>,
    pub(super) blocks: Blocks,
    pub(super) search: Search,
    reasons: Reasons,
    projection: Option<Projection>,
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
        let blocks = Blocks::load(&catalog, job)?;
        job.check()?;
        let dims = blocks.embeddings.dims();
        let search = Search::new(dims, Rows::F16(blocks.embeddings.values().clone()))?;
        let reasons = Reasons::new(&catalog, &blocks);
        let projection = match catalog.has_block(LEARNED) {
            true => Projection::of(&catalog)?,
            false => None,
        };
        Ok(Self {
            catalog,
            blocks,
            search,
            reasons,
            projection,
        })
    }

    /// The catalogue.
    pub fn catalog(&self) -> &Arc<Catalog> {
        &self.catalog
    }

    /// The catalogue's space.
    pub fn space(&self) -> &Space {
        &self.blocks.space
    }

    /// The catalogue's embeddings, with the default weights; cheap to clone.
    pub fn embeddings(&self) -> &Embeddings {
        &self.blocks.embeddings
    }

    /// The exact search over those embeddings; cheap to clone.
    pub fn search(&self) -> &Search {
        &self.search
    }

    /// The blocks that can be weighted, in the order of the embedding; `learned` comes last.
    pub fn block_names(&self) -> Vec<&str> {
        self.blocks
            .places()
            .iter()
            .map(|p| p.name.as_str())
            .collect()
    }

    /// Whether the catalogue has a learned block, and so recommends by it unless told otherwise.
    pub fn has_learned(&self) -> bool {
        self.block_names().contains(&LEARNED)
    }

    /// The columns that the learned block was learned from; empty without one.
    pub fn learned_from(&self) -> &[String] {
        self.projection.as_ref().map_or(&[], |p| &p.by)
    }

    /// The shoes that answer a question, best first; fewer than asked for where fewer are left.
    ///
    /// # Errors
    /// Every way in which a question can be wrong, see [`RecommendError`].
    pub fn recommend(&self, query: &Query) -> Result<Vec<Recommendation>, RecommendError> {
        if query.is_empty() {
            return Err(RecommendError::NothingToGoBy);
        }
        self.check(query)?;
        let mask = metadata::candidates(&self.catalog, query)?;
        let taste = self.taste(query)?;
        self.answer(query, &taste, &mask)
    }

    /// What does not depend on the shoe that is asked for.
    pub(super) fn check(&self, query: &Query) -> Result<(), RecommendError> {
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
        match k {
            0 => Err(RecommendError::NoneWanted),
            wanted if wanted > there => Err(RecommendError::TooMany { wanted, there }),
            _ => Ok(()),
        }
    }

    pub(super) fn check_weights(&self, weights: &Weights) -> Result<(), RecommendError> {
        weights.check()?;
        let blocks = self.block_names();
        let columns = self.catalog.columns();
        let known = || {
            let columns = columns.iter().map(|c| c.name.clone());
            blocks
                .iter()
                .map(|b| (*b).to_owned())
                .chain(columns)
                .collect()
        };
        let unknown = |name: &str| RecommendError::UnknownWeight {
            name: name.to_owned(),
            known: metadata::closest_first(name, known()),
        };
        let mut total = 0.0;
        for (name, weight) in &weights.blocks {
            if blocks.contains(&name.as_str()) {
                total += weight;
            } else if *weight > 0.0 && name != LEARNED {
                return Err(unknown(name));
            }
        }
        for (name, weight) in &weights.columns {
            if !columns.iter().any(|c| c.name == *name) && *weight > 0.0 {
                return Err(unknown(name));
            }
            total += weight;
        }
        if total > 0.0 {
            Ok(())
        } else {
            Err(RecommendError::NoWeight)
        }
    }

    pub(super) fn taste<'a>(&'a self, query: &Query) -> Result<Taste<'a>, RecommendError> {
        let probes = |examples: &[Example]| -> Result<Vec<Probe>, RecommendError> {
            examples
                .iter()
                .map(|e| self.probe(e, query.weights.metric))
                .collect()
        };
        let question = (query.question.as_ref())
            .map(|example| self.probe(example, query.weights.metric))
            .transpose()?;
        self.taste_of(
            &query.weights,
            question,
            probes(&query.likes)?,
            probes(&query.dislikes)?,
        )
    }

    pub(super) fn taste_of<'a>(
        &'a self,
        weights: &Weights,
        question: Option<Probe>,
        likes: Vec<Probe>,
        dislikes: Vec<Probe>,
    ) -> Result<Taste<'a>, RecommendError> {
        Taste::new(
            &self.catalog,
            &self.blocks,
            weights,
            question,
            likes,
            dislikes,
        )
    }

    fn probe(&self, example: &Example, metric: Metric) -> Result<Probe, RecommendError> {
        match example {
            Example::Row(row) if *row < self.blocks.len() => {
                let norms = match metric {
                    Metric::Cosine => None,
                    Metric::SquaredEuclidean => Some(self.blocks.norms(&self.catalog)?),
                };
                Ok(self.blocks.probe_row(*row, norms))
            }
            Example::Row(row) => Err(RecommendError::NoSuchRow {
                row: *row,
                len: self.blocks.len(),
            }),
            Example::Features(features) => self.probe_features(features),
        }
    }

    fn probe_features(&self, features: &Features) -> Result<Probe, RecommendError> {
        let raw: Vec<(&str, &[f32])> = features.blocks().into_iter().collect();
        let learned = match &self.projection {
            Some(projection) => Some(projection.apply(&self.blocks.space.embedding(&raw)?)?),
            None => None,
        };
        self.blocks.probe_raw(&raw, learned)
    }

    /// The answer to a checked question, with who comes into question already known.
    pub(super) fn answer(
        &self,
        query: &Query,
        taste: &Taste<'_>,
        mask: &[bool],
    ) -> Result<Vec<Recommendation>, RecommendError> {
        if query.diversity == 0.0 && !query.fold_duplicates {
            let rows = pool::best(taste, &self.search, mask, query.k)?;
            return Ok(self.list(taste, &rows));
        }
        let mut size = query.k * POOL_TIMES + POOL_MORE;
        loop {
            let rows = pool::best(taste, &self.search, mask, size)?;
            let is_all = rows.len() < size;
            let mut candidates = self.told(taste, &rows);
            for candidate in &mut candidates {
                candidate.vector = pool::weighted(taste, candidate.told.row);
            }
            if query.fold_duplicates {
                candidates = pool::folded(candidates, |kept, twin| kept.folded.push(twin.row));
            }
            if candidates.len() < query.k && !is_all {
                size *= 2;
                continue;
            }
            if query.diversity > 0.0 {
                candidates = pool::diverse(candidates, query.diversity, query.k);
            }
            candidates.truncate(query.k);
            return Ok(candidates.into_iter().map(|c| c.told).collect());
        }
    }

    /// Rows as recommendations, best first.
    pub(super) fn list(&self, taste: &Taste<'_>, rows: &[usize]) -> Vec<Recommendation> {
        self.told(taste, rows).into_iter().map(|c| c.told).collect()
    }

    /// Rows with their scores in bars and words, best first.
    fn told(&self, taste: &Taste<'_>, rows: &[usize]) -> Vec<Candidate<Recommendation>> {
        let mut scratch = vec![0.0; self.blocks.dims()];
        let total: f32 = taste
            .block_weights
            .iter()
            .sum::<f32>()
            .max(f32::MIN_POSITIVE);
        let mut told: Vec<_> = rows
            .iter()
            .map(|&row| {
                let told: Told = taste.told(row, &mut scratch);
                Candidate {
                    relevance: told.score / total,
                    vector: Vec::new(),
                    told: Recommendation {
                        row,
                        score: told.score,
                        distance: told.distance,
                        reason: self.reasons.words(taste, &told),
                        contributions: told.contributions,
                        folded: Vec::new(),
                    },
                }
            })
            .collect();
        // The scan adds in another order; the last digit decides by the sum that is shown.
        told.sort_by(|a, b| {
            b.told
                .score
                .total_cmp(&a.told.score)
                .then(a.told.row.cmp(&b.told.row))
        });
        told
    }
}
