//! How likeness is measured: a slider for each block and metadata column, the metric, "only the same …",
//! diversity, duplicates. Changes take effect at once.

use super::Tab;
use crate::embed;
use crate::explorer::ui::{spoken, theme, widgets};
use crate::recommend::{LEARNED, Metric};
use crate::workspace::facets::{FacetModel, Offer};
use crate::workspace::titles;
use crate::workspace::tuning::Tuning;
use bevy_egui::egui::{self, RichText, Ui};

/// The tab of how likeness is measured.
pub const TAB: Tab = Tab {
    name: "Tune",
    sign: "",
    count: |_| 0,
    scrolls_itself: false,
    draw: |ui, p| tuning_ui(ui, p.tuning, p.view.blocks, p.view.model),
};

/// Columns in which two shoes can agree: those with words to choose from.
pub fn matching(model: &FacetModel) -> impl Iterator<Item = &str> {
    model
        .columns
        .iter()
        .filter(|column| {
            matches!(
                &column.offer,
                Offer::Words(_) | Offer::Numbers { whole: true, .. }
            )
        })
        .map(|column| column.name.as_str())
        .filter(|name| *name != crate::catalog::SPLIT_COLUMN)
}

/// The controls. `blocks` are those of the open catalogue.
pub fn tuning_ui(ui: &mut Ui, tuning: &mut Tuning, blocks: &[String], model: &FacetModel) {
    ui.spacing_mut().slider_width = (ui.available_width() - 170.0).max(60.0);
    heading(ui, "What counts as alike");
    egui::Grid::new("weights")
        .num_columns(2)
        .spacing([8.0, 4.0])
        .show(ui, |ui| {
            for name in blocks
                .iter()
                .filter(|name| *name != LEARNED || tuning.learned)
            {
                let mut weight = tuning.weights.blocks.get(name).copied().unwrap_or(0.0);
                if weigh(ui, name, block_hint(name), &mut weight) {
                    tuning.weights.blocks.insert(name.clone(), weight);
                }
                ui.end_row();
            }
        });
    let all_zero = tuning
        .weights
        .blocks
        .values()
        .chain(tuning.weights.columns.values())
        .all(|&w| w <= 0.0);
    if all_zero {
        let colour = theme::palette(ui).warning;
        ui.add(
            egui::Label::new(
                RichText::new("Every weight is 0: raise one, or reset")
                    .small()
                    .color(colour),
            )
            .wrap(),
        );
    }
    if blocks.iter().any(|name| name == LEARNED) {
        ui.checkbox(&mut tuning.learned, "Use what was learned from the labels")
            .on_hover_text("The block that “shoespace learn” added to this catalogue");
    }
    let columns: Vec<&str> = matching(model).collect();
    if !columns.is_empty() {
        heading(ui, "The same in the metadata counts too");
        egui::Grid::new("columns")
            .num_columns(2)
            .spacing([8.0, 4.0])
            .show(ui, |ui| {
                for name in &columns {
                    let mut weight = tuning.weights.columns.get(*name).copied().unwrap_or(0.0);
                    if weigh(
                        ui,
                        name,
                        "How much it counts when both shoes have the same here",
                        &mut weight,
                    ) {
                        tuning.weights.columns.insert((*name).to_owned(), weight);
                    }
                    ui.end_row();
                }
            });
    }
    heading(ui, "The list");
    egui::Grid::new("list")
        .num_columns(2)
        .spacing([8.0, 4.0])
        .show(ui, |ui| {
            ui.label("Diversity")
                .on_hover_text("0: the nearest shoes; 1: shoes unlike each other");
            widgets::slider(ui, "Diversity", &mut tuning.diversity, 0.0..=1.0, 2);
            ui.end_row();
            ui.label("How many");
            widgets::slider(ui, "How many", &mut tuning.count, 4..=96, 0);
            ui.end_row();
            ui.label("Compare by");
            let metrics = egui::ComboBox::from_id_salt("metric")
                .selected_text(metric_name(tuning.weights.metric))
                .show_ui(ui, |ui| {
                    for metric in [Metric::Cosine, Metric::SquaredEuclidean] {
                        ui.selectable_value(
                            &mut tuning.weights.metric,
                            metric,
                            metric_name(metric),
                        );
                    }
                });
            spoken::named(&metrics.response, "Compare by");
            ui.end_row();
        });
    ui.checkbox(&mut tuning.fold, "Show shoes that look the same once");
    ui.add_space(theme::SECTION);
    let plain = Tuning::default();
    if ui
        .add_enabled(
            *tuning != plain,
            egui::Button::new("Reset to the measured defaults"),
        )
        .clicked()
    {
        *tuning = plain;
    }
}

/// The toggles of the original's hard filters: only the same gender, kind, ….
pub fn same_ui(ui: &mut Ui, tuning: &mut Tuning, model: &FacetModel) {
    ui.horizontal_wrapped(|ui| {
        for name in matching(model) {
            let mut on = tuning.same.contains(name);
            let label = titles::column_label(name);
            // Framed at rest too: as bare words nobody takes them for something to press.
            let toggle = egui::Button::selectable(on, label).frame_when_inactive(true);
            if ui.add(toggle).clicked() {
                on = !on;
                if on {
                    tuning.same.insert(name.to_owned());
                } else {
                    tuning.same.remove(name);
                }
            }
        }
    });
}

fn heading(ui: &mut Ui, text: &str) {
    ui.add_space(theme::GAP);
    ui.label(RichText::new(text).color(theme::palette(ui).strong));
}

/// A name and its slider; whether it was moved.
fn weigh(ui: &mut Ui, name: &str, hint: &str, weight: &mut f32) -> bool {
    let label = titles::column_label(name);
    let shown = ui.allocate_ui(egui::Vec2::new(96.0, 18.0), |ui| {
        ui.set_width(96.0);
        ui.add(egui::Label::new(&label).truncate())
    });
    shown.inner.on_hover_text(hint);
    widgets::slider(ui, &label, weight, 0.0..=2.0, 2)
        .on_hover_text(hint)
        .changed()
}

fn block_hint(name: &str) -> &'static str {
    match embed::block(name) {
        Some(block) => block.title,
        None if name == LEARNED => "What the catalogue's own labels say is alike",
        None => "A block of the embedding",
    }
}

fn metric_name(metric: Metric) -> &'static str {
    match metric {
        Metric::Cosine => "Angle (cosine)",
        Metric::SquaredEuclidean => "Squared distance",
    }
}
