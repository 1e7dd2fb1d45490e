//! Where the panels lie: left, right, below, and the status line; the scene shows in what is left.
//!
//! Each panel is an [`egui::Area`] with a fixed place and size and an opaque frame, so that egui knows that
//! the pointer is over it even where it is blank (docked panels do not count).

use super::{spoken, theme};
use bevy::prelude::Resource;
use bevy_egui::egui::{self, Id, Pos2, Rect, Ui, UiBuilder, Vec2};

/// The height of the status line, in points.
pub const STATUS: f32 = 28.0;
/// A folded panel leaves a strip of this width, in points.
pub const FOLDED: f32 = 26.0;

/// The places of all panels in this frame, in egui's points. The panel below belongs to the latent cursor,
/// which says how high it wants to be.
#[derive(Resource, Debug, Clone, Copy, PartialEq)]
pub struct Docks {
    /// The catalogue.
    pub left: Rect,
    /// The shoe.
    pub right: Rect,
    /// The latent cursor, between left and right above the status line; of no height when it is not shown.
    pub below: Rect,
    /// The status line, over the whole width.
    pub status: Rect,
    /// What is left for the scene.
    pub free: Rect,
    /// How high the panel below wants to be, in points; written by the latent cursor, 0 hides it.
    pub below_wanted: f32,
    /// Whether the left panel is folded away.
    pub left_folded: bool,
    /// Whether the right panel is folded away.
    pub right_folded: bool,
}

impl Default for Docks {
    fn default() -> Self {
        Self {
            left: Rect::ZERO,
            right: Rect::ZERO,
            below: Rect::ZERO,
            status: Rect::ZERO,
            free: Rect::ZERO,
            below_wanted: 0.0,
            left_folded: false,
            right_folded: false,
        }
    }
}

impl Docks {
    /// Lays the panels out in `screen`. A narrow screen keeps at least a third of its width for the scene.
    pub fn lay_out(&mut self, screen: Rect, panels: bool) {
        let third = screen.width() / 3.0;
        let width = |folded: bool, share: f32, least: f32, most: f32| match (panels, folded) {
            (false, _) => 0.0,
            (true, true) => FOLDED,
            (true, false) => (screen.width() * share).clamp(least, most).min(third),
        };
        let left = width(self.left_folded, 0.2, 250.0, 340.0);
        let right = width(self.right_folded, 0.27, 340.0, 480.0);
        let status = if panels { STATUS } else { 0.0 };
        let below = if panels {
            self.below_wanted.clamp(0.0, screen.height() * 0.5)
        } else {
            0.0
        };
        let bottom = screen.bottom() - status;
        let rect = |x0: f32, y0: f32, x1: f32, y1: f32| {
            Rect::from_min_max(Pos2::new(x0, y0), Pos2::new(x1, y1))
        };
        self.left = rect(screen.left(), screen.top(), screen.left() + left, bottom);
        self.right = rect(screen.right() - right, screen.top(), screen.right(), bottom);
        self.below = rect(self.left.right(), bottom - below, self.right.left(), bottom);
        self.status = rect(screen.left(), bottom, screen.right(), screen.bottom());
        self.free = rect(
            self.left.right(),
            screen.top(),
            self.right.left(),
            bottom - below,
        );
    }
}

/// Shows a panel at its place. What does not fit is clipped, so `add` scrolls what may grow.
pub fn panel<R>(
    ctx: &egui::Context,
    name: &str,
    place: Rect,
    add: impl FnOnce(&mut Ui) -> R,
) -> Option<R> {
    if place.width() < 1.0 || place.height() < 1.0 {
        return None;
    }
    let area = egui::Area::new(Id::new(("panel", name)))
        .order(egui::Order::Middle)
        .fixed_pos(place.min)
        .constrain(false)
        .movable(false)
        .fade_in(false)
        .interactable(true)
        .sense(egui::Sense::click_and_drag());
    let shown = area.show(ctx, |ui| {
        let frame = theme::panel_frame(ui.style());
        ui.set_clip_rect(place);
        ui.painter().rect_filled(place, 0.0, frame.fill);
        ui.painter().rect_stroke(
            place,
            0.0,
            egui::Stroke::new(1.0, theme::palette(ui).line),
            egui::StrokeKind::Inside,
        );
        let margin = frame.inner_margin;
        let inside = Rect::from_min_max(
            place.min + Vec2::new(f32::from(margin.left), f32::from(margin.top)),
            place.max - Vec2::new(f32::from(margin.right), f32::from(margin.bottom)),
        );
        let mut inner = ui.new_child(UiBuilder::new().max_rect(inside).id_salt(name));
        inner.set_clip_rect(place.intersect(inside.expand(4.0)));
        spoken::region(&inner, name);
        let made = add(&mut inner);
        // The area is as large as the panel whatever is in it.
        ui.allocate_rect(place, egui::Sense::hover());
        made
    });
    Some(shown.inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn laid_out(width: f32, height: f32, change: impl FnOnce(&mut Docks)) -> Docks {
        let mut docks = Docks::default();
        change(&mut docks);
        docks.lay_out(
            Rect::from_min_size(Pos2::ZERO, Vec2::new(width, height)),
            true,
        );
        docks
    }

    #[test]
    fn panels_never_overlap_and_the_scene_keeps_room() {
        for (width, height) in [(640.0, 360.0), (1280.0, 720.0), (2560.0, 1440.0)] {
            for below in [0.0, 180.0, 9_999.0] {
                let docks = laid_out(width, height, |d| d.below_wanted = below);
                let all = [
                    docks.left,
                    docks.right,
                    docks.below,
                    docks.status,
                    docks.free,
                ];
                for (i, a) in all.iter().enumerate() {
                    assert!(a.width() >= 0.0 && a.height() >= 0.0, "{docks:?}");
                    for b in &all[i + 1..] {
                        assert!(
                            a.shrink(0.1).intersect(b.shrink(0.1)).is_negative()
                                || a.area() < 1.0
                                || b.area() < 1.0,
                            "{a:?} {b:?}"
                        );
                    }
                }
                assert!(docks.free.width() >= width / 3.0 - 0.1);
                assert!(docks.free.height() > 0.0);
            }
        }
    }

    #[test]
    fn folded_panels_leave_a_strip_and_none_leave_nothing() {
        let docks = laid_out(1280.0, 720.0, |d| d.left_folded = true);
        assert_eq!(docks.left.width(), FOLDED);
        let mut docks = Docks::default();
        docks.lay_out(
            Rect::from_min_size(Pos2::ZERO, Vec2::new(1280.0, 720.0)),
            false,
        );
        assert_eq!(docks.free.size(), Vec2::new(1280.0, 720.0));
    }
}
