//! The handle in the scene: what the pointer is on, and where a drag moves it.
//!
//! The middle moves in the plane of the screen, at the cursor's depth; each arrow moves along its axis; with
//! Shift the middle keeps to the axis that the hand follows most. The functions know no window: they take rays
//! and points on the screen.

use super::state::{Drag, Grip};
use bevy::math::{Ray3d, Vec2, Vec3};

/// How far the middle reaches, in logical pixels.
pub const MIDDLE: f32 = 13.0;
/// How long the arrows are, in logical pixels.
pub const ARROW: f32 = 54.0;
/// How near to an arrow counts as on it, in logical pixels.
const SLACK: f32 = 7.0;

/// Where the handle is on the screen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OnScreen {
    /// The middle, in logical pixels.
    pub middle: Vec2,
    /// The tips of the three arrows.
    pub tips: [Vec2; 3],
}

/// Where a handle at `at` is on the screen; none behind the camera. `project` gives logical pixels.
pub fn on_screen(at: Vec3, unit: f32, project: impl Fn(Vec3) -> Option<Vec2>) -> Option<OnScreen> {
    let middle = project(at)?;
    let mut tips = [middle; 3];
    let axes = [Vec3::X, Vec3::Y, Vec3::Z];
    let mut along = [Vec2::ZERO; 3];
    for (along, axis) in along.iter_mut().zip(axes) {
        // A short step, so that perspective does not bend the arrow.
        *along = project(at + axis * unit)? - middle;
    }
    // The longest arrow has its full length; one that points at the eye is short, as it looks.
    let longest = along.iter().map(|a| a.length()).fold(1e-6, f32::max);
    for (tip, along) in tips.iter_mut().zip(along) {
        *tip = middle + along * (ARROW / longest);
    }
    Some(OnScreen { middle, tips })
}

/// What the pointer is on.
pub fn grip_at(handle: &OnScreen, pointer: Vec2) -> Option<Grip> {
    if pointer.distance(handle.middle) <= MIDDLE {
        return Some(Grip::Middle);
    }
    let on = |tip: Vec2| {
        let along = tip - handle.middle;
        let length = along.length();
        // Too short to be taken hold of beside the middle.
        if length < MIDDLE + 4.0 {
            return f32::INFINITY;
        }
        let part = ((pointer - handle.middle).dot(along) / (length * length)).clamp(0.0, 1.08);
        pointer.distance(handle.middle + along * part)
    };
    let (axis, off) = (0..3)
        .map(|i| (i, on(handle.tips[i])))
        .min_by(|a, b| a.1.total_cmp(&b.1))?;
    (off <= SLACK).then_some(Grip::Axis(axis))
}

/// The point of the scene that the pointer's ray means for a grip: on the plane through `at` that faces the
/// camera, or on the axis through `at`. None where the ray is parallel.
pub fn grabbed(grip: Grip, at: Vec3, forward: Vec3, ray: Ray3d) -> Option<Vec3> {
    let direction = Vec3::from(ray.direction);
    match grip {
        Grip::Middle => {
            let facing = direction.dot(forward);
            let depth = (at - ray.origin).dot(forward);
            (facing.abs() > 1e-4 && depth / facing > 0.0)
                .then(|| ray.origin + direction * (depth / facing))
        }
        Grip::Axis(axis) => {
            let along = [Vec3::X, Vec3::Y, Vec3::Z][axis];
            // The point of the axis nearest to the ray.
            let between = ray.origin - at;
            let cosine = along.dot(direction);
            let sine_squared = 1.0 - cosine * cosine;
            (sine_squared > 1e-3).then(|| {
                let t = (along.dot(between) - cosine * direction.dot(between)) / sine_squared;
                at + along * t
            })
        }
    }
}

/// Where a drag moves the cursor: as far from where it was as the pointer is from where it was. `single` keeps
/// to the axis that the hand follows most.
pub fn dragged(drag: &Drag, now: Vec3, single: bool) -> [f32; 3] {
    let mut by = now - Vec3::from_array(drag.grabbed);
    if single && drag.grip == Grip::Middle {
        let size = by.abs();
        by = if size.x >= size.y && size.x >= size.z {
            Vec3::X * by.x
        } else if size.y >= size.z {
            Vec3::Y * by.y
        } else {
            Vec3::Z * by.z
        };
    }
    (Vec3::from_array(drag.from) + by).to_array()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bevy::math::Dir3;

    fn ray(x: f32, y: f32) -> Ray3d {
        let target = Vec3::new(x, y, 0.0);
        let origin = Vec3::new(0.0, 0.0, 10.0);
        Ray3d {
            origin,
            direction: Dir3::new(target - origin).unwrap(),
        }
    }

    #[test]
    fn the_middle_follows_the_pointer_in_the_plane_of_the_screen() {
        let at = Vec3::new(0.5, 0.0, 0.0);
        let forward = Vec3::NEG_Z;
        let grabbed_at = grabbed(Grip::Middle, at, forward, ray(0.6, 0.0)).unwrap();
        let drag = Drag {
            grip: Grip::Middle,
            from: at.to_array(),
            grabbed: grabbed_at.to_array(),
        };
        let now = grabbed(Grip::Middle, at, forward, ray(1.1, 0.4)).unwrap();
        let moved = Vec3::from_array(dragged(&drag, now, false));
        assert!(moved.distance(Vec3::new(1.0, 0.4, 0.0)) < 1e-4, "{moved}");
        let single = Vec3::from_array(dragged(&drag, now, true));
        assert!(single.distance(Vec3::new(1.0, 0.0, 0.0)) < 1e-4, "{single}");
    }

    #[test]
    fn an_arrow_moves_along_its_axis_alone() {
        let at = Vec3::ZERO;
        let from = grabbed(Grip::Axis(0), at, Vec3::NEG_Z, ray(0.2, 0.1)).unwrap();
        let now = grabbed(Grip::Axis(0), at, Vec3::NEG_Z, ray(0.9, 0.7)).unwrap();
        let drag = Drag {
            grip: Grip::Axis(0),
            from: [0.0; 3],
            grabbed: from.to_array(),
        };
        let moved = dragged(&drag, now, false);
        assert!(
            (moved[0] - 0.7).abs() < 0.05 && moved[1] == 0.0 && moved[2] == 0.0,
            "{moved:?}"
        );
        // Along the line of sight no point of the axis is nearer than another.
        assert!(grabbed(Grip::Axis(2), at, Vec3::NEG_Z, ray(0.0, 0.0)).is_none());
    }

    #[test]
    fn the_pointer_finds_middle_and_arrows() {
        let handle = OnScreen {
            middle: Vec2::new(100.0, 100.0),
            tips: [
                Vec2::new(150.0, 100.0),
                Vec2::new(100.0, 50.0),
                Vec2::new(102.0, 101.0),
            ],
        };
        let at = |x: f32, y: f32| grip_at(&handle, Vec2::new(x, y));
        assert_eq!(at(104.0, 98.0), Some(Grip::Middle));
        assert_eq!(at(140.0, 104.0), Some(Grip::Axis(0)));
        assert_eq!(at(97.0, 60.0), Some(Grip::Axis(1)));
        assert_eq!(at(140.0, 60.0), None);
    }
}
