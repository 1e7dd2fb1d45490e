//! What came of photos that were made a catalogue: what came in, what did not, and why.

use super::theme;
use crate::explorer::command::Command;
use crate::index::IndexReport;
use bevy_egui::egui::{self, RichText, ScrollArea, Ui};

/// So many photos that were left out are listed.
const LISTED: usize = 500;

/// The window; whether it is still open.
pub fn report_window(
    ctx: &egui::Context,
    report: &IndexReport,
    commands: &mut Vec<Command>,
) -> bool {
    let mut open = true;
    let mut done = false;
    let screen = ctx.viewport_rect();
    super::widgets::centred_window("What came in")
        .open(&mut open)
        .resizable(false)
        .show(ctx, |ui| {
            ui.set_width((screen.width() - 80.0).min(520.0));
            let height = 0.4 * screen.height();
            done = report_ui(ui, report, height, commands);
        });
    open && !done
}

/// The report; whether it was read.
pub fn report_ui(
    ui: &mut Ui,
    report: &IndexReport,
    height: f32,
    commands: &mut Vec<Command>,
) -> bool {
    let palette = theme::palette(ui);
    let words = match report.skipped.is_empty() {
        true => format!("{} came in, all of them", theme::shoes(report.count)),
        false => format!("{} came in", theme::shoes(report.count)),
    };
    ui.label(RichText::new(words).heading().color(palette.strong));
    let place = RichText::new(report.output.display().to_string()).small();
    ui.add(egui::Label::new(place).wrap().selectable(true));
    ui.add_space(theme::GAP);
    ScrollArea::vertical().max_height(height).show(ui, |ui| {
        for note in &report.notes {
            ui.add(egui::Label::new(note).wrap().selectable(true));
        }
        if !report.left_out.is_empty() {
            let left_out = crate::catalog::import::summary(&report.left_out);
            let words = format!("No shoes, and left out: {left_out}");
            ui.add(egui::Label::new(words).wrap());
        }
        let skipped = report.skipped.len();
        if skipped > 0 {
            ui.add_space(theme::GAP);
            let words = match skipped {
                1 => "1 photo was left out".to_owned(),
                n => format!("{} photos were left out", theme::count(n)),
            };
            ui.label(RichText::new(words).color(palette.warning));
            for skipped in report.skipped.iter().take(LISTED) {
                let words = format!("{}: {}", skipped.picture, skipped.reason);
                let words = RichText::new(words).small();
                ui.add(egui::Label::new(words).wrap().selectable(true));
            }
            if skipped > LISTED {
                let more = theme::count(skipped - LISTED);
                theme::caption(ui, format!("and {more} more"));
            }
        }
    });
    ui.add_space(theme::GAP);
    let mut done = false;
    ui.horizontal(|ui| {
        done = ui.button("Show my shoes").clicked();
        if ui.button("Show the folder").clicked() {
            commands.push(Command::Reveal(report.output.clone()));
        }
    });
    done
}
