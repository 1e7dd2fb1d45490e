//! How good recommendations are, measured by the catalogue's own labels.
//!
//! Every shoe is asked for in turn; of its `k` nearest other shoes, the share that has its word in a
//! column is its precision, and one over the place of the first such shoe its reciprocal rank. The same
//! is done for each block alone, for plain pixels, and set beside chance. Where the catalogue has a
//! learned block, only test shoes are asked for and only test shoes can be found, by every method, so
//! that no label that was learned from is judged with.

mod pixels;
mod report;

pub use report::{Figures, Report, Split};

use super::{LEARNED, Metric, RecommendError, Recommender, Weights, metadata};
use crate::catalog::{Catalog, Column};
use crate::job::Job;
use rayon::prelude::*;
use report::{Judged, Methods};
use std::collections::BTreeMap;

/// Places within which the first right shoe is looked for; its reciprocal rank is 0 beyond.
pub const DEPTH: usize = 100;

/// Queries that share a pass over the catalogue.
const BATCH: usize = 384;

/// How to judge.
#[derive(Debug, Clone)]
pub struct EvaluateOptions {
    /// The columns whose words say what is right.
    pub by: Vec<String>,
    /// Nearest shoes that are looked at.
    pub k: usize,
    /// Which shoes; `None`: the test split where there is a learned block, else all.
    pub split: Option<Split>,
    /// Ask for at most so many shoes, evenly over the catalogue.
    pub queries: Option<usize>,
    /// The mix to judge; a weight for `learned` is used for the learned figures only.
    pub weights: Weights,
    /// Whether to measure plain pixels too, which means decoding every picture.
    pub pixels: bool,
}

/// Measures.
///
/// # Errors
/// A column that is not there or has one value, a `k` that cannot be filled, unusable weights, a damaged
/// catalogue, cancelled.
pub fn evaluate(
    recommender: &Recommender,
    options: &EvaluateOptions,
    job: &Job,
) -> Result<Report, RecommendError> {
    let columns = columns(recommender, &options.by)?;
    let split = options.split.unwrap_or(match recommender.has_learned() {
        true => Split::Test,
        false => Split::All,
    });
    let chosen = Chosen::new(recommender.catalog(), split, options)?;
    let judge = Judge {
        columns: &columns,
        rows: &chosen.rows,
        mask: chosen.mask.as_deref(),
        k: options.k,
        job,
    };
    let mix = without_learned(&options.weights);
    recommender.check_weights(&mix)?;
    let methods = methods(recommender, options, &mix, &judge, &chosen.pool)?;
    let kept = recommender.neighbourhood_preservation(
        recommender.catalog().positions(),
        Some(&chosen.rows),
        options.k,
        &mix,
        job,
    )?;
    let mut report = report(recommender, options, split, &chosen, mix);
    report.neighbourhood_kept =
        kept.iter().map(|&t| f64::from(t)).sum::<f64>() / kept.len().max(1) as f64;
    report.methods = methods.iter().map(|(name, _)| name.clone()).collect();
    for (at, column) in columns.iter().enumerate() {
        report.add_column(&column.name, at, &methods);
    }
    Ok(report)
}

/// The shoes that are asked for, and those that can be found.
struct Chosen {
    /// What can be found, one flag a row; `None`: all.
    mask: Option<Vec<bool>>,
    /// The same as rows.
    pool: Vec<usize>,
    /// What is asked for.
    rows: Vec<usize>,
}

impl Chosen {
    fn new(
        catalog: &Catalog,
        split: Split,
        options: &EvaluateOptions,
    ) -> Result<Self, RecommendError> {
        let mask: Option<Vec<bool>> = match split {
            Split::All => None,
            Split::Test => Some((0..catalog.len()).map(|row| catalog.is_test(row)).collect()),
        };
        let pool: Vec<usize> = (0..catalog.len())
            .filter(|&row| mask.as_ref().is_none_or(|m| m[row]))
            .collect();
        let there = pool.len().saturating_sub(1);
        match options.k {
            0 => return Err(RecommendError::NoneWanted),
            wanted if wanted > there => return Err(RecommendError::TooMany { wanted, there }),
            _ => {}
        }
        let rows = match options.queries {
            Some(most) if most < pool.len() => {
                (0..most).map(|at| pool[at * pool.len() / most]).collect()
            }
            _ => pool.clone(),
        };
        Ok(Self { mask, pool, rows })
    }
}

/// Judges chance, pixels where they are wanted, each block alone, the mix, and the learned block where there is one.
fn methods(
    recommender: &Recommender,
    options: &EvaluateOptions,
    mix: &Weights,
    judge: &Judge<'_>,
    pool: &[usize],
) -> Result<Methods, RecommendError> {
    let mut methods = vec![("chance".to_owned(), judge.chance(pool))];
    if options.pixels {
        let pixels = pixels::judge(recommender.catalog(), judge)?;
        methods.push(("pixels".to_owned(), pixels));
    }
    let mut wanted: Vec<(&str, Weights)> = Vec::new();
    for block in recommender.block_names() {
        if block != LEARNED {
            wanted.push((block, Weights::only(block)));
        }
    }
    wanted.push(("mix", mix.clone()));
    if recommender.has_learned() {
        wanted.push((LEARNED, options.weights.clone()));
        wanted.push(("learned alone", Weights::only(LEARNED)));
    }
    for (name, weights) in wanted {
        let rows = judge.rows.len() as u64;
        judge.job.stage(&format!("Judging {name}"), Some(rows));
        let judged = judge
            .rank(|batch, depth| recommender.neighbours(batch, &weights, depth, judge.mask))?;
        methods.push((name.to_owned(), judged));
    }
    Ok(methods)
}

/// How the figures come about, before any of them.
fn report(
    recommender: &Recommender,
    options: &EvaluateOptions,
    split: Split,
    chosen: &Chosen,
    mix: Weights,
) -> Report {
    let others = recommender.catalog().len().saturating_sub(1).max(1);
    let learned = options.weights.blocks.get(LEARNED).copied();
    Report {
        k: options.k,
        queries: chosen.rows.len(),
        candidates: chosen.pool.len().saturating_sub(1),
        split,
        columns: BTreeMap::new(),
        reciprocal_rank: BTreeMap::new(),
        labelled: BTreeMap::new(),
        neighbourhood_kept: 0.0,
        neighbourhood_kept_by_chance: options.k as f64 / others as f64,
        weights: mix
            .blocks
            .into_iter()
            .chain(mix.columns)
            .filter(|(_, w)| *w > 0.0)
            .collect(),
        learned_weight: recommender.has_learned().then(|| learned.unwrap_or(0.0)),
        learned_from: recommender.learned_from().to_vec(),
        methods: Vec::new(),
    }
}

fn without_learned(weights: &Weights) -> Weights {
    let mut mix = weights.clone();
    mix.blocks.remove(LEARNED);
    mix.metric = Metric::Cosine;
    mix
}

fn columns<'a>(
    recommender: &'a Recommender,
    by: &[String],
) -> Result<Vec<&'a Column>, RecommendError> {
    let catalog = recommender.catalog();
    if by.is_empty() {
        return Err(RecommendError::NoColumns);
    }
    by.iter()
        .map(|name| {
            let column = catalog
                .column(name)
                .ok_or_else(|| metadata::unknown_column(catalog, name))?;
            match column.categories().as_slice() {
                [] => Err(RecommendError::OneValue {
                    column: name.clone(),
                    found: "no value".to_owned(),
                }),
                [(only, _)] => Err(RecommendError::OneValue {
                    column: name.clone(),
                    found: format!("one value ({only})"),
                }),
                _ => Ok(column),
            }
        })
        .collect()
}

/// What all methods are judged with.
struct Judge<'a> {
    columns: &'a [&'a Column],
    rows: &'a [usize],
    mask: Option<&'a [bool]>,
    k: usize,
    job: &'a Job,
}

impl Judge<'_> {
    /// Judges a ranking: `nearest(rows, depth)` gives for each row its nearest other rows, best first.
    fn rank(
        &self,
        nearest: impl Fn(&[usize], usize) -> Result<Vec<Vec<usize>>, RecommendError>,
    ) -> Result<Vec<Judged>, RecommendError> {
        let depth = DEPTH.max(self.k);
        let mut sums = vec![(0usize, 0f64, 0f64); self.columns.len()];
        for batch in self.rows.chunks(BATCH) {
            self.job.check()?;
            let found = nearest(batch, depth)?;
            for (column, sums) in self.columns.iter().zip(&mut sums) {
                for (&row, others) in batch.iter().zip(&found) {
                    if column.text(row).is_none() {
                        continue;
                    }
                    let right = |other: &usize| metadata::same(column, row, *other);
                    let hits = others
                        .iter()
                        .take(self.k)
                        .filter(|other| right(other))
                        .count();
                    let first = others.iter().position(right);
                    sums.0 += 1;
                    sums.1 += hits as f64 / self.k as f64;
                    sums.2 += first.map_or(0.0, |place| 1.0 / (place + 1) as f64);
                }
            }
            self.job.advance(batch.len() as u64);
        }
        let judged = sums.into_iter().map(|(labelled, precision, rank)| Judged {
            precision: precision / labelled.max(1) as f64,
            reciprocal_rank: Some(rank / labelled.max(1) as f64),
            labelled,
        });
        Ok(judged.collect())
    }

    /// What picking blindly from `pool` gives, exactly: the mean over the shoes asked for of the share of
    /// the other shoes that have its word.
    fn chance(&self, pool: &[usize]) -> Vec<Judged> {
        let others = pool.len().saturating_sub(1).max(1) as f64;
        self.columns
            .par_iter()
            .map(|column| {
                let mut counts: BTreeMap<String, usize> = BTreeMap::new();
                for &row in pool {
                    if let Some(word) = column.text(row) {
                        *counts.entry(word.into_owned()).or_default() += 1;
                    }
                }
                let asked: Vec<f64> = self
                    .rows
                    .iter()
                    .filter_map(|&row| column.text(row))
                    .filter_map(|word| counts.get(word.as_ref()))
                    .map(|&count| (count - 1) as f64 / others)
                    .collect();
                Judged {
                    precision: asked.iter().sum::<f64>() / asked.len().max(1) as f64,
                    reciprocal_rank: None,
                    labelled: asked.len(),
                }
            })
            .collect()
    }
}
