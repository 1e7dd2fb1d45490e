//! The files of a source, the same whether it is a folder, a zip, a tar or a single file.

mod dos;
mod encoding;
mod first_bytes;
mod folder;
mod hidden;
mod names;
mod single;
mod tarred;
mod zipped;

use super::error::{ImportError, ReadError};
use super::fate::{Fate, Fates, Kinds, summary};
use super::pictures::{Pictures, ReadPicture};
use crate::catalog::mapping::Mapping;
use crate::catalog::picture;
use crate::job::Job;
use bytes::Bytes;
use encoding_rs::Encoding;
use first_bytes::Content;
use rayon::prelude::*;
use std::borrow::Cow;
use std::io::{self, Cursor, Read as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use zip::ZipArchive;

pub use first_bytes::REPORT_HEADER;
pub(super) use first_bytes::is_picture as is_picture_start;
pub use names::kind as kind_of_name;
pub(super) use names::{is_picture, stem};

/// The largest file that is read from a source, in bytes: more than any photo has, and what fits in memory beside its
/// pixels.
const LARGEST_FILE: u64 = 512 << 20;

/// After so many bytes of archives were read, the system may have the memory back that they were mapped into.
const RELEASED_AFTER: u64 = 256 << 20;

/// What is packed: it is not opened where it lies among other files.
const ARCHIVES: [&str; 8] = ["zip", "tar", "rar", "7z", "gz", "tgz", "bz2", "xz"];

/// A file of a source.
#[derive(Debug)]
struct Entry {
    /// The path in the source, with `/` between the parts.
    name: String,
    place: Place,
    size: u64,
    /// Whether it is a picture: by its name, or else by its first bytes.
    is_picture: bool,
    was_read: AtomicBool,
}

/// Where the bytes of a file are.
#[derive(Debug)]
enum Place {
    Disk(PathBuf),
    Zip(usize),
    Tar { tar: usize, start: u64 },
}

/// A tar that lies in a source, or is one.
#[derive(Debug)]
struct Tar {
    /// Its name without ending.
    name: String,
    bytes: Bytes,
}

/// The files of a source, in name order.
pub(super) struct Tree {
    origin: PathBuf,
    entries: Vec<Entry>,
    zip: Option<ZipArchive<Cursor<Bytes>>>,
    tars: Vec<Tar>,
    mappings: Vec<Mapping>,
    /// Bytes that were read from the mappings since they were released.
    mapped: AtomicU64,
    /// What is none of the entries.
    fates: Fates,
    warnings: Vec<String>,
    stamp: String,
}

impl std::fmt::Debug for Tree {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tree({}, {} files)", self.origin.display(), self.len())
    }
}

impl Tree {
    /// Looks through a folder, a zip, a tar or a single file. Hidden files, and those that systems make, are left out
    /// and counted. `encoding` is that of the names in an archive which does not tell; it is guessed where it is
    /// `None`.
    pub(super) fn open(
        path: &Path,
        encoding: Option<&'static Encoding>,
        job: &Job,
    ) -> Result<Self, ImportError> {
        let metadata = std::fs::metadata(path).map_err(io_error(path))?;
        let mut tree = Self {
            origin: path.to_owned(),
            entries: Vec::new(),
            zip: None,
            tars: Vec::new(),
            mappings: Vec::new(),
            mapped: AtomicU64::new(0),
            fates: Fates::default(),
            warnings: Vec::new(),
            stamp: file_key(path),
        };
        if metadata.is_dir() {
            tree.read_folder(job)?;
        } else if metadata.is_file() {
            tree.read_file(encoding)?;
        } else {
            // A pipe would be waited for without end.
            return Err(ImportError::UnknownKind(path.to_owned()));
        }
        tree.look_into_others();
        tree.open_shards(encoding);
        tree.entries.sort_by(|a, b| a.name.cmp(&b.name));
        tree.warn_of_odd_names();
        tree.warn_of_archives();
        if tree.entries.is_empty() {
            return Err(if tree.fates.met().is_empty() {
                ImportError::Empty(path.to_owned())
            } else {
                tree.no_pictures()
            });
        }
        Ok(tree)
    }

    /// Takes a file in, or notes why it is left out.
    fn meet(&mut self, name: String, size: u64, place: Place) {
        if let Some(kind) = hidden::path(&name) {
            return self.leave_out(&name, kind);
        }
        let is_picture = is_picture(&name);
        if !is_picture && names::is_unfinished(&name) {
            let kind = format!("unfinished ({})", names::kind(&name));
            return self.leave_out(&name, kind);
        }
        if !is_picture && size == 0 {
            return self.leave_out(&name, "empty");
        }
        self.entries.push(Entry {
            name,
            place,
            size,
            is_picture,
            was_read: AtomicBool::new(false),
        });
    }

    fn leave_out(&mut self, name: &str, kind: impl Into<Cow<'static, str>>) {
        self.fates.add(0, name, Fate::LeftOut(kind.into()));
    }

    /// Looks at the first bytes of the files that are no pictures by their names.
    fn look_into_others(&mut self) {
        let looked: Vec<Content> = (0..self.len())
            .into_par_iter()
            .map(|file| match self.entries[file].is_picture {
                true => Content::Picture,
                false => first_bytes::content(&self.start(file).unwrap_or_default()),
            })
            .collect();
        let mut odd = Kinds::default();
        let mut known = looked.into_iter();
        let entries = std::mem::take(&mut self.entries);
        for mut entry in entries {
            match known.next() {
                Some(Content::Report) => {
                    self.leave_out(&entry.name, "reports of shoespace");
                    continue;
                }
                Some(Content::Picture) if !entry.is_picture => {
                    entry.is_picture = true;
                    odd.add("", 1, &entry.name);
                }
                _ => {}
            }
            self.entries.push(entry);
        }
        for kind in odd.sorted() {
            self.warnings.push(format!(
                "{}: {} files that are not called pictures are taken, as their first bytes are a picture's (as {})",
                self.origin.display(),
                kind.count,
                kind.example
            ));
        }
    }

    /// The first bytes of a file.
    fn start(&self, file: usize) -> Result<Vec<u8>, ReadError> {
        let entry = &self.entries[file];
        match &entry.place {
            Place::Disk(path) => Ok(first_bytes::read(std::fs::File::open(path)?)?),
            Place::Zip(index) => self.unzip(*index, |file| Ok(first_bytes::read(file)?)),
            Place::Tar { tar, start } => {
                let size = entry.size.min(first_bytes::ENOUGH as u64);
                Ok(self.slice(*tar, *start, size)?.to_vec())
            }
        }
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

    /// Says which archives among the files are not opened.
    fn warn_of_archives(&mut self) {
        let mut packed = self
            .names()
            .filter(|name| names::has_ending(name, &ARCHIVES));
        if let Some(first) = packed.next() {
            let advice = match self.zip.is_some() || !self.tars.is_empty() {
                true => {
                    "an archive in an archive is not opened; unpack it, and give what lies in it"
                }
                false => {
                    "archives among the files are not opened; give each as a source of its own"
                }
            };
            let warning = format!(
                "{}: {} packed files are left out, as {first}: {advice}",
                self.origin.display(),
                1 + packed.count()
            );
            self.warnings.push(warning);
        }
    }

    /// The folder or file that was given.
    pub(super) fn origin(&self) -> &Path {
        &self.origin
    }

    /// What people should know.
    pub(super) fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The files that were met and are not among [`names`](Self::names), as hidden ones.
    pub(super) fn fates(&self) -> &Fates {
        &self.fates
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

    /// The file on the disk; none where it lies in an archive.
    pub(super) fn path(&self, file: usize) -> Option<&Path> {
        match &self.entries[file].place {
            Place::Disk(path) => Some(path),
            _ => None,
        }
    }

    /// The name without ending of the tar in which a file lies, if it lies in one.
    pub(super) fn shard(&self, file: usize) -> Option<&str> {
        match &self.entries[file].place {
            Place::Tar { tar, .. } => Some(&self.tars[*tar].name),
            _ => None,
        }
    }

    /// Whether a file is a picture, by its name or else by its first bytes.
    pub(super) fn is_picture(&self, file: usize) -> bool {
        self.entries[file].is_picture
    }

    /// The files that are pictures.
    pub(super) fn pictures(&self) -> Vec<usize> {
        (0..self.len())
            .filter(|&file| self.is_picture(file))
            .collect()
    }

    /// The kind of a file that is no picture, in words that fit behind a number.
    pub(super) fn kind(&self, file: usize) -> Cow<'static, str> {
        names::kind(self.name(file))
    }

    /// The file of that path, in letters of either case.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.entries
            .iter()
            .position(|e| e.name.eq_ignore_ascii_case(name))
    }

    /// Whether an importer has read a file.
    pub(super) fn was_read(&self, file: usize) -> bool {
        self.entries[file].was_read.load(Ordering::Relaxed)
    }

    /// Notes that an importer reads a file by its [`path`](Self::path).
    pub(super) fn mark_read(&self, file: usize) {
        self.entries[file].was_read.store(true, Ordering::Relaxed);
    }

    /// Reads a file whole. From several threads at once.
    ///
    /// # Errors
    /// The file is enormous, damaged in its archive, or the system refuses.
    pub(super) fn bytes(&self, file: usize) -> Result<Vec<u8>, ReadError> {
        self.bytes_up_to(file, LARGEST_FILE)
    }

    /// Reads a file whole that may have `most` bytes.
    ///
    /// # Errors
    /// As [`bytes`](Self::bytes).
    pub(super) fn bytes_up_to(&self, file: usize, most: u64) -> Result<Vec<u8>, ReadError> {
        self.mark_read(file);
        self.contents(file, most, false)
    }

    /// The beginning of a file, at most so many bytes.
    ///
    /// # Errors
    /// As [`bytes`](Self::bytes).
    pub(super) fn beginning(&self, file: usize, most: u64) -> Result<Vec<u8>, ReadError> {
        let mut start = Vec::new();
        let entry = &self.entries[file];
        match &entry.place {
            Place::Disk(path) => {
                std::fs::File::open(path)?
                    .take(most)
                    .read_to_end(&mut start)?;
                Ok(start)
            }
            Place::Zip(index) => self.unzip(*index, |unpacked| {
                unpacked.take(most).read_to_end(&mut start)?;
                Ok(start)
            }),
            Place::Tar { tar, start } => {
                Ok(self.slice(*tar, *start, entry.size.min(most))?.to_vec())
            }
        }
    }

    /// The bytes of a file. Of an archived one that should be a picture and does not begin as one, only the beginning:
    /// a small archive can unpack to very much.
    fn contents(&self, file: usize, most: u64, is_picture: bool) -> Result<Vec<u8>, ReadError> {
        let entry = &self.entries[file];
        let too_large = |bytes: u64| ReadError::TooLarge {
            megabytes: bytes >> 20,
        };
        if entry.size > most {
            return Err(too_large(entry.size));
        }
        match &entry.place {
            Place::Disk(path) => {
                let mut bytes = Vec::with_capacity(entry.size as usize);
                let file = std::fs::File::open(path)?;
                file.take(most + 1).read_to_end(&mut bytes)?;
                match bytes.len() as u64 {
                    length if length > most => Err(too_large(length)),
                    _ => Ok(bytes),
                }
            }
            Place::Zip(index) => {
                let has_no_mark = names::has_ending(&entry.name, &["tga"]);
                self.unzip(*index, |mut file| {
                    let mut bytes = first_bytes::read(&mut file)?;
                    if is_picture && !has_no_mark && !first_bytes::is_picture(&bytes) {
                        return Ok(bytes);
                    }
                    bytes.reserve(entry.size.min(1 << 24) as usize);
                    let rest = (entry.size + 1).saturating_sub(bytes.len() as u64);
                    file.take(rest).read_to_end(&mut bytes)?;
                    match bytes.len() as u64 > entry.size {
                        true => Err(ReadError::MoreThanTold { told: entry.size }),
                        false => Ok(bytes),
                    }
                })
            }
            Place::Tar { tar, start } => Ok(self.slice(*tar, *start, entry.size)?.to_vec()),
        }
    }

    /// Counts what was read of mapped archives, and lets go of it now and then.
    fn count_mapped(&self, bytes: u64) {
        if self.mapped.fetch_add(bytes, Ordering::Relaxed) + bytes > RELEASED_AFTER {
            self.mapped.store(0, Ordering::Relaxed);
            self.mappings.iter().for_each(Mapping::release);
        }
    }

    /// The error that there are no pictures in it.
    pub(super) fn no_pictures(&self) -> ImportError {
        let mut kinds = Kinds::default();
        for kind in self.fates.left_out() {
            kinds.add(&kind.kind, kind.count, &kind.example);
        }
        for file in 0..self.len() {
            kinds.add(&self.kind(file), 1, self.name(file));
        }
        let kinds = kinds.sorted();
        let is_packed = self.names().any(|name| names::has_ending(name, &ARCHIVES));
        ImportError::NoPictures {
            path: self.origin.clone(),
            files: kinds.iter().map(|kind| kind.count).sum(),
            kinds: summary(&kinds),
            advice: match (is_packed, self.zip.is_some()) {
                (true, true) => "unpack the archive that lies in it, and give what comes out",
                (true, false) => "give the archives themselves, or unpack them",
                (false, _) => "give the folder that holds the photos",
            },
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

    /// A text that changes when the source does. (A catalogue that is written among the photos does not change it.)
    pub(super) fn key(&self) -> String {
        let mut key = self.stamp.clone();
        for (file, entry) in self.entries.iter().enumerate() {
            if self.was_read(file) || !names::has_ending(&entry.name, &["parquet"]) {
                key.push_str(&format!("{}:{};", entry.name, entry.size));
            }
        }
        key
    }
}

impl Pictures for Tree {
    fn size(&self, file: usize) -> u64 {
        self.entries[file].size
    }

    fn fetch(&self, file: usize) -> Result<Vec<u8>, ReadError> {
        self.contents(file, LARGEST_FILE, true)
    }

    fn decode(&self, file: usize, original: Vec<u8>) -> Result<ReadPicture, ReadError> {
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

/// A name in an archive as a path in the source: `/` between the parts, no root, no `.`; none where it leads out of the
/// archive.
fn inside(name: &str) -> Option<String> {
    let name = name.replace('\\', "/");
    let mut rest = name.as_str();
    // `C:/photos/a.jpg`: nothing is written anywhere, so that only the root is wrong with it.
    if let [drive, b':', b'/', ..] = rest.as_bytes()
        && drive.is_ascii_alphabetic()
    {
        rest = &rest[2..];
    }
    let parts: Vec<&str> = rest
        .split('/')
        .filter(|part| !matches!(*part, "" | "."))
        .collect();
    (!parts.is_empty() && !parts.contains(&"..")).then(|| parts.join("/"))
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
