//! Keys of the latent cursor. None is taken while a text field has them.

use super::requests::LatentRequest;
use super::state::Latent;
use crate::explorer::camera::SceneView;
use crate::explorer::keyboard::{KeyboardFree, Modifiers};
use crate::explorer::state::{OpenCatalogue, Selection, Subject};
use bevy::ecs::system::SystemParam;
use bevy::input::ButtonState;
use bevy::input::keyboard::{Key, KeyboardInput};
use bevy::prelude::*;

/// A nudge, as a share of the cloud's radius.
const NUDGE: f32 = 0.02;

/// What the keys are about.
#[derive(SystemParam)]
pub(super) struct About<'w> {
    view: Res<'w, SceneView>,
    open: Res<'w, OpenCatalogue>,
    selection: Res<'w, Selection>,
    latent: Res<'w, Latent>,
}

pub(super) fn keys(
    mut typed: MessageReader<KeyboardInput>,
    held: Res<ButtonInput<KeyCode>>,
    free: Res<KeyboardFree>,
    mut modifiers: Local<Modifiers>,
    about: About,
    mut out: MessageWriter<LatentRequest>,
) {
    for key in typed.read() {
        modifiers.follow(key);
        if key.state != ButtonState::Pressed || !free.0 {
            continue;
        }
        let Modifiers { shift, command, .. } = *modifiers;
        let request = match &key.logical_key {
            Key::Character(letter) => match (command, letter.to_lowercase().as_str()) {
                (true, "z") if shift => Some(LatentRequest::Redo),
                (true, "z") => Some(LatentRequest::Undo),
                (true, "y") => Some(LatentRequest::Redo),
                (true, "s") if !key.repeat => Some(LatentRequest::Save),
                (false, "c") if !key.repeat => to_selection(&about),
                _ => None,
            },
            Key::Space if !key.repeat && about.latent.path.walk.is_some() => {
                Some(LatentRequest::Play)
            }
            Key::Escape if about.latent.path.share.is_some() => Some(LatentRequest::Stop),
            other => nudge(other, shift, &about),
        };
        if let Some(request) = request {
            out.write(request);
        }
    }
    modifiers.settle(&held);
}

/// The cursor goes where the selection is.
fn to_selection(about: &About) -> Option<LatentRequest> {
    let (at, on) = match about.selection.current.as_ref()? {
        Subject::Shoe(row) => (about.open.position(*row)?, Some(*row)),
        Subject::Guest(guest) => (guest.position, None),
    };
    Some(LatentRequest::Place {
        at: at.to_array(),
        on,
    })
}

/// Arrows move in the plane of the screen, PageUp and PageDown away from the eye and towards it.
fn nudge(key: &Key, shift: bool, about: &About) -> Option<LatentRequest> {
    let at = Vec3::from_array(about.latent.position()?);
    let camera = about.view.camera;
    let by = match key {
        Key::ArrowLeft => -*camera.right(),
        Key::ArrowRight => *camera.right(),
        Key::ArrowUp => *camera.up(),
        Key::ArrowDown => -*camera.up(),
        Key::PageUp => *camera.forward(),
        Key::PageDown => -*camera.forward(),
        _ => return None,
    };
    let step = NUDGE * about.open.radius * if shift { 4.0 } else { 1.0 };
    Some(LatentRequest::Move((at + by * step).to_array()))
}
