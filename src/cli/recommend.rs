//! `shoespace recommend`: recommend shoes.

use crate::paths::Roots;

/// The arguments of `shoespace recommend`.
#[derive(Debug, clap::Args)]
pub struct RecommendArgs {}

pub(super) fn run(_args: RecommendArgs, _roots: &Roots) -> anyhow::Result<()> {
    anyhow::bail!("being built")
}
