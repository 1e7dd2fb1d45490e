//! What is drawn over the scene: the handle, the design beside it, where it truly lands, the path.

use super::design;
use super::design_textures::Textures;
use super::dock::Docks;
use super::theme;
use super::theme::Palette;
use crate::explorer::cursor::drag::on_screen;
use crate::explorer::cursor::handle::MIDDLE;
use crate::explorer::cursor::state::{Grip, LatentCursor};
use crate::explorer::scene::camera::SceneView;
use crate::explorer::scene::palette::AXIS_COLOURS;
use crate::explorer::state::{OpenCatalogue, Screen};
use bevy::prelude::*;
use bevy_egui::EguiContexts;
use bevy_egui::egui::{self, Align2, Color32, FontId, Painter, Pos2, Rect, Stroke, StrokeKind};

/// The side of the design beside the handle, in points.
const BESIDE: f32 = 104.0;
/// Lines to so many of the nearest real shoes.
const LINES: usize = 5;

pub(super) fn draw(
    mut contexts: EguiContexts,
    view: Res<SceneView>,
    open: Res<OpenCatalogue>,
    screen: Res<Screen>,
    docks: Res<Docks>,
    latent: Res<LatentCursor>,
    mut textures: ResMut<Textures>,
) -> Result {
    let ctx = contexts.ctx_mut()?.clone();
    let (Some(at), false) = (latent.position(), screen.grid) else {
        return Ok(());
    };
    let layer = layer();
    let free = if screen.panels {
        docks.free
    } else {
        ctx.viewport_rect()
    };
    let painter = ctx.layer_painter(layer).with_clip_rect(free);
    let palette = if ctx.style_of(ctx.theme()).visuals.dark_mode {
        theme::Theme::Dark.palette()
    } else {
        theme::Theme::Light.palette()
    };
    let zoom = ctx.zoom_factor();
    let point = |p: Vec2| Pos2::new(p.x / zoom, p.y / zoom);
    let project = |p: [f32; 3]| {
        // Not by the camera's global transform: that follows later in the frame, and the lines would lag.
        view.project(Vec3::from_array(p)).map(|(at, _)| point(at))
    };
    path(&painter, &palette, &latent, &project);
    let Some(handle) = on_screen(at, open.extent.radius, &view) else {
        return Ok(());
    };
    let middle = point(handle.middle);
    let label = gap(&painter, &palette, &latent, &open, middle, &project);
    for (axis, tip) in handle.tips.iter().enumerate() {
        let on = latent.pointer.holds(Grip::Axis(axis));
        arrow(&painter, &palette, middle, point(*tip), axis, on);
    }
    let on = latent.pointer.holds(Grip::Middle);
    let radius = (if on { MIDDLE } else { MIDDLE - 4.0 }) / zoom;
    painter.circle(
        middle,
        radius,
        palette.design.gamma_multiply(0.35),
        Stroke::new(2.0, palette.design),
    );
    painter.circle_filled(middle, 2.5, palette.design);
    // The panel below shows the same picture, larger.
    let card = (!design::is_shown(&docks, &screen))
        .then(|| {
            let textures = &mut textures;
            beside(&painter, &ctx, &palette, &latent, textures, middle, free)
        })
        .flatten();
    // Over the card, which may lie where the design lands.
    if let Some((at, text)) = label {
        let avoid = Avoid {
            handle: middle,
            card,
        };
        words(&painter, &palette, at, &avoid, &text, palette.strong);
    }
    Ok(())
}

fn arrow(painter: &Painter, palette: &Palette, from: Pos2, tip: Pos2, axis: usize, on: bool) {
    let along = tip - from;
    if along.length() < MIDDLE + 4.0 {
        return;
    }
    let unit = along.normalized();
    let colour = if on {
        palette.strong
    } else {
        theme::rgb(AXIS_COLOURS[axis])
    };
    let stroke = Stroke::new(if on { 3.0 } else { 2.0 }, colour);
    painter.line_segment([from + unit * MIDDLE, tip - unit * 6.0], stroke);
    let side = unit.rot90() * 4.5;
    let head = vec![tip, tip - unit * 10.0 + side, tip - unit * 10.0 - side];
    painter.add(egui::Shape::convex_polygon(head, colour, Stroke::NONE));
    let name = ["x", "y", "z"][axis];
    painter.text(
        tip + unit * 9.0,
        Align2::CENTER_CENTER,
        name,
        FontId::proportional(11.0),
        colour,
    );
}

/// Where the overlay is drawn: over the scene, behind the panels.
pub(super) fn layer() -> egui::LayerId {
    egui::LayerId::new(egui::Order::Background, egui::Id::new("latent cursor"))
}

/// The design on a card beside the handle, on the side where there is room. Returns where the card is.
fn beside(
    painter: &Painter,
    ctx: &egui::Context,
    palette: &Palette,
    latent: &LatentCursor,
    textures: &mut Textures,
    middle: Pos2,
    free: Rect,
) -> Option<Rect> {
    let made = latent.newest.made.as_ref()?;
    let (texture, size) = textures.get(ctx, "design", latent.newest.picture_number(), || {
        Some(made.picture.clone())
    })?;
    let to_left = middle.x + 70.0 + BESIDE > free.right();
    let below = middle.y - 40.0 - BESIDE < free.top();
    let x = if to_left {
        middle.x - 46.0 - BESIDE
    } else {
        middle.x + 46.0
    };
    let y = if below {
        middle.y + 34.0
    } else {
        middle.y - 34.0 - BESIDE
    };
    let card = Rect::from_min_size(Pos2::new(x, y), egui::Vec2::splat(BESIDE));
    let corner = Pos2::new(
        if to_left { card.right() } else { card.left() },
        if below { card.top() } else { card.bottom() },
    );
    painter.line_segment([middle, corner], Stroke::new(1.5, palette.design));
    painter.rect_filled(card, 8.0, Color32::WHITE);
    let scale = (BESIDE - 10.0) / size.max_elem().max(1.0);
    let place = Rect::from_center_size(card.center(), size * scale);
    painter.image(
        texture,
        place,
        Rect::from_min_max(Pos2::ZERO, Pos2::new(1.0, 1.0)),
        Color32::WHITE,
    );
    painter.rect_stroke(
        card,
        8.0,
        Stroke::new(2.5, palette.design),
        StrokeKind::Inside,
    );
    Some(card)
}

/// A line from the cursor to where the design truly lands, and thin lines on to the nearest real shoes. Returns where
/// the line's length is to be written, in words.
fn gap(
    painter: &Painter,
    palette: &Palette,
    latent: &LatentCursor,
    open: &OpenCatalogue,
    middle: Pos2,
    project: &dyn Fn([f32; 3]) -> Option<Pos2>,
) -> Option<(Pos2, String)> {
    if let Some(made) = &latent.newest.made
        && made.filled.drawn_back > 0.0
        && latent.path.share.is_none()
        && let Some(used) = project(made.filled.point)
    {
        let dashes =
            egui::Shape::dashed_line(&[middle, used], Stroke::new(1.5, palette.warning), 5.0, 4.0);
        painter.extend(dashes);
        painter.circle_stroke(used, 6.0, Stroke::new(1.5, palette.warning));
        let avoid = Avoid {
            handle: middle,
            card: None,
        };
        let text = "drawn back to the cloud";
        words(painter, palette, used, &avoid, text, palette.warning);
    }
    let landing = latent
        .newest
        .landed()
        .filter(|_| latent.pointer.drag.is_none())?;
    let end = project(landing.place)?;
    for &(row, _) in landing.near.iter().take(LINES) {
        let shoe = open.position(row).and_then(|p| project(p.to_array()));
        if let Some(shoe) = shoe {
            painter.line_segment(
                [end, shoe],
                Stroke::new(1.0, palette.design.gamma_multiply(0.45)),
            );
        }
    }
    painter.line_segment([middle, end], Stroke::new(2.0, palette.warning));
    painter.circle(end, 4.5, palette.warning, Stroke::new(1.5, palette.scene));
    Some((end, "lands here".to_owned()))
}

/// What words are kept off.
struct Avoid {
    handle: Pos2,
    /// The design's card.
    card: Option<Rect>,
}

/// Words beside a point.
fn words(
    painter: &Painter,
    palette: &Palette,
    at: Pos2,
    avoid: &Avoid,
    text: &str,
    colour: Color32,
) {
    let galley = painter.layout_no_wrap(text.to_owned(), FontId::proportional(12.0), colour);
    let place = label_place(at, galley.size(), painter.clip_rect(), avoid);
    painter.rect_filled(
        place.expand2(egui::vec2(5.0, 2.0)),
        4.0,
        palette.panel.gamma_multiply(0.85),
    );
    painter.galley(place.min, galley, colour);
}

/// Where a label of `size` for `at` goes within `free`: below to the right, or the next corner where there is room
/// and the handle is not covered, nor, if that can be had, the design.
fn label_place(at: Pos2, size: egui::Vec2, free: Rect, avoid: &Avoid) -> Rect {
    let off = egui::vec2(9.0, 5.0);
    let corner = |right: bool, below: bool| {
        let x = if right {
            at.x + off.x
        } else {
            at.x - off.x - size.x
        };
        let y = if below {
            at.y + off.y
        } else {
            at.y - off.y - size.y
        };
        Rect::from_min_size(Pos2::new(x, y), size)
    };
    let all =
        [(true, true), (true, false), (false, true), (false, false)].map(|(r, b)| corner(r, b));
    let padded = |place: &Rect| place.expand2(egui::vec2(5.0, 2.0));
    let within = |place: &&Rect| free.contains_rect(padded(place));
    let clear = |place: &&Rect| place.distance_to_pos(avoid.handle) > MIDDLE;
    let bare = |place: &&Rect| {
        avoid
            .card
            .is_none_or(|card| !card.intersects(padded(place)))
    };
    let fitting = || all.iter().filter(within);
    *fitting()
        .filter(clear)
        .find(bare)
        .or_else(|| fitting().find(clear))
        .or_else(|| fitting().next())
        .unwrap_or(&all[0])
}

/// The path as a curve through where its steps truly land.
fn path(
    painter: &Painter,
    palette: &Palette,
    latent: &LatentCursor,
    project: &dyn Fn([f32; 3]) -> Option<Pos2>,
) {
    let Some(made) = &latent.path.made else {
        return;
    };
    let points: Vec<Pos2> = made
        .walk
        .steps
        .iter()
        .filter_map(|s| project(s.position))
        .collect();
    for pair in points.windows(2) {
        painter.line_segment([pair[0], pair[1]], Stroke::new(2.5, palette.accent));
    }
    for (i, point) in points.iter().enumerate() {
        let end = i == 0 || i + 1 == points.len();
        painter.circle(
            *point,
            if end { 5.5 } else { 3.5 },
            palette.accent,
            Stroke::new(1.5, palette.scene),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_stay_where_the_scene_is() {
        let free = Rect::from_min_max(Pos2::new(250.0, 0.0), Pos2::new(930.0, 470.0));
        let size = egui::vec2(120.0, 14.0);
        for at in [
            Pos2::new(600.0, 200.0),
            Pos2::new(900.0, 200.0),
            Pos2::new(600.0, 460.0),
            Pos2::new(925.0, 465.0),
        ] {
            for handle in [
                at,
                at - egui::vec2(60.0, -14.0),
                at + egui::vec2(40.0, 12.0),
            ] {
                let avoid = Avoid { handle, card: None };
                let place = label_place(at, size, free, &avoid);
                assert!(free.contains_rect(place), "{at:?} {place:?}");
                assert!(
                    !place.contains(at) && !place.contains(handle),
                    "{at:?} {place:?}"
                );
            }
        }
    }

    #[test]
    fn a_label_leaves_the_design_in_view_where_it_can() {
        let free = Rect::from_min_max(Pos2::new(250.0, 0.0), Pos2::new(930.0, 470.0));
        let size = egui::vec2(120.0, 14.0);
        let handle = Pos2::new(580.0, 190.0);
        let card = Rect::from_min_size(Pos2::new(626.0, 52.0), egui::Vec2::splat(BESIDE));
        let avoid = Avoid {
            handle,
            card: Some(card),
        };
        // Under the card's left edge: the words go to the left.
        let place = label_place(Pos2::new(627.0, 100.0), size, free, &avoid);
        assert!(!card.intersects(place), "{place:?}");
        // In its middle: they cannot leave it, and stay beside the point.
        let at = card.center();
        let place = label_place(at, size, free, &avoid);
        assert!(free.contains_rect(place) && place.distance_to_pos(at) < 12.0);
    }
}
