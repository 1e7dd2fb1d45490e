//! The recommendations as a grid of cards: picture, likeness, reason; on hover where the score comes from.

use super::Tab;
use crate::catalog::Table;
use crate::embed::BLOCKS;
use crate::explorer::command::Command;
use crate::explorer::state::{Recommendations, Selection};
use crate::explorer::ui::thumbnails::Thumbs;
use crate::explorer::ui::{theme, widgets};
use crate::recommend::{LEARNED, Recommendation};
use crate::workspace::Item;
use crate::workspace::colouring::OKABE_ITO;
use crate::workspace::titles;
use bevy_egui::egui::{self, Color32, Layout, RichText, Sense, Ui, Vec2};

/// The tab of the recommendations.
pub const TAB: Tab = Tab {
    name: "Alike",
    count: |view| view.recommendations.list.len(),
    draw: |ui, p| {
        let view = p.view;
        recommended_ui(
            ui,
            view.table,
            view.selection,
            view.recommendations,
            p.thumbs,
            p.commands,
        );
    },
};

/// The least width of a card, in points.
const CARD: f32 = 98.0;

/// Shows the list, or why there is none.
pub fn recommended_ui(
    ui: &mut Ui,
    table: &dyn Table,
    selection: &Selection,
    recommendations: &Recommendations,
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    if let Some(error) = &recommendations.error {
        let colour = theme::palette(ui).error;
        theme::card_frame(ui).show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.add(egui::Label::new(RichText::new(error).color(colour)).wrap());
        });
        return;
    }
    if recommendations.list.is_empty() {
        if recommendations.pending {
            ui.add_space(18.0);
            ui.vertical_centered(|ui| {
                ui.spinner();
                theme::caption(ui, "Looking for shoes like it");
            });
        } else {
            widgets::nothing_yet(
                ui,
                "No recommendations yet",
                "Click a shoe, press R for any shoe, or like and dislike a few",
            );
        }
        return;
    }
    let gap = theme::GAP;
    let across = ((ui.available_width() + gap) / (CARD + gap))
        .floor()
        .max(1.0);
    let width = ((ui.available_width() - gap * (across - 1.0)) / across).floor();
    if recommendations.pending {
        ui.ctx()
            .request_repaint_after(std::time::Duration::from_millis(50));
    }
    let faded = if recommendations.pending { 0.6 } else { 1.0 };
    ui.scope(|ui| {
        ui.set_opacity(faded);
        ui.spacing_mut().item_spacing = Vec2::splat(gap);
        for line in recommendations.list.chunks(across as usize) {
            ui.horizontal_top(|ui| {
                for recommendation in line {
                    card(
                        ui,
                        table,
                        selection,
                        recommendation,
                        width,
                        thumbs,
                        commands,
                    );
                }
            });
        }
    });
}

/// The height of a card below its picture: likeness in one line, the reason in two.
const TEXT: f32 = 47.0;

fn card(
    ui: &mut Ui,
    table: &dyn Table,
    selection: &Selection,
    recommendation: &Recommendation,
    width: f32,
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    let row = recommendation.row;
    let size = Vec2::new(width, width + TEXT);
    ui.allocate_ui_with_layout(size, Layout::top_down(egui::Align::Min), |ui| {
        ui.set_min_size(size);
        ui.set_max_width(width);
        ui.spacing_mut().item_spacing.y = 1.0;
        let label = titles::title(table, row);
        let picture =
            widgets::shoe_picture(ui, thumbs, row, Vec2::splat(width), &label, Sense::click());
        let item = Item::Row(row);
        let palette = theme::palette(ui);
        if selection.likes.contains(&item) {
            widgets::ring(ui, picture.rect, palette.like);
        } else if selection.dislikes.contains(&item) {
            widgets::ring(ui, picture.rect, palette.dislike);
        }
        if selection.marked.contains(&row) {
            mark(ui, picture.rect);
        }
        if picture.double_clicked() {
            commands.push(Command::Visit(row));
        } else if picture.clicked() {
            if ui.input(|i| i.modifiers.ctrl || i.modifiers.command) {
                commands.push(Command::Mark(row, !selection.marked.contains(&row)));
            } else {
                commands.push(Command::Select(Some(item.clone())));
            }
        }
        picture.context_menu(|ui| menu(ui, selection, row, commands));
        picture.on_hover_ui(|ui| breakdown(ui, table, recommendation, thumbs));
        let folded = recommendation.folded.len();
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            ui.label(
                RichText::new(format!("{:.2}", recommendation.score))
                    .small()
                    .color(palette.strong),
            );
            let rest = if folded > 0 {
                format!("+{folded} alike")
            } else {
                format!("{:.2} away", recommendation.distance)
            };
            ui.label(RichText::new(rest).small().color(palette.weak));
        });
        reason(ui, &recommendation.reason, width);
    });
}

/// The reason in at most two lines; all of it is in the hint.
fn reason(ui: &mut Ui, text: &str, width: f32) {
    let mut job = egui::text::LayoutJob::simple(
        text.to_owned(),
        egui::FontId::proportional(11.0),
        theme::palette(ui).weak,
        width,
    );
    job.wrap.max_rows = 2;
    ui.add(egui::Label::new(job));
}

fn mark(ui: &Ui, rect: egui::Rect) {
    let centre = rect.right_top() + Vec2::new(-11.0, 11.0);
    let palette = theme::palette(ui);
    ui.painter().circle_filled(centre, 7.0, palette.accent);
    ui.painter().text(
        centre,
        egui::Align2::CENTER_CENTER,
        "✔",
        egui::FontId::proportional(9.0),
        Color32::WHITE,
    );
}

/// What can be done with a shoe, by right click.
pub fn menu(ui: &mut Ui, selection: &Selection, row: usize, commands: &mut Vec<Command>) {
    let item = Item::Row(row);
    let liked = selection.likes.contains(&item);
    let disliked = selection.dislikes.contains(&item);
    let marked = selection.marked.contains(&row);
    if ui.button("Go on from it").clicked() {
        commands.push(Command::Select(Some(item.clone())));
    }
    if ui.button("Fly to it").clicked() {
        commands.push(Command::Visit(row));
    }
    if ui
        .button(if liked { "Take the like back" } else { "Like" })
        .clicked()
    {
        commands.push(Command::Rate(item.clone(), (!liked).then_some(true)));
    }
    if ui
        .button(if disliked {
            "Take the dislike back"
        } else {
            "Dislike"
        })
        .clicked()
    {
        commands.push(Command::Rate(item, (!disliked).then_some(false)));
    }
    if ui
        .button(if marked {
            "Take the mark off"
        } else {
            "Mark for export"
        })
        .clicked()
    {
        commands.push(Command::Mark(row, !marked));
    }
}

/// The colour of a block or column in the bars; the same name always has the same.
pub fn part_colour(name: &str) -> Color32 {
    // In the order of the embedder's blocks.
    const BLOCK_PLACES: [usize; 3] = [1, 0, 2];
    let block = BLOCKS.iter().position(|block| block.name == name);
    let place = match block.and_then(|at| BLOCK_PLACES.get(at)) {
        Some(&place) => place,
        None if name == LEARNED => 6,
        // All others share the remaining ones by a hash that does not change between runs.
        None => [3, 4, 5, 7][name.bytes().fold(7_usize, |h, b| {
            h.wrapping_mul(31).wrapping_add(usize::from(b))
        }) % 4],
    };
    let [r, g, b] = OKABE_ITO[place];
    Color32::from_rgb(r, g, b)
}

/// Where the score comes from: a bar for each block and column, which add up to it.
pub fn breakdown(
    ui: &mut Ui,
    table: &dyn Table,
    recommendation: &Recommendation,
    thumbs: &mut Thumbs,
) {
    let palette = theme::palette(ui);
    ui.set_max_width(300.0);
    ui.horizontal_top(|ui| {
        widgets::shoe_picture(
            ui,
            thumbs,
            recommendation.row,
            Vec2::splat(96.0),
            "",
            Sense::hover(),
        );
        ui.vertical(|ui| {
            ui.set_max_width(190.0);
            ui.label(RichText::new(titles::title(table, recommendation.row)).color(palette.strong));
            theme::caption(ui, table.id(recommendation.row));
            ui.add(egui::Label::new(RichText::new(&recommendation.reason).small()).wrap());
        });
    });
    ui.separator();
    let most = recommendation
        .contributions
        .iter()
        .map(|(_, part)| part.abs())
        .fold(0.0, f32::max);
    egui::Grid::new("breakdown")
        .num_columns(3)
        .spacing([8.0, 2.0])
        .show(ui, |ui| {
            for (name, part) in &recommendation.contributions {
                ui.label(RichText::new(titles::column_label(name)).small());
                widgets::bar(ui, *part, most, 130.0, part_colour(name));
                ui.label(
                    RichText::new(format!("{part:+.3}"))
                        .small()
                        .color(palette.text),
                );
                ui.end_row();
            }
            ui.label(RichText::new("Score").small().color(palette.strong));
            ui.label(
                RichText::new(format!("distance {:.3}", recommendation.distance))
                    .small()
                    .color(palette.weak),
            );
            ui.label(
                RichText::new(format!("{:+.3}", recommendation.score))
                    .small()
                    .color(palette.strong),
            );
            ui.end_row();
        });
    if !recommendation.folded.is_empty() {
        theme::caption(
            ui,
            format!(
                "Stands for {} more that look the same",
                recommendation.folded.len()
            ),
        );
    }
}

/// The buttons that walk through what was looked at.
pub fn walk_ui(ui: &mut Ui, selection: &Selection, commands: &mut Vec<Command>) {
    let mut act = |response: egui::Response, action| {
        if response.clicked() {
            commands.push(action);
        }
    };
    act(
        widgets::sign(ui, "⏴", "Back (Backspace)", !selection.back.is_empty()),
        Command::Back,
    );
    act(
        widgets::sign(
            ui,
            "⏵",
            "Forward (Shift+Backspace)",
            !selection.forward.is_empty(),
        ),
        Command::Forward,
    );
    act(
        ui.button("Randomize")
            .on_hover_text("Any shoe that is shown (R)"),
        Command::Random,
    );
}
