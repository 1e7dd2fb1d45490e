//! What the user is told: notes that go by themselves, errors that stay until they are taken off.

use super::{spoken, theme, widgets};
use crate::explorer::command::Command;
use crate::explorer::state::{Notice, NoticeLevel};
use bevy_egui::egui::{self, Align2, CornerRadius, Frame, Margin, Rect, RichText, Ui, Vec2};
use std::time::Duration;

/// How long a note of a line stays, and how much longer for each further line.
const STAYS: Duration = Duration::from_secs(7);
const STAYS_A_LINE: Duration = Duration::from_secs(4);
/// At most so many are shown, the newest.
const SHOWN: usize = 4;

/// Takes off what has been shown for long enough. Returns when the next one goes, if any.
pub fn retire(notices: &mut Vec<Notice>) -> Option<Duration> {
    notices.retain(|notice| {
        notice.level == NoticeLevel::Error || notice.since.elapsed() < stays(&notice.text)
    });
    notices
        .iter()
        .filter(|notice| notice.level == NoticeLevel::Info)
        .map(|notice| stays(&notice.text).saturating_sub(notice.since.elapsed()))
        .min()
}

/// As long as it takes to read.
fn stays(text: &str) -> Duration {
    let further = text.lines().count().saturating_sub(1);
    STAYS + STAYS_A_LINE * u32::try_from(further).unwrap_or(u32::MAX).min(20)
}

/// Shows the notices at the top of the scene.
pub fn notices_area(
    ctx: &egui::Context,
    free: Rect,
    notices: &[Notice],
    commands: &mut Vec<Command>,
) {
    if notices.is_empty() {
        return;
    }
    let width = (free.width() - 40.0).clamp(200.0, 460.0);
    egui::Area::new(egui::Id::new("notices"))
        // Over the program's own windows too: what goes wrong there is told here.
        .order(egui::Order::Tooltip)
        .pivot(Align2::CENTER_TOP)
        .fixed_pos(free.center_top() + Vec2::new(0.0, 12.0))
        .show(ctx, |ui| {
            ui.set_width(width);
            notices_ui(ui, notices, commands);
        });
}

/// The newest notices, the newest on top.
pub fn notices_ui(ui: &mut Ui, notices: &[Notice], commands: &mut Vec<Command>) {
    for notice in notices.iter().rev().take(SHOWN) {
        let palette = theme::palette(ui);
        let (colour, mark) = match notice.level {
            NoticeLevel::Info => (palette.accent, "ℹ"),
            NoticeLevel::Error => (palette.error, "⚠"),
        };
        Frame::new()
            .fill(palette.panel)
            .stroke(egui::Stroke::new(1.0, colour))
            .corner_radius(CornerRadius::same(theme::ROUND))
            .inner_margin(Margin::symmetric(10, 7))
            .shadow(ui.visuals().popup_shadow)
            .show(ui, |ui| {
                ui.horizontal_top(|ui| {
                    ui.label(RichText::new(mark).color(colour));
                    let width = ui.available_width() - 36.0;
                    ui.vertical(|ui| {
                        ui.set_width(width);
                        let words = RichText::new(&notice.text).color(palette.strong);
                        let shown = ui.add(egui::Label::new(words).wrap().selectable(true));
                        spoken::told(&shown, &notice.text, notice.level == NoticeLevel::Error);
                        if let Some(file) = &notice.file
                            && ui.link("Show the folder").clicked()
                        {
                            commands.push(Command::Reveal(file.clone()));
                        }
                    });
                    if widgets::sign(ui, "✖", "Take this off the screen", true).clicked() {
                        commands.push(Command::Dismiss(notice.text.clone()));
                    }
                });
            });
    }
    if notices.len() > SHOWN {
        theme::caption(ui, format!("and {} more", notices.len() - SHOWN));
    }
}
