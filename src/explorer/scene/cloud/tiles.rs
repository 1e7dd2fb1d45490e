//! A grid of tiles over the picture, each free or taken, a bit each.

use bevy::math::Vec2;
use std::ops::Range;

/// Pixels of a side of a tile.
pub const TILE: f32 = 4.0;

/// The tiles of a picture.
pub struct Tiles {
    wide: usize,
    high: usize,
    /// Words of a row.
    words: usize,
    taken: Vec<u64>,
}

/// Some tiles of a row, a bit each.
#[derive(Default)]
pub struct Line {
    across: Range<usize>,
    /// The word of a row in which the first one is.
    first: usize,
    bits: Vec<u64>,
}

impl Line {
    /// Of a range, which is not empty; so far none of its tiles.
    pub fn begin(&mut self, across: Range<usize>) {
        self.first = across.start / 64;
        let words = (across.end - 1) / 64 - self.first + 1;
        self.bits.clear();
        self.bits.resize(words, 0);
        self.across = across;
    }

    /// Takes those that `is_in` says, by their number in the range.
    pub fn fill(&mut self, is_in: impl Fn(usize) -> bool) {
        self.bits.fill(0);
        for (number, x) in self.across.clone().enumerate() {
            self.bits[x / 64 - self.first] |= u64::from(is_in(number)) << (x % 64);
        }
    }

    /// How many they are.
    pub fn count(&self) -> u32 {
        self.bits.iter().map(|word| word.count_ones()).sum()
    }
}

/// The words of a row that a part of it is in, with its bits.
fn words(across: &Range<usize>) -> impl DoubleEndedIterator<Item = (usize, u64)> + Clone + use<> {
    let across = across.clone();
    (across.start / 64..across.end.div_ceil(64)).map(move |word| {
        let first = word * 64;
        let from = u64::MAX << across.start.saturating_sub(first).min(63);
        let to = u64::MAX >> (64 - (across.end - first).min(64));
        (word, from & to)
    })
}

impl Tiles {
    /// All free, of a picture of `size` pixels.
    pub fn new(size: Vec2) -> Self {
        let [wide, high] = [size.x, size.y].map(|length| (length / TILE).ceil().max(1.0) as usize);
        let words = wide.div_ceil(64);
        Self {
            wide,
            high,
            words,
            taken: vec![0; words * high],
        }
    }

    /// Tiles of a row.
    pub fn wide(&self) -> usize {
        self.wide
    }

    /// Rows of tiles.
    pub fn high(&self) -> usize {
        self.high
    }

    /// Whether a tile is free.
    pub fn is_free(&self, x: usize, y: usize) -> bool {
        self.taken[y * self.words + x / 64] >> (x % 64) & 1 == 0
    }

    /// How many of some tiles are free.
    pub fn free_in(&self, y: usize, line: &Line) -> u32 {
        let row = &self.taken[y * self.words + line.first..];
        let both = row.iter().zip(&line.bits);
        both.map(|(taken, wanted)| (wanted & !taken).count_ones())
            .sum()
    }

    /// The first free tile of a part of a row, and the one behind the last.
    pub fn free_between(&self, y: usize, across: &Range<usize>) -> Option<(usize, usize)> {
        let row = &self.taken[y * self.words..];
        let free = words(across).map(|(word, wanted)| (word, wanted & !row[word]));
        let mut some = free.filter(|(_, free)| *free != 0);
        let (first, from) = some.clone().next()?;
        let (last, to) = some.next_back()?;
        Some((
            first * 64 + from.trailing_zeros() as usize,
            last * 64 + 64 - to.leading_zeros() as usize,
        ))
    }

    /// Whether a whole part of a row is free.
    pub fn are_free(&self, y: usize, across: &Range<usize>) -> bool {
        let row = &self.taken[y * self.words..];
        words(across).all(|(word, wanted)| wanted & row[word] == 0)
    }

    /// Takes some tiles.
    pub fn take(&mut self, y: usize, line: &Line) {
        let row = &mut self.taken[y * self.words + line.first..];
        for (taken, more) in row.iter_mut().zip(&line.bits) {
            *taken |= more;
        }
    }

    /// Takes a part of a row.
    pub fn take_all(&mut self, y: usize, across: &Range<usize>) {
        let row = &mut self.taken[y * self.words..];
        for (word, more) in words(across) {
            row[word] |= more;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_are_counted_as_one_by_one() {
        let mut tiles = Tiles::new(TILE * Vec2::new(200.0, 3.0));
        let mut line = Line::default();
        let is_covered = |x: usize| x % 7 < 3 || (60..70).contains(&x);
        line.begin(0..200);
        line.fill(is_covered);
        tiles.take(1, &line);
        for across in [0..1, 0..200, 63..65, 64..128, 61..69, 130..200, 199..200] {
            line.begin(across.clone());
            line.fill(|number| (across.start + number) % 2 == 0);
            let wanted = || across.clone().filter(|x| x % 2 == 0);
            assert_eq!(line.count() as usize, wanted().count());
            let open = wanted().filter(|&x| !is_covered(x)).count();
            assert_eq!(tiles.free_in(1, &line) as usize, open, "{across:?}");
            let first = across.clone().find(|&x| !is_covered(x));
            let last = across.clone().rev().find(|&x| !is_covered(x));
            let between = first.zip(last.map(|last| last + 1));
            assert_eq!(tiles.free_between(1, &across), between, "{across:?}");
            assert_eq!(
                tiles.free_between(2, &across),
                Some((across.start, across.end))
            );
            assert!(across.clone().all(|x| tiles.is_free(x, 1) != is_covered(x)));
            let all = !across.clone().any(is_covered);
            assert_eq!(tiles.are_free(1, &across), all, "{across:?}");
            let mut one = Tiles::new(TILE * Vec2::new(200.0, 1.0));
            one.take_all(0, &across);
            let taken = (0..200).filter(|&x| !one.is_free(x, 0));
            assert!(taken.eq(across.clone()), "{across:?}");
        }
    }
}
