//! The grid view, as the original had it: the shoe that is looked at first, what is like it beside it, five
//! by five; a click goes on from there, and toggles keep the list to the same gender, kind, …. Without a shoe to go by it
//! shows what the search and the filters show.

use super::shoe::ShoeView;
use super::shoe::recommended::{breakdown, menu, walk_ui};
use super::shoe::shoes::shoes_ui;
use super::shoe::tuning::same_ui;
use super::thumbnails::Thumbs;
use super::{theme, widgets};
use crate::explorer::command::Command;
use crate::recommend::Recommendation;
use crate::workspace::Item;
use crate::workspace::titles;
use crate::workspace::tuning::Tuning;
use bevy_egui::egui::{self, Pos2, Rect, RichText, Sense, Ui, UiBuilder, Vec2};

/// Shoes across and down.
const SIDE: usize = 5;
/// The least width of a card where there are more than that, in points.
const LARGE: f32 = 150.0;

enum Cell<'a> {
    Chosen(&'a Item),
    Like(&'a Recommendation),
}

/// The grid over the place of the scene.
pub fn grid_ui(
    ui: &mut Ui,
    view: &ShoeView<'_>,
    tuning: &mut Tuning,
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    ui.horizontal(|ui| {
        walk_ui(ui, view.selection, commands);
        if ui
            .button("Back to the scene")
            .on_hover_text("G or Escape")
            .clicked()
        {
            commands.push(Command::ToggleGrid);
        }
        if view.recommendations.pending {
            ui.spinner();
        }
    });
    let current = view.selection.current.as_ref();
    // Likes alone are a question too.
    let has_nothing = current.is_none() && view.recommendations.list.is_empty();
    if has_nothing || view.selection.group.is_some() {
        ui.add_space(theme::GAP);
        return shoes_ui(ui, view, LARGE, thumbs, commands);
    }
    ui.horizontal_wrapped(|ui| {
        theme::caption(ui, "Only the same");
        same_ui(ui, tuning, view.model);
    });
    ui.add_space(theme::GAP);
    if let Some(error) = &view.recommendations.error {
        let colour = theme::palette(ui).error;
        ui.add(egui::Label::new(RichText::new(error).color(colour)).wrap());
    }
    let place = ui.available_rect_before_wrap();
    let gap = theme::GAP;
    let text = 16.0;
    let width = (place.width() - gap * (SIDE - 1) as f32) / SIDE as f32;
    let height = (place.height() - gap * (SIDE - 1) as f32) / SIDE as f32;
    let side = width.min(height - text).max(24.0);
    let step = Vec2::new(side + gap, side + text + gap);
    let whole = step * SIDE as f32 - Vec2::splat(gap);
    let corner = Pos2::new(place.center().x - whole.x / 2.0, place.top());
    let cells = current
        .map(Cell::Chosen)
        .into_iter()
        .chain(view.recommendations.list.iter().map(Cell::Like))
        .take(SIDE * SIDE);
    for (index, cell) in cells.enumerate() {
        let at = corner
            + Vec2::new(
                (index % SIDE) as f32 * step.x,
                (index / SIDE) as f32 * step.y,
            );
        let rect = Rect::from_min_size(at, Vec2::new(side, side + text));
        let mut cell_ui = ui.new_child(UiBuilder::new().max_rect(rect).id_salt(("cell", index)));
        cell_ui.spacing_mut().item_spacing.y = 0.0;
        let size = Vec2::splat(side);
        match cell {
            Cell::Chosen(current) => {
                let thumb = thumbs.item(cell_ui.ctx(), current);
                let shown = widgets::picture(
                    &mut cell_ui,
                    &thumb,
                    size,
                    "The chosen shoe",
                    Sense::hover(),
                );
                widgets::ring(&cell_ui, shown.rect, theme::palette(&cell_ui).accent);
                let name = titles::name_of(Some(view.table), current);
                theme::caption(&mut cell_ui, name);
            }
            Cell::Like(recommendation) => {
                let row = recommendation.row;
                let name = titles::title(view.table, row);
                let shown =
                    widgets::shoe_picture(&mut cell_ui, thumbs, row, size, &name, Sense::click());
                if shown.clicked() {
                    commands.push(Command::select_row(row));
                }
                shown.context_menu(|ui| menu(ui, view.selection, row, commands));
                shown.on_hover_ui(|ui| breakdown(ui, view.table, recommendation, thumbs));
                theme::caption(&mut cell_ui, under(recommendation, side));
            }
        }
    }
    ui.allocate_rect(Rect::from_min_size(corner, whole), Sense::hover());
}

/// What stands under a picture; the reason only where there is room for some of it.
fn under(recommendation: &Recommendation, side: f32) -> String {
    if side < 110.0 {
        return format!("{:.2}", recommendation.score);
    }
    format!("{:.2}  {}", recommendation.score, recommendation.reason)
}
