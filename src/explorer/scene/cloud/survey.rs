//! What of the cloud a view resolves: a walk down the [`Tree`] as far as the screen can tell shoes apart.

use super::projection::Sight;
use super::tree::{Tree, below};
use bevy::math::{Vec2, Vec3};

/// A shoe that the view resolves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Seen {
    /// Its row.
    pub row: u32,
    /// Middle, in physical pixels from the top left.
    pub at: Vec2,
    /// Depth along the view, in scene units.
    pub depth: f32,
    /// Half the side that perspective gives it, in pixels.
    pub natural: f32,
    /// How far it has come out of the crowd that another stood for, 0 to 1: it grows as one comes nearer.
    pub presence: f32,
}

/// How fine a walk goes, and how far it may go.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Grain {
    /// Pixels below which a branch is one speck: one shoe stands for it.
    speck: f32,
    /// Not more shoes than that.
    most: usize,
}

/// Pixels of a speck, and shoes on the screen, in a picture that is [`USUAL`] pixels high; both grow with the pixels.
const SPECK: f32 = 6.0;
const BUDGET: f32 = 9_000.0;
const USUAL: f32 = 720.0;
/// Walks in one frame at most, after a jump.
const LOOKS: usize = 12;
/// Frames from the last movement on in which specks may still become finer.
const REFINE: u32 = 30;

/// Walks down the tree, frame by frame, as far as there is budget for.
#[derive(Debug, Default)]
pub struct Survey {
    /// Pixels of what is one speck.
    speck: f32,
    /// Frames in which it may still become finer.
    refine: u32,
}

impl Survey {
    /// The view is another one.
    pub fn moved(&mut self) {
        self.refine = REFINE;
    }

    /// Finds what the view resolves of those that pass, the coarse before the fine; `side` is a shoe's, in scene units.
    /// Returns whether the next frame can go further.
    pub fn walk(
        &mut self,
        tree: &Tree,
        side: f32,
        sight: &Sight,
        passes: impl Fn(usize) -> bool,
        out: &mut Vec<Seen>,
    ) -> bool {
        let large = sight.size.y / USUAL;
        let (least, budget) = (SPECK * large.sqrt(), BUDGET * large);
        self.speck = self.speck.max(least);
        for _ in 0..LOOKS {
            let grain = Grain {
                speck: self.speck,
                most: 2 * budget as usize,
            };
            let cut = survey(tree, side, sight, grain, &passes, out);
            let over = out.len() as f32 / budget;
            if over <= 1.0 && !cut {
                break;
            }
            self.speck *= if cut { 1.6 } else { over.powf(0.4).max(1.04) };
        }
        // Little by little, so that nothing pops; three tenths of room, so that it does not swing.
        let finer = self.speck > least && self.refine > 0 && (out.len() as f32) < 0.7 * budget;
        if finer {
            self.speck = (self.speck / 1.1).max(least);
            self.refine -= 1;
        }
        finer
    }
}

/// The shoes that are larger than `least` in a view (half their side, in pixels), the largest first, not more than `most`.
pub fn large(
    tree: &Tree,
    side: f32,
    sight: &Sight,
    least: f32,
    most: usize,
    passes: impl Fn(usize) -> bool,
) -> Vec<u32> {
    let grain = Grain {
        // A shoe of that size is resolved by its own size alone.
        speck: OWN * 2.0 * least,
        most: LARGE,
    };
    let mut seen = Vec::new();
    survey(tree, side, sight, grain, passes, &mut seen);
    seen.retain(|seen| seen.natural > least);
    seen.sort_by(|a, b| b.natural.total_cmp(&a.natural).then(a.row.cmp(&b.row)));
    seen.iter().take(most).map(|seen| seen.row).collect()
}

/// So many shoes are looked at for those that are large.
const LARGE: usize = 20_000;
/// From a speck on that is so many times as large, the shoes in it have their whole size.
const WHOLE: f32 = 1.4;
/// A branch counts as resolved by its own size and by so much of its shoes' size: what is large is never left out
/// only because it stands close to another.
const OWN: f32 = 0.25;
/// Pixels beyond the edges of the picture that large shoes may reach in from.
const AROUND: f32 = 48.0;

/// Walks down once. Returns whether the limit cut it short.
fn survey(
    tree: &Tree,
    side: f32,
    sight: &Sight,
    grain: Grain,
    passes: impl Fn(usize) -> bool,
    out: &mut Vec<Seen>,
) -> bool {
    out.clear();
    let mut level: Vec<(u32, f32)> = vec![(0, 1.0)];
    let mut next = Vec::new();
    while !level.is_empty() {
        for &(at, presence) in &level {
            let Some(node) = tree.node(at) else { continue };
            if passes(node.row as usize)
                && let Some((place, depth)) = sight.project(node.point)
            {
                let natural = 0.5 * side * sight.focal / depth;
                let margin = natural.max(AROUND);
                if place.cmpge(Vec2::splat(-margin)).all() && place.cmple(sight.size + margin).all()
                {
                    out.push(Seen {
                        row: node.row,
                        at: place,
                        depth,
                        natural,
                        presence,
                    });
                    if out.len() >= grain.most {
                        return true;
                    }
                }
            }
            let size = resolved(sight, node.centre, node.radius, side);
            if size >= grain.speck {
                let t = ((size / grain.speck - 1.0) / (WHOLE - 1.0)).min(1.0);
                let fresh = presence.min(t * t * (3.0 - 2.0 * t));
                next.extend(below(at).map(|at| (at, fresh)));
            }
        }
        std::mem::swap(&mut level, &mut next);
        next.clear();
    }
    false
}

/// How large a branch looks, in pixels: its ball and a part of its shoes. 0 where it is out of sight.
fn resolved(sight: &Sight, centre: Vec3, radius: f32, side: f32) -> f32 {
    let clip = sight.clip_from_world * centre.extend(1.0);
    let depth = clip.w;
    if depth + radius < sight.near {
        return 0.0;
    }
    // The eye is in it, or about to be.
    if depth - radius < sight.near.max(0.5 * radius) {
        return f32::INFINITY;
    }
    let (ball, shoe) = (radius * sight.focal / depth, side * sight.focal / depth);
    let at = Vec2::new(
        (clip.x / depth * 0.5 + 0.5) * sight.size.x,
        (0.5 - clip.y / depth * 0.5) * sight.size.y,
    );
    // A ball off the middle of the picture looks longer than it is; the eye is at least half a radius outside.
    let reach = 3.0 * ball + shoe.max(AROUND);
    if at.cmplt(Vec2::splat(-reach)).any() || at.cmpgt(sight.size + reach).any() {
        return 0.0;
    }
    ball + OWN * shoe
}

#[cfg(test)]
mod tests {
    use super::super::projection::tests::sight;
    use super::*;

    /// A grid of `n`³ shoes in the cube from -1 to 1.
    fn cube(n: usize) -> Vec<[f32; 3]> {
        let at = |i: usize| 2.0 * i as f32 / (n - 1) as f32 - 1.0;
        (0..n * n * n)
            .map(|i| [at(i % n), at(i / n % n), at(i / n / n)])
            .collect()
    }

    fn seen(points: &[[f32; 3]], speck: f32, passes: impl Fn(usize) -> bool) -> Vec<Seen> {
        let tree = Tree::new(points, 0..points.len());
        let mut out = Vec::new();
        let grain = Grain {
            speck,
            most: usize::MAX,
        };
        let cut = survey(&tree, 0.02, &sight(), grain, passes, &mut out);
        assert!(!cut);
        out
    }

    #[test]
    fn what_will_be_large_is_known_beforehand() {
        let points = cube(9);
        let tree = Tree::new(&points, 0..points.len());
        let all = seen(&points, 0.0, |_| true);
        let least = {
            let mut sizes: Vec<f32> = all.iter().map(|seen| seen.natural).collect();
            sizes.sort_by(f32::total_cmp);
            sizes[sizes.len() / 2]
        };
        let mut wanted: Vec<u32> = (all.iter())
            .filter(|seen| seen.natural > least)
            .map(|seen| seen.row)
            .collect();
        let mut found = large(&tree, 0.02, &sight(), least, usize::MAX, |_| true);
        assert!(!wanted.is_empty());
        assert_eq!(large(&tree, 0.02, &sight(), least, 3, |_| true), found[..3]);
        wanted.sort_unstable();
        found.sort_unstable();
        assert_eq!(found, wanted);
    }

    #[test]
    fn everything_in_sight_is_found_and_nothing_else() {
        let mut points = cube(5);
        points.push([0.0, 0.0, 20.0]);
        points.push([500.0, 0.0, 0.0]);
        let out = seen(&points, 0.0, |row| row != 62);
        let mut rows: Vec<u32> = out.iter().map(|s| s.row).collect();
        rows.sort_unstable();
        let wanted: Vec<u32> = (0..125).filter(|&row| row != 62).collect();
        assert_eq!(rows, wanted, "not what is behind, beside, or filtered out");
    }

    #[test]
    fn the_cost_follows_the_pixels_and_not_the_catalogue() {
        let (few, many) = (cube(12), cube(40));
        let speck = 6.0;
        let (few, many) = (seen(&few, speck, |_| true), seen(&many, speck, |_| true));
        assert!(few.len() > 40, "{}", few.len());
        assert!(
            many.len() < 2 * few.len(),
            "37 times the shoes: {} {}",
            many.len(),
            few.len()
        );
        let tree = Tree::new(&cube(12), 0..1728);
        let mut out = Vec::new();
        let grain = Grain {
            speck: 0.0,
            most: 100,
        };
        assert!(survey(&tree, 0.02, &sight(), grain, |_| true, &mut out));
        assert_eq!(out.len(), 100);
    }

    #[test]
    fn what_is_too_much_for_the_screen_is_thinned_out_and_comes_back() {
        let points = cube(40);
        let tree = Tree::new(&points, 0..points.len());
        let from = |distance: f32| Sight {
            clip_from_world: sight().clip_from_world
                * bevy::math::Mat4::from_translation(Vec3::new(0.0, 0.0, 10.0 - distance)),
            ..sight()
        };
        let budget = (BUDGET * 100.0 / USUAL) as usize;
        let (mut survey, mut out) = (Survey::default(), Vec::new());
        survey.moved();
        let whole = |_: usize| true;
        assert!(!survey.walk(&tree, 0.2, &from(1.5), whole, &mut out));
        let coarse = survey.speck;
        assert!((budget / 2..=budget).contains(&out.len()), "{}", out.len());
        survey.moved();
        let mut frames = 0;
        while survey.walk(&tree, 0.2, &from(60.0), whole, &mut out) {
            frames += 1;
        }
        assert!((2..=REFINE).contains(&frames), "{frames}");
        assert!(survey.speck < coarse);
        assert!(
            !survey.walk(&tree, 0.2, &from(60.0), whole, &mut out),
            "and rests"
        );
    }

    #[test]
    fn shoes_come_out_of_the_crowd_little_by_little() {
        let points = cube(16);
        let mut before: Option<Vec<f32>> = None;
        for step in 0..60 {
            let mut presence = vec![0.0; points.len()];
            for seen in seen(&points, 12.0 - 0.1 * step as f32, |_| true) {
                presence[seen.row as usize] = seen.presence;
            }
            if let Some(before) = before {
                for (a, b) in before.iter().zip(&presence) {
                    assert!(b >= a && b - a < 0.25, "{a} to {b} at {step}");
                }
            }
            before = Some(presence);
        }
    }
}
