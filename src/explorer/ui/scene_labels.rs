//! Words over the scene: the names of what is hovered and what is selected, and the axes in the corner.

use crate::explorer::scene::camera::SceneView;
use crate::explorer::scene::cloud::Cloud;
use crate::explorer::scene::palette::Look;
use crate::explorer::settings::ExplorerSettings;
use crate::explorer::state::{Covered, Guests, Hover, OpenCatalogue, Screen, Selection, Subject};
use crate::workspace::titles;
use bevy::prelude::*;
use bevy_egui::{EguiContexts, egui};

fn colour([r, g, b]: [u8; 3]) -> egui::Color32 {
    egui::Color32::from_rgb(r, g, b)
}

/// The three axes as the camera sees them, in the corner of what the panels leave free.
pub(super) fn axes(
    mut contexts: EguiContexts,
    view: Res<SceneView>,
    settings: Res<ExplorerSettings>,
    covered: Res<Covered>,
    screen: Res<Screen>,
    open: Res<OpenCatalogue>,
) -> Result {
    if !settings.axes || screen.grid || open.is_empty() {
        return Ok(());
    }
    let ctx = contexts.ctx_mut()?;
    let to_points = view.scale_factor / ctx.pixels_per_point();
    let size = view.sight.size / view.scale_factor;
    let origin = egui::pos2(
        (covered.left + 46.0) * to_points,
        (size.y - covered.bottom - 46.0) * to_points,
    );
    let painter = ctx.layer_painter(egui::LayerId::background());
    let camera = view.camera.rotation.inverse();
    // Told apart without their colours too: each has its letter.
    let mut ends: Vec<(Vec3, &str, egui::Color32)> = [
        (Vec3::X, "x", [213, 94, 0]),
        (Vec3::Y, "y", [0, 158, 115]),
        (Vec3::Z, "z", [0, 114, 178]),
    ]
    .into_iter()
    .map(|(axis, name, rgb)| (camera * axis, name, colour(rgb)))
    .collect();
    ends.sort_by(|a, b| a.0.z.total_cmp(&b.0.z));
    for (end, name, colour) in ends {
        let tip = origin + egui::vec2(end.x, -end.y) * 26.0;
        let faded = if end.z < 0.0 {
            colour.gamma_multiply(0.65)
        } else {
            colour
        };
        painter.line_segment([origin, tip], egui::Stroke::new(2.0, faded));
        painter.circle_filled(tip, 7.0, faded);
        painter.text(
            tip,
            egui::Align2::CENTER_CENTER,
            name,
            egui::FontId::proportional(11.0),
            egui::Color32::WHITE,
        );
    }
    Ok(())
}

/// The names of what is hovered and what is selected.
pub(super) fn names(
    mut contexts: EguiContexts,
    look: Res<Look>,
    open: Res<OpenCatalogue>,
    selection: Res<Selection>,
    hover: Res<Hover>,
    guests: Res<Guests>,
    screen: Res<Screen>,
    cloud: Option<Res<Cloud>>,
) -> Result {
    let (Some(catalog), Some(cloud)) = (&open.catalog, cloud) else {
        return Ok(());
    };
    if screen.grid {
        return Ok(());
    }
    let ctx = contexts.ctx_mut()?;
    let rows = cloud.len();
    let mut named: Vec<(usize, String)> = Vec::new();
    let key_of = |subject: &Subject| match subject {
        Subject::Shoe(row) => Some(*row),
        Subject::Guest(guest) => guests
            .0
            .iter()
            .position(|g| std::sync::Arc::ptr_eq(g, guest))
            .map(|at| rows + at),
    };
    let name_of = |key: usize| match key.checked_sub(rows) {
        None => Some(shoe_name(catalog, key)),
        Some(at) => guests.0.get(at).map(|guest| guest.name.clone()),
    };
    let hovered = hover.row.or(hover.guest.map(|at| rows + at));
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
            colour(look.text),
        );
        let rect = egui::Align2::CENTER_TOP
            .anchor_size(at, galley.size())
            .expand2(egui::vec2(7.0, 3.0));
        painter.rect_filled(rect, 5.0, colour(look.background).gamma_multiply(0.86));
        painter.galley(rect.min + egui::vec2(7.0, 3.0), galley, colour(look.text));
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
