//! Opening and reading a catalogue: one shard or several, as one.

mod pictures;

use super::ids::Ids;
use super::shard::Shard;
use super::{
    Block, CatalogError, CatalogInfo, Column, EmbedderId, LayoutInfo, Roles, SPLIT_COLUMN, Table,
    Values, is_test_id,
};
use crate::digest::sha256_hex;
use crate::spill::Spill;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

/// Row groups of a block that are decoded at once, on all threads.
const GROUPS_AT_ONCE: usize = 16;

/// A catalogue: cheap to open, and to be shared between threads in an [`Arc`].
pub struct Catalog {
    path: PathBuf,
    shards: Vec<Shard>,
    /// The first row of each shard, and behind the last one the number of all.
    first_rows: Vec<usize>,
    ids: Ids,
    columns: Vec<Column>,
    positions: Vec<[f32; 3]>,
    info: CatalogInfo,
    blocks: Mutex<BTreeMap<String, Weak<Block>>>,
    fingerprint: OnceLock<String>,
}

impl std::fmt::Debug for Catalog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Catalog({}, {} shoes)", self.path.display(), self.len())
    }
}

impl Catalog {
    /// Opens a catalogue: a file, or a folder of shards that are read in name order as one.
    ///
    /// # Errors
    /// What is wrong with the file, and what to do.
    pub fn open(path: &Path) -> Result<Self, CatalogError> {
        let files = shard_files(path)?;
        let shards: Vec<Shard> = files
            .par_iter()
            .map(|file| Shard::open(file))
            .collect::<Result<_, _>>()?;
        Self::of_shards(path, shards)
    }

    fn of_shards(path: &Path, shards: Vec<Shard>) -> Result<Self, CatalogError> {
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
        let ((ids, columns), positions) = rayon::join(
            || rayon::join(|| read_ids(&shards), || read_columns(&shards)),
            || read_points(&shards, ["x", "y", "z"]),
        );
        Ok(Self {
            path: path.to_owned(),
            first_rows,
            ids: ids?,
            columns: columns?,
            positions: positions?,
            info,
            blocks: Mutex::default(),
            fingerprint: OnceLock::new(),
            shards,
        })
    }

    /// The number of shoes.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there is no shoe.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The file or folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The catalogue's name for people: the file's, without its extension.
    pub fn name(&self) -> String {
        self.path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned()
    }

    /// SHA-256 (hexadecimal) over the ids and the embedder: says whether two catalogues hold the same
    /// shoes, wherever they lie. Computed once, when it is first asked for.
    pub fn fingerprint(&self) -> &str {
        self.fingerprint.get_or_init(|| {
            let embedder = self.info.embedder.sha256.as_bytes();
            let ids = (0..self.len()).flat_map(|row| [&[0][..], self.id(row).as_bytes()]);
            sha256_hex(std::iter::once(embedder).chain(ids))
        })
    }

    /// The size of its files, in bytes.
    pub fn bytes(&self) -> u64 {
        self.shards.iter().map(Shard::bytes).sum()
    }

    /// The shoe's id. Panics where `row` is not below [`len`](Self::len), as indexing does.
    pub fn id(&self, row: usize) -> &str {
        self.ids.get(row)
    }

    /// The row of the shoe with that id (the first, where shards repeat it).
    pub fn row_of(&self, id: &str) -> Option<usize> {
        self.ids.row_of(id)
    }

    /// How many shoes have the id of an earlier one, as shards may: they are not found by it.
    pub fn repeated_ids(&self) -> usize {
        self.ids.repeated()
    }

    /// Up to `n` ids that look most like `id`, closest first: for "did you mean".
    pub fn closest_ids(&self, id: &str, n: usize) -> Vec<&str> {
        self.ids.closest(id, n)
    }

    /// What to say where there is no shoe of that id: the closest ids, or what ids look like here.
    pub fn no_such_id(&self, id: &str) -> String {
        // A line is to be read: what is longer is no id that anybody meant.
        let told: String = id.chars().take(100).collect();
        let id = match told.len() < id.len() {
            true => format!("{told}…"),
            false => told,
        };
        let id = id.as_str();
        let name = self.path().display();
        let closest = self.closest_ids(id, 3);
        if !closest.is_empty() {
            return format!(
                "{name}: there is no shoe {id}; did you mean {}?",
                closest.join(", ")
            );
        }
        let some: Vec<&str> = (0..self.len().min(3)).map(|row| self.id(row)).collect();
        format!(
            "{name}: there is no shoe {id}; its ids look like {}",
            some.join(", ")
        )
    }

    /// The metadata columns, in the order of the file.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The metadata column of that name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|c| c.name == name)
    }

    /// The positions in the scene, one a shoe: the first three principal components.
    pub fn positions(&self) -> &[[f32; 3]] {
        &self.positions
    }

    /// Where a layout beside the positions has the shoes, one a shoe; read when it is asked for. `None` where the
    /// catalogue has no layout of that name, or another program left a coordinate out.
    ///
    /// # Errors
    /// A damaged file, or a coordinate that is no number.
    pub fn layout(&self, name: &str) -> Result<Option<Vec<[f32; 3]>>, CatalogError> {
        let mut layouts = self.info.layouts.iter();
        let Some(layout) = layouts.find(|l| l.name == name && self.has_points_of(l)) else {
            return Ok(None);
        };
        let fields = layout.fields();
        read_points(&self.shards, fields.each_ref().map(String::as_str)).map(Some)
    }

    /// Whether all coordinates of a layout are in the file.
    pub(super) fn has_points_of(&self, layout: &LayoutInfo) -> bool {
        let fields = layout.fields();
        let mut schemas = self.shards.iter().map(Shard::schema);
        schemas.all(|schema| fields.iter().all(|f| schema.field_with_name(f).is_ok()))
    }

    /// What is true of the whole.
    pub fn info(&self) -> &CatalogInfo {
        &self.info
    }

    /// Whether every picture is grey, so that colour tells nothing.
    pub fn is_grey(&self) -> bool {
        self.info.is_grey
    }

    /// Whether the shoe is for testing: `split` says `test`, or without such a column the id's hash does
    /// (see [`is_test_id`]).
    pub fn is_test(&self, row: usize) -> bool {
        match self.column(SPLIT_COLUMN) {
            Some(split) => split.text(row).is_some_and(|s| s == "test"),
            None => is_test_id(self.id(row)),
        }
    }

    /// Whether the catalogue has a block of that name.
    pub fn has_block(&self, name: &str) -> bool {
        self.info.blocks.iter().any(|b| b.name == name)
    }

    /// A block of the embedding, read when it is asked for and shared for as long as somebody holds it: a
    /// million shoes' blocks are a gigabyte, so nothing is kept that nobody uses.
    ///
    /// # Errors
    /// [`CatalogError::NoBlock`], or a damaged file.
    pub fn block(&self, name: &str) -> Result<Arc<Block>, CatalogError> {
        let mut kept = self.blocks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(block) = kept.get(name).and_then(Weak::upgrade) {
            return Ok(block);
        }
        let Some(info) = self.info.blocks.iter().find(|b| b.name == name) else {
            return Err(CatalogError::NoBlock {
                path: self.path.clone(),
                name: name.to_owned(),
                offered: self.info.blocks.iter().map(|b| b.name.clone()).collect(),
            });
        };
        let mut values = Spill::zeroed(self.len() * info.dims);
        let mut at = 0;
        for shard in &self.shards {
            // What was read is let go of before the rest is: a block may be larger than memory.
            for groups in shard.row_groups().chunks(GROUPS_AT_ONCE) {
                let rows: usize = groups.iter().map(|(_, rows)| rows.len()).sum();
                let end = at + rows * info.dims;
                shard.block(name, info.dims, groups, &mut values[at..end])?;
                at = end;
                shard.release();
                values.release();
            }
        }
        let block = Arc::new(Block {
            name: name.to_owned(),
            dims: info.dims,
            values,
        });
        kept.insert(name.to_owned(), Arc::downgrade(&block));
        Ok(block)
    }

    /// That the embeddings were made by this network, so that they can be compared with new ones.
    ///
    /// # Errors
    /// [`CatalogError::OtherEmbedder`].
    pub fn expect_embedder(&self, wanted: &EmbedderId) -> Result<(), CatalogError> {
        if self.info.embedder == *wanted {
            return Ok(());
        }
        Err(CatalogError::OtherEmbedder {
            path: self.path.clone(),
            found: self.info.embedder.to_string(),
            wanted: wanted.to_string(),
        })
    }

    /// Lets the system take back the memory of what was read of the files so far; what is asked for again is read again.
    pub fn release(&self) {
        self.shards.iter().for_each(Shard::release);
    }

    pub(super) fn shards(&self) -> &[Shard] {
        &self.shards
    }

    /// The shard that holds a row, and the row's number in it.
    fn place(&self, row: usize) -> Result<(&Shard, usize), CatalogError> {
        if row >= self.len() {
            return Err(CatalogError::NoRow {
                path: self.path.clone(),
                row,
                count: self.len(),
            });
        }
        // The last shard that begins at or before the row: an empty one begins where the next does.
        let index = self.first_rows.partition_point(|&first| first <= row) - 1;
        Ok((&self.shards[index], row - self.first_rows[index]))
    }
}

impl Table for Catalog {
    fn len(&self) -> usize {
        Catalog::len(self)
    }

    fn id(&self, row: usize) -> &str {
        Catalog::id(self, row)
    }

    fn columns(&self) -> &[Column] {
        Catalog::columns(self)
    }

    fn roles(&self) -> Option<&Roles> {
        // A file that names none says nothing.
        Some(&self.info().roles).filter(|roles| **roles != Roles::default())
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
