//! The marked shoes: a list to look through and to export as CSV.

use super::Tab;
use super::rated::{Line, line};
use crate::catalog::Table;
use crate::explorer::command::{Choose, Command};
use crate::explorer::state::Selection;
use crate::explorer::ui::path_field::{PathField, path_field};
use crate::explorer::ui::thumbnails::Thumbs;
use crate::explorer::ui::{theme, widgets};
use crate::explorer::worker::Waker;
use crate::workspace::titles;
use bevy_egui::egui::{RichText, Ui};

/// The tab of the marked shoes.
pub const TAB: Tab = Tab {
    name: "Marked",
    sign: "✔",
    count: |view| view.selection.marked.len(),
    scrolls_itself: false,
    draw: |ui, p| {
        let view = p.view;
        marked_ui(
            ui,
            view.table,
            view.selection,
            p.export_path,
            view.dialogs,
            view.waker,
            p.thumbs,
            p.commands,
        );
    },
};

/// More than this many are counted, not listed.
const LISTED: usize = 300;

/// The list with its export.
pub fn marked_ui(
    ui: &mut Ui,
    table: &dyn Table,
    selection: &Selection,
    path: &mut PathField,
    dialogs: bool,
    waker: &Waker,
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    if selection.marked.is_empty() {
        widgets::nothing_yet(
            ui,
            "No shoe is marked",
            "Ctrl+click shoes in the scene or in the lists to mark several, then export them as CSV",
        );
        return;
    }
    ui.horizontal(|ui| {
        ui.label(
            RichText::new(theme::shoes(selection.marked.len())).color(theme::palette(ui).strong),
        );
        if ui.button("Mark none").clicked() {
            commands.push(Command::ClearMarks);
        }
        if dialogs
            && ui
                .button("Export to…")
                .on_hover_text("A CSV with ids and metadata")
                .clicked()
        {
            commands.push(Command::Choose(Choose::Export));
        }
    });
    path.begin("marked-shoes.csv");
    ui.horizontal(|ui| {
        let width = (ui.available_width() - 70.0).max(60.0);
        let entered = path_field(ui, path, "File to export to", width, waker);
        let button = ui.button("Export");
        let clicked = button
            .on_hover_text("Write a CSV with ids and metadata there")
            .clicked();
        if let Some(path) = path.written().filter(|_| clicked || entered) {
            commands.push(Command::ExportMarks(path));
        }
    });
    ui.add_space(theme::GAP);
    for &row in selection.marked.iter().take(LISTED) {
        let name = titles::title(table, row);
        let thumb = thumbs.get(row);
        match line(
            ui,
            &thumb,
            &name,
            table.id(row),
            &format!("Take the mark off {name}"),
        ) {
            Some(Line::Picture) => commands.push(Command::select_row(row)),
            Some(Line::Button) => commands.push(Command::Mark(row, false)),
            None => {}
        }
    }
    if selection.marked.len() > LISTED {
        theme::caption(
            ui,
            format!("and {} more", theme::count(selection.marked.len() - LISTED)),
        );
    }
}
