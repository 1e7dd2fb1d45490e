//! The named regions as a table of contents: each with the shoe in its middle.

use crate::explorer::command::{Command, Flight};
use crate::explorer::ui::thumbnails::Thumbs;
use crate::explorer::ui::{theme, widgets};
use crate::workspace::regions::Region;
use bevy::math::Vec3;
use bevy_egui::egui::{Sense, Ui, Vec2};

/// The coarse regions; a click flies there.
pub fn landmarks_ui(
    ui: &mut Ui,
    regions: &[Region],
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    let coarse = regions.iter().filter(|region| !region.is_fine);
    let mut is_empty = true;
    for region in coarse {
        is_empty = false;
        let name = match region.name.as_str() {
            "" => "Shoes like this one",
            name => name,
        };
        ui.horizontal(|ui| {
            let picture = widgets::shoe_picture(
                ui,
                thumbs,
                region.typical,
                Vec2::splat(34.0),
                name,
                Sense::click(),
            );
            let name = ui.link(name).on_hover_text("Fly there");
            theme::caption(ui, theme::count(region.count));
            if picture.clicked() || name.clicked() {
                let middle = Vec3::from_array(region.centre);
                commands.push(Command::Fly(Flight::Around(middle, region.reach)));
            }
        });
    }
    if is_empty {
        theme::caption_wrapped(
            ui,
            "In a catalogue of more shoes the parts of the cloud are listed here: by their kinds, where a column says them",
        );
    }
}
