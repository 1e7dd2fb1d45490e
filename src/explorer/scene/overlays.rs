//! What stands in the scene beside the shoes: the floor, and the lines from the selection to its
//! recommendations.

use super::lines::{Plane, Stroke, Strokes};
use super::palette::ScenePalette;
use crate::explorer::schedule::ExplorerSet;
use crate::explorer::settings::ExplorerSettings;
use crate::explorer::state::{Lit, OpenCatalogue, Recommendations, Selection};
use crate::workspace::Generation;
use bevy::prelude::*;

pub(super) fn plugin(app: &mut App) {
    app.add_systems(Update, (floor, lines).in_set(ExplorerSet::Show));
}

/// A grid under the cloud that fades outwards.
fn floor(
    open: Res<OpenCatalogue>,
    settings: Res<ExplorerSettings>,
    palette: Res<ScenePalette>,
    mut strokes: ResMut<Strokes>,
    mut seen: Local<Generation>,
) {
    let is_other = open.generation.is_news_to(&mut seen);
    if !is_other && !settings.is_changed() && !palette.is_changed() {
        return;
    }
    let mut grid = Vec::new();
    if settings.floor && !open.is_empty() {
        let [r, g, b] = palette.faint;
        let reach = 1.6 * open.extent.radius;
        let ground = open.centre() - Vec3::Y * 1.05 * open.extent.radius;
        let at = |x: f32, z: f32| ground + Vec3::new(x, 0.0, z) * reach;
        const LINES: i32 = 8;
        const PIECES: i32 = 8;
        // Lines are cut in pieces, since each piece fades by itself.
        let opacity = |x: f32, z: f32| {
            let away = (x * x + z * z).sqrt();
            (150.0 * (1.0 - away).clamp(0.0, 1.0)) as u8
        };
        for line in -LINES..=LINES {
            let a = line as f32 / LINES as f32;
            for piece in -PIECES..PIECES {
                let (from, to) = (
                    piece as f32 / PIECES as f32,
                    (piece + 1) as f32 / PIECES as f32,
                );
                for (p, q) in [((a, from), (a, to)), ((from, a), (to, a))] {
                    let (start, end) = (opacity(p.0, p.1), opacity(q.0, q.1));
                    if start > 0 || end > 0 {
                        grid.push(
                            Stroke::line(at(p.0, p.1), at(q.0, q.1), 1.0, [r, g, b, start])
                                .to_colour([r, g, b, end]),
                        );
                    }
                }
            }
        }
    }
    strokes.set("floor", Plane::Floor, grid);
}

/// From the selection to each recommendation; the better, the stronger.
fn lines(
    open: Res<OpenCatalogue>,
    settings: Res<ExplorerSettings>,
    palette: Res<ScenePalette>,
    selection: Res<Selection>,
    recommendations: Res<Recommendations>,
    lit: Res<Lit>,
    mut strokes: ResMut<Strokes>,
    mut seen: Local<Generation>,
) {
    let is_other = open.generation.is_news_to(&mut seen);
    if !recommendations.is_changed()
        && !lit.is_changed()
        && !selection.is_changed()
        && !settings.is_changed()
        && !palette.is_changed()
        && !is_other
    {
        return;
    }
    let from = (recommendations.of.as_ref()).and_then(|item| open.position_of(item));
    let [r, g, b] = palette.line;
    let mut drawn = Vec::new();
    // While one designs, what is near the design is lit, and not what is like an older selection.
    let is_asked = lit.0.is_none() && recommendations.of == selection.current;
    if let Some(from) = from.filter(|_| settings.lines && is_asked) {
        let count = recommendations.list.len().max(1) as f32;
        for (rank, recommendation) in recommendations.list.iter().enumerate() {
            if let Some(to) = open.position(recommendation.row) {
                let strength = 1.0 - 0.6 * rank as f32 / count;
                let alpha = (230.0 * strength) as u8;
                drawn.push(
                    Stroke::line(from, to, 0.9 + 0.9 * strength, [r, g, b, alpha]).to_colour([
                        r,
                        g,
                        b,
                        alpha / 2,
                    ]),
                );
            }
        }
    }
    strokes.set("recommendations", Plane::Lines, drawn);
}
