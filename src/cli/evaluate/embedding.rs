//! `shoespace evaluate embedding`: is the same shoe seen the same way?

use crate::cli::asked::catalogue;
use crate::cli::out::say;
use crate::cli::progress::watched_job;
use crate::embed;
use crate::paths::Roots;
use crate::recommend::Recommender;
use crate::recommend::robustness::{Found, measure};
use crate::workspace;
use std::path::PathBuf;
use std::sync::Arc;

/// The arguments of `shoespace evaluate embedding`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Pictures of the catalogue are cut tight, given more room, halved, doubled, stored as poor JPEGs and shifted, embedded
again, and looked for among all shoes: is the shoe itself the nearest?

Example: shoespace evaluate embedding kaggle.parquet")]
pub struct EmbeddingArgs {
    /// The catalogue [default: the embedded one]
    catalogue: Option<PathBuf>,
    /// Shoes whose pictures are changed, evenly over the catalogue
    #[arg(long, value_name = "N", default_value_t = 512, value_parser = clap::value_parser!(u64).range(1..))]
    shoes: u64,
    /// Print the figures as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: EmbeddingArgs, roots: &Roots) -> anyhow::Result<()> {
    let path = catalogue(args.catalogue.as_deref(), roots)?;
    let job = watched_job("pictures", None);
    let catalog = Arc::new(workspace::open(&path)?);
    let embedder = embed::embedder_of(&catalog.info().embedder).open(roots)?;
    let recommender = Recommender::observed(catalog, &job)?;
    let found = measure(&recommender, &*embedder, args.shoes as usize, &job)?;
    if args.json {
        say!("{}", serde_json::to_string_pretty(&found)?);
        return Ok(());
    }
    say!(
        "{} shoes of {}, changed, each looked for among {}: the share that finds itself first",
        found.shoes,
        path.display(),
        found.among
    );
    let line = |what: &str, found: &Found| {
        say!("{what:<10} style {:.3}  mix {:.3}", found.style, found.mix);
    };
    for (change, found) in &found.by_change {
        line(&format!("{change:?}").to_lowercase(), found);
    }
    line("all", &found.all);
    Ok(())
}
