//! The files of a catalogue: one shard or several, as one.

use super::Store;
use crate::catalog::ids::Ids;
use crate::catalog::shard::Shard;
use crate::catalog::{BlockInfo, CatalogError, CatalogInfo, Column, LayoutInfo, Values};
use crate::spill::Spill;
use bytes::Bytes;
use half::f16;
use rayon::prelude::*;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Row groups of a block that are decoded at once, on all threads.
const GROUPS_AT_ONCE: usize = 16;

/// What a catalogue keeps in memory of its files: ids, metadata columns, positions.
type Kept = (Ids, Vec<Column>, Vec<[f32; 3]>);

/// The files that a catalogue lies in.
pub(in crate::catalog) struct Files {
    shards: Vec<Shard>,
    /// The first row of each shard, and behind the last one the number of all.
    first_rows: Vec<usize>,
}

impl Files {
    /// Opens a file, or the files of a folder in name order, with what is true of them all.
    pub(super) fn open(path: &Path) -> Result<(Self, CatalogInfo), CatalogError> {
        let files = shard_files(path)?;
        let shards: Vec<Shard> = files
            .par_iter()
            .map(|file| Shard::open(file))
            .collect::<Result<_, _>>()?;
        let Some(first) = shards.first() else {
            return Err(CatalogError::EmptyFolder {
                path: path.to_owned(),
            });
        };
        let mut info = first.info.clone();
        for shard in &shards[1..] {
            let mismatch = |reason: &str| CatalogError::Mismatch {
                path: shard.path.clone(),
                first: first.path.clone(),
                reason: reason.to_owned(),
            };
            if shard.info.embedder != info.embedder {
                return Err(mismatch("its embeddings were made by another network"));
            }
            if shard.info.blocks != info.blocks {
                return Err(mismatch("it has other blocks"));
            }
            if shard.info.space != info.space {
                return Err(mismatch(
                    "its positions belong to another space; to see both as one, index their photos in one go, or run `shoespace fit` on the folder where they are parts of `index --shard`",
                ));
            }
            // A layout places all shoes or none.
            let others = &shard.info.layouts;
            info.layouts.retain(|layout| others.contains(layout));
            info.is_grey &= shard.info.is_grey;
            let new: Vec<String> = shard
                .info
                .source
                .iter()
                .filter(|s| !info.source.contains(s))
                .cloned()
                .collect();
            info.source.extend(new);
        }
        let mut first_rows = vec![0];
        for shard in &shards {
            first_rows.push(first_rows.last().unwrap_or(&0) + shard.rows);
        }
        Ok((Self { shards, first_rows }, info))
    }

    /// What is kept in memory.
    pub(super) fn kept(&self) -> Result<Kept, CatalogError> {
        let ((ids, columns), positions) = rayon::join(
            || rayon::join(|| read_ids(&self.shards), || read_columns(&self.shards)),
            || read_points(&self.shards, ["x", "y", "z"]),
        );
        Ok((ids?, columns?, positions?))
    }

    pub(in crate::catalog) fn shards(&self) -> &[Shard] {
        &self.shards
    }

    /// Whether all coordinates of a layout are in the files.
    pub(in crate::catalog) fn has_points_of(&self, layout: &LayoutInfo) -> bool {
        let fields = layout.fields();
        let mut schemas = self.shards.iter().map(Shard::schema);
        schemas.all(|schema| fields.iter().all(|f| schema.field_with_name(f).is_ok()))
    }

    /// The shard that holds a row, and the row's number in it.
    fn place(&self, row: usize) -> (&Shard, usize) {
        // The last shard that begins at or before the row: an empty one begins where the next does.
        let index = self.first_rows.partition_point(|&first| first <= row) - 1;
        (&self.shards[index], row - self.first_rows[index])
    }
}

impl Store for Files {
    fn block(&self, block: &BlockInfo, values: &mut Spill<f16>) -> Result<(), CatalogError> {
        let mut at = 0;
        for shard in &self.shards {
            // What was read is let go of before the rest is: a block may be larger than memory.
            for groups in shard.row_groups().chunks(GROUPS_AT_ONCE) {
                let rows: usize = groups.iter().map(|(_, rows)| rows.len()).sum();
                let end = at + rows * block.dims;
                shard.block(&block.name, block.dims, groups, &mut values[at..end])?;
                at = end;
                shard.release();
                values.release();
            }
        }
        Ok(())
    }

    fn points(&self, layout: &LayoutInfo) -> Result<Option<Vec<[f32; 3]>>, CatalogError> {
        // Another program may have left a coordinate out.
        if !self.has_points_of(layout) {
            return Ok(None);
        }
        let fields = layout.fields();
        read_points(&self.shards, fields.each_ref().map(String::as_str)).map(Some)
    }

    fn pictures(&self, rows: &[usize]) -> Result<Vec<Bytes>, CatalogError> {
        let groups = self.groups();
        let mut pictures = Vec::with_capacity(rows.len());
        let mut rows = rows;
        while let Some(&first) = rows.first() {
            // Those that follow each other in a row group are read together.
            let at = groups.partition_point(|group| group.end <= first);
            let end = groups.get(at).map_or(first + 1, |group| group.end);
            let together = (first..end).zip(rows).take_while(|(a, b)| a == *b).count();
            let (shard, local) = self.place(first);
            pictures.extend(shard.pictures(local..local + together)?);
            rows = &rows[together..];
        }
        Ok(pictures)
    }

    fn picture_path(&self, row: usize) -> Result<Option<String>, CatalogError> {
        let (shard, local) = self.place(row);
        shard.picture_path(local)
    }

    fn groups(&self) -> Vec<Range<usize>> {
        let shards = self.shards.iter().zip(&self.first_rows);
        let groups = shards.flat_map(|(shard, first)| {
            let groups = shard.row_groups().into_iter();
            groups.map(move |(_, rows)| first + rows.start..first + rows.end)
        });
        groups.filter(|rows| !rows.is_empty()).collect()
    }

    fn bytes(&self) -> u64 {
        self.shards.iter().map(Shard::bytes).sum()
    }

    fn release(&self) {
        self.shards.iter().for_each(Shard::release);
    }
}

/// The files of a catalogue, in name order.
fn shard_files(path: &Path) -> Result<Vec<PathBuf>, CatalogError> {
    let io = CatalogError::read(path);
    if !std::fs::metadata(path).map_err(&io)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(&io)? {
        let file = entry.map_err(&io)?.path();
        let is_parquet = file
            .extension()
            .is_some_and(|e| e.eq_ignore_ascii_case("parquet"));
        let is_hidden = file
            .file_name()
            .is_some_and(|n| n.as_encoded_bytes().starts_with(b"."));
        if is_parquet && !is_hidden && file.is_file() {
            files.push(file);
        }
    }
    if files.is_empty() {
        return Err(CatalogError::EmptyFolder {
            path: path.to_owned(),
        });
    }
    files.sort();
    Ok(files)
}

fn read_ids(shards: &[Shard]) -> Result<Ids, CatalogError> {
    let mut ids = Ids::default();
    for shard in shards {
        shard.texts("id", |id| ids.push(id.unwrap_or_default()))?;
    }
    Ok(ids)
}

/// Reads the points whose coordinates are in these fields.
fn read_points(shards: &[Shard], [x, y, z]: [&str; 3]) -> Result<Vec<[f32; 3]>, CatalogError> {
    let mut positions = Vec::new();
    for shard in shards {
        let (x, (y, z)) = rayon::join(
            || shard.coordinates(x),
            || rayon::join(|| shard.coordinates(y), || shard.coordinates(z)),
        );
        let (x, y, z) = (x?, y?, z?);
        positions.extend(x.into_iter().zip(y).zip(z).map(|((x, y), z)| [x, y, z]));
    }
    Ok(positions)
}

/// Reads the metadata columns of all shards as one; what a shard lacks is missing there.
fn read_columns(shards: &[Shard]) -> Result<Vec<Column>, CatalogError> {
    let mut names: Vec<String> = Vec::new();
    for shard in shards {
        for (name, _) in shard.metadata_fields() {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    let columns: Vec<Option<Column>> = names
        .par_iter()
        .map(|name| {
            let parts = shards.iter().map(|shard| {
                let mut fields = shard.metadata_fields().into_iter();
                let field = fields.find(|(called, _)| called == name);
                let column = field.map_or(Ok(None), |(_, field)| shard.column(name, &field))?;
                Ok((column.map(|c| c.values), shard.rows))
            });
            let parts: Vec<(Option<Values>, usize)> = parts.collect::<Result<_, CatalogError>>()?;
            Ok(Values::concat(parts).map(|values| Column::new(name.clone(), values)))
        })
        .collect::<Result<_, CatalogError>>()?;
    Ok(columns.into_iter().flatten().collect())
}
