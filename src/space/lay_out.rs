//! Laying a catalogue out that was written without positions.

use super::{BlockRows, Space, SpaceError};
use crate::catalog::writer::Changes;
use crate::catalog::{Catalog, CatalogError, CatalogInfo};
use crate::job::Job;
use std::path::Path;

/// Fits the space to `catalog` and writes it to `output` with its positions; what is true of the whole becomes `info`
/// with the space. `seed` is of the sample that the space is fitted to.
///
/// # Errors
/// Blocks that do not fit, a damaged catalogue, an output that cannot be written, or cancelled; the output is then as it
/// was.
pub fn lay_out<E>(
    catalog: &Catalog,
    mut info: CatalogInfo,
    output: &Path,
    seed: u64,
    job: &Job,
) -> Result<Space, E>
where
    E: From<CatalogError> + From<SpaceError>,
{
    let blocks: Vec<_> = info
        .blocks
        .iter()
        .map(|block| catalog.block(&block.name))
        .collect::<Result<_, _>>()?;
    let rows: Vec<BlockRows<'_>> = blocks
        .iter()
        .map(|block| BlockRows::from(&**block))
        .collect();
    job.stage("Fitting the space", None);
    let space = Space::fit(&rows, seed, job)?;
    let positions = space.positions(&rows, job)?;
    info.space = Some(space.to_stored());
    info.is_grey = catalog.is_grey();
    let changes = Changes {
        positions: Some(positions),
        info: Some(info),
        ..Changes::default()
    };
    job.stage("Writing", Some(catalog.len() as u64));
    catalog.rewrite(output, &changes, job)?;
    Ok(space)
}
