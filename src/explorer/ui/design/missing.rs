//! The tab of what is missing: shoes that were imagined where the catalogue has none, each to be kept or dismissed.

use super::{Parts, Tab};
use crate::explorer::command::{Command, Flight, Ghostly};
use crate::explorer::state::Ghost;
use crate::explorer::ui::thumbnails::Thumb;
use crate::explorer::ui::widgets::Carried;
use crate::explorer::ui::{theme, widgets};
use bevy::prelude::Vec3;
use bevy_egui::egui::{self, RichText, Sense, Ui, Vec2};

/// The tab of what is missing.
pub const TAB: Tab = Tab {
    name: "Missing",
    count: |_| 0,
    draw: missing_ui,
};

/// More than so many ghosts are never shown at once, so that textures are used again.
const SHOWN: u64 = 64;
/// The side of a picture, in points.
const SIDE: f32 = 92.0;

/// The whole tab.
fn missing_ui(ui: &mut Ui, p: &mut Parts<'_>) {
    let ghosts = p.view.ghosts;
    let mut ask = |what: Ghostly| p.commands.push(Command::Ghosts(what));
    ui.horizontal_wrapped(|ui| {
        let name = match ghosts.list.is_empty() {
            true => "Imagine what is missing",
            false => "Imagine others",
        };
        let can = p.view.latent.is_ready() && !ghosts.looking;
        let button = ui.add_enabled(can, egui::Button::new(name));
        let hint = "Shoes are made where this catalogue has none. Those are kept that are new to it, and that the generator can make";
        if button.on_hover_text(hint).clicked() {
            ask(Ghostly::Imagine);
        }
        if ghosts.looking {
            ui.add(egui::Spinner::new().size(12.0));
            theme::caption(ui, "Looking where there is nothing");
        } else if !ghosts.list.is_empty() && ui.button("Dismiss all").clicked() {
            ask(Ghostly::DismissAll);
        }
    });
    if ghosts.list.is_empty() {
        theme::caption_wrapped(
            ui,
            "What could stand in this assortment, and does not? They come as ghosts among the real shoes, to be kept or dismissed.",
        );
        return;
    }
    widgets::in_lines(ui, ghosts.list.len(), SIDE, |ui, at| {
        ghost_ui(ui, &ghosts.list[at], p);
    });
}

fn ghost_ui(ui: &mut Ui, ghost: &Ghost, p: &mut Parts<'_>) {
    ui.spacing_mut().item_spacing.y = 1.0;
    let name = ghost.item.name().unwrap_or_default().to_owned();
    let thumb = match ghost.item.picture() {
        Some(picture) => {
            // A place in the line is what is called so; who stands there changes.
            let texture = format!("ghost {}", ghost.id % SHOWN);
            p.textures.thumb(ui.ctx(), &texture, ghost.id, picture)
        }
        None => Thumb::Failed("no picture".to_owned()),
    };
    let sense = Sense::click_and_drag();
    let shown = widgets::picture(ui, &thumb, Vec2::splat(SIDE), &name, sense);
    widgets::carries(&shown, || Carried::Item(ghost.item.clone()));
    if p.view.selection.current.as_ref() == Some(&ghost.item) {
        widgets::ring(ui, shown.rect, theme::palette(ui).design);
    }
    if shown.clicked() {
        p.commands.push(Command::Select(Some(ghost.item.clone())));
        if let Some(at) = ghost.item.position(&[]) {
            let at = Flight::Point(Vec3::from_array(at));
            p.commands.push(Command::Fly(at));
        }
    }
    let told = format!(
        "{name}: {:.0} % of the real shoes have another real shoe nearer than this one has.\nClick to see where it stands; C designs from it",
        ghost.newness
    );
    widgets::enlarged(shown, &thumb, &told);
    let words = match ghost.reads_as.is_empty() {
        true => format!("new {:.0} %", ghost.newness),
        false => ghost.reads_as.clone(),
    };
    ui.add(egui::Label::new(RichText::new(words).small()).truncate());
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let mut ask = |what: Ghostly| p.commands.push(Command::Ghosts(what));
        let keep = ui.link(RichText::new("Keep").small());
        if keep
            .on_hover_text("Saved on the shelf; it stays in the scene")
            .clicked()
        {
            ask(Ghostly::Keep(ghost.item.clone()));
        }
        let dismiss = ui.link(RichText::new("Dismiss").small());
        if dismiss.on_hover_text("It goes from the scene").clicked() {
            ask(Ghostly::Dismiss(ghost.item.clone()));
        }
    });
}
