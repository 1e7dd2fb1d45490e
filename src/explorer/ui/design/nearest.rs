//! The latent cursor's first tab: where the design is, how far it lands from there, the real shoes near it.

use super::CursorView;
use super::Tab;
use crate::explorer::command::{Command, CursorCommand};
use crate::explorer::ui::thumbnails::Thumbs;
use crate::explorer::ui::{theme, widgets};
use crate::space::cursor::Fill;
use crate::workspace::titles;
use bevy_egui::egui::{self, RichText, Sense, Ui, Vec2};

/// The tab of where the design is, and the real shoes near it.
pub const TAB: Tab = Tab {
    name: "Design",
    count: |_| 0,
    draw: |ui, p| nearest_ui(ui, p.view, p.thumbs, p.commands),
};

/// Where the design is, how far it lands from there, and the real shoes near it.
pub(super) fn nearest_ui(
    ui: &mut Ui,
    view: &CursorView<'_>,
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    let latent = view.latent;
    let (Some(made), Some(_)) = (&latent.newest.made, latent.position()) else {
        widgets::nothing_yet(
            ui,
            "There is no design yet",
            "Press C on a shoe, or double-click empty space, then drag the handle",
        );
        return;
    };
    ui.horizontal(|ui| {
        fill_ui(ui, view, commands);
        settle_ui(ui, view, commands);
        if latent.request.design.held.is_some() {
            theme::caption(ui, "going on from a kept design");
        }
        if made.filled.drawn_back > 0.0 {
            let warning = theme::palette(ui).warning;
            ui.label(RichText::new("far outside the cloud: drawn back").color(warning));
        }
    });
    match latent
        .newest
        .reembedding
        .as_ref()
        .map(|(number, landing)| (*number == latent.newest.number, landing))
    {
        Some((current, landing)) => {
            let strong = theme::palette(ui).strong;
            ui.horizontal_wrapped(|ui| {
                ui.spacing_mut().item_spacing.x = 4.0;
                let words = if latent.newest.settling { "settling …" } else { landing.gap_in_words() };
                let gap = RichText::new(format!("Where it lands: {words}"));
                ui.label(if current { gap.color(strong) } else { gap })
                    .on_hover_text(landing.gap_in_a_sentence());
                let nearest = landing.near.first().map_or(0.0, |n| n.1);
                let new = RichText::new(format!("· Newness: {:.0} %", landing.novelty));
                ui.label(if current { new.color(strong) } else { new }).on_hover_text(format!(
                    "The nearest real shoe is {nearest:.3} away; {:.0} % of real shoes have another real shoe nearer than that",
                    landing.novelty
                ));
                if ui.button("Find real shoes like this").clicked() {
                    commands.push(Command::Cursor(CursorCommand::Ask));
                }
                if ui.button("Like it").clicked() {
                    commands.push(Command::Cursor(CursorCommand::Like));
                }
            });
            let Some(table) = view.table else { return };
            theme::caption(ui, "Nearest real shoes, and how far");
            // Within the row below only the row's own height is left.
            let side = (ui.available_height() - 22.0).clamp(48.0, 72.0);
            ui.horizontal(|ui| {
                let fit = ((ui.available_width() / (side + 6.0)) as usize).max(1);
                for &(row, distance) in landing.near.iter().take(fit) {
                    if row >= table.len() {
                        continue;
                    }
                    ui.vertical(|ui| {
                        ui.spacing_mut().item_spacing.y = 1.0;
                        let name = titles::title(table, row);
                        let size = Vec2::splat(side);
                        if widgets::shoe_picture(ui, thumbs, row, size, &name, Sense::click())
                            .clicked()
                        {
                            commands.push(Command::Visit(row));
                        }
                        ui.label(RichText::new(format!("{distance:.3}")).small());
                    });
                }
            });
        }
        None => {
            let words = latent
                .newest
                .trouble
                .as_deref()
                .unwrap_or("Looking where it lands");
            theme::caption(ui, words);
        }
    }
}

/// Whether a resting design is improved.
fn settle_ui(ui: &mut Ui, view: &CursorView<'_>, commands: &mut Vec<Command>) {
    let mut settles = view.latent.request.settles;
    if ui
        .checkbox(&mut settles, "Settle")
        .on_hover_text("While the cursor rests, designs are tried that land nearer to its place")
        .changed()
    {
        commands.push(Command::Cursor(CursorCommand::Settle(settles)));
    }
}

/// Where the coordinates come from that the point leaves open.
fn fill_ui(ui: &mut Ui, view: &CursorView<'_>, commands: &mut Vec<Command>) {
    let now = view.latent.request.design.fill;
    let called = |fill: Fill| match (fill, view.table) {
        (Fill::Neighbourhood, _) => "The shoes around".to_owned(),
        (Fill::Mean, _) => "The average shoe".to_owned(),
        (Fill::Pinned(row), Some(table)) if row < table.len() => {
            format!("Only {}", titles::title(table, row))
        }
        (Fill::Pinned(row), _) => format!("Only shoe {row}"),
    };
    let pin = view.selection.row().or(match now {
        Fill::Pinned(row) => Some(row),
        _ => None,
    });
    let mut chosen = now;
    ui.label("What the rest follows").on_hover_text(
        "A point of the scene leaves most of a design open; this says what decides it",
    );
    egui::ComboBox::from_id_salt("fill")
        .selected_text(called(now))
        .width(150.0)
        .show_ui(ui, |ui| {
            ui.selectable_value(
                &mut chosen,
                Fill::Neighbourhood,
                called(Fill::Neighbourhood),
            )
            .on_hover_text(
                "The coordinates beyond the three axes come from the shoes around the cursor",
            );
            if let Some(row) = pin {
                ui.selectable_value(&mut chosen, Fill::Pinned(row), called(Fill::Pinned(row)))
                    .on_hover_text(
                        "They stay those of one shoe: it changes along the three axes alone",
                    );
            }
            ui.selectable_value(&mut chosen, Fill::Mean, called(Fill::Mean))
                .on_hover_text("They are those of the average shoe");
        });
    if chosen != now {
        commands.push(Command::Cursor(CursorCommand::Fill(chosen)));
    }
}
