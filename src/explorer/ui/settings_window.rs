//! Settings: what the scene looks like and how the mouse feels.

use super::{theme, widgets};
use crate::explorer::settings::{ExplorerSettings, MEMORY};
use bevy_egui::egui::{self, Align2, Ui, Vec2};

/// The window; whether it is still open.
pub fn settings_window(ctx: &egui::Context, settings: &mut ExplorerSettings) -> bool {
    let mut open = true;
    egui::Window::new("Settings")
        .open(&mut open)
        .order(egui::Order::Foreground)
        .default_width(410.0)
        .pivot(Align2::CENTER_CENTER)
        .default_pos(ctx.viewport_rect().center())
        .collapsible(false)
        .resizable(false)
        .show(ctx, |ui| settings_ui(ui, settings));
    open
}

/// The controls.
pub fn settings_ui(ui: &mut Ui, settings: &mut ExplorerSettings) {
    ui.set_width(390.0);
    ui.spacing_mut().slider_width = 150.0;
    egui::Grid::new("settings")
        .num_columns(2)
        .spacing(Vec2::new(16.0, 7.0))
        .show(ui, |ui| {
            let mut slide =
                |name: &str, hint: &str, value: &mut f32, range: std::ops::RangeInclusive<f32>| {
                    ui.label(name).on_hover_text(hint);
                    widgets::slider(ui, name, value, range, 2).on_hover_text(hint);
                    ui.end_row();
                };
            slide(
                "Size of the shoes",
                "1 fits how dense the cloud is",
                &mut settings.billboard_size,
                0.25..=4.0,
            );
            slide(
                "Mouse speed",
                "How far a drag turns the view",
                &mut settings.mouse_speed,
                0.2..=4.0,
            );
            slide(
                "Flying speed",
                "How fast WASD and QE move",
                &mut settings.fly_speed,
                0.2..=5.0,
            );
            slide(
                "Scale of text and buttons",
                "Times what the system asks for",
                &mut settings.scale,
                0.75..=2.0,
            );
            let hint = "Of more memory far pictures are larger (from the next opening on), and less is read twice";
            ui.label("Memory, about").on_hover_text(hint);
            ui.horizontal(|ui| {
                for megabytes in MEMORY {
                    let text = format!("{} GB", f64::from(megabytes) / 1e3);
                    ui.selectable_value(&mut settings.memory, megabytes, text)
                        .on_hover_text(hint);
                }
            });
            ui.end_row();
            ui.label("Look");
            ui.horizontal(|ui| {
                ui.selectable_value(&mut settings.light, false, "Dark");
                ui.selectable_value(&mut settings.light, true, "Light");
            });
            ui.end_row();
            ui.label("Show");
            ui.vertical(|ui| {
                ui.checkbox(&mut settings.axes, "Axes in the corner");
                ui.checkbox(&mut settings.names, "Names of regions");
                ui.checkbox(&mut settings.floor, "Floor under the cloud");
                ui.checkbox(&mut settings.lines, "Lines to the recommendations");
                ui.checkbox(&mut settings.calm, "No flights and no gliding")
                    .on_hover_text("Everything is where it goes at once");
                ui.checkbox(&mut settings.timings, "How long frames and designs take");
            });
            ui.end_row();
        });
    ui.add_space(theme::GAP);
    if ui.button("Back to the defaults").clicked() {
        let plain = ExplorerSettings::default();
        *settings = ExplorerSettings {
            recent: std::mem::take(&mut settings.recent),
            window: settings.window,
            learned: settings.learned,
            ..plain
        };
    }
    ui.add_space(theme::GAP);
    ui.separator();
    theme::caption_wrapped(
        ui,
        concat!(
            "shoespace ",
            env!("CARGO_PKG_VERSION"),
            ", MIT or Apache 2.0. The embedded catalogue is Fashion-MNIST (MIT), the embedder EfficientNet-Lite0 (Apache 2.0); ",
            "models/README.md and data/README.md say where both are from.",
        ),
    );
}
