//! Several shoes at once: a line drawn around them with Shift held, or a box with Ctrl held.

use super::camera::{SceneView, pointer_is_free};
use crate::explorer::command::Command;
use crate::explorer::keyboard::{COMMAND, SHIFT};
use crate::explorer::schedule::ExplorerSet;
use crate::explorer::state::{Around, Hover, Lasso, OpenCatalogue, PointerClaim, Screen, Shown};
use crate::workspace::together::together;
use bevy::prelude::*;
use bevy_egui::input::EguiWantsInput;
use std::sync::Arc;

/// What is smaller than this each way is a click, in logical pixels.
const CLICK: f32 = 8.0;
/// Pixels between two points of the line.
const STEP: f32 = 3.0;

impl Lasso {
    fn follow(&mut self, pointer: Vec2) {
        match (self.way, self.outline.first().copied()) {
            (Some(Around::Box), Some(corner)) => {
                let (x, y) = (
                    Vec2::new(pointer.x, corner.y),
                    Vec2::new(corner.x, pointer.y),
                );
                self.outline = vec![corner, x, pointer, y];
            }
            (Some(Around::Line), Some(_)) => {
                let last = self.outline.last().copied().unwrap_or(pointer);
                if last.distance(pointer) >= STEP {
                    self.outline.push(pointer);
                }
            }
            _ => self.outline.push(pointer),
        }
    }
}

/// The smallest and the largest corner of what lies within an outline.
fn bounds(outline: &[Vec2]) -> (Vec2, Vec2) {
    let first = (Vec2::INFINITY, Vec2::NEG_INFINITY);
    (outline.iter()).fold(first, |(low, high), at| (low.min(*at), high.max(*at)))
}

/// Whether a point lies within a closed line; where the line crosses itself, by the rule of odd crossings.
fn is_within(outline: &[Vec2], at: Vec2) -> bool {
    let mut inside = false;
    for (i, a) in outline.iter().enumerate() {
        let b = outline[(i + 1) % outline.len()];
        let crosses = (a.y > at.y) != (b.y > at.y);
        if crosses && at.x < a.x + (b.x - a.x) * (at.y - a.y) / (b.y - a.y) {
            inside = !inside;
        }
    }
    inside
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Lasso>()
        // After the handle of the cursor, which Shift holds to an axis, had its say.
        .add_systems(Update, draw.in_set(ExplorerSet::Pick));
}

fn draw(
    buttons: Res<ButtonInput<MouseButton>>,
    keys: Res<ButtonInput<KeyCode>>,
    wants: Option<Res<EguiWantsInput>>,
    claim: Res<PointerClaim>,
    screen: Res<Screen>,
    hover: Res<Hover>,
    view: Res<SceneView>,
    open: Res<OpenCatalogue>,
    shown: Res<Shown>,
    mut lasso: ResMut<Lasso>,
    mut out: MessageWriter<Command>,
) {
    if buttons.just_pressed(MouseButton::Left) {
        let free = pointer_is_free(wants.as_deref(), &claim) && !screen.grid;
        let way = match (keys.any_pressed(SHIFT), keys.any_pressed(COMMAND)) {
            (true, false) => Some(Around::Line),
            (false, true) => Some(Around::Box),
            _ => None,
        };
        *lasso = Lasso {
            way: way.filter(|_| free),
            outline: Vec::new(),
        };
    }
    if !lasso.is_drawn() {
        return;
    }
    lasso.follow(hover.pointer);
    if buttons.pressed(MouseButton::Left) {
        return;
    }
    let outline = std::mem::take(&mut *lasso).outline;
    let (low, high) = bounds(&outline);
    if (high - low).max_element() < CLICK {
        return;
    }
    let is_picked = |&row: &u32| {
        let place = open.position(row as usize);
        let at = place.and_then(|place| view.project(place));
        at.is_some_and(|(at, _)| {
            at.cmpge(low).all() && at.cmple(high).all() && is_within(&outline, at)
        }) && shown.passes(row as usize)
    };
    let mut rows: Vec<u32> = (0..open.len() as u32).filter(is_picked).collect();
    together(&open.targets, &mut rows);
    out.write(Command::Pick(Arc::new(rows)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_within_a_line_is_told_whatever_its_shape() {
        let corner = |x: f32, y: f32| Vec2::new(x, y);
        // An L: the notch at the top right is outside.
        let outline = [
            corner(0.0, 0.0),
            corner(4.0, 0.0),
            corner(4.0, 4.0),
            corner(8.0, 4.0),
            corner(8.0, 8.0),
            corner(0.0, 8.0),
        ];
        for (at, inside) in [
            (corner(2.0, 2.0), true),
            (corner(6.0, 6.0), true),
            (corner(6.0, 2.0), false),
            (corner(-1.0, 4.0), false),
        ] {
            assert_eq!(is_within(&outline, at), inside, "{at}");
        }
        assert!(!is_within(&[], corner(0.0, 0.0)));
    }

    #[test]
    fn a_box_has_four_corners_and_a_line_as_many_as_it_takes() {
        let drawn = |way| {
            let mut lasso = Lasso {
                way: Some(way),
                outline: Vec::new(),
            };
            for x in 0..10 {
                lasso.follow(Vec2::new(2.0 * x as f32, x as f32));
            }
            lasso.outline
        };
        let corners = drawn(Around::Box);
        assert_eq!(bounds(&corners), (Vec2::ZERO, Vec2::new(18.0, 9.0)));
        assert_eq!(corners.len(), 4);
        // Every second step is far enough from the last point.
        assert_eq!(drawn(Around::Line).len(), 5);
    }
}
