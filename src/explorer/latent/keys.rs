//! Keys of the latent cursor. None is taken while a text field has them.

use super::requests::LatentRequest;
use super::state::Latent;
use crate::explorer::state::{OpenCatalogue, Selection, Subject};
use bevy::prelude::*;
use bevy_egui::input::EguiWantsInput;

/// A nudge, as a share of the cloud's radius.
const NUDGE: f32 = 0.02;

pub(super) fn keys(
    keys: Res<ButtonInput<KeyCode>>,
    wants: Option<Res<EguiWantsInput>>,
    camera: Query<&GlobalTransform, With<Camera3d>>,
    open: Res<OpenCatalogue>,
    selection: Res<Selection>,
    latent: Res<Latent>,
    mut out: MessageWriter<LatentRequest>,
) {
    if keys.get_just_pressed().next().is_none() && keys.get_pressed().next().is_none() {
        return;
    }
    if wants.is_some_and(|w| w.wants_any_keyboard_input()) {
        return;
    }
    let shift = keys.any_pressed([KeyCode::ShiftLeft, KeyCode::ShiftRight]);
    let command = keys.any_pressed([
        KeyCode::ControlLeft,
        KeyCode::ControlRight,
        KeyCode::SuperLeft,
        KeyCode::SuperRight,
    ]);
    if command {
        if keys.just_pressed(KeyCode::KeyZ) {
            out.write(if shift {
                LatentRequest::Redo
            } else {
                LatentRequest::Undo
            });
        }
        if keys.just_pressed(KeyCode::KeyS) {
            out.write(LatentRequest::Save);
        }
        return;
    }
    if keys.just_pressed(KeyCode::KeyC) {
        let place = match &selection.current {
            Some(Subject::Shoe(row)) => open.position(*row).map(|at| (at, Some(*row))),
            Some(Subject::Guest(guest)) => Some((guest.position, None)),
            None => None,
        };
        if let Some((at, on)) = place {
            out.write(LatentRequest::Place {
                at: at.to_array(),
                on,
            });
        }
    }
    if keys.just_pressed(KeyCode::Space) && latent.path.walk.is_some() {
        out.write(LatentRequest::Play);
    }
    if keys.just_pressed(KeyCode::Escape) && latent.path.share.is_some() {
        out.write(LatentRequest::Stop);
    }
    nudge(&keys, shift, &camera, &open, &latent, &mut out);
}

/// Arrows move in the plane of the screen, PageUp and PageDown towards and away from the eye.
fn nudge(
    keys: &ButtonInput<KeyCode>,
    shift: bool,
    camera: &Query<&GlobalTransform, With<Camera3d>>,
    open: &OpenCatalogue,
    latent: &Latent,
    out: &mut MessageWriter<LatentRequest>,
) {
    let (Some(at), Ok(camera)) = (latent.position(), camera.single()) else {
        return;
    };
    let directions: [(KeyCode, Vec3); 6] = [
        (KeyCode::ArrowLeft, -*camera.right()),
        (KeyCode::ArrowRight, *camera.right()),
        (KeyCode::ArrowUp, *camera.up()),
        (KeyCode::ArrowDown, -*camera.up()),
        (KeyCode::PageUp, *camera.forward()),
        (KeyCode::PageDown, -*camera.forward()),
    ];
    let pressed = directions.iter().filter(|(key, _)| keys.just_pressed(*key));
    let by: Vec3 = pressed.map(|(_, direction)| *direction).sum();
    if by != Vec3::ZERO {
        let step = NUDGE * open.radius * if shift { 4.0 } else { 1.0 };
        out.write(LatentRequest::Move(
            (Vec3::from_array(at) + by * step).to_array(),
        ));
    }
}
