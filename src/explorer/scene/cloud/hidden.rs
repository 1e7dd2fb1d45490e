//! What of many shoes is hidden behind others, and what of the others looks out.

use super::bake::Cover;
use super::projection::{Drawn, WHOLE, opacity};
use super::tiles::{Line, TILE, Tiles};
use bevy::math::Vec2;
use std::ops::Range;

/// Of a shoe of which a smaller share looks out nothing is painted, and from the larger share on the whole; the slivers
/// of a dense cloud cost much and tell nothing.
const SLIVER: [f32; 2] = [0.12, 0.42];

/// Drops what nearer shoes hide, or nearly: in the middle of a dense cloud that is most of it. They come far to near;
/// `cover` says where a shoe is in its square.
pub fn drop_hidden(drawn: &mut Vec<Drawn>, size: Vec2, cover: impl Fn(u32) -> Cover) {
    let mut covered = Tiles::new(size);
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
        let across = tile(low.x, covered.wide())..tile(top.x, covered.wide()) + 1;
        let down = tile(low.y, covered.high())..tile(top.y, covered.high()) + 1;
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
            open += covered.free_in(y, &row);
            if let Some((from, to)) = covered.free_between(y, &across) {
                window.take(from..to, y);
            }
        }
        // Of a speck no tile may be solid.
        if whole == 0 {
            (whole, open) = (1, u32::from(covered.is_free(across.start, down.start)));
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
            covered.take(y, &row);
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
mod tests {
    use super::super::projection::tests::{FULL, shoe};
    use super::*;

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
}
