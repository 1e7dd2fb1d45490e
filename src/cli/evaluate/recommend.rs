//! `shoespace evaluate recommend`.

use crate::paths::Roots;

/// The arguments of `shoespace evaluate recommend`.
#[derive(Debug, clap::Args)]
pub struct RecommendArgs {}

pub(super) fn run(_args: RecommendArgs, _roots: &Roots) -> anyhow::Result<()> {
    anyhow::bail!("being built")
}
