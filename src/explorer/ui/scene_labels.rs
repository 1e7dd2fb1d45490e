//! Words over the scene: the names of what is hovered and what is selected, and the axes in the corner.

use super::theme;
use crate::explorer::command::{Command, Flight, View};
use crate::explorer::scene::camera::SceneView;
use crate::explorer::scene::cloud::Cloud;
use crate::explorer::scene::palette::{AXIS_COLOURS, ScenePalette};
use crate::explorer::settings::ExplorerSettings;
use crate::explorer::state::{Covered, Hover, OpenCatalogue, Placed, Screen, Selection};
use crate::workspace::Item;
use crate::workspace::layouts::{Axis, SceneLayout};
use crate::workspace::own_axes::AxisScale;
use crate::workspace::titles;
use bevy::prelude::*;
use bevy_egui::{EguiContexts, egui};

/// The three axes as the camera sees them, in the corner of what the panels leave free.
pub(super) fn axes(
    mut contexts: EguiContexts,
    view: Res<SceneView>,
    settings: Res<ExplorerSettings>,
    covered: Res<Covered>,
    screen: Res<Screen>,
    open: Res<OpenCatalogue>,
    mut out: MessageWriter<Command>,
) -> Result {
    // Where directions mean nothing there is nothing to point.
    let has_axes = open.layout != SceneLayout::Neighbourhoods;
    if let (Some(scales), true) = (&open.scales, settings.axes && !screen.grid) {
        let ctx = contexts.ctx_mut()?;
        scales_in_scene(ctx, scales, &view, &open, &covered);
    }
    if !settings.axes || !has_axes || screen.grid || open.is_empty() {
        return Ok(());
    }
    let ctx = contexts.ctx_mut()?;
    let to_points = view.scale_factor / ctx.pixels_per_point();
    let size = view.sight.size / view.scale_factor;
    let origin = egui::pos2(
        (covered.left + 46.0) * to_points,
        (size.y - covered.bottom - 46.0) * to_points,
    );
    if let Some(flight) = gizmo(ctx, origin, &view) {
        out.write(Command::Fly(Flight::View(flight)));
    }
    Ok(())
}

/// The three axes, whose ends are clicked to look along them. Returns where to look from.
fn gizmo(ctx: &egui::Context, origin: egui::Pos2, view: &SceneView) -> Option<View> {
    let painter = ctx.layer_painter(egui::LayerId::background());
    let camera = view.camera.rotation.inverse();
    // Told apart without their colours too: each has its letter.
    let mut ends: Vec<(Vec3, &str, egui::Color32)> =
        [(Vec3::X, "x"), (Vec3::Y, "y"), (Vec3::Z, "z")]
            .into_iter()
            .zip(AXIS_COLOURS)
            .map(|((axis, name), colour)| (camera * axis, name, theme::rgb(colour)))
            .collect();
    ends.sort_by(|a, b| a.0.z.total_cmp(&b.0.z));
    let mut chosen = None;
    for (end, name, colour) in ends {
        let tip = origin + egui::vec2(end.x, -end.y) * 26.0;
        let faded = match end.z < 0.0 {
            true => colour.gamma_multiply(0.65),
            false => colour,
        };
        painter.line_segment([origin, tip], egui::Stroke::new(2.0, faded));
        // Only the ends take the pointer: between them the scene has it.
        let area = egui::Area::new(egui::Id::new(("axis", name)))
            .order(egui::Order::Middle)
            .pivot(egui::Align2::CENTER_CENTER)
            .fixed_pos(tip)
            .constrain(false);
        let shown = area.show(ctx, |ui| end_ui(ui, name, faded)).inner;
        if shown.clicked() {
            chosen = Some(along(name, end.z > 0.95, &view.view));
        }
    }
    chosen
}

/// The end of an axis with its letter.
fn end_ui(ui: &mut egui::Ui, name: &str, colour: egui::Color32) -> egui::Response {
    let (rect, shown) = ui.allocate_exact_size(egui::Vec2::splat(16.0), egui::Sense::click());
    let label = format!("Look along {name}");
    shown.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Button, true, &label));
    let colour = match shown.hovered() || shown.has_focus() {
        true => theme::palette(ui).strong,
        false => colour,
    };
    let painter = ui.painter();
    painter.circle_filled(rect.center(), 7.0, colour);
    painter.text(
        rect.center(),
        egui::Align2::CENTER_CENTER,
        name,
        egui::FontId::proportional(11.0),
        theme::palette(ui).panel,
    );
    shown.on_hover_text(format!("{label}; once more from the other side"))
}

/// The view along an axis; from the other side where one looks `from_its_end` already.
fn along(axis: &str, from_its_end: bool, here: &View) -> View {
    use std::f32::consts::{FRAC_PI_2, PI};
    let steep = FRAC_PI_2 - 0.02;
    let (yaw, pitch) = match (axis, from_its_end) {
        ("x", false) => (FRAC_PI_2, 0.0),
        ("x", true) => (-FRAC_PI_2, 0.0),
        ("y", false) => (0.0, steep),
        ("y", true) => (0.0, -steep),
        (_, false) => (0.0, 0.0),
        (_, true) => (PI, 0.0),
    };
    View {
        yaw,
        pitch,
        ..*here
    }
}

/// The axes that somebody chose, along the edges of the cloud: what is at their ends, and round numbers between.
fn scales_in_scene(
    ctx: &egui::Context,
    scales: &[AxisScale; 3],
    view: &SceneView,
    open: &OpenCatalogue,
    covered: &Covered,
) {
    let painter = ctx.layer_painter(egui::LayerId::background());
    let to_points = view.scale_factor / ctx.pixels_per_point();
    let free = free_of_panels(ctx.viewport_rect(), covered, 1.0 / ctx.zoom_factor());
    let look = theme::theme_of(&ctx.global_style().visuals).palette();
    let (centre, radius) = (open.centre(), open.extent.radius);
    for (at, scale) in scales.iter().enumerate() {
        let colour = theme::rgb(AXIS_COLOURS[at]);
        let corner = centre + radius * edge(at, centre, radius, view);
        let point = |along: f32| {
            let mut point = corner;
            point[at] = along;
            view.project(point)
                .map(|(at, _)| egui::pos2(at.x * to_points, at.y * to_points))
        };
        let write = |along: f32, text: &str, size: f32| {
            let Some(at) = point(along).filter(|at| free.contains(*at)) else {
                return;
            };
            let font = egui::FontId::proportional(size);
            let galley = painter.layout_no_wrap(text.to_owned(), font, look.text);
            let place = egui::Rect::from_center_size(at, galley.size());
            let ground = look.scene.gamma_multiply(0.8);
            painter.rect_filled(place.expand(2.0), 3.0, ground);
            painter.galley(place.min, galley, look.text);
        };
        let (low, high) = (centre[at] - radius, centre[at] + radius);
        if let (Some(from), Some(to)) = (point(low), point(high)) {
            painter.line_segment([from, to], egui::Stroke::new(1.5, colour));
        }
        for (text, along) in scale.ticks() {
            if (low..=high).contains(&along) {
                write(along, &text, 11.5);
            }
        }
        let name = scale.axis.name();
        let end = match &scale.axis {
            Axis::Towards(..) => format!("{name} ⏵"),
            _ => name,
        };
        write(high + 0.12 * radius, &end, 13.5);
    }
}

/// At which edge of the box around the cloud an axis is written, as the signs of a corner: below, and behind the cloud; the
/// upright one where it is furthest to the left.
fn edge(axis: usize, centre: Vec3, radius: f32, view: &SceneView) -> Vec3 {
    let signs = [[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]];
    let corners = signs.map(|[a, b]| match axis {
        1 => Vec3::new(a, 0.0, b),
        0 => Vec3::new(0.0, -1.0, a),
        _ => Vec3::new(a, -1.0, 0.0),
    });
    let rank = |corner: &Vec3| {
        let at = centre + radius * *corner;
        match axis {
            1 => view.project(at).map_or(f32::NEG_INFINITY, |(at, _)| -at.x),
            _ => view.camera.translation.distance(at),
        }
    };
    let best = corners
        .into_iter()
        .max_by(|a, b| rank(a).total_cmp(&rank(b)));
    best.unwrap_or(Vec3::NEG_ONE)
}

/// The names of what is hovered and what is selected.
pub(super) fn names(
    mut contexts: EguiContexts,
    palette: Res<ScenePalette>,
    open: Res<OpenCatalogue>,
    selection: Res<Selection>,
    hover: Res<Hover>,
    placed: Res<Placed>,
    screen: Res<Screen>,
    covered: Res<Covered>,
    cloud: Option<Res<Cloud>>,
) -> Result {
    let (Some(catalog), Some(cloud)) = (&open.catalog, cloud) else {
        return Ok(());
    };
    // For a frame the cloud may still be that of the catalogue before.
    if screen.grid || cloud.len() != catalog.len() {
        return Ok(());
    }
    let ctx = contexts.ctx_mut()?;
    let rows = cloud.len();
    let mut named: Vec<(usize, String)> = Vec::new();
    let key_of = |item: &Item| item.row().or_else(|| Some(rows + placed.index_of(item)?));
    let name_of = |key: usize| match key.checked_sub(rows) {
        None => Some(shoe_name(catalog, key)),
        Some(at) => (placed.0.get(at)).and_then(|item| Some(item.name()?.to_owned())),
    };
    let hovered = hover.row.or(hover.placed.map(|at| rows + at));
    let selected = selection.current.as_ref().and_then(key_of);
    for key in selected
        .into_iter()
        .chain(hovered.filter(|h| Some(*h) != selected))
    {
        if let Some(name) = name_of(key) {
            named.push((key, name));
        }
    }
    let painter = ctx.layer_painter(egui::LayerId::background());
    let to_points = 1.0 / ctx.pixels_per_point();
    let free = free_of_panels(ctx.viewport_rect(), &covered, 1.0 / ctx.zoom_factor());
    for (key, name) in named {
        let Some(drawn) = cloud.drawn_at(key) else {
            continue;
        };
        let at = egui::pos2(
            drawn.at.x * to_points,
            (drawn.at.y + drawn.half * 0.92) * to_points + 4.0,
        );
        let galley = painter.layout_no_wrap(
            shorten(&name),
            egui::FontId::proportional(13.0),
            theme::rgb(palette.text),
        );
        let rect = egui::Align2::CENTER_TOP
            .anchor_size(at, galley.size())
            .expand2(egui::vec2(7.0, 3.0));
        let Some(rect) = keep_within(rect, free) else {
            continue;
        };
        painter.rect_filled(
            rect,
            5.0,
            theme::rgb(palette.background).gamma_multiply(0.86),
        );
        painter.galley(
            rect.min + egui::vec2(7.0, 3.0),
            galley,
            theme::rgb(palette.text),
        );
    }
    Ok(())
}

/// A name and, where the catalogue knows one, the kind: `train-00001 · Ankle boot`.
fn shoe_name(catalog: &crate::catalog::Catalog, row: usize) -> String {
    let title = titles::title(catalog, row);
    let kind = (catalog.info().roles.kind.as_deref())
        .and_then(|name| catalog.column(name))
        .and_then(|column| column.text(row));
    match kind {
        Some(kind) if !title.contains(&*kind) => format!("{title} · {kind}"),
        _ => title,
    }
}

fn shorten(name: &str) -> String {
    const MOST: usize = 60;
    if name.chars().count() <= MOST {
        return name.to_owned();
    }
    let mut short: String = name.chars().take(MOST - 1).collect();
    short.push('…');
    short
}

/// What the panels leave free of the window, in points; `to_points` is a logical pixel in points.
pub(super) fn free_of_panels(window: egui::Rect, covered: &Covered, to_points: f32) -> egui::Rect {
    egui::Rect::from_min_max(
        window.min + egui::vec2(covered.left, covered.top) * to_points,
        window.max - egui::vec2(covered.right, covered.bottom) * to_points,
    )
}

/// A label moved sideways so that no panel covers it; none where its shoe is behind a panel itself.
fn keep_within(label: egui::Rect, free: egui::Rect) -> Option<egui::Rect> {
    if !free.contains(label.center_top()) {
        return None;
    }
    // A label wider than the room is cut at its end, not at its beginning.
    let left = (free.right() - label.width())
        .min(label.left())
        .max(free.left());
    let top = (free.bottom() - label.height()).min(label.top());
    Some(egui::Rect::from_min_size(
        egui::pos2(left, top),
        label.size(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::{Rect, pos2, vec2};

    #[test]
    fn axes_are_written_behind_the_cloud_and_at_its_left() {
        // The eye is in front, on +Z.
        let view = SceneView::default();
        let edge = |axis| edge(axis, Vec3::ZERO, 0.5, &view);
        assert_eq!(edge(0), Vec3::new(0.0, -1.0, -1.0));
        assert_eq!(edge(1).x, -1.0);
        assert_eq!(edge(2).y, -1.0);
    }

    #[test]
    fn a_label_never_slides_under_a_panel() {
        let window = Rect::from_min_size(pos2(0.0, 0.0), vec2(1280.0, 720.0));
        let covered = Covered {
            left: 280.0,
            right: 320.0,
            top: 0.0,
            bottom: 24.0,
        };
        let free = free_of_panels(window, &covered, 1.0);
        assert_eq!(
            free,
            Rect::from_min_max(pos2(280.0, 0.0), pos2(960.0, 696.0))
        );
        let label = |x: f32, y: f32| Rect::from_min_size(pos2(x - 60.0, y), vec2(120.0, 20.0));
        for (x, y) in [
            (290.0, 100.0),
            (950.0, 100.0),
            (600.0, 690.0),
            (600.0, 300.0),
        ] {
            let kept = keep_within(label(x, y), free).unwrap();
            assert!(free.contains_rect(kept), "{kept:?}");
            assert_eq!(kept.size(), vec2(120.0, 20.0));
        }
        assert_eq!(
            keep_within(label(600.0, 300.0), free),
            Some(label(600.0, 300.0)),
            "where there is room it stays"
        );
        assert_eq!(keep_within(label(200.0, 100.0), free), None);
    }
}
