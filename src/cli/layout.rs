//! `shoespace layout`: lay a catalogue out so that neighbours stand together, and keep that in its file.

use super::asked::{catalogue, rewritten};
use super::progress::watched_job;
use crate::cli::out::say;
use crate::job::Job;
use crate::paths::Roots;
use crate::recommend::{Recommender, Weights};
use crate::workspace;
use crate::workspace::layouts;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

/// Neighbours by which a layout is judged.
pub(super) const JUDGED_BY: usize = 10;

/// The arguments of `shoespace layout`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Adds to the catalogue where its shoes stand so that neighbours in the whole embedding are neighbours in the scene too
(after UMAP). The components stay beside it; the axes panel of the explorer chooses.

Example: shoespace layout kaggle.parquet")]
pub struct LayoutArgs {
    /// The catalogue to lay out; the one that comes with shoespace if none is named
    catalogue: Option<PathBuf>,
    /// Write the catalogue with its layout here instead of in its place
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Another seed lays out otherwise
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Print what was done as JSON
    #[arg(long)]
    json: bool,
}

/// What was done, as `--json` tells it.
#[derive(serde::Serialize)]
pub(super) struct Report {
    catalogue: String,
    shoes: usize,
    seed: u64,
    seconds: f64,
    /// Of the ten nearest of each shoe, the share that is among its ten nearest in the scene.
    kept_by_neighbourhoods: f64,
    kept_by_components: f64,
}

pub(super) fn run(args: LayoutArgs, roots: &Roots) -> anyhow::Result<()> {
    let path = catalogue(args.catalogue.as_deref(), roots)?;
    let output = rewritten(args.output, &path)?;
    let job = watched_job("steps", None);
    let report = lay_out(&path, &output, args.seed, &job)?;
    if args.json {
        say!("{}", serde_json::to_string_pretty(&report)?);
        return Ok(());
    }
    say!(
        "{}: {} shoes laid out by neighbourhoods in {:.1} s; of the {JUDGED_BY} nearest of each the scene keeps {:.3}, by components {:.3}",
        report.catalogue,
        report.shoes,
        report.seconds,
        report.kept_by_neighbourhoods,
        report.kept_by_components
    );
    Ok(())
}

/// Lays out, judges, and writes.
pub(super) fn lay_out(path: &Path, output: &Path, seed: u64, job: &Job) -> anyhow::Result<Report> {
    let catalog = Arc::new(workspace::open(path)?);
    let recommender = Recommender::observed(catalog.clone(), job)?;
    let began = Instant::now();
    let points = layouts::neighbourhoods(&recommender, seed, job)?;
    let seconds = began.elapsed().as_secs_f64();
    let report = Report {
        catalogue: output.display().to_string(),
        shoes: catalog.len(),
        seed,
        seconds,
        kept_by_neighbourhoods: kept(&recommender, &points, job)?,
        kept_by_components: kept(&recommender, catalog.positions(), job)?,
    };
    layouts::keep(&catalog, points, seed, output, job)?;
    Ok(report)
}

/// Of the ten nearest of each shoe, the share that is among its ten nearest at these points; the mean.
pub(super) fn kept(
    recommender: &Recommender,
    points: &[[f32; 3]],
    job: &Job,
) -> anyhow::Result<f64> {
    let weights = Weights::default();
    let shares = recommender.neighbourhood_preservation(points, None, JUDGED_BY, &weights, job)?;
    let sum: f64 = shares.iter().map(|s| f64::from(*s)).sum();
    Ok(sum / shares.len().max(1) as f64)
}
