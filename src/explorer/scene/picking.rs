//! What the pointer is over, and clicks on it.

use super::camera::{SceneView, pointer_is_free};
use super::cloud::Cloud;
use crate::explorer::command::{Command, CursorCommand, Flight};
use crate::explorer::keyboard::{COMMAND, SHIFT};
use crate::explorer::schedule::ExplorerSet;
use crate::explorer::state::{Hover, OpenCatalogue, Placed, PointerClaim, Screen, Selection};
use bevy::prelude::*;
use bevy::window::PrimaryWindow;
use bevy_egui::input::EguiWantsInput;

/// Logical pixels that the pointer may move between press and release of a click.
const STILL: f32 = 4.0;
/// Seconds between the two clicks of a double-click.
const DOUBLE: f64 = 0.35;

/// Where the primary button went down in the scene.
#[derive(Resource, Default)]
struct Press {
    at: Option<Vec2>,
    last: Option<(f64, Vec2)>,
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Press>()
        .add_systems(Update, (hover, click).chain().in_set(ExplorerSet::Pick));
}

fn hover(
    windows: Query<&Window, With<PrimaryWindow>>,
    wants: Option<Res<EguiWantsInput>>,
    claim: Res<PointerClaim>,
    screen: Res<Screen>,
    buttons: Res<ButtonInput<MouseButton>>,
    cloud: Option<Res<Cloud>>,
    view: Res<SceneView>,
    open: Res<OpenCatalogue>,
    mut hover: ResMut<Hover>,
) {
    let Ok(window) = windows.single() else { return };
    let pointer = window.cursor_position();
    // While a button is held the scene is being moved: nothing new comes under the pointer.
    let free = pointer_is_free(wants.as_deref(), &claim)
        && !screen.grid
        && !buttons.any_pressed([MouseButton::Left, MouseButton::Right]);
    let key = pointer
        .filter(|_| free)
        .zip(cloud.as_ref())
        .and_then(|(at, cloud)| cloud.pick(at * view.scale_factor));
    let rows = cloud.as_ref().map_or(0, |cloud| cloud.len());
    let held = buttons.any_pressed([MouseButton::Left, MouseButton::Right]);
    let key = match held {
        true => hover.row.or(hover.placed.map(|at| rows + at)),
        false => key,
    };
    let now = Hover::over(key, rows, open.len(), pointer.unwrap_or(hover.pointer));
    if (now.row, now.placed) != (hover.row, hover.placed) {
        *hover = now;
    } else if now.pointer != hover.pointer {
        // The cloud follows what is hovered, not where the pointer is.
        hover.bypass_change_detection().pointer = now.pointer;
    }
}

fn click(
    buttons: Res<ButtonInput<MouseButton>>,
    keys: Res<ButtonInput<KeyCode>>,
    wants: Option<Res<EguiWantsInput>>,
    claim: Res<PointerClaim>,
    screen: Res<Screen>,
    time: Res<Time<Real>>,
    view: Res<SceneView>,
    selection: Res<Selection>,
    placed: Res<Placed>,
    hover: Res<Hover>,
    open: Res<OpenCatalogue>,
    mut press: ResMut<Press>,
    mut out: MessageWriter<Command>,
) {
    let free = pointer_is_free(wants.as_deref(), &claim) && !screen.grid;
    if buttons.just_pressed(MouseButton::Left) {
        press.at = free.then_some(hover.pointer);
    }
    // A loop ends where it began and is no click.
    if (press.at).is_some_and(|at| at.distance(hover.pointer) > STILL) {
        press.at = None;
    }
    if !buttons.just_released(MouseButton::Left) {
        return;
    }
    let Some(at) = press.at.take() else { return };
    if claim.by_cursor {
        return;
    }
    let now = time.elapsed_secs_f64();
    let double = (press.last)
        .is_some_and(|(then, there)| now - then < DOUBLE && there.distance(at) <= 2.0 * STILL);
    press.last = (!double).then_some((now, at));
    let several = keys.any_pressed(COMMAND) || keys.any_pressed(SHIFT);
    match (hover.row, hover.placed.and_then(|at| placed.0.get(at))) {
        (Some(row), _) if several => {
            let on = !selection.marked.contains(&row);
            out.write(Command::Mark(row, on));
        }
        (Some(row), _) if double => {
            out.write(Command::Fly(Flight::Row(row)));
        }
        (Some(row), _) => {
            out.write(Command::select_row(row));
        }
        (None, Some(item)) if double => {
            // No row, so it brings its position along.
            let point = open.position_of(item);
            out.write_batch(point.map(|point| Command::Fly(Flight::Point(point))));
        }
        (None, Some(item)) => {
            out.write(Command::Select(Some(item.clone())));
        }
        (None, None) if double => {
            let at = view.unproject(at, view.focus_depth()).to_array();
            out.write(Command::Cursor(CursorCommand::Place { at, on: None }));
        }
        // A single click on nothing keeps the selection: it is too easily done. Escape lets go.
        (None, None) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_hovered_in_the_cloud_of_a_closed_catalogue() {
        let over = |key, drawn, open| {
            let hover = Hover::over(key, drawn, open, Vec2::ZERO);
            (hover.row, hover.placed)
        };
        assert_eq!(over(Some(4), 9, 9), (Some(4), None));
        assert_eq!(over(Some(9), 9, 9), (None, Some(0)));
        assert_eq!(over(None, 9, 9), (None, None));
        // A catalogue of three is open, and the cloud of nine is still drawn.
        for key in 0..12 {
            assert_eq!(over(Some(key), 9, 3), (None, None));
        }
    }
}
