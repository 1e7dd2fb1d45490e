//! Opening and reading a catalogue, wherever it lies.

mod files;
mod pictures;
mod store;

pub(super) use files::Files;
pub use store::Store;

use super::ids::Ids;
use super::{
    Block, CatalogError, CatalogInfo, Column, EmbedderId, Roles, SPLIT_COLUMN, Table, is_test_id,
};
use crate::digest::sha256_hex;
use crate::spill::Spill;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

/// A catalogue: cheap to open, and to be shared between threads in an [`Arc`].
pub struct Catalog {
    path: PathBuf,
    name: String,
    ids: Ids,
    columns: Vec<Column>,
    positions: Vec<[f32; 3]>,
    info: CatalogInfo,
    store: Arc<dyn Store>,
    /// The files that it lies in, where it does.
    files: Option<Arc<Files>>,
    blocks: Mutex<BTreeMap<String, Weak<Block>>>,
    fingerprint: OnceLock<String>,
}

/// What a catalogue that lies in no file keeps in memory.
#[derive(Debug, Clone, Default)]
pub struct Kept {
    /// An id a shoe.
    pub ids: Vec<String>,
    /// Metadata columns, as long as `ids`.
    pub columns: Vec<Column>,
    /// Positions, as many as `ids`.
    pub positions: Vec<[f32; 3]>,
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
        let (files, info) = Files::open(path)?;
        let (ids, columns, positions) = files.kept()?;
        let files = Arc::new(files);
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        Ok(Self {
            path: path.to_owned(),
            name: name.into_owned(),
            ids,
            columns,
            positions,
            info,
            store: files.clone(),
            files: Some(files),
            blocks: Mutex::default(),
            fingerprint: OnceLock::new(),
        })
    }

    /// A catalogue whose blocks and pictures lie in `store`, at `path`, which people know as `name`.
    ///
    /// # Errors
    /// [`CatalogError::Unfit`]: a column or the positions are not one a shoe.
    pub fn of(
        path: &Path,
        name: String,
        info: CatalogInfo,
        kept: Kept,
        store: Arc<dyn Store>,
    ) -> Result<Self, CatalogError> {
        let shoes = kept.ids.len();
        let lengths = kept.columns.iter().map(Column::len);
        if lengths.chain([kept.positions.len()]).any(|n| n != shoes) {
            return Err(CatalogError::Unfit {
                path: path.to_owned(),
                reason: "its columns are not as long as its list of ids".to_owned(),
            });
        }
        let mut ids = Ids::default();
        kept.ids.iter().for_each(|id| ids.push(id));
        Ok(Self {
            path: path.to_owned(),
            name,
            ids,
            columns: kept.columns,
            positions: kept.positions,
            info,
            store,
            files: None,
            blocks: Mutex::default(),
            fingerprint: OnceLock::new(),
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

    /// The file or folder, or the address of a database.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The catalogue's name for people: the file's, without its extension.
    pub fn name(&self) -> String {
        self.name.clone()
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
        self.store.bytes()
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
        match self.info.layouts.iter().find(|layout| layout.name == name) {
            Some(layout) => self.store.points(layout),
            None => Ok(None),
        }
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
        self.store.block(info, &mut values)?;
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

    /// Whether it lies on another machine.
    pub fn is_far(&self) -> bool {
        self.store.is_far()
    }

    /// What keeps the machine that it lies on from answering now; `None` for one in files.
    pub fn trouble(&self) -> Option<String> {
        self.store.trouble()
    }

    /// Looks whether the machine that it lies on answers again; blocks as long as that takes.
    pub fn probe(&self) {
        self.store.probe();
    }

    /// Lets the system take back the memory of what was read of the files so far; what is asked for again is read again.
    pub fn release(&self) {
        self.store.release();
    }

    /// The files that it lies in.
    ///
    /// # Errors
    /// It lies in none.
    pub(super) fn files(&self) -> Result<&Files, CatalogError> {
        self.files.as_deref().ok_or_else(|| CatalogError::NoFile {
            path: self.path.clone(),
        })
    }

    /// That there is such a row.
    fn expect_row(&self, row: usize) -> Result<(), CatalogError> {
        match row < self.len() {
            true => Ok(()),
            false => Err(CatalogError::NoRow {
                path: self.path.clone(),
                row,
                count: self.len(),
            }),
        }
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
