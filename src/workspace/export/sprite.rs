//! All pictures of a catalogue in one, as the Embedding Projector wants them: squares of one size, row by row.

use super::ExportError;
use crate::catalog::Catalog;
use crate::imaging::fit::{Filter, fit};
use image::{Rgb, RgbImage};
use std::sync::{Mutex, PoisonError};

/// The longest side of the whole that the Projector takes, in pixels.
const LONGEST_SIDE: u32 = 8192;

/// The side of a square at most, in pixels.
const LARGEST: u32 = 100;

/// How the squares lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Grid {
    /// Squares in a row, and rows.
    pub(super) columns: u32,
    pub(super) rows: u32,
    /// The side of a square, in pixels.
    pub(super) side: u32,
}

impl Grid {
    /// As square as can be, and small enough for `count` pictures, none of which is larger than `most` pixels.
    pub(super) fn of(count: usize, most: u32) -> Self {
        let count = count.max(1);
        // Beyond 8192² pictures a square has no pixel left; a catalogue has at most 2³².
        let columns = (count.isqrt() + usize::from(count.isqrt().pow(2) < count)) as u32;
        Self {
            columns,
            rows: count.div_ceil(columns as usize) as u32,
            side: (LONGEST_SIDE / columns).min(most).clamp(1, LARGEST),
        }
    }
}

/// Draws the pictures of all shoes on white.
pub(super) fn draw(catalog: &Catalog, grid: Grid) -> Result<RgbImage, ExportError> {
    let (width, height) = (grid.columns * grid.side, grid.rows * grid.side);
    let whole = Mutex::new(RgbImage::from_pixel(width, height, Rgb([255; 3])));
    catalog.for_each_picture(None, |row, picture| {
        let small = match picture.width().max(picture.height()) > grid.side {
            true => fit(&picture, grid.side, Filter::Sharpest),
            false => picture,
        };
        let (row, columns) = (row as u32, grid.columns);
        let x = row % columns * grid.side + (grid.side - small.width()) / 2;
        let y = row / columns * grid.side + (grid.side - small.height()) / 2;
        let mut whole = whole.lock().unwrap_or_else(PoisonError::into_inner);
        image::imageops::replace(&mut *whole, &small, i64::from(x), i64::from(y));
    })?;
    Ok(whole.into_inner().unwrap_or_else(PoisonError::into_inner))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_pictures_have_room_within_what_the_projector_takes() {
        for (count, most) in [
            (0, 28),
            (1, 128),
            (2, 128),
            (21_000, 128),
            (1_000_000, 128),
            (9, 28),
        ] {
            let grid = Grid::of(count, most);
            assert!(
                grid.columns as usize * grid.rows as usize >= count,
                "{grid:?}"
            );
            assert!(grid.columns * grid.side <= LONGEST_SIDE && grid.rows <= grid.columns);
            assert!(grid.side <= most && grid.side >= 1);
        }
        assert_eq!(Grid::of(21_000, 128).side, 56);
        assert_eq!(
            Grid::of(9, 28),
            Grid {
                columns: 3,
                rows: 3,
                side: 28
            }
        );
    }
}
