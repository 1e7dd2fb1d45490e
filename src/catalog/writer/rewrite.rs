//! A catalogue written again with changes: new positions, a layout, a learned block, another info.

use super::{Block, CatalogWriter, rounded, unfit};
use crate::catalog::arrow::{array_of, unpacked};
use crate::catalog::read::Files;
use crate::catalog::shard::Shard;
use crate::catalog::{BlockInfo, Catalog, CatalogError, CatalogInfo, Column, LayoutInfo};
use crate::job::Job;
use arrow_array::cast::AsArray as _;
use arrow_array::{Array as _, ArrayRef, BinaryArray, RecordBatch, StringArray, StructArray};
use arrow_schema::DataType;
use std::borrow::Cow;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// What a rewrite changes; all else is copied.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// Blocks to add, or to put in the place of those of the same name.
    pub blocks: Vec<Block>,
    /// Metadata columns to add, or to put in the place of those of the same name.
    pub columns: Vec<Column>,
    /// New positions, one a shoe.
    pub positions: Option<Vec<[f32; 3]>>,
    /// Layouts to add, or to put in the place of those of the same name; one point a shoe.
    pub layouts: Vec<(LayoutInfo, Vec<[f32; 3]>)>,
    /// New info; its version, its blocks and its layouts are set by the writer.
    pub info: Option<CatalogInfo>,
}

/// Batches after which the pages of the file that is copied are let go of.
const RELEASED_AFTER: usize = 16;

impl Catalog {
    /// Writes the catalogue with `changes` to `output` (which may be its own file), streamed, by a
    /// temporary name and a rename. A folder of shards becomes one file.
    ///
    /// # Errors
    /// Changes that do not fit, a damaged source, the system's refusal, or a cancelled job; then there is
    /// no new file, and an old one is as it was.
    pub fn rewrite(&self, output: &Path, changes: &Changes, job: &Job) -> Result<(), CatalogError> {
        changes.check(self.len(), output)?;
        let files = self.files()?;
        let info = changes.info_of(self, files);
        let columns = changes.columns_of(self);
        let named: Vec<Column> = columns
            .iter()
            .map(|c| Column::new(&c.name, c.values.select(&[])))
            .collect();
        let mut writer =
            CatalogWriter::create_carrying(output, info.clone(), &named, Some(self.len()))?;
        let positions = changes.positions.as_deref().unwrap_or(self.positions());
        let layouts = changes.points_of(self, &info)?;
        // What is copied from the file; the rest is in memory.
        let kept: Vec<&str> = std::iter::once("image")
            .chain(info.blocks.iter().map(|b| b.name.as_str()))
            .filter(|name| !changes.blocks.iter().any(|b| b.name == *name))
            .collect();
        let mut row = 0;
        for shard in files.shards() {
            let first = row;
            for (number, batch) in shard.batches(&kept, None)?.enumerate() {
                if number % RELEASED_AFTER == RELEASED_AFTER - 1 {
                    shard.release();
                }
                job.check()?;
                let batch = batch.map_err(|error| shard.damaged(&error))?;
                let rows = row..row + batch.num_rows();
                if rows.end > self.len() {
                    return Err(shard.damaged(&"it has more rows than it says"));
                }
                let ids = StringArray::from_iter_values(rows.clone().map(|row| self.id(row)));
                let image = canonical_image(stored(shard, &batch, "image")?)
                    .ok_or_else(|| shard.damaged(&"odd pictures"))?;
                let metadata = columns
                    .iter()
                    .map(|c| array_of(&c.values, rows.clone()))
                    .collect();
                let mut blocks = Vec::new();
                for info in &info.blocks {
                    let numbers = match changes.blocks.iter().find(|b| b.name == info.name) {
                        Some(block) => numbers_of(block, &rows),
                        None => stored_numbers(shard, &batch, info, row - first)?,
                    };
                    blocks.push(writer.block(info, numbers)?);
                }
                let positions = &positions[rows.clone()];
                let points: Vec<&[[f32; 3]]> =
                    layouts.iter().map(|points| &points[rows.clone()]).collect();
                writer.write(Arc::new(ids), image, metadata, blocks, positions, &points)?;
                job.advance(rows.len() as u64);
                row = rows.end;
            }
            shard.release();
        }
        if row != self.len() {
            let reason = format!("only {row} of {} shoes could be read", self.len());
            return Err(unfit(output, &reason));
        }
        writer.finish_with(info)
    }
}

impl Changes {
    /// That everything is there once for each of `rows` shoes.
    fn check(&self, rows: usize, output: &Path) -> Result<(), CatalogError> {
        let blocks = self.blocks.iter().map(|b| (&b.name, b.len()));
        let columns = self.columns.iter().map(|c| (&c.name, c.len()));
        if let Some((name, len)) = blocks.chain(columns).find(|(_, len)| *len != rows) {
            let reason = format!("`{name}` is for {len} shoes, and there are {rows}");
            return Err(unfit(output, &reason));
        }
        let mut points = (self.positions.iter()).chain(self.layouts.iter().map(|l| &l.1));
        if points.any(|points| points.len() != rows) {
            return Err(unfit(output, "there is not one position a shoe"));
        }
        Ok(())
    }

    /// The points of every layout of `info`, which are those of the changed catalogue.
    fn points_of<'a>(
        &'a self,
        catalog: &Catalog,
        info: &CatalogInfo,
    ) -> Result<Vec<Cow<'a, [[f32; 3]]>>, CatalogError> {
        let points = info.layouts.iter().map(|wanted| {
            match self.layouts.iter().find(|(new, _)| new == wanted) {
                Some((_, points)) => Ok(Cow::Borrowed(points.as_slice())),
                None => Ok(Cow::Owned(
                    catalog.layout(&wanted.name)?.unwrap_or_default(),
                )),
            }
        });
        points.collect()
    }

    /// The info of the changed catalogue, with its blocks and its layouts.
    fn info_of(&self, catalog: &Catalog, files: &Files) -> CatalogInfo {
        let mut info = self.info.clone().unwrap_or_else(|| catalog.info().clone());
        info.blocks = catalog.info().blocks.clone();
        for block in &self.blocks {
            let new = BlockInfo {
                name: block.name.clone(),
                dims: block.dims,
            };
            match info.blocks.iter_mut().find(|b| b.name == block.name) {
                Some(old) => *old = new,
                None => info.blocks.push(new),
            }
        }
        info.layouts = catalog.info().layouts.clone();
        // What another program left out cannot be written again, and what was made of another space is no longer so.
        let is_moved = self.positions.is_some();
        info.layouts
            .retain(|layout| !is_moved && files.has_points_of(layout));
        for (new, _) in &self.layouts {
            info.layouts.retain(|old| old.name != new.name);
            info.layouts.push(new.clone());
        }
        info
    }

    /// The metadata columns of the changed catalogue.
    fn columns_of<'a>(&'a self, catalog: &'a Catalog) -> Vec<&'a Column> {
        let mut columns: Vec<&Column> = catalog.columns().iter().collect();
        for column in &self.columns {
            match columns.iter_mut().find(|c| c.name == column.name) {
                Some(old) => *old = column,
                None => columns.push(column),
            }
        }
        columns
    }
}

/// The values of a block for `rows`, one row behind the other.
fn numbers_of(block: &Block, rows: &Range<usize>) -> Vec<f32> {
    let values = &block.values[rows.start * block.dims..rows.end * block.dims];
    values.iter().map(|x| x.to_f32()).collect()
}

fn stored<'a>(
    shard: &Shard,
    batch: &'a RecordBatch,
    name: &str,
) -> Result<&'a ArrayRef, CatalogError> {
    batch
        .column_by_name(name)
        .ok_or_else(|| shard.damaged(&format!("no column `{name}`")))
}

/// The values of a block as a batch of the file has them, one row behind the other; `first` is its first row in the file.
fn stored_numbers(
    shard: &Shard,
    batch: &RecordBatch,
    info: &BlockInfo,
    first: usize,
) -> Result<Vec<f32>, CatalogError> {
    let list = stored(shard, batch, &info.name)?;
    let numbers = shard.block_values(list, &info.name, info.dims, first)?;
    if let Some(wrong) = numbers.values().iter().position(|x| !x.is_finite()) {
        let row = first + wrong / info.dims.max(1);
        return Err(shard.bad_number(&info.name, row, Some(numbers.value(wrong))));
    }
    // Other programs may have finer numbers than ours.
    Ok(numbers.values().iter().map(|&x| rounded(x)).collect())
}

/// Pictures as this writer stores them, whatever other program wrote the file.
fn canonical_image(array: &ArrayRef) -> Option<ArrayRef> {
    let (bytes, paths) = match array.as_struct_opt() {
        Some(image) => (image.column_by_name("bytes")?, image.column_by_name("path")),
        // Bytes alone.
        None => (array, None),
    };
    let bytes = unpacked(bytes)?;
    let bytes: BinaryArray = match bytes.data_type() {
        DataType::Binary => bytes.as_binary::<i32>().clone(),
        DataType::LargeBinary => bytes.as_binary::<i64>().iter().collect(),
        DataType::BinaryView => bytes.as_binary_view().iter().collect(),
        _ => return None,
    };
    let paths = paths.and_then(unpacked);
    let paths: StringArray = match paths.as_ref().map(|paths| (paths, paths.data_type())) {
        Some((paths, DataType::Utf8)) => paths.as_string::<i32>().clone(),
        Some((paths, DataType::LargeUtf8)) => paths.as_string::<i64>().iter().collect(),
        Some((paths, DataType::Utf8View)) => paths.as_string_view().iter().collect(),
        _ => StringArray::new_null(bytes.len()),
    };
    let columns: Vec<ArrayRef> = vec![Arc::new(bytes), Arc::new(paths)];
    Some(Arc::new(
        StructArray::try_new(super::image_fields(), columns, None).ok()?,
    ))
}
