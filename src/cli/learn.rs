//! `shoespace learn`: learn from a catalogue's own labels what likeness means.

use super::asked::{catalogue, rewritten};
use super::progress::watched_job;
use crate::cli::out::say;
use crate::paths::Roots;
use crate::recommend::Recommender;
use crate::recommend::learn::{Learned, learn_into};
use crate::workspace;
use std::path::PathBuf;
use std::sync::Arc;

/// The arguments of `shoespace learn`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example: shoespace learn kaggle.parquet --by articleType,baseColour,gender\n\n\
    Adds the block `learned` to the catalogue. Shoes of the test split (column `split`, else a fifth by the \
    hash of the id) are never looked at, so that `shoespace evaluate recommend` can judge by them."
)]
pub struct LearnArgs {
    /// The catalogue to learn from; the one that comes with shoespace if none is named
    catalogue: Option<PathBuf>,
    /// The columns whose words say what is alike
    #[arg(long, value_name = "COLUMN,…", value_delimiter = ',', required = true)]
    by: Vec<String>,
    /// Write the catalogue with the block here instead of in its place
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Print what was learned as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: LearnArgs, roots: &Roots) -> anyhow::Result<()> {
    let path = catalogue(args.catalogue.as_deref(), roots)?;
    let output = rewritten(args.output, &path)?;
    let job = watched_job("steps", None);
    let recommender = Recommender::observed(Arc::new(workspace::open(&path)?), &job)?;
    let learned = learn_into(&recommender, &args.by, &output, &job)?;
    if args.json {
        let summary = serde_json::json!({
            "by": args.by,
            "rows": learned.rows,
            "dims": learned.projection.dims(),
            "columns": learned.columns,
            "seconds": learned.took.as_secs_f64(),
            "catalogue": output.display().to_string(),
        });
        say!("{summary:#}");
    } else {
        print_report(&learned);
        say!("written to {}", output.display());
    }
    Ok(())
}

fn print_report(learned: &Learned) {
    say!(
        "learned {} numbers from {} training shoes in {:.1} s",
        learned.projection.dims(),
        learned.rows,
        learned.took.as_secs_f64()
    );
    say!("told right on a fifth of them, predicted from the rest:");
    for column in &learned.columns {
        say!(
            "  {:<16} {:>5.1} %  (always the most frequent of {} words: {:.1} %; {} shoes have one)",
            column.column,
            100.0 * column.accuracy,
            column.words,
            100.0 * column.accuracy_of_chance,
            column.rows,
        );
    }
}
