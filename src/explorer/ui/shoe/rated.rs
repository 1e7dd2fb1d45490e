//! What is liked and disliked, and taking it back.

use super::{Parts, Tab};
use crate::explorer::command::Command;
use crate::explorer::ui::thumbnails::Thumb;
use crate::explorer::ui::{theme, widgets};
use crate::workspace::Item;
use crate::workspace::titles;
use bevy_egui::egui::{Color32, RichText, Sense, Ui, Vec2};

/// The tab of what is liked.
pub const LIKED: Tab = Tab {
    name: "Liked",
    sign: "👍",
    count: |view| view.selection.likes.len(),
    scrolls_itself: false,
    draw: |ui, p| {
        let title = "More like these";
        let colour = theme::palette(ui).like;
        rated_ui(ui, p, &p.view.selection.likes, title, colour);
    },
};

/// The tab of what is disliked.
pub const DISLIKED: Tab = Tab {
    name: "Disliked",
    sign: "👎",
    count: |view| view.selection.dislikes.len(),
    scrolls_itself: false,
    draw: |ui, p| {
        let title = "Less like these";
        let colour = theme::palette(ui).dislike;
        rated_ui(ui, p, &p.view.selection.dislikes, title, colour);
    },
};

fn rated_ui(ui: &mut Ui, parts: &mut Parts<'_>, items: &[Item], title: &str, colour: Color32) {
    if items.is_empty() {
        let hint = "Press L or X on a shoe: recommendations then go towards what you like and away from what you do not";
        widgets::nothing_yet(ui, "Nothing here yet", hint);
        return;
    }
    let table = parts.view.table;
    ui.label(RichText::new(title).color(colour));
    for item in items {
        let thumb = parts.thumbs.item(ui.ctx(), item);
        let name = titles::name_of(Some(table), item);
        let under = (item.row())
            .map_or("not in the catalogue", |row| table.id(row))
            .to_owned();
        let took = line(ui, &thumb, &name, &under, &format!("Take {name} back"));
        match took {
            Some(Line::Picture) => parts.commands.push(Command::Select(Some(item.clone()))),
            Some(Line::Button) => parts.commands.push(Command::Rate(item.clone(), None)),
            None => {}
        }
    }
    ui.add_space(theme::GAP);
    let forget = ui.button("Forget likes and dislikes");
    let hint = "Take every like and dislike back (Ctrl + Z brings them back)";
    if forget.on_hover_text(hint).clicked() {
        parts.commands.push(Command::ClearRatings);
    }
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
