//! Checksums over a catalogue's bytes, slab by slab: a flipped bit is told, and nobody is recommended by it. They are
//! written with the file and looked at where it is read, each slab once.

use bytes::Bytes;
use crc32fast::Hasher;
use parquet::arrow::arrow_reader::ArrowReaderMetadata;
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::{ChunkReader, Length};
use serde::{Deserialize, Serialize};
use std::io::{self, Read, Write};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The key of the file's metadata that holds them.
const KEY: &str = "shoespace.checksums";
/// Bytes of a slab. Whoever reads one picture reads its slab once.
const SLAB: usize = 1 << 18;
/// Digits of a checksum.
const DIGITS: usize = 8;

/// What lies in the file's metadata.
#[derive(Serialize, Deserialize)]
struct Kept {
    /// Bytes of a slab.
    slab: usize,
    /// Bytes from the beginning of the file that are covered.
    bytes: usize,
    /// CRC-32 of each slab in hexadecimal, one behind the other.
    crc32: String,
    /// CRC-32 of what is true of the whole.
    info: u32,
}

/// Sums up what is written through it.
pub(super) struct Summing<W> {
    inner: W,
    crc32: String,
    open: Hasher,
    bytes: usize,
}

impl<W: Write> Summing<W> {
    pub(super) fn new(inner: W) -> Self {
        Self {
            inner,
            crc32: String::new(),
            open: Hasher::new(),
            bytes: 0,
        }
    }

    fn close_slab(&mut self) {
        let sum = std::mem::take(&mut self.open).finalize();
        self.crc32 += &format!("{sum:0DIGITS$x}");
    }

    fn take(&mut self, mut part: &[u8]) {
        while !part.is_empty() {
            let (now, later) = part.split_at(part.len().min(SLAB - self.bytes % SLAB));
            self.open.update(now);
            self.bytes += now.len();
            if self.bytes.is_multiple_of(SLAB) {
                self.close_slab();
            }
            part = later;
        }
    }

    /// Key and value of what is to be kept of all that was written so far, and of the file's info.
    pub(super) fn finish(&mut self, info: &str) -> (&'static str, String) {
        if !self.bytes.is_multiple_of(SLAB) {
            self.close_slab();
        }
        let kept = Kept {
            slab: SLAB,
            bytes: self.bytes,
            crc32: std::mem::take(&mut self.crc32),
            info: crc32fast::hash(info.as_bytes()),
        };
        (KEY, serde_json::json!(kept).to_string())
    }
}

impl<W: Write> Write for Summing<W> {
    fn write(&mut self, part: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(part)?;
        self.take(&part[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// A file whose parts are looked at as they are read, where it has checksums.
#[derive(Clone)]
pub(super) struct Checked {
    file: Bytes,
    slabs: Option<Arc<Slabs>>,
}

struct Slabs {
    slab: usize,
    bytes: usize,
    sums: Vec<u32>,
    sound: Vec<AtomicBool>,
}

/// A part of the file is not what was written.
fn changed() -> ParquetError {
    ParquetError::General("a part of it is not what was written".to_owned())
}

impl Checked {
    /// A file without checksums, as other programs write them.
    pub(super) fn without(file: Bytes) -> Self {
        Self { file, slabs: None }
    }

    /// A file and its metadata. What another program wrote has no checksums, or those of the file that it read.
    ///
    /// # Errors
    /// The checksums themselves, or what they say of the file's info, are damaged.
    pub(super) fn of(file: Bytes, metadata: &ArrowReaderMetadata, info_key: &str) -> Result<Self> {
        let unchecked = Self::without(file);
        let metadata = metadata.metadata().file_metadata();
        let is_ours = (metadata.created_by()).is_some_and(|by| by.starts_with("shoespace "));
        let pairs = metadata.key_value_metadata().filter(|_| is_ours);
        let value = |key: &str| {
            let pair = pairs?.iter().find(|pair| pair.key == key)?;
            pair.value.as_deref()
        };
        let Some(kept) = value(KEY) else {
            return Ok(unchecked);
        };
        let kept: Kept = serde_json::from_str(kept).map_err(|_| changed())?;
        let digits = kept.crc32.as_bytes().chunks(DIGITS);
        let sums: Option<Vec<u32>> = digits
            .map(|digits| u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok())
            .collect();
        let sums = sums.ok_or_else(changed)?;
        let info = value(info_key).map(|info| crc32fast::hash(info.as_bytes()));
        let is_whole = kept.slab > 0
            && kept.bytes <= unchecked.file.len()
            && sums.len() == kept.bytes.div_ceil(kept.slab)
            && info == Some(kept.info);
        if !is_whole {
            return Err(changed());
        }
        let sound = sums.iter().map(|_| AtomicBool::new(false)).collect();
        Ok(Self {
            slabs: Some(Arc::new(Slabs {
                slab: kept.slab,
                bytes: kept.bytes,
                sums,
                sound,
            })),
            ..unchecked
        })
    }

    /// The file, unchecked.
    pub(super) fn bytes(&self) -> &Bytes {
        &self.file
    }

    /// Looks at the slabs that a part of the file lies in, as far as nobody did.
    fn check(&self, part: Range<usize>) -> Result<()> {
        let Some(slabs) = self.slabs.as_deref().filter(|_| !part.is_empty()) else {
            return Ok(());
        };
        let first = part.start / slabs.slab;
        let end = part.end.min(slabs.bytes).div_ceil(slabs.slab);
        for at in first..end {
            if slabs.sound[at].load(Ordering::Relaxed) {
                continue;
            }
            let from = at * slabs.slab;
            let to = (from + slabs.slab).min(slabs.bytes);
            if crc32fast::hash(&self.file[from..to]) != slabs.sums[at] {
                return Err(changed());
            }
            slabs.sound[at].store(true, Ordering::Relaxed);
        }
        Ok(())
    }
}

impl Length for Checked {
    fn len(&self) -> u64 {
        self.file.len() as u64
    }
}

impl ChunkReader for Checked {
    type T = CheckedRead;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        Ok(CheckedRead {
            file: self.clone(),
            at: start as usize,
        })
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        let bytes = self.file.get_bytes(start, length)?;
        let start = start as usize;
        self.check(start..start + length)?;
        Ok(bytes)
    }
}

/// Reads on from a place.
pub(super) struct CheckedRead {
    file: Checked,
    at: usize,
}

impl Read for CheckedRead {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let rest = self.file.file.get(self.at..).unwrap_or_default();
        // parquet 60.1 passes over what lies behind the end without seeing that nothing does, and over a list of a
        // thousand million numbers there for minutes.
        if rest.is_empty() && !into.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let count = rest.len().min(into.len());
        let part = self.at..self.at + count;
        self.file.check(part).map_err(io::Error::other)?;
        into[..count].copy_from_slice(&rest[..count]);
        self.at += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::Checked;
    use crate::catalog::fixture::Fixture;
    use crate::catalog::writer::NewShoe;
    use crate::catalog::{Catalog, CatalogError, Values};
    use parquet::file::reader::ChunkReader as _;
    use std::io::Read as _;
    use std::path::Path;

    /// All that there is to be read.
    fn read(path: &Path) -> Result<Vec<String>, CatalogError> {
        let catalog = Catalog::open(path)?;
        let block = catalog.block("style")?;
        let mut told = vec![format!("{:?} {:?}", catalog.info(), catalog.positions())];
        for row in 0..catalog.len() {
            let values = catalog.columns()[0].text(row);
            let picture = catalog.picture_bytes(row)?;
            let path = catalog.picture_path(row)?;
            told.push(format!(
                "{} {values:?} {:?} {picture:?} {path:?}",
                catalog.id(row),
                block.row(row)
            ));
        }
        Ok(told)
    }

    #[test]
    fn nothing_is_read_behind_the_end() {
        let file = Checked::without(bytes::Bytes::from_static(b"abc"));
        let mut read = file.get_read(1).unwrap();
        let mut all = [0; 2];
        read.read_exact(&mut all).unwrap();
        assert_eq!(&all, b"bc");
        // A copy of what is not there would end well.
        assert!(std::io::copy(&mut read.take(8), &mut std::io::sink()).is_err());
        assert!(file.get_read(9).unwrap().read(&mut all).is_err());
    }

    #[test]
    fn a_flipped_bit_is_told_or_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.parquet");
        let shoe = |n: usize| NewShoe {
            picture: (0..700).map(|i| (i * n) as u8).collect(),
            path: format!("photos/{n}.png"),
            blocks: vec![vec![n as f32, 0.5, -1.0]],
            position: [n as f32, 1.0, 0.25 * n as f32],
            ..NewShoe::default()
        };
        let words = (0..1000).map(|n| Some(["boot", "sandal", "pump"][n % 3]));
        (Fixture::new([("style", 3)]).column("kind", Values::text(words)))
            .shoes((0..1000).map(shoe))
            .write(&path);
        let whole = std::fs::read(&path).unwrap();
        assert!(whole.len() > 2 * super::SLAB, "more than one slab");
        let wanted = read(&path).unwrap();
        let flipped = folder.path().join("b.parquet");
        let mut told = 0;
        const FLIPS: usize = 160;
        for n in 0..FLIPS {
            // Half of them in the rows, half of them in the last part, which is the footer.
            let back = whole.len() / if n % 2 == 0 { 1 } else { 60 };
            let at = whole.len() - 1 - (n * 2_654_435_761) % back;
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << (n % 8);
            std::fs::write(&flipped, &bytes).unwrap();
            match read(&flipped) {
                Ok(found) => assert!(found == wanted, "bit {} of byte {at}", n % 8),
                Err(_) => told += 1,
            }
        }
        assert!(told > FLIPS / 2, "{told} of {FLIPS} were told");
    }
}
