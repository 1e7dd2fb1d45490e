//! A few shoes of a published catalogue, as a catalogue of their own.

use crate::catalog::{BlockInfo, Catalog, CatalogError, Column, Kept, LayoutInfo, Store};
use crate::database::DatabaseError;
use crate::database::growing::Growing;
use crate::database::published::{About, Published};
use crate::spill::Spill;
use bytes::Bytes;
use half::f16;
use pgvector::HalfVector;
use postgres::Row;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// The blocks of a few shoes, in the order of the catalogue's info; their pictures stay where they are.
struct Few {
    shoes: usize,
    blocks: Vec<(String, Vec<f16>)>,
}

impl Store for Few {
    fn block(&self, block: &BlockInfo, values: &mut Spill<f16>) -> Result<(), CatalogError> {
        if let Some((_, found)) = self.blocks.iter().find(|(name, _)| *name == block.name) {
            values.copy_from_slice(found);
        }
        Ok(())
    }

    fn points(&self, _: &LayoutInfo) -> Result<Option<Vec<[f32; 3]>>, CatalogError> {
        Ok(None)
    }

    fn pictures(&self, rows: &[usize]) -> Result<Vec<Bytes>, CatalogError> {
        Ok(vec![Bytes::new(); rows.len()])
    }

    fn picture_path(&self, _: usize) -> Result<Option<String>, CatalogError> {
        Ok(None)
    }

    fn groups(&self) -> Vec<Range<usize>> {
        std::iter::once(0..self.shoes).collect()
    }

    fn bytes(&self) -> u64 {
        0
    }
}

/// The shoes of these ids, of which nothing else is known.
pub(super) fn of_ids(
    published: &Published,
    address: &str,
    ids: Vec<String>,
) -> Result<Catalog, DatabaseError> {
    let store = Few {
        shoes: ids.len(),
        blocks: Vec::new(),
    };
    let kept = Kept {
        positions: vec![[0.0; 3]; ids.len()],
        ids,
        columns: Vec::new(),
    };
    let about = published.about();
    let (info, name) = (about.info.clone(), about.name.clone());
    let path = Path::new(address);
    Ok(Catalog::of(path, name, info, kept, Arc::new(store))?)
}

/// Where a line has its first metadata column: behind the row and the id.
pub(super) const METADATA: usize = 2;

/// The catalogue of these lines (row, id, metadata, blocks), which are sorted by row; of none, one that knows its columns.
pub(super) fn catalogue(
    published: &Published,
    address: &str,
    lines: &[Row],
) -> Result<Catalog, DatabaseError> {
    let about: &About = published.about();
    let changed = |what: String| DatabaseError::Changed {
        address: address.to_owned(),
        what,
    };
    let odd = |error: postgres::Error| changed(format!("a line cannot be read ({error})"));
    let mut kept = Kept::default();
    for line in lines {
        kept.ids.push(line.try_get(1).map_err(odd)?);
    }
    for (at, column) in about.columns.iter().enumerate() {
        let mut values = Growing::of(column.kind);
        for line in lines {
            values.push(line, METADATA + at).map_err(odd)?;
        }
        kept.columns
            .push(Column::new(column.name.clone(), values.finish()));
    }
    kept.positions = vec![[0.0; 3]; lines.len()];
    let mut blocks = Vec::new();
    for (at, block) in about.info.blocks.iter().enumerate() {
        let at = METADATA + about.columns.len() + at;
        let mut values = Vec::with_capacity(lines.len() * block.dims);
        for line in lines {
            let found: HalfVector = line.try_get(at).map_err(odd)?;
            if found.as_slice().len() != block.dims {
                return Err(changed(format!(
                    "the block {} has another length",
                    block.name
                )));
            }
            values.extend_from_slice(found.as_slice());
        }
        blocks.push((block.name.clone(), values));
    }
    let store = Few {
        shoes: lines.len(),
        blocks,
    };
    let (path, info) = (Path::new(address), about.info.clone());
    Ok(Catalog::of(
        path,
        about.name.clone(),
        info,
        kept,
        Arc::new(store),
    )?)
}
