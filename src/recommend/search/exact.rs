//! Exact search in memory, on all threads.

use std::sync::Arc;

use rayon::prelude::*;

use super::codes::{Codes, Query};
use super::index::{Hit, SearchError, SearchOptions, VectorIndex, VectorIndexError};
use super::scan::{Kernel, PANEL, Panel, Tile};
use super::score::{self, Rows, Scorer, VectorMetric};
use super::top::{Best, Candidates, Threshold};

/// Queries that share one pass.
pub(super) const BATCH: usize = 48;
/// Groups of rows that are looked at for all queries before the next: they stay in the second cache.
const TILE: usize = 64;
/// Parts of the rows for each thread, so that one thread that is held up does not hold up the others.
const PARTS: usize = 4;

/// Rows that can be searched exactly. Cheap to clone: rows and codes are shared.
#[derive(Clone)]
pub struct ExactSearch {
    pub(super) rows: Rows,
    pub(super) codes: Arc<Codes>,
    pub(super) kernel: Kernel,
}

impl ExactSearch {
    /// Over rows that are already there: `rows` is row-major with `dims` values a row, and is shared, not
    /// copied. Beside them the codes take `dims` + 12 bytes a row.
    ///
    /// # Errors
    /// Rows of another length, too many of them, or a value that is not finite.
    pub fn new(dims: usize, rows: Rows) -> Result<Self, SearchError> {
        let codes = Codes::of(dims, &rows)?;
        Ok(Self {
            rows,
            codes: Arc::new(codes),
            kernel: Kernel::detect(),
        })
    }

    /// How many rows.
    pub fn len(&self) -> usize {
        self.codes.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Values a row.
    pub fn dims(&self) -> usize {
        self.codes.dims()
    }

    /// The rows as they are stored.
    pub fn rows(&self) -> &Rows {
        &self.rows
    }

    /// The instructions in use: `avx512vnni`, `avx2` or `portable`.
    pub fn kernel(&self) -> &'static str {
        self.kernel.name()
    }

    /// For each query the `k` rows with the highest dot products, highest first, equal ones by row; only
    /// rows that `mask` lets through.
    ///
    /// # Errors
    /// A query or mask of another length, a query with a value that is not finite.
    pub fn search(
        &self,
        queries: &[&[f32]],
        k: usize,
        mask: Option<&[bool]>,
    ) -> Result<Vec<Vec<Hit>>, SearchError> {
        let options = SearchOptions {
            k,
            mask,
            ..SearchOptions::default()
        };
        self.search_with(queries, &options)
    }

    /// As [`search`](Self::search), with another metric or with a bias.
    ///
    /// # Errors
    /// As [`search`](Self::search).
    pub fn search_with(
        &self,
        queries: &[&[f32]],
        options: &SearchOptions<'_>,
    ) -> Result<Vec<Vec<Hit>>, SearchError> {
        self.check(queries, options.mask)?;
        let k = options.k.min(self.len());
        if k == 0 {
            return Ok(vec![Vec::new(); queries.len()]);
        }
        let batches: Vec<_> = queries.chunks(BATCH).enumerate().collect();
        let found = batches
            .into_par_iter()
            .map(|(batch, queries)| self.search_batch(batch * BATCH, queries, k, options))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(found.into_iter().flatten().collect())
    }

    /// The score of every row for one query, without bias.
    ///
    /// # Errors
    /// A query of another length or with a value that is not finite.
    pub fn scores(&self, query: &[f32], metric: VectorMetric) -> Result<Vec<f32>, SearchError> {
        self.check(&[query], None)?;
        Ok(score::all_scores(&self.rows, query, metric))
    }

    fn check(&self, queries: &[&[f32]], mask: Option<&[bool]>) -> Result<(), SearchError> {
        for (number, query) in queries.iter().enumerate() {
            if query.len() != self.dims() {
                return Err(SearchError::Dims {
                    found: query.len(),
                    wanted: self.dims(),
                });
            }
            if !query.iter().all(|value| value.is_finite()) {
                return Err(SearchError::Query(number));
            }
        }
        match mask {
            Some(mask) if mask.len() != self.len() => Err(SearchError::Mask {
                found: mask.len(),
                wanted: self.len(),
            }),
            _ => Ok(()),
        }
    }

    /// Searches up to [`BATCH`] queries, of which the first is number `first`, in one pass.
    fn search_batch(
        &self,
        first: usize,
        queries: &[&[f32]],
        k: usize,
        options: &SearchOptions<'_>,
    ) -> Result<Vec<Vec<Hit>>, SearchError> {
        let coded = queries
            .iter()
            .enumerate()
            .map(|(at, query)| {
                Query::of(query, options.metric).ok_or(SearchError::Query(first + at))
            })
            .collect::<Result<Vec<_>, _>>()?;
        let panels: Vec<Panel<'_>> = (coded.chunks(PANEL).enumerate())
            .map(|(panel, queries)| Panel::new(queries, first + panel * PANEL))
            .collect();
        let thresholds: Vec<Threshold> = coded.iter().map(|_| Threshold::new()).collect();
        let tile = Tile {
            codes: &self.codes,
            mask: options.mask,
            bias: options.bias,
        };
        let mut found = self.candidates(tile, &panels, &thresholds, k);
        // By query instead of by part.
        let by_query: Vec<Vec<Candidates>> = (0..coded.len())
            .map(|_| found.iter_mut().filter_map(Vec::pop).collect())
            .collect();
        let mut hits: Vec<Vec<Hit>> = by_query
            .into_par_iter()
            .enumerate()
            .map(|(from_last, parts)| {
                let at = coded.len() - 1 - from_last;
                self.best(
                    first + at,
                    queries[at],
                    k,
                    Candidates::merge(parts),
                    options,
                )
            })
            .collect();
        hits.reverse();
        Ok(hits)
    }

    /// For each part of the rows, and each query in it, the rows that may be among the best `k`.
    fn candidates(
        &self,
        tile: Tile<'_>,
        panels: &[Panel<'_>],
        thresholds: &[Threshold],
        k: usize,
    ) -> Vec<Vec<Candidates>> {
        let groups = self.codes.groups();
        let parts = (rayon::current_num_threads() * PARTS).min(groups.div_ceil(TILE));
        (0..parts)
            .into_par_iter()
            .map(|part| {
                let mut found: Vec<_> = thresholds.iter().map(|_| Candidates::new(k)).collect();
                let part = groups * part / parts..groups * (part + 1) / parts;
                for from in part.clone().step_by(TILE) {
                    let tile_groups = from..(from + TILE).min(part.end);
                    for (found, threshold) in found.iter_mut().zip(thresholds) {
                        found.share(threshold);
                    }
                    for (panel, found) in panels.iter().zip(found.chunks_mut(PANEL)) {
                        panel.scan(self.kernel, tile, tile_groups.clone(), found);
                    }
                }
                found
            })
            .collect()
    }

    /// Scores candidates, highest upper bound first, until none of the rest can come in.
    fn best(
        &self,
        number: usize,
        query: &[f32],
        k: usize,
        candidates: Vec<(f32, u32)>,
        options: &SearchOptions<'_>,
    ) -> Vec<Hit> {
        let mut scorer = Scorer::new(&self.rows, query, options.metric);
        let mut best = Best::new(k);
        for (upper, row) in candidates {
            if !best.may_take(upper) {
                break;
            }
            let mut bias = [0.0];
            if let Some(add) = options.bias {
                add(number, row as usize, &mut bias);
            }
            best.offer(row, scorer.score(row as usize) + bias[0]);
        }
        let hits = best.into_sorted();
        hits.map(|(row, score)| Hit {
            row: row as usize,
            score,
        })
        .collect()
    }
}

impl VectorIndex for ExactSearch {
    fn len(&self) -> usize {
        Self::len(self)
    }

    fn dims(&self) -> usize {
        Self::dims(self)
    }

    fn release(&self) {
        self.rows.release();
        self.codes.release();
    }

    fn nearest(
        &self,
        queries: &[&[f32]],
        options: &SearchOptions<'_>,
    ) -> Result<Vec<Vec<Hit>>, VectorIndexError> {
        Ok(self.search_with(queries, options)?)
    }
}
