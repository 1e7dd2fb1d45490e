//! What the search and the filters show, as a grid of pictures to scroll through; without either, the whole catalogue.
//! The answer to a search, where no shoe is looked at.

use super::recommended::shoe_card;
use super::{ShoeView, Tab};
use crate::explorer::command::Command;
use crate::explorer::ui::thumbnails::Thumbs;
use crate::explorer::ui::{theme, widgets};
use crate::workspace::colouring::ColourBy;
use crate::workspace::titles;
use bevy_egui::egui::{self, RichText, ScrollArea, Ui, UiBuilder, Vec2};
use std::sync::Arc;

/// The tab of what is shown.
pub const TAB: Tab = Tab {
    name: "Shoes",
    sign: "",
    count: |view| rows_of(view).map_or(0, <[u32]>::len),
    scrolls_itself: true,
    draw: |ui, p| shoes_ui(ui, p.view, CARD, p.thumbs, p.commands),
};

/// The least width of a card, in points.
const CARD: f32 = 98.0;

/// The rows that are shown, where they are not all: those that were drawn around before those that were found.
fn rows_of<'a>(view: &'a ShoeView<'_>) -> Option<&'a [u32]> {
    let found = || view.found.and_then(|found| found.rows.as_ref());
    Some(view.selection.group.as_ref().or_else(found)?.as_slice())
}

/// The grid; cards are at least `least` points wide. Only what is in view is laid out, so a million shoes scroll as a
/// hundred do.
pub fn shoes_ui(
    ui: &mut Ui,
    view: &ShoeView<'_>,
    least: f32,
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    let rows = rows_of(view);
    let shown = rows.map_or(view.table.len(), <[u32]>::len);
    said_ui(ui, view, shown, commands);
    if shown == 0 {
        let hint = "Another word, or one filter less; the left panel says which brings most back";
        widgets::nothing_yet(ui, "No shoe fits", hint);
        return;
    }
    let gap = theme::GAP;
    // The bar that scrolls lies beside the cards.
    let room = ui.available_width() - 8.0;
    let across = ((room + gap) / (least + gap)).floor().max(1.0);
    let width = ((room - gap * (across - 1.0)) / across).floor();
    let has_price = titles::has_price(view.table);
    let title_lines = widgets::title_lines(view.table);
    let lines = title_lines + usize::from(has_price);
    let high = width + lines as f32 * widgets::TITLE_LINE;
    let step = Vec2::new(width, high) + Vec2::splat(gap);
    let across = across as usize;
    let down = shown.div_ceil(across);
    ScrollArea::vertical()
        .id_salt("shoes")
        .auto_shrink(false)
        .show_viewport(ui, |ui, viewport| {
            ui.set_height(down as f32 * step.y);
            // In double precision: a million shoes are tens of millions of points high.
            let from = f64::from(viewport.min.y);
            let first = (from / f64::from(step.y)).floor().max(0.0) as usize;
            let last = (f64::from(viewport.max.y) / f64::from(step.y)).ceil() as usize;
            let corner = ui.max_rect().min + Vec2::new(0.0, viewport.min.y);
            for line in first..last.min(down) {
                let y = (line as f64 * f64::from(step.y) - from) as f32;
                for column in 0..across {
                    let at = line * across + column;
                    let Some(row) = rows.map_or((at < shown).then_some(at), |rows| {
                        rows.get(at).map(|&row| row as usize)
                    }) else {
                        break;
                    };
                    let corner = corner + Vec2::new(column as f32 * step.x, y);
                    let place = egui::Rect::from_min_size(corner, step - Vec2::splat(gap));
                    let mut cell =
                        ui.new_child(UiBuilder::new().max_rect(place).id_salt(("shoe", row)));
                    card(
                        &mut cell,
                        view,
                        row,
                        width,
                        (title_lines, has_price),
                        thumbs,
                        commands,
                    );
                }
            }
        });
}

/// How many there are, and what of the search none has.
fn said_ui(ui: &mut Ui, view: &ShoeView<'_>, shown: usize, commands: &mut Vec<Command>) {
    let palette = theme::palette(ui);
    if let Some(group) = &view.selection.group {
        return group_ui(ui, group, commands);
    }
    let Some(found) = view.found.filter(|found| found.rows.is_some()) else {
        return;
    };
    ui.horizontal(|ui| {
        ui.label(RichText::new(theme::shoes(shown)).color(palette.strong));
        let frame = ui.add_enabled(shown > 0, egui::Button::new("Frame them"));
        let frame = frame.on_hover_text("See them all in the scene (Enter in the search field)");
        if frame.clicked() {
            commands.push(Command::FrameShown);
        }
        let mark = ui.add_enabled(shown > 0, egui::Button::new("Mark them"));
        let mark = mark.on_hover_text("For a list to export");
        if mark.clicked()
            && let Some(rows) = &found.rows
        {
            commands.push(Command::MarkAll(rows.clone()));
        }
    });
    if !found.left_out.is_empty() {
        let words = format!("None of them has “{}”", found.left_out.join(" "));
        let words = RichText::new(words).small().color(palette.warning);
        ui.add(egui::Label::new(words).wrap());
    }
    ui.add_space(2.0);
}

/// So many are liked or disliked at once, at most: more would say nothing.
const MOST_RATED: usize = 200;

/// What can be done with the shoes that were drawn around.
fn group_ui(ui: &mut Ui, group: &Arc<Vec<u32>>, commands: &mut Vec<Command>) {
    let strong = theme::palette(ui).strong;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = Vec2::splat(4.0);
        ui.label(RichText::new(format!("{} picked", theme::shoes(group.len()))).color(strong));
        if ui.button("Show only these").clicked() {
            commands.push(Command::ShowOnly(group.clone()));
            commands.push(Command::Pick(Arc::default()));
        }
        if ui
            .button("Mark")
            .on_hover_text("For a list to export")
            .clicked()
        {
            commands.push(Command::MarkAll(group.clone()));
        }
        let few = group.len() <= MOST_RATED;
        for (name, like) in [("Like", true), ("Dislike", false)] {
            let button = ui.add_enabled(few, egui::Button::new(name));
            let button = button.on_disabled_hover_text(format!("At most {MOST_RATED} at once"));
            if button.clicked() {
                commands.push(Command::RateAll(group.clone(), like));
            }
        }
        if ui
            .button("Tint")
            .on_hover_text("In a colour of their own, all others grey; “Colour by” takes it off")
            .clicked()
        {
            commands.push(Command::ColourBy(ColourBy::Picked(group.clone())));
        }
        if widgets::sign(ui, "✖", "Let go of them", true).clicked() {
            commands.push(Command::Pick(Arc::default()));
        }
    });
    ui.add_space(2.0);
}

fn card(
    ui: &mut Ui,
    view: &ShoeView<'_>,
    row: usize,
    width: f32,
    (title_lines, has_price): (usize, bool),
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    ui.spacing_mut().item_spacing.y = 0.0;
    let title = titles::title(view.table, row);
    let picture = shoe_card(ui, view.selection, row, &title, width, thumbs, commands);
    picture.on_hover_text(&title);
    let palette = theme::palette(ui);
    widgets::title(ui, title, title_lines);
    if has_price && let Some(price) = titles::price(view.table, row) {
        ui.add(egui::Label::new(RichText::new(price).small().color(palette.strong)).truncate());
    }
}
