//! `shoespace fit`: parts that were indexed apart become one catalogue.

use super::progress::watched_job;
use crate::cli::out::say;
use crate::index::fit;
use std::path::PathBuf;

/// The arguments of `shoespace fit`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example, on eight machines and then on one:
  shoespace index photos/ --shard 1/8 -o parts/1.parquet     (2/8 on the next, and so on)
  shoespace fit parts/
  shoespace parts/

The parts are one catalogue then, and one Parquet data set for other programs. Stopped, the same command goes on.")]
pub struct FitArgs {
    /// The folder with all parts that `shoespace index --shard` wrote
    folder: PathBuf,
    /// Print what came of it as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: FitArgs) -> anyhow::Result<()> {
    let job = watched_job("parts", Some("what is done is kept"));
    let report = fit(&args.folder, &job)?;
    if args.json {
        say!("{}", serde_json::to_string_pretty(&report)?);
        return Ok(());
    }
    let first_three: f32 = report.variance.iter().take(3).sum();
    say!(
        "{}: {} shoes in {} parts, one space ({} written anew); {:.0} % of the variance on the first three axes",
        report.folder.display(),
        report.shoes,
        report.parts,
        report.stamped,
        first_three * 100.0
    );
    Ok(())
}
