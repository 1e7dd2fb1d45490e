//! What to index, and what came of it.

use super::{ShardOf, Stages};
use crate::catalog::Roles;
use crate::catalog::filter::Filters;
use crate::catalog::import::{ImportOptions, JoinReport, Kind};
use crate::catalog::picture::DEFAULT_THUMBNAIL;
use serde::Serialize;
use std::path::PathBuf;

/// What to index.
#[derive(Debug, Clone)]
pub struct IndexOptions {
    /// Folders or zips of photos.
    pub sources: Vec<PathBuf>,
    /// The catalogue to be written.
    pub output: PathBuf,
    /// How the sources are to be read.
    pub import: ImportOptions,
    /// Only shoes that meet these conditions.
    pub filter: Filters,
    /// The longest side of the stored pictures, in pixels.
    pub thumbnail: u32,
    /// At most so many shoes, the first ones.
    pub limit: Option<usize>,
    /// Only this part of them, by their ids.
    pub shard: Option<ShardOf>,
    /// Leave out pictures that show nothing: of one colour all over.
    pub skip_blank: bool,
    /// The embedder's weights (see [`crate::embed::EMBEDDERS`]).
    pub weights: PathBuf,
    /// A CSV to be written that lists every file that was met, with its fate.
    pub report: Option<PathBuf>,
}

impl IndexOptions {
    /// All photos of `sources` into `output`, with the embedder of `weights`.
    pub fn new(sources: Vec<PathBuf>, output: PathBuf, weights: PathBuf) -> Self {
        Self {
            sources,
            output,
            import: ImportOptions::default(),
            filter: Filters::default(),
            thumbnail: DEFAULT_THUMBNAIL,
            limit: None,
            shard: None,
            skip_blank: false,
            weights,
            report: None,
        }
    }
}

/// A photo that was left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct Skipped {
    /// Its number among the photos, counted from 0.
    pub row: usize,
    /// Its path in the source, or its id where it has none.
    pub picture: String,
    /// Why it cannot be read.
    pub reason: String,
}

/// What came of indexing.
#[derive(Debug, Clone, Default, Serialize)]
pub struct IndexReport {
    /// The catalogue.
    pub output: PathBuf,
    /// How many shoes are in it.
    pub count: usize,
    /// The pictures that became shoes, by the endings of their names.
    pub taken: Vec<Kind>,
    /// The files that are no shoes, by kind.
    pub left_out: Vec<Kind>,
    /// The photos that cannot be read, with the reason for each.
    pub skipped: Vec<Skipped>,
    /// The pictures that are in it, but show nothing: of one colour all over.
    pub blank: Vec<String>,
    /// The list of all files, where one was asked for.
    pub report: Option<PathBuf>,
    /// What people should know, as rows of a table without a picture.
    pub notes: Vec<String>,
    /// What tables were joined to which pictures.
    pub joins: Vec<JoinReport>,
    /// The format of each source.
    pub formats: Vec<String>,
    /// Photos that an earlier run had done.
    pub resumed: usize,
    /// The metadata columns.
    pub columns: Vec<String>,
    /// Which of them mean type, gender, colour and brand.
    pub roles: Roles,
    /// The share of the whole variance on each axis, largest first.
    pub variance: Vec<f32>,
    /// The file's size, in bytes.
    pub bytes: u64,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// Photos read and embedded a second, by this run.
    pub photos_per_second: f64,
    /// Where the time of the threads went, in this run.
    pub stages: Stages,
}
