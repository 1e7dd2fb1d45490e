//! Maps in tiles of whole rows: each tile is written by one thread, and all threads read all of them.

use std::ops::{Deref, Range};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::embed::kernels::Aligned;

/// The sizes of a map and of its tiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) height: usize,
    pub(super) width: usize,
    /// Numbers a pixel.
    pub(super) channels: usize,
    /// Rows in every tile but the last.
    pub(super) tile_rows: usize,
}

impl Shape {
    /// Numbers in a row.
    pub(super) fn line(&self) -> usize {
        self.width * self.channels
    }

    /// How many tiles there are.
    pub(super) fn tiles(&self) -> usize {
        self.height.div_ceil(self.tile_rows)
    }

    /// The rows of a tile.
    pub(super) fn rows(&self, tile: usize) -> Range<usize> {
        tile * self.tile_rows..self.height.min((tile + 1) * self.tile_rows)
    }
}

/// Memory for the tiles of a map, kept for the next one: fresh pages come one fault at a time.
///
/// No thread ever waits for one of these locks. They say to the compiler what the steps of a
/// [`Worker`](super::pool::Worker) see to: that no tile is read before it is written.
pub(super) struct Tiles(Vec<RwLock<Aligned>>);

impl Tiles {
    pub(super) fn new(count: usize) -> Self {
        Self((0..count).map(|_| RwLock::default()).collect())
    }

    /// A tile to write to.
    pub(super) fn write(&self, tile: usize) -> RwLockWriteGuard<'_, Aligned> {
        // a thread that panicked ends the whole call: nobody looks at what it left
        let tile = self.0[tile].write();
        tile.unwrap_or_else(PoisonError::into_inner)
    }

    /// A tile to read from.
    pub(super) fn read(&self, tile: usize) -> RwLockReadGuard<'_, Aligned> {
        let tile = self.0[tile].read();
        tile.unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where a map lies.
#[derive(Clone, Copy)]
pub(super) enum Source<'a> {
    /// In one piece: what the network is given.
    Whole(&'a [f32]),
    /// In tiles: what a block made.
    Tiles(&'a Tiles),
}

enum Tile<'a> {
    Whole(&'a [f32]),
    Locked(RwLockReadGuard<'a, Aligned>),
}

impl Deref for Tile<'_> {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        match self {
            Self::Whole(numbers) => numbers,
            Self::Locked(numbers) => numbers,
        }
    }
}

/// A map to read from.
pub(super) struct Map<'a> {
    pub(super) shape: Shape,
    tiles: Vec<Tile<'a>>,
}

impl<'a> Map<'a> {
    pub(super) fn new(shape: Shape, source: Source<'a>) -> Self {
        let tile = |index| match source {
            Source::Whole(numbers) => Tile::Whole(numbers),
            Source::Tiles(tiles) => Tile::Locked(tiles.read(index)),
        };
        Self {
            shape,
            tiles: (0..shape.tiles()).map(tile).collect(),
        }
    }

    /// The numbers of these rows, tile by tile, each time with the rows that they are.
    pub(super) fn pieces(
        &self,
        rows: Range<usize>,
    ) -> impl Iterator<Item = (Range<usize>, &[f32])> {
        let line = self.shape.line();
        let tiles = self.tiles.iter().enumerate();
        tiles.filter_map(move |(index, tile)| {
            let held = self.shape.rows(index);
            let part = held.start.max(rows.start)..held.end.min(rows.end);
            (!part.is_empty()).then(|| {
                let numbers = &tile[(part.start - held.start) * line..][..part.len() * line];
                (part, numbers)
            })
        })
    }
}
