//! `shoespace evaluate layout`: how many of a shoe's neighbours stay its neighbours in three dimensions.

use crate::cli::asked::catalogue;
use crate::cli::layout::{JUDGED_BY, kept};
use crate::cli::out::say;
use crate::cli::progress::watched_job;
use crate::layout::neighbourhoods;
use crate::paths::Roots;
use crate::recommend::Recommender;
use crate::workspace;
use crate::workspace::layouts::neighbours;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

/// The arguments of `shoespace evaluate layout`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
For each shoe: of the ten nearest in the whole embedding, the share that is among the ten nearest in the scene; as the
principal components lay it out, and as a layout by neighbourhoods would (made here, and not kept).

Example: shoespace evaluate layout kaggle.parquet")]
pub struct LayoutArgs {
    /// The catalogue [default: the embedded one]
    catalogue: Option<PathBuf>,
    /// Seed of the layout by neighbourhoods
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Print the figures as JSON
    #[arg(long)]
    json: bool,
}

#[derive(serde::Serialize)]
struct Report {
    shoes: usize,
    kept_by_chance: f64,
    kept_by_components: f64,
    kept_by_neighbourhoods: f64,
    seconds_to_search: f64,
    seconds_to_lay_out: f64,
}

pub(super) fn run(args: LayoutArgs, roots: &Roots) -> anyhow::Result<()> {
    let path = catalogue(args.catalogue.as_deref(), roots)?;
    let job = watched_job("steps", None);
    let catalog = Arc::new(workspace::open(&path)?);
    let recommender = Recommender::observed(catalog.clone(), &job)?;
    let began = Instant::now();
    let near = neighbours(&recommender, &job)?;
    let searched = began.elapsed().as_secs_f64();
    let began = Instant::now();
    let laid_out = neighbourhoods(&near, catalog.positions(), args.seed, &job)?;
    let laid = began.elapsed().as_secs_f64();
    let report = Report {
        shoes: catalog.len(),
        kept_by_chance: JUDGED_BY as f64 / catalog.len().max(2) as f64,
        kept_by_components: kept(&recommender, catalog.positions(), &job)?,
        kept_by_neighbourhoods: kept(&recommender, &laid_out, &job)?,
        seconds_to_search: searched,
        seconds_to_lay_out: laid,
    };
    if args.json {
        say!("{}", serde_json::to_string_pretty(&report)?);
        return Ok(());
    }
    say!(
        "{}: of the {JUDGED_BY} nearest of each of {} shoes, the scene keeps {:.3} as components, {:.3} as neighbourhoods (by chance {:.4}); search {:.1} s, layout {:.1} s",
        path.display(),
        report.shoes,
        report.kept_by_components,
        report.kept_by_neighbourhoods,
        report.kept_by_chance,
        report.seconds_to_search,
        report.seconds_to_lay_out
    );
    Ok(())
}
