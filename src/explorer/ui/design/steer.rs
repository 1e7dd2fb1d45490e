//! Steering a design: components beyond the three axes, named directions.

use super::nearest::reads_ui;
use super::{CursorPanel, CursorView, Tab};
use crate::catalog::{Column, SPLIT_COLUMN, Table};
use crate::explorer::command::{Command, CursorCommand};
use crate::explorer::cursor::engine::SLIDERS;
use crate::explorer::ui::thumbnails::Thumbs;
use crate::explorer::ui::{spoken, theme, widgets};
use crate::workspace::titles;
use bevy_egui::egui::{self, RichText, Sense, Ui, Vec2};
use std::sync::Arc;

/// The tab of components and named directions.
pub const TAB: Tab = Tab {
    name: "Steer",
    count: |_| 0,
    draw: |ui, p| steer_ui(ui, p.memory, p.view, p.thumbs, p.commands),
};

/// The side of the pictures at the ends of a slider, in points: the least, and the most that a large panel gives.
const END: [f32; 2] = [30.0, 84.0];
/// How far a slider goes, in standard deviations.
const REACH: f32 = 3.0;
/// The width of a column of sliders, in points: the least, and the most that a large panel gives.
const COLUMN: [f32; 2] = [166.0, 380.0];
/// Words of a column that are offered.
const WORDS: usize = 60;

/// The whole tab.
pub fn steer_ui(
    ui: &mut Ui,
    memory: &mut CursorPanel,
    view: &CursorView<'_>,
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    let placed = view.latent.position().is_some();
    if let (true, Some(table), Some((_, landing))) =
        (placed, view.table, &view.latent.newest.reembedding)
    {
        reads_ui(ui, view, table, landing);
    }
    ui.add_enabled_ui(placed, |ui| {
        let half = SLIDERS / 2;
        let room = ui.available_width();
        // Where they do not stand side by side, what is named comes first.
        let is_wide = room >= 3.0 * COLUMN[0];
        let width = (0.3 * room).clamp(COLUMN[0], COLUMN[1]);
        let lines = half as f32;
        let end = ((ui.available_height() - 40.0) / lines - 8.0).clamp(END[0], END[1]);
        if !is_wide {
            column(ui, room, |ui| named_ui(ui, memory, view, commands));
        }
        ui.horizontal_top(|ui| {
            if is_wide {
                let named = room - 2.0 * width;
                column(ui, named, |ui| named_ui(ui, memory, view, commands));
            }
            for which in [0..half, half..SLIDERS] {
                let width = width - ui.spacing().item_spacing.x;
                column(ui, width, |ui| {
                    components_ui(ui, view, which, end, thumbs, commands);
                });
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
    let Some(table) = view.table else { return };
    learn_ui(ui, memory, table, view.latent.directions.learning, commands);
    for (i, direction) in view.latent.directions.known.iter().enumerate() {
        let set = &view.latent.request.design.directions;
        let now = set
            .iter()
            .find(|(d, _)| Arc::ptr_eq(d, direction))
            .map_or(0.0, |(_, by)| *by);
        let mut by = now;
        let told = format!(
            "Learned from {}: {} on {} shoes that it had not seen",
            titles::column_label(&direction.column),
            direction.judged,
            direction.judges
        );
        let is_weak = direction.is_weak();
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            theme::caption(ui, direction.name()).on_hover_text(&told);
            if is_weak {
                let weak = RichText::new("weak")
                    .small()
                    .color(theme::palette(ui).warning);
                ui.label(weak)
                    .on_hover_text(format!("It may lead elsewhere. {told}"));
            }
        });
        ui.spacing_mut().slider_width = (ui.available_width() - 64.0).clamp(60.0, 160.0);
        let slider = widgets::slider(ui, &direction.name(), &mut by, -REACH..=REACH, 1);
        if slider.on_hover_text(told).changed() {
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
        let columns_shown = egui::ComboBox::from_id_salt("direction column")
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
                        if column.is_measured() {
                            commands.push(Command::Cursor(CursorCommand::Learn(
                                column.name.clone(),
                                None,
                            )));
                        }
                    }
                }
            });
        spoken::named(&columns_shown.response, "Steer towards");
        let Some(column) = name.and_then(|name| columns.iter().find(|c| c.name == name)) else {
            return;
        };
        if column.is_measured() {
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
            let words_shown = egui::ComboBox::from_id_salt("direction word")
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
            spoken::named(&words_shown.response, &titles::column_label(&column.name));
        }
        if learning {
            ui.spinner();
        }
    });
}

fn components_ui(
    ui: &mut Ui,
    view: &CursorView<'_>,
    which: std::ops::Range<usize>,
    end: f32,
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    ui.horizontal(|ui| {
        if which.start == 0 {
            ui.label("Beyond the axes");
            return;
        }
        let design = &view.latent.request.design;
        let moved = design.components.iter().any(|&x| x != 0.0) || !design.directions.is_empty();
        if ui
            .add_enabled(moved, egui::Button::new("Reset"))
            .on_hover_text("All sliders back to rest")
            .clicked()
        {
            commands.push(Command::Cursor(CursorCommand::Rest));
        }
    });
    let pictures = 2.0 * (end + 4.0);
    ui.spacing_mut().slider_width = (ui.available_width() - pictures).clamp(40.0, 240.0);
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
        let told = format!(
            "Component {}: {:.1} % of the whole variance; now {by:+.1} standard deviations",
            i + 4,
            100.0 * share
        );
        let ends = view.latent.ends.get(i).copied().flatten();
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            end_ui(ui, view, ends.map(|ends| ends[0]), end, thumbs);
            let slider = egui::Slider::new(&mut by, -REACH..=REACH).show_value(false);
            let shown = ui.add(slider);
            shown.widget_info(|| {
                let name = format!("Component {}", i + 4);
                egui::WidgetInfo::slider(true, f64::from(by), name)
            });
            if shown.on_hover_text(told).changed() {
                commands.push(Command::Cursor(CursorCommand::Component(i, by)));
            }
            end_ui(ui, view, ends.map(|ends| ends[1]), end, thumbs);
        });
    }
}

/// A shoe at an end of a component.
fn end_ui(ui: &mut Ui, view: &CursorView<'_>, row: Option<usize>, side: f32, thumbs: &mut Thumbs) {
    // For a moment they may be those of the catalogue before.
    let row = row.filter(|&row| view.table.is_some_and(|table| row < table.len()));
    let (Some(row), Some(table)) = (row, view.table) else {
        ui.add_space(side);
        return;
    };
    let name = titles::title(table, row);
    let thumb = thumbs.get(row);
    let shown = widgets::picture(ui, &thumb, Vec2::splat(side), &name, Sense::hover());
    widgets::enlarged(shown, &thumb, &name);
}
