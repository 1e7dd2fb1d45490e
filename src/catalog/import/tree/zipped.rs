//! The files of a zip.

use super::encoding::Guess;
use super::{Place, Tree, inside, io_error};
use crate::catalog::import::error::{ImportError, ReadError};
use crate::catalog::import::fate::Fate;
use crate::catalog::mapping::Mapping;
use encoding_rs::Encoding;
use std::fs::File;
use std::io::{Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use zip::ZipArchive;
use zip::result::{ZipError, ZipResult};

/// The flag of a file whose name is UTF-8. (The names in extra fields, which are UTF-8 too, come with it.)
const UTF8_FLAG: u16 = 1 << 11;

/// A file of a zip as its directory tells of it.
struct Listed {
    index: usize,
    name: Vec<u8>,
    is_utf8: bool,
    size: u64,
    is_locked: bool,
    is_link: bool,
}

impl Tree {
    /// Takes in the files of a zip.
    pub(super) fn read_zip(
        &mut self,
        file: &File,
        encoding: Option<&'static Encoding>,
    ) -> Result<(), ImportError> {
        let path = self.origin.clone();
        let bad = |source: ZipError| ImportError::Zip {
            path: path.clone(),
            source,
        };
        let mapping = Mapping::of(file).map_err(io_error(&path))?;
        let opened = catch_unwind(AssertUnwindSafe(|| {
            let archive = ZipArchive::new(Cursor::new(mapping.bytes()))?;
            let listed = list(&archive)?;
            Ok((archive, listed))
        }));
        let (archive, listed) = opened
            .unwrap_or_else(|_| Err(ZipError::InvalidArchive("its directory is damaged".into())))
            .map_err(bad)?;
        let names = self.names_of_zip(&listed, encoding);
        let mut locked = 0;
        for (listed, name) in listed.iter().zip(names) {
            let Some(name) = inside(&name) else {
                self.warnings.push(format!(
                    "left out: {name} in {} leads out of the zip",
                    path.display()
                ));
                self.leave_out(&name, "names that lead out of the zip");
                continue;
            };
            if listed.is_locked {
                locked += 1;
                let reason = "locked with a password".to_owned();
                self.fates.add(0, &name, Fate::Unreadable(reason));
            } else if listed.is_link {
                self.leave_out(&name, "links");
            } else {
                self.meet(name, listed.size, Place::Zip(listed.index));
            }
        }
        self.zip = Some(archive);
        mapping.release();
        self.mappings.push(mapping);
        if locked > 0 && self.entries.is_empty() {
            return Err(ImportError::Locked(path));
        }
        if locked > 0 {
            let files = match locked {
                1 => "1 file is".to_owned(),
                n => format!("{n} files are"),
            };
            self.warnings.push(format!(
                "{}: {files} locked with a password and left out; unpack the zip, and give the folder",
                path.display()
            ));
        }
        Ok(())
    }

    /// The names of the files; people are told where their letters had to be guessed.
    fn names_of_zip(&mut self, listed: &[Listed], asked: Option<&'static Encoding>) -> Vec<String> {
        let untold: Vec<&[u8]> = listed
            .iter()
            .filter(|listed| !listed.is_utf8)
            .map(|listed| listed.name.as_slice())
            .collect();
        let guess = asked.map(Guess::asked).or_else(|| Guess::of(&untold));
        let name = |listed: &Listed| match guess {
            Some(guess) if !listed.is_utf8 => guess.decode(&listed.name),
            _ => String::from_utf8_lossy(&listed.name).into_owned(),
        };
        let names: Vec<String> = listed.iter().map(name).collect();
        if let (Some(guess), None) = (guess, asked) {
            let example = names.iter().find(|name| !name.is_ascii());
            let doubt = match guess.is_doubtful {
                true => " (a doubtful guess, from few letters)",
                false => "",
            };
            self.warnings.push(format!(
                "{}: does not say in which letters its names are written; they are read as {}{doubt}, as in {}",
                self.origin.display(),
                guess.name(),
                example.map_or("", String::as_str)
            ));
        }
        names
    }

    /// Hands the unpacked bytes of a file of the zip to `read`. From several threads at once.
    pub(super) fn unzip<T>(
        &self,
        index: usize,
        read: impl FnOnce(&mut dyn Read) -> Result<T, ReadError>,
    ) -> Result<T, ReadError> {
        // A clone shares the directory and has a place of its own to read at.
        let mut archive = self.zip.clone().ok_or(ZipError::FileNotFound)?;
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let mut file = archive.by_index(index)?;
            self.count_mapped(file.compressed_size());
            read(&mut file)
        }));
        outcome.unwrap_or_else(|_| {
            Err(ZipError::InvalidArchive("what unpacks it failed".into()).into())
        })
    }
}

/// What the directory of a zip lists, folders left out.
fn list(archive: &ZipArchive<Cursor<bytes::Bytes>>) -> ZipResult<Vec<Listed>> {
    let mut all = Vec::with_capacity(archive.len());
    for index in 0..archive.len() {
        let entry = archive.by_index_data(index)?;
        if !entry.is_dir() {
            all.push(Listed {
                index,
                name: entry.name_raw().to_vec(),
                is_utf8: entry.flags().as_u16() & UTF8_FLAG != 0,
                size: entry.size(),
                is_locked: entry.encrypted(),
                is_link: entry.is_symlink(),
            });
        }
    }
    Ok(all)
}
