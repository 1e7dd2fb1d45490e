//! Three sentences for newcomers, over the scene: click, drag, design. Each goes for good once it was done, or waved away.

use super::dock::Docks;
use super::theme;
use super::widgets;
use crate::explorer::command::{Command, CursorCommand};
use crate::explorer::scene::camera::SceneView;
use crate::explorer::settings::{ExplorerSettings, Learned};
use crate::explorer::state::{Launch, OpenCatalogue, Screen};
use bevy::prelude::*;
use bevy_egui::EguiContexts;
use bevy_egui::egui::{self, Align2, RichText};

/// Radians that the view has to be turned by to count.
const TURNED: f32 = 0.25;

type Flag = fn(&mut Learned) -> &mut bool;

/// What is told, and what remembers that it was.
const STEPS: [(&str, Flag); 3] = [
    (
        "Click a shoe: the shoes like it come up at the right",
        |learned| &mut learned.click,
    ),
    ("Drag to turn the space, wheel to fly in", |learned| {
        &mut learned.orbit
    }),
    ("Press C on a shoe to design from it", |learned| {
        &mut learned.design
    }),
];

/// Notes what was done.
pub(super) fn learn(
    mut commands: MessageReader<Command>,
    buttons: Option<Res<ButtonInput<MouseButton>>>,
    view: Res<SceneView>,
    mut began: Local<Option<f32>>,
    mut settings: ResMut<ExplorerSettings>,
) {
    let mut learned = settings.learned;
    for command in commands.read() {
        match command {
            Command::Select(Some(_)) | Command::Visit(_) => learned.click = true,
            Command::DesignFrom(_) | Command::Cursor(CursorCommand::Place { .. }) => {
                learned.design = true;
            }
            _ => {}
        }
    }
    // A flight turns the view too: only what is dragged counts.
    if buttons.is_some_and(|buttons| buttons.pressed(MouseButton::Left)) {
        let from = *began.get_or_insert(view.view.yaw);
        learned.orbit |= (view.view.yaw - from).abs() > TURNED;
    } else {
        *began = None;
    }
    if learned != settings.learned {
        settings.learned = learned;
    }
}

/// Says what was not done yet, in a line at the foot of the scene.
pub(super) fn draw(
    mut contexts: EguiContexts,
    docks: Res<Docks>,
    open: Res<OpenCatalogue>,
    screen: Res<Screen>,
    launch: Option<Res<Launch>>,
    mut settings: ResMut<ExplorerSettings>,
) -> Result {
    let windowed = launch.is_some_and(|launch| launch.windowed);
    let in_scene = screen.panels && !screen.grid && !screen.help && !screen.window;
    if !windowed || !in_scene || open.catalog.is_none() {
        return Ok(());
    }
    let mut learned = settings.learned;
    let next = STEPS.iter().find(|(_, flag)| !*flag(&mut learned));
    let Some((words, flag)) = next else {
        return Ok(());
    };
    let ctx = contexts.ctx_mut()?;
    let foot = docks.free.center_bottom() - egui::vec2(0.0, 14.0);
    egui::Area::new(egui::Id::new("first steps"))
        .order(egui::Order::Middle)
        .pivot(Align2::CENTER_BOTTOM)
        .fixed_pos(foot)
        .show(ctx, |ui| {
            // As a window: it stands over the scene.
            egui::Frame::window(ui.style())
                .inner_margin(8)
                .show(ui, |ui| {
                    ui.horizontal(|ui| {
                        let strong = theme::palette(ui).strong;
                        ui.label(RichText::new(*words).size(14.0).color(strong));
                        if widgets::sign(ui, "✖", "I know this", true).clicked() {
                            *flag(&mut learned) = true;
                        }
                    });
                });
        });
    if learned != settings.learned {
        settings.learned = learned;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Item;

    fn app() -> App {
        let mut app = App::new();
        app.add_message::<Command>()
            .init_resource::<SceneView>()
            .init_resource::<ButtonInput<MouseButton>>()
            .insert_resource(ExplorerSettings::default())
            .add_systems(Update, learn);
        app
    }

    fn learned(app: &App) -> Learned {
        app.world().resource::<ExplorerSettings>().learned
    }

    #[test]
    fn what_was_done_is_told_no_more() {
        let mut app = app();
        app.world_mut().write_message(Command::Home);
        app.update();
        assert_eq!(learned(&app), Learned::default());
        app.world_mut().write_message(Command::select_row(3));
        app.update();
        app.world_mut()
            .write_message(Command::DesignFrom(Item::Row(3)));
        app.update();
        let done = learned(&app);
        assert!(done.click && done.design && !done.orbit);
    }

    #[test]
    fn a_drag_that_turns_the_view_counts_and_a_flight_does_not() {
        let mut app = app();
        let turn = |app: &mut App, yaw: f32| {
            app.world_mut().resource_mut::<SceneView>().view.yaw = yaw;
            app.update();
        };
        turn(&mut app, 1.0);
        turn(&mut app, 2.0);
        assert!(!learned(&app).orbit);
        let mut buttons = app.world_mut().resource_mut::<ButtonInput<MouseButton>>();
        buttons.press(MouseButton::Left);
        turn(&mut app, 2.1);
        assert!(!learned(&app).orbit);
        turn(&mut app, 2.5);
        assert!(learned(&app).orbit);
    }
}
