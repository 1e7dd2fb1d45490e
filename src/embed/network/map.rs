//! Maps in strips of rows: each strip is written by one thread, and all threads read all of them.

use std::ops::{Deref, Range};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::embed::kernels::Aligned;

/// The sizes of a map and of its strips.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) height: usize,
    pub(super) width: usize,
    /// Numbers a pixel.
    pub(super) channels: usize,
    /// Rows in every strip but the last.
    pub(super) strip: usize,
}

impl Shape {
    /// Numbers in a row.
    pub(super) fn line(&self) -> usize {
        self.width * self.channels
    }

    /// How many strips there are.
    pub(super) fn strips(&self) -> usize {
        self.height.div_ceil(self.strip)
    }

    /// The rows of a strip.
    pub(super) fn rows(&self, strip: usize) -> Range<usize> {
        strip * self.strip..self.height.min((strip + 1) * self.strip)
    }
}

/// Memory for the strips of a map, kept for the next one: fresh pages come one fault at a time.
///
/// No thread ever waits for one of these locks. They say to the compiler what the steps of a
/// [`Member`](super::team::Member) see to: that no strip is read before it is written.
pub(super) struct Strips(Vec<RwLock<Aligned>>);

impl Strips {
    pub(super) fn new(count: usize) -> Self {
        Self((0..count).map(|_| RwLock::default()).collect())
    }

    /// A strip to write to.
    pub(super) fn write(&self, strip: usize) -> RwLockWriteGuard<'_, Aligned> {
        // a thread that panicked ends the whole call: nobody looks at what it left
        let strip = self.0[strip].write();
        strip.unwrap_or_else(PoisonError::into_inner)
    }

    /// A strip to read from.
    pub(super) fn read(&self, strip: usize) -> RwLockReadGuard<'_, Aligned> {
        let strip = self.0[strip].read();
        strip.unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where a map lies.
#[derive(Clone, Copy)]
pub(super) enum Source<'a> {
    /// In one piece: what the network is given.
    Whole(&'a [f32]),
    /// In strips: what a block made.
    Strips(&'a Strips),
}

enum Strip<'a> {
    Whole(&'a [f32]),
    Locked(RwLockReadGuard<'a, Aligned>),
}

impl Deref for Strip<'_> {
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
    strips: Vec<Strip<'a>>,
}

impl<'a> Map<'a> {
    pub(super) fn new(shape: Shape, source: Source<'a>) -> Self {
        let strip = |index| match source {
            Source::Whole(numbers) => Strip::Whole(numbers),
            Source::Strips(strips) => Strip::Locked(strips.read(index)),
        };
        Self {
            shape,
            strips: (0..shape.strips()).map(strip).collect(),
        }
    }

    /// The numbers of these rows, strip by strip, each time with the rows that they are.
    pub(super) fn pieces(
        &self,
        rows: Range<usize>,
    ) -> impl Iterator<Item = (Range<usize>, &[f32])> {
        let line = self.shape.line();
        let strips = self.strips.iter().enumerate();
        strips.filter_map(move |(index, strip)| {
            let held = self.shape.rows(index);
            let part = held.start.max(rows.start)..held.end.min(rows.end);
            (!part.is_empty()).then(|| {
                let numbers = &strip[(part.start - held.start) * line..][..part.len() * line];
                (part, numbers)
            })
        })
    }
}
