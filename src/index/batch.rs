//! Photos on their way from their files to a part: fetched, decoded, made small, embedded.
//!
//! A batch is fetched at once, and decoded in groups that fit in memory: the size of a picture is looked at before its
//! pixels are made. So 64 photos of a good camera take no more memory than 64 thumbnails, but for their files.

use super::parts::Part;
use super::stages::{Clock, Stage};
use super::{IndexError, Skipped};
use crate::catalog::import::{Import, ReadError};
use crate::catalog::picture::{self, Thumbnail, thumbnail};
use crate::catalog::writer::NewShoe;
use crate::embed::Embedder;
use crate::imaging::blank::is_blank;
use crate::job::Job;
use image::{ImageReader, RgbImage};
use rayon::prelude::*;
use std::io::Cursor;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// Photos of a batch: enough for every thread.
const BATCH: usize = 64;

/// Bytes of files that a batch may have, about.
const FETCHED: u64 = 128 << 20;

/// Bytes that the pictures of a group may take while they are decoded, about; more where there are many threads.
const DECODED: u64 = 256 << 20;
const DECODED_A_THREAD: u64 = 64 << 20;
const MOST_DECODED: u64 = 1 << 30;

/// Bytes that a pixel takes: as it is decoded, and as it is used.
const PIXEL: u64 = 6;

/// How many times larger a picture is than its file, where its header does not tell.
const UNTOLD: u64 = 24;

/// What all batches share.
pub(super) struct Batches<'a> {
    pub(super) import: &'a Import,
    pub(super) embedder: &'a dyn Embedder,
    /// Where the photos are from, in the order in which the import counts them.
    pub(super) sources: &'a [PathBuf],
    /// The longest side of the stored pictures.
    pub(super) longest: u32,
    /// Whether pictures that show nothing are left out.
    pub(super) skip_blank: bool,
    pub(super) clock: &'a Clock,
    pub(super) job: &'a Job,
}

impl Batches<'_> {
    /// The batch that begins with photo `start`: as many as are worth while and their files fit in memory.
    pub(super) fn starting(&self, start: usize) -> Range<usize> {
        let shoes = self.import.shoes.get(start..).unwrap_or_default();
        start..start + fitting(shoes.iter().take(BATCH).map(|shoe| shoe.size()), FETCHED)
    }

    /// Adds the photos of `batch` to `part`, embedded; those that cannot be read are left out, and the job is told.
    pub(super) fn embed(&self, batch: Range<usize>, part: &mut Part) -> Result<(), IndexError> {
        let Range { start, end } = batch;
        let files: Vec<Result<File, Unread>> =
            batch.into_par_iter().map(|row| self.fetch(row)).collect();
        self.check_sources(&files, start)?;
        part.end = end;
        let mut fetched = Vec::new();
        for file in files {
            match file {
                Ok(file) => fetched.push(file),
                Err(unread) => self.skip(unread.skipped, part),
            }
        }
        let threads = rayon::current_num_threads() as u64;
        let memory = (threads * DECODED_A_THREAD).clamp(DECODED, MOST_DECODED);
        while !fetched.is_empty() {
            let count = fitting(fetched.iter().map(|file| file.weight), memory);
            let rest = fetched.split_off(count);
            self.embed_group(std::mem::replace(&mut fetched, rest), part)?;
        }
        Ok(())
    }

    fn embed_group(&self, files: Vec<File>, part: &mut Part) -> Result<(), IndexError> {
        let decoded: Vec<Result<Photo, Skipped>> = files
            .into_par_iter()
            .map(|file| self.decode(file))
            .collect();
        let (mut photos, mut pictures) = (Vec::new(), Vec::new());
        for outcome in decoded {
            match outcome {
                Ok(mut photo) => {
                    pictures.push(std::mem::take(&mut photo.picture));
                    photos.push(photo);
                }
                Err(skipped) => self.skip(skipped, part),
            }
        }
        let threads = rayon::current_num_threads().min(pictures.len().max(1));
        let embed = || self.embedder.embed(&pictures);
        let features = self.clock.time_on(threads, Stage::Embed, embed)?;
        if features.len() != photos.len() {
            return Err(IndexError::Embedder {
                pictures: photos.len(),
                features: features.len(),
            });
        }
        for (photo, features) in photos.into_iter().zip(features) {
            let shoe = &self.import.shoes[photo.row];
            part.rows.push(photo.row);
            if photo.is_blank {
                part.blank.push(shoe.picture_name().to_owned());
            }
            part.is_grey &= photo.thumbnail.is_grey;
            part.shoes.push(NewShoe {
                id: shoe.id.clone(),
                picture: photo.thumbnail.bytes,
                path: shoe.path.clone(),
                blocks: features.blocks().map(|(_, values)| values.to_vec()).into(),
                position: [0.0; 3],
            });
        }
        Ok(())
    }

    fn skip(&self, skipped: Skipped, part: &mut Part) {
        self.job
            .warn(format!("{}: {}; left out", skipped.picture, skipped.reason));
        part.skipped.push(skipped);
    }

    /// Whether the sources of the files that are gone are there still. A photo that somebody deletes is left out; a
    /// drive that is unplugged is no reason to make a catalogue of the `done` photos that were read until then.
    fn check_sources(&self, files: &[Result<File, Unread>], done: usize) -> Result<(), IndexError> {
        let lost = || files.iter().filter_map(|file| file.as_ref().err());
        let lost: Vec<&Unread> = lost().filter(|unread| unread.is_lost).collect();
        let all_are_gone = lost.len() == files.len() && files.len() >= SOME;
        let source_of = |unread: &Unread| {
            self.sources
                .get(self.import.shoes[unread.skipped.row].source)
        };
        let gone = lost.iter().find_map(|unread| {
            let path = source_of(unread)?;
            (all_are_gone || !is_there(path)).then_some((*unread, path))
        });
        match gone {
            Some((unread, path)) => Err(IndexError::SourceLost {
                source_path: path.clone(),
                reason: format!("{}: {}", unread.skipped.picture, unread.skipped.reason),
                done,
            }),
            None => Ok(()),
        }
    }

    fn fetch(&self, row: usize) -> Result<File, Unread> {
        let is_lost = std::cell::Cell::new(false);
        let fetched = self.guarded(row, || {
            let bytes = self
                .clock
                .time(Stage::Read, || self.import.shoes[row].fetch())
                .inspect_err(|error| is_lost.set(error.is_loss()))?;
            Ok(File {
                row,
                weight: weight(&bytes),
                bytes,
            })
        });
        fetched.map_err(|skipped| Unread {
            skipped,
            is_lost: is_lost.get(),
        })
    }

    fn decode(&self, file: File) -> Result<Photo, Skipped> {
        let row = file.row;
        let photo = self.guarded(row, || {
            let decode = || self.import.shoes[row].decode(file.bytes);
            let read = self.clock.time(Stage::Decode, decode)?;
            let small = || thumbnail(&read.decoded, &read.original, self.longest);
            let thumbnail = self.clock.time(Stage::Thumbnail, small);
            Ok(Photo {
                row,
                is_blank: is_blank(&read.decoded.picture),
                picture: read.decoded.picture,
                thumbnail,
            })
        })?;
        if photo.is_blank && self.skip_blank {
            return Err(self.skipped(row, "it shows nothing, one colour all over".to_owned()));
        }
        Ok(photo)
    }

    /// Reads something of a photo. A decoder that panics is one unreadable photo too.
    fn guarded<T>(
        &self,
        row: usize,
        read: impl FnOnce() -> Result<T, ReadError>,
    ) -> Result<T, Skipped> {
        match catch_unwind(AssertUnwindSafe(read)) {
            Ok(read) => read.map_err(|error| self.skipped(row, error.to_string())),
            Err(_) => Err(self.skipped(row, "its decoder failed".to_owned())),
        }
    }

    fn skipped(&self, row: usize, reason: String) -> Skipped {
        Skipped {
            row,
            picture: self.import.shoes[row].picture_name().to_owned(),
            reason,
        }
    }
}

/// Where so many photos of a batch and no other are gone, so is their source.
const SOME: usize = 8;

/// Whether a source is still there: a file, or a folder with anything in it. A drive that is unplugged leaves an empty one.
/// A source that is one picture is gone with its folder only: somebody may have deleted the picture.
fn is_there(source: &Path) -> bool {
    let folder = source
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    if picture::is_named(source) && !source.is_dir() {
        return folder.is_none_or(Path::is_dir);
    }
    match std::fs::read_dir(source) {
        Ok(mut entries) => entries.next().is_some_and(|entry| entry.is_ok()),
        Err(_) => source.is_file(),
    }
}

/// A photo whose file was not read.
struct Unread {
    skipped: Skipped,
    /// Whether the file is gone.
    is_lost: bool,
}

/// A photo's file, not decoded yet.
struct File {
    /// Its row in the import.
    row: usize,
    bytes: Vec<u8>,
    /// About how many bytes it takes to decode it.
    weight: u64,
}

/// A photo that was read: its features are still to be made.
struct Photo {
    row: usize,
    picture: RgbImage,
    thumbnail: Thumbnail,
    is_blank: bool,
}

/// How many of the first `sizes` are together at most `most`; one at least, where there is any.
fn fitting(sizes: impl Iterator<Item = u64>, most: u64) -> usize {
    let mut sum = 0_u64;
    sizes
        .enumerate()
        .take_while(|(number, size)| {
            sum = sum.saturating_add(*size);
            *number == 0 || sum <= most
        })
        .count()
}

/// About how many bytes decoding a file takes, by its header.
fn weight(bytes: &[u8]) -> u64 {
    if bytes.is_empty() {
        return 0;
    }
    let size = catch_unwind(|| {
        let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format();
        reader.ok()?.into_dimensions().ok()
    });
    match size.ok().flatten() {
        Some((width, height)) => u64::from(width) * u64::from(height) * PIXEL,
        None => bytes.len() as u64 * UNTOLD,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_fit_in_memory_and_are_never_empty() {
        assert_eq!(fitting([3, 3, 3, 3].into_iter(), 7), 2);
        assert_eq!(fitting([9, 1].into_iter(), 7), 1);
        assert_eq!(fitting([u64::MAX, u64::MAX].into_iter(), 7), 1);
        assert_eq!(fitting([].into_iter(), 7), 0);
    }

    #[test]
    fn pictures_are_weighed_by_their_headers() {
        let picture = image::DynamicImage::from(RgbImage::new(400, 300));
        let mut bytes = Cursor::new(Vec::new());
        picture
            .write_to(&mut bytes, image::ImageFormat::Png)
            .unwrap();
        assert_eq!(weight(bytes.get_ref()), 400 * 300 * PIXEL);
        assert_eq!(weight(b"something else"), 14 * UNTOLD);
        assert_eq!(weight(b""), 0);
    }
}
