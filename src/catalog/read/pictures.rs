//! The pictures of a catalogue: one of them, or a pass over many.

use super::Catalog;
use crate::catalog::{CatalogError, picture};
use bytes::Bytes;
use image::RgbImage;
use rayon::prelude::*;
use std::ops::Range;

/// Pictures that one task of a pass decodes.
const PICTURES_A_TASK: usize = 64;

impl Catalog {
    /// A shoe's picture as stored: an encoded PNG or JPEG, as a slice of the mapped file.
    ///
    /// # Errors
    /// [`CatalogError::NoRow`], or a damaged file.
    pub fn picture_bytes(&self, row: usize) -> Result<Bytes, CatalogError> {
        let (shard, local) = self.place(row)?;
        Ok(shard.pictures(local..local + 1)?.pop().unwrap_or_default())
    }

    /// The path of a shoe's picture in its source, where it is known.
    ///
    /// # Errors
    /// [`CatalogError::NoRow`], or a damaged file.
    pub fn picture_path(&self, row: usize) -> Result<Option<String>, CatalogError> {
        let (shard, local) = self.place(row)?;
        shard.picture_path(local)
    }

    /// A shoe's picture, decoded.
    ///
    /// # Errors
    /// As [`picture_bytes`](Self::picture_bytes), or a picture that cannot be decoded.
    pub fn picture(&self, row: usize) -> Result<RgbImage, CatalogError> {
        self.decode(row, &self.picture_bytes(row)?)
    }

    fn decode(&self, row: usize, bytes: &[u8]) -> Result<RgbImage, CatalogError> {
        picture::decode(bytes).map_err(|source| CatalogError::Picture {
            path: self.path.clone(),
            id: self.id(row).to_owned(),
            source,
        })
    }

    /// Hands every picture of `rows` (all for `None`) to `use_picture`, decoded, on all threads of rayon
    /// and in no order: much faster than asking for one after the other. A picture that cannot be decoded
    /// comes as one white pixel, and the log says so.
    ///
    /// # Errors
    /// A row that is not there, or a damaged file.
    pub fn for_each_picture(
        &self,
        rows: Option<&[usize]>,
        use_picture: impl Fn(usize, RgbImage) + Send + Sync,
    ) -> Result<(), CatalogError> {
        let hand_over = |row: usize, bytes: &[u8]| {
            let picture = self.decode(row, bytes).unwrap_or_else(|error| {
                tracing::warn!("{error}");
                RgbImage::from_pixel(1, 1, image::Rgb([255; 3]))
            });
            use_picture(row, picture);
        };
        match rows {
            Some(rows) => self
                .stretches(rows, PICTURES_A_TASK)?
                .into_par_iter()
                .try_for_each(|(shard, local, first)| {
                    let pictures = self.shards[shard].pictures(local)?;
                    for (offset, bytes) in pictures.iter().enumerate() {
                        hand_over(first + offset, bytes);
                    }
                    Ok(())
                }),
            None => self
                .shards
                .iter()
                .zip(&self.first_rows)
                .try_for_each(|(shard, &first)| {
                    // One row group after the other, so that no more than one is held in memory.
                    for (_, group) in shard.row_groups() {
                        let starts: Vec<usize> = group.clone().step_by(PICTURES_A_TASK).collect();
                        starts.into_par_iter().try_for_each(|start| {
                            let end = group.end.min(start + PICTURES_A_TASK);
                            for (row, bytes) in (start..).zip(shard.pictures(start..end)?) {
                                hand_over(first + row, &bytes);
                            }
                            Ok::<_, CatalogError>(())
                        })?;
                        shard.release();
                    }
                    Ok(())
                }),
        }
    }

    /// `rows`, those that follow each other together, in runs of at most `most` that lie in one
    /// row group: shard, its rows, the first row.
    fn stretches(
        &self,
        rows: &[usize],
        most: usize,
    ) -> Result<Vec<(usize, Range<usize>, usize)>, CatalogError> {
        let mut out: Vec<(usize, Range<usize>, usize)> = Vec::new();
        // Where the row group of the last run ends.
        let mut end = 0;
        for &row in rows {
            self.place(row)?;
            let shard = self.first_rows.partition_point(|&first| first <= row) - 1;
            let local = row - self.first_rows[shard];
            match out.last_mut() {
                Some((before, run, _))
                    if *before == shard && run.end == local && local < end && run.len() < most =>
                {
                    run.end += 1;
                }
                _ => {
                    let groups = self.shards[shard].row_groups();
                    end = (groups.iter())
                        .find(|(_, group)| group.contains(&local))
                        .map_or(local + 1, |(_, group)| group.end);
                    out.push((shard, local..local + 1, row));
                }
            }
        }
        Ok(out)
    }
}
