//! The pointer on the handle: claims it before the scene does, and drags.

use super::handle;
use super::handle::OnScreen;
use super::state::{Drag, LatentCursor};
use crate::explorer::command::{Command, CursorCommand};
use crate::explorer::keyboard::SHIFT;
use crate::explorer::scene::camera::SceneView;
use crate::explorer::state::{OpenCatalogue, PointerClaim, Screen};
use bevy::prelude::*;
use bevy::window::PrimaryWindow;
use bevy_egui::input::EguiWantsInput;

/// Where the handle is on the screen now.
pub fn on_screen(at: [f32; 3], radius: f32, view: &SceneView) -> Option<OnScreen> {
    let project = |point: Vec3| view.project(point).map(|(at, _)| at);
    handle::on_screen(Vec3::from_array(at), 0.01 * radius.max(1e-6), project)
}

pub(super) fn drag(
    window: Query<&Window, With<PrimaryWindow>>,
    view: Res<SceneView>,
    buttons: Res<ButtonInput<MouseButton>>,
    keys: Res<ButtonInput<KeyCode>>,
    wants: Option<Res<EguiWantsInput>>,
    open: Res<OpenCatalogue>,
    screen: Res<Screen>,
    mut latent: ResMut<LatentCursor>,
    mut claim: ResMut<PointerClaim>,
    mut before: Local<Vec2>,
    mut out: MessageWriter<Command>,
) {
    let latent = latent.bypass_change_detection();
    if !buttons.pressed(MouseButton::Left) {
        latent.pointer.drag = None;
    }
    let found = (|| {
        let at = latent.position().filter(|_| !screen.grid)?;
        let pointer = window.single().ok()?.cursor_position()?;
        Some((at, pointer))
    })();
    let Some((at, pointer)) = found else {
        (latent.pointer.drag, latent.pointer.grip, claim.by_cursor) = (None, None, false);
        return;
    };
    let before = std::mem::replace(&mut *before, pointer);
    let forward = Vec3::from(view.camera.forward());
    if let Some(drag) = latent.pointer.drag {
        claim.by_cursor = true;
        let single = keys.any_pressed(SHIFT);
        let moved = follow(&drag, at, forward, view.ray(pointer), single);
        out.write_batch(moved.map(Command::Cursor));
        return;
    }
    // A button that went down elsewhere drags something else.
    let pressed = buttons.just_pressed(MouseButton::Left);
    let busy = buttons.get_pressed().next().is_some() && !pressed;
    // In a slow frame the pointer moves on after the button went down: what it was on before counts.
    let pointer = if pressed && latent.pointer.grip.is_some() {
        before
    } else {
        pointer
    };
    let over_panel = wants.is_some_and(|w| w.wants_any_pointer_input());
    latent.pointer.grip = if busy || over_panel {
        None
    } else {
        on_screen(at, open.extent.radius, &view).and_then(|h| handle::grip_at(&h, pointer))
    };
    claim.by_cursor = latent.pointer.grip.is_some();
    if let (Some(grip), true) = (latent.pointer.grip, pressed)
        && let Some(grabbed) =
            handle::grabbed(grip, Vec3::from_array(at), forward, view.ray(pointer))
    {
        latent.pointer.drag = Some(Drag {
            grip,
            from: at,
            grabbed: grabbed.to_array(),
        });
    }
}

/// Where a drag leads while the pointer's ray is this one; none where the cursor stays `at` where it is.
fn follow(
    drag: &Drag,
    at: [f32; 3],
    forward: Vec3,
    ray: Ray3d,
    single: bool,
) -> Option<CursorCommand> {
    let now = handle::grabbed(drag.grip, Vec3::from_array(drag.from), forward, ray)?;
    let to = handle::dragged(drag, now, single);
    (to != at).then_some(CursorCommand::Move(to))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explorer::cursor::state::Grip;

    /// A ray of a camera on the z axis, through a point of the plane z = 0.
    fn ray(x: f32, y: f32) -> Ray3d {
        let origin = Vec3::new(0.0, 0.0, 10.0);
        Ray3d {
            origin,
            direction: Dir3::new(Vec3::new(x, y, 0.0) - origin).unwrap(),
        }
    }

    #[test]
    fn a_drag_of_an_arrow_moves_the_cursor_along_its_axis() {
        let start = [0.5, -0.25, 0.0];
        for axis in 0..2 {
            let grip = Grip::Axis(axis);
            let took = handle::grabbed(grip, Vec3::from_array(start), Vec3::NEG_Z, ray(0.5, -0.25));
            let drag = Drag {
                grip,
                from: start,
                grabbed: took.unwrap().to_array(),
            };
            let moved = follow(&drag, start, Vec3::NEG_Z, ray(1.5, 0.75), false);
            let Some(CursorCommand::Move(to)) = moved else {
                panic!("{moved:?}");
            };
            for other in 0..3 {
                if other == axis {
                    assert!((to[other] - start[other] - 1.0).abs() < 0.1, "{to:?}");
                } else {
                    assert_eq!(to[other], start[other]);
                }
            }
        }
    }

    #[test]
    fn a_pointer_that_rests_asks_for_nothing() {
        let start = [0.0; 3];
        let took = handle::grabbed(Grip::Middle, Vec3::ZERO, Vec3::NEG_Z, ray(0.1, 0.1));
        let drag = Drag {
            grip: Grip::Middle,
            from: start,
            grabbed: took.unwrap().to_array(),
        };
        assert!(follow(&drag, start, Vec3::NEG_Z, ray(0.1, 0.1), false).is_none());
    }
}
