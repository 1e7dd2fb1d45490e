//! The latent cursor's second tab: other designs at the same place.

use super::CursorView;
use super::Tab;
use crate::explorer::command::{Command, CursorCommand};
use crate::explorer::ui::cursor_overlay::Textures;
use crate::explorer::ui::thumbnails::Thumb;
use crate::explorer::ui::{theme, widgets};
use bevy_egui::egui::{self, Sense, Ui, Vec2};

/// The tab of other designs at the same place.
pub const TAB: Tab = Tab {
    name: "Variations",
    count: |_| 0,
    draw: |ui, p| variations_ui(ui, p.view, p.textures, p.commands),
};

/// Other designs at the same place.
pub(super) fn variations_ui(
    ui: &mut Ui,
    view: &CursorView<'_>,
    textures: &mut Textures,
    commands: &mut Vec<Command>,
) {
    let latent = view.latent;
    let placed = latent.position().is_some();
    ui.horizontal(|ui| {
        let dice = ui.add_enabled(placed, egui::Button::new("🎲 Throw the dice"));
        if dice.on_hover_text("Eight other designs at the same place").clicked() {
            commands.push(Command::Cursor(CursorCommand::Dice));
        }
        let mut truncation = latent.request.design.truncation;
        ui.label("Strength");
        let slider = egui::Slider::new(&mut truncation, 0.0..=1.5).fixed_decimals(2);
        if ui
            .add_enabled(placed, slider)
            .on_hover_text("0: the most typical design of the place; 1: as varied as the generator was trained")
            .changed()
        {
            commands.push(Command::Cursor(CursorCommand::Truncation(truncation)));
        }
        let mut locked = latent.request.locked;
        let words = if locked { "🔒 Locked" } else { "🔓 Unlocked" };
        if ui
            .toggle_value(&mut locked, words)
            .on_hover_text("Locked: the same noise wherever the cursor is put. Unlocked: new noise at each new place")
            .changed()
        {
            commands.push(Command::Cursor(CursorCommand::Lock(locked)));
        }
    });
    if latent.dice.faces.is_empty() {
        theme::caption(
            ui,
            "The noise decides which of the shoes that could be here it is",
        );
        return;
    }
    let faces = &latent.dice.faces;
    let gap = ui.spacing().item_spacing.x;
    let side = ((ui.available_width() - gap * faces.len() as f32) / faces.len() as f32)
        .min(ui.available_height() - 4.0)
        .clamp(36.0, 120.0);
    ui.horizontal(|ui| {
        for (i, (noise, picture)) in faces.iter().enumerate() {
            let texture = textures.get(ui.ctx(), &format!("die {i}"), latent.dice.number, || {
                Some(picture.clone())
            });
            let Some((id, size)) = texture else { continue };
            let label = format!("Design {}", i + 1);
            let thumb = Thumb::Ready(id, size);
            let shown = widgets::picture(ui, &thumb, Vec2::splat(side), &label, Sense::click());
            if *noise == latent.request.design.noise {
                widgets::ring(ui, shown.rect, theme::palette(ui).design);
            }
            if shown.clicked() {
                commands.push(Command::Cursor(CursorCommand::Choose(i)));
            }
        }
    });
}
