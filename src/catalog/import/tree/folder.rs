//! The files of a folder.

use super::{Place, Tree, hidden, names};
use crate::catalog::import::error::ImportError;
use crate::catalog::import::fate::Fate;
use crate::job::Job;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use walkdir::{DirEntry, WalkDir};

/// Files in hidden folders that are listed one by one; the rest is counted.
const LISTED: u64 = 1_000;

/// At most so many files in hidden folders are counted: a system's own folders can hold millions.
const COUNTED: u64 = 200_000;

impl Tree {
    /// Looks through the folder and those below it. Links are followed, each folder once.
    pub(super) fn read_folder(&mut self, job: &Job) -> Result<(), ImportError> {
        let root = std::fs::canonicalize(&self.origin).unwrap_or_else(|_| self.origin.clone());
        let mut linked: HashSet<PathBuf> = HashSet::new();
        let mut hidden_files = 0;
        let mut walk = WalkDir::new(&self.origin).follow_links(true).into_iter();
        while let Some(entry) = walk.next() {
            job.check()?;
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) if error.depth() == 0 => {
                    return Err(ImportError::Io {
                        path: self.origin.clone(),
                        source: error.into(),
                    });
                }
                Err(error) => {
                    self.cannot_be_read(&error);
                    continue;
                }
            };
            if entry.depth() == 0 {
                continue;
            }
            let name = self.name_of(entry.path());
            if entry.file_type().is_dir() {
                let last = entry.file_name().to_string_lossy();
                if let Some(kind) = hidden::folder(&last) {
                    walk.skip_current_dir();
                    self.count_hidden(&entry, &kind, &mut hidden_files);
                } else if entry.path_is_symlink() && !is_new(&entry, &root, &mut linked) {
                    walk.skip_current_dir();
                    self.leave_out(&name, "links to folders that are read anyway");
                }
            } else if entry.file_type().is_file() {
                let size = entry.metadata().map_or(0, |m| m.len());
                self.meet(name, size, Place::Disk(entry.into_path()));
                job.advance(1);
            } else {
                self.leave_out(&name, "no files (pipes or devices)");
            }
        }
        Ok(())
    }

    /// A folder that may not be read, a link that leads nowhere, or round in a circle: the rest is worth having.
    fn cannot_be_read(&mut self, error: &walkdir::Error) {
        let name = error
            .path()
            .map_or_else(String::new, |path| self.name_of(path));
        if error.loop_ancestor().is_some() {
            return self.leave_out(&name, "links that lead back to where they lie");
        }
        let reason = match error.io_error() {
            Some(reason) => reason.to_string(),
            None => error.to_string(),
        };
        self.warnings.push(format!("left out: {error}"));
        self.fates.add(0, &name, Fate::Unreadable(reason));
    }

    fn name_of(&self, path: &Path) -> String {
        let relative = path.strip_prefix(&self.origin).unwrap_or(path);
        let parts: Vec<_> = relative.iter().map(|part| part.to_string_lossy()).collect();
        parts.join("/")
    }

    /// Counts what lies in a hidden folder.
    fn count_hidden(&mut self, folder: &DirEntry, kind: &str, counted: &mut u64) {
        let files = WalkDir::new(folder.path())
            .into_iter()
            .flatten()
            .filter(|entry| !entry.file_type().is_dir());
        let (mut more, mut last) = (0, String::new());
        for entry in files {
            if *counted >= COUNTED {
                break;
            }
            *counted += 1;
            let name = self.name_of(entry.path());
            if *counted <= LISTED {
                self.leave_out(&name, kind.to_owned());
            } else {
                more += 1;
                last = name;
            }
        }
        self.fates.add_uncounted(kind, more, &last);
    }

    /// Opens the tars of a folder that has no pictures of its own: shards of a data set. Beside pictures they are
    /// copies as likely as not, and left out.
    pub(super) fn open_shards(&mut self, encoding: Option<&'static encoding_rs::Encoding>) {
        if self.zip.is_some() || !self.tars.is_empty() || self.entries.iter().any(|e| e.is_picture)
        {
            return;
        }
        let (shards, others) = std::mem::take(&mut self.entries)
            .into_iter()
            .partition(|entry| names::has_ending(&entry.name, &["tar"]));
        self.entries = others;
        let mut shards: Vec<super::Entry> = shards;
        shards.sort_by(|a, b| a.name.cmp(&b.name));
        for shard in shards {
            let Place::Disk(path) = &shard.place else {
                self.entries.push(shard);
                continue;
            };
            match self.read_tar(path, &format!("{}/", shard.name), encoding) {
                Ok(()) => self.fates.add(0, &shard.name, Fate::Read),
                Err(error) => {
                    self.warnings.push(format!("{error}; it is left out"));
                    self.fates
                        .add(0, &shard.name, Fate::Unreadable(error.to_string()));
                }
            }
        }
        self.look_into_others();
    }
}

/// Whether a link leads to a folder that is neither read anyway nor was read through another link.
fn is_new(link: &DirEntry, root: &Path, linked: &mut HashSet<PathBuf>) -> bool {
    match std::fs::canonicalize(link.path()) {
        Ok(target) => !target.starts_with(root) && linked.insert(target),
        Err(_) => false,
    }
}
