//! `shoespace evaluate`: measure recommendations or a generator.

use crate::paths::Roots;

/// The arguments of `shoespace evaluate`.
#[derive(Debug, clap::Args)]
pub struct EvaluateArgs {}

pub(super) fn run(_args: EvaluateArgs, _roots: &Roots) -> anyhow::Result<()> {
    anyhow::bail!("being built")
}
