//! The files of a source, the same whether it is a folder, a zip or a single picture.

use super::error::{ImportError, ReadError};
use super::pictures::{Pictures, ReadPicture};
use crate::catalog::mapping::Mapping;
use crate::catalog::picture;
use crate::job::Job;
use bytes::Bytes;
use std::io::{self, Cursor, Read as _};
use std::path::{Path, PathBuf};
use zip::ZipArchive;
use zip::result::ZipError;

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
    warnings: Vec<String>,
    stamp: String,
}

impl Tree {
    /// Looks through a folder, a zip or a single picture; hidden files are left out.
    pub(super) fn open(path: &Path, job: &Job) -> Result<Self, ImportError> {
        let metadata = std::fs::metadata(path).map_err(io_error(path))?;
        let mut tree = Self {
            origin: path.to_owned(),
            entries: Vec::new(),
            zip: None,
            warnings: Vec::new(),
            stamp: file_key(path),
        };
        if metadata.is_dir() {
            tree.read_folder(job)?;
        } else {
            tree.read_file()?;
        }
        tree.entries.sort_by(|a, b| a.name.cmp(&b.name));
        tree.warn_of_odd_names();
        if tree.entries.is_empty() {
            return Err(ImportError::Empty(path.to_owned()));
        }
        Ok(tree)
    }

    fn warn_of_odd_names(&mut self) {
        let mut odd = self.names().filter(|name| name.contains('\u{fffd}'));
        if let Some(first) = odd.next() {
            let warning = format!(
                "{}: {} names are not UTF-8; what cannot be read in them is shown as \u{fffd}, as in {first}",
                self.origin.display(),
                1 + odd.count()
            );
            self.warnings.push(warning);
        }
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
                        source: error.into(),
                    });
                }
                // A folder that may not be read, or a link that leads nowhere: the rest is worth having.
                Err(error) => {
                    self.warnings.push(format!("left out: {error}"));
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
        let mut file = std::fs::File::open(&path).map_err(io_error(&path))?;
        let mut start = [0; 4];
        let read = file.read(&mut start).map_err(io_error(&path))?;
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
                Err(ImportError::NoZip(path))
            }
            _ => Err(ImportError::UnknownKind(path)),
        }
    }

    fn read_zip(&mut self, file: &std::fs::File) -> Result<(), ImportError> {
        let path = &self.origin;
        let bad = |source: ZipError| ImportError::Zip {
            path: path.clone(),
            source,
        };
        let mapping = Mapping::of(file).map_err(io_error(path))?;
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
                self.warnings.push(format!(
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
    pub(super) fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The number of files.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The path of a file in the source.
    pub(super) fn name(&self, file: usize) -> &str {
        &self.entries[file].name
    }

    /// How many bytes a file has, as its folder or archive tells.
    pub(super) fn size(&self, file: usize) -> u64 {
        self.entries[file].size
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
    ///
    /// # Errors
    /// The file is enormous, damaged in its zip, or the system refuses.
    pub(super) fn bytes(&self, file: usize) -> Result<Vec<u8>, ReadError> {
        let entry = &self.entries[file];
        if entry.size > LARGEST_FILE {
            return Err(ReadError::TooLarge {
                megabytes: entry.size >> 20,
            });
        }
        match &entry.place {
            EntryPlace::Disk(path) => Ok(std::fs::read(path)?),
            EntryPlace::Zip(index) => {
                // A clone shares the directory and has a place of its own to read at.
                let mut archive = self.zip.clone().ok_or(ZipError::FileNotFound)?;
                let file = archive.by_index(*index)?;
                let mut bytes = Vec::with_capacity(entry.size.min(1 << 24) as usize);
                // The size that the zip tells need not be true.
                file.take(LARGEST_FILE).read_to_end(&mut bytes)?;
                Ok(bytes)
            }
        }
    }

    /// The error that there are no pictures in it.
    pub(super) fn no_pictures(&self) -> ImportError {
        ImportError::NoPictures {
            path: self.origin.clone(),
            files: self.len(),
        }
    }

    /// The error that it is not laid out as an importer wants it.
    pub(super) fn other_layout(&self, format: &'static str, reason: &'static str) -> ImportError {
        ImportError::Layout {
            path: self.origin.clone(),
            format,
            reason,
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

impl Pictures for Tree {
    fn read(&self, file: usize) -> Result<ReadPicture, ReadError> {
        let original = self.bytes(file)?;
        let decoded = picture::decode_named(&original, self.name(file))?;
        Ok(ReadPicture { decoded, original })
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

/// A path without the ending of a picture; other dots belong to the name.
pub(super) fn stem(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((stem, _)) if is_picture(name) && !stem.is_empty() && !stem.ends_with('/') => stem,
        _ => name,
    }
}

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> ImportError {
    |source| match source.kind() {
        io::ErrorKind::NotFound => ImportError::Missing(path.to_owned()),
        _ => ImportError::Io {
            path: path.to_owned(),
            source,
        },
    }
}
