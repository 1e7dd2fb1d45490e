//! How a view is seen: the perspective beside the panels, and [`SceneView`], which turns points of the scene into
//! points of the screen and back.

use crate::explorer::command::View;
use crate::explorer::scene::cloud::projection::Sight;
use crate::explorer::state::Covered;
use bevy::prelude::*;

/// Vertical field of view, radians.
const FIELD: f32 = 0.8;

/// How the scene is seen in this frame. Logical pixels are the window's, as egui and the pointer have
/// them; physical ones are the picture's.
#[derive(Resource, Debug, Clone)]
pub struct SceneView {
    /// The matrices and the size of the picture, in physical pixels.
    pub sight: Sight,
    /// Where the camera is.
    pub camera: Transform,
    /// What it looks at.
    pub view: View,
    /// Physical pixels of a logical one.
    pub scale_factor: f32,
    /// Whether this is home: the whole cloud.
    pub is_home: bool,
    /// How the scene will be seen in a moment: from the end of a flight, or from where the movement leads. None at rest.
    pub ahead: Option<Sight>,
    world_from_clip: Mat4,
}

impl Default for SceneView {
    fn default() -> Self {
        let view = View {
            focus: Vec3::ZERO,
            yaw: 0.0,
            pitch: 0.0,
            distance: 3.0,
        };
        see(&view, UVec2::new(1280, 720), 1.0, &Covered::default())
    }
}

impl SceneView {
    /// From the camera to the plane of the focus.
    pub fn focus_depth(&self) -> f32 {
        self.view.distance
    }

    /// Where a point of the scene is in the window (logical pixels), and its depth. `None` behind the
    /// camera.
    pub fn project(&self, point: Vec3) -> Option<(Vec2, f32)> {
        let (at, depth) = self.sight.project(point)?;
        Some((at / self.scale_factor, depth))
    }

    /// The ray under a point of the window (logical pixels).
    pub fn ray(&self, pointer: Vec2) -> Ray3d {
        let at = pointer * self.scale_factor / self.sight.size;
        let clip = Vec3::new(2.0 * at.x - 1.0, 1.0 - 2.0 * at.y, 1.0);
        let on_near = self.world_from_clip.project_point3(clip);
        let origin = self.camera.translation;
        let direction = Dir3::new(on_near - origin).unwrap_or(self.camera.forward());
        Ray3d { origin, direction }
    }

    /// The point of the scene under a point of the window (logical pixels), at a depth.
    pub fn unproject(&self, pointer: Vec2, depth: f32) -> Vec3 {
        let ray = self.ray(pointer);
        let along = ray.direction.dot(*self.camera.forward()).max(1e-3);
        ray.origin + *ray.direction * (depth / along)
    }

    /// How long one logical pixel is at a depth, in scene units.
    pub fn pixel(&self, depth: f32) -> f32 {
        depth * self.scale_factor / self.sight.focal
    }
}

/// How a view looks from a window of `size` physical pixels.
pub(super) fn see(view: &View, size: UVec2, scale: f32, covered: &Covered) -> SceneView {
    let pixels = size.as_vec2();
    let logical = pixels / scale;
    let middle = 0.5
        * Vec2::new(
            covered.left + logical.x - covered.right,
            covered.top + logical.y - covered.bottom,
        );
    let shift = (2.0 * middle / logical - 1.0) * Vec2::new(1.0, -1.0);
    let near = 0.004 * view.distance;
    // Panels that leave nothing free must not push the scene out of sight.
    let shift = shift.clamp(Vec2::splat(-0.8), Vec2::splat(0.8));
    let mut clip_from_view =
        Mat4::perspective_infinite_reverse_rh(FIELD, pixels.x / pixels.y, near);
    clip_from_view.z_axis.x = -shift.x;
    clip_from_view.z_axis.y = -shift.y;
    let rotation = facing(view);
    let camera = Transform {
        translation: view.focus + rotation * Vec3::Z * view.distance,
        rotation,
        scale: Vec3::ONE,
    };
    let clip_from_world = clip_from_view * camera.to_matrix().inverse();
    SceneView {
        sight: Sight {
            clip_from_world,
            size: pixels,
            focal: 0.5 * pixels.y * clip_from_view.y_axis.y,
            near,
        },
        camera,
        view: *view,
        scale_factor: scale,
        is_home: false,
        ahead: None,
        world_from_clip: clip_from_world.inverse(),
    }
}

pub(super) fn facing(view: &View) -> Quat {
    Quat::from_euler(EulerRot::YXZ, view.yaw, -view.pitch, 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explorer::scene::camera::tests::view;

    #[test]
    fn the_focus_is_in_the_middle_of_what_the_panels_leave() {
        let covered = Covered {
            left: 300.0,
            ..default()
        };
        for scale in [1.0, 2.0] {
            let scene = see(&view(), UVec2::new(1280, 720), scale, &covered);
            let (at, depth) = scene.project(view().focus).unwrap();
            let wanted = Vec2::new(0.5 * (1280.0 / scale + 300.0), 360.0 / scale);
            assert!((at - wanted).length() < 0.01, "{at} {wanted}");
            assert!((depth - 5.0).abs() < 1e-3);
            let back = scene.unproject(at, depth);
            assert!(back.distance(view().focus) < 1e-3);
        }
    }
}
