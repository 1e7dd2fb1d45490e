//! The keys of the scene. The latent cursor reads its own (C, Space, Ctrl-Z, Ctrl-S, arrows).

use crate::explorer::command::{Command, Popup};
use crate::explorer::keyboard::{KeyboardFree, Modifiers};
use crate::explorer::schedule::ExplorerSet;
use bevy::input::ButtonState;
use bevy::input::keyboard::{Key, KeyboardInput};
use bevy::prelude::*;

pub(super) fn plugin(app: &mut App) {
    app.add_systems(Update, keys.in_set(ExplorerSet::Arrive));
}

fn keys(
    mut typed: MessageReader<KeyboardInput>,
    held: Res<ButtonInput<KeyCode>>,
    free: Res<KeyboardFree>,
    mut modifiers: Local<Modifiers>,
    mut out: MessageWriter<Command>,
) {
    for key in typed.read() {
        modifiers.follow(key);
        if key.state != ButtonState::Pressed || key.repeat {
            continue;
        }
        let action = anywhere(key, &modifiers).or_else(|| {
            let plain = !modifiers.command && !modifiers.alt;
            action(key, modifiers.shift).filter(|_| free.0 && plain)
        });
        if let Some(action) = action {
            out.write(action);
        }
    }
    modifiers.settle(&held);
}

/// What works even while typing, because it is no text.
fn anywhere(key: &KeyboardInput, modifiers: &Modifiers) -> Option<Command> {
    match (key.key_code, &key.logical_key) {
        (KeyCode::F12, _) => Some(Command::TakePicture),
        (KeyCode::F1, _) => Some(Command::ToggleHelp),
        (_, Key::Character(text)) if modifiers.command && !modifiers.alt => {
            match text.to_lowercase().as_str() {
                "o" => Some(Command::Show(Popup::Open, true)),
                "f" => Some(Command::FocusSearch),
                _ => None,
            }
        }
        _ => None,
    }
}

/// By the letter on the key, not by its place: F is F on every keyboard.
fn action(key: &KeyboardInput, shift: bool) -> Option<Command> {
    Some(match &key.logical_key {
        Key::Escape => Command::Escape,
        Key::Backspace if shift => Command::Forward,
        Key::Backspace => Command::Back,
        Key::Home => Command::Home,
        Key::Tab => Command::TogglePanels,
        Key::Character(text) => match text.to_lowercase().as_str() {
            "f" => Command::Focus,
            "h" => Command::Home,
            "r" => Command::Random,
            "g" => Command::ToggleGrid,
            "l" => Command::Like,
            "x" => Command::Dislike,
            "?" => Command::ToggleHelp,
            _ => return None,
        },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explorer::keyboard::tests::key;

    fn app() -> App {
        let mut app = App::new();
        app.add_plugins(MinimalPlugins)
            .add_message::<KeyboardInput>()
            .add_message::<Command>()
            .init_resource::<ButtonInput<KeyCode>>()
            .init_resource::<KeyboardFree>()
            .add_plugins(plugin);
        app
    }

    /// What comes of these keys, all of them in one frame.
    fn actions(app: &mut App, typed: &[(KeyCode, Key, ButtonState)]) -> Vec<String> {
        for (key_code, logical_key, state) in typed.iter().cloned() {
            app.world_mut()
                .write_message(key(key_code, logical_key, state));
        }
        app.world_mut().resource_mut::<Messages<Command>>().clear();
        app.update();
        let mut actions = app.world_mut().resource_mut::<Messages<Command>>();
        let names = actions.drain().map(|command| format!("{command:?}"));
        names.collect()
    }

    fn letter(code: KeyCode, text: &str) -> (KeyCode, Key, ButtonState) {
        (code, Key::Character(text.into()), ButtonState::Pressed)
    }

    #[test]
    fn a_chord_within_a_frame_is_no_bare_letter() {
        let control = |state| (KeyCode::ControlLeft, Key::Control, state);
        let typed = [
            control(ButtonState::Pressed),
            letter(KeyCode::KeyO, "o"),
            letter(KeyCode::KeyF, "f"),
            letter(KeyCode::KeyR, "r"),
            control(ButtonState::Released),
            letter(KeyCode::KeyF, "f"),
        ];
        assert_eq!(
            actions(&mut app(), &typed),
            ["Show(Open, true)", "FocusSearch", "Focus"]
        );
    }

    #[test]
    fn while_somebody_types_letters_are_text() {
        let mut app = app();
        app.insert_resource(KeyboardFree(false));
        let typed = [
            letter(KeyCode::KeyG, "g"),
            (KeyCode::F12, Key::F12, ButtonState::Pressed),
        ];
        assert_eq!(actions(&mut app, &typed), ["TakePicture"]);
        app.insert_resource(KeyboardFree(true));
        assert_eq!(actions(&mut app, &typed), ["ToggleGrid", "TakePicture"]);
    }
}
