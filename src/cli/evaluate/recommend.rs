//! `shoespace evaluate recommend`: how often recommended shoes share a label with the shoe asked for.

use crate::cli::asked::catalogue;
use crate::cli::out::{say, say_part};
use crate::cli::progress::watched_job;
use crate::cli::recommend::weights_of;
use crate::paths::Roots;
use crate::recommend::Recommender;
use crate::recommend::evaluate::{EvaluateOptions, Figures, Report, Split, evaluate};
use crate::workspace;
use std::path::PathBuf;
use std::sync::Arc;

/// The arguments of `shoespace evaluate recommend`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example: shoespace evaluate recommend kaggle.parquet --by articleType,gender,baseColour\n\n\
    Where the catalogue has a learned block, every method is judged on the test split alone."
)]
pub struct RecommendArgs {
    /// The catalogue to judge; the one that comes with shoespace if none is named
    catalogue: Option<PathBuf>,
    /// The columns whose words say what is right
    #[arg(long, value_name = "COLUMN,…", value_delimiter = ',', required = true)]
    by: Vec<String>,
    /// Nearest shoes that are looked at
    #[arg(short, default_value_t = 10)]
    k: usize,
    /// Which shoes are asked for and can be found (default: test where a learned block is there, else all)
    #[arg(long, value_enum)]
    split: Option<SplitArg>,
    /// Ask for so many shoes only, evenly over the catalogue
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    queries: Option<u64>,
    /// Another weight for a block or column of the mix, as style=0.5 (repeatable)
    #[arg(long, value_name = "NAME=WEIGHT")]
    weight: Vec<String>,
    /// Leave plain pixels out, which need every picture to be decoded
    #[arg(long)]
    no_pixels: bool,
    /// Print the figures as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum SplitArg {
    All,
    Test,
}

pub(super) fn run(args: RecommendArgs, roots: &Roots) -> anyhow::Result<()> {
    let path = catalogue(args.catalogue.as_deref(), roots)?;
    let job = watched_job("shoes", None);
    let recommender = Recommender::observed(Arc::new(workspace::open(&path)?), &job)?;
    let options = EvaluateOptions {
        by: args.by,
        k: args.k,
        split: args.split.map(|split| match split {
            SplitArg::All => Split::All,
            SplitArg::Test => Split::Test,
        }),
        queries: args
            .queries
            .map(|n| usize::try_from(n).unwrap_or(usize::MAX)),
        weights: weights_of(&recommender, &args.weight)?,
        pixels: !args.no_pixels,
    };
    let report = evaluate(&recommender, &options, &job)?;
    if args.json {
        say!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print_report(&report);
    }
    Ok(())
}

fn print_report(report: &Report) {
    say!("Protocol: {}\n", report.protocol());
    table(&format!("precision@{}", report.k), report, &report.columns);
    say!();
    table("mean reciprocal rank", report, &report.reciprocal_rank);
    say!(
        "\nThe scene's three dimensions keep {:.3} of the {} nearest shoes (by chance {:.4}).",
        report.neighbourhood_kept,
        report.k,
        report.neighbourhood_kept_by_chance
    );
}

fn table(title: &str, report: &Report, columns: &std::collections::BTreeMap<String, Figures>) {
    let width = columns
        .keys()
        .map(String::len)
        .max()
        .unwrap_or(0)
        .max(title.len());
    say_part!("{title:<width$}");
    for method in &report.methods {
        say_part!("  {:>w$}", method, w = method.len().max(6));
    }
    say!();
    for (column, figures) in columns {
        say_part!("{column:<width$}");
        for method in &report.methods {
            let w = method.len().max(6);
            match figures.get(method).copied().flatten() {
                Some(figure) => say_part!("  {figure:>w$.3}"),
                None => say_part!("  {:>w$}", "-"),
            }
        }
        say!();
    }
}
