//! The recommendations as a grid of cards: picture, name, likeness; on hover the reason, and where the score comes from.
//! Above them why these, and what they are kept to.

use super::tuning::same_ui;
use super::{ShoeView, Tab};
use crate::catalog::Table;
use crate::embed::BLOCKS;
use crate::explorer::command::Command;
use crate::explorer::state::{Recommendations, Selection};
use crate::explorer::ui::thumbnails::Thumbs;
use crate::explorer::ui::widgets::Carried;
use crate::explorer::ui::{theme, widgets};
use crate::recommend::{LEARNED, Recommendation};
use crate::workspace::Item;
use crate::workspace::colouring::OKABE_ITO;
use crate::workspace::titles;
use crate::workspace::tuning::Tuning;
use bevy_egui::egui::{self, Color32, Layout, RichText, Sense, Ui, Vec2};

/// The tab of the recommendations.
pub const TAB: Tab = Tab {
    name: "Alike",
    sign: "",
    count: |_| 0,
    scrolls_itself: false,
    draw: |ui, p| {
        kept_to_ui(ui, p.view, p.tuning, p.commands);
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

/// Why these are recommended, and the switches of what they are kept to.
pub fn kept_to_ui(
    ui: &mut Ui,
    view: &ShoeView<'_>,
    tuning: &mut Tuning,
    commands: &mut Vec<Command>,
) {
    let likes = view.selection.likes.len();
    let dislikes = view.selection.dislikes.len();
    let current = view.selection.current.as_ref();
    // What is disliked is not sought, even where it is looked at.
    let sought = current.filter(|item| view.selection.rating(item) != Some(false));
    let mut why = Vec::new();
    if likes > 0 {
        let name = if sought.is_some() {
            "and like what you like"
        } else {
            "Because you like"
        };
        why.push(format!("{name}: {}", theme::shoes(likes)));
    }
    if dislikes > 0 {
        why.push(format!(
            "away from {} that you do not",
            theme::shoes(dislikes)
        ));
    }
    if !why.is_empty() {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            let like_it = if sought.is_some() {
                "Like this one, "
            } else {
                ""
            };
            let words = format!("{like_it}{}", why.join(", "));
            ui.label(RichText::new(words).small().color(theme::palette(ui).text));
            let clear = ui.link(RichText::new("Clear").small());
            if clear
                .on_hover_text("Take every like and dislike back (Ctrl + Z brings them back)")
                .clicked()
            {
                commands.push(Command::ClearRatings);
            }
        });
    }
    ui.horizontal_wrapped(|ui| {
        if view.filtered {
            ui.checkbox(&mut tuning.within, "Only what is shown")
                .on_hover_text("Only shoes that the search and the filters show are recommended");
        }
        let chosen = tuning.same.len();
        let title = match chosen {
            0 => "Only the same …".to_owned(),
            n => format!("Only the same … ({n})"),
        };
        let has_columns = super::tuning::matching(view.model).next().is_some();
        if has_columns {
            let close = egui::PopupCloseBehavior::CloseOnClickOutside;
            let config = egui::containers::menu::MenuConfig::new().close_behavior(close);
            egui::containers::menu::MenuButton::new(title)
                .config(config)
                .ui(ui, |ui| {
                    ui.set_max_width(280.0);
                    same_ui(ui, tuning, view.model);
                });
        }
    });
    for column in &view.recommendations.ignored {
        let words = format!(
            "“Only the same {}” is left out: {} says nothing there",
            titles::column_label(column).to_lowercase(),
            if current.is_some_and(|item| item.row().is_some()) {
                "this shoe"
            } else {
                "a photo or design"
            }
        );
        ui.add(
            egui::Label::new(
                RichText::new(words)
                    .small()
                    .color(theme::palette(ui).warning),
            )
            .wrap(),
        );
    }
    ui.add_space(2.0);
}

/// The least width of a card, in points.
const CARD: f32 = 98.0;
/// How many stand in the line of the first ones.
const FIRST: usize = 6;

/// The first few in a line.
pub fn first_ui(
    ui: &mut Ui,
    view: &ShoeView<'_>,
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    let list = &view.recommendations.list;
    if list.is_empty() {
        return theme::caption_wrapped(ui, "Look at a shoe to see here what the weights change");
    }
    let gap = 4.0;
    let side = ((ui.available_width() + gap) / FIRST as f32 - gap).floor();
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = gap;
        for recommendation in list.iter().take(FIRST) {
            let title = titles::title(view.table, recommendation.row);
            let row = recommendation.row;
            let size = Vec2::splat(side);
            let picture = widgets::shoe_picture(ui, thumbs, row, size, &title, Sense::click());
            if picture.clicked() {
                commands.push(Command::select_row(row));
            }
            picture.on_hover_ui(|ui| breakdown(ui, view.table, recommendation, thumbs));
        }
    });
}

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
                "Nothing to go by yet",
                "Click a shoe, or like and dislike a few: here come the shoes that are like them",
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
    let title_lines = widgets::title_lines(table);
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
                        (width, title_lines),
                        thumbs,
                        commands,
                    );
                }
            });
        }
    });
}

/// The height of a card below its picture: its name, and its likeness beside what it costs.
const TEXT: f32 = 32.0;

fn card(
    ui: &mut Ui,
    table: &dyn Table,
    selection: &Selection,
    recommendation: &Recommendation,
    (width, title_lines): (f32, usize),
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    let row = recommendation.row;
    let more = (title_lines - 1) as f32 * widgets::TITLE_LINE;
    let size = Vec2::new(width, width + TEXT + more);
    ui.allocate_ui_with_layout(size, Layout::top_down(egui::Align::Min), |ui| {
        ui.set_min_size(size);
        ui.set_max_width(width);
        ui.spacing_mut().item_spacing.y = 1.0;
        let palette = theme::palette(ui);
        let title = titles::title(table, row);
        let picture = shoe_card(ui, selection, row, &title, width, thumbs, commands);
        picture.on_hover_ui(|ui| breakdown(ui, table, recommendation, thumbs));
        widgets::title(ui, title, title_lines);
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            ui.label(
                RichText::new(format!("{:.0} % like it", 100.0 * recommendation.score))
                    .small()
                    .color(palette.weak),
            );
            let folded = recommendation.folded.len();
            let rest = match titles::price(table, row) {
                _ if folded > 0 => format!("+{folded} the same"),
                price => price.unwrap_or_default(),
            };
            ui.add(egui::Label::new(RichText::new(rest).small().color(palette.strong)).truncate());
        });
    });
}

/// The picture of a shoe in a list, with what is thought of it, and what a click on it asks for.
pub fn shoe_card(
    ui: &mut Ui,
    selection: &Selection,
    row: usize,
    title: &str,
    width: f32,
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) -> egui::Response {
    let label = format!("Picture of {title}");
    let (size, sense) = (Vec2::splat(width), Sense::click_and_drag());
    let picture = widgets::shoe_picture(ui, thumbs, row, size, &label, sense);
    widgets::carries(&picture, || Carried::Item(Item::Row(row)));
    widgets::judged(ui, picture.rect, selection, &Item::Row(row));
    if picture.double_clicked() {
        commands.push(Command::Visit(row));
    } else if picture.clicked() {
        commands.push(
            match ui.input(|i| i.modifiers.ctrl || i.modifiers.command) {
                true => Command::Mark(row, !selection.marked.contains(&row)),
                false => Command::select_row(row),
            },
        );
    }
    picture.context_menu(|ui| menu(ui, selection, row, commands));
    picture
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
        ui.button("Any shoe")
            .on_hover_text("One at random, of those that are shown (R)"),
        Command::Random,
    );
}
