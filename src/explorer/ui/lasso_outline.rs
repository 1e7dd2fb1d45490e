//! The line that is being drawn around shoes.

use super::theme;
use crate::explorer::state::Lasso;
use bevy::prelude::*;
use bevy_egui::{EguiContexts, egui};

pub(super) fn draw(mut contexts: EguiContexts, lasso: Res<Lasso>) -> Result {
    if lasso.outline.len() < 2 {
        return Ok(());
    }
    let ctx = contexts.ctx_mut()?;
    let to_points = 1.0 / ctx.zoom_factor();
    let at = |p: &Vec2| egui::pos2(p.x * to_points, p.y * to_points);
    let accent = theme::theme_of(&ctx.global_style().visuals)
        .palette()
        .accent;
    let painter = ctx.layer_painter(egui::LayerId::background());
    let stroke = egui::Stroke::new(2.0, accent);
    let points = lasso.outline.iter().map(at).collect();
    painter.add(egui::Shape::closed_line(points, stroke));
    Ok(())
}
