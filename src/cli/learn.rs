//! `shoespace learn`: learn likeness from labels.

use crate::paths::Roots;

/// The arguments of `shoespace learn`.
#[derive(Debug, clap::Args)]
pub struct LearnArgs {}

pub(super) fn run(_args: LearnArgs, _roots: &Roots) -> anyhow::Result<()> {
    anyhow::bail!("being built")
}
