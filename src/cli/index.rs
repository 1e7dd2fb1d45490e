//! `shoespace index`: make a catalogue from photos.

use crate::paths::Roots;

/// The arguments of `shoespace index`.
#[derive(Debug, clap::Args)]
pub struct IndexArgs {}

pub(super) fn run(_args: IndexArgs, _roots: &Roots) -> anyhow::Result<()> {
    anyhow::bail!("being built")
}
