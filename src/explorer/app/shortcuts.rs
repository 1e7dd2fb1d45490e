//! The keys of the scene. The latent cursor reads its own (C, Space, Ctrl-Z, Ctrl-S, arrows).

use crate::explorer::command::{Command, Popup, actions};
use crate::explorer::keyboard::{Keyboard, Modifiers};
use crate::explorer::schedule::ExplorerSet;
use crate::explorer::state::Selection;
use bevy::input::ButtonState;
use bevy::input::keyboard::{Key, KeyboardInput};
use bevy::prelude::*;

pub(super) fn plugin(app: &mut App) {
    app.add_systems(Update, keys.in_set(ExplorerSet::Arrive));
}

fn keys(
    mut typed: MessageReader<KeyboardInput>,
    held: Res<ButtonInput<KeyCode>>,
    keyboard: Res<Keyboard>,
    selection: Res<Selection>,
    mut modifiers: Local<Modifiers>,
    mut out: MessageWriter<Command>,
) {
    for key in typed.read() {
        modifiers.follow(key);
        // Only what is done step by step is done on while the key is held.
        if key.state != ButtonState::Pressed || (key.repeat && !modifiers.command) {
            continue;
        }
        let at_once = anywhere(key, &modifiers).filter(|_| !key.repeat);
        let action = at_once.or_else(|| {
            let found = match modifiers.command {
                true => chord(key, modifiers.shift),
                false => action(key, modifiers.shift, &selection),
            };
            // A window keeps the keys, but for those that close it.
            let closes = matches!(found, Some(Command::Escape | Command::ToggleHelp));
            let is_heard = keyboard.is_free() || (closes && !keyboard.typing);
            found.filter(|_| is_heard && !modifiers.alt)
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
                "k" => Some(Command::Show(Popup::Palette, true)),
                "," => Some(Command::Show(Popup::Settings, true)),
                _ => None,
            }
        }
        _ => None,
    }
}

/// With Ctrl, while nobody types: there these belong to the text.
fn chord(key: &KeyboardInput, shift: bool) -> Option<Command> {
    let Key::Character(text) = &key.logical_key else {
        return None;
    };
    match text.to_lowercase().as_str() {
        "z" if !shift => Some(Command::UndoAny),
        "z" | "y" => Some(Command::RedoAny),
        _ => None,
    }
}

/// By the letter on the key, not by its place: F is F on every keyboard.
fn action(key: &KeyboardInput, shift: bool, selection: &Selection) -> Option<Command> {
    Some(match &key.logical_key {
        Key::Escape => Command::Escape,
        Key::Backspace if shift => Command::Forward,
        Key::Backspace => Command::Back,
        Key::Home => Command::Home,
        Key::Character(text) => match text.to_lowercase().as_str() {
            "f" => Command::Focus,
            "h" => Command::Home,
            "r" => Command::Random,
            "g" => Command::ToggleGrid,
            "l" => Command::Like,
            "x" => Command::Dislike,
            "p" => Command::TogglePanels,
            "m" => actions::mark(selection)?,
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
            .init_resource::<Keyboard>()
            .init_resource::<Selection>()
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
        app.insert_resource(Keyboard {
            typing: true,
            window: false,
        });
        let typed = [
            letter(KeyCode::KeyG, "g"),
            (KeyCode::F12, Key::F12, ButtonState::Pressed),
        ];
        assert_eq!(actions(&mut app, &typed), ["TakePicture"]);
        app.insert_resource(Keyboard::default());
        assert_eq!(actions(&mut app, &typed), ["ToggleGrid", "TakePicture"]);
        // While a window is open its keys are those that close it.
        app.insert_resource(Keyboard {
            typing: false,
            window: true,
        });
        let escape = (KeyCode::Escape, Key::Escape, ButtonState::Pressed);
        let typed = [letter(KeyCode::KeyG, "g"), escape];
        assert_eq!(actions(&mut app, &typed), ["Escape"]);
    }
}
