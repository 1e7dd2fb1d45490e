//! `shoespace evaluate gan`.

use crate::paths::Roots;

/// The arguments of `shoespace evaluate gan`.
#[derive(Debug, clap::Args)]
pub struct GanArgs {}

pub(super) fn run(_args: GanArgs, _roots: &Roots) -> anyhow::Result<()> {
    anyhow::bail!("being built")
}
