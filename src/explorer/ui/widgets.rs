//! Small things that several panels draw: a picture on its card, a bar, a row of name and value.

use super::thumbnails::{Thumb, Thumbs};
use super::{spoken, theme};
use crate::catalog::Table;
use crate::explorer::state::Selection;
use crate::workspace::{Item, titles};
use bevy_egui::egui::{
    self, Align2, Color32, CornerRadius, DragValue, FontId, Rect, Response, RichText, Sense,
    Slider, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, WidgetType, emath::Numeric,
};
use std::ops::RangeInclusive;

/// A picture on a white card of `size`, contained and never stretched. `label` is what it is called for
/// those who do not see it (and for tests).
pub fn picture(ui: &mut Ui, thumb: &Thumb, size: Vec2, label: &str, sense: Sense) -> Response {
    let (rect, response) = ui.allocate_exact_size(size, sense);
    let kind = if sense.senses_click() {
        WidgetType::Button
    } else {
        WidgetType::Image
    };
    response.widget_info(|| WidgetInfo::labeled(kind, true, label));
    if ui.is_rect_visible(rect) {
        paint_picture(ui, thumb, rect, response.hovered() && sense.senses_click());
    }
    response
}

/// Where on its card a picture is, if that is as high as wide.
pub fn picture_place(card: Rect) -> Rect {
    card.shrink(3.0)
}

/// Paints what [`picture`] shows.
pub fn paint_picture(ui: &Ui, thumb: &Thumb, rect: Rect, hovered: bool) {
    let painter = ui.painter();
    let round = CornerRadius::same(theme::ROUND);
    match thumb {
        Thumb::Ready(texture, sides) => {
            painter.rect_filled(rect, round, Color32::WHITE);
            let inner = picture_place(rect);
            let scale = (inner.width() / sides.x.max(1.0)).min(inner.height() / sides.y.max(1.0));
            let place = Rect::from_center_size(rect.center(), *sides * scale);
            let all = Rect::from_min_max(egui::pos2(0.0, 0.0), egui::pos2(1.0, 1.0));
            painter.image(*texture, place, all, Color32::WHITE);
        }
        Thumb::Coming => {
            painter.rect_filled(rect, round, ui.visuals().faint_bg_color);
        }
        Thumb::Failed(_) => {
            painter.rect_filled(rect, round, ui.visuals().faint_bg_color);
            let font = FontId::proportional(11.5);
            painter.text(
                rect.center(),
                Align2::CENTER_CENTER,
                "No picture",
                font,
                ui.visuals().weak_text_color(),
            );
        }
    }
    let stroke = if hovered {
        Stroke::new(2.0, theme::palette(ui).accent)
    } else {
        Stroke::new(1.0, theme::palette(ui).line)
    };
    painter.rect_stroke(rect, round, stroke, StrokeKind::Inside);
}

/// What is dragged from a card to a slot.
#[derive(Debug, Clone, PartialEq)]
pub enum Carried {
    /// A shoe, a photo or a design.
    Item(Item),
    /// A saved design, by its file.
    Saved(std::path::PathBuf),
}

/// Lets what a picture shows be dragged to a slot.
pub fn carries(response: &Response, carried: impl FnOnce() -> Carried) {
    if response.drag_started() {
        response.dnd_set_drag_payload(carried());
    }
}

/// What was let go of over this, if it can be taken.
pub fn dropped(response: &Response) -> Option<Carried> {
    response
        .dnd_release_payload::<Carried>()
        .map(|carried| Carried::clone(&carried))
}

/// The side of a picture that is enlarged on hover, in points.
const ENLARGED: f32 = 240.0;

/// On hover the picture is seen large, with a few words.
pub fn enlarged(response: Response, thumb: &Thumb, words: &str) -> Response {
    let Thumb::Ready(..) = thumb else {
        return response.on_hover_text(words);
    };
    response.on_hover_ui(|ui| {
        ui.set_max_width(ENLARGED);
        let (rect, _) = ui.allocate_exact_size(Vec2::splat(ENLARGED), Sense::hover());
        paint_picture(ui, thumb, rect, false);
        if !words.is_empty() {
            ui.label(words);
        }
    })
}

/// Lays `count` things of one `width`, in points, out in lines from left to right.
pub fn in_lines(ui: &mut Ui, count: usize, width: f32, mut each: impl FnMut(&mut Ui, usize)) {
    let gap = ui.spacing().item_spacing.x;
    let across = ((ui.available_width() + gap) / (width + gap)).max(1.0) as usize;
    for line in (0..count).step_by(across) {
        ui.horizontal_top(|ui| {
            for at in line..count.min(line + across) {
                ui.vertical(|ui| {
                    ui.set_width(width);
                    each(ui, at);
                });
            }
        });
    }
}

/// The picture of a row of the catalogue.
pub fn shoe_picture(
    ui: &mut Ui,
    thumbs: &mut Thumbs,
    row: usize,
    size: Vec2,
    label: &str,
    sense: Sense,
) -> Response {
    let thumb = thumbs.get(row);
    let response = picture(ui, &thumb, size, label, sense);
    match thumb {
        Thumb::Failed(why) => response.on_hover_text(why),
        _ => response,
    }
}

/// The height of a line of a card's title.
pub const TITLE_LINE: f32 = 15.0;

/// Lines that titles on cards get: names are long, and begin alike.
pub fn title_lines(table: &dyn Table) -> usize {
    if titles::has_names(table) { 2 } else { 1 }
}

/// The title below a card's picture, in as many lines; what is left is cut.
pub fn title(ui: &mut Ui, title: String, lines: usize) {
    let font = egui::TextStyle::Small.resolve(ui.style());
    let (colour, width) = (theme::palette(ui).text, ui.available_width());
    let mut job = egui::text::LayoutJob::simple(title, font, colour, width);
    job.wrap.max_rows = lines;
    job.wrap.break_anywhere = lines == 1;
    ui.add(egui::Label::new(job).wrap());
}

/// A ring around a card in the colour of a like or dislike.
pub fn ring(ui: &Ui, rect: Rect, colour: Color32) {
    ui.painter().rect_stroke(
        rect,
        CornerRadius::same(theme::ROUND),
        Stroke::new(2.5, colour),
        StrokeKind::Inside,
    );
}

/// A ring around the card of what is liked or disliked, and a tick on that of what is marked.
pub fn judged(ui: &Ui, rect: Rect, selection: &Selection, item: &Item) {
    let palette = theme::palette(ui);
    match selection.rating(item) {
        Some(true) => ring(ui, rect, palette.like),
        Some(false) => ring(ui, rect, palette.dislike),
        None => {}
    }
    if item
        .row()
        .is_some_and(|row| selection.marked.contains(&row))
    {
        let centre = rect.right_top() + Vec2::new(-11.0, 11.0);
        ui.painter().circle_filled(centre, 7.0, palette.accent);
        let font = FontId::proportional(9.0);
        let align = Align2::CENTER_CENTER;
        ui.painter().text(centre, align, "✔", font, Color32::WHITE);
    }
}

/// A name in weak text and its value beside it, both cut where they do not fit.
pub fn field(ui: &mut Ui, name: &str, value: &str) {
    let weak = theme::palette(ui).weak;
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        ui.add(egui::Label::new(RichText::new(name).small().color(weak)).truncate());
        ui.add(
            egui::Label::new(RichText::new(value))
                .truncate()
                .selectable(true),
        )
        .on_hover_text(value);
    });
}

/// A horizontal bar for a signed share of `most`, growing from the left, or from the right end of the
/// negative part where there is one.
pub fn bar(ui: &mut Ui, value: f32, most: f32, width: f32, colour: Color32) {
    let (rect, _) = ui.allocate_exact_size(Vec2::new(width, 8.0), Sense::hover());
    let share = (value.abs() / most.max(1e-6)).clamp(0.0, 1.0);
    ui.painter()
        .rect_filled(rect, CornerRadius::same(2), ui.visuals().extreme_bg_color);
    let mut filled = rect;
    filled.set_width((rect.width() * share).max(1.0));
    let colour = if value < 0.0 {
        theme::palette(ui).dislike
    } else {
        colour
    };
    ui.painter()
        .rect_filled(filled, CornerRadius::same(2), colour);
}

/// A button that is only a sign, with its meaning (and key) as a hint and for those who do not see it.
pub fn sign(ui: &mut Ui, sign: &str, meaning: &str, enabled: bool) -> Response {
    let button = egui::Button::new(RichText::new(sign).size(15.0)).min_size(Vec2::new(28.0, 24.0));
    let response = ui.add_enabled(enabled, button);
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Button, enabled, meaning));
    response
        .on_hover_text(meaning)
        .on_disabled_hover_text(meaning)
}

/// A slider with its number beside it, both called `name` for those who do not see it. What cannot be 0 slides by
/// ratios.
pub fn slider<N: Numeric>(
    ui: &mut Ui,
    name: &str,
    value: &mut N,
    range: RangeInclusive<N>,
    decimals: usize,
) -> Response {
    let (low, high) = (range.start().to_f64(), range.end().to_f64());
    ui.horizontal(|ui| {
        let bar = Slider::new(value, range.clone()).logarithmic(!N::INTEGRAL && low > 0.0);
        let bar = ui.add(bar.show_value(false));
        let number = DragValue::new(value).range(range).fixed_decimals(decimals);
        let number = ui.add(number.speed((high - low) / 200.0));
        spoken::named(&bar, name);
        spoken::named(&number, name);
        bar.union(number)
    })
    .inner
}

/// A field for one line of text that is as high as the buttons beside it.
pub fn text_field<'t>(text: &'t mut String, hint: &str, width: f32) -> egui::TextEdit<'t> {
    egui::TextEdit::singleline(text)
        .hint_text(hint)
        .desired_width(width)
        .clip_text(true)
        .margin(egui::Margin::symmetric(6, 4))
}

/// A window in the middle of the screen, over all else.
pub fn centred_window(title: &str) -> egui::Window<'_> {
    egui::Window::new(title)
        .order(egui::Order::Foreground)
        .anchor(Align2::CENTER_CENTER, Vec2::ZERO)
        .collapsible(false)
}

/// A few words in the middle of a panel that has nothing to show yet, and what would fill it.
pub fn nothing_yet(ui: &mut Ui, title: &str, hint: &str) {
    ui.add_space(18.0);
    ui.vertical_centered(|ui| {
        ui.label(RichText::new(title).color(theme::palette(ui).strong));
        ui.add(egui::Label::new(RichText::new(hint).small().color(theme::palette(ui).weak)).wrap());
    });
    ui.add_space(18.0);
}
