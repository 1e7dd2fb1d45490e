//! The handle *palette*: the design's colours as swatches, each to be changed.

use super::CursorView;
use crate::design::palette::Palette;
use crate::explorer::command::{Command, CursorCommand};
use crate::explorer::ui::{spoken, theme, widgets};
use crate::workspace::titles;
use bevy_egui::egui::{self, Color32, Sense, Ui, Vec2, WidgetInfo, WidgetType};
use egui::color_picker::{Alpha, color_picker_color32};

/// How high a swatch is, and how wide: the least, and all of them together; in points.
const HIGH: f32 = 28.0;
const LEAST: f32 = 30.0;
const WIDE: f32 = 260.0;

/// What the handle remembers from frame to frame.
#[derive(Debug, Default)]
pub struct Colouring {
    /// What is written in the field, and what is wrong with it.
    names: String,
    wrong: Option<String>,
    /// The colours of a picture of the design, and which.
    seen: Option<(u64, Palette)>,
    /// The palette and the place in it that a colour of the screen is looked for.
    pub(super) picking: Option<(Palette, usize)>,
}

impl Colouring {
    /// The colours that are changed: those that are asked for, or else the design's own.
    fn palette(&mut self, view: &CursorView<'_>) -> Option<Palette> {
        let newest = &view.latent.newest;
        let palette = match &view.latent.request.design.handles.palette {
            Some(palette) => palette.clone(),
            None => {
                let made = newest.made.as_ref()?;
                let number = newest.picture_number();
                let known = self.seen.take().filter(|(seen, _)| *seen == number);
                let (_, palette) = known.unwrap_or_else(|| (number, Palette::of(&made.picture)));
                self.seen = Some((number, palette.clone()));
                palette
            }
        };
        Some(if view.grey {
            palette.in_tones()
        } else {
            palette
        })
    }
}

/// The swatches, and where other colours come from.
pub(super) fn swatches_ui(
    ui: &mut Ui,
    view: &CursorView<'_>,
    colouring: &mut Colouring,
    commands: &mut Vec<Command>,
) {
    let Some(palette) = colouring.palette(view) else {
        return;
    };
    let what = if view.grey { "Tones" } else { "Colours" };
    ui.horizontal(|ui| {
        ui.label(what);
        ui.spacing_mut().item_spacing.x = 3.0;
        let colours = palette.colours();
        let total: f32 = colours.iter().map(|(_, share)| share).sum();
        let room = ui.available_width().min(WIDE) - (LEAST + 3.0) * colours.len() as f32;
        for (place, (rgb, share)) in colours.iter().enumerate() {
            let share = share / total;
            let size = Vec2::new(LEAST + share * room.max(0.0), HIGH);
            swatch_ui(
                ui,
                &palette,
                place,
                (*rgb, share),
                size,
                colouring,
                commands,
            );
        }
    });
    ui.horizontal_wrapped(|ui| {
        let hint = "navy:3, #eeeeee";
        let field = ui.add(widgets::text_field(&mut colouring.names, hint, 130.0));
        spoken::named(&field, &format!("{what} by name"));
        if field.changed() {
            colouring.wrong = None;
        }
        if field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter)) {
            match colouring.names.parse() {
                Ok(palette) => {
                    colouring.names.clear();
                    commands.push(Command::Cursor(CursorCommand::Palette(Some(palette), None)));
                }
                Err(wrong) => colouring.wrong = Some(format!("{wrong}")),
            }
        }
        let chosen = view.selection.current.as_ref();
        let take = ui.add_enabled(chosen.is_some(), egui::Button::new("Of the selected shoe"));
        let hint = "The shape stays, and the colours are those of the selected shoe";
        if let (true, Some(item)) = (take.on_hover_text(hint).clicked(), chosen) {
            let command = CursorCommand::ColourOf(Some(item.clone()));
            commands.push(Command::Cursor(command));
        }
        let design = &view.latent.request.design;
        let is_own = design.handles.palette.is_none() && design.colour_of.is_none();
        let own = format!("Its own {}", what.to_lowercase());
        let reset = ui.add_enabled(!is_own, egui::Button::new(own));
        let hint = "Forget what was chosen: those of the place that the design is at";
        if reset.on_hover_text(hint).clicked() {
            commands.push(Command::Cursor(CursorCommand::Palette(None, None)));
        }
    });
    if let Some(wrong) = &colouring.wrong {
        let words = egui::RichText::new(wrong).color(theme::palette(ui).error);
        let shown = ui.add(egui::Label::new(words.small()).wrap());
        spoken::told(&shown, wrong, true);
    }
    if let Some(item) = &view.latent.request.design.colour_of {
        let name = titles::name_of(view.table, item);
        theme::caption(ui, format!("{what} of {name}"));
    }
}

/// One colour; a click opens what changes it.
fn swatch_ui(
    ui: &mut Ui,
    palette: &Palette,
    place: usize,
    (rgb, share): ([u8; 3], f32),
    size: Vec2,
    colouring: &mut Colouring,
    commands: &mut Vec<Command>,
) {
    let (rect, shown) = ui.allocate_exact_size(size, Sense::click());
    let [r, g, b] = rgb;
    let name = format!(
        "Colour {}, #{r:02x}{g:02x}{b:02x}, {:.0} %",
        place + 1,
        100.0 * share
    );
    shown.widget_info(|| WidgetInfo::labeled(WidgetType::Button, true, &name));
    let mut colour = Color32::from_rgb(r, g, b);
    ui.painter().rect_filled(rect, theme::ROUND, colour);
    let looks = theme::palette(ui);
    let line = match shown.hovered() || shown.has_focus() {
        true => egui::Stroke::new(2.0, looks.accent),
        false => egui::Stroke::new(1.0, looks.weak),
    };
    let painter = ui.painter();
    painter.rect_stroke(rect, theme::ROUND, line, egui::StrokeKind::Inside);
    let close = egui::PopupCloseBehavior::CloseOnClickOutside;
    egui::Popup::menu(&shown).close_behavior(close).show(|ui| {
        ui.spacing_mut().slider_width = 180.0;
        if color_picker_color32(ui, &mut colour, Alpha::Opaque) {
            let [r, g, b, _] = colour.to_array();
            let changed = palette.with(place, [r, g, b]);
            let command = CursorCommand::Palette(Some(changed), Some(place));
            commands.push(Command::Cursor(command));
        }
        let hint = "Then click any picture on the screen, in a panel or in the scene";
        if ui
            .button("Pick from the screen")
            .on_hover_text(hint)
            .clicked()
        {
            colouring.picking = Some((palette.clone(), place));
            ui.close();
        }
    });
    shown.on_hover_text(format!("{name}; click to change it"));
}

/// While a colour of the screen is looked for: a pane over everything, which a click goes through to the colour below.
pub(super) fn picking_ui(
    ctx: &egui::Context,
    colouring: &mut Colouring,
    commands: &mut Vec<Command>,
) {
    let Some((palette, place)) = colouring.picking.clone() else {
        return;
    };
    let pane = egui::Area::new(egui::Id::new("pick a colour"))
        .order(egui::Order::Tooltip)
        .fixed_pos(egui::Pos2::ZERO)
        .fade_in(false);
    let clicked = pane.show(ctx, |ui| {
        let (_, shown) = ui.allocate_exact_size(ctx.viewport_rect().size(), Sense::click());
        spoken::named(&shown, "Pick a colour from the screen");
        shown
    });
    ctx.set_cursor_icon(egui::CursorIcon::Crosshair);
    let clicked = clicked.inner;
    if let Some(at) = clicked.interact_pointer_pos().filter(|_| clicked.clicked()) {
        let at = (at.to_vec2() * ctx.pixels_per_point()).floor();
        commands.push(Command::PickColour {
            at: [at.x as u32, at.y as u32],
            palette,
            place,
        });
        colouring.picking = None;
    }
    let escape =
        |input: &mut egui::InputState| input.consume_key(egui::Modifiers::NONE, egui::Key::Escape);
    if clicked.secondary_clicked() || ctx.input_mut(escape) {
        colouring.picking = None;
    }
}
