//! A billboard on the screen, and how a view projects it. What is painted is also what is picked.

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
    pub const FULL: Cover = Cover {
        opaque: u64::MAX,
        ..Cover::UNKNOWN
    };

    pub fn shoe(key: u32, half: f32, at: Vec2) -> Drawn {
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
