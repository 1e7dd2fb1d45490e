//! Parts that were indexed apart become one catalogue: one space is fitted to all of them, and stamped on each.

use super::shard::Told;
use super::{IndexError, ShardOf};
use crate::catalog::writer::Changes;
use crate::catalog::{Catalog, CatalogInfo};
use crate::job::Job;
use crate::space::{BlockRows, Space};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What came of fitting.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct FitReport {
    /// The folder, which is one catalogue now.
    pub folder: PathBuf,
    /// Parts in it.
    pub parts: usize,
    /// Parts that were stamped; the others had the space already.
    pub stamped: usize,
    /// Shoes in all.
    pub shoes: usize,
    /// The share of the whole variance on each axis, largest first.
    pub variance: Vec<f32>,
}

/// A part, as far as it must be known while others are read.
struct Part {
    path: PathBuf,
    info: CatalogInfo,
    shoes: usize,
    /// The columns with their kinds.
    columns: Vec<(String, &'static str)>,
}

/// Fits one space to all parts in `folder` and stamps it on each. One part is in memory at a time; the result does not depend on
/// the order in which they came there. Stopped anywhere it can be run again: a part is either as it was or stamped.
///
/// # Errors
/// A part is missing, is there twice, was indexed otherwise than the others, or is none; a damaged part; the system's
/// refusal; cancelled.
pub fn fit(folder: &Path, job: &Job) -> Result<FitReport, IndexError> {
    let parts = parts_of(folder, job)?;
    check(folder, &parts)?;
    let read = |at: usize| -> Result<_, IndexError> {
        let catalog = Catalog::open(&parts[at].path)?;
        let blocks = catalog.info().blocks.iter();
        Ok(blocks
            .map(|block| catalog.block(&block.name))
            .collect::<Result<Vec<_>, _>>()?)
    };
    let space = Space::fit_parts(parts.len(), read, job)?;
    let is_grey = parts.iter().all(|part| part.info.is_grey);
    let stored = space.to_stored();
    job.stage("Writing the parts", Some(parts.len() as u64));
    let mut stamped = 0;
    for part in &parts {
        job.check()?;
        let is_done = part.info.space.as_ref() == Some(&stored) && part.info.is_grey == is_grey;
        if !is_done {
            stamp(part, &space, is_grey, job)?;
            stamped += 1;
        }
        job.advance(1);
    }
    Ok(FitReport {
        folder: folder.to_owned(),
        parts: parts.len(),
        stamped,
        shoes: parts.iter().map(|part| part.shoes).sum(),
        variance: space.variance_shares().to_vec(),
    })
}

/// Writes a part anew with the space and the positions in it.
fn stamp(part: &Part, space: &Space, is_grey: bool, job: &Job) -> Result<(), IndexError> {
    let catalog = Catalog::open(&part.path)?;
    let blocks: Vec<_> = (part.info.blocks.iter())
        .map(|block| catalog.block(&block.name))
        .collect::<Result<_, _>>()?;
    let rows: Vec<BlockRows<'_>> = blocks.iter().map(|b| BlockRows::from(&**b)).collect();
    let mut info = part.info.clone();
    info.space = Some(space.to_stored());
    info.is_grey = is_grey;
    // They were of the part alone.
    info.layouts.clear();
    let changes = Changes {
        // Its progress is that of one part: nobody is told.
        positions: Some(space.positions(&rows, &Job::new())?),
        info: Some(info),
        ..Changes::default()
    };
    job.check()?;
    catalog.rewrite(&part.path, &changes, &Job::new())?;
    Ok(())
}

/// The parts in a folder, by their numbers.
fn parts_of(folder: &Path, job: &Job) -> Result<Vec<Part>, IndexError> {
    let refuse = |path: &Path, why: String| IndexError::Parts {
        path: path.to_owned(),
        why,
    };
    let entries = std::fs::read_dir(folder)
        .map_err(|error| refuse(folder, format!("cannot be read as a folder: {error}")))?;
    let mut paths: Vec<PathBuf> = (entries.flatten().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "parquet"))
        .collect();
    paths.sort();
    if paths.is_empty() {
        let why = "there is no part in this folder; make some with `shoespace index SOURCE --shard I/N -o FOLDER/I.parquet`";
        return Err(refuse(folder, why.to_owned()));
    }
    job.stage("Reading the parts", Some(paths.len() as u64));
    let mut parts: BTreeMap<u32, (Part, Told)> = BTreeMap::new();
    for path in paths {
        job.check()?;
        let catalog = Catalog::open(&path)?;
        let Some(told) = Told::read(catalog.info()) else {
            let why = "is no part that `shoespace index --shard` wrote; take it out of the folder";
            return Err(refuse(&path, why.to_owned()));
        };
        if let Some((first, first_told)) = parts.values().next() {
            let name = first.path.display();
            let why = if told.shard.of != first_told.shard.of {
                let of = first_told.shard.of;
                Some(format!("is part {}, and {name} is one of {of}", told.shard))
            } else if catalog.info().embedder != first.info.embedder {
                Some(format!("was embedded by another network than {name}"))
            } else if told.options != first_told.options {
                Some(format!("was indexed with other options than {name}"))
            } else {
                None
            };
            if let Some(why) = why {
                return Err(refuse(
                    &path,
                    format!("{why}: index it again as the others"),
                ));
            }
        }
        let columns = catalog.columns().iter();
        let part = Part {
            columns: columns.map(|c| (c.name.clone(), c.values.kind())).collect(),
            info: catalog.info().clone(),
            shoes: catalog.len(),
            path,
        };
        if let Some((other, _)) = parts.get(&told.shard.part) {
            let why = format!(
                "is part {}, and so is {}: take one of them away",
                told.shard,
                other.path.display()
            );
            return Err(refuse(&part.path, why));
        }
        parts.insert(told.shard.part, (part, told));
        job.advance(1);
    }
    let of = parts.values().next().map_or(0, |(_, told)| told.shard.of);
    let missing: Vec<String> = (1..=of)
        .filter(|part| !parts.contains_key(part))
        .map(|part| ShardOf { part, of }.to_string())
        .collect();
    if !missing.is_empty() {
        let (verb, list) = match missing.as_slice() {
            [one] => ("is", one.clone()),
            many => ("are", many.join(", ")),
        };
        let why = format!("{list} {verb} missing: index with `--shard`, then fit again");
        return Err(refuse(folder, why));
    }
    Ok(parts.into_values().map(|(part, _)| part).collect())
}

/// That all have the same columns: a data set of one schema.
fn check(folder: &Path, parts: &[Part]) -> Result<(), IndexError> {
    let Some(first) = parts.first() else {
        return Ok(());
    };
    for part in &parts[1..] {
        if part.columns != first.columns {
            let differs = (part.columns.iter())
                .find(|column| !first.columns.contains(column))
                .or_else(|| first.columns.iter().find(|c| !part.columns.contains(c)));
            let name = differs.map_or("", |(name, _)| name.as_str());
            return Err(IndexError::Parts {
                path: folder.to_owned(),
                why: format!(
                    "the column {name} is not the same in {} and {}: index both from the same tables",
                    first.path.display(),
                    part.path.display()
                ),
            });
        }
    }
    Ok(())
}
