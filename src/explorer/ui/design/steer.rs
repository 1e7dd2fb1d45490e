//! Steering a design: components beyond the three axes, named directions, another shoe's colour.

use super::{CursorPanel, CursorView, Tab};
use crate::catalog::{Column, SPLIT_COLUMN, Table};
use crate::explorer::command::{Command, CursorCommand};
use crate::explorer::ui::theme;
use crate::workspace::titles;
use bevy_egui::egui::{self, Ui};
use std::sync::Arc;

/// The tab of components, named directions, and the colour of another.
pub const TAB: Tab = Tab {
    name: "Steer",
    count: |_| 0,
    draw: |ui, p| steer_ui(ui, p.memory, p.view, p.commands),
};

/// Components that have a slider.
const COMPONENTS: usize = 6;
/// How far a slider goes, in standard deviations.
const REACH: f32 = 3.0;
/// The width of a column of sliders, in points.
const COLUMN: f32 = 136.0;
/// Words of a column that are offered.
const WORDS: usize = 60;

/// The whole tab.
pub fn steer_ui(
    ui: &mut Ui,
    memory: &mut CursorPanel,
    view: &CursorView<'_>,
    commands: &mut Vec<Command>,
) {
    let placed = view.latent.position().is_some();
    ui.add_enabled_ui(placed, |ui| {
        let half = COMPONENTS / 2;
        let named = (ui.available_width() - 2.0 * COLUMN).max(COLUMN);
        ui.horizontal_top(|ui| {
            column(ui, named, |ui| named_ui(ui, memory, view, commands));
            for which in [0..half, half..COMPONENTS] {
                let width = COLUMN - ui.spacing().item_spacing.x;
                column(ui, width, |ui| components_ui(ui, view, which, commands));
            }
        });
    });
}

fn column(ui: &mut Ui, width: f32, add: impl FnOnce(&mut Ui)) {
    ui.vertical(|ui| {
        ui.set_width(width);
        add(ui);
    });
}

fn named_ui(
    ui: &mut Ui,
    memory: &mut CursorPanel,
    view: &CursorView<'_>,
    commands: &mut Vec<Command>,
) {
    colour_ui(ui, view, commands);
    let Some(table) = view.table else { return };
    learn_ui(ui, memory, table, view.latent.directions.learning, commands);
    for (i, direction) in view.latent.directions.known.iter().enumerate() {
        let set = &view.latent.request.design.directions;
        let now = set
            .iter()
            .find(|(d, _)| Arc::ptr_eq(d, direction))
            .map_or(0.0, |(_, by)| *by);
        let mut by = now;
        let slider = egui::Slider::new(&mut by, -REACH..=REACH).fixed_decimals(1);
        let told = format!(
            "Learned from {}: {} on {} shoes that it had not seen",
            titles::column_label(&direction.column),
            direction.judged,
            direction.judges
        );
        let words = format!("{}: {}", direction.name(), direction.judged);
        theme::caption(ui, words).on_hover_text(&told);
        ui.spacing_mut().slider_width = (ui.available_width() - 64.0).clamp(60.0, 160.0);
        if ui.add(slider).on_hover_text(told).changed() {
            commands.push(Command::Cursor(CursorCommand::Steer(i, by)));
        }
    }
}

/// Which column, which word, and the button that learns.
fn learn_ui(
    ui: &mut Ui,
    memory: &mut CursorPanel,
    table: &dyn Table,
    learning: bool,
    commands: &mut Vec<Command>,
) {
    let told: Vec<&Column> = table
        .columns()
        .iter()
        .filter(|c| c.name != SPLIT_COLUMN)
        .collect();
    let columns = told.as_slice();
    if columns.is_empty() {
        theme::caption(ui, "The catalogue has no metadata to learn directions from");
        return;
    }
    ui.horizontal(|ui| {
        let name = memory
            .column
            .clone()
            .filter(|name| columns.iter().any(|c| c.name == *name));
        let shown = name
            .as_deref()
            .map_or("Towards…".to_owned(), titles::column_label);
        egui::ComboBox::from_id_salt("direction column")
            .selected_text(shown)
            .width(78.0)
            .show_ui(ui, |ui| {
                for column in columns {
                    let chosen = name.as_deref() == Some(column.name.as_str());
                    if ui
                        .selectable_label(chosen, titles::column_label(&column.name))
                        .clicked()
                    {
                        memory.column = Some(column.name.clone());
                        memory.value = None;
                        if column.is_numeric() {
                            commands.push(Command::Cursor(CursorCommand::Learn(
                                column.name.clone(),
                                None,
                            )));
                        }
                    }
                }
            });
        let Some(column) = name.and_then(|name| columns.iter().find(|c| c.name == name)) else {
            return;
        };
        if column.is_numeric() {
            if ui
                .add_enabled(!learning, egui::Button::new("More of it"))
                .clicked()
            {
                commands.push(Command::Cursor(CursorCommand::Learn(
                    column.name.clone(),
                    None,
                )));
            }
        } else {
            let shown = memory.value.clone().unwrap_or_else(|| "which?".to_owned());
            egui::ComboBox::from_id_salt("direction word")
                .selected_text(shown)
                .width(110.0)
                .show_ui(ui, |ui| {
                    for (word, count) in column.categories().into_iter().take(WORDS) {
                        let chosen = memory.value.as_ref() == Some(&word);
                        let label = format!("{word} ({})", theme::count(count));
                        if ui.selectable_label(chosen, label).clicked() {
                            memory.value = Some(word.clone());
                            commands.push(Command::Cursor(CursorCommand::Learn(
                                column.name.clone(),
                                Some(word),
                            )));
                        }
                    }
                });
        }
        if learning {
            ui.spinner();
        }
    });
}

/// Whose colour the design wears.
fn colour_ui(ui: &mut Ui, view: &CursorView<'_>, commands: &mut Vec<Command>) {
    if view.grey {
        return;
    }
    let name = match &view.latent.request.design.colour_of {
        None => "its own place".to_owned(),
        Some(item) => titles::name_of(view.table, item),
    };
    theme::caption(ui, format!("Colour of {name}"));
    if view.latent.request.design.colour_of.is_some() {
        if ui.button("Its own colour").clicked() {
            commands.push(Command::Cursor(CursorCommand::ColourOf(None)));
        }
    } else if let Some(selected) = &view.selection.current {
        let button = ui.button("Colour of the selected");
        if button
            .on_hover_text("Structure from here, colour from the selected shoe")
            .clicked()
        {
            commands.push(Command::Cursor(CursorCommand::ColourOf(Some(
                selected.clone(),
            ))));
        }
    }
}

fn components_ui(
    ui: &mut Ui,
    view: &CursorView<'_>,
    which: std::ops::Range<usize>,
    commands: &mut Vec<Command>,
) {
    ui.horizontal(|ui| {
        if which.start == 0 {
            ui.label("Beyond the axes");
            return;
        }
        let design = &view.latent.request.design;
        let moved = design.components.iter().any(|&x| x != 0.0)
            || !design.directions.is_empty()
            || design.colour_of.is_some();
        if ui
            .add_enabled(moved, egui::Button::new("All to rest"))
            .clicked()
        {
            commands.push(Command::Cursor(CursorCommand::Rest));
        }
    });
    ui.spacing_mut().slider_width = 58.0;
    for i in which {
        let mut by = view
            .latent
            .request
            .design
            .components
            .get(i)
            .copied()
            .unwrap_or(0.0);
        let share = view
            .latent
            .studio
            .as_ref()
            .and_then(|s| s.space().variance_shares().get(i + 3).copied())
            .unwrap_or(0.0);
        let slider = egui::Slider::new(&mut by, -REACH..=REACH)
            .fixed_decimals(1)
            .text(format!("{}", i + 4));
        let told = format!(
            "Component {}: {:.1} % of the whole variance",
            i + 4,
            100.0 * share
        );
        if ui.add(slider).on_hover_text(told).changed() {
            commands.push(Command::Cursor(CursorCommand::Component(i, by)));
        }
    }
}
