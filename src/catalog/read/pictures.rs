//! The pictures of a catalogue: one of them, or a pass over many.

use super::Catalog;
use crate::catalog::{CatalogError, picture};
use bytes::Bytes;
use image::RgbImage;
use rayon::prelude::*;

/// Pictures that one task of a pass decodes.
const PICTURES_A_TASK: usize = 64;

/// Pictures that one call asks of another machine.
const PICTURES_A_CALL: usize = 512;

impl Catalog {
    /// A shoe's picture as stored: an encoded PNG or JPEG, as a slice of the mapped file.
    ///
    /// # Errors
    /// [`CatalogError::NoRow`], or a damaged file.
    pub fn picture_bytes(&self, row: usize) -> Result<Bytes, CatalogError> {
        self.expect_row(row)?;
        let mut pictures = self.store.pictures(&[row])?;
        Ok(pictures.pop().unwrap_or_default())
    }

    /// The pictures of some shoes, as stored.
    ///
    /// # Errors
    /// As [`picture_bytes`](Self::picture_bytes).
    pub fn pictures(&self, rows: &[usize]) -> Result<Vec<Bytes>, CatalogError> {
        rows.iter().try_for_each(|&row| self.expect_row(row))?;
        self.store.pictures(rows)
    }

    /// The path of a shoe's picture in its source, where it is known.
    ///
    /// # Errors
    /// [`CatalogError::NoRow`], or a damaged file.
    pub fn picture_path(&self, row: usize) -> Result<Option<String>, CatalogError> {
        self.expect_row(row)?;
        self.store.picture_path(row)
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
        if let Some(rows) = rows {
            return self.for_each_of(rows, &hand_over);
        }
        // One group after the other, so that no more than one is held in memory.
        for group in self.store.groups() {
            self.for_each_of(&group.collect::<Vec<_>>(), &hand_over)?;
            self.release();
        }
        Ok(())
    }

    fn for_each_of(
        &self,
        rows: &[usize],
        hand_over: &(impl Fn(usize, &[u8]) + Sync),
    ) -> Result<(), CatalogError> {
        if self.store.is_far() {
            // Whoever waits for another machine is no thread of rayon's.
            return rows.chunks(PICTURES_A_CALL).try_for_each(|rows| {
                let pictures = self.pictures(rows)?;
                let each = rows.par_iter().zip(&pictures);
                each.for_each(|(row, bytes)| hand_over(*row, bytes));
                Ok(())
            });
        }
        rows.par_chunks(PICTURES_A_TASK).try_for_each(|rows| {
            let pictures = self.pictures(rows)?;
            for (row, bytes) in rows.iter().zip(&pictures) {
                hand_over(*row, bytes);
            }
            Ok(())
        })
    }
}
