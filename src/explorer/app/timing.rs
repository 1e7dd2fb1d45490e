//! How long frames take, for the status line and the bench.

use crate::explorer::scene::cloud::Cloud;
use crate::explorer::state::{FrameTimes, Launch};
use bevy::prelude::*;
use bevy::window::RequestRedraw;
use std::time::Instant;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Clock>()
        .add_systems(First, measure)
        .add_systems(Last, look_ahead);
}

#[derive(Resource, Default)]
struct Clock {
    last: Option<Instant>,
    /// Whether the frame before asked for this one, so that the time between them is no sleep.
    in_a_row: bool,
    with_shoes: u32,
}

/// Frames that must follow the first one with shoes before it is certainly on the screen: rendering runs
/// one frame behind.
const PIPELINE: u32 = 1;

fn measure(
    mut clock: ResMut<Clock>,
    mut times: ResMut<FrameTimes>,
    cloud: Option<Res<Cloud>>,
    launch: Option<Res<Launch>>,
) {
    let now = Instant::now();
    if let Some(last) = clock.last.replace(now)
        && clock.in_a_row
    {
        let ms = (now - last).as_secs_f32() * 1e3;
        times.frame_ms = if times.frame_ms == 0.0 {
            ms
        } else {
            0.85 * times.frame_ms + 0.15 * ms
        };
    }
    if times.first.is_none()
        && let (Some(cloud), Some(launch)) = (cloud, launch)
        && cloud.loaded() > 0
        && cloud.on_screen() > 0
    {
        clock.with_shoes += 1;
        if clock.with_shoes > PIPELINE {
            times.first = Some(launch.began.elapsed());
            info!(
                "first frame after {:.2} s",
                launch.began.elapsed().as_secs_f32()
            );
        }
    }
}

/// Frames that follow the last change: rendering runs behind, and what was uploaded is let go of by the
/// graphics layer only when later frames are handed in.
const LINGER: u32 = 4;

/// Until the first frame is measured, while patches are on their way, and shortly after any change, frames
/// follow each other.
fn look_ahead(
    mut clock: ResMut<Clock>,
    mut linger: Local<u32>,
    times: Res<FrameTimes>,
    patches: Res<crate::explorer::scene::cloud::atlas::Patches>,
    mut cloud: Option<ResMut<Cloud>>,
    mut redraw: ResMut<Messages<RequestRedraw>>,
) {
    let (loaded, repainted) = cloud.as_mut().map_or((0, false), |cloud| {
        let cloud = cloud.bypass_change_detection();
        (cloud.loaded(), cloud.take_repainted())
    });
    if repainted || patches.waiting() > 0 || (times.first.is_none() && loaded > 0) {
        *linger = LINGER;
    }
    if *linger > 0 {
        *linger -= 1;
        redraw.write(RequestRedraw);
    }
    clock.in_a_row = !redraw.is_empty();
}
