//! The names of regions, written over the scene: larger ones from afar, finer ones near, none over another or under a
//! panel. A click flies there, the next one shows these shoes alone.

use super::scene_labels::free_of_panels;
use super::state::PanelState;
use super::theme;
use crate::explorer::command::{Command, Flight};
use crate::explorer::scene::camera::SceneView;
use crate::explorer::scene::palette::ScenePalette;
use crate::explorer::settings::ExplorerSettings;
use crate::explorer::state::{Covered, OpenCatalogue, Recommendations, Screen, Shown};
use crate::workspace::regions::Region;
use bevy::prelude::*;
use bevy_egui::{EguiContexts, egui};
use std::sync::Arc;

/// A finer region is named from where it takes so many points; a coarse one up to where it takes so many.
const FINE_FROM: f32 = 70.0;
const COARSE_UP_TO: f32 = 420.0;
/// Room between two names, in points.
const APART: f32 = 6.0;
const SIZE: f32 = 15.0;
const FINE_SIZE: f32 = 12.5;

/// Draws the names, and hears clicks on them.
pub(super) fn names(
    mut contexts: EguiContexts,
    view: Res<SceneView>,
    palette: Res<ScenePalette>,
    settings: Res<ExplorerSettings>,
    covered: Res<Covered>,
    screen: Res<Screen>,
    open: Res<OpenCatalogue>,
    shown: Res<Shown>,
    recommendations: Res<Recommendations>,
    mut state: ResMut<PanelState>,
    mut out: MessageWriter<Command>,
) -> Result {
    let glides = !Arc::ptr_eq(&open.points, &open.targets);
    // Beside recommendations everything else steps back, and so do the names.
    let steps_back = !recommendations.list.is_empty();
    if !settings.names || !screen.panels || screen.grid || screen.window || glides || steps_back {
        return Ok(());
    }
    let ctx = contexts.ctx_mut()?;
    let to_points = view.scale_factor / ctx.pixels_per_point();
    let free = free_of_panels(ctx.viewport_rect(), &covered, 1.0 / ctx.zoom_factor());
    let mut taken: Vec<egui::Rect> = Vec::new();
    for region in open.regions.iter().filter(|r| shown.passes(r.typical)) {
        let Some((at, depth)) = view.project(Vec3::from_array(region.centre)) else {
            continue;
        };
        let reach = region.reach * view.sight.focal / depth / ctx.pixels_per_point();
        if region.is_fine && reach < FINE_FROM || !region.is_fine && reach > COARSE_UP_TO {
            continue;
        }
        let size = if region.is_fine { FINE_SIZE } else { SIZE };
        let colour = theme::rgb(palette.text);
        let font = egui::FontId::proportional(size);
        let galley = ctx.fonts_mut(|fonts| fonts.layout_no_wrap(region.name.clone(), font, colour));
        let at = egui::pos2(at.x * to_points, at.y * to_points);
        let rect = egui::Rect::from_center_size(at, galley.size() + egui::vec2(14.0, 6.0));
        let is_taken = taken
            .iter()
            .any(|other| other.expand(APART).intersects(rect));
        if is_taken || !free.contains_rect(rect) {
            continue;
        }
        taken.push(rect);
        if plate(ctx, region, rect, galley, theme::rgb(palette.background)) {
            clicked(region, &mut state, &mut out);
        }
    }
    Ok(())
}

/// A name on its ground; whether it was clicked.
fn plate(
    ctx: &egui::Context,
    region: &Region,
    rect: egui::Rect,
    galley: Arc<egui::Galley>,
    ground: egui::Color32,
) -> bool {
    egui::Area::new(egui::Id::new(("region", &region.name)))
        .order(egui::Order::Background)
        .fixed_pos(rect.min)
        .show(ctx, |ui| {
            let (rect, response) = ui.allocate_exact_size(rect.size(), egui::Sense::click());
            let name = region.name.as_str();
            response
                .widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Button, true, name));
            let strength = if response.hovered() { 1.0 } else { 0.8 };
            let painter = ui.painter();
            painter.rect_filled(rect, 5.0, ground.gamma_multiply(strength));
            painter.galley(
                rect.min + egui::vec2(7.0, 3.0),
                galley,
                egui::Color32::PLACEHOLDER,
            );
            response
                .on_hover_cursor(egui::CursorIcon::PointingHand)
                .on_hover_text(format!(
                    "{} shoes; click to fly there, and once more to show them alone",
                    theme::count(region.count)
                ))
                .clicked()
        })
        .inner
}

/// The first click flies there, the second one on the same name filters.
pub(super) fn clicked(region: &Region, state: &mut PanelState, out: &mut MessageWriter<Command>) {
    if state.region.as_ref() != Some(&region.name) {
        state.region = Some(region.name.clone());
        let middle = Vec3::from_array(region.centre);
        out.write(Command::Fly(Flight::Around(middle, region.reach)));
        return;
    }
    state.region = None;
    for (column, word) in &region.words {
        if !state.wishes.facets.has(column, word) {
            state.wishes.facets.toggle(column, word);
        }
    }
}
