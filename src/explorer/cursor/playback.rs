//! The path: ordering it, playing it, standing on it, leaving it.

use super::apply::info;
use super::engine::{DICE, PathRequest, PathStep};
use super::state::{LatentCursor, PathState};
use super::undo::Change;
use crate::design::Origin;
use crate::design::interpolation::InterpolationOptions;
use crate::explorer::command::Command;

impl LatentCursor {
    pub(super) fn order_path(&mut self) {
        let was_on_path = self.path.share.is_some();
        self.path = PathState::default();
        if was_on_path {
            self.order_design();
        }
        let Some(engine) = &mut self.engine else {
            return;
        };
        if self.request.ends.len() < 2 {
            engine.stop_interpolating();
            return;
        }
        let design = &self.request.design;
        let mut noise: Vec<f32> = design.noise.iter().map(|x| x * design.truncation).collect();
        if let (true, Some(studio)) = (noise.is_empty(), &self.studio) {
            noise = studio.generator().noise(0, DICE as u64);
        }
        let options = InterpolationOptions {
            steps: self.request.steps,
            spacing: self.request.spacing,
        };
        self.path.number = engine.interpolate(PathRequest {
            ends: self.request.ends.clone(),
            noise,
            line: self.request.line,
            options,
            settles: self.request.settles,
        });
        self.path.progress = Some((0, 1));
    }

    pub(super) fn play(&mut self, out: &mut Vec<Command>) {
        if self.path.made.is_none() {
            out.push(info("There is no path to play: choose its two ends below"));
            return;
        }
        self.path.playing = match self.path.playing {
            Some(_) => None,
            None => Some(if self.path.share.is_some_and(|s| s >= 1.0) {
                -1.0
            } else {
                1.0
            }),
        };
    }

    /// Moves on along the path while it plays; turns round at its ends. `seconds` since the last call.
    pub fn play_on(&mut self, seconds: f32) {
        let (Some(direction), Some(made)) = (self.path.playing, &self.path.made) else {
            return;
        };
        let length = (made.walk.steps.len() as f32 * 0.35).max(1.0);
        let share = self.path.share.unwrap_or(0.0) + direction * seconds / length;
        if !(0.0..=1.0).contains(&share) {
            self.path.playing = Some(-direction);
        }
        self.stand_on_path(share);
    }

    pub(super) fn stand_on_path(&mut self, share: f32) {
        let share = if share.is_finite() {
            share.clamp(0.0, 1.0)
        } else {
            0.0
        };
        let (Some((line_share, at)), Some(made)) = (self.path.at(share), &self.path.made) else {
            return;
        };
        let (code, noise) = made.route.at(line_share);
        let (from, to) = made.route.between(line_share);
        let origin = Origin::Between {
            from: from.to_owned(),
            to: to.to_owned(),
            share: line_share,
        };
        self.path.share = Some(share);
        if let Some(engine) = &mut self.engine {
            engine.step(PathStep {
                code,
                noise,
                at,
                origin,
            });
        }
    }

    /// Goes on from where the path stands: its design is taken up there.
    pub(super) fn leave_path(&mut self, out: &mut Vec<Command>) {
        let Some(share) = self.path.share else { return };
        let (Some((line_share, at)), Some(made), Some(studio)) =
            (self.path.at(share), &self.path.made, &self.studio)
        else {
            return;
        };
        let (code, noise) = made.route.at(line_share);
        let design = studio.design(code, noise, 1.0, Origin::Unknown);
        (self.path.share, self.path.playing) = (None, None);
        self.set(Change::LeavePath, out, |request| {
            request.placed = true;
            request.design.take_up(&design, at, "a step of the path");
        });
    }
}
