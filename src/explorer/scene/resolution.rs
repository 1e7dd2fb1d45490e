//! Fewer pixels while the view moves faster than the machine paints: the scene is painted smaller and enlarged, and sharp
//! again in the frame in which it rests. Without a graphics card the cost of a frame is that of its pixels.

use super::camera::SceneView;
use super::cloud::projection::Sight;
use super::painter::Layers;
use crate::explorer::schedule::ExplorerSet;
use bevy::prelude::*;
use bevy::window::RequestRedraw;

/// Seconds that a frame should take while the view moves.
const GOAL: f32 = 0.030;
/// The least share of the picture's sides.
const LEAST: f32 = 0.5;
/// The share changes in steps of so much.
const STEP: f32 = 0.125;
/// A longer frame than this was a pause, in seconds.
const PAUSE: f32 = 0.4;

/// The share of the picture's sides in which the scene is painted.
#[derive(Resource, Debug, Clone, Copy, PartialEq)]
pub struct Resolution {
    /// From a half to 1.
    pub share: f32,
    /// Whether it follows how long frames take. Pictures that are kept are always sharp.
    pub follows: bool,
}

impl Default for Resolution {
    fn default() -> Self {
        Self {
            share: 1.0,
            follows: false,
        }
    }
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Resolution>()
        .add_systems(Update, follow.in_set(ExplorerSet::Show));
}

fn follow(
    view: Res<SceneView>,
    time: Res<Time<Real>>,
    mut seen: Local<Option<Sight>>,
    mut moved: Local<bool>,
    mut resolution: ResMut<Resolution>,
    mut layers: ResMut<Layers>,
    mut redraw: MessageWriter<RequestRedraw>,
) {
    if !resolution.follows {
        return;
    }
    let moves = seen
        .replace(view.sight)
        .is_some_and(|before| before != view.sight);
    let share = match moves {
        // The first frame of a movement is as long as the rest before it.
        true if *moved => next(resolution.share, time.delta_secs()),
        true => resolution.share,
        false => 1.0,
    };
    *moved = moves;
    if moves && share < 1.0 {
        // One more, in which it may rest.
        redraw.write(RequestRedraw);
    }
    if resolution.share != share {
        resolution.share = share;
    }
    layers.set_share(share);
}

/// The share for the next frame, after one of `share` that took so many seconds.
fn next(share: f32, seconds: f32) -> f32 {
    if seconds > PAUSE {
        return share;
    }
    // Pixels are the square of the share.
    let wanted = share * (GOAL / seconds.max(1e-3)).sqrt();
    let half_way = 0.5 * (share + wanted);
    let stepped = (half_way / STEP).round() * STEP;
    // Only where it is clearly too slow or clearly too fast: a picture that swings is worse than a slow one.
    let is_near = (0.75 * GOAL..1.15 * GOAL).contains(&seconds);
    if is_near {
        share
    } else {
        stepped.clamp(LEAST, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slow_frames_get_fewer_pixels_and_fast_ones_all() {
        let settle = |full: f32| {
            let mut share = 1.0;
            for _ in 0..20 {
                share = next(share, 0.006 + full * share * share);
            }
            share
        };
        assert_eq!(settle(0.010), 1.0);
        assert_eq!(settle(0.300), LEAST);
        let between = settle(0.045);
        assert!((0.6..0.9).contains(&between), "{between}");
        assert_eq!(next(0.75, 5.0), 0.75, "a pause says nothing");
    }

    #[test]
    fn it_is_sharp_where_nothing_moves() {
        let mut app = App::new();
        app.add_message::<RequestRedraw>()
            .init_resource::<SceneView>()
            .init_resource::<Layers>()
            .init_resource::<Time<Real>>()
            .insert_resource(Resolution {
                share: 0.5,
                follows: true,
            })
            .add_systems(Update, follow);
        app.update();
        assert_eq!(app.world().resource::<Resolution>().share, 1.0);
    }
}
