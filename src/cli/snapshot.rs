//! `shoespace snapshot`: render the scene to a picture.

use crate::paths::Roots;

/// The arguments of `shoespace snapshot`.
#[derive(Debug, clap::Args)]
pub struct SnapshotArgs {}

pub(super) fn run(_args: SnapshotArgs, _roots: &Roots) -> anyhow::Result<()> {
    anyhow::bail!("being built")
}
