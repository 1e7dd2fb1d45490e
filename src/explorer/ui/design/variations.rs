//! The latent cursor's second tab: other designs at the same place.

use super::CursorView;
use super::Tab;
use crate::explorer::command::{Command, CursorCommand};
use crate::explorer::cursor::engine::Face;
use crate::explorer::ui::design_textures::Textures;
use crate::explorer::ui::{theme, widgets};
use bevy_egui::egui::{self, RichText, Sense, Ui, Vec2};

/// The tab of other designs at the same place.
pub const TAB: Tab = Tab {
    name: "Variations",
    count: |_| 0,
    draw: |ui, p| variations_ui(ui, p.view, p.textures, p.commands),
};

/// The height of the words below a design, in points.
const WORDS: f32 = 18.0;

/// Other designs at the same place.
pub(super) fn variations_ui(
    ui: &mut Ui,
    view: &CursorView<'_>,
    textures: &mut Textures,
    commands: &mut Vec<Command>,
) {
    let latent = view.latent;
    let placed = latent.position().is_some();
    ui.horizontal_wrapped(|ui| {
        let dice = ui.add_enabled(placed, egui::Button::new("🎲 Throw the dice"));
        if dice.on_hover_text("Eight other designs at the same place; the one that lands nearest to it comes first").clicked() {
            commands.push(Command::Cursor(CursorCommand::Dice));
        }
        let mut truncation = latent.request.design.truncation;
        ui.label("Strength");
        let slider = ui.add_enabled_ui(placed, |ui| {
            widgets::slider(ui, "Strength", &mut truncation, 0.0..=1.5, 2)
        });
        if slider
            .inner
            .on_hover_text("0: the most typical design of the place; 1: as varied as the generator was trained")
            .changed()
        {
            commands.push(Command::Cursor(CursorCommand::Truncation(truncation)));
        }
        let mut locked = latent.request.locked;
        if ui
            .checkbox(&mut locked, "Keep this character while moving")
            .on_hover_text("Or else a new one is thrown wherever the cursor is put")
            .changed()
        {
            commands.push(Command::Cursor(CursorCommand::Lock(locked)));
        }
    });
    let faces = &latent.dice.faces;
    if faces.is_empty() {
        theme::caption_wrapped(
            ui,
            "Many shoes could stand at one place; a throw shows eight of them",
        );
        return;
    }
    let gap = ui.spacing().item_spacing.x;
    let room = Vec2::new(ui.available_width(), ui.available_height() - 4.0);
    let (across, side) = fitting(faces.len(), room, gap);
    for (line, some) in faces.chunks(across).enumerate() {
        ui.horizontal_top(|ui| {
            for (i, face) in some.iter().enumerate() {
                let at = line * across + i;
                ui.vertical(|ui| face_ui(ui, view, at, face, side, textures, commands));
            }
        });
    }
}

/// How many stand in a line, and how large, so that `count` pictures with words below fill the room best.
fn fitting(count: usize, room: Vec2, gap: f32) -> (usize, f32) {
    const LEAST: f32 = 44.0;
    let side = |across: usize| {
        let down = count.div_ceil(across) as f32;
        let wide = room.x / across as f32 - gap;
        let high = room.y / down - WORDS - gap;
        wide.min(high)
    };
    // One more line is worth it where the pictures become much larger.
    let lines = 1..=count.max(1);
    let across = lines.map(|lines| count.div_ceil(lines).max(1));
    let across = across.fold(count.max(1), |best, across| {
        let is_better = side(across) > 1.2 * side(best).max(0.0);
        if is_better { across } else { best }
    });
    if side(across) >= LEAST {
        return (across, side(across).floor());
    }
    // What does not fit is scrolled down to.
    let across = ((room.x + gap) / (LEAST + gap)).floor().max(1.0);
    (across as usize, LEAST)
}

fn face_ui(
    ui: &mut Ui,
    view: &CursorView<'_>,
    at: usize,
    face: &Face,
    side: f32,
    textures: &mut Textures,
    commands: &mut Vec<Command>,
) {
    ui.spacing_mut().item_spacing.y = 1.0;
    let latent = view.latent;
    let of = format!("die {at}");
    let thumb = textures.thumb(ui.ctx(), &of, latent.dice.shown, &face.picture);
    let label = format!("Design {}", at + 1);
    let shown = widgets::picture(ui, &thumb, Vec2::splat(side), &label, Sense::click());
    if face.noise == latent.request.design.noise {
        widgets::ring(ui, shown.rect, theme::palette(ui).design);
    }
    let told = face
        .landed
        .as_ref()
        .map(|landed| landed.gap_in_a_sentence());
    let shown = widgets::enlarged(shown, &thumb, told.as_deref().unwrap_or_default());
    if shown.clicked() {
        commands.push(Command::Cursor(CursorCommand::Choose(at)));
    }
    let words = face
        .landed
        .as_ref()
        .map_or("", |landed| landed.aim().name());
    let words = RichText::new(words).small().color(theme::palette(ui).weak);
    ui.add_sized([side, WORDS - 2.0], egui::Label::new(words).truncate());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_fill_the_room_that_there_is() {
        let (across, side) = fitting(8, Vec2::new(450.0, 160.0), 8.0);
        assert_eq!(across, 8);
        assert!(side >= 44.0, "{side}");
        let (across, side) = fitting(8, Vec2::new(1100.0, 480.0), 8.0);
        assert_eq!(across, 4, "two lines are larger than one");
        assert!(side > 200.0, "{side}");
        let (across, side) = fitting(8, Vec2::new(120.0, 60.0), 8.0);
        assert_eq!((across, side), (2, 44.0));
    }
}
