//! What is liked and disliked, and taking it back.

use super::Tab;
use crate::catalog::Table;
use crate::explorer::command::Command;
use crate::explorer::state::Selection;
use crate::explorer::ui::thumbnails::{Thumb, Thumbs};
use crate::explorer::ui::{theme, widgets};
use crate::workspace::Item;
use crate::workspace::titles;
use bevy_egui::egui::{Color32, RichText, Sense, Ui, Vec2};

/// The tab of likes and dislikes.
pub const TAB: Tab = Tab {
    name: "Liked",
    count: |view| view.selection.likes.len() + view.selection.dislikes.len(),
    scrolls_itself: false,
    draw: |ui, p| rated_ui(ui, p.view.table, p.view.selection, p.thumbs, p.commands),
};

/// Both lists.
pub fn rated_ui(
    ui: &mut Ui,
    table: &dyn Table,
    selection: &Selection,
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    if selection.likes.is_empty() && selection.dislikes.is_empty() {
        widgets::nothing_yet(
            ui,
            "Nothing is liked or disliked",
            "Press L or X on a shoe: recommendations then go towards what you like and away from what you do not",
        );
        return;
    }
    let palette = theme::palette(ui);
    list(
        ui,
        table,
        "More like these",
        &selection.likes,
        palette.like,
        thumbs,
        commands,
    );
    list(
        ui,
        table,
        "Less like these",
        &selection.dislikes,
        palette.dislike,
        thumbs,
        commands,
    );
    ui.add_space(theme::GAP);
    if ui
        .button("Forget all")
        .on_hover_text("Take every like and dislike back")
        .clicked()
    {
        commands.push(Command::ClearRatings);
    }
}

fn list(
    ui: &mut Ui,
    table: &dyn Table,
    title: &str,
    items: &[Item],
    colour: Color32,
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    if items.is_empty() {
        return;
    }
    ui.label(RichText::new(title).color(colour));
    for item in items {
        let thumb = thumbs.item(ui.ctx(), item);
        let name = titles::name_of(Some(table), item);
        let under = (item.row())
            .map_or("not in the catalogue", |row| table.id(row))
            .to_owned();
        let took = line(ui, &thumb, &name, &under, &format!("Take {name} back"));
        match took {
            Some(Line::Picture) => commands.push(Command::Select(Some(item.clone()))),
            Some(Line::Button) => commands.push(Command::Rate(item.clone(), None)),
            None => {}
        }
    }
    ui.add_space(theme::GAP);
}

/// What of a [`line()`] was clicked.
pub enum Line {
    /// The picture.
    Picture,
    /// The button at the right.
    Button,
}

/// A picture, a name with a caption, and a button at the right that takes the line away.
pub fn line(ui: &mut Ui, thumb: &Thumb, name: &str, under: &str, meaning: &str) -> Option<Line> {
    ui.horizontal(|ui| {
        let shown = widgets::picture(ui, thumb, Vec2::splat(44.0), name, Sense::click());
        let right = 42.0;
        let width = (ui.available_width() - right).max(20.0);
        ui.allocate_ui(Vec2::new(width, 44.0), |ui| {
            ui.vertical(|ui| {
                ui.set_width(width);
                ui.spacing_mut().item_spacing.y = 1.0;
                ui.add_space(6.0);
                ui.add(bevy_egui::egui::Label::new(name).truncate());
                if under != name {
                    theme::caption(ui, under);
                }
            });
        });
        let button = widgets::sign(ui, "✖", meaning, true);
        if shown.clicked() {
            Some(Line::Picture)
        } else {
            button.clicked().then_some(Line::Button)
        }
    })
    .inner
}
