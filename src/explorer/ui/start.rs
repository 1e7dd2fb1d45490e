//! The window to open something, and what an empty start shows.

use super::chooser::{Chooser, chooser_ui};
use super::theme;
use crate::explorer::command::{Choose, Command};
use crate::explorer::worker::Waker;
use crate::workspace::titles;
use bevy_egui::egui::{self, Align2, Rect, RichText, Ui};
use std::path::{Path, PathBuf};

/// What there is to offer.
pub struct StartView<'a> {
    /// Catalogues opened lately, newest first.
    pub recent: &'a [PathBuf],
    /// The catalogue that came with the program, where it is found.
    pub embedded: Option<&'a Path>,
    /// Whether the system has a dialog for choosing files.
    pub dialogs: bool,
}

/// The window "Open"; whether it is still open.
pub fn open_window(
    ctx: &egui::Context,
    chooser: &mut Chooser,
    view: &StartView<'_>,
    waker: &Waker,
    commands: &mut Vec<Command>,
) -> bool {
    let mut open = true;
    let screen = ctx.viewport_rect();
    super::widgets::centred_window("Open")
        .open(&mut open)
        .resizable(false)
        .show(ctx, |ui| {
            ui.set_width((screen.width() - 80.0).min(520.0));
            start_ui(
                ui,
                chooser,
                view,
                waker,
                (screen.height() * 0.3).max(120.0),
                commands,
            );
        });
    open
}

/// What an empty start shows in the place of the scene.
pub fn empty_area(
    ctx: &egui::Context,
    free: Rect,
    chooser: &mut Chooser,
    view: &StartView<'_>,
    waker: &Waker,
    commands: &mut Vec<Command>,
) {
    egui::Area::new(egui::Id::new("start")).pivot(Align2::CENTER_CENTER).fixed_pos(free.center()).show(ctx, |ui| {
        egui::Frame::window(ui.style()).inner_margin(20).show(ui, |ui| {
            ui.set_width((free.width() - 80.0).clamp(240.0, 520.0));
            ui.label(RichText::new("shoespace").heading().color(theme::palette(ui).strong));
            theme::caption_wrapped(
                ui,
                "Fly through a catalogue of shoes. Drop a folder of photos, a zip or a catalogue on this window, or choose one here",
            );
            ui.add_space(theme::SECTION);
            start_ui(ui, chooser, view, waker, (free.height() * 0.3).max(100.0), commands);
        });
    });
}

/// The offers: the system's dialog, the embedded catalogue, recent ones, and the list of folders.
pub fn start_ui(
    ui: &mut Ui,
    chooser: &mut Chooser,
    view: &StartView<'_>,
    waker: &Waker,
    height: f32,
    commands: &mut Vec<Command>,
) {
    ui.horizontal_wrapped(|ui| offers_ui(ui, view, commands));
    if !view.recent.is_empty() {
        ui.add_space(theme::GAP);
        theme::caption(ui, "Opened lately");
        for path in view.recent.iter().take(5) {
            let shown = ui.add(egui::Link::new(titles::file_name_among(path, view.recent)));
            if shown.on_hover_text(path.display().to_string()).clicked() {
                commands.push(Command::Open(vec![path.clone()]));
            }
        }
    }
    ui.add_space(theme::GAP);
    theme::caption_wrapped(
        ui,
        "A folder of photos, a zip, a catalogue, or a photo to ask with; a price list goes along once it is ticked",
    );
    if let Some(paths) = chooser_ui(ui, chooser, waker, height) {
        commands.push(Command::Open(paths));
    }
}

/// What can be opened by one click.
fn offers_ui(ui: &mut Ui, view: &StartView<'_>, commands: &mut Vec<Command>) {
    if view.dialogs {
        if ui
            .button("Choose a folder…")
            .on_hover_text("Photos, or the parts of a catalogue")
            .clicked()
        {
            commands.push(Command::Choose(Choose::Folder));
        }
        if ui
            .button("Choose files…")
            .on_hover_text("A catalogue, a zip of photos, or single photos")
            .clicked()
        {
            commands.push(Command::Choose(Choose::Files));
        }
        if ui
            .button("Add a table…")
            .on_hover_text("What a CSV, a workbook or JSON says of the photos comes along")
            .clicked()
        {
            commands.push(Command::Choose(Choose::Table));
        }
    }
    if ui
        .button("Imagined shoes, in colour")
        .on_hover_text("10,000 shoes that do not exist: made here, once, in a minute or two")
        .clicked()
    {
        commands.push(Command::Imagine);
    }
    if let Some(embedded) = view.embedded
        && ui
            .button("The embedded catalogue")
            .on_hover_text("21,000 shoes of Fashion-MNIST")
            .clicked()
    {
        commands.push(Command::Open(vec![embedded.to_owned()]));
    }
}
