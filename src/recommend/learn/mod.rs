//! A block learned from the catalogue's own labels: what its words say is alike, seen from its pictures.
//!
//! Ridge regression from the embedding (every block of unit length) to the labels, one centred 0/1 target
//! a word: in closed form, in seconds, always with the same result. What the regression says of a picture
//! is the learned block: shoes are alike in it where the labels would be, as far as pictures tell. (With
//! targets of 0 and 1 this is Fisher's linear discriminant up to scaling: Hastie, Tibshirani and Buja,
//! "Flexible discriminant analysis by optimal scoring", 1994.)
//!
//! Only rows of the training split are looked at; a row without a word in a column is left out of that
//! column's regression. The strength of the ridge is chosen by predicting a fifth of the training rows
//! from the rest. Each column has the same say in the block, however many words it has.

mod join;
mod labels;
mod ridge;

use super::{LEARNED, Projection, RecommendError, Recommender};
use crate::catalog::writer::Changes;
use crate::catalog::{Block, Catalog};
use crate::job::Job;
use crate::space::Embeddings;
use crate::spill::Spill;
use half::slice::HalfFloatSliceExt as _;
use rayon::prelude::*;
use std::path::Path;
use std::time::{Duration, Instant};

/// Rows that are learned from at most: more change nothing that can be measured.
pub const MAX_ROWS: usize = 100_000;

/// What can go wrong with learning.
#[derive(Debug, thiserror::Error)]
pub enum LearnError {
    /// No column was named.
    #[error("name the columns to learn from, as articleType,baseColour")]
    NoColumn,
    /// A column that does not exist.
    #[error("there is no column {name}; the catalogue has {}", known.join(", "))]
    UnknownColumn {
        /// What was named.
        name: String,
        /// What there is, the closest name first.
        known: Vec<String>,
    },
    /// A column in which the training rows do not differ.
    #[error(
        "the column {name} {found} among the {rows} shoes to learn from; learn by a column that tells shoes apart"
    )]
    NothingToTell {
        /// The column.
        name: String,
        /// What was found, as `has one value (Shoes)`.
        found: String,
        /// Rows that were looked at.
        rows: usize,
    },
    /// Too few shoes.
    #[error("{0} shoes to learn from are too few; at least {MIN_ROWS} are needed")]
    TooFew(usize),
    /// The regression has no solution, whatever the ridge.
    #[error(
        "the regression has no solution: the embedding holds a value that is not a finite number; index the catalogue again"
    )]
    NoSolution,
    /// What was learned could not be brought down to its main directions.
    #[error("the learned block could not be computed: {0}")]
    MainDirections(#[from] crate::numeric::PrincipalAxesError),
    /// Reading the catalogue failed.
    #[error(transparent)]
    Recommend(#[from] RecommendError),
    /// Writing the catalogue failed.
    #[error(transparent)]
    Catalog(#[from] crate::catalog::CatalogError),
    /// The work was asked to stop.
    #[error(transparent)]
    Cancelled(#[from] crate::job::Cancelled),
}

/// Fewer training rows than this teach nothing.
const MIN_ROWS: usize = 20;

/// How well a column could be learned.
#[derive(Debug, Clone, serde::Serialize)]
pub struct ColumnReport {
    /// The column.
    pub column: String,
    /// Distinct words that were learned.
    pub words: usize,
    /// Training rows that have one.
    pub rows: usize,
    /// Ridge strength, as a share of the mean variance of the embedding.
    pub ridge: f32,
    /// Share of the fifth kept back within the training rows whose word was predicted right.
    pub accuracy: f32,
    /// The same for always saying the most frequent word.
    pub accuracy_of_chance: f32,
}

/// What was learned.
#[derive(Debug)]
pub struct Learned {
    /// The projection.
    pub projection: Projection,
    /// The block, for every shoe of the catalogue.
    pub block: Block,
    /// How each column went.
    pub columns: Vec<ColumnReport>,
    /// Training rows that were looked at.
    pub rows: usize,
    /// How long it took.
    pub took: Duration,
}

/// Learns a block from the columns `by`; writes nothing.
///
/// # Errors
/// Columns that are not there or tell nothing apart, too few shoes, a damaged catalogue, cancelled.
pub fn learn(recommender: &Recommender, by: &[String], job: &Job) -> Result<Learned, LearnError> {
    let began = Instant::now();
    let catalog = recommender.catalog();
    if by.is_empty() {
        return Err(LearnError::NoColumn);
    }
    let rows = training_rows(catalog);
    let targets = labels::targets(catalog, by, &rows)?;
    if rows.len() < MIN_ROWS {
        return Err(LearnError::TooFew(rows.len()));
    }
    let embeddings = recommender.embeddings();
    let inputs = ridge::Inputs::new(embeddings, &rows);
    job.stage("Learning", Some(targets.len() as u64));
    let mut parts = Vec::new();
    let mut columns = Vec::new();
    for target in targets {
        job.check()?;
        let fitted = ridge::fit(&inputs, &target).ok_or(LearnError::NoSolution)?;
        columns.push(ColumnReport {
            column: target.column.clone(),
            words: target.words,
            rows: target.rows(),
            ridge: fitted.ridge,
            accuracy: fitted.accuracy,
            accuracy_of_chance: fitted.accuracy_of_chance,
        });
        parts.push(fitted);
        job.advance(1);
    }
    let projection = join::join(by, &inputs, parts)?;
    Ok(Learned {
        block: block(&projection, embeddings),
        projection,
        columns,
        rows: rows.len(),
        took: began.elapsed(),
    })
}

/// What the projection makes of every shoe.
fn block(projection: &Projection, embeddings: &Embeddings) -> Block {
    let dims = projection.dims();
    let mut values = Spill::zeroed(embeddings.len() * dims);
    values.par_chunks_mut(dims).enumerate().for_each_init(
        || (vec![0f32; embeddings.dims()], vec![0f32; dims]),
        |(line, learned), (row, out)| {
            embeddings.row(row).convert_to_f32_slice(line);
            projection.apply_into(line, learned);
            out.convert_from_f32_slice(learned);
        },
    );
    Block {
        name: LEARNED.to_owned(),
        dims,
        values,
    }
}

/// Learns, and writes the block with the catalogue to `output` (which may be the catalogue's own file).
///
/// # Errors
/// As [`learn`], or the catalogue cannot be written; then the old file is untouched.
pub fn learn_into(
    recommender: &Recommender,
    by: &[String],
    output: &Path,
    job: &Job,
) -> Result<Learned, LearnError> {
    let learned = learn(recommender, by, job)?;
    let catalog = recommender.catalog();
    let mut info = catalog.info().clone();
    info.extra
        .insert(LEARNED.to_owned(), learned.projection.to_json());
    let changes = Changes {
        blocks: vec![learned.block.clone()],
        info: Some(info),
        ..Changes::default()
    };
    catalog.rewrite(output, &changes, job)?;
    Ok(learned)
}

/// The rows of the training split, at most [`MAX_ROWS`], evenly over the catalogue.
fn training_rows(catalog: &Catalog) -> Vec<usize> {
    let rows: Vec<usize> = (0..catalog.len())
        .filter(|&row| !catalog.is_test(row))
        .collect();
    if rows.len() <= MAX_ROWS {
        return rows;
    }
    (0..MAX_ROWS)
        .map(|at| rows[at * rows.len() / MAX_ROWS])
        .collect()
}
