//! The latent cursor's first tab: where the design is, how far it lands from there, the real shoes near it.

use super::CursorView;
use super::{Tab, generator};
use crate::catalog::Table;
use crate::design::reembedding::{Aim, Reembedding};
use crate::explorer::command::{Command, CursorCommand};
use crate::explorer::ui::thumbnails::Thumbs;
use crate::explorer::ui::widgets::Carried;
use crate::explorer::ui::{spoken, theme, widgets};
use crate::space::cursor::Fill;
use crate::workspace::Item;
use crate::workspace::reads_as::reads_as;
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
    ui.horizontal_wrapped(|ui| {
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
    let Some((number, landing)) = &latent.newest.reembedding else {
        let words = latent.newest.trouble.as_deref();
        theme::caption(ui, words.unwrap_or("Looking where it lands"));
        return;
    };
    landing_ui(ui, view, landing, *number == latent.newest.number, commands);
    let Some(table) = view.table else { return };
    reads_ui(ui, view, table, landing);
    adapt_ui(ui, view, commands);
    theme::caption(ui, "Nearest real shoes");
    // Within the row below only the row's own height is left.
    let side = (ui.available_height() - 6.0).clamp(48.0, 240.0);
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
                let sense = Sense::click_and_drag();
                let shown = widgets::shoe_picture(ui, thumbs, row, size, &name, sense);
                widgets::carries(&shown, || Carried::Item(Item::Row(row)));
                let told = format!("{name}, {distance:.3} away in the whole embedding");
                if shown.on_hover_text(told).clicked() {
                    commands.push(Command::Visit(row));
                }
            });
        }
    });
}

/// How near it lands, how new it is, and what can be done with it.
fn landing_ui(
    ui: &mut Ui,
    view: &CursorView<'_>,
    landing: &Reembedding,
    is_current: bool,
    commands: &mut Vec<Command>,
) {
    let newest = &view.latent.newest;
    let palette = theme::palette(ui);
    let colour = if is_current {
        palette.strong
    } else {
        palette.weak
    };
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let aim = landing.aim();
        meter_ui(ui, aim);
        let words = if newest.settling { "settling …" } else { aim.name() };
        ui.label(RichText::new(words).color(colour))
            .on_hover_text(landing.gap_in_a_sentence());
        let nearest = landing.near.first().map_or(0.0, |n| n.1);
        let new = format!("· unlike anything here: {:.0} %", landing.novelty);
        ui.label(RichText::new(new).color(colour)).on_hover_text(format!(
            "The nearest real shoe is {nearest:.3} away; {:.0} % of real shoes have another real shoe nearer than that",
            landing.novelty
        ));
        if ui.button("Find such shoes").on_hover_text("Real shoes like this design").clicked() {
            commands.push(Command::Cursor(CursorCommand::Ask));
        }
        if ui.button("Like it").clicked() {
            commands.push(Command::Cursor(CursorCommand::Like));
        }
    });
}

/// Three steps from off to on target, and which one it is.
fn meter_ui(ui: &mut Ui, aim: Aim) {
    let palette = theme::palette(ui);
    let (rect, _) = ui.allocate_exact_size(Vec2::new(40.0, 10.0), Sense::hover());
    let lit = Aim::ALL
        .iter()
        .rev()
        .position(|step| *step == aim)
        .unwrap_or(0);
    let colour = match aim {
        Aim::OnTarget => palette.like,
        Aim::Near => palette.warning,
        Aim::Off => palette.dislike,
    };
    for step in 0..Aim::ALL.len() {
        let left = rect.left() + 14.0 * step as f32;
        let place =
            egui::Rect::from_min_size(egui::pos2(left, rect.top()), Vec2::new(12.0, rect.height()));
        let colour = if step <= lit { colour } else { palette.line };
        ui.painter().rect_filled(place, 2.0, colour);
    }
}

/// What the design is taken for; and that the generator can do no better, where that is so.
pub(super) fn reads_ui(
    ui: &mut Ui,
    view: &CursorView<'_>,
    table: &dyn Table,
    landing: &Reembedding,
) {
    let told = reads_as(table, landing.near.iter().map(|near| near.0));
    if !told.is_empty() {
        let parts = told
            .iter()
            .map(|(kind, share)| format!("{kind} {:.0} %", 100.0 * share));
        let words = format!("Reads as {}", parts.collect::<Vec<_>>().join(", "));
        theme::caption(ui, words).on_hover_text(format!(
            "The kinds of the {} real shoes nearest to it",
            landing.near.len()
        ));
    }
    let (newest, request) = (&view.latent.newest, &view.latent.request);
    let begun = request.design.selected;
    if let (true, Some(row), Aim::Off) = (newest.settled, begun, landing.aim()) {
        let kind = reads_as(table, std::iter::once(row));
        let kind = kind.first().map_or("shoes", |(kind, _)| kind.as_str());
        let words = format!("Its best try is off: the generator hardly knows such {kind}");
        let warning = theme::palette(ui).warning;
        ui.add(egui::Label::new(RichText::new(words).small().color(warning)).wrap());
    }
}

/// Where the generator does not know the shoes: so much, and what can be done about it.
fn adapt_ui(ui: &mut Ui, view: &CursorView<'_>, commands: &mut Vec<Command>) {
    let Some(fit) = (view.adapting.fit).filter(|_| generator::is_worth_adapting(view.adapting))
    else {
        return;
    };
    ui.horizontal_wrapped(|ui| {
        let words = format!(
            "{}: {} of {} find themselves.",
            generator::fit_in_words(fit),
            fit.found,
            fit.of
        );
        let warning = theme::palette(ui).warning;
        ui.label(RichText::new(words).small().color(warning));
        if ui.link(RichText::new("Adapt it").small()).clicked() {
            commands.push(Command::ShowTab(generator::TAB.name));
        }
    });
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
        (Fill::Neighbourhood, _) => "Shoes nearby".to_owned(),
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
    ui.label("Details from").on_hover_text(
        "A point of the scene leaves most of a design open; this says what decides it",
    );
    let shown = egui::ComboBox::from_id_salt("fill")
        .selected_text(called(now))
        .truncate()
        .width(150.0_f32.min(ui.available_width() - 40.0).max(60.0))
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
    spoken::named(&shown.response, "Details from");
    if chosen != now {
        commands.push(Command::Cursor(CursorCommand::Fill(chosen)));
    }
}
