//! `shoespace evaluate`: measure the embedding, recommendations, a generator, where its designs land, or a layout.

mod embedding;
mod gan;
mod landing;
mod layout;
mod recommend;

use crate::paths::Roots;

/// The arguments of `shoespace evaluate`.
#[derive(Debug, clap::Args)]
pub struct EvaluateArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Whether the same shoe is seen the same way, whatever its photo's margins and size
    Embedding(embedding::EmbeddingArgs),
    /// How often recommended shoes share a label with the shoe asked for
    Recommend(recommend::RecommendArgs),
    /// How good, true and varied a generator's designs are
    Gan(gan::GanArgs),
    /// Whether designs land where they were asked for
    Landing(landing::LandingArgs),
    /// How many of a shoe's neighbours stay its neighbours in three dimensions
    Layout(layout::LayoutArgs),
}

pub(super) fn run(args: EvaluateArgs, roots: &Roots) -> anyhow::Result<()> {
    match args.what {
        What::Embedding(args) => embedding::run(args, roots),
        What::Recommend(args) => recommend::run(args, roots),
        What::Gan(args) => gan::run(args, roots),
        What::Landing(args) => landing::run(args, roots),
        What::Layout(args) => layout::run(args, roots),
    }
}
