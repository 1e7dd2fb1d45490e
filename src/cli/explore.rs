//! `shoespace explore`: open the explorer.

use crate::paths::Roots;

/// The arguments of `shoespace explore`.
#[derive(Debug, clap::Args)]
pub struct ExploreArgs {}

pub(super) fn run(_args: ExploreArgs, _roots: &Roots) -> anyhow::Result<()> {
    anyhow::bail!("being built")
}
