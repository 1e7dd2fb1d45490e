//! `shoespace export`: a catalogue for other programs.

use super::asked::{catalogue, expect_ending, keep_apart};
use super::progress::watched_job;
use crate::cli::out::say;
use crate::paths::Roots;
use crate::recommend::Recommender;
use crate::workspace;
use crate::workspace::export::{NEIGHBOURS, Target, export_all, export_for};
use std::path::PathBuf;
use std::sync::Arc;

/// The arguments of `shoespace export`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shoespace export mine.parquet --to csv -o mine.csv
  shoespace export mine.parquet --to projector -o projector/
  shoespace export mine.parquet --to atlas -o atlas.parquet

A catalogue is itself a Parquet file that pandas, polars, DuckDB and datasets read: see docs/other-tools.md.")]
pub struct ExportArgs {
    /// The catalogue; the one that comes with shoespace if none is named
    catalogue: Option<PathBuf>,
    /// The program to write for
    #[arg(long, value_enum)]
    to: TargetArg,
    /// Where to write: FILE.csv, FILE.parquet (atlas), or a new folder (projector)
    #[arg(short, long, value_name = "PATH")]
    output: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum TargetArg {
    /// TensorFlow's Embedding Projector: vectors, metadata, pictures and what joins them
    Projector,
    /// Embedding Atlas: a Parquet file with x, y, image and neighbors
    Atlas,
    /// A spreadsheet: ids, metadata and positions
    Csv,
}

pub(super) fn run(args: ExportArgs, roots: &Roots) -> anyhow::Result<()> {
    let path = catalogue(args.catalogue.as_deref(), roots)?;
    let output = &args.output;
    let target = match args.to {
        TargetArg::Projector => Target::Projector,
        TargetArg::Atlas => {
            expect_ending(output, "a table for Atlas", "parquet")?;
            Target::Atlas
        }
        TargetArg::Csv => {
            expect_ending(output, "a table", "csv")?;
            Target::Csv
        }
    };
    keep_apart(output, &[&path])?;
    let catalog = Arc::new(workspace::open(&path)?);
    let count = catalog.len();
    // A spreadsheet needs no embedding.
    if target == Target::Csv {
        export_all(&catalog, output)?;
    } else {
        let job = watched_job("shoes", None);
        let recommender = Recommender::observed(catalog, &job)?;
        export_for(target, &recommender, output, &job)?;
    }
    let place = output.display();
    say!("{count} shoes written to {place}");
    match target {
        Target::Projector => say!(
            "open it with: tensorboard --logdir {place}, or load its .tsv files at projector.tensorflow.org"
        ),
        Target::Atlas => say!(
            "open it with: embedding-atlas {place} --x x --y y --image image --neighbors {NEIGHBOURS}"
        ),
        Target::Csv => (),
    }
    Ok(())
}
