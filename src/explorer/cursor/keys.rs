//! Keys of the latent cursor. None is taken while a text field has them.

use super::state::LatentCursor;
use crate::explorer::command::{Command, CursorCommand};
use crate::explorer::keyboard::{Keyboard, Modifiers};
use crate::explorer::scene::camera::SceneView;
use crate::explorer::state::{OpenCatalogue, Selection};
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
    latent: Res<'w, LatentCursor>,
}

pub(super) fn keys(
    mut typed: MessageReader<KeyboardInput>,
    held: Res<ButtonInput<KeyCode>>,
    keyboard: Res<Keyboard>,
    mut modifiers: Local<Modifiers>,
    about: About,
    mut out: MessageWriter<Command>,
) {
    for key in typed.read() {
        modifiers.follow(key);
        if key.state != ButtonState::Pressed || !keyboard.is_free() {
            continue;
        }
        let Modifiers { shift, command, .. } = *modifiers;
        let request = match &key.logical_key {
            Key::Character(letter) => match (command, letter.to_lowercase().as_str()) {
                (true, "s") if !key.repeat => Some(CursorCommand::Save),
                (false, "c") if !key.repeat => {
                    let selected = about.selection.current.clone();
                    out.write_batch(selected.map(Command::DesignFrom));
                    None
                }
                _ => None,
            },
            Key::Space if !key.repeat && about.latent.path.made.is_some() => {
                Some(CursorCommand::Play)
            }
            Key::Escape if about.latent.path.share.is_some() => Some(CursorCommand::Stop),
            other => nudge(other, shift, &about),
        };
        if let Some(request) = request {
            out.write(Command::Cursor(request));
        }
    }
    modifiers.settle(&held);
}

/// Arrows move in the plane of the screen, PageUp and PageDown away from the eye and towards it.
fn nudge(key: &Key, shift: bool, about: &About) -> Option<CursorCommand> {
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
    let step = NUDGE * about.open.extent.radius * if shift { 4.0 } else { 1.0 };
    Some(CursorCommand::Move((at + by * step).to_array()))
}
