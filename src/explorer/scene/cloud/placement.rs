//! How large each shoe is shown. From afar a few stand for their surroundings, large enough to be recognised and
//! hardly overlapping; the others are small. From near everything has the size that perspective gives it.
//!
//! Who stands is decided in the tree's order, which is the same from everywhere; those that stand already are asked
//! first and need less room, and sizes change over a quarter of a second, so that nothing pops.

use super::bake::Cover;
use super::projection::{Drawn, Sight, WHOLE};
use super::survey::Seen;
use super::tiles::{TILE, Tiles};
use bevy::math::Vec2;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// Pixels of the side of a shoe that can be recognised, in a picture that is [`USUAL`] pixels high.
const READABLE: f32 = 36.0;
/// The height of a picture that [`READABLE`] holds for; sizes grow with the root of it.
const USUAL: f32 = 720.0;
/// Below the readable size shoes shrink faster than perspective has it.
const SHRINK: f32 = 1.75;
/// The size of what would be no larger than a dot, as a part of the readable one: where a dot stands for a hundred
/// shoes, the mass of them is still seen.
const DOT: f32 = 0.15;
/// Seconds in which a shoe grows or shrinks.
const EASE: f32 = 0.25;
/// How much of its square one that is to stand must have for itself, and how much of it one that stands already.
const ROOM: f32 = 0.92;
const KEEP: f32 = 0.7;
/// What is farther than so many times the depth that is looked at lies behind.
const BEHIND: f32 = 1.05;

/// Who stands for others, and how far they have grown.
#[derive(Debug, Default)]
pub struct Placement {
    /// Row to how far it has grown, above 0 and up to 1.
    grown: HashMap<u32, f32>,
    /// Those that stand, or are about to.
    standing: HashSet<u32>,
}

/// What shoes are placed in.
#[derive(Clone, Copy)]
pub struct Stage<'a> {
    /// How the cloud is seen.
    pub sight: &'a Sight,
    /// Depth of what is looked at, in scene units.
    pub focus: f32,
    /// Seconds since the last look; infinite where nothing is to be eased.
    pub elapsed: f32,
    /// Not more than so many stand.
    pub most: usize,
}

impl Placement {
    /// How many stand for others.
    pub fn standing(&self) -> usize {
        self.standing.len()
    }

    /// Gives each its size; painted in the order of `out`, the largest last. `cover` says where a shoe is in its
    /// square, `kept` is room that is taken already (middle and reach). Returns whether sizes are still changing.
    pub fn place(
        &mut self,
        stage: Stage,
        seen: &[Seen],
        cover: impl Fn(u32) -> Cover,
        kept: &[(Vec2, Vec2)],
        out: &mut Vec<Drawn>,
    ) -> bool {
        self.choose(stage, seen, cover, kept);
        let changing = self.ease(stage.elapsed);
        out.clear();
        out.extend(seen.iter().map(|seen| {
            let readable = readable(stage, seen.depth);
            let part = (seen.natural / readable).min(1.0);
            let shrunk = seen.natural * part.powf(SHRINK - 1.0);
            let small = shrunk.max(least(seen.natural, readable)) * seen.presence;
            let grown = self
                .grown
                .get(&seen.row)
                .map_or(0.0, |&g| g * g * (3.0 - 2.0 * g));
            let large = seen.natural.max(readable);
            debug_assert!(small <= large);
            Drawn {
                key: seen.row,
                at: seen.at,
                half: small + (large - small) * grown,
                depth: seen.depth,
                quiet: (1.0 - grown) * (1.0 - part),
                stands: grown * (1.0 - part),
                shows: 1.0,
                window: WHOLE,
            }
        }));
        // A shoe drawn twice as large looks as if it stood half as far away, and is painted so.
        out.sort_unstable_by(|a, b| a.half.total_cmp(&b.half).then(b.key.cmp(&a.key)));
        changing
    }

    fn choose(
        &mut self,
        stage: Stage,
        seen: &[Seen],
        cover: impl Fn(u32) -> Cover,
        kept: &[(Vec2, Vec2)],
    ) {
        let mut room = Room(Tiles::new(stage.sight.size));
        for &(at, reach) in kept {
            room.take(at, reach);
        }
        let reach = |seen: &Seen, half: f32| cover(seen.row).reach_in(half);
        let mut ranks: [Vec<(&Seen, f32)>; 5] = Default::default();
        for seen in seen {
            let readable = readable(stage, seen.depth);
            if seen.natural >= readable {
                room.take(seen.at, KEEP * reach(seen, seen.natural));
                continue;
            }
            let stands = self.standing.contains(&seen.row);
            let inside = seen.at.cmpge(Vec2::ZERO).all() && seen.at.cmple(stage.sight.size).all();
            if !stands && (seen.presence <= 0.5 || !inside) {
                continue;
            }
            // What lies behind the middle of what is looked at stands only where nothing before it does, and a card
            // only where no shoe does.
            let rank = match (seen.depth <= BEHIND * stage.focus, stands) {
                _ if cover(seen.row).is_card() => 4,
                (true, true) => 0,
                (true, false) => 1,
                (false, true) => 2,
                (false, false) => 3,
            };
            ranks[rank].push((seen, readable));
        }
        let stood = std::mem::take(&mut self.standing);
        for (seen, readable) in ranks.into_iter().flatten() {
            if self.standing.len() >= stage.most {
                return;
            }
            let reach = reach(seen, readable);
            let part = if stood.contains(&seen.row) {
                KEEP
            } else {
                ROOM
            };
            if room.is_free(seen.at, part * reach) {
                room.take(seen.at, reach);
                self.standing.insert(seen.row);
            }
        }
    }

    /// Sizes go on towards where they should be.
    fn ease(&mut self, elapsed: f32) -> bool {
        let step = elapsed / EASE;
        for &row in &self.standing {
            self.grown.entry(row).or_insert(0.0);
        }
        let mut changing = false;
        let standing = &self.standing;
        self.grown.retain(|row, grown| {
            let stands = standing.contains(row);
            *grown = if stands {
                (*grown + step).min(1.0)
            } else {
                (*grown - step).max(0.0)
            };
            changing |= (stands && *grown < 1.0) || (!stands && *grown > 0.0);
            stands || *grown > 0.0
        });
        changing
    }
}

/// What a shoe of a `natural` size never shrinks below: nothing for one that is twice as large as a dot.
fn least(natural: f32, readable: f32) -> f32 {
    let dot = DOT * readable;
    dot * (2.0 - natural / dot).clamp(0.0, 1.0)
}

/// Half the side at which a shoe can be recognised; what is farther than the focus is smaller, so that depth shows.
pub fn readable(stage: Stage, depth: f32) -> f32 {
    let usual = 0.5 * READABLE * (stage.sight.size.y / USUAL).sqrt();
    usual * (stage.focus / depth).clamp(0.3, 3.0).powf(0.6)
}

/// Which parts of the picture are taken.
struct Room(Tiles);

impl Room {
    /// The tiles of a rectangle, across and down; those that it touches by less than half are not of it.
    fn tiles(&self, at: Vec2, reach: Vec2) -> [Range<usize>; 2] {
        let edge = |v: f32, most: usize| ((v / TILE).round().max(0.0) as usize).min(most);
        let (low, high) = (at - reach, at + reach);
        let (x0, x1) = (edge(low.x, self.0.wide()), edge(high.x, self.0.wide()));
        let (y0, y1) = (edge(low.y, self.0.high()), edge(high.y, self.0.high()));
        [x0..x1.max(x0), y0..y1]
    }

    fn is_free(&self, at: Vec2, reach: Vec2) -> bool {
        let [across, mut down] = self.tiles(at, reach);
        down.all(|y| self.0.are_free(y, &across))
    }

    fn take(&mut self, at: Vec2, reach: Vec2) {
        let [across, down] = self.tiles(at, reach);
        for y in down {
            self.0.take_all(y, &across);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::projection::tests::sight;
    use super::*;

    const AT_ONCE: f32 = f32::INFINITY;

    fn stage(sight: &Sight, elapsed: f32) -> Stage<'_> {
        Stage {
            sight,
            focus: 10.0,
            elapsed,
            most: 1000,
        }
    }

    /// 400 small ones all over a picture of 200 × 100.
    fn crowd(shift: f32) -> Vec<Seen> {
        (0..400u32)
            .map(|row| Seen {
                row,
                at: Vec2::new(
                    (row * 83 % 200) as f32 + shift,
                    (row * 37 % 100) as f32 + 0.3 * shift,
                ),
                depth: 10.0,
                natural: 2.0,
                presence: 1.0,
            })
            .collect()
    }

    fn place(placement: &mut Placement, stage: Stage, seen: &[Seen]) -> (Vec<Drawn>, bool) {
        let mut out = Vec::new();
        let changing = placement.place(stage, seen, |_| Cover::UNKNOWN, &[], &mut out);
        (out, changing)
    }

    #[test]
    fn a_few_stand_apart_and_the_others_are_small_around_them() {
        let sight = sight();
        let mut placement = Placement::default();
        let (out, changing) = place(&mut placement, stage(&sight, AT_ONCE), &crowd(0.0));
        assert!(!changing);
        assert_eq!(out.len(), 400);
        let full = readable(stage(&sight, AT_ONCE), 10.0);
        let (large, small): (Vec<&Drawn>, Vec<_>) = out.iter().partition(|d| d.half > 2.0);
        assert!(large.len() >= 30, "{}", large.len());
        assert_eq!(large.len(), placement.standing());
        assert!(large.iter().all(|d| d.half == full && d.quiet == 0.0));
        assert!(small.iter().all(|d| d.half < 1.5 && d.quiet > 0.3));
        for (at, a) in large.iter().enumerate() {
            for b in &large[at + 1..] {
                let off = (a.at - b.at).abs().max_element();
                assert!(off > 1.4 * full, "{off}");
            }
        }
        assert!(
            large.iter().any(|d| d.key == 0),
            "the first in order stands"
        );
        assert!(
            out.is_sorted_by_key(|d| d.half),
            "the largest are painted last"
        );
    }

    #[test]
    fn who_stands_goes_on_standing_while_the_view_moves() {
        let sight = sight();
        let mut placement = Placement::default();
        place(&mut placement, stage(&sight, AT_ONCE), &crowd(0.0));
        let first = placement.standing.clone();
        for step in 1..=8 {
            place(
                &mut placement,
                stage(&sight, AT_ONCE),
                &crowd(0.5 * step as f32),
            );
        }
        let left = first.difference(&placement.standing).count();
        assert!(left * 20 <= first.len(), "{left} of {}", first.len());
    }

    #[test]
    fn sizes_change_over_several_frames() {
        let sight = sight();
        let mut placement = Placement::default();
        let mut before = vec![0.0; 400];
        let mut frames = 0;
        loop {
            let (out, changing) = place(&mut placement, stage(&sight, 0.025), &crowd(0.0));
            for drawn in &out {
                let before = &mut before[drawn.key as usize];
                assert!(drawn.half - *before < 3.0);
                *before = drawn.half;
            }
            frames += 1;
            if !changing {
                break;
            }
        }
        assert!((8..=12).contains(&frames), "{frames}");
        // And back, once they are gone from sight.
        let (_, changing) = place(&mut placement, stage(&sight, 0.025), &[]);
        assert!(changing);
        let (_, changing) = place(&mut placement, stage(&sight, AT_ONCE), &[]);
        assert!(!changing && placement.grown.is_empty());
    }

    #[test]
    fn from_near_everything_has_its_own_size_and_takes_its_room() {
        let sight = sight();
        let mut seen = crowd(0.0);
        seen[0] = Seen {
            at: Vec2::new(100.0, 50.0),
            natural: 45.0,
            depth: 1.0,
            ..seen[0]
        };
        let mut placement = Placement::default();
        let (out, _) = place(&mut placement, stage(&sight, AT_ONCE), &seen);
        let near = out.last().unwrap();
        assert_eq!((near.key, near.half, near.quiet), (0, 45.0, 0.0));
        let inside = |d: &&Drawn| d.half > 2.0 && (d.at - near.at).abs().max_element() < 30.0;
        assert_eq!(
            out.iter().filter(inside).count(),
            1,
            "none stands before it"
        );
        let kept = [(Vec2::new(100.0, 50.0), Vec2::splat(200.0))];
        let (mut placement, mut out) = (Placement::default(), Vec::new());
        placement.place(
            stage(&sight, AT_ONCE),
            &crowd(0.0),
            |_| Cover::UNKNOWN,
            &kept,
            &mut out,
        );
        assert_eq!(placement.standing(), 0, "what stands out has its room");
    }

    #[test]
    fn what_is_before_stands_rather_than_what_is_behind_and_a_shoe_rather_than_a_card() {
        let sight = sight();
        let seen = |row, depth| Seen {
            row,
            at: Vec2::new(100.0, 50.0),
            depth,
            natural: 2.0,
            presence: 1.0,
        };
        let card = Cover {
            opaque: 0x0000_1818_1818_0000,
            solid: 0x00ff_ffff_ffff_ff00,
            ..Cover::UNKNOWN
        };
        let stands = |seen: &[Seen], is_card: &dyn Fn(u32) -> bool| {
            let (mut placement, mut out) = (Placement::default(), Vec::new());
            let cover = |row| if is_card(row) { card } else { Cover::UNKNOWN };
            placement.place(stage(&sight, AT_ONCE), seen, cover, &[], &mut out);
            placement.standing.into_iter().collect::<Vec<_>>()
        };
        assert_eq!(stands(&[seen(0, 14.0), seen(1, 9.0)], &|_| false), [1]);
        assert_eq!(stands(&[seen(0, 9.0), seen(1, 14.0)], &|row| row == 0), [1]);
        assert_eq!(stands(&[seen(0, 9.0), seen(1, 8.0)], &|_| true), [0]);
    }

    #[test]
    fn not_more_stand_than_may() {
        let sight = sight();
        let mut placement = Placement::default();
        let stage = Stage {
            most: 5,
            ..stage(&sight, AT_ONCE)
        };
        place(&mut placement, stage, &crowd(0.0));
        assert_eq!(placement.standing(), 5);
    }
}
