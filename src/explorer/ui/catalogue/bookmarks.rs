//! Remembered views of the cloud: kept under a name, gone back to with a click.

use crate::explorer::command::{Command, Flight, View};
use crate::explorer::ui::{theme, widgets};
use bevy_egui::egui::{self, Ui};

/// The list, and a field to keep the present view.
pub fn bookmarks_ui(
    ui: &mut Ui,
    name: &mut String,
    bookmarks: &mut Vec<(String, View)>,
    commands: &mut Vec<Command>,
) {
    let mut gone = None;
    for (index, (name, view)) in bookmarks.iter().enumerate() {
        ui.horizontal(|ui| {
            let width = (ui.available_width() - 34.0).max(30.0);
            let button = egui::Button::new(name.as_str()).truncate();
            if ui.add_sized([width, 22.0], button).clicked() {
                commands.push(Command::Fly(Flight::View(*view)));
            }
            if widgets::sign(ui, "✖", &format!("Forget {name}"), true).clicked() {
                gone = Some(index);
            }
        });
    }
    if let Some(index) = gone {
        bookmarks.remove(index);
    }
    ui.horizontal(|ui| {
        let width = (ui.available_width() - 66.0).max(30.0);
        let hint = format!("View {}", bookmarks.len() + 1);
        let field = ui.add(widgets::text_field(name, &hint, width));
        field.widget_info(|| {
            egui::WidgetInfo::labeled(egui::WidgetType::TextEdit, true, "Name of the view")
        });
        let entered = field.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
        if ui
            .button("Keep")
            .on_hover_text("Remember where the camera is now")
            .clicked()
            || entered
        {
            let chosen = if name.trim().is_empty() {
                hint
            } else {
                name.trim().to_owned()
            };
            commands.push(Command::KeepView(chosen));
            name.clear();
        }
    });
    if ui
        .button("Home")
        .on_hover_text("See the whole cloud (H)")
        .clicked()
    {
        commands.push(Command::Home);
    }
    if bookmarks.is_empty() {
        theme::caption_wrapped(ui, "Kept views are remembered with the catalogue");
    }
}
