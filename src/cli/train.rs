//! `shoespace train`: train a generator.

use crate::paths::Roots;

/// The arguments of `shoespace train`.
#[derive(Debug, clap::Args)]
pub struct TrainArgs {}

pub(super) fn run(_args: TrainArgs, _roots: &Roots) -> anyhow::Result<()> {
    anyhow::bail!("being built")
}
