//! The path between two shoes: its ends, its film strip, playing it and saving it.

use super::{CursorPanel, CursorView, Tab};
use crate::design::reembedding::Aim;
use crate::design::route::{Line, MOST_STEPS, Spacing};
use crate::explorer::command::{Choose, Command, CursorCommand, Export, Use};
use crate::explorer::ui::design_textures::Textures;
use crate::explorer::ui::path_field::path_field;
use crate::explorer::ui::thumbnails::Thumbs;
use crate::explorer::ui::widgets::Carried;
use crate::explorer::ui::{spoken, theme, widgets};
use crate::explorer::worker::Waker;
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

/// The side of a slot, in points.
const END: f32 = 56.0;

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
        ui.spacing_mut().item_spacing.x = 4.0;
        slots_ui(ui, view, thumbs, commands);
    });
    let path = &view.latent.path;
    if let Some((done, of)) = path.progress {
        let bar = egui::ProgressBar::new(done as f32 / of.max(1) as f32).desired_height(10.0);
        ui.add(bar)
            .on_hover_text("Its ends settle, then its pictures are made");
        return;
    }
    if let Some(error) = &path.error {
        ui.colored_label(theme::palette(ui).error, error);
        return;
    }
    let Some(made) = &path.made else {
        theme::caption(
            ui,
            "Drag shoes or designs to Start and End, or click there; the steps between them are made",
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
        let scrubbed = ui.add(slider);
        spoken::named(&scrubbed, "Along the path");
        if scrubbed.on_hover_text("Scrub along the path").changed() {
            commands.push(Command::Cursor(CursorCommand::Scrub(share)));
        }
        options_ui(ui, view, commands);
    });
    let walk = &made.walk;
    let version = path.number;
    let last = walk.steps.len().saturating_sub(1).max(1) as f32;
    let here = path.share.map(|s| (s * last).round() as usize);
    // What is left above the line below it and the bar that scrolls.
    let high = ui.available_height() - 40.0;
    ScrollArea::horizontal()
        .id_salt("film")
        .auto_shrink([false, true])
        .show(ui, |ui| {
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = 3.0;
                let steps = walk.steps.len().max(1) as f32;
                let side = (ui.clip_rect().width() / steps - 3.0).clamp(40.0, high.max(40.0));
                for (i, step) in walk.steps.iter().enumerate() {
                    let of = format!("step {i}");
                    let thumb = textures.thumb(ui.ctx(), &of, version, &step.picture);
                    let name = format!("Step {}", i + 1);
                    let size = Vec2::splat(side);
                    let shown = widgets::picture(ui, &thumb, size, &name, Sense::click());
                    if here == Some(i) {
                        widgets::ring(ui, shown.rect, theme::palette(ui).accent);
                    }
                    if widgets::enlarged(shown, &thumb, &name).clicked() {
                        commands.push(Command::Cursor(CursorCommand::Scrub(i as f32 / last)));
                    }
                }
            });
        });
    ui.horizontal(|ui| {
        let evenness = format!("largest step {:.1} times the mean one", walk.unevenness());
        match ends_in_words(&made.aims) {
            Some((words, is_off)) => {
                let palette = theme::palette(ui);
                let colour = if is_off { palette.warning } else { palette.weak };
                let shown = ui.label(egui::RichText::new(words).small().color(colour));
                shown.on_hover_text(format!(
                    "How near the designs at the ends are to the shoes that were asked for; what is off the generator cannot make any better. {evenness}"
                ));
            }
            None => {
                theme::caption(ui, evenness);
            }
        }
        export_ui(ui, memory, view.waker, commands);
    });
}

/// How near each end lands that is a shoe or a photo, in words; and whether one of them is off.
fn ends_in_words(aims: &[Option<Aim>]) -> Option<(String, bool)> {
    let last = aims.len().saturating_sub(1);
    let known = (aims.iter().enumerate()).filter_map(|(i, aim)| Some((i, (*aim)?)));
    let words: Vec<String> = known
        .map(|(i, aim)| match i {
            0 => format!("start {}", aim.name()),
            i if i == last => format!("end {}", aim.name()),
            i => format!("stop {i} {}", aim.name()),
        })
        .collect();
    let is_off = aims.contains(&Some(Aim::Off));
    (!words.is_empty()).then(|| (words.join(", "), is_off))
}

/// The slots of start and end with what lies between, each with what can be put in it.
fn slots_ui(ui: &mut Ui, view: &CursorView<'_>, thumbs: &mut Thumbs, commands: &mut Vec<Command>) {
    let ends = &view.latent.request.ends;
    let last = ends.len().saturating_sub(1).max(1);
    slot_ui(ui, view, Slot::Start, thumbs, commands);
    for between in 1..last {
        ui.label("›");
        slot_ui(ui, view, Slot::Between(between), thumbs, commands);
    }
    if ends.len() >= 2 {
        ui.label("›");
        slot_ui(ui, view, Slot::New, thumbs, commands);
    }
    ui.label("›");
    slot_ui(ui, view, Slot::End, thumbs, commands);
}

/// A place of the path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Slot {
    Start,
    /// By its number among the ends.
    Between(usize),
    End,
    /// One more between, before the end.
    New,
}

impl Slot {
    fn name(self) -> &'static str {
        match self {
            Self::Start => "Start",
            Self::Between(_) => "Between",
            Self::End => "End",
            Self::New => "Via",
        }
    }

    /// Its number in a path with so many ends, if something lies in it.
    fn index(self, ends: usize) -> Option<usize> {
        match self {
            Self::Start => (ends > 0).then_some(0),
            Self::Between(at) => (at < ends).then_some(at),
            Self::End => (ends > 1).then(|| ends - 1),
            Self::New => None,
        }
    }

    /// What puts an item in it.
    fn put(self, item: Item) -> CursorCommand {
        match self {
            Self::Start => CursorCommand::SetEnd(0, item),
            Self::Between(at) => CursorCommand::SetEnd(at, item),
            Self::End => CursorCommand::SetEnd(usize::MAX, item),
            Self::New => CursorCommand::AddBetween(item),
        }
    }
}

fn slot_ui(
    ui: &mut Ui,
    view: &CursorView<'_>,
    slot: Slot,
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    let ends = &view.latent.request.ends;
    let at = slot.index(ends.len());
    let held = at.and_then(|at| ends.get(at));
    // An end needs a start before it.
    let is_early = slot == Slot::End && ends.is_empty();
    let size = Vec2::splat(END);
    let shown = match held {
        Some(item) => {
            let thumb = thumbs.item(ui.ctx(), item);
            let name = format!("{}: {}", slot.name(), titles::name_of(view.table, item));
            let shown = widgets::picture(ui, &thumb, size, &name, Sense::click());
            if matches!(item, Item::Design(_)) {
                widgets::ring(ui, shown.rect, theme::palette(ui).design);
            }
            widgets::enlarged(shown, &thumb, &name)
        }
        None => empty_slot(ui, slot, !is_early),
    };
    if let Some(carried) = widgets::dropped(&shown).filter(|_| !is_early) {
        let put = match (carried, slot) {
            (Carried::Item(item), _) => slot.put(item),
            (Carried::Saved(path), Slot::Start) => CursorCommand::Shelf(path, Use::Start),
            (Carried::Saved(path), Slot::End) => CursorCommand::Shelf(path, Use::End),
            (Carried::Saved(path), _) => CursorCommand::Shelf(path, Use::Between),
        };
        if let (CursorCommand::Shelf(..), Slot::Between(at)) = (&put, slot) {
            commands.push(Command::Cursor(CursorCommand::DropEnd(at)));
        }
        commands.push(Command::Cursor(put));
    }
    if is_early {
        shown.on_hover_text("First the start: drag a shoe or a design there, or click it");
        return;
    }
    let close = PopupCloseBehavior::CloseOnClick;
    egui::Popup::menu(&shown)
        .close_behavior(close)
        .show(|ui| offers_ui(ui, view, slot, at, commands));
}

/// A slot with nothing in it, which says what it is for.
fn empty_slot(ui: &mut Ui, slot: Slot, enabled: bool) -> egui::Response {
    let sense = if enabled {
        Sense::click()
    } else {
        Sense::hover()
    };
    let (rect, shown) = ui.allocate_exact_size(Vec2::splat(END), sense);
    shown.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Button, enabled, slot.name()));
    let palette = theme::palette(ui);
    let is_carried = egui::DragAndDrop::has_payload_of_type::<Carried>(ui.ctx());
    let takes = enabled && (shown.contains_pointer() || is_carried);
    let colour = if takes { palette.accent } else { palette.line };
    let corners = [
        rect.left_top(),
        rect.right_top(),
        rect.right_bottom(),
        rect.left_bottom(),
        rect.left_top(),
    ];
    let dashes = egui::Shape::dashed_line(&corners, egui::Stroke::new(1.5, colour), 4.0, 3.0);
    ui.painter().extend(dashes);
    let font = egui::FontId::proportional(11.0);
    let words = if enabled { palette.text } else { palette.weak };
    ui.painter().text(
        rect.center(),
        egui::Align2::CENTER_CENTER,
        slot.name(),
        font,
        words,
    );
    shown
}

/// What can be put in a slot now.
fn offers_ui(
    ui: &mut Ui,
    view: &CursorView<'_>,
    slot: Slot,
    at: Option<usize>,
    commands: &mut Vec<Command>,
) {
    let latent = view.latent;
    let design = (latent.position()).and_then(|_| latent.design_item("This design"));
    let offers = [
        ("The selected shoe", view.selection.current.clone()),
        ("This design", design),
    ];
    for (name, item) in offers {
        if ui
            .add_enabled(item.is_some(), egui::Button::new(name))
            .clicked()
            && let Some(item) = item
        {
            commands.push(Command::Cursor(slot.put(item)));
        }
    }
    let saved = latent
        .shelf
        .saved
        .iter()
        .filter(|saved| saved.design.is_ok());
    let saved: Vec<_> = saved.collect();
    if !saved.is_empty() && matches!(slot, Slot::Start | Slot::End) {
        let purpose = if slot == Slot::Start {
            Use::Start
        } else {
            Use::End
        };
        ui.menu_button("A saved design", |ui| {
            for saved in saved {
                if ui.button(saved.name.as_str()).clicked() {
                    let path = saved.path.clone();
                    commands.push(Command::Cursor(CursorCommand::Shelf(path, purpose)));
                }
            }
        });
    }
    let photo = ui.button("A photo…");
    let hint = "It is placed in the scene and selected; then choose the selected one here";
    if photo.on_hover_text(hint).clicked() {
        commands.push(Command::Choose(Choose::Photo));
    }
    if let Some(at) = at
        && ui.button("Take it off").clicked()
    {
        commands.push(Command::Cursor(CursorCommand::DropEnd(at)));
    }
}

fn options_ui(ui: &mut Ui, view: &CursorView<'_>, commands: &mut Vec<Command>) {
    let request = &view.latent.request;
    let (mut steps, mut line, mut spacing) = (request.steps, request.line, request.spacing);
    let field = egui::DragValue::new(&mut steps)
        .range(2..=MOST_STEPS.min(64))
        .suffix(" steps");
    spoken::named(&ui.add(field.update_while_editing(false)), "Steps");
    let lines = [(Line::Spherical, "Arc"), (Line::Linear, "Straight")];
    choice(ui, "Line", &mut line, &lines);
    let spacings = [
        (Spacing::Pictures, "Even pictures"),
        (Spacing::Coordinates, "Even codes"),
    ];
    choice(ui, "Spacing", &mut spacing, &spacings);
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
    let shown = egui::ComboBox::from_id_salt(id)
        .selected_text(name)
        .width(96.0)
        .show_ui(ui, |ui| {
            for (value, name) in all {
                ui.selectable_value(now, *value, *name);
            }
        });
    spoken::named(&shown.response, id);
}

fn export_ui(ui: &mut Ui, memory: &mut CursorPanel, waker: &Waker, commands: &mut Vec<Command>) {
    let field = &mut memory.export_path;
    field.begin("path");
    // A click into the field must not close the menu around it.
    // Nor may one on a folder that is offered, which lies outside.
    let close = match field.has_offers() {
        true => PopupCloseBehavior::IgnoreClicks,
        false => PopupCloseBehavior::CloseOnClickOutside,
    };
    let stays = MenuConfig::new().close_behavior(close);
    let menu = MenuButton::new("Save the path…").config(stays);
    menu.ui(ui, |ui| {
        ui.label("To");
        path_field(ui, field, "File to save the path to", 260.0, waker);
        for kind in [Export::Strip, Export::Gif, Export::Apng, Export::Frames] {
            if ui.button(kind.name().0).clicked()
                && let Some(path) = field.written()
            {
                commands.push(Command::Cursor(CursorCommand::Export(kind, path)));
                ui.close();
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_end_that_was_asked_for_says_how_near_it_is() {
        let (hit, near, off) = (Some(Aim::OnTarget), Some(Aim::Near), Some(Aim::Off));
        assert_eq!(ends_in_words(&[None, None]), None);
        assert_eq!(ends_in_words(&[]), None);
        let told = |aims: &[Option<Aim>]| ends_in_words(aims).unwrap_or_default();
        assert_eq!(told(&[hit, None]), ("start on target".to_owned(), false));
        let three = "start near, stop 1 on target, end off";
        assert_eq!(told(&[near, hit, off]), (three.to_owned(), true));
    }
}
