//! `shoespace imagine`: a catalogue of shoes that do not exist.

use super::asked::{expect_ending, keep_apart};
use crate::catalog::Catalog;
use crate::cli::out::say;
use crate::design::generators;
use crate::design::imagine::{Imagination, ImagineOptions, MOST};
use crate::design::studio::Studio;
use crate::embed;
use crate::paths::Roots;
use crate::recommend::Recommender;
use crate::workspace;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The arguments of `shoespace imagine`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The designs become a catalogue like any other: explore, recommend, filter. Its columns: what kind each looks like and how
certain that is, and with a catalogue the nearest real shoe and how new it is beside it.

Examples: shoes in colour, without any catalogue; and what is missing from an assortment
  shoespace imagine --count 2000 -o imagined.parquet
  shoespace imagine shop.parquet --gaps --count 100 -o missing.parquet")]
pub struct ImagineArgs {
    /// The catalogue that shoes are imagined for; without one, the generator's own memory of its shoes
    catalogue: Option<PathBuf>,
    /// How many shoes
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u64).range(5..=MOST as u64))]
    count: u64,
    /// The generator's file [default: the one under models/ that fits the catalogue; without one, that in colour]
    #[arg(long, value_name = "MODEL")]
    model: Option<PathBuf>,
    /// Keep what is missing from the catalogue: new to it, and yet a plausible shoe; the best first
    #[arg(long, requires = "catalogue")]
    gaps: bool,
    /// Another seed, other shoes; the same seed, the same
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// The catalogue to write
    #[arg(short, long, value_name = "OUT.parquet")]
    output: PathBuf,
}

pub(super) fn run(args: ImagineArgs, roots: &Roots) -> anyhow::Result<()> {
    expect_ending(&args.output, "a catalogue", "parquet")?;
    let inputs: Vec<&Path> = args.catalogue.iter().map(PathBuf::as_path).collect();
    keep_apart(&args.output, &inputs)?;
    anyhow::ensure!(
        !args.output.exists(),
        "{} is there already; choose another -o, or take it away first",
        args.output.display()
    );
    let catalog = args
        .catalogue
        .as_deref()
        .map(workspace::open)
        .transpose()?
        .map(Arc::new);
    let named = match (&args.model, &catalog) {
        (Some(model), _) => generators::load(model)?,
        (None, Some(catalog)) => generators::for_catalogue(catalog, roots)?,
        (None, None) => generators::load(&roots.model(generators::COLOUR)?)?,
    };
    let generator = named.generator.clone();
    let embedder = embed::embedder_of(&generator.info().embedder_id()).open(roots)?;
    let beside = match catalog {
        Some(catalog) => Some((
            Studio::new(catalog.clone(), named, Some(embedder.clone()))?,
            Recommender::new(catalog)?,
        )),
        None => None,
    };
    let imagination = Imagination {
        generator: &generator,
        embedder: &*embedder,
        beside: beside
            .as_ref()
            .map(|(studio, recommender)| (studio, recommender)),
    };
    let options = ImagineOptions {
        count: args.count as usize,
        seed: args.seed,
        gaps: args.gaps,
    };
    let job = super::progress::watched_job("shoes", None);
    imagination.write(&args.output, &options, &job)?;
    let made = Catalog::open(&args.output)?;
    say!(
        "{}: {} imagined shoes; look at them with `shoespace {}`",
        args.output.display(),
        made.len(),
        args.output.display()
    );
    Ok(())
}
