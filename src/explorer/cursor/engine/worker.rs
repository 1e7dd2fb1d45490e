//! What the designing thread does with its orders.

use super::{Answer, DICE, Errand, Fetched, Order, Shared};
use crate::catalog::Catalog;
use crate::design::direction::{Codes, Direction};
use crate::design::landing::{Landing, Yardstick};
use crate::design::path::{Line, Path as Way};
use crate::design::recipe::Recipe;
use crate::design::studio::{Made, Studio};
use crate::design::walk::{WalkOptions, Walker};
use crate::design::{DesignError, choose, decode_all, file};
use crate::embed;
use crate::explorer::cursor::path_export::export;
use crate::explorer::worker::Waker;
use crate::job::Job;
use crate::paths::Roots;
use crate::recommend::Recommender;
use crate::space::cursor::Fill;
use crate::workspace::{Generation, Item, Landed};
use image::RgbImage;
use std::sync::mpsc::Sender;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

/// The hand rests when no order came for this long.
const REST: Duration = Duration::from_millis(120);
/// While it moves, landings are looked at no more often than this.
const NOW_AND_THEN: Duration = Duration::from_millis(300);

/// One thing to do, taken out of the box.
enum Task {
    Open(Generation, Arc<Catalog>, Roots),
    Recommender(Arc<Recommender>),
    Make(u64, Order, Instant),
    Land,
    Dice(u64, Recipe, u64),
    Errand(Errand),
    Walk(u64, Option<(Vec<Item>, Vec<f32>, Line, WalkOptions)>),
    GoOn,
}

/// The thread's own side: what it knows, and what it is doing.
pub(super) struct Worker {
    shared: Arc<Shared>,
    answers: Sender<Answer>,
    waker: Waker,
    roots: Roots,
    studio: Option<Arc<Studio>>,
    recommender: Option<Arc<Recommender>>,
    yardstick: Option<Yardstick>,
    codes: Option<Codes>,
    /// The newest design, until it is known where it lands.
    unlanded: Option<(u64, Arc<Made>)>,
    last_order: Instant,
    last_landing: Instant,
    walker: Option<(u64, Arc<Way>, Walker)>,
}

impl Worker {
    pub fn new(shared: Arc<Shared>, answers: Sender<Answer>, waker: Waker) -> Self {
        Self {
            shared,
            answers,
            waker,
            roots: Roots::new(Vec::new()),
            studio: None,
            recommender: None,
            yardstick: None,
            codes: None,
            unlanded: None,
            last_order: Instant::now(),
            last_landing: Instant::now(),
            walker: None,
        }
    }

    /// Answers until the handle is gone.
    pub fn run(mut self) {
        while let Some(task) = self.next() {
            let answer = self.perform(task);
            if let Some(answer) = answer {
                if self.answers.send(answer).is_err() {
                    return;
                }
                self.waker.wake();
            }
        }
    }

    /// The most urgent thing to do; sleeps until there is one. None: the end.
    fn next(&self) -> Option<Task> {
        let shared = self.shared.clone();
        let mut inbox = shared.lock();
        loop {
            if inbox.closing {
                let errands = std::mem::take(&mut inbox.errands);
                let mut unsaved = errands.into_iter();
                let first = unsaved.find(|errand| matches!(errand, Errand::Export(..)));
                inbox.errands = unsaved.collect();
                return first.map(Task::Errand);
            }
            if let Some((generation, catalog, roots)) = inbox.open.take() {
                return Some(Task::Open(generation, catalog, roots));
            }
            if let Some(recommender) = inbox.recommender.take() {
                return Some(Task::Recommender(recommender));
            }
            if let Some((number, order, ordered)) = inbox.order.take() {
                return Some(Task::Make(number, order, ordered));
            }
            let mut patience = None;
            if self.unlanded.is_some() && self.recommender.is_some() {
                let rests = self.last_order.elapsed() >= REST;
                if rests || self.last_landing.elapsed() >= NOW_AND_THEN {
                    return Some(Task::Land);
                }
                patience = Some(REST.saturating_sub(self.last_order.elapsed()));
            }
            if let Some((number, recipe, seed)) = inbox.dice.take() {
                return Some(Task::Dice(number, recipe, seed));
            }
            if let Some(errand) = inbox.errands.pop_front() {
                return Some(Task::Errand(errand));
            }
            if let Some((number, walk)) = inbox.walk.take() {
                return Some(Task::Walk(number, walk));
            }
            if self.walker.is_some() {
                return Some(Task::GoOn);
            }
            inbox = match patience {
                Some(patience) => {
                    let waited = shared.news.wait_timeout(inbox, patience);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                None => shared
                    .news
                    .wait(inbox)
                    .unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    fn perform(&mut self, task: Task) -> Option<Answer> {
        match task {
            Task::Open(generation, catalog, roots) => {
                let opened = self.open(catalog, roots);
                Some(Answer::Opened(
                    generation,
                    opened.map_err(|e| e.to_string()),
                ))
            }
            Task::Recommender(recommender) => {
                // Without a yardstick lengths have no percentile, but everything else works.
                self.yardstick = Some(Yardstick::new(&recommender).unwrap_or_default());
                self.recommender = Some(recommender);
                None
            }
            Task::Make(number, order, ordered) => {
                let began = Instant::now();
                let made = self.make(order).map(Arc::new).map_err(|e| e.to_string());
                let done = Instant::now();
                self.last_order = done;
                self.unlanded = made.as_ref().ok().map(|made| (number, made.clone()));
                let took_ms = (done - began).as_secs_f32() * 1e3;
                Some(Answer::Made {
                    number,
                    made,
                    ordered,
                    done,
                    took_ms,
                })
            }
            Task::Land => {
                let (number, made) = self.unlanded.take()?;
                self.last_landing = Instant::now();
                let landed = self.land(&made).map(Arc::new).map_err(|e| e.to_string());
                Some(Answer::Landed(number, landed))
            }
            Task::Dice(number, recipe, seed) => Some(Answer::Dice(
                number,
                self.dice(&recipe, seed).map_err(|e| e.to_string()),
            )),
            Task::Errand(Errand::Learn(column, value)) => {
                let learned = self.learn(&column, value.as_deref());
                Some(Answer::Learned(
                    learned.map(Arc::new).map_err(|e| e.to_string()),
                ))
            }
            Task::Errand(Errand::Fetch(number, path)) => {
                let fetched = self.fetch(&path).map(Box::new).map_err(|e| e.to_string());
                Some(Answer::Fetched(number, fetched))
            }
            Task::Errand(Errand::Export(walk, kind, path)) => {
                let saved = export(&walk, kind, &path);
                let mut inbox = self.shared.lock();
                inbox.unsaved -= 1;
                // Nobody reads answers any more.
                if let (true, Err(error)) = (inbox.closing, &saved) {
                    tracing::error!("{error}");
                }
                drop(inbox);
                Some(Answer::Exported(saved.map_err(|e| e.to_string())))
            }
            Task::Walk(_, None) => {
                self.walker = None;
                None
            }
            Task::Walk(number, Some((stops, noise, line, options))) => {
                self.walker = None;
                match self.begin_walk(stops, noise, line, options) {
                    Ok((way, walker)) => {
                        let (done, of) = walker.progress();
                        self.walker = Some((number, way, walker));
                        Some(Answer::Walking(number, done, of))
                    }
                    Err(error) => Some(Answer::Walked(number, Err(error.to_string()))),
                }
            }
            Task::GoOn => {
                let (number, way, mut walker) = self.walker.take()?;
                let studio = self.studio.clone()?;
                match walker.advance(&studio) {
                    Ok(Some(walk)) => Some(Answer::Walked(number, Ok((way, Arc::new(walk))))),
                    Ok(None) => {
                        let (done, of) = walker.progress();
                        self.walker = Some((number, way, walker));
                        Some(Answer::Walking(number, done, of))
                    }
                    Err(error) => Some(Answer::Walked(number, Err(error.to_string()))),
                }
            }
        }
    }

    fn studio(&self) -> Result<&Arc<Studio>, DesignError> {
        self.studio.as_ref().ok_or_else(|| {
            DesignError::Misfit("there is no generator for this catalogue".to_owned())
        })
    }

    fn open(&mut self, catalog: Arc<Catalog>, roots: Roots) -> Result<Arc<Studio>, DesignError> {
        let waker = self.waker.clone();
        *self = Self::new(self.shared.clone(), self.answers.clone(), waker);
        let named = choose::for_catalogue(&catalog, &roots)?;
        // Without the embedder designs are made all the same; their panel says what is missing.
        let embedder = embed::embedder_of(&catalog.info().embedder);
        let embedder = embedder
            .find(&roots)
            .ok()
            .map(|path| embedder.load(&path))
            .transpose()?;
        self.roots = roots;
        let studio = Arc::new(Studio::new(catalog, named, embedder)?);
        self.studio = Some(studio.clone());
        Ok(studio)
    }

    fn make(&self, order: Order) -> Result<Made, DesignError> {
        let studio = self.studio()?;
        match order {
            Order::Recipe(recipe) => studio.make(&recipe),
            Order::Step {
                code,
                noise,
                at,
                origin,
            } => {
                let mut design = studio.design(code, noise, 1.0, origin);
                design.at = Some(at);
                let picture = design.decode(studio.generator())?;
                let filled = studio.cursor().fill(at, Fill::Neighbourhood, None, &[])?;
                let asked = filled.embedding.clone();
                Ok(Made {
                    design,
                    picture,
                    filled,
                    asked,
                })
            }
        }
    }

    fn land(&self, made: &Made) -> Result<Landing, DesignError> {
        let recommender = self.recommender.as_ref().ok_or_else(|| {
            DesignError::Misfit("the nearest shoes are not known yet; wait a moment".to_owned())
        })?;
        let none = Yardstick::default();
        self.studio()?
            .land(made, recommender, self.yardstick.as_ref().unwrap_or(&none))
    }

    fn dice(&self, recipe: &Recipe, seed: u64) -> Result<Vec<(Vec<f32>, RgbImage)>, DesignError> {
        let studio = self.studio()?;
        let mut designs = Vec::with_capacity(DICE);
        for i in 0..DICE as u64 {
            let noise = studio.generator().noise(seed, i);
            // Other noise at a held design's code, too.
            designs.push(
                studio
                    .plan(&Recipe {
                        noise,
                        ..recipe.clone()
                    })?
                    .0,
            );
        }
        let pictures = decode_all(&designs, studio.generator())?;
        Ok(designs.into_iter().map(|d| d.noise).zip(pictures).collect())
    }

    fn learn(&mut self, column: &str, value: Option<&str>) -> Result<Direction, DesignError> {
        let studio = self.studio()?.clone();
        if self.codes.is_none() {
            self.codes = Some(studio.codes(&Job::new())?);
        }
        let column = studio
            .catalog()
            .column(column)
            .ok_or_else(|| DesignError::Direction(format!("there is no column {column}")))?;
        self.codes.as_ref().map_or_else(
            || Err(DesignError::Direction("there are no codes".to_owned())),
            |codes| codes.direction(column, value),
        )
    }

    fn fetch(&self, path: &std::path::Path) -> Result<Fetched, DesignError> {
        let studio = self.studio()?;
        let ours = studio.generator();
        let opened = file::open(path, |sha256| {
            if ours.info().sha256 == sha256 {
                return Some(ours.clone());
            }
            choose::by_sha256(sha256, &self.roots).map(|named| named.generator)
        })?;
        let features = studio.embed_one(&opened.picture)?;
        let position = studio.position(&features)?;
        let file::Opened {
            design,
            picture,
            exact,
        } = opened;
        Ok(Fetched {
            design,
            picture,
            exact,
            landed: Landed { features, position },
        })
    }

    fn begin_walk(
        &self,
        stops: Vec<Item>,
        noise: Vec<f32>,
        line: Line,
        options: WalkOptions,
    ) -> Result<(Arc<Way>, Walker), DesignError> {
        let studio = self.studio()?;
        let stations = stops
            .iter()
            .map(|item| studio.station_at(item, noise.clone()))
            .collect::<Result<Vec<_>, _>>()?;
        let way = Way::new(stations, line)?;
        Ok((Arc::new(way.clone()), Walker::new(way, options)?))
    }
}
