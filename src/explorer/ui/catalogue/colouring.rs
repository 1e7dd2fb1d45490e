//! What the cloud is coloured by, and its legend.

use super::CatalogueView;
use crate::explorer::ui::{spoken, theme};
use crate::workspace::colouring::{ColourBy, Legend, OTHER, Rgb, viridis};
use crate::workspace::facets::{Offer, number};
use crate::workspace::filter::Wishes;
use crate::workspace::titles;
use bevy_egui::egui::{
    self, Color32, ComboBox, CornerRadius, Pos2, Rect, RichText, Sense, Ui, Vec2,
};

/// Whether it is known how far each shoe's neighbourhood in 3D is to be trusted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum TrustProgress {
    /// Nobody asked yet.
    Unknown,
    /// It is being worked out; the share that is done.
    Working(f32),
    /// It is known; the mean over the catalogue.
    Known(f32),
}

/// The choice and the legend.
pub fn colouring_ui(ui: &mut Ui, view: &CatalogueView<'_>, wishes: &mut Wishes) {
    let name = |by: &ColourBy| match by {
        ColourBy::Nothing => "Photos alone".to_owned(),
        ColourBy::Column(column) => titles::column_label(column),
        ColourBy::Trust => "Trust in the neighbourhood".to_owned(),
        ColourBy::Picked(_) => "What was picked".to_owned(),
    };
    let before = wishes.colour.clone();
    let chosen = ComboBox::from_id_salt("colour by")
        .width(ui.available_width())
        .selected_text(name(&wishes.colour))
        .show_ui(ui, |ui| {
            ui.selectable_value(
                &mut wishes.colour,
                ColourBy::Nothing,
                name(&ColourBy::Nothing),
            );
            ui.selectable_value(&mut wishes.colour, ColourBy::Trust, name(&ColourBy::Trust))
                .on_hover_text(
                    "How many of a shoe's nearest in the whole embedding are near it in 3D too",
                );
            for column in &view.model.columns {
                if matches!(column.offer, Offer::Words(_) | Offer::Numbers { .. }) {
                    let by = ColourBy::Column(column.name.clone());
                    let text = name(&by);
                    ui.selectable_value(&mut wishes.colour, by, text);
                }
            }
        });
    spoken::named(&chosen.response, "Colour by");
    if wishes.colour != before {
        // The old legend would lie about the new colours.
        return;
    }
    if wishes.colour == ColourBy::Trust {
        match view.trust {
            TrustProgress::Unknown => {}
            TrustProgress::Working(share) => {
                ui.add(
                    egui::ProgressBar::new(share)
                        .text(RichText::new("Comparing neighbourhoods").small()),
                );
            }
            TrustProgress::Known(mean) => theme::caption_wrapped(
                ui,
                format!(
                    "Share of a shoe's neighbours that stay neighbours in 3D; {:.0} % on average",
                    mean * 100.0
                ),
            ),
        }
    }
    if let Some(colours) = view.found.and_then(|found| found.colours.as_ref())
        && wishes.colour != ColourBy::Nothing
    {
        legend_ui(ui, &colours.legend, view, wishes);
    }
}

/// How many shoes have a word of the column that is coloured by, with the filters as they are.
fn count_of(view: &CatalogueView<'_>, by: &ColourBy, word: &str) -> Option<usize> {
    let ColourBy::Column(name) = by else {
        return None;
    };
    let Offer::Words(words) = &view.model.column(name)?.offer else {
        return None;
    };
    let at = words.iter().position(|known| known == word)?;
    view.found?.counts.get(name)?.get(at).copied()
}

fn legend_ui(ui: &mut Ui, legend: &Legend, view: &CatalogueView<'_>, wishes: &mut Wishes) {
    match legend {
        Legend::Words { entries, others } => {
            ui.spacing_mut().item_spacing.y = 2.0;
            for (word, colour) in entries {
                let label = if word.is_empty() {
                    "(no value)"
                } else {
                    word.as_str()
                };
                let count = count_of(view, &wishes.colour, word);
                let ColourBy::Column(column) = wishes.colour.clone() else {
                    swatch_ui(ui, *colour, label, None, Solo::No);
                    continue;
                };
                let chosen = wishes.facets.words(&column);
                let alone = chosen.is_some_and(|words| words.len() == 1 && words.contains(word));
                let solo = if alone { Solo::On } else { Solo::Off };
                let hint = match solo {
                    Solo::On => "Click to show the others again",
                    _ => "Click to show these alone",
                };
                let shown = swatch_ui(ui, *colour, label, count, solo);
                if shown.on_hover_text(hint).clicked() {
                    wishes.facets.0.remove(&column);
                    if !alone {
                        wishes.facets.toggle(&column, word);
                    }
                }
            }
            if *others > 0 {
                let count = count_of_others(view, &wishes.colour, entries);
                let label = format!("{others} more values");
                swatch_ui(ui, OTHER, &label, count, Solo::No);
            }
        }
        Legend::Scale { low, high, missing } => {
            let percent = wishes.colour == ColourBy::Trust;
            scale_ui(ui, *low, *high, percent);
            if *missing {
                swatch_ui(ui, OTHER, "(no value)", None, Solo::No);
            }
        }
    }
}

/// How many shoes have none of the words that have a colour, with the filters as they are.
fn count_of_others(
    view: &CatalogueView<'_>,
    by: &ColourBy,
    entries: &[(String, Rgb)],
) -> Option<usize> {
    let ColourBy::Column(name) = by else {
        return None;
    };
    let counts = view.found?.counts.get(name)?;
    let all: usize = counts.iter().sum();
    let told = entries
        .iter()
        .filter_map(|(word, _)| count_of(view, by, word));
    Some(all.saturating_sub(told.sum()))
}

/// Whether a colour can be shown alone, and is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Solo {
    No,
    Off,
    On,
}

fn swatch_ui(
    ui: &mut Ui,
    [r, g, b]: Rgb,
    label: &str,
    count: Option<usize>,
    solo: Solo,
) -> egui::Response {
    let response = ui
        .horizontal(|ui| {
            let (rect, _) = ui.allocate_exact_size(Vec2::splat(12.0), Sense::hover());
            ui.painter()
                .rect_filled(rect, CornerRadius::same(3), Color32::from_rgb(r, g, b));
            let room = if count.is_some() { 52.0 } else { 0.0 };
            let width = (ui.available_width() - room).max(30.0);
            let label = egui::Label::new(RichText::new(label))
                .truncate()
                .sense(Sense::click());
            let shown = ui.allocate_ui(Vec2::new(width, 18.0), |ui| {
                ui.set_width(width);
                ui.add(label)
            });
            if let Some(count) = count {
                let hovered = shown.inner.hovered() || shown.inner.has_focus();
                let words = match solo {
                    Solo::On => "only ✖".to_owned(),
                    Solo::Off if hovered => "only".to_owned(),
                    _ => theme::count(count),
                };
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    theme::caption(ui, words);
                });
            }
            shown.inner
        })
        .inner;
    let named = label.to_owned();
    response.widget_info(move || {
        egui::WidgetInfo::labeled(egui::WidgetType::Button, true, format!("Legend {named}"))
    });
    response
}

fn scale_ui(ui: &mut Ui, low: f64, high: f64, percent: bool) {
    let (rect, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), 12.0), Sense::hover());
    let steps = 48;
    for step in 0..steps {
        let x = |i: usize| rect.left() + rect.width() * i as f32 / steps as f32;
        let [r, g, b] = viridis(step as f32 / (steps - 1) as f32);
        // A touch wider than its share, so that no seam shows between two steps.
        let part = Rect::from_min_max(
            Pos2::new(x(step), rect.top()),
            Pos2::new(x(step + 1) + 0.6, rect.bottom()),
        );
        ui.painter()
            .rect_filled(part.intersect(rect), 0.0, Color32::from_rgb(r, g, b));
    }
    let text = |n: f64| {
        if percent {
            format!("{:.0} %", n * 100.0)
        } else {
            number(n)
        }
    };
    ui.horizontal(|ui| {
        theme::caption(ui, text(low));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            theme::caption(ui, text(high));
        });
    });
}
