//! `shoespace generate`: design shoes.

use crate::paths::Roots;

/// The arguments of `shoespace generate`.
#[derive(Debug, clap::Args)]
pub struct GenerateArgs {}

pub(super) fn run(_args: GenerateArgs, _roots: &Roots) -> anyhow::Result<()> {
    anyhow::bail!("being built")
}
