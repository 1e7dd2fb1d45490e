//! The path: ordering it, playing it, standing on it, leaving it.

use super::engine::{DICE, Order};
use super::state::{Latent, PathState};
use crate::design::Origin;
use crate::design::walk::WalkOptions;
use crate::explorer::command::Command;
use crate::explorer::state::NoticeLevel;

impl Latent {
    pub(super) fn walk(&mut self) {
        let was_on_path = self.path.share.is_some();
        self.path = PathState::default();
        if was_on_path {
            self.order_recipe();
        }
        let Some(engine) = &mut self.engine else {
            return;
        };
        if self.wish.ends.len() < 2 {
            engine.stop_walking();
            return;
        }
        let recipe = &self.wish.recipe;
        let mut noise: Vec<f32> = recipe.noise.iter().map(|x| x * recipe.truncation).collect();
        if let (true, Some(studio)) = (noise.is_empty(), &self.studio) {
            noise = studio.generator().noise(0, DICE as u64);
        }
        let options = WalkOptions {
            steps: self.wish.steps,
            spacing: self.wish.spacing,
        };
        self.path.number = engine.walk(self.wish.ends.clone(), noise, self.wish.line, options);
        self.path.progress = Some((0, 1));
    }

    pub(super) fn play(&mut self, out: &mut Vec<Command>) {
        if self.path.walk.is_none() {
            out.push(Command::Notify(
                NoticeLevel::Info,
                "There is no path to play: choose its two ends below".to_owned(),
            ));
            return;
        }
        self.played = None;
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
        let (Some(direction), Some((_, walk))) = (self.path.playing, &self.path.walk) else {
            return;
        };
        let length = (walk.steps.len() as f32 * 0.35).max(1.0);
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
        let (Some((line_share, at)), Some((way, _))) = (self.path.at(share), &self.path.walk)
        else {
            return;
        };
        let (code, noise) = way.at(line_share);
        let (from, to) = way.between(line_share);
        let origin = Origin::Between {
            from: from.to_owned(),
            to: to.to_owned(),
            share: line_share,
        };
        self.path.share = Some(share);
        if let Some(engine) = &mut self.engine {
            self.ordered = engine.order(Order::Step {
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
        let (Some((line_share, at)), Some((way, _)), Some(studio)) =
            (self.path.at(share), &self.path.walk, &self.studio)
        else {
            return;
        };
        let (code, noise) = way.at(line_share);
        let design = studio.design(code, noise, 1.0, Origin::Unknown);
        (self.path.share, self.path.playing) = (None, None);
        self.set(12, false, out, |wish| {
            wish.placed = true;
            wish.recipe.take_up(&design, at, "a step of the path");
        });
    }
}
