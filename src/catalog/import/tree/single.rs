//! A source that is a single file: an archive, a data set or a picture.

use super::{Place, Tree, first_bytes, io_error, is_picture, names};
use crate::catalog::import::error::ImportError;
use crate::catalog::import::parquet::is_catalogue;
use encoding_rs::Encoding;
use std::io::Read as _;

/// Where a tar says that it is one.
const TAR_MARK: std::ops::Range<usize> = 257..262;

impl Tree {
    /// Takes in the files of an archive, or the file itself.
    pub(super) fn read_file(
        &mut self,
        encoding: Option<&'static Encoding>,
    ) -> Result<(), ImportError> {
        let path = self.origin.clone();
        let file = std::fs::File::open(&path).map_err(io_error(&path))?;
        let mut start = Vec::with_capacity(512);
        (&file)
            .take(512)
            .read_to_end(&mut start)
            .map_err(io_error(&path))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let has_ending = |endings: &[&str]| names::has_ending(&name, endings);
        let packed = |how: &'static str| ImportError::Packed {
            path: path.clone(),
            how,
        };
        match &start[..] {
            [b'P', b'A', b'R', b'1', ..] if is_catalogue(&path) => {
                Err(ImportError::Catalogue(path))
            }
            [b'P', b'K', 1..=8, ..] => self.read_zip(&file, encoding),
            _ if start.get(TAR_MARK) == Some(b"ustar") || has_ending(&["tar"]) => {
                self.read_tar(&path, "", encoding)
            }
            _ if has_ending(&["zip"]) => Err(ImportError::NoZip(path)),
            [b'R', b'a', b'r', b'!', ..] => Err(packed("RAR")),
            [b'7', b'z', 0xbc, 0xaf, ..] => Err(packed("7-Zip")),
            [0x1f, 0x8b, ..] if !name.contains("ubyte") => Err(packed("gzip")),
            [b'B', b'Z', b'h', ..] => Err(packed("bzip2")),
            [0xfd, b'7', b'z', b'X', b'Z', ..] => Err(packed("xz")),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Err(packed("zstd")),
            _ if is_picture(&name)
                || first_bytes::is_picture(&start)
                || start.starts_with(b"PAR1")
                || name.contains("idx3-ubyte") =>
            {
                let size = file.metadata().map_or(0, |m| m.len());
                let name = name.into_owned();
                self.meet(name, size, Place::Disk(path.clone()));
                Ok(())
            }
            _ => Err(ImportError::UnknownKind(path)),
        }
    }
}
