//! The handle *outline*: drawing on the large design.
//!
//! The outline that is asked for lies over the design that was made of it, square on square, since every design fills its
//! picture the same way. While a stroke is drawn it stays where it is under the pointer, and the design follows below.

use super::CursorView;
use crate::design::outline::{Brush, MOST_REACH, Outline};
use crate::explorer::command::{Command, CursorCommand};
use crate::explorer::ui::path_field::{PathField, path_field};
use crate::explorer::ui::{spoken, theme, widgets};
use crate::imaging::frame::frame;
use bevy_egui::egui::{self, Color32, Pos2, Rect, Response, Stroke, Ui, Vec2};
use std::sync::Arc;

/// What a drag on the design does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Tool {
    /// It carries the design to the path.
    #[default]
    Off,
    Draw(Brush),
    Pull,
}

/// The tools with their names and what they do.
const TOOLS: [(Tool, &str, &str); 4] = [
    (Tool::Off, "Off", "A drag carries the design to the path"),
    (
        Tool::Draw(Brush::Add),
        "Brush",
        "Paint on the large design: this becomes shoe too",
    ),
    (
        Tool::Draw(Brush::Erase),
        "Erase",
        "Paint on the large design: this is no longer shoe",
    ),
    (
        Tool::Pull,
        "Pull",
        "Drag the edge of the large design: raise a heel, lengthen a shaft",
    ),
];

/// How wide brush and pull are, in shares of the shoe's longer side.
const SIZES: std::ops::RangeInclusive<f32> = 0.02..=0.4;

/// A pull reaches so many times as far as a brush is wide.
const PULLED: f32 = 4.0;

/// What the handle remembers from frame to frame.
pub struct Shaping {
    tool: Tool,
    size: f32,
    stroke: Option<Drawing>,
    /// Strokes so far; each is undone as one.
    strokes: u64,
    seen: Option<Seen>,
    /// Whether a picture to take the outline from is asked for, and which.
    asks: bool,
    picture: PathField,
}

impl Default for Shaping {
    fn default() -> Self {
        Self {
            tool: Tool::Off,
            size: 0.1,
            stroke: None,
            strokes: 0,
            seen: None,
            asks: false,
            picture: PathField::default(),
        }
    }
}

/// A stroke that is being drawn.
#[derive(Debug)]
struct Drawing {
    /// The outline before it.
    began: Arc<Outline>,
    /// As it is now.
    now: Arc<Outline>,
    /// Where the pointer went down, and where it was last, in shares of the outline's frame.
    down: [f32; 2],
    last: [f32; 2],
    /// What a pull has hold of.
    grabbed: [f32; 2],
    sight: Sight,
    /// The pass of egui that it was last drawn in.
    pass: u64,
}

/// What is seen of a picture of the design.
#[derive(Debug)]
struct Seen {
    /// Which picture.
    number: u64,
    /// Its outline; none where it shows nothing.
    outline: Option<Arc<Outline>>,
    /// The square about the shoe: left, top, side, in shares of the picture.
    square: [f32; 3],
}

/// Where an outline's frame lies in the picture: its left upper corner and its side, in shares of the picture.
#[derive(Debug, Clone, Copy)]
struct Sight {
    corner: [f32; 2],
    side: f32,
}

impl Sight {
    /// With the outline's square on the picture's.
    fn of(outline: &Outline, square: [f32; 3]) -> Self {
        let [left, top, side] = outline.square().unwrap_or([0.0, 0.0, 1.0]);
        let scale = square[2] / side.max(1e-3);
        Self {
            corner: [square[0] - scale * left, square[1] - scale * top],
            side: scale,
        }
    }

    fn to_screen(self, place: Rect, at: [f32; 2]) -> Pos2 {
        let share = |axis: usize| self.corner[axis] + self.side * at[axis];
        place.min + Vec2::new(share(0) * place.width(), share(1) * place.height())
    }

    fn to_frame(self, place: Rect, at: Pos2) -> [f32; 2] {
        let share = (at - place.min) / place.size();
        [
            (share.x - self.corner[0]) / self.side,
            (share.y - self.corner[1]) / self.side,
        ]
    }
}

impl Shaping {
    /// Whether a drag on the design draws.
    pub(super) fn draws(&self) -> bool {
        self.tool != Tool::Off
    }

    /// Looks at the newest picture of the design, once.
    fn look(&mut self, view: &CursorView<'_>) -> Option<&Seen> {
        let newest = &view.latent.newest;
        let made = newest.made.as_ref()?;
        let number = newest.picture_number();
        if self.seen.as_ref().is_none_or(|seen| seen.number != number) {
            let side = made.picture.width().max(1) as f32;
            let square = frame(&made.picture).map(|frame| frame.square().map(|px| px / side));
            self.seen = Some(Seen {
                number,
                outline: Outline::of(&made.picture).ok().map(Arc::new),
                square: square.unwrap_or([0.0, 0.0, 1.0]),
            });
        }
        self.seen.as_ref()
    }

    /// The outline that is drawn on next: the one that is asked for, or else the design's own.
    fn outline(&mut self, view: &CursorView<'_>) -> Option<(Arc<Outline>, [f32; 3])> {
        let asked = view.latent.request.design.handles.outline.clone();
        let seen = self.look(view)?;
        Some((asked.or_else(|| seen.outline.clone())?, seen.square))
    }
}

/// What can be done with the outline.
pub(super) fn tools_ui(
    ui: &mut Ui,
    view: &CursorView<'_>,
    shaping: &mut Shaping,
    commands: &mut Vec<Command>,
) {
    let asked = view.latent.request.design.handles.outline.clone();
    ui.horizontal_wrapped(|ui| {
        ui.label("Outline");
        for (tool, name, hint) in TOOLS {
            let shown = ui.selectable_label(shaping.tool == tool, name);
            if shown.on_hover_text(hint).clicked() {
                (shaping.tool, shaping.stroke) = (tool, None);
            }
        }
        ui.add_enabled_ui(shaping.draws(), |ui| {
            ui.spacing_mut().slider_width = 70.0;
            let slider = egui::Slider::new(&mut shaping.size, SIZES).show_value(false);
            let slider = ui.add(slider.logarithmic(true));
            spoken::named(&slider, "How wide it draws");
            slider.on_hover_text("How wide the brush is, and how far around it a pull reaches");
        });
        let mut ask = |shaping: &mut Shaping, outline: Option<Arc<Outline>>| {
            shaping.strokes += 1;
            let command = CursorCommand::Outline(outline, shaping.strokes);
            commands.push(Command::Cursor(command));
        };
        let hint = "Turn the outline around; which way the design itself points is not asked of it";
        if ui.button("Mirror").on_hover_text(hint).clicked()
            && let Some((outline, _)) = shaping.outline(view)
        {
            ask(shaping, Some(Arc::new(outline.mirrored())));
        }
        let hint = "Take the outline of a drawing, or of a photo on a plain background";
        let from = ui.selectable_label(shaping.asks, "From a picture…");
        shaping.asks ^= from.on_hover_text(hint).clicked();
        let reset = ui.add_enabled(asked.is_some(), egui::Button::new("Its own outline"));
        let hint = "Forget what was drawn: the outline of the place that the design is at";
        if reset.on_hover_text(hint).clicked() {
            ask(shaping, None);
        }
    });
    if shaping.asks {
        ui.horizontal(|ui| {
            let take = ui.button("Take its outline").clicked();
            let width = ui.available_width().min(300.0);
            let field = &mut shaping.picture;
            let entered = path_field(ui, field, "The picture's file", width, view.waker);
            if let Some(path) = field.written().filter(|_| take || entered) {
                commands.push(Command::Cursor(CursorCommand::OutlineFrom(path)));
                shaping.asks = false;
            }
        });
    }
}

/// Draws on the design's picture: `shown` is where it is, with its frame, and senses drags.
pub(super) fn draw_on(
    ui: &Ui,
    view: &CursorView<'_>,
    shaping: &mut Shaping,
    shown: &Response,
    commands: &mut Vec<Command>,
) {
    let place = widgets::picture_place(shown.rect);
    let Some((outline, square)) = shaping.outline(view) else {
        return;
    };
    let pointer = shown.interact_pointer_pos();
    let primary = |input: &egui::InputState| input.pointer.primary_down();
    let is_down = (shown.is_pointer_button_down_on() || shown.dragged()) && ui.input(primary);
    // What was begun before the panel was hidden is over.
    let pass = ui.ctx().cumulative_pass_nr();
    shaping.stroke = shaping
        .stroke
        .take()
        .filter(|stroke| pass <= stroke.pass + 1);
    if let (Some(at), true) = (pointer, is_down) {
        if shaping.stroke.is_none() {
            shaping.strokes += 1;
            let sight = Sight::of(&outline, square);
            let down = sight.to_frame(place, at);
            shaping.stroke = Some(Drawing {
                grabbed: outline.nearest_edge(down),
                began: outline.clone(),
                now: outline.clone(),
                down,
                // Nowhere yet, so that the first touch draws.
                last: [f32::NAN; 2],
                sight,
                pass,
            });
        }
        if let Some(stroke) = &mut shaping.stroke {
            stroke.pass = pass;
        }
        go_on(shaping, place, at, commands);
    } else if let Some(stroke) = shaping.stroke.take()
        && stroke.now != stroke.began
    {
        // There is room again on every side for the next.
        let framed = Arc::new(stroke.now.framed());
        let command = CursorCommand::Outline(Some(framed), shaping.strokes);
        commands.push(Command::Cursor(command));
    }
    let (outline, sight) = match &shaping.stroke {
        Some(stroke) => (stroke.now.clone(), stroke.sight),
        None => (outline.clone(), Sight::of(&outline, square)),
    };
    paint(ui, &outline, sight, place);
    let at = shown.hover_pos().or(pointer);
    if let Some(at) = at.filter(|at| place.contains(*at)) {
        let radius = shaping.size * sight.side * place.width();
        let stroke = Stroke::new(1.0, theme::palette(ui).accent);
        ui.painter().circle_stroke(at, radius, stroke);
        ui.ctx().set_cursor_icon(match shaping.tool {
            Tool::Pull if is_down => egui::CursorIcon::Grabbing,
            Tool::Pull => egui::CursorIcon::Grab,
            Tool::Draw(_) | Tool::Off => egui::CursorIcon::Crosshair,
        });
    }
}

/// The pointer went on: what it draws is asked for, unless nothing would be left.
fn go_on(shaping: &mut Shaping, place: Rect, at: Pos2, commands: &mut Vec<Command>) {
    let (tool, size) = (shaping.tool, shaping.size);
    let Some(stroke) = &mut shaping.stroke else {
        return;
    };
    let at = stroke.sight.to_frame(place, at);
    if at == stroke.last {
        return;
    }
    let now = match tool {
        Tool::Draw(brush) => {
            let from = if stroke.last[0].is_nan() {
                at
            } else {
                stroke.last
            };
            stroke.now.painted(brush, from, at, size)
        }
        Tool::Pull => {
            let by = [at[0] - stroke.down[0], at[1] - stroke.down[1]];
            let reach = (PULLED * size).min(MOST_REACH);
            stroke.began.pulled(stroke.grabbed, by, reach)
        }
        Tool::Off => return,
    };
    stroke.last = at;
    if !now.is_empty() && now != *stroke.now {
        stroke.now = Arc::new(now);
        let command = CursorCommand::Outline(Some(stroke.now.clone()), shaping.strokes);
        commands.push(Command::Cursor(command));
    }
}

/// The edge of the outline, seen on light and on dark.
fn paint(ui: &Ui, outline: &Outline, sight: Sight, place: Rect) {
    let painter = ui.painter().with_clip_rect(place.expand(2.0));
    let lines = outline.contour();
    let colour = theme::palette(ui).accent;
    for stroke in [
        Stroke::new(3.0, Color32::from_white_alpha(170)),
        Stroke::new(2.0, colour),
    ] {
        painter.extend(lines.iter().map(|line| {
            let ends = line.map(|at| sight.to_screen(place, at));
            egui::Shape::line_segment(ends, stroke)
        }));
    }
}
