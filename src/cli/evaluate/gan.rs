//! `shoespace evaluate gan`: how good, true and varied a generator's designs are.

use crate::catalog::Catalog;
use crate::cli::asked::catalogue;
use crate::cli::out::say;
use crate::cli::train::use_threads;
use crate::embed;
use crate::gan::{Evaluation, Generator, PROTOCOL};
use crate::paths::Roots;
use std::path::PathBuf;

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
    /// Write the judged pictures there, with a table of which is which
    #[arg(long, value_name = "FOLDER")]
    dump: Option<PathBuf>,
    /// Print the figures as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: GanArgs, roots: &Roots) -> anyhow::Result<()> {
    use_threads(None);
    let mut generator = Generator::load(&args.model)?;
    if let Some(size) = args.size {
        generator = generator.reduced(size)?;
    }
    let baseline = args.baseline.as_deref().map(Generator::load).transpose()?;
    let path = catalogue(args.catalogue.as_deref(), roots)?;
    let catalog = Catalog::open(&path)?;
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
    let evaluation = Evaluation {
        generator: &generator,
        baseline: baseline.as_ref(),
        catalog: &catalog,
        embedder: &*embedder,
        dump: args.dump.as_deref(),
    };
    let report = evaluation.run(&crate::cli::progress::watched_job("pictures", None))?;
    if args.json {
        say!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        say!("{PROTOCOL}\n\n{report}");
    }
    Ok(())
}
