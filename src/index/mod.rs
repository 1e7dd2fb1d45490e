//! Photos to a catalogue: import, embed, fit and write, joined; used by both faces.
//!
//! The work goes in parts of some thousand shoes, each a small catalogue in a hidden folder beside the
//! output. When it is stopped, by Ctrl-C or a cancel button, what is done becomes a last part; the next run
//! with the same photos, options and network goes on behind it. When all photos are embedded, the space
//! is fitted to the parts, they are written as one file under a temporary name, and that is renamed.

mod batch;
mod error;
mod fit;
mod options;
mod parts;
mod report;
mod shard;
mod stages;

use crate::catalog::import::Import;
use crate::catalog::writer::temporary_beside;
use crate::catalog::{Catalog, CatalogInfo, Roles, Table as _};
use crate::embed::{self, Embedder};
use crate::job::Job;
use crate::space::lay_out;
use batch::Batches;
use parts::{Part, Parts};
use shard::Told;
use stages::Clock;
use std::time::{Duration, Instant};

pub use error::IndexError;
pub use fit::{FitReport, fit};
pub use options::{IndexOptions, IndexReport, Skipped};
pub use shard::{NoShard, ShardOf};
pub use stages::Stages;

/// Photos of a part, and the time after which fewer are one: what a kill (not Ctrl-C) can lose.
const PART: usize = 1024;
const PART_TIME: Duration = Duration::from_secs(30);

/// The seed of the sample that the space is fitted to.
const SEED: u64 = 0;

/// Makes a catalogue from photos, as `options` say. Progress, warnings and cancel go by `job`.
///
/// # Errors
/// What is wrong and what to do. The output is either whole or as it was before; after
/// [`IndexError::Cancelled`], what is done is kept for the next run.
pub fn index(options: &IndexOptions, job: &Job) -> Result<IndexReport, IndexError> {
    let embedder = embed::load(&options.weights)?;
    index_with(options, &*embedder, job)
}

/// As [`index`], with any embedder.
///
/// # Errors
/// As [`index`].
pub fn index_with(
    options: &IndexOptions,
    embedder: &dyn Embedder,
    job: &Job,
) -> Result<IndexReport, IndexError> {
    let began = Instant::now();
    // What can fail at once should, before minutes of work.
    drop(temporary_beside(&options.output)?);
    if let Some(path) = &options.report {
        report::check(path, options)?;
    }
    let (import, roles) = import_chosen(options, job)?;
    let info = info_of(roles, options, embedder);
    let key = parts::key(&import.key, options, embedder.id());
    let mut parts = Parts::open(&options.output, &key)?;
    let resumed = parts.done();
    if resumed > 0 {
        let all = import.len();
        job.warn(format!(
            "going on with an earlier run: {resumed} of {all} photos are done"
        ));
    }
    let clock = Clock::default();
    let batches = Batches {
        import: &import,
        embedder,
        sources: &options.sources,
        longest: options.thumbnail,
        skip_blank: options.skip_blank,
        clock: &clock,
        job,
    };
    embed_photos(&batches, &info, &mut parts)?;
    let (skipped, blank) = (parts.skipped(), parts.blank());
    let blank_note = blank_note(&blank);
    if let Some(note) = &blank_note {
        job.warn(note.clone());
    }
    if let Some(path) = &options.report {
        report::write(path, &import, &skipped, &options.sources)?;
    }
    if parts.shoes() == 0 {
        parts.remove();
        return Err(nothing_readable(&skipped));
    }
    let embedded = began.elapsed();
    let joined = Catalog::open(parts.folder())?;
    let space = lay_out::<IndexError>(&joined, info, &options.output, SEED, job)?;
    drop(joined);
    parts.remove();
    let catalog = Catalog::open(&options.output)?;
    let new = import.len() - resumed;
    let stages = clock.stages();
    tracing::debug!(
        "{}: time of the threads: {stages}",
        options.output.display()
    );
    Ok(IndexReport {
        output: options.output.clone(),
        count: catalog.len(),
        taken: report::taken(&import, &skipped),
        left_out: import.fates.left_out(),
        report: options.report.clone(),
        stages,
        skipped,
        blank,
        formats: import
            .layouts
            .iter()
            .map(|layout| layout.format.name().to_owned())
            .collect(),
        notes: import.notes.into_iter().chain(blank_note).collect(),
        joins: import.joins,
        resumed,
        columns: catalog.columns().iter().map(|c| c.name.clone()).collect(),
        roles: catalog.info().roles.clone(),
        variance: space.variance_shares().to_vec(),
        bytes: std::fs::metadata(&options.output).map_or(0, |m| m.len()),
        seconds: began.elapsed().as_secs_f64(),
        photos_per_second: new as f64 / embedded.as_secs_f64().max(1e-3),
    })
}

/// The shoes that the options ask for, and what the columns of all of them mean.
fn import_chosen(options: &IndexOptions, job: &Job) -> Result<(Import, Roles), IndexError> {
    let mut import = Import::open(&options.sources, &options.import, job)?;
    for note in &import.notes {
        job.warn(note.clone());
    }
    // Before the choice: a column in which all that are chosen have one value keeps its meaning.
    let roles = import.roles();
    choose(&mut import, options)?;
    Ok((import, roles))
}

fn nothing_readable(skipped: &[Skipped]) -> IndexError {
    let first = skipped.first();
    IndexError::NothingReadable {
        count: skipped.len(),
        first: first
            .map(|s| format!("{}: {}", s.picture, s.reason))
            .unwrap_or_default(),
    }
}

/// What to say of pictures that show nothing.
fn blank_note(blank: &[String]) -> Option<String> {
    let first = blank.first()?;
    Some(match blank.len() {
        1 => format!("1 picture shows nothing, one colour all over: {first}"),
        n => format!("{n} pictures show nothing, one colour all over, as {first}"),
    })
}

/// Keeps the shoes that the options ask for.
fn choose(import: &mut Import, options: &IndexOptions) -> Result<(), IndexError> {
    let mask = options.filter.mask(&*import)?;
    let mut rows: Vec<usize> = (0..import.len()).filter(|&row| mask[row]).collect();
    if rows.is_empty() {
        return Err(IndexError::NothingChosen {
            count: import.len(),
            hint: options
                .filter
                .hint(&*import)
                .map(|hint| format!(": {hint}"))
                .unwrap_or_default(),
        });
    }
    rows.truncate(options.limit.unwrap_or(usize::MAX).max(1));
    if let Some(shard) = options.shard {
        let photos = rows.len();
        rows.retain(|&row| shard.takes(import.id(row)));
        if rows.is_empty() {
            return Err(IndexError::EmptyShard { shard, photos });
        }
    }
    if rows.len() < import.len() {
        import.keep(&rows);
    }
    Ok(())
}

fn info_of(roles: Roles, options: &IndexOptions, embedder: &dyn Embedder) -> CatalogInfo {
    let mut info = CatalogInfo::new(embedder.id().clone(), embedder.blocks());
    info.roles = roles;
    info.source = options
        .sources
        .iter()
        .map(|s| s.display().to_string())
        .collect();
    info.thumbnail = options.thumbnail;
    if let Some(shard) = options.shard {
        Told::of(shard, options, embedder.id()).write(&mut info);
    }
    info
}

/// Decodes and embeds what is not done yet, part by part.
fn embed_photos(
    batches: &Batches<'_>,
    info: &CatalogInfo,
    parts: &mut Parts,
) -> Result<(), IndexError> {
    let (import, job) = (batches.import, batches.job);
    let all = import.len();
    job.stage("Embedding", Some((all - parts.done()) as u64));
    let mut part = Part::starting(parts.done());
    let mut begun = Instant::now();
    let mut lost = None;
    while part.end < all && !job.is_cancelled() {
        let batch = batches.starting(part.end);
        let steps = batch.len() as u64;
        match batches.embed(batch, &mut part) {
            Err(error @ IndexError::SourceLost { .. }) => {
                lost = Some(error);
                break;
            }
            embedded => embedded?,
        }
        job.advance(steps);
        if part.end - part.start >= PART || begun.elapsed() >= PART_TIME {
            begun = Instant::now();
            let next = Part::starting(part.end);
            parts.write(std::mem::replace(&mut part, next), import, info)?;
        }
    }
    if part.end > part.start {
        parts.write(part, import, info)?;
    }
    if let Some(lost) = lost {
        return Err(lost);
    }
    if parts.done() < all {
        return Err(IndexError::Cancelled {
            done: parts.done(),
            all,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
