//! The pointer on the handle: claims it before the scene does, and drags.

use super::handle;
use super::handle::OnScreen;
use super::state::{Drag, Latent};
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
    mut latent: ResMut<Latent>,
    mut claim: ResMut<PointerClaim>,
    mut before: Local<Vec2>,
    mut out: MessageWriter<Command>,
) {
    let latent = latent.bypass_change_detection();
    if !buttons.pressed(MouseButton::Left) {
        latent.drag = None;
    }
    let found = (|| {
        let at = latent.position().filter(|_| !screen.grid)?;
        let pointer = window.single().ok()?.cursor_position()?;
        Some((at, pointer))
    })();
    let Some((at, pointer)) = found else {
        (latent.drag, latent.grip, claim.by_cursor) = (None, None, false);
        return;
    };
    let before = std::mem::replace(&mut *before, pointer);
    let forward = Vec3::from(view.camera.forward());
    if let Some(drag) = latent.drag {
        claim.by_cursor = true;
        let from = Vec3::from_array(drag.from);
        if let Some(now) = handle::grabbed(drag.grip, from, forward, view.ray(pointer)) {
            let single = keys.any_pressed(SHIFT);
            let to = handle::dragged(&drag, now, single);
            if to != at {
                out.write(Command::Cursor(CursorCommand::Move(to)));
            }
        }
        return;
    }
    // A button that went down elsewhere drags something else.
    let pressed = buttons.just_pressed(MouseButton::Left);
    let busy = buttons.get_pressed().next().is_some() && !pressed;
    // In a slow frame the pointer moves on after the button went down: what it was on before counts.
    let pointer = if pressed && latent.grip.is_some() {
        before
    } else {
        pointer
    };
    let over_panel = wants.is_some_and(|w| w.wants_any_pointer_input());
    latent.grip = if busy || over_panel {
        None
    } else {
        on_screen(at, open.extent.radius, &view).and_then(|h| handle::grip_at(&h, pointer))
    };
    claim.by_cursor = latent.grip.is_some();
    if let (Some(grip), true) = (latent.grip, pressed)
        && let Some(grabbed) =
            handle::grabbed(grip, Vec3::from_array(at), forward, view.ray(pointer))
    {
        latent.drag = Some(Drag {
            grip,
            from: at,
            grabbed: grabbed.to_array(),
        });
    }
}
