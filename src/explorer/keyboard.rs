//! Whose the keys are, told so that slow frames lose and mix up nothing: where a frame takes half a second, a click
//! into a text field and the words typed after it arrive together, and Ctrl is down and up again before anybody
//! asks which keys are held.

use super::state::Screen;
use bevy::input::InputSystems;
use bevy::input::keyboard::KeyboardInput;
use bevy::input::mouse::MouseButtonInput;
use bevy::prelude::*;
use bevy::window::PrimaryWindow;
use bevy_egui::input::EguiWantsInput;
use bevy_egui::{EguiContext, PrimaryEguiContext, egui};

/// The keys that are Shift.
pub const SHIFT: [KeyCode; 2] = [KeyCode::ShiftLeft, KeyCode::ShiftRight];
/// The keys that are Ctrl, or the command key.
pub const COMMAND: [KeyCode; 4] = [
    KeyCode::ControlLeft,
    KeyCode::ControlRight,
    KeyCode::SuperLeft,
    KeyCode::SuperRight,
];

/// Who has the keys of this frame, where it is not the scene.
#[derive(Resource, Debug, Clone, Copy, Default)]
pub struct Keyboard {
    /// Somebody is typing, or walks through the controls, or a click of this frame may have begun to.
    pub typing: bool,
    /// A window of the program's own is open: keys that close it are still heard.
    pub window: bool,
}

impl Keyboard {
    /// Whether the keys are the scene's.
    pub fn is_free(&self) -> bool {
        !self.typing && !self.window
    }
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Keyboard>()
        .add_systems(PreUpdate, look.after(InputSystems));
}

fn look(
    mut clicks: MessageReader<MouseButtonInput>,
    wants: Option<Res<EguiWantsInput>>,
    windows: Query<&Window, With<PrimaryWindow>>,
    mut contexts: Query<&mut EguiContext, With<PrimaryEguiContext>>,
    screen: Option<Res<Screen>>,
    mut keyboard: ResMut<Keyboard>,
) {
    let typing = wants.is_some_and(|wants| wants.wants_any_keyboard_input());
    // All of them are read, or the rest would count in the next frame.
    let pressed = clicks.read().filter(|c| c.state.is_pressed()).count() > 0;
    let mut on_panel = || {
        let at = windows.single().ok()?.cursor_position()?;
        let mut context = contexts.single_mut().ok()?;
        let ctx = context.get_mut();
        let at = egui::pos2(at.x, at.y) / ctx.zoom_factor();
        Some(ctx.layer_id_at(at)?.order != egui::Order::Background)
    };
    let may_type = pressed && on_panel().unwrap_or(false);
    keyboard.typing = typing || may_type;
    keyboard.window = screen.is_some_and(|screen| screen.window || screen.help);
}

/// The modifier keys as they were at each key of a frame.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Modifiers {
    /// Shift.
    pub shift: bool,
    /// Ctrl, or the command key.
    pub command: bool,
    /// Alt.
    pub alt: bool,
}

impl Modifiers {
    /// Goes on to the next key of the frame.
    pub fn follow(&mut self, key: &KeyboardInput) {
        let down = key.state.is_pressed();
        match key.key_code {
            code if SHIFT.contains(&code) => self.shift = down,
            code if COMMAND.contains(&code) => self.command = down,
            KeyCode::AltLeft => self.alt = down,
            _ => {}
        }
    }

    /// What is held at the end of the frame. This forgets keys that were let go of while another window had
    /// them.
    pub fn settle(&mut self, held: &ButtonInput<KeyCode>) {
        *self = Self {
            shift: held.any_pressed(SHIFT),
            command: held.any_pressed(COMMAND),
            alt: held.pressed(KeyCode::AltLeft),
        };
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use bevy::input::ButtonState;
    use bevy::input::keyboard::Key;

    /// A key as the window tells of it.
    pub fn key(key_code: KeyCode, logical_key: Key, state: ButtonState) -> KeyboardInput {
        KeyboardInput {
            key_code,
            logical_key,
            state,
            text: None,
            repeat: false,
            window: Entity::PLACEHOLDER,
        }
    }

    #[test]
    fn a_chord_within_one_frame_is_a_chord() {
        let letter = |state| key(KeyCode::KeyO, Key::Character("o".into()), state);
        let control = |state| key(KeyCode::ControlLeft, Key::Control, state);
        let mut modifiers = Modifiers::default();
        let mut seen = Vec::new();
        for event in [
            letter(ButtonState::Pressed),
            control(ButtonState::Pressed),
            letter(ButtonState::Pressed),
            control(ButtonState::Released),
            letter(ButtonState::Pressed),
        ] {
            modifiers.follow(&event);
            if event.key_code == KeyCode::KeyO {
                seen.push(modifiers.command);
            }
        }
        assert_eq!(seen, [false, true, false]);
        modifiers.shift = true;
        modifiers.settle(&ButtonInput::default());
        assert_eq!(modifiers, Modifiers::default());
    }
}
