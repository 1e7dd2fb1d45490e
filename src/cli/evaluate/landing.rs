//! `shoespace evaluate landing`: do designs land where they were asked for?

use crate::cli::asked::catalogue;
use crate::cli::out::say;
use crate::design::generators;
use crate::design::landing::{Landing, LandingOptions, measure};
use crate::design::studio::Studio;
use crate::embed;
use crate::paths::Roots;
use crate::recommend::Recommender;
use crate::workspace;
use std::path::PathBuf;
use std::sync::Arc;

/// The arguments of `shoespace evaluate landing`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A design is asked for at the place of each of some held-out shoes, embedded again, and compared with every shoe of
the catalogue: is the asked one the nearest? As it is, and after it settled. Outlines of both, filled and framed from
edge to edge: intersection over union, the median.

Example:
  shoespace evaluate landing --shoes 500")]
pub struct LandingArgs {
    /// The catalogue whose held-out shoes are asked for [default: the embedded one]
    #[arg(long, value_name = "CATALOGUE")]
    catalogue: Option<PathBuf>,
    /// The generator's file [default: the one under models/ that fits the catalogue]
    #[arg(long, value_name = "MODEL")]
    model: Option<PathBuf>,
    /// Judge smaller pictures of it: without the levels beyond this size
    #[arg(long, value_name = "PIXELS")]
    size: Option<usize>,
    /// Held-out shoes, evenly spread over them
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..))]
    shoes: u64,
    /// Designs that settling tries for each; 1 for none
    #[arg(long, value_name = "N", default_value_t = crate::design::settle::TRIES as u64, value_parser = clap::value_parser!(u64).range(1..100_000))]
    tries: u64,
    /// Print the figures as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: LandingArgs, roots: &Roots) -> anyhow::Result<()> {
    let path = catalogue(args.catalogue.as_deref(), roots)?;
    let catalog = Arc::new(workspace::open(&path)?);
    let mut named = match &args.model {
        Some(model) => generators::load(model)?,
        None => generators::for_catalogue(&catalog, roots)?,
    };
    if let Some(size) = args.size {
        named = named.reduced(size)?;
    }
    let name = named.name.clone();
    let embedder = embed::embedder_of(&catalog.info().embedder).open(roots)?;
    let studio = Studio::new(catalog.clone(), named, Some(embedder))?;
    let options = LandingOptions {
        shoes: args.shoes as usize,
        tries: args.tries as usize,
        ..LandingOptions::default()
    };
    let job = crate::cli::progress::watched_job("shoes", None);
    let landings = measure(&studio, &Recommender::new(catalog)?, &options, &job)?;
    if args.json {
        say!("{}", serde_json::to_string_pretty(&landings)?);
        return Ok(());
    }
    say!(
        "{name} on {} held-out shoes of {}, each to be found among {}:",
        landings.shoes,
        path.display(),
        landings.among
    );
    print("as they are", &landings.unsettled);
    if let Some(settled) = &landings.settled {
        print(&format!("settled, {} tries", options.tries), settled);
    }
    Ok(())
}

fn print(what: &str, landing: &Landing) {
    say!(
        "{what:<20} the asked shoe is the nearest: {:.3}; median rank {:.0}; gap {:.0} %; cosines: {}; outlines cover each other by {:.2}; {:.0} ms",
        landing.found_first,
        landing.rank,
        landing.gap_percentile,
        landing.cosines_in_words(),
        landing.outline_overlap,
        landing.ms
    );
}
