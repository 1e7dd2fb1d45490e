//! The recommendations of every shoe, for a shop to serve from a table: Parquet or CSV.

use super::query_vector::{QueryVector, QueryVectors};
use super::{
    DISLIKES, Example, Metric, Query, RecommendError, Recommendation, Recommender, candidates,
    metadata,
};
use crate::atomic_file;
use crate::catalog::CatalogError;
use crate::job::Job;
use arrow_array::{ArrayRef, Float32Array, RecordBatch, StringArray, UInt32Array};
use arrow_schema::{DataType, Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use rayon::prelude::*;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Shoes that are answered in one pass over the catalogue.
const BATCH: usize = 384;

/// What an encoder or the system says when a table cannot be written.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// What can go wrong with a table.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// Neither `.parquet` nor `.csv`.
    #[error("{}: a table is written as .parquet or .csv; give it one of these endings", .0.display())]
    Ending(PathBuf),
    /// The table cannot be written.
    #[error("{}: {source}; give another place with -o", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: Failure,
    },
    /// The system does not let it be written.
    #[error(transparent)]
    Refused(CatalogError),
    /// The query is wrong.
    #[error(transparent)]
    Recommend(#[from] RecommendError),
}

impl TableError {
    /// What a failure to write `path` means: what the system refused says what to do.
    fn new(path: &Path, source: Failure) -> Self {
        let first: &(dyn std::error::Error + 'static) = &*source;
        let mut causes = std::iter::successors(Some(first), |cause| cause.source());
        match causes.find_map(|cause| cause.downcast_ref::<std::io::Error>()) {
            Some(refused) => Self::Refused(CatalogError::write(path)(refused.kind().into())),
            None => Self::Write {
                path: path.to_owned(),
                source,
            },
        }
    }
}

/// A form in which a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Parquet, zstd.
    Parquet,
    /// Comma-separated values with a header.
    Csv,
}

impl Form {
    /// The form that a file's ending asks for.
    ///
    /// # Errors
    /// [`TableError::Ending`].
    pub fn of(path: &Path) -> Result<Self, TableError> {
        let ending = path
            .extension()
            .and_then(|e| e.to_str())
            .map(str::to_lowercase);
        match ending.as_deref() {
            Some("parquet") => Ok(Self::Parquet),
            Some("csv") => Ok(Self::Csv),
            _ => Err(TableError::Ending(path.to_owned())),
        }
    }
}

impl Recommender {
    /// Writes the recommendations of every shoe to `path` (`.parquet` or `.csv`), one row each: `id`,
    /// `rank` from 1, `recommended`, `score`, `distance`, a column a contribution (`by_style`, …) and
    /// `reason`. `query` says how; its own target and likes are ignored. A shoe for which a filter leaves nothing has
    /// no rows and is warned of. Gives the number of rows written.
    ///
    /// Written under a temporary name and renamed: there is the whole table or none.
    ///
    /// # Errors
    /// A wrong query, another ending, a folder that cannot be written, or cancelled.
    pub fn write_table(&self, query: &Query, path: &Path, job: &Job) -> Result<u64, TableError> {
        let form = Form::of(path)?;
        self.check(query)?;
        let failed = |source: Failure| TableError::new(path, source);
        let temporary = atomic_file::create(path).map_err(|e| failed(e.into()))?;
        let file = temporary
            .as_file()
            .try_clone()
            .map_err(|e| failed(e.into()))?;
        let names = self.contribution_names(query);
        let mut sink = Sink::new(form, file, &names).map_err(failed)?;
        let mut written = 0;
        job.stage("Recommending", Some(self.catalog.len() as u64));
        let rows: Vec<usize> = (0..self.catalog.len()).collect();
        for batch in rows.chunks(BATCH) {
            job.check().map_err(RecommendError::from)?;
            let answers = self.answers(query, batch, job)?;
            written += answers.iter().map(Vec::len).sum::<usize>() as u64;
            let lines = lines(self, batch, &answers);
            sink.write(&names, &lines).map_err(failed)?;
            job.advance(batch.len() as u64);
        }
        sink.finish().map_err(failed)?;
        atomic_file::commit(temporary, path).map_err(|e| failed(e.into()))?;
        Ok(written)
    }

    /// The blocks and columns that count, as they stand in [`Recommendation::contributions`].
    fn contribution_names(&self, query: &Query) -> Vec<String> {
        let weights = &query.weights;
        let blocks = self.block_names();
        let blocks = blocks
            .iter()
            .filter(|b| weights.blocks.get(**b).is_some_and(|w| *w > 0.0));
        let columns = weights
            .columns
            .iter()
            .filter(|(_, w)| **w > 0.0)
            .map(|(name, _)| name.clone());
        let steers = (!query.dislikes.is_empty()).then(|| DISLIKES.to_owned());
        let names = blocks.map(|b| (*b).to_owned()).chain(columns);
        names.chain(steers).collect()
    }

    /// The answers for each of `rows` as the target.
    fn answers(
        &self,
        query: &Query,
        rows: &[usize],
        job: &Job,
    ) -> Result<Vec<Vec<Recommendation>>, RecommendError> {
        let is_plain = query.weights.metric == Metric::Cosine
            && query.dislikes.is_empty()
            && query.same.is_empty()
            && query.among.is_none()
            && query.diversity == 0.0
            && !query.fold_duplicates;
        if is_plain {
            return self.plain_answers(query, rows, job);
        }
        rows.par_iter()
            .map(|&row| {
                let about_row = Query {
                    target: Some(Example::Row(row)),
                    likes: Vec::new(),
                    ..query.clone()
                };
                match self.recommend(&about_row) {
                    Ok(list) => Ok(list),
                    Err(error) if error.leaves_nothing() => {
                        job.warn(format!("{}: {error}", self.catalog.id(row)));
                        Ok(Vec::new())
                    }
                    Err(error) => Err(error),
                }
            })
            .collect()
    }

    /// The same for a whole batch in one pass.
    fn plain_answers(
        &self,
        query: &Query,
        rows: &[usize],
        job: &Job,
    ) -> Result<Vec<Vec<Recommendation>>, RecommendError> {
        let mask = match query.filters.0.is_empty() {
            true => None,
            false => Some(metadata::passing(&self.catalog, &query.filters)?),
        };
        let scoring = self.scoring_of(&query.weights, QueryVectors::default())?;
        let vectors: Vec<_> = rows
            .iter()
            .map(|&row| QueryVector::of_row(&self.blocks, row, None))
            .collect();
        let found = candidates::nearest(
            &scoring,
            &*self.index,
            &vectors,
            mask.as_deref(),
            query.k + 1,
        )?;
        let answers: Result<Vec<_>, RecommendError> = rows
            .par_iter()
            .zip(vectors.into_par_iter().zip(found))
            .map(|(&row, (vector, hits))| {
                let others = hits
                    .into_iter()
                    .map(|hit| hit.row)
                    .filter(|&other| other != row);
                let others: Vec<usize> = others.take(query.k).collect();
                if others.is_empty() {
                    job.warn(format!(
                        "{}: no other shoe passes the filter",
                        self.catalog.id(row)
                    ));
                }
                let scoring = self.scoring_of(&query.weights, QueryVectors::of_target(vector))?;
                Ok(self.by_score(&scoring, &others))
            })
            .collect();
        answers
    }
}

/// A row of the table.
struct Line<'a> {
    id: &'a str,
    rank: u32,
    recommended: &'a str,
    recommendation: &'a Recommendation,
}

fn lines<'a>(
    recommender: &'a Recommender,
    rows: &[usize],
    answers: &'a [Vec<Recommendation>],
) -> Vec<Line<'a>> {
    let each = rows.iter().zip(answers).flat_map(|(&row, answer)| {
        answer
            .iter()
            .enumerate()
            .map(move |(at, recommendation)| Line {
                id: recommender.catalog.id(row),
                rank: at as u32 + 1,
                recommended: recommender.catalog.id(recommendation.row),
                recommendation,
            })
    });
    each.collect()
}

/// What a contribution was, by name; 0 where it is not among them.
fn contribution(recommendation: &Recommendation, name: &str) -> f32 {
    let found = recommendation
        .contributions
        .iter()
        .find(|(other, _)| other == name);
    found.map_or(0.0, |(_, value)| *value)
}

/// Where lines go.
enum Sink {
    Parquet(Arc<Schema>, Box<ArrowWriter<BufWriter<File>>>),
    Csv(Box<csv::Writer<BufWriter<File>>>),
}

impl Sink {
    fn new(form: Form, file: File, names: &[String]) -> Result<Self, Failure> {
        let file = BufWriter::new(file);
        let by = names.iter().map(|name| format!("by_{name}"));
        match form {
            Form::Parquet => {
                let field = |name: &str, kind: DataType| Field::new(name, kind, false);
                let mut fields = vec![
                    field("id", DataType::Utf8),
                    field("rank", DataType::UInt32),
                    field("recommended", DataType::Utf8),
                    field("score", DataType::Float32),
                    field("distance", DataType::Float32),
                ];
                fields.extend(by.map(|name| field(&name, DataType::Float32)));
                fields.push(field("reason", DataType::Utf8));
                let schema = Arc::new(Schema::new(fields));
                let properties = WriterProperties::builder()
                    .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
                    .build();
                let writer = ArrowWriter::try_new(file, schema.clone(), Some(properties))?;
                Ok(Self::Parquet(schema, Box::new(writer)))
            }
            Form::Csv => {
                let mut writer = csv::Writer::from_writer(file);
                let mut header: Vec<String> = ["id", "rank", "recommended", "score", "distance"]
                    .map(str::to_owned)
                    .into();
                header.extend(by);
                header.push("reason".to_owned());
                writer.write_record(&header)?;
                Ok(Self::Csv(Box::new(writer)))
            }
        }
    }

    fn write(&mut self, names: &[String], lines: &[Line<'_>]) -> Result<(), Failure> {
        match self {
            Self::Parquet(schema, writer) => {
                let texts = |f: &dyn Fn(&Line<'_>) -> String| -> ArrayRef {
                    Arc::new(StringArray::from_iter_values(lines.iter().map(f)))
                };
                let numbers = |f: &dyn Fn(&Line<'_>) -> f32| -> ArrayRef {
                    Arc::new(Float32Array::from_iter_values(lines.iter().map(f)))
                };
                let mut columns: Vec<ArrayRef> = vec![
                    texts(&|l| l.id.to_owned()),
                    Arc::new(UInt32Array::from_iter_values(lines.iter().map(|l| l.rank))),
                    texts(&|l| l.recommended.to_owned()),
                    numbers(&|l| l.recommendation.score),
                    numbers(&|l| l.recommendation.distance),
                ];
                for name in names {
                    columns.push(numbers(&|l| contribution(l.recommendation, name)));
                }
                columns.push(texts(&|l| l.recommendation.reason.clone()));
                writer.write(&RecordBatch::try_new(schema.clone(), columns)?)?;
            }
            Self::Csv(writer) => {
                for line in lines {
                    let shoe = line.recommendation;
                    let mut record = vec![
                        line.id.to_owned(),
                        line.rank.to_string(),
                        line.recommended.to_owned(),
                        shoe.score.to_string(),
                        shoe.distance.to_string(),
                    ];
                    record.extend(
                        names
                            .iter()
                            .map(|name| contribution(shoe, name).to_string()),
                    );
                    record.push(shoe.reason.clone());
                    writer.write_record(&record)?;
                }
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<(), Failure> {
        match self {
            Self::Parquet(_, writer) => writer.into_inner()?.flush()?,
            Self::Csv(mut writer) => writer.flush()?,
        }
        Ok(())
    }
}
