//! What the latent cursor knows from frame to frame.

use super::engine::{Engine, Face, MadePath};
use super::request::Request;
use super::shelf::Shelf;
use super::undo::Undo;
use crate::catalog::Catalog;
use crate::design::DesignError;
use crate::design::direction::Direction;
use crate::design::reembedding::Reembedding;
use crate::design::studio::{Made, Studio};
use crate::explorer::command::Use;
use crate::paths::Roots;
use crate::workspace::{Generation, Item, Landed, PicturedDesign};
use bevy::prelude::Resource;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// How many drag-to-picture times are kept.
pub const TIMES: usize = 300;

/// Whether designs can be made.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Status {
    /// No catalogue is open.
    #[default]
    Closed,
    /// The generator is being loaded.
    Loading,
    /// Yes.
    Ready,
    /// No, and what to do.
    Missing(Missing),
}

/// Why no design can be made.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Missing {
    /// In words.
    pub words: String,
    /// What to type in a terminal, where that would help.
    pub command: Option<String>,
}

impl From<&DesignError> for Missing {
    fn from(error: &DesignError) -> Self {
        let command = error.wants_training().map(|(catalogue, model)| {
            format!("shoespace train {} -o models/{model}", catalogue.display())
        });
        Self {
            words: error.to_string(),
            command,
        }
    }
}

/// Eight designs at one place.
#[derive(Debug, Clone, Default)]
pub struct Dice {
    /// The number of the throw, 0 before the first.
    pub number: u64,
    /// The one that lands nearest first.
    pub faces: Vec<Face>,
    /// Of which throw they are.
    pub shown: u64,
    /// The seed of the last throw.
    pub(super) seed: u64,
    /// Whether they are to be thrown again once the hand rests.
    pub(super) due: bool,
}

/// The newest design and what is known about it.
#[derive(Debug, Default)]
pub struct Newest {
    /// The design.
    pub made: Option<Arc<Made>>,
    /// Its number.
    pub number: u64,
    /// How often it was improved since.
    pub improvements: u64,
    /// Whether it is being improved.
    pub settling: bool,
    /// Whether all that was tried to improve it has been tried.
    pub settled: bool,
    /// Where the newest design that was embedded again lands, and the number of that design.
    pub reembedding: Option<(u64, Arc<Reembedding>)>,
    /// Why the newest design could not be made or embedded again.
    pub trouble: Option<String>,
    /// From the order to the picture, in milliseconds, newest last.
    pub times: VecDeque<f32>,
}

impl Newest {
    /// Where this very design lands, once it is known.
    pub fn landed(&self) -> Option<&Arc<Reembedding>> {
        (self.reembedding.as_ref())
            .filter(|(number, _)| *number == self.number)
            .map(|(_, reembedding)| reembedding)
    }

    /// Another for every picture of the newest design.
    pub fn picture_number(&self) -> u64 {
        (self.number << 16) + self.improvements
    }

    /// Takes a design in. One that was overtaken is still newer than what is shown.
    pub(super) fn take(&mut self, number: u64, made: Arc<Made>, took: Duration) {
        if number <= self.number {
            return;
        }
        if self.times.len() == TIMES {
            self.times.pop_front();
        }
        self.times.push_back(took.as_secs_f32() * 1e3);
        (self.made, self.number) = (Some(made), number);
        (self.improvements, self.settling, self.settled) = (0, false, false);
        self.trouble = None;
    }

    /// Median and 95th percentile of the times from order to picture, in milliseconds.
    pub fn latency(&self) -> Option<(f32, f32)> {
        let mut times: Vec<f32> = self.times.iter().copied().collect();
        times.sort_by(f32::total_cmp);
        let at = |share: f32| {
            times
                .get((share * (times.len().max(1) - 1) as f32).round() as usize)
                .copied()
        };
        Some((at(0.5)?, at(0.95)?))
    }
}

/// Named directions, each with its slider in the request.
#[derive(Debug, Default)]
pub struct Directions {
    /// In the order in which they were learned.
    pub known: Vec<Arc<Direction>>,
    /// Whether another is being learned.
    pub learning: bool,
}

/// What the pointer does with the handle.
#[derive(Debug, Clone, Copy, Default)]
pub struct Pointer {
    /// What it is on.
    pub grip: Option<Grip>,
    /// What it drags.
    pub drag: Option<Drag>,
}

impl Pointer {
    /// Whether it is on this part of the handle, or drags it.
    pub fn holds(&self, grip: Grip) -> bool {
        self.grip == Some(grip) || self.drag.is_some_and(|drag| drag.grip == grip)
    }
}

/// A path, as far as it is made.
#[derive(Debug, Clone, Default)]
pub struct PathState {
    /// Its number; answers to others are late.
    pub number: u64,
    /// How much is done, of how much, while it is being made.
    pub progress: Option<(usize, usize)>,
    /// The line, the steps, and how near its ends land.
    pub made: Option<MadePath>,
    /// Why there is none.
    pub error: Option<String>,
    /// The share of the steps at which it is stood, 0 to 1; none while the cursor is not on the path.
    pub share: Option<f32>,
    /// Whether it plays, and which way: 1 or −1.
    pub playing: Option<f32>,
}

impl PathState {
    /// Where a share of the steps lies: its share of the line, and its place on the curve of where the
    /// pictures truly land.
    pub fn at(&self, share: f32) -> Option<(f32, [f32; 3])> {
        let path = &self.made.as_ref()?.walk;
        let last = path.steps.len().checked_sub(1)?;
        let along = share.clamp(0.0, 1.0) * last as f32;
        let step = (along.floor() as usize).min(last.saturating_sub(1));
        let (from, to) = (
            &path.steps[step],
            path.steps.get(step + 1).unwrap_or(&path.steps[step]),
        );
        let part = along - step as f32;
        let mix = |a: f32, b: f32| a + part * (b - a);
        let at = std::array::from_fn(|i| mix(from.position[i], to.position[i]));
        Some((mix(from.share, to.share), at))
    }
}

/// Which part of the handle the pointer is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grip {
    /// The middle: it moves in the plane of the screen.
    Middle,
    /// An arrow: it moves along that axis.
    Axis(usize),
}

/// A drag of the handle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Drag {
    /// What was taken hold of.
    pub grip: Grip,
    /// Where the cursor was.
    pub from: [f32; 3],
    /// Where the pointer was, as a point of the scene.
    pub grabbed: [f32; 3],
}

/// Everything about the latent cursor. Changed by this room alone.
#[derive(Resource, Default)]
pub struct LatentCursor {
    /// What the user asks for.
    pub request: Request,
    /// What was asked for before.
    pub undo: Undo,
    /// Whether designs can be made.
    pub status: Status,
    /// The thread; none before the first catalogue.
    pub(super) engine: Option<Engine>,
    /// The generation of the catalogue that is designed in.
    pub(super) generation: Generation,
    pub(super) has_recommender: bool,
    /// Where generators of saved designs are looked for.
    pub(super) roots: Roots,
    /// The open catalogue's, once it is loaded; for positions and names.
    pub studio: Option<Arc<Studio>>,
    /// The newest design.
    pub newest: Newest,
    /// The dice.
    pub dice: Dice,
    /// The path.
    pub path: PathState,
    /// Named directions.
    pub directions: Directions,
    /// The rows at the low and the high end of each component beyond the axes.
    pub ends: Vec<Option<[usize; 2]>>,
    /// Saved designs.
    pub shelf: Shelf,
    /// What is fetched from the shelf, and for what.
    pub(super) fetching: Vec<(u64, PathBuf, Use)>,
    /// What the pointer does with the handle.
    pub pointer: Pointer,
}

impl LatentCursor {
    /// The catalogue that designs are made in.
    pub fn catalog(&self) -> Option<&Arc<Catalog>> {
        self.studio.as_ref().map(|s| s.catalog())
    }

    /// The design that was made last.
    pub fn design_item(&self, name: &str) -> Option<Item> {
        let made = self.newest.made.as_ref()?;
        Some(Item::Design(Arc::new(PicturedDesign {
            name: name.to_owned(),
            design: made.design.clone(),
            picture: made.picture.clone(),
            landed: self.newest.landed().map(|reembedding| Landed {
                features: reembedding.features.clone(),
                position: reembedding.position,
            }),
        })))
    }

    /// Where the cursor stands now, on its path or off it.
    pub fn position(&self) -> Option<[f32; 3]> {
        if let Some(share) = self.path.share {
            return self.path.at(share).map(|(_, at)| at);
        }
        self.request.placed.then_some(self.request.design.at)
    }

    /// Whether a design can be made.
    pub fn is_ready(&self) -> bool {
        self.status == Status::Ready
    }
}
