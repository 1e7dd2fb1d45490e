//! The design as large as the window allows, beside what it began as.

use super::CursorView;
use crate::explorer::ui::design_textures::Textures;
use crate::explorer::ui::thumbnails::{Thumb, Thumbs};
use crate::explorer::ui::{theme, widgets};
use crate::workspace::Item;
use crate::workspace::titles;
use bevy_egui::egui::{self, RichText, Sense, Ui, Vec2};

/// What the window has besides its pictures, in points.
const ROUND: Vec2 = Vec2::new(60.0, 130.0);

/// The window; whether it is still open.
pub(super) fn large_window(
    ctx: &egui::Context,
    view: &CursorView<'_>,
    thumbs: &mut Thumbs,
    textures: &mut Textures,
) -> bool {
    let mut open = true;
    let room = ctx.viewport_rect().size() - ROUND;
    let side = (room.x / 2.0).min(room.y).clamp(96.0, 640.0).floor();
    widgets::centred_window("The design")
        .open(&mut open)
        .auto_sized()
        .show(ctx, |ui| {
            ui.horizontal_top(|ui| {
                let (before, what) = before(view);
                if let Some(item) = before {
                    let thumb = thumbs.item(ui.ctx(), &item);
                    let name = titles::name_of(view.table, &item);
                    side_ui(ui, &thumb, side, what, &name);
                }
                side_ui(ui, &design(ui, view, textures), side, "The design", "");
            });
        });
    open
}

/// What the design is compared with, and what that is: what it began as, or else the real shoe nearest to it.
fn before(view: &CursorView<'_>) -> (Option<Item>, &'static str) {
    if let Some(begun) = &view.latent.request.begun {
        return (Some(begun.clone()), "Begun from");
    }
    let near = view.latent.newest.landed();
    let near = near.and_then(|landed| landed.near.first());
    (near.map(|near| Item::Row(near.0)), "The nearest real shoe")
}

/// The picture of the design.
pub(super) fn design(ui: &Ui, view: &CursorView<'_>, textures: &mut Textures) -> Thumb {
    let newest = &view.latent.newest;
    newest.made.as_ref().map_or(Thumb::Coming, |made| {
        textures.thumb(ui.ctx(), "design", newest.picture_number(), &made.picture)
    })
}

fn side_ui(ui: &mut Ui, thumb: &Thumb, side: f32, what: &str, name: &str) {
    ui.vertical(|ui| {
        ui.set_width(side);
        ui.label(RichText::new(what).color(theme::palette(ui).strong));
        let label = format!("{what}, large");
        widgets::picture(ui, thumb, Vec2::splat(side), &label, Sense::hover());
        let name = RichText::new(name).small();
        ui.add(egui::Label::new(name).truncate());
    });
}
