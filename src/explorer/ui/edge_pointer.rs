//! A selection that is out of sight is pointed at from the edge of the scene; a click flies to it.

use super::scene_labels::free_of_panels;
use super::state::PanelState;
use super::{theme, widgets};
use crate::explorer::command::Command;
use crate::explorer::scene::camera::SceneView;
use crate::explorer::state::{Covered, OpenCatalogue, Screen, Selection};
use crate::workspace::titles;
use bevy::prelude::*;
use bevy_egui::{EguiContexts, egui};

/// From the edge of what the panels leave free to the middle of the picture, in points.
const INSET: f32 = 38.0;
/// The side of the picture, in points.
const SIDE: f32 = 44.0;

pub(super) fn draw(
    mut contexts: EguiContexts,
    view: Res<SceneView>,
    open: Res<OpenCatalogue>,
    selection: Res<Selection>,
    screen: Res<Screen>,
    covered: Res<Covered>,
    mut state: ResMut<PanelState>,
) -> Result {
    let Some(item) = selection.current.as_ref().filter(|_| !screen.grid) else {
        return Ok(());
    };
    let Some(place) = open.position_of(item) else {
        return Ok(());
    };
    let ctx = contexts.ctx_mut()?.clone();
    let zoom = ctx.zoom_factor();
    let free = free_of_panels(ctx.viewport_rect(), &covered, 1.0 / zoom);
    let seen = view
        .project(place)
        .map(|(at, _)| egui::pos2(at.x, at.y) / zoom);
    if seen.is_some_and(|at| free.contains(at)) {
        return Ok(());
    }
    let towards = view.camera.rotation.inverse() * (place - view.camera.translation);
    let way = match seen {
        Some(at) => at - free.center(),
        // Behind the eye: the side on which one has to turn.
        None => egui::vec2(towards.x, -towards.y),
    };
    let Some(at) = on_edge(free.shrink(INSET), way) else {
        return Ok(());
    };
    let state = &mut *state;
    let thumb = state.thumbs.item(&ctx, item);
    let name = titles::name_of(state.of.as_deref().map(|c| c as _), item);
    egui::Area::new(egui::Id::new("edge pointer"))
        .order(egui::Order::Middle)
        .pivot(egui::Align2::CENTER_CENTER)
        .fixed_pos(at)
        .show(&ctx, |ui| {
            let size = egui::Vec2::splat(SIDE);
            let label = format!("Fly to {name}");
            let shown = widgets::picture(ui, &thumb, size, &label, egui::Sense::click());
            let colour = theme::palette(ui).accent;
            widgets::ring(ui, shown.rect, colour);
            arrow(ui, at, way.normalized(), colour);
            if shown
                .on_hover_text(format!("{name}: click to fly to it (F)"))
                .clicked()
            {
                state.commands.push(Command::Focus);
            }
        });
    Ok(())
}

/// A head of an arrow beside the picture, which points out of the scene.
fn arrow(ui: &egui::Ui, middle: egui::Pos2, way: egui::Vec2, colour: egui::Color32) {
    let tip = middle + way * (0.5 * SIDE + 14.0);
    let side = way.rot90() * 7.0;
    let foot = tip - way * 10.0;
    let head = vec![tip, foot + side, foot - side];
    let shape = egui::Shape::convex_polygon(head, colour, egui::Stroke::NONE);
    ui.ctx().layer_painter(ui.layer_id()).add(shape);
}

/// Where a way from the middle of a rectangle leaves it; none where there is no way or no room.
fn on_edge(within: egui::Rect, way: egui::Vec2) -> Option<egui::Pos2> {
    if within.is_negative() || !way.is_finite() || way.length() < 1e-6 {
        return None;
    }
    let half = 0.5 * within.size();
    let share = (half.x / way.x.abs()).min(half.y / way.y.abs());
    Some(within.center() + way * share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_out_ends_on_the_edge() {
        let within = egui::Rect::from_min_max(egui::pos2(100.0, 0.0), egui::pos2(300.0, 100.0));
        assert_eq!(
            on_edge(within, egui::vec2(1.0, 0.0)),
            Some(egui::pos2(300.0, 50.0))
        );
        assert_eq!(
            on_edge(within, egui::vec2(0.0, -3.0)),
            Some(egui::pos2(200.0, 0.0))
        );
        let corner = on_edge(within, egui::vec2(-200.0, 100.0)).unwrap();
        assert_eq!(corner, egui::pos2(100.0, 100.0));
        assert_eq!(on_edge(within, egui::Vec2::ZERO), None);
        assert_eq!(on_edge(within.shrink(80.0), egui::vec2(1.0, 0.0)), None);
    }
}
