//! `shoespace inspect`: say what is in a catalogue.

use crate::paths::Roots;

/// The arguments of `shoespace inspect`.
#[derive(Debug, clap::Args)]
pub struct InspectArgs {}

pub(super) fn run(_args: InspectArgs, _roots: &Roots) -> anyhow::Result<()> {
    anyhow::bail!("being built")
}
