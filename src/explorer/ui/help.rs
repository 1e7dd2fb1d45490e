//! Every key, on `?`.

use super::theme;
use crate::explorer::command::Command;
use bevy_egui::egui::{self, Align2, RichText, ScrollArea, Ui, Vec2};

/// A group of keys under a heading: key and what it does.
type Group = (&'static str, &'static [(&'static str, &'static str)]);

/// Every key and mouse gesture.
pub const KEYS: [Group; 5] = [
    (
        "Mouse",
        &[
            ("Click", "Select a shoe"),
            ("Ctrl or Shift + click", "Mark it for export"),
            (
                "Double-click",
                "Fly to it; in empty space, place the cursor",
            ),
            ("Shift + drag", "Draw around several"),
            ("Ctrl + drag", "Draw a box around several"),
            ("Left drag", "Orbit the focus"),
            ("Right drag", "Look around"),
            ("Wheel", "Move in and out"),
        ],
    ),
    (
        "Fly",
        &[
            ("W A S D, Q E", "Forward, left, back, right, down, up"),
            ("Shift", "Faster"),
            ("F", "Bring the selection to the middle"),
            ("H or Home", "Home: the whole cloud"),
        ],
    ),
    (
        "Shoes",
        &[
            ("R", "Any shoe of those that are shown"),
            ("Backspace", "Back"),
            ("Shift + Backspace", "Forward"),
            ("L", "Like"),
            ("X", "Dislike"),
            ("G", "Pictures side by side"),
            ("Enter in the search", "See all that is found"),
        ],
    ),
    (
        "Design",
        &[
            ("C", "Design from the selection"),
            ("Arrows, Page up and down", "Nudge the cursor"),
            ("Shift", "Nudge it further; drag it along one axis"),
            ("Space", "Play the path"),
            ("Ctrl + S", "Save the design"),
        ],
    ),
    (
        "Program",
        &[
            ("Ctrl + O", "Open a catalogue or photos"),
            ("Ctrl + F", "Search"),
            ("Ctrl + Z", "Undo: designs, likes, marks"),
            ("Ctrl + Shift + Z, Ctrl + Y", "Redo"),
            ("Tab", "Panels on and off"),
            ("F12", "Save a picture of the window"),
            ("Escape", "Close what is open, let go"),
            ("? or F1", "This list"),
        ],
    ),
];

/// The window with the list; shown while `Screen::help` is set.
pub fn help_window(ctx: &egui::Context, commands: &mut Vec<Command>) {
    let mut open = true;
    let screen = ctx.viewport_rect();
    egui::Window::new("Keys and mouse")
        .open(&mut open)
        .order(egui::Order::Foreground)
        .anchor(Align2::CENTER_CENTER, Vec2::ZERO)
        .collapsible(false)
        .auto_sized()
        .show(ctx, |ui| {
            // As wide as its three columns, which do not wrap; a small window scrolls.
            ui.set_max_width(screen.width() - 60.0);
            ScrollArea::both()
                .max_width(screen.width() - 60.0)
                .max_height(screen.height() - 140.0)
                .show(ui, help_ui);
        });
    if !open {
        commands.push(Command::ToggleHelp);
    }
}

/// The list in two columns.
pub fn help_ui(ui: &mut Ui) {
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 28.0;
        ui.style_mut().wrap_mode = Some(egui::TextWrapMode::Extend);
        for groups in [&KEYS[..2], &KEYS[2..3], &KEYS[3..]] {
            ui.vertical(|ui| {
                for group in groups {
                    group_ui(ui, group);
                }
            });
        }
    });
}

fn group_ui(ui: &mut Ui, (title, keys): &Group) {
    let palette = theme::palette(ui);
    ui.label(RichText::new(*title).color(palette.accent));
    egui::Grid::new(title)
        .num_columns(2)
        .spacing([12.0, 3.0])
        .show(ui, |ui| {
            for (key, does) in *keys {
                ui.label(RichText::new(*key).color(palette.strong));
                ui.label(*does);
                ui.end_row();
            }
        });
    ui.add_space(theme::SECTION);
}
