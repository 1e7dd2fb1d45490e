//! The shelf of saved designs: each can be placed in the scene, liked, walked to, or used as a question.

use super::{CursorPanel, CursorView, Tab};
use crate::explorer::command::{Command, CursorCommand, Use};
use crate::explorer::ui::design_textures::Textures;
use crate::explorer::ui::thumbnails::Thumb;
use crate::explorer::ui::widgets::Carried;
use crate::explorer::ui::{theme, widgets};
use bevy_egui::egui::{RichText, Sense, Ui, Vec2};

/// The tab of saved designs.
pub const TAB: Tab = Tab {
    name: "Shelf",
    count: |view| view.latent.shelf.saved.len(),
    draw: |ui, p| shelf_ui(ui, p.memory, p.view, p.textures, p.commands),
};

/// The side of a saved design, in points.
const SIDE: f32 = 84.0;

/// The whole tab.
pub fn shelf_ui(
    ui: &mut Ui,
    memory: &mut CursorPanel,
    view: &CursorView<'_>,
    textures: &mut Textures,
    commands: &mut Vec<Command>,
) {
    let shelf = &view.latent.shelf;
    if shelf.saved.is_empty() {
        let hint = match &shelf.folder {
            Some(folder) => format!(
                "Ctrl + S keeps the present design here; the files lie in {}",
                folder.display()
            ),
            None => {
                "The system names no home folder: use Save as… in the head of this panel".to_owned()
            }
        };
        widgets::nothing_yet(ui, "No design is saved yet", &hint);
        return;
    }
    widgets::in_lines(ui, shelf.saved.len(), SIDE, |ui, at| {
        let saved = &shelf.saved[at];
        ui.spacing_mut().item_spacing.y = 1.0;
        let name = format!("saved {}", saved.path.display());
        let texture = textures.get(ui.ctx(), &name, shelf.version, || saved.picture.clone());
        let thumb = texture.map_or(Thumb::Failed("no picture".to_owned()), |(id, size)| {
            Thumb::Ready(id, size)
        });
        let sense = Sense::click_and_drag();
        let shown = widgets::picture(ui, &thumb, Vec2::splat(SIDE), &saved.name, sense);
        if saved.design.is_ok() {
            widgets::carries(&shown, || Carried::Saved(saved.path.clone()));
        }
        let told = match &saved.design {
            Ok(design) => format!(
                "{}\nmade by {} in {}\nClick to go on from it; right-click for more",
                saved.path.display(),
                design.generator.name,
                design.catalogue.name
            ),
            Err(reason) => reason.clone(),
        };
        let ask = |commands: &mut Vec<Command>, purpose: Use| {
            commands.push(Command::Cursor(CursorCommand::Shelf(
                saved.path.clone(),
                purpose,
            )));
        };
        if shown.clicked() && saved.design.is_ok() {
            ask(commands, Use::Place);
        }
        shown.context_menu(|ui| {
            let uses = [
                (Use::Place, "Go on from it"),
                (Use::Ask, "Find real shoes like this"),
                (Use::Like, "Like it"),
                (Use::Start, "Start a path with it"),
                (Use::End, "End a path with it"),
                (Use::Discard, "Take it off the shelf"),
            ];
            for (purpose, words) in uses {
                let can = saved.design.is_ok() || purpose == Use::Discard;
                if ui
                    .add_enabled(can, bevy_egui::egui::Button::new(words))
                    .clicked()
                {
                    ask(commands, purpose);
                    if matches!(purpose, Use::Start | Use::End) {
                        memory.tab = super::path::TAB.name;
                    }
                    ui.close();
                }
            }
        });
        widgets::enlarged(shown, &thumb, &told);
        match &saved.design {
            Ok(_) => theme::caption(ui, saved.name.as_str()),
            Err(_) => ui.label(
                RichText::new("broken")
                    .small()
                    .color(theme::palette(ui).error),
            ),
        };
    });
}
