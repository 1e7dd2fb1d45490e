//! The files of a source, the same whether it is a folder, a zip or a single picture.

use super::ImportError;
use crate::catalog::mapping::Mapping;
use crate::catalog::picture;
use crate::job::Job;
use bytes::Bytes;
use std::io::{Cursor, Read as _};
use std::path::{Path, PathBuf};
use zip::ZipArchive;

/// The largest file that is read from a source, in bytes: more than any photo has.
const LARGEST_FILE: u64 = 1 << 30;

/// Endings of pictures that people have and that are not read: they are reported as unreadable.
const UNREADABLE: [&str; 9] = [
    "pam", "heic", "heif", "avif", "jxl", "jp2", "dng", "cr2", "nef",
];

#[derive(Debug)]
struct Entry {
    /// The path in the source, with `/` between the parts.
    name: String,
    place: EntryPlace,
    size: u64,
}

#[derive(Debug)]
enum EntryPlace {
    Disk(PathBuf),
    Zip(usize),
}

/// The files of a source, in name order.
#[derive(Debug)]
pub(super) struct Tree {
    origin: PathBuf,
    entries: Vec<Entry>,
    zip: Option<ZipArchive<Cursor<Bytes>>>,
    notes: Vec<String>,
    stamp: String,
}

impl Tree {
    /// Looks through a folder, a zip or a single picture; hidden files are left out.
    pub(super) fn open(path: &Path, job: &Job) -> Result<Self, ImportError> {
        let metadata = std::fs::metadata(path).map_err(|error| io(path, &error))?;
        let mut tree = Self {
            origin: path.to_owned(),
            entries: Vec::new(),
            zip: None,
            notes: Vec::new(),
            stamp: file_key(path),
        };
        if metadata.is_dir() {
            tree.read_folder(job)?;
        } else {
            tree.read_file()?;
        }
        tree.entries.sort_by(|a, b| a.name.cmp(&b.name));
        let odd = tree
            .entries
            .iter()
            .filter(|e| e.name.contains('\u{fffd}'))
            .map(|e| &e.name);
        let odd: Vec<_> = odd.collect();
        if let Some(first) = odd.first() {
            let note = format!(
                "{}: {} names are not UTF-8; what cannot be read in them is shown as \u{fffd}, as in {first}",
                path.display(),
                odd.len()
            );
            tree.notes.push(note);
        }
        if tree.entries.is_empty() {
            return Err(ImportError::Empty(path.to_owned()));
        }
        Ok(tree)
    }

    fn read_folder(&mut self, job: &Job) -> Result<(), ImportError> {
        let is_hidden = |entry: &walkdir::DirEntry| {
            entry.depth() > 0 && entry.file_name().as_encoded_bytes().starts_with(b".")
        };
        let walk = walkdir::WalkDir::new(&self.origin)
            .follow_links(true)
            .into_iter();
        for entry in walk.filter_entry(|entry| !is_hidden(entry)) {
            job.check()?;
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) if error.depth() == 0 => {
                    return Err(ImportError::Io {
                        path: self.origin.clone(),
                        reason: error.to_string(),
                    });
                }
                // A folder that may not be read, or a link that leads nowhere: the rest is worth having.
                Err(error) => {
                    self.notes.push(format!("left out: {error}"));
                    continue;
                }
            };
            if !entry.file_type().is_file() {
                continue;
            }
            let relative = entry
                .path()
                .strip_prefix(&self.origin)
                .unwrap_or(entry.path());
            let parts: Vec<_> = relative.iter().map(|part| part.to_string_lossy()).collect();
            let size = entry.metadata().map_or(0, |m| m.len());
            // A catalogue written among the photos is none of them, nor a reason to begin again.
            if entry
                .path()
                .extension()
                .is_some_and(|e| e.eq_ignore_ascii_case("parquet"))
            {
                continue;
            }
            let place = EntryPlace::Disk(entry.path().to_owned());
            self.entries.push(Entry {
                name: parts.join("/"),
                place,
                size,
            });
            job.advance(1);
        }
        Ok(())
    }

    fn read_file(&mut self) -> Result<(), ImportError> {
        let path = self.origin.clone();
        let mut file = std::fs::File::open(&path).map_err(|error| io(&path, &error))?;
        let mut start = [0; 4];
        let read = file.read(&mut start).map_err(|error| io(&path, &error))?;
        match &start[..read] {
            b"PAR1" => Err(ImportError::Catalogue(path)),
            [b'P', b'K', ..] => self.read_zip(&file),
            _ if is_picture(&path.to_string_lossy()) => {
                let name = path
                    .file_name()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned();
                let size = file.metadata().map_or(0, |m| m.len());
                self.entries.push(Entry {
                    name,
                    place: EntryPlace::Disk(path),
                    size,
                });
                Ok(())
            }
            _ if path
                .extension()
                .is_some_and(|e| e.eq_ignore_ascii_case("zip")) =>
            {
                Err(ImportError::Zip {
                    path,
                    reason: "it does not begin as one".to_owned(),
                })
            }
            _ => Err(ImportError::UnknownKind(path)),
        }
    }

    fn read_zip(&mut self, file: &std::fs::File) -> Result<(), ImportError> {
        let path = &self.origin;
        let bad = |error: zip::result::ZipError| ImportError::Zip {
            path: path.clone(),
            reason: error.to_string(),
        };
        let mapping = Mapping::of(file).map_err(|error| io(path, &error))?;
        let archive = ZipArchive::new(Cursor::new(mapping.bytes())).map_err(bad)?;
        for index in 0..archive.len() {
            let entry = archive.by_index_data(index).map_err(bad)?;
            if entry.is_dir() {
                continue;
            }
            // Names are UTF-8 whatever the flag says, or else the old DOS letters.
            let name = match std::str::from_utf8(entry.name_raw()) {
                Ok(name) => name.to_owned(),
                Err(_) => match entry.name() {
                    Ok(name) => name.into_owned(),
                    Err(_) => String::from_utf8_lossy(entry.name_raw()).into_owned(),
                },
            };
            let name = name.replace('\\', "/");
            if name.starts_with('/') || name.split('/').any(|part| part == "..") {
                self.notes.push(format!(
                    "left out: {name} in {} leads out of the zip",
                    path.display()
                ));
                continue;
            }
            let is_hidden = name
                .split('/')
                .any(|part| part.starts_with('.') || part == "__MACOSX");
            if !is_hidden {
                self.entries.push(Entry {
                    name,
                    place: EntryPlace::Zip(index),
                    size: entry.size(),
                });
            }
        }
        self.zip = Some(archive);
        Ok(())
    }

    /// The folder or file that was given.
    pub(super) fn origin(&self) -> &Path {
        &self.origin
    }

    /// What people should know.
    pub(super) fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The number of files.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The path of a file in the source.
    pub(super) fn name(&self, file: usize) -> &str {
        &self.entries[file].name
    }

    /// The paths of all files, in order.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|e| e.name.as_str())
    }

    /// The file's name together with the source, for messages.
    pub(super) fn full_name(&self, file: usize) -> String {
        self.origin.join(self.name(file)).display().to_string()
    }

    /// The files that are pictures, by their ending.
    pub(super) fn pictures(&self) -> Vec<usize> {
        (0..self.len())
            .filter(|&file| is_picture(self.name(file)))
            .collect()
    }

    /// The file of that path, in letters of either case.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.entries
            .iter()
            .position(|e| e.name.eq_ignore_ascii_case(name))
    }

    /// Reads a file whole. From several threads at once.
    pub(super) fn read(&self, file: usize) -> Result<Vec<u8>, String> {
        let entry = &self.entries[file];
        if entry.size > LARGEST_FILE {
            return Err(format!("the file is too large ({} MB)", entry.size >> 20));
        }
        match (&entry.place, &self.zip) {
            (EntryPlace::Disk(path), _) => std::fs::read(path).map_err(|error| error.to_string()),
            (EntryPlace::Zip(index), Some(archive)) => {
                // A clone shares the directory and has a place of its own to read at.
                let mut archive = archive.clone();
                let file = archive
                    .by_index(*index)
                    .map_err(|error| error.to_string())?;
                let mut bytes = Vec::with_capacity(entry.size.min(1 << 24) as usize);
                // The size that the zip tells need not be true.
                file.take(LARGEST_FILE)
                    .read_to_end(&mut bytes)
                    .map_err(|error| error.to_string())?;
                Ok(bytes)
            }
            (EntryPlace::Zip(_), None) => Err("the zip is closed".to_owned()),
        }
    }

    /// A text that changes when the source does.
    pub(super) fn key(&self) -> String {
        let mut key = self.stamp.clone();
        for entry in &self.entries {
            key.push_str(&format!("{}:{};", entry.name, entry.size));
        }
        key
    }
}

/// A text that changes when a file does: its place, size and time.
pub(super) fn file_key(path: &Path) -> String {
    let place = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    // A folder's own size and time change with what is written into it.
    let metadata = std::fs::metadata(path).ok().filter(|m| m.is_file());
    let time = metadata
        .as_ref()
        .and_then(|m| m.modified().ok())
        .and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    format!(
        "{}:{:?}:{:?};",
        place.display(),
        metadata.map(|m| m.len()),
        time
    )
}

/// Whether a name ends as a picture's does.
pub(super) fn is_picture(name: &str) -> bool {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    picture::ENDINGS
        .iter()
        .chain(&UNREADABLE)
        .any(|known| known.eq_ignore_ascii_case(ending))
}

fn io(path: &Path, error: &std::io::Error) -> ImportError {
    match error.kind() {
        std::io::ErrorKind::NotFound => ImportError::Missing(path.to_owned()),
        _ => ImportError::Io {
            path: path.to_owned(),
            reason: error.to_string(),
        },
    }
}
