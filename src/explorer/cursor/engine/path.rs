//! A path in the making: its ends settle, then its pictures are made, a few at a time.

use super::PathRequest;
use crate::design::interpolation::{Interpolation, Interpolator};
use crate::design::reembedding::{Aim, Yardstick};
use crate::design::route::{Route, Station};
use crate::design::settle::{Settling, TRIES};
use crate::design::studio::Studio;
use crate::design::{DesignError, Origin};
use crate::workspace::Item;
use std::sync::Arc;

/// The seed of every search: a place that is come back to settles to the same design.
pub(super) const SETTLING_SEED: u64 = 1;

/// A path, made.
#[derive(Debug, Clone)]
pub struct MadePath {
    /// The line that it follows.
    pub route: Arc<Route>,
    /// Its steps.
    pub walk: Arc<Interpolation>,
    /// How near each end lands to the shoe or photo that it was asked for at; a design lands on itself.
    pub aims: Vec<Option<Aim>>,
}

/// An end of a path as the generator makes it.
#[derive(Debug, Clone)]
struct End {
    station: Station,
    /// How far it is from what was asked for; none of a design.
    gap: Option<f32>,
}

/// Ends that settled, so that another number of steps does not search for them again.
#[derive(Debug, Default)]
pub struct KnownEnds(Vec<(Item, Vec<f32>, usize, End)>);

impl KnownEnds {
    /// More than a path has, for going back and forth between a few.
    const MOST: usize = 32;

    fn get(&self, item: &Item, noise: &[f32], tries: usize) -> Option<&End> {
        let mut known = self.0.iter();
        let found = known.find(|known| known.0 == *item && known.1 == noise && known.2 == tries);
        found.map(|known| &known.3)
    }

    fn put(&mut self, item: Item, noise: Vec<f32>, tries: usize, end: End) {
        if self.0.len() == Self::MOST {
            self.0.remove(0);
        }
        self.0.push((item, noise, tries, end));
    }
}

/// A path that is being made.
pub struct PathMaking {
    request: PathRequest,
    /// Designs that are tried for an end; 1 only looks where it lands.
    tries: usize,
    ends: Vec<End>,
    /// The end that settles, by its name.
    settling: Option<(String, Settling)>,
    pictures: Option<(Arc<Route>, Interpolator)>,
}

impl PathMaking {
    /// Begins.
    pub fn new(request: PathRequest) -> Self {
        Self {
            tries: if request.settles { TRIES } else { 1 },
            request,
            ends: Vec::new(),
            settling: None,
            pictures: None,
        }
    }

    /// How much is done, of how much: tries for its ends, and pictures.
    pub fn progress(&self) -> (usize, usize) {
        let of_ends = self.tries * self.request.ends.len();
        let settling = self.settling.as_ref().map_or(0, |(_, end)| end.count());
        let tried = (self.tries * self.ends.len() + settling).min(of_ends);
        match &self.pictures {
            Some((_, pictures)) => {
                let (done, of) = pictures.progress();
                (of_ends + done, of_ends + of)
            }
            // What the pictures will be is known once the ends are; a path has about as many.
            None => (tried, of_ends + 8 * self.request.options.steps),
        }
    }

    /// Does a little more; the path when it is made. Without a yardstick nobody knows how near its ends land.
    ///
    /// # Errors
    /// What the generator or the embedder refuses; a path of a shoe to itself.
    pub fn advance(
        &mut self,
        studio: &Studio,
        yardstick: Option<&Yardstick>,
        known: &mut KnownEnds,
    ) -> Result<Option<MadePath>, DesignError> {
        if let Some(item) = self.request.ends.get(self.ends.len()).cloned() {
            if let Some(end) = self.advance_end(studio, &item, known)? {
                self.ends.push(end);
            }
            return Ok(None);
        }
        let (route, pictures) = match &mut self.pictures {
            Some(pictures) => pictures,
            none => {
                let stations = self.ends.iter().map(|end| end.station.clone()).collect();
                let route = Route::new(stations, self.request.line)?;
                let pictures = Interpolator::new(route.clone(), self.request.options)?;
                none.insert((Arc::new(route), pictures))
            }
        };
        let Some(walk) = pictures.advance(studio)? else {
            return Ok(None);
        };
        let aim = |gap: f32| yardstick.map(|yardstick| Aim::of(yardstick.percentile(gap)));
        Ok(Some(MadePath {
            route: route.clone(),
            walk: Arc::new(walk),
            aims: self.ends.iter().map(|end| end.gap.and_then(aim)).collect(),
        }))
    }

    /// A few more tries for the end at `item`; the end when it is found.
    fn advance_end(
        &mut self,
        studio: &Studio,
        item: &Item,
        known: &mut KnownEnds,
    ) -> Result<Option<End>, DesignError> {
        let noise = &self.request.noise;
        if self.settling.is_none()
            && let Some(end) = known.get(item, noise, self.tries)
        {
            return Ok(Some(end.clone()));
        }
        let (name, mut settling) = match self.settling.take() {
            Some(settling) => settling,
            None => {
                let station = studio.station_at(item, noise.clone())?;
                if matches!(item, Item::Design(_)) {
                    return Ok(Some(End { station, gap: None }));
                }
                let asked = studio.embedding(&studio.features_of(item)?)?;
                let design = studio.design(station.code, station.noise, 1.0, Origin::Unknown);
                let picture = design.decode(studio.generator())?;
                let begun = Settling::begin(studio, (&design, &picture), &asked, SETTLING_SEED)?;
                (station.name, begun)
            }
        };
        if settling.count() < self.tries {
            settling.advance(studio)?;
        }
        if settling.count() < self.tries {
            self.settling = Some((name, settling));
            return Ok(None);
        }
        let best = settling.best();
        let end = End {
            station: Station {
                name,
                code: best.design.code.clone(),
                noise: best.design.noise.clone(),
            },
            gap: Some(best.gap),
        };
        known.put(item.clone(), noise.clone(), self.tries, end.clone());
        Ok(Some(end))
    }
}
