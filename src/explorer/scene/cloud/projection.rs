//! A billboard on the screen, how a view projects it, and what of many is hidden behind others. What is painted is
//! also what is picked.

use super::bake::Cover;
use bevy::prelude::*;
use std::ops::Range;

/// A billboard on the screen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Drawn {
    /// Row of the catalogue, or past its end the number of a photo or design.
    pub key: u32,
    /// Middle, in physical pixels from the top left.
    pub at: Vec2,
    /// Half its side, in pixels.
    pub half: f32,
    /// Depth along the view, in scene units.
    pub depth: f32,
    /// How far it steps back behind those that stand for it, 0 to 1.
    pub quiet: f32,
    /// How far it has come forward to stand for others, 0 to 1.
    pub stands: f32,
    /// How opaque it is painted: what is mostly hidden goes before it is hidden, 0 to 1.
    pub shows: f32,
    /// The part of its square in which it looks out, as left, top, right and bottom, 0 to 255.
    pub window: [u8; 4],
}

/// The whole square.
pub const WHOLE: [u8; 4] = [0, 0, 255, 255];

/// Pixels around the middle of a small one in which it can be hit.
const SLACK: f32 = 4.0;

impl Drawn {
    /// Whether a point on the screen lies on the opaque part of it; `solid` is the 8×8 coverage.
    pub fn covers(&self, point: Vec2, solid: u64) -> bool {
        let off = point - self.at;
        // Small ones are easier to hit than they look.
        if self.half < 9.0 {
            return off.abs().max_element() < self.half.max(SLACK);
        }
        let corner = off / (2.0 * self.half) + 0.5;
        if !(0.0..1.0).contains(&corner.x) || !(0.0..1.0).contains(&corner.y) {
            return false;
        }
        let cell = (corner.y * 8.0) as u32 * 8 + (corner.x * 8.0) as u32;
        solid & (1 << cell) != 0
    }
}

/// The first that a point on the screen hits; `solid` is each one's 8×8 coverage.
pub fn pick<'a>(
    topmost_first: impl Iterator<Item = &'a Drawn>,
    point: Vec2,
    solid: impl Fn(usize) -> u64,
) -> Option<usize> {
    let mut keys = topmost_first
        .filter(|drawn| drawn.covers(point, solid(drawn.key as usize)))
        .map(|drawn| drawn.key as usize);
    keys.next()
}

/// How the cloud is seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sight {
    /// The camera's matrix.
    pub clip_from_world: Mat4,
    /// Size of the picture in physical pixels.
    pub size: Vec2,
    /// Pixels that one unit at depth 1 takes.
    pub focal: f32,
    /// Nearer than this nothing is drawn.
    pub near: f32,
}

impl Sight {
    /// Where a point is on the screen, with its depth. `None` behind the camera.
    pub fn project(&self, point: Vec3) -> Option<(Vec2, f32)> {
        let clip = self.clip_from_world * point.extend(1.0);
        if clip.w < self.near {
            return None;
        }
        let at = Vec2::new(
            (clip.x / clip.w * 0.5 + 0.5) * self.size.x,
            (0.5 - clip.y / clip.w * 0.5) * self.size.y,
        );
        Some((at, clip.w))
    }
}

/// From this part of the picture's height on a billboard lets the eye through, the more the closer it is.
const TOO_CLOSE: f32 = 0.7;
/// The same of a photo that could not be cut out, which would veil all behind it.
const TOO_CLOSE_CARD: f32 = 0.4;
/// It is gone when it is so much larger.
const GONE_AFTER: f32 = 0.25;

/// How opaque a billboard is whose side is this part of the picture's height.
pub fn opacity(part: f32, cover: &Cover) -> f32 {
    let from = match cover.is_card() {
        true => TOO_CLOSE_CARD,
        false => TOO_CLOSE,
    };
    1.0 - ((part - from) / GONE_AFTER).clamp(0.0, 1.0)
}

/// Pixels of a side of the tiles in which [`drop_hidden`] notes what is covered.
const TILE: f32 = 4.0;

/// Of a shoe of which a smaller share looks out nothing is painted, and from the larger share on the whole; the slivers
/// of a dense cloud cost much and tell nothing.
const SLIVER: [f32; 2] = [0.12, 0.42];

/// Drops what nearer shoes hide, or nearly: in the middle of a dense cloud that is most of it. They come far to near;
/// `cover` says where a shoe is in its square.
pub fn drop_hidden(drawn: &mut Vec<Drawn>, size: Vec2, cover: impl Fn(u32) -> Cover) {
    let mut covered = Tiles::new((size / TILE).ceil().as_uvec2().max(UVec2::ONE));
    // Made once, since there are thousands of shoes a frame.
    let (mut row, mut columns, mut touches) = (Line::default(), Vec::new(), Vec::new());
    for shoe in drawn.iter_mut().rev() {
        let cover = cover(shoe.key);
        let opacity = opacity(2.0 * shoe.half / size.y, &cover);
        if opacity <= 0.0 {
            shoe.shows = 0.0;
            continue;
        }
        let reach = cover.reach_in(shoe.half);
        let (low, top) = (shoe.at - reach, shoe.at + reach);
        let tile = |v: f32, most: usize| ((v / TILE).max(0.0) as usize).min(most - 1);
        let across = tile(low.x, covered.wide)..tile(top.x, covered.wide) + 1;
        let down = tile(low.y, covered.high)..tile(top.y, covered.high) + 1;
        // The cell of the eight by eight in which the middle of a tile lies.
        let cell = |at: usize, middle: f32| {
            let off = (at as f32 + 0.5) * TILE - middle + shoe.half;
            ((off / shoe.half * 4.0).max(0.0) as u32).min(7)
        };
        columns.clear();
        columns.extend(across.clone().map(|x| cell(x, shoe.at.x)));
        let (mut whole, mut open) = (0u32, 0u32);
        let mut window = Window::default();
        row.begin(across.clone());
        let mut bits_of_row = None;
        for y in down.clone() {
            let bits = cover.solid >> (8 * cell(y, shoe.at.y)) & 0xff;
            if bits_of_row.replace(bits) != Some(bits) {
                row.fill(|x| bits >> columns[x] & 1 == 1);
            }
            whole += row.count();
            open += covered.open_in(y, &row);
            if let Some((from, to)) = covered.open_between(y, &across) {
                window.take(from..to, y);
            }
        }
        // Of a speck no tile may be solid.
        if whole == 0 {
            (whole, open) = (1, u32::from(covered.is_open(across.start, down.start)));
        }
        let [none, all] = SLIVER;
        shoe.shows = ((open as f32 / whole as f32 - none) / (all - none)).clamp(0.0, 1.0);
        shoe.window = window.in_square(shoe.at - shoe.half, 2.0 * shoe.half);
        let side = 2.0 * shoe.half;
        if shoe.shows < 1.0 || side < 2.0 * TILE || opacity < 1.0 || cover.opaque == 0 {
            continue;
        }
        let corner = shoe.at - shoe.half;
        // The cells that a tile touches, as bits of the eight; none where it reaches beyond the square.
        let touched = |at: usize, corner: f32| {
            let from = (at as f32 * TILE - corner) / side * 8.0;
            let to = from + TILE / side * 8.0;
            let is_inside = from >= 0.0 && to <= 8.0;
            let (from, to) = (from as u32, (to.ceil() as u32).clamp(1, 8));
            is_inside.then(|| (0xffu64 >> (8 - (to - from))) << from)
        };
        touches.clear();
        touches.extend(across.map(|x| touched(x, corner.x)));
        let mut opaque_of_row = None;
        for y in down {
            let Some(rows) = touched(y, corner.y) else {
                continue;
            };
            // Columns that are opaque in every row that the tile touches.
            let opaque = (0..8)
                .filter(|r| rows >> r & 1 == 1)
                .fold(0xff, |all, r| all & (cover.opaque >> (8 * r)));
            if opaque_of_row.replace(opaque) != Some(opaque) {
                row.fill(|x| touches[x].is_some_and(|wanted| opaque & wanted == wanted));
            }
            covered.cover(y, &row);
        }
    }
    drawn.retain(|shoe| shoe.shows > 0.0);
}

/// Tiles of the picture that are covered, a bit each.
struct Tiles {
    wide: usize,
    high: usize,
    /// Words of a row.
    words: usize,
    bits: Vec<u64>,
}

/// Some tiles of a row, a bit each.
#[derive(Default)]
struct Line {
    across: Range<usize>,
    /// The word of a row in which the first one is.
    first: usize,
    bits: Vec<u64>,
}

impl Line {
    /// Of a range, which is not empty; so far none of its tiles.
    fn begin(&mut self, across: Range<usize>) {
        self.first = across.start / 64;
        let words = (across.end - 1) / 64 - self.first + 1;
        self.bits.clear();
        self.bits.resize(words, 0);
        self.across = across;
    }

    /// Takes those that `is_in` says, by their number in the range.
    fn fill(&mut self, is_in: impl Fn(usize) -> bool) {
        self.bits.fill(0);
        for (number, x) in self.across.clone().enumerate() {
            self.bits[x / 64 - self.first] |= u64::from(is_in(number)) << (x % 64);
        }
    }

    fn count(&self) -> u32 {
        self.bits.iter().map(|word| word.count_ones()).sum()
    }
}

impl Tiles {
    fn new(size: UVec2) -> Self {
        let (wide, high) = (size.x as usize, size.y as usize);
        let words = wide.div_ceil(64);
        Self {
            wide,
            high,
            words,
            bits: vec![0; words * high],
        }
    }

    fn is_open(&self, x: usize, y: usize) -> bool {
        self.bits[y * self.words + x / 64] >> (x % 64) & 1 == 0
    }

    /// How many of them are open.
    fn open_in(&self, y: usize, line: &Line) -> u32 {
        let row = &self.bits[y * self.words + line.first..];
        let both = row.iter().zip(&line.bits);
        both.map(|(covered, wanted)| (wanted & !covered).count_ones())
            .sum()
    }

    /// The first open tile of a part of a row, and the one behind the last.
    fn open_between(&self, y: usize, across: &Range<usize>) -> Option<(usize, usize)> {
        let row = &self.bits[y * self.words..(y + 1) * self.words];
        let open = |word: usize| {
            let start = word * 64;
            let from = u64::MAX << across.start.saturating_sub(start).min(63);
            let end = (across.end - start).min(64);
            !row[word] & from & (u64::MAX >> (64 - end))
        };
        let words = across.start / 64..(across.end - 1) / 64 + 1;
        let first = words.clone().find(|&word| open(word) != 0)?;
        let last = words.rev().find(|&word| open(word) != 0)?;
        Some((
            first * 64 + open(first).trailing_zeros() as usize,
            last * 64 + 64 - open(last).leading_zeros() as usize,
        ))
    }

    fn cover(&mut self, y: usize, line: &Line) {
        let row = &mut self.bits[y * self.words + line.first..];
        for (covered, more) in row.iter_mut().zip(&line.bits) {
            *covered |= more;
        }
    }
}

/// The tiles in which something looks out, as the box around them.
struct Window {
    low: (usize, usize),
    high: (usize, usize),
}

impl Default for Window {
    fn default() -> Self {
        Self {
            low: (usize::MAX, usize::MAX),
            high: (0, 0),
        }
    }
}

impl Window {
    fn take(&mut self, across: Range<usize>, y: usize) {
        self.low = (self.low.0.min(across.start), self.low.1.min(y));
        self.high = (self.high.0.max(across.end), self.high.1.max(y + 1));
    }

    /// The box as a part of a square from `corner`, never smaller than it is. What lies beyond the edges of the picture
    /// belongs to the tiles at the edges.
    fn in_square(&self, corner: Vec2, side: f32) -> [u8; 4] {
        if self.low.0 > self.high.0 {
            return WHOLE;
        }
        let part =
            |tile: usize, corner: f32| 255.0 * (tile as f32 * TILE - corner) / side.max(1e-6);
        let low = |tile: usize, corner: f32| match tile {
            0 => 0,
            tile => part(tile, corner).floor().clamp(0.0, 255.0) as u8,
        };
        let high = |tile: usize, corner: f32| part(tile, corner).ceil().clamp(0.0, 255.0) as u8;
        [
            low(self.low.0, corner.x),
            low(self.low.1, corner.y),
            high(self.high.0, corner.x),
            high(self.high.1, corner.y),
        ]
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// From (0, 0, 10) to the middle, in a picture of 200 × 100.
    pub fn sight() -> Sight {
        let view = Mat4::look_at_rh(Vec3::new(0.0, 0.0, 10.0), Vec3::ZERO, Vec3::Y);
        let clip = Mat4::perspective_infinite_reverse_rh(1.0, 2.0, 0.1);
        Sight {
            clip_from_world: clip * view,
            size: Vec2::new(200.0, 100.0),
            focal: 50.0 * clip.y_axis.y,
            near: 0.1,
        }
    }

    /// A cover without a gap.
    const FULL: Cover = Cover {
        opaque: u64::MAX,
        ..Cover::UNKNOWN
    };

    fn shoe(key: u32, half: f32, at: Vec2) -> Drawn {
        Drawn {
            key,
            at,
            half,
            depth: 1.0,
            quiet: 0.0,
            stands: 0.0,
            shows: 1.0,
            window: WHOLE,
        }
    }

    #[test]
    fn what_is_hidden_is_not_painted() {
        let middle = Vec2::new(100.0, 50.0);
        let beside = shoe(3, 8.0, Vec2::new(130.0, 50.0));
        // Far to near.
        let all = [shoe(0, 8.0, middle), beside, shoe(1, 30.0, middle)];
        let mut drawn = all.to_vec();
        drop_hidden(&mut drawn, Vec2::new(200.0, 300.0), |_| FULL);
        let keys: Vec<u32> = drawn.iter().map(|d| d.key).collect();
        assert_eq!(
            keys,
            [3, 1],
            "the one behind is hidden, the one that looks out is not"
        );
        let mut drawn = all.to_vec();
        drop_hidden(&mut drawn, Vec2::new(200.0, 300.0), |_| Cover::UNKNOWN);
        assert_eq!(drawn.len(), 3);
    }

    #[test]
    fn tiles_are_counted_as_one_by_one() {
        let mut tiles = Tiles::new(UVec2::new(200, 3));
        let mut line = Line::default();
        let is_covered = |x: usize| x % 7 < 3 || (60..70).contains(&x);
        line.begin(0..200);
        line.fill(is_covered);
        tiles.cover(1, &line);
        for across in [0..1, 0..200, 63..65, 64..128, 61..69, 130..200, 199..200] {
            line.begin(across.clone());
            line.fill(|number| (across.start + number) % 2 == 0);
            let wanted = || across.clone().filter(|x| x % 2 == 0);
            assert_eq!(line.count() as usize, wanted().count());
            let open = wanted().filter(|&x| !is_covered(x)).count();
            assert_eq!(tiles.open_in(1, &line) as usize, open, "{across:?}");
            let first = across.clone().find(|&x| !is_covered(x));
            let last = across.clone().rev().find(|&x| !is_covered(x));
            let between = first.zip(last.map(|last| last + 1));
            assert_eq!(tiles.open_between(1, &across), between, "{across:?}");
            assert_eq!(
                tiles.open_between(2, &across),
                Some((across.start, across.end))
            );
            assert!(across.clone().all(|x| tiles.is_open(x, 1) != is_covered(x)));
        }
    }

    #[test]
    fn of_what_is_half_hidden_only_the_other_half_is_painted() {
        let shoe = |key, half, x| shoe(key, half, Vec2::new(x, 50.0));
        // The nearer one covers from 20 to 80, the other one stands from 64 to 104.
        let mut drawn = vec![shoe(0, 20.0, 84.0), shoe(1, 30.0, 50.0)];
        drop_hidden(&mut drawn, Vec2::new(200.0, 300.0), |_| FULL);
        let behind = drawn.iter().find(|d| d.key == 0).unwrap();
        let [left, top, right, bottom] = behind.window;
        // 80 is at 16 of 40; a tile more may be painted, and none less.
        assert!((76..=103).contains(&left), "{left}");
        assert_eq!((top, right, bottom), (0, 255, 255));
        assert_eq!(drawn.iter().find(|d| d.key == 1).unwrap().window, WHOLE);
    }

    #[test]
    fn what_looks_out_a_little_goes_little_by_little() {
        let mut before = 0.0;
        for step in 0..=40 {
            let shoe = |key, half, x| shoe(key, half, Vec2::new(x, 50.0));
            let mut drawn = vec![shoe(0, 20.0, 60.0 + step as f32), shoe(1, 30.0, 50.0)];
            drop_hidden(&mut drawn, Vec2::new(200.0, 300.0), |_| FULL);
            let shows = drawn.iter().find(|d| d.key == 0).map_or(0.0, |d| d.shows);
            assert!(
                shows >= before && shows - before < 0.4,
                "{before} to {shows}"
            );
            before = shows;
        }
        assert_eq!(before, 1.0);
    }

    #[test]
    fn what_is_too_close_goes_and_a_photo_that_is_no_shoe_goes_sooner() {
        let shape = Cover {
            solid: 0x00_3c_7e_ff_ff_7e_3c_00,
            ..FULL
        };
        assert!(FULL.is_card() && !shape.is_card());
        assert_eq!(opacity(0.6, &shape), 1.0);
        assert!(opacity(0.6, &FULL) < 0.3);
        assert_eq!(opacity(1.2, &shape), 0.0);
        // What is gone hides nothing, and is not painted.
        let middle = Vec2::new(100.0, 50.0);
        let mut drawn = vec![shoe(0, 8.0, middle), shoe(1, 60.0, middle)];
        drop_hidden(&mut drawn, Vec2::new(200.0, 100.0), |_| shape);
        let keys: Vec<u32> = drawn.iter().map(|d| d.key).collect();
        assert_eq!(keys, [0]);
    }

    #[test]
    fn what_is_seen_is_what_is_picked() {
        let drawn = |key, half| shoe(key, half, Vec2::splat(50.0));
        // A speck, one that stands, and another speck that is painted over it.
        let painted = [drawn(0, 1.5), drawn(1, 20.0), drawn(2, 1.5)];
        let lower_half = 0xffff_ffff_0000_0000;
        let pick = |x, y| pick(painted.iter().rev(), Vec2::new(x, y), |_| lower_half);
        assert_eq!(pick(50.0, 50.0), Some(2), "the last painted");
        assert_eq!(pick(53.5, 53.5), Some(2), "specks need no steady hand");
        assert_eq!(pick(55.0, 58.0), Some(1));
        assert_eq!(pick(50.0, 35.0), None, "where nothing of it is");
    }

    #[test]
    fn a_point_is_on_the_shoe_only_where_it_is_opaque() {
        let drawn = shoe(0, 40.0, Vec2::splat(50.0));
        let lower_half = 0xffff_ffff_0000_0000;
        assert!(drawn.covers(Vec2::new(50.0, 80.0), lower_half));
        assert!(!drawn.covers(Vec2::new(50.0, 20.0), lower_half));
        assert!(!drawn.covers(Vec2::new(95.0, 80.0), u64::MAX));
    }
}
