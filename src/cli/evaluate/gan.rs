//! `shoespace evaluate gan`: how good, true and varied a generator's designs are.

use crate::cli::asked::catalogue;
use crate::cli::out::say;
use crate::design::settle::Settling;
use crate::design::studio::Studio;
use crate::design::{DesignError, Origin, generators};
use crate::embed;
use crate::gan::{Evaluation, GanError, Generator, PROTOCOL, Refine};
use crate::job::Job;
use crate::paths::Roots;
use crate::workspace;
use std::path::PathBuf;
use std::sync::Arc;

/// The arguments of `shoespace evaluate gan`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  shoespace evaluate gan models/shoegan-grey-32.safetensors --catalogue data/fashion-mnist-shoes.parquet

Beside the original's network, trained for as long:
  shoespace train data/fashion-mnist-shoes.parquet -o original.safetensors --network original --minutes 60
  shoespace evaluate gan models/shoegan-grey-32.safetensors --baseline original.safetensors")]
pub struct GanArgs {
    /// The generator's file
    model: PathBuf,
    /// The catalogue whose held-out shoes are asked for [default: the embedded one]
    #[arg(long, value_name = "CATALOGUE")]
    catalogue: Option<PathBuf>,
    /// A second generator to compare with, as of `train --network original`
    #[arg(long, value_name = "MODEL")]
    baseline: Option<PathBuf>,
    /// Judge smaller pictures of it: without the levels beyond this size
    #[arg(long, value_name = "PIXELS")]
    size: Option<usize>,
    /// Judge pictures of this size, enlarged, in the place of its own: what its finest levels are worth
    #[arg(long, value_name = "PIXELS", conflicts_with = "settle")]
    enlarge: Option<usize>,
    /// At most so many held-out shoes, evenly spread over them [default: all]
    #[arg(long, value_name = "N")]
    shoes: Option<usize>,
    /// Let each design settle with so many tries before it is judged (112 are a second each)
    #[arg(long, value_name = "TRIES")]
    settle: Option<usize>,
    /// Write the judged pictures there, with a table of which is which
    #[arg(long, value_name = "FOLDER")]
    dump: Option<PathBuf>,
    /// Print the figures as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: GanArgs, roots: &Roots) -> anyhow::Result<()> {
    let mut named = generators::load(&args.model)?;
    if let Some(size) = args.size {
        named = named.reduced(size)?;
    }
    let generator = named.generator.clone();
    let enlarged = args
        .enlarge
        .map(|size| generator.reduced(size))
        .transpose()?;
    let baseline = args.baseline.as_deref().map(Generator::load).transpose()?;
    let path = catalogue(args.catalogue.as_deref(), roots)?;
    let catalog = Arc::new(workspace::open(&path)?);
    let kind = |grey: bool| if grey { "grey" } else { "in colour" };
    let makes_grey = generator.info().channels == 1;
    anyhow::ensure!(
        makes_grey == catalog.is_grey(),
        "{}: makes shoes that are {}, and those of {} are {}; name another --catalogue",
        args.model.display(),
        kind(makes_grey),
        path.display(),
        kind(catalog.is_grey())
    );
    let embedder = embed::embedder_of(&catalog.info().embedder).open(roots)?;
    let studio = match args.settle {
        Some(_) => Some(Studio::new(catalog.clone(), named, Some(embedder.clone()))?),
        None => None,
    };
    let job = crate::cli::progress::watched_job("pictures", None);
    let refine = studio.as_ref().zip(args.settle).map(|(studio, tries)| {
        let job = &job;
        move |row: usize, code: &[f32], noise: &[f32]| {
            settled(studio, row, (code, noise), tries, job).map_err(|error| match error {
                DesignError::Cancelled(cancelled) => GanError::Cancelled(cancelled),
                other => GanError::Refine(other.to_string()),
            })
        }
    });
    let evaluation = Evaluation {
        shoes: args.shoes,
        enlarged: enlarged.as_ref(),
        refine: refine.as_ref().map(|refine| refine as &Refine<'_>),
        generator: &generator,
        baseline: baseline.as_ref(),
        catalog: &catalog,
        embedder: &*embedder,
        dump: args.dump.as_deref(),
    };
    let report = evaluation.run(&job)?;
    if args.json {
        say!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        say!("{PROTOCOL}\n\n{report}");
    }
    Ok(())
}

/// Code and noise of a design that settled towards the shoe in `row`. The seed of its search is the row.
fn settled(
    studio: &Studio,
    row: usize,
    (code, noise): (&[f32], &[f32]),
    tries: usize,
    job: &Job,
) -> Result<(Vec<f32>, Vec<f32>), DesignError> {
    let asked = studio.embedding(&studio.features(row)?)?;
    let design = studio.design(code.to_vec(), noise.to_vec(), 1.0, Origin::Unknown);
    let picture = design.decode(studio.generator())?;
    let mut settling = Settling::begin(studio, (&design, &picture), &asked, row as u64)?;
    settling.advance_to(tries, studio, job)?;
    let best = &settling.best().design;
    Ok((best.code.clone(), best.noise.clone()))
}
