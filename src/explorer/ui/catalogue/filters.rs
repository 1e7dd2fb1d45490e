//! Filters a person can click, one section a column.

use super::{CataloguePanel, CatalogueView};
use crate::catalog::fold_case;
use crate::explorer::ui::{theme, widgets};
use crate::workspace::facets::{Bars, Facet, FacetColumn, Offer, number};
use crate::workspace::filter::Wishes;
use crate::workspace::titles;
use bevy_egui::egui::{self, DragValue, RichText, Ui};

/// So many words of a column are listed before "more".
const FEW: usize = 8;
/// A column with more words than this gets a field to find one.
const MANY: usize = 12;

/// All columns that offer anything.
pub fn filters_ui(
    ui: &mut Ui,
    panel: &mut CataloguePanel,
    view: &CatalogueView<'_>,
    wishes: &mut Wishes,
) {
    let mut any = false;
    // Columns with few words first: they say most in the least room.
    let mut columns: Vec<&FacetColumn> = view
        .model
        .columns
        .iter()
        .filter(|c| c.is_listed())
        .collect();
    columns.sort_by_key(|column| match &column.offer {
        Offer::Words(_) if column.name == crate::catalog::SPLIT_COLUMN => 2,
        Offer::Words(_) => 0,
        Offer::Numbers { .. } => 1,
        _ => 3,
    });
    for (place, column) in columns.iter().enumerate() {
        any = true;
        column_ui(ui, panel, view, wishes, column, place == 0);
    }
    if !any {
        theme::caption_wrapped(
            ui,
            "This catalogue has no metadata to filter by. Index your photos with a table (FILE.csv) beside them to add some",
        );
    }
}

fn column_ui(
    ui: &mut Ui,
    panel: &mut CataloguePanel,
    view: &CatalogueView<'_>,
    wishes: &mut Wishes,
    column: &FacetColumn,
    open: bool,
) {
    let palette = theme::palette(ui);
    let asked = wishes.facets.0.contains_key(&column.name);
    let mut title = titles::column_label(&column.name);
    if let Some((_, chosen)) = wishes
        .facets
        .describe()
        .into_iter()
        .find(|(name, _)| *name == column.name)
    {
        title = format!("{title}: {chosen}");
    }
    let title = RichText::new(title).color(if asked { palette.accent } else { palette.text });
    ui.style_mut().wrap_mode = Some(egui::TextWrapMode::Truncate);
    egui::CollapsingHeader::new(title)
        .id_salt(&column.name)
        .default_open(open || asked)
        .show(ui, |ui| match &column.offer {
            Offer::Words(offer) => words_ui(ui, panel, view, wishes, column, offer),
            Offer::Numbers { low, high, whole } => {
                let counts = view.found.and_then(|found| found.counts.get(&column.name));
                let bars = Bars::of(*low, *high, *whole);
                histogram_ui(
                    ui,
                    wishes,
                    &column.name,
                    &bars,
                    counts.map_or(&[], Vec::as_slice),
                );
                range_ui(ui, wishes, &column.name, (*low, *high), *whole)
            }
            Offer::TooMany(n) => theme::caption_wrapped(
                ui,
                format!("{} different values: use the search", theme::count(*n)),
            ),
            Offer::Unique | Offer::Nothing => {}
        });
}

fn words_ui(
    ui: &mut Ui,
    panel: &mut CataloguePanel,
    view: &CatalogueView<'_>,
    wishes: &mut Wishes,
    column: &FacetColumn,
    offer: &[String],
) {
    ui.spacing_mut().item_spacing.y = 1.0;
    let narrowed = panel.narrowed.entry(column.name.clone()).or_default();
    if offer.len() > MANY {
        let hint = format!("Find among {}", offer.len());
        let width = ui.available_width();
        ui.add(widgets::text_field(narrowed, &hint, width).id_salt(("narrow", &column.name)));
    }
    let wanted = fold_case(narrowed.trim());
    let counts = view.found.and_then(|found| found.counts.get(&column.name));
    let all_id = ui.id().with("all");
    let mut show_all = ui.data(|data| data.get_temp::<bool>(all_id).unwrap_or(false));
    let count_of = |index: usize| counts.and_then(|counts| counts.get(index)).copied();
    let fitting: Vec<(usize, &String)> = offer
        .iter()
        .enumerate()
        .filter(|(_, word)| wanted.is_empty() || fold_case(word).contains(&wanted))
        .collect();
    let all = show_all || !wanted.is_empty();
    let mut few = if all { fitting.len() } else { FEW };
    let most = counts.and_then(|counts| counts.iter().max()).copied();
    let mut hidden = 0;
    for &(index, word) in &fitting {
        let mut on = wishes.facets.has(&column.name, word);
        let count = count_of(index);
        // What no shoe has with the other filters as they are would bring nothing.
        if !on && (few == 0 || (!all && count == Some(0))) {
            hidden += 1;
            continue;
        }
        few = few.saturating_sub(1);
        let share = |count: usize| count as f32 / most.unwrap_or(0).max(1) as f32;
        if word_ui(ui, word, count, count.map_or(0.0, share), &mut on) {
            wishes.facets.toggle(&column.name, word);
        }
    }
    let text = match (fitting.len(), hidden) {
        (0, _) => {
            theme::caption(ui, "No such value");
            return;
        }
        (_, 1..) => format!("{hidden} more"),
        _ if show_all => "Fewer".to_owned(),
        _ => return,
    };
    if ui.link(RichText::new(text).small()).clicked() {
        show_all = !show_all;
        ui.data_mut(|data| data.insert_temp(all_id, show_all));
    }
}

/// A checkbox with its count at the right edge, on a bar as long as its share of the commonest word's count; whether it
/// was clicked.
fn word_ui(ui: &mut Ui, word: &str, count: Option<usize>, share: f32, on: &mut bool) -> bool {
    let palette = theme::palette(ui);
    let label = if word.is_empty() { "(no value)" } else { word };
    let none = count == Some(0) && !*on;
    let text = RichText::new(label).color(if none { palette.weak } else { palette.text });
    let bar = ui.painter().add(egui::Shape::Noop);
    let line = ui.horizontal(|ui| {
        let count = count.map_or_else(String::new, theme::count);
        let count = egui::WidgetText::from(RichText::new(count).small().color(palette.weak));
        let extend = Some(egui::TextWrapMode::Extend);
        let count = count.into_galley(ui, extend, f32::INFINITY, egui::TextStyle::Small);
        // Aligned where counts are short, and never cut where they are not.
        let right = (count.size().x + ui.spacing().item_spacing.x).max(46.0);
        let width = (ui.available_width() - right).max(30.0);
        let clicked = ui
            .allocate_ui(egui::Vec2::new(width, 20.0), |ui| {
                ui.set_width(width);
                ui.style_mut().wrap_mode = Some(egui::TextWrapMode::Truncate);
                ui.checkbox(on, text).on_hover_text(label).changed()
            })
            .inner;
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.label(count);
        });
        clicked
    });
    let mut place = line.response.rect;
    place.set_width(place.width() * share.clamp(0.0, 1.0));
    let colour = palette.accent.gamma_multiply(if *on { 0.3 } else { 0.13 });
    ui.painter()
        .set(bar, egui::Shape::rect_filled(place, 3.0, colour));
    line.inner
}

/// How high a histogram is, in points.
const HISTOGRAM: f32 = 44.0;

/// How many shoes have which number; a drag over the bars keeps to those numbers, a double click to all.
fn histogram_ui(ui: &mut Ui, wishes: &mut Wishes, column: &str, bars: &Bars, counts: &[usize]) {
    let palette = theme::palette(ui);
    let size = egui::vec2(ui.available_width(), HISTOGRAM);
    let (rect, response) = ui.allocate_exact_size(size, egui::Sense::click_and_drag());
    let name = format!("Histogram of {column}");
    response.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Other, true, &name));
    let width = rect.width() / bars.count as f32;
    let most = counts.iter().copied().max().unwrap_or_default().max(1) as f32;
    let chosen = wishes.facets.range(column);
    let is_within = |bar: usize| {
        let (low, high) = bars.range(bar);
        // A bar of a width is in where its middle is.
        chosen.is_none_or(|(from, to)| (from..=to).contains(&(0.5 * (low + high))))
    };
    let floor = rect.bottom() - 1.0;
    ui.painter()
        .hline(rect.x_range(), floor, egui::Stroke::new(1.0, palette.line));
    for (bar, &count) in counts.iter().enumerate() {
        if count == 0 {
            continue;
        }
        // The root: one of many thousands is still seen.
        let high = ((count as f32 / most).sqrt() * (HISTOGRAM - 4.0)).max(2.0);
        let left = rect.left() + bar as f32 * width;
        let gap = if width > 4.0 { 1.0 } else { 0.0 };
        let place = egui::Rect::from_min_max(
            egui::pos2(left, floor - high),
            egui::pos2(left + width - gap, floor),
        );
        let colour = if is_within(bar) {
            palette.accent
        } else {
            palette.line
        };
        ui.painter().rect_filled(place, 0.0, colour);
    }
    let bar_at = |x: f32| (((x - rect.left()) / width).max(0.0) as usize).min(bars.count - 1);
    let began = ui.id().with((column, "brush"));
    if let Some(at) = response.interact_pointer_pos() {
        let here = bar_at(at.x);
        if response.drag_started() || response.clicked() {
            let origin = ui.input(|input| input.pointer.press_origin());
            ui.data_mut(|data| data.insert_temp(began, origin.map_or(here, |at| bar_at(at.x))));
        }
        if response.dragged() || response.clicked() {
            let from = ui
                .data(|data| data.get_temp::<usize>(began))
                .unwrap_or(here);
            let (low, _) = bars.range(from.min(here));
            let (_, high) = bars.range(from.max(here));
            // All of them are no filter, which would hide those without a number.
            if bars.are_all(low, high) {
                wishes.facets.0.remove(column);
            } else {
                let facet = Facet::Range(low, high);
                wishes.facets.0.insert(column.to_owned(), facet);
            }
        }
    }
    if response.double_clicked() {
        wishes.facets.0.remove(column);
    }
    if let (Some(at), false) = (response.hover_pos(), response.dragged()) {
        let bar = bar_at(at.x);
        let (low, high) = bars.range(bar);
        let numbers = if low == high {
            number(low)
        } else {
            format!("{} to {}", number(low), number(high))
        };
        let shoes = theme::shoes(counts.get(bar).copied().unwrap_or_default());
        response.on_hover_text(format!(
            "{numbers}: {shoes}. Drag to choose, double click for all"
        ));
    }
}

fn range_ui(ui: &mut Ui, wishes: &mut Wishes, column: &str, (low, high): (f64, f64), whole: bool) {
    let (mut from, mut to) = wishes.facets.range(column).unwrap_or((low, high));
    let speed = if whole {
        ((high - low) / 200.0).max(0.05)
    } else {
        (high - low) / 200.0
    };
    let mut changed = false;
    let value = |ui: &mut Ui, value: &mut f64, label: &str| {
        let drag = DragValue::new(value)
            .range(low..=high)
            .speed(speed)
            .custom_formatter(|n, _| number(n));
        let response = ui.add(if whole { drag.fixed_decimals(0) } else { drag });
        response
            .widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::DragValue, true, label));
        response.on_hover_text("Drag, or click to type").changed()
    };
    ui.horizontal(|ui| {
        changed |= value(ui, &mut from, "from");
        ui.label("to");
        changed |= value(ui, &mut to, "to");
        if wishes.facets.range(column).is_some()
            && widgets::sign(ui, "✖", "Any number", true).clicked()
        {
            (from, to) = (low, high);
            changed = true;
        }
    });
    if whole {
        (from, to) = (from.round(), to.round());
    }
    if changed {
        // Whichever end was moved past the other takes it along.
        let (before, _) = wishes.facets.range(column).unwrap_or((low, high));
        if from > to {
            if from == before { from = to } else { to = from }
        }
        if from <= low && to >= high {
            wishes.facets.0.remove(column);
        } else {
            wishes
                .facets
                .0
                .insert(column.to_owned(), Facet::Range(from, to));
        }
    }
}
