//! What the latent cursor knows from frame to frame.

use super::engine::Engine;
use super::shelf::Shelf;
use super::wish::Wish;
use crate::catalog::Catalog;
use crate::design::direction::Direction;
use crate::design::landing::Landing;
use crate::design::path::Path as Way;
use crate::design::recipe::History;
use crate::design::studio::{Made, Studio};
use crate::design::walk::Walk;
use crate::workspace::{Generation, Item, Landed, PicturedDesign};
use bevy::prelude::Resource;
use image::RgbImage;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

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
    Missing(String),
}

/// Eight designs at one place.
#[derive(Debug, Clone, Default)]
pub struct Dice {
    /// The number of the throw, 0 before the first.
    pub number: u64,
    /// Noise and picture of each.
    pub faces: Vec<(Vec<f32>, RgbImage)>,
}

/// A path, as far as it is made.
#[derive(Debug, Clone, Default)]
pub struct PathState {
    /// The number of its order; answers to others are late.
    pub number: u64,
    /// Pictures that are made, of how many, while it is being made.
    pub progress: Option<(usize, usize)>,
    /// The line and the steps.
    pub walk: Option<(Arc<Way>, Arc<Walk>)>,
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
        let (_, walk) = self.walk.as_ref()?;
        let last = walk.steps.len().checked_sub(1)?;
        let along = share.clamp(0.0, 1.0) * last as f32;
        let step = (along.floor() as usize).min(last.saturating_sub(1));
        let (from, to) = (
            &walk.steps[step],
            walk.steps.get(step + 1).unwrap_or(&walk.steps[step]),
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
pub struct Latent {
    /// What the user wants.
    pub wish: Wish,
    /// What was wanted before.
    pub history: History<Wish>,
    /// What kind of change was remembered last, and when; changes of one kind in a row are one step.
    pub(super) remembered: Option<(u64, Instant)>,
    /// Whether designs can be made.
    pub status: Status,
    /// The thread; none before the first catalogue.
    pub(super) engine: Option<Engine>,
    /// The generation of the catalogue that the thread is asked about.
    pub(super) generation: Generation,
    pub(super) has_recommender: bool,
    /// Makes the designs; for positions and names.
    pub studio: Option<Arc<Studio>>,
    /// The newest order.
    pub(super) ordered: u64,
    /// The newest design.
    pub made: Option<Arc<Made>>,
    /// The number of the newest design.
    pub made_number: u64,
    /// Where the newest design that was looked at lands, and the number of that design.
    pub landing: Option<(u64, Arc<Landing>)>,
    /// Why the newest design could not be made or looked at.
    pub trouble: Option<String>,
    /// The dice.
    pub dice: Dice,
    pub(super) throws: u64,
    /// Whether the dice are to be thrown again once the hand rests.
    pub(super) dice_due: bool,
    /// The path.
    pub path: PathState,
    pub(super) played: Option<Instant>,
    /// Named directions, each with its slider in the wish's recipe.
    pub directions: Vec<Arc<Direction>>,
    /// Whether a direction is being learned.
    pub learning: bool,
    /// Saved designs.
    pub shelf: Shelf,
    /// What is fetched from the shelf, and for what.
    pub(super) fetching: Vec<(u64, std::path::PathBuf, crate::explorer::command::Use)>,
    /// What the pointer is on.
    pub grip: Option<Grip>,
    /// What is dragged.
    pub drag: Option<Drag>,
    /// From the order to the picture, in milliseconds, newest last.
    pub times: VecDeque<f32>,
}

impl Latent {
    /// The catalogue that designs are made in.
    pub fn catalog(&self) -> Option<&Arc<Catalog>> {
        self.studio.as_ref().map(|s| s.catalog())
    }

    /// The landing of the design that is shown, unless that is newer.
    pub fn landed(&self) -> Option<&Arc<Landing>> {
        self.landing
            .as_ref()
            .filter(|(number, _)| *number == self.made_number)
            .map(|(_, l)| l)
    }

    /// The design that was made last.
    pub fn design_item(&self, name: &str) -> Option<Item> {
        let made = self.made.as_ref()?;
        Some(Item::Design(Arc::new(PicturedDesign {
            name: name.to_owned(),
            design: made.design.clone(),
            picture: made.picture.clone(),
            landed: self.landed().map(|landing| Landed {
                features: landing.features.clone(),
                position: landing.position,
            }),
        })))
    }

    /// Where the cursor stands now, on its path or off it.
    pub fn position(&self) -> Option<[f32; 3]> {
        if let Some(share) = self.path.share {
            return self.path.at(share).map(|(_, at)| at);
        }
        self.wish.placed.then_some(self.wish.recipe.at)
    }

    /// Whether a design can be made.
    pub fn is_ready(&self) -> bool {
        self.status == Status::Ready
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
