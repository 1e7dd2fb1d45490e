//! What is done of an index: small catalogues in a hidden folder beside the output.

use super::{IndexError, IndexOptions, Skipped};
use crate::catalog::import::Import;
use crate::catalog::writer::{CatalogWriter, NewShoe};
use crate::catalog::{Catalog, CatalogError, CatalogInfo, Column, EmbedderId, FORMAT_VERSION};
use crate::digest::sha256_hex;
use crate::embed::BLOCKS;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::path::{Path, PathBuf};

/// The key under which a part tells which photos it holds, in its info.
const PART_KEY: &str = "part";

/// What is true of a part, kept in its file.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Held {
    /// The first photo, by its number in the import.
    start: usize,
    /// One behind the last photo.
    end: usize,
    /// The photos among them that could not be read.
    skipped: Vec<Skipped>,
    /// The photos among them that show nothing.
    #[serde(default)]
    blank: Vec<String>,
}

/// A part in the making.
pub(super) struct Part {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) shoes: Vec<NewShoe>,
    /// The numbers of the shoes in the import.
    pub(super) rows: Vec<usize>,
    pub(super) skipped: Vec<Skipped>,
    pub(super) blank: Vec<String>,
    pub(super) is_grey: bool,
}

impl Part {
    pub(super) fn starting(start: usize) -> Self {
        Self {
            start,
            end: start,
            shoes: Vec::new(),
            rows: Vec::new(),
            skipped: Vec::new(),
            blank: Vec::new(),
            is_grey: true,
        }
    }
}

/// The parts of one output; the folder is locked while this lives.
pub(super) struct Parts {
    output: PathBuf,
    folder: PathBuf,
    held: Vec<Held>,
    shoes: usize,
    lock: Option<File>,
    key: String,
}

/// A text that is the same only for the same photos, options and network.
pub(super) fn key(sources: &str, options: &IndexOptions, id: &EmbedderId) -> String {
    let filters: Vec<_> = options.filter.0.iter().map(|f| f.text()).collect();
    let text = format!(
        "{FORMAT_VERSION} {} {sources} {:?} {filters:?} {} {:?} {:?} {} {id:?} {:?}",
        env!("CARGO_PKG_VERSION"),
        options.import.format,
        options.thumbnail,
        options.limit,
        options.shard,
        options.skip_blank,
        BLOCKS.map(|block| (block.name, block.dims)),
    );
    sha256_hex([text])
}

impl Parts {
    /// Takes up what an earlier run with the same key left; of another key, or damaged, it is thrown away.
    pub(super) fn open(output: &Path, key: &str) -> Result<Self, IndexError> {
        let name = output.file_name().unwrap_or_default().to_string_lossy();
        let folder = output.with_file_name(format!(".{name}.partial"));
        let mut parts = Self {
            output: output.to_owned(),
            folder,
            held: Vec::new(),
            shoes: 0,
            lock: None,
            key: key.to_owned(),
        };
        if !parts.folder.is_dir() {
            return Ok(parts);
        }
        parts.take_lock()?;
        if std::fs::read_to_string(parts.folder.join("key"))
            .ok()
            .as_deref()
            == Some(key)
        {
            parts.read_held();
        } else {
            parts.clear();
        }
        Ok(parts)
    }

    /// Reads the parts that follow on each other; what does not is not trusted.
    fn read_held(&mut self) {
        for number in 0.. {
            let path = self.path_of(number);
            let part = Catalog::open(&path).ok().and_then(|catalog| {
                let held = catalog.info().extra.get(PART_KEY)?.clone();
                let held: Held = serde_json::from_value(held).ok()?;
                let fits = held.start == self.done()
                    && held.end - held.start == catalog.len() + held.skipped.len();
                fits.then_some((held, catalog.len()))
            });
            match part {
                Some((held, shoes)) => {
                    self.held.push(held);
                    self.shoes += shoes;
                }
                None => break,
            }
        }
        // Whatever lies behind a gap would be read as a shard.
        for number in self.held.len().. {
            if std::fs::remove_file(self.path_of(number)).is_err() {
                break;
            }
        }
    }

    fn path_of(&self, number: usize) -> PathBuf {
        self.folder.join(format!("part-{number:06}.parquet"))
    }

    fn take_lock(&mut self) -> Result<(), IndexError> {
        let path = self.folder.join("lock");
        let file = File::create(&path).map_err(CatalogError::write(&path))?;
        // Where the system has no locks, going on is better than refusing.
        if matches!(file.try_lock(), Err(std::fs::TryLockError::WouldBlock)) {
            return Err(IndexError::Busy(self.output.clone()));
        }
        self.lock = Some(file);
        Ok(())
    }

    fn clear(&self) {
        let Ok(entries) = std::fs::read_dir(&self.folder) else {
            return;
        };
        for entry in entries.flatten() {
            if entry.file_name() != "lock" {
                let _ = std::fs::remove_file(entry.path());
            }
        }
    }

    /// The folder, a catalogue of shards.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// How many photos are done, from the first on.
    pub(super) fn done(&self) -> usize {
        self.held.last().map_or(0, |held| held.end)
    }

    /// How many shoes the parts hold.
    pub(super) fn shoes(&self) -> usize {
        self.shoes
    }

    /// The photos that could not be read.
    pub(super) fn skipped(&self) -> Vec<Skipped> {
        self.held
            .iter()
            .flat_map(|held| held.skipped.iter().cloned())
            .collect()
    }

    /// The photos that show nothing.
    pub(super) fn blank(&self) -> Vec<String> {
        self.held
            .iter()
            .flat_map(|held| held.blank.iter().cloned())
            .collect()
    }

    /// Keeps a part.
    pub(super) fn write(
        &mut self,
        part: Part,
        import: &Import,
        info: &CatalogInfo,
    ) -> Result<(), IndexError> {
        if self.lock.is_none() {
            std::fs::create_dir_all(&self.folder).map_err(CatalogError::write(&self.folder))?;
            self.take_lock()?;
            self.clear();
            let path = self.folder.join("key");
            std::fs::write(&path, &self.key).map_err(CatalogError::write(&path))?;
        }
        let held = Held {
            start: part.start,
            end: part.end,
            skipped: part.skipped,
            blank: part.blank,
        };
        let mut info = info.clone();
        info.is_grey = part.is_grey;
        let json = serde_json::to_value(&held).unwrap_or_default();
        info.extra.insert(PART_KEY.to_owned(), json);
        let columns: Vec<Column> = import
            .columns
            .iter()
            .map(|c| Column::new(&c.name, c.values.select(&part.rows)))
            .collect();
        let mut writer = CatalogWriter::create(&self.path_of(self.held.len()), info, &columns)?;
        writer.push(&part.shoes, &columns)?;
        writer.finish()?;
        self.shoes += part.shoes.len();
        self.held.push(held);
        Ok(())
    }

    /// Removes everything: the output is written, or there is nothing to write.
    pub(super) fn remove(&mut self) {
        self.lock = None;
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
