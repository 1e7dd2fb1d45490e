//! The path between two shoes: its ends, its film strip, playing it and saving it.

use super::{CursorPanel, CursorView, Tab, card};
use crate::design::route::{Line, MOST_STEPS, Spacing};
use crate::explorer::command::{Command, CursorCommand, Export};
use crate::explorer::ui::cursor_overlay::Textures;
use crate::explorer::ui::thumbnails::Thumbs;
use crate::explorer::ui::{theme, widgets};
use crate::workspace::Item;
use crate::workspace::titles;
use bevy_egui::egui::containers::menu::{MenuButton, MenuConfig};
use bevy_egui::egui::{self, PopupCloseBehavior, ScrollArea, Sense, Ui, Vec2};

/// The tab of the way from one to another.
pub const TAB: Tab = Tab {
    name: "Path",
    count: |_| 0,
    draw: |ui, p| path_ui(ui, p.memory, p.view, p.thumbs, p.textures, p.commands),
};

/// The side of an end's picture, in points.
const END: f32 = 40.0;

/// The whole tab.
pub fn path_ui(
    ui: &mut Ui,
    memory: &mut CursorPanel,
    view: &CursorView<'_>,
    thumbs: &mut Thumbs,
    textures: &mut Textures,
    commands: &mut Vec<Command>,
) {
    ui.horizontal(|ui| {
        ends_ui(ui, view, thumbs, commands);
        add_ui(ui, view, commands);
    });
    let path = &view.latent.path;
    if let Some((done, of)) = path.progress {
        let bar = egui::ProgressBar::new(done as f32 / of.max(1) as f32).desired_height(10.0);
        ui.add(bar).on_hover_text("Pictures of the path");
        return;
    }
    if let Some(error) = &path.error {
        ui.colored_label(theme::palette(ui).error, error);
        return;
    }
    let Some((_, walk)) = &path.made else {
        theme::caption(
            ui,
            "Choose a start and an end: the selected shoe, a photo, this design or one from the shelf",
        );
        return;
    };
    ui.horizontal(|ui| {
        let playing = path.playing.is_some();
        let (sign, meaning) = if playing {
            ("⏸", "Pause (Space)")
        } else {
            ("▶", "Play (Space)")
        };
        if widgets::sign(ui, sign, meaning, true).clicked() {
            commands.push(Command::Cursor(CursorCommand::Play));
        }
        if widgets::sign(ui, "⏹", "Stop and go on from here", path.share.is_some()).clicked() {
            commands.push(Command::Cursor(CursorCommand::Stop));
        }
        let mut share = path.share.unwrap_or(0.0);
        let slider = egui::Slider::new(&mut share, 0.0..=1.0).show_value(false);
        ui.spacing_mut().slider_width = 120.0;
        if ui
            .add(slider)
            .on_hover_text("Scrub along the path")
            .changed()
        {
            commands.push(Command::Cursor(CursorCommand::Scrub(share)));
        }
        options_ui(ui, view, commands);
    });
    let version = path.number;
    let last = walk.steps.len().saturating_sub(1).max(1) as f32;
    let here = path.share.map(|s| (s * last).round() as usize);
    ScrollArea::horizontal()
        .id_salt("film")
        .auto_shrink([false, true])
        .show(ui, |ui| {
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = 3.0;
                let fit = ui.clip_rect().width() / walk.steps.len().max(1) as f32 - 3.0;
                let side = fit.clamp(40.0, 72.0);
                for (i, step) in walk.steps.iter().enumerate() {
                    let texture = textures.get(ui.ctx(), &format!("step {i}"), version, || {
                        Some(step.picture.clone())
                    });
                    let ring = (here == Some(i)).then(|| theme::palette(ui).accent);
                    if card(ui, texture, side, &format!("Step {}", i + 1), ring).clicked() {
                        commands.push(Command::Cursor(CursorCommand::Scrub(i as f32 / last)));
                    }
                }
            });
        });
    ui.horizontal(|ui| {
        theme::caption(
            ui,
            format!("largest step {:.2} × the mean", walk.unevenness()),
        );
        export_ui(ui, memory, commands);
    });
}

fn ends_ui(ui: &mut Ui, view: &CursorView<'_>, thumbs: &mut Thumbs, commands: &mut Vec<Command>) {
    for (i, end) in view.latent.request.ends.iter().enumerate() {
        if i > 0 {
            ui.label("›");
        }
        let name = titles::name_of(view.table, end);
        let thumb = thumbs.item(ui.ctx(), end);
        let shown = widgets::picture(ui, &thumb, Vec2::splat(END), &name, Sense::click());
        if matches!(end, Item::Design(_)) {
            widgets::ring(ui, shown.rect, theme::palette(ui).design);
        }
        if shown
            .on_hover_text(format!("{name}: click to take it off the path"))
            .clicked()
        {
            commands.push(Command::Cursor(CursorCommand::DropEnd(i)));
        }
    }
}

/// What can be put on the path now.
fn add_ui(ui: &mut Ui, view: &CursorView<'_>, commands: &mut Vec<Command>) {
    let latent = view.latent;
    let ends = &latent.request.ends;
    let selected = view.selection.current.clone();
    let design = (latent.position()).and_then(|_| latent.design_item("This design"));
    let what = match ends.len() {
        0 => "Start",
        1 => "End",
        _ => "Add",
    };
    ui.menu_button(format!("{what}…"), |ui| {
        let offers = [("the selected shoe", selected), ("this design", design)];
        for (name, end) in offers {
            let Some(end) = end else { continue };
            if ends.len() < 2 {
                if ui.button(format!("{what} with {name}")).clicked() {
                    let index = if ends.is_empty() { 0 } else { usize::MAX };
                    commands.push(Command::Cursor(CursorCommand::SetEnd(index, end)));
                    ui.close();
                }
                continue;
            }
            for (index, text) in [(0, "Start with"), (usize::MAX, "End with")] {
                if ui.button(format!("{text} {name}")).clicked() {
                    commands.push(Command::Cursor(CursorCommand::SetEnd(index, end.clone())));
                    ui.close();
                }
            }
            if ui.button(format!("Go through {name}")).clicked() {
                commands.push(Command::Cursor(CursorCommand::AddBetween(end)));
                ui.close();
            }
        }
        if view.selection.current.is_none() && latent.position().is_none() {
            ui.label("Select a shoe first");
        }
    });
}

fn options_ui(ui: &mut Ui, view: &CursorView<'_>, commands: &mut Vec<Command>) {
    let request = &view.latent.request;
    let (mut steps, mut line, mut spacing) = (request.steps, request.line, request.spacing);
    let field = egui::DragValue::new(&mut steps)
        .range(2..=MOST_STEPS.min(64))
        .suffix(" steps");
    ui.add(field.update_while_editing(false));
    let lines = [(Line::Spherical, "Arc"), (Line::Linear, "Straight")];
    choice(ui, "line", &mut line, &lines);
    let spacings = [
        (Spacing::Pictures, "Even pictures"),
        (Spacing::Coordinates, "Even codes"),
    ];
    choice(ui, "spacing", &mut spacing, &spacings);
    if (steps, line, spacing) != (request.steps, request.line, request.spacing) {
        commands.push(Command::Cursor(CursorCommand::PathOptions {
            steps,
            line,
            spacing,
        }));
    }
}

fn choice<T: Copy + PartialEq>(ui: &mut Ui, id: &str, now: &mut T, all: &[(T, &str)]) {
    let name = all
        .iter()
        .find(|(value, _)| value == now)
        .map_or("", |(_, name)| name);
    egui::ComboBox::from_id_salt(id)
        .selected_text(name)
        .width(96.0)
        .show_ui(ui, |ui| {
            for (value, name) in all {
                ui.selectable_value(now, *value, *name);
            }
        });
}

fn export_ui(ui: &mut Ui, memory: &mut CursorPanel, commands: &mut Vec<Command>) {
    if memory.export_path.is_empty() {
        let folder = crate::paths::user_data_dir().unwrap_or_default();
        memory.export_path = folder.join("path").display().to_string();
    }
    // A click into the field must not close the menu around it.
    let stays = MenuConfig::new().close_behavior(PopupCloseBehavior::CloseOnClickOutside);
    let menu = MenuButton::new("Save the path…").config(stays);
    menu.ui(ui, |ui| {
        ui.label("To");
        ui.add(egui::TextEdit::singleline(&mut memory.export_path).desired_width(260.0));
        for kind in [Export::Strip, Export::Gif, Export::Apng, Export::Frames] {
            if ui.button(kind.name().0).clicked() {
                let path = std::path::PathBuf::from(memory.export_path.trim());
                commands.push(Command::Cursor(CursorCommand::Export(kind, path)));
                ui.close();
            }
        }
    });
}
