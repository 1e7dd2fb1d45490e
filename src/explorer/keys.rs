//! The keys of the scene. The latent cursor reads its own (C, Space, Ctrl-Z, Ctrl-S, arrows).

use super::ExplorerSet;
use super::camera::keyboard_is_free;
use super::messages::Action;
use bevy::input::ButtonState;
use bevy::input::keyboard::{Key, KeyboardInput};
use bevy::prelude::*;
use bevy_egui::input::EguiWantsInput;

pub(super) fn plugin(app: &mut App) {
    app.add_systems(Update, keys.in_set(ExplorerSet::Arrive));
}

fn keys(
    mut typed: MessageReader<KeyboardInput>,
    keys: Res<ButtonInput<KeyCode>>,
    wants: Option<Res<EguiWantsInput>>,
    mut actions: MessageWriter<Action>,
) {
    let free = keyboard_is_free(wants.as_deref());
    let shift = keys.any_pressed([KeyCode::ShiftLeft, KeyCode::ShiftRight]);
    let control = keys.any_pressed([
        KeyCode::ControlLeft,
        KeyCode::ControlRight,
        KeyCode::SuperLeft,
        KeyCode::SuperRight,
        KeyCode::AltLeft,
    ]);
    for key in typed.read() {
        if key.state != ButtonState::Pressed || key.repeat {
            continue;
        }
        // These two work even while typing: they are no text.
        match key.key_code {
            KeyCode::F12 => {
                actions.write(Action::Picture);
                continue;
            }
            KeyCode::F1 => {
                actions.write(Action::Help);
                continue;
            }
            _ => {}
        }
        if let Some(action) = action(key, shift).filter(|_| free && !control) {
            actions.write(action);
        }
    }
}

/// By the letter on the key, not by its place: F is F on every keyboard.
fn action(key: &KeyboardInput, shift: bool) -> Option<Action> {
    Some(match &key.logical_key {
        Key::Escape => Action::Escape,
        Key::Backspace if shift => Action::Forward,
        Key::Backspace => Action::Back,
        Key::Home => Action::Home,
        Key::Tab => Action::Panels,
        Key::Character(text) => match text.to_lowercase().as_str() {
            "f" => Action::Focus,
            "h" => Action::Home,
            "r" => Action::Random,
            "g" => Action::Grid,
            "l" => Action::Like,
            "x" => Action::Dislike,
            "?" => Action::Help,
            _ => return None,
        },
        _ => return None,
    })
}
