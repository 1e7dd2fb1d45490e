//! A billboard on the screen, how a view projects it, and what of many is hidden behind others. What is painted is
//! also what is picked.

use super::bake::Cover;
use bevy::prelude::*;

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
    let (wide, high) = (
        (size.x / TILE).ceil() as usize,
        (size.y / TILE).ceil() as usize,
    );
    let mut covered = vec![false; wide * high];
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
        let (x0, x1) = (tile(low.x, wide), tile(top.x, wide));
        let (y0, y1) = (tile(low.y, high), tile(top.y, high));
        // The cell of the eight by eight in which the middle of a tile lies.
        let cell = |at: usize, middle: f32| {
            let off = (at as f32 + 0.5) * TILE - middle + shoe.half;
            ((off / shoe.half * 4.0).max(0.0) as u32).min(7)
        };
        let (mut whole, mut open) = (0u32, 0u32);
        let mut window = Window::default();
        for y in y0..=y1 {
            let row = cover.solid >> (8 * cell(y, shoe.at.y));
            for x in x0..=x1 {
                let is_open = !covered[y * wide + x];
                if row >> cell(x, shoe.at.x) & 1 == 1 {
                    whole += 1;
                    open += u32::from(is_open);
                }
                if is_open {
                    window.take(x, y);
                }
            }
        }
        // Of a speck no tile may be solid.
        if whole == 0 {
            (whole, open) = (1, u32::from(!covered[y0 * wide + x0]));
        }
        let [none, all] = SLIVER;
        shoe.shows = ((open as f32 / whole as f32 - none) / (all - none)).clamp(0.0, 1.0);
        shoe.window = window.in_square(shoe.at - shoe.half, 2.0 * shoe.half);
        let side = 2.0 * shoe.half;
        if shoe.shows < 1.0 || side < 2.0 * TILE || opacity < 1.0 {
            continue;
        }
        let cells = cover.opaque;
        if cells == 0 {
            continue;
        }
        let corner = shoe.at - shoe.half;
        // The cells that a tile touches, as a range of the eight; none where it reaches beyond the square.
        let span = |at: usize, corner: f32| {
            let from = (at as f32 * TILE - corner) / side * 8.0;
            let to = from + TILE / side * 8.0;
            (from >= 0.0 && to <= 8.0).then(|| (from as u32, (to.ceil() as u32).clamp(1, 8)))
        };
        for y in y0..=y1 {
            let Some((row, rows_end)) = span(y, corner.y) else {
                continue;
            };
            // Columns that are opaque in every row that the tile touches.
            let columns = (row..rows_end).fold(0xff, |all, r| all & (cells >> (8 * r)));
            if columns == 0 {
                continue;
            }
            for x in x0..=x1 {
                let Some((column, end)) = span(x, corner.x) else {
                    continue;
                };
                let wanted = (0xffu64 >> (8 - (end - column))) << column;
                if columns & wanted == wanted {
                    covered[y * wide + x] = true;
                }
            }
        }
    }
    drawn.retain(|shoe| shoe.shows > 0.0);
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
    fn take(&mut self, x: usize, y: usize) {
        self.low = (self.low.0.min(x), self.low.1.min(y));
        self.high = (self.high.0.max(x + 1), self.high.1.max(y + 1));
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
