//! The files of a tar: their places are listed once, and each is read where it lies.

use super::encoding::Guess;
use super::{Place, RELEASED_AFTER, Tar, Tree, inside, io_error};
use crate::catalog::import::error::{ImportError, ReadError};
use crate::catalog::mapping::Mapping;
use bytes::Bytes;
use encoding_rs::Encoding;
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// A file of a tar.
struct Member {
    name: Vec<u8>,
    start: u64,
    size: u64,
}

/// What a tar holds.
#[derive(Default)]
struct Listing {
    files: Vec<Member>,
    /// Names of what is neither a file nor a folder.
    others: Vec<Vec<u8>>,
    /// Why it ends before its end.
    is_cut: Option<String>,
}

impl Tree {
    /// Takes in the files of a tar, with `prefix` before their names.
    pub(super) fn read_tar(
        &mut self,
        path: &Path,
        prefix: &str,
        encoding: Option<&'static Encoding>,
    ) -> Result<(), ImportError> {
        let file = std::fs::File::open(path).map_err(io_error(path))?;
        let mapping = Mapping::of(&file).map_err(io_error(path))?;
        let bytes = mapping.bytes();
        let listing =
            catch_unwind(AssertUnwindSafe(|| list(&mapping))).unwrap_or_else(|_| Listing {
                is_cut: Some("its headers are damaged".to_owned()),
                ..Listing::default()
            });
        if let Some(reason) = &listing.is_cut {
            if listing.files.is_empty() {
                return Err(ImportError::Tar {
                    path: path.to_owned(),
                    reason: reason.clone(),
                });
            }
            self.warnings.push(format!(
                "{}: is cut short or damaged ({reason}); its first {} files are used, copy it again for the rest",
                path.display(),
                listing.files.len()
            ));
        }
        let names: Vec<&[u8]> = listing.files.iter().map(|m| m.name.as_slice()).collect();
        let guess = encoding.map(Guess::asked).or_else(|| Guess::of(&names));
        let name = |raw: &[u8]| match (std::str::from_utf8(raw), guess) {
            (Err(_), Some(guess)) => guess.decode(raw),
            _ => String::from_utf8_lossy(raw).into_owned(),
        };
        let tar = self.tars.len();
        for member in &listing.files {
            let name = name(&member.name);
            let Some(inner) = inside(&name) else {
                self.leave_out(&name, "names that lead out of the tar");
                continue;
            };
            let place = Place::Tar {
                tar,
                start: member.start,
            };
            self.meet(format!("{prefix}{inner}"), member.size, place);
        }
        for other in &listing.others {
            self.leave_out(&format!("{prefix}{}", name(other)), "links");
        }
        self.tars.push(Tar {
            name: path
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            bytes,
        });
        self.mappings.push(mapping);
        Ok(())
    }

    /// Some bytes of a tar.
    pub(super) fn slice(&self, tar: usize, start: u64, size: u64) -> Result<Bytes, ReadError> {
        let bytes = &self.tars[tar].bytes;
        let range = usize::try_from(start)
            .ok()
            .zip(usize::try_from(size).ok())
            .and_then(|(start, size)| Some(start..start.checked_add(size)?))
            .filter(|range| range.end <= bytes.len());
        self.count_mapped(size);
        match range {
            Some(range) => Ok(bytes.slice(range)),
            None => Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into()),
        }
    }
}

/// Lists a tar up to its end, or to where it is damaged.
fn list(mapping: &Mapping) -> Listing {
    let bytes = mapping.bytes();
    let mut listing = Listing::default();
    let mut released = 0;
    let mut archive = tar::Archive::new(Cursor::new(bytes.clone()));
    let entries = match archive.entries_with_seek() {
        Ok(entries) => entries,
        Err(error) => {
            listing.is_cut = Some(error.to_string());
            return listing;
        }
    };
    for entry in entries {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                listing.is_cut = Some(error.to_string());
                break;
            }
        };
        let kind = entry.header().entry_type();
        let name = entry.path_bytes().into_owned();
        let (start, size) = (entry.raw_file_position(), entry.size());
        // Walking from header to header touches nearly every page.
        if start > released + RELEASED_AFTER {
            mapping.release();
            released = start;
        }
        if kind.is_dir() || kind.is_pax_global_extensions() {
            continue;
        }
        if !(kind.is_file() || kind.is_contiguous()) {
            listing.others.push(name);
        } else if start
            .checked_add(size)
            .is_none_or(|end| end > bytes.len() as u64)
        {
            listing.is_cut = Some("its last file is not whole".to_owned());
            break;
        } else {
            listing.files.push(Member { name, start, size });
        }
    }
    mapping.release();
    listing
}
