//! Drawing on an outline: each edit gives another outline, and leaves the one that it began with.

use super::{FRAME, Outline, ROOM, SIDE, byte};
use crate::imaging::grid::smoothstep;

/// The widest reach of a brush or a pull, in shares of the frame.
pub const MOST_REACH: f32 = 0.6;
/// The smallest, so that there is always something to see.
const LEAST_REACH: f32 = 0.01;

/// What a brush does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Brush {
    /// It adds to the shoe.
    Add,
    /// It takes away from it.
    Erase,
}

impl Outline {
    /// Draws with a round brush of `radius` along the line between two places; all in shares of the frame.
    pub fn painted(&self, brush: Brush, from: [f32; 2], to: [f32; 2], radius: f32) -> Self {
        let radius = cells(radius.clamp(LEAST_REACH, MOST_REACH));
        let (from, to) = (place(from), place(to));
        let mut drawn = self.clone();
        for (i, mask) in drawn.mask.iter_mut().enumerate() {
            // A soft edge, one cell wide.
            let covered = byte(radius + 0.5 - distance_to(middle(i), from, to));
            *mask = match brush {
                Brush::Add => (*mask).max(covered),
                Brush::Erase => (*mask).min(255 - covered),
            };
        }
        drawn
    }

    /// Pulls what is at `grabbed` by `by`, and what is within `reach` of it along, less and less; all in shares of the
    /// frame. Nothing is torn, however far it is pulled.
    pub fn pulled(&self, grabbed: [f32; 2], by: [f32; 2], reach: f32) -> Self {
        let reach = cells(reach.clamp(LEAST_REACH, MOST_REACH));
        let (grabbed, by) = (place(grabbed), by.map(|b| cells(b.clamp(-2.0, 2.0))));
        // In steps so short that no two cells change places.
        let steps = (by[0].hypot(by[1]) / (0.2 * reach)).ceil().max(1.0);
        let step = by.map(|b| b / steps);
        let from = |mut at: [f32; 2]| {
            for done in (1..=steps as usize).rev() {
                let held: [f32; 2] =
                    std::array::from_fn(|axis| grabbed[axis] + done as f32 * step[axis]);
                let away = (at[0] - held[0]).hypot(at[1] - held[1]);
                let along = 1.0 - smoothstep(0.0, reach, away);
                for axis in 0..2 {
                    at[axis] -= along * step[axis];
                }
            }
            at
        };
        let sources: Vec<[f32; 2]> = (0..SIDE * SIDE).map(|i| from(middle(i))).collect();
        let of = |values: &[u8], beyond: u8| -> Vec<u8> {
            let sampled = sources.iter().map(|at| sample(values, *at, beyond));
            sampled.collect()
        };
        Self {
            mask: of(&self.mask, 0),
            light: of(&self.light, 255),
        }
    }

    /// The place on its edge that is nearest to `place`, in shares of the frame; `place` itself where there is no edge.
    pub fn nearest_edge(&self, place: [f32; 2]) -> [f32; 2] {
        let away = |line: &[[f32; 2]; 2]| (line[0][0] - place[0]).hypot(line[0][1] - place[1]);
        let edge = self.contour();
        let nearest = edge.iter().min_by(|a, b| away(a).total_cmp(&away(b)));
        nearest.map_or(place, |line| line[0])
    }

    /// The same outline turned around, left and right; its block stays the same.
    pub fn mirrored(&self) -> Self {
        let turned = |values: &[u8]| {
            let mut values = values.to_vec();
            values.chunks_exact_mut(SIDE).for_each(<[u8]>::reverse);
            values
        };
        Self {
            mask: turned(&self.mask),
            light: turned(&self.light),
        }
    }
}

/// Cells of a length in shares of the frame.
fn cells(share: f32) -> f32 {
    share * FRAME as f32
}

/// A place in cells of the canvas; what is far outside is taken to be outside.
fn place(share: [f32; 2]) -> [f32; 2] {
    share.map(|s| cells(s.clamp(-2.0, 3.0)) + ROOM as f32)
}

/// The middle of a cell.
fn middle(i: usize) -> [f32; 2] {
    [(i % SIDE) as f32 + 0.5, (i / SIDE) as f32 + 0.5]
}

/// How far a place is from the line between two others.
fn distance_to(at: [f32; 2], from: [f32; 2], to: [f32; 2]) -> f32 {
    let along = [to[0] - from[0], to[1] - from[1]];
    let length = along[0] * along[0] + along[1] * along[1];
    let share = if length > 0.0 {
        let dot = (at[0] - from[0]) * along[0] + (at[1] - from[1]) * along[1];
        (dot / length).clamp(0.0, 1.0)
    } else {
        0.0
    };
    (at[0] - from[0] - share * along[0]).hypot(at[1] - from[1] - share * along[1])
}

/// The value at a place between the middles of cells; outside the canvas it is `beyond`.
fn sample(values: &[u8], at: [f32; 2], beyond: u8) -> u8 {
    let [x, y] = at.map(|a| a - 0.5);
    let (left, top) = (x.floor(), y.floor());
    let value = |dx: f32, dy: f32| {
        let (x, y) = (left + dx, top + dy);
        let inside = |a: f32| (0.0..SIDE as f32).contains(&a);
        if inside(x) && inside(y) {
            f32::from(values[y as usize * SIDE + x as usize])
        } else {
            f32::from(beyond)
        }
    };
    let (right, down) = (x - left, y - top);
    let mix = |a: f32, b: f32, share: f32| a + share * (b - a);
    let (above, below) = (
        mix(value(0.0, 0.0), value(1.0, 0.0), right),
        mix(value(0.0, 1.0), value(1.0, 1.0), right),
    );
    mix(above, below, down).round() as u8
}

#[cfg(test)]
mod tests {
    use super::super::tests::{boot, cosine};
    use super::*;

    fn own() -> Outline {
        Outline::of(&boot(80, 80)).unwrap()
    }

    fn area(outline: &Outline) -> f32 {
        outline.mask.iter().map(|v| f32::from(*v) / 255.0).sum()
    }

    #[test]
    fn a_brush_adds_and_takes_away_as_much_as_it_is_wide() {
        let own = own();
        let free = [0.9, 0.2];
        let added = own.painted(Brush::Add, free, free, 0.05);
        let disc = std::f32::consts::PI * cells(0.05).powi(2);
        assert!((area(&added) - area(&own) - disc).abs() < 0.1 * disc);
        let back = added.painted(Brush::Erase, free, free, 0.06);
        assert!((area(&back) - area(&own)).abs() < 1.0);
        let none = own.painted(Brush::Erase, [-1.0, 0.5], [2.0, 0.5], 9.0);
        assert!(none.is_empty() && !own.is_empty());
        assert_eq!(none.block(&[1.0; 152]), [1.0; 152]);
        assert_eq!((none.square(), none.framed()), (None, none.clone()));
    }

    #[test]
    fn a_line_is_drawn_without_gaps() {
        let own = own();
        let line = own.painted(Brush::Add, [0.7, 0.05], [1.1, 0.4], 0.03);
        for share in 0..=10 {
            let share = share as f32 / 10.0;
            let at = place([0.7 + 0.4 * share, 0.05 + 0.35 * share]);
            let cell = at[1] as usize * SIDE + at[0] as usize;
            assert!(line.mask[cell] > 128, "{share}");
        }
    }

    #[test]
    fn a_pull_makes_the_shaft_longer_and_moves_nothing_far_away() {
        let own = own();
        let top = own.nearest_edge([0.2, -0.2]);
        assert!(top[1] < 0.1, "{top:?}");
        let mut before = own.square().unwrap()[1];
        for by in [0.05, 0.1, 0.2] {
            let pulled = own.pulled(top, [0.0, -by], 0.3);
            let now = pulled.square().unwrap()[1];
            assert!(now < before - 0.02, "{now} after {before}");
            before = now;
            let low = SIDE * (ROOM + FRAME * 3 / 4);
            assert_eq!(pulled.mask[low..], own.mask[low..], "the foot stays");
        }
        let far = own.pulled(top, [f32::MAX, f32::MIN], 0.3);
        assert!(far.block(&[0.0; 152]).iter().all(|v| v.is_finite()));
        assert_eq!(own.pulled(top, [0.0; 2], 0.3), own);
    }

    #[test]
    fn the_block_does_not_know_which_way_it_points() {
        let own = own();
        assert_eq!(own.mirrored().mirrored(), own);
        assert_ne!(own.mirrored().mask, own.mask);
        let block = |outline: &Outline| outline.block(&[0.0; 152]);
        assert!(cosine(&block(&own), &block(&own.mirrored())) > 0.98);
        let drawn = own.painted(Brush::Add, [0.8, 0.1], [0.9, 0.2], 0.1);
        assert!(cosine(&block(&own), &block(&drawn)) < 0.97);
    }
}
