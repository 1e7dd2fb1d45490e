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
use crate::workspace::colouring::{ColourBy, Legend};
use crate::workspace::regions::Region;
use bevy::prelude::*;
use bevy_egui::{EguiContexts, egui};
use std::sync::Arc;

/// A finer region is named from where it takes so many points; a coarse one up to where it takes so many.
const FINE_FROM: f32 = 70.0;
const COARSE_UP_TO: f32 = 420.0;
/// What the handles that fold the panels cover at either side, in points.
const HANDLES: f32 = 30.0;
/// The room that the sign of a colour takes in a name, in points.
const SIGN: f32 = 13.0;
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
    let wanted = settings.names && (screen.panels || screen.names);
    let Some(regions) = open.regions.as_ref().filter(|_| wanted) else {
        return Ok(());
    };
    if screen.grid || screen.window || glides || steps_back {
        return Ok(());
    }
    let ctx = contexts.ctx_mut()?;
    let to_points = view.scale_factor / ctx.pixels_per_point();
    let free = free_of_panels(ctx.viewport_rect(), &covered, 1.0 / ctx.zoom_factor());
    let room = free.shrink2(egui::vec2(HANDLES, APART));
    let mut taken: Vec<egui::Rect> = Vec::new();
    let named = regions.iter().filter(|region| !region.name.is_empty());
    for region in named.filter(|r| shown.passes(r.typical)) {
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
        let tint = tint_of(region, &state);
        let sign = if tint.is_some() { SIGN } else { 0.0 };
        let rect = egui::Rect::from_center_size(at, galley.size() + egui::vec2(14.0 + sign, 6.0));
        if !free.contains(at) {
            continue;
        }
        let rect = moved_into(rect, room);
        let is_taken = taken
            .iter()
            .any(|other| other.expand(APART).intersects(rect));
        if is_taken {
            continue;
        }
        taken.push(rect);
        let ground = theme::rgb(palette.background);
        if plate(ctx, region, rect, galley, ground, tint) {
            clicked(region, &mut state, &mut out);
        }
    }
    Ok(())
}

/// A name moved so that no panel or handle covers it.
fn moved_into(name: egui::Rect, room: egui::Rect) -> egui::Rect {
    let most = (room.max - name.size()).max(room.min);
    egui::Rect::from_min_size(name.min.clamp(room.min, most), name.size())
}

/// The colour that the legend has for a region's word, where the shoes are tinted by that column.
fn tint_of(region: &Region, state: &PanelState) -> Option<egui::Color32> {
    let ColourBy::Column(by) = &state.wishes.colour else {
        return None;
    };
    let (_, word) = region.words.iter().find(|(column, _)| column == by)?;
    let Legend::Words { entries, .. } = &state.finding.found.as_ref()?.colours.as_ref()?.legend
    else {
        return None;
    };
    let (_, colour) = entries.iter().find(|(known, _)| known == word)?;
    Some(theme::rgb(*colour))
}

/// A name on its ground; whether it was clicked.
fn plate(
    ctx: &egui::Context,
    region: &Region,
    rect: egui::Rect,
    galley: Arc<egui::Galley>,
    ground: egui::Color32,
    tint: Option<egui::Color32>,
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
            let mut at = rect.min + egui::vec2(7.0, 3.0);
            if let Some(tint) = tint {
                let middle = egui::pos2(at.x + 4.0, rect.center().y);
                painter.circle_filled(middle, 4.0, tint);
                at.x += SIGN;
            }
            painter.galley(at, galley, egui::Color32::PLACEHOLDER);
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
fn clicked(region: &Region, state: &mut PanelState, out: &mut MessageWriter<Command>) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use egui::{Rect, pos2, vec2};

    #[test]
    fn a_name_at_the_edge_is_moved_to_where_it_can_be_read() {
        let room = Rect::from_min_max(pos2(280.0, 0.0), pos2(960.0, 700.0));
        let name = |x: f32, y: f32| Rect::from_min_size(pos2(x, y), vec2(80.0, 20.0));
        assert_eq!(moved_into(name(500.0, 300.0), room), name(500.0, 300.0));
        assert_eq!(moved_into(name(950.0, 695.0), room), name(880.0, 680.0));
        assert_eq!(moved_into(name(200.0, -9.0), room), name(280.0, 0.0));
        let narrow = Rect::from_min_max(pos2(0.0, 0.0), pos2(40.0, 20.0));
        assert_eq!(moved_into(name(9.0, 0.0), narrow), name(0.0, 0.0));
    }
}
