//! The thread that designs: one, named; the newest request wins.
//!
//! Orders lie in a box with one slot a kind, so that a newer order replaces an older one that was not begun:
//! there is no queue to lag behind the hand. Looking where a design lands takes longer than making it, so that
//! waits until the hand rests, or happens now and then while it moves. A path is made a few pictures at a time,
//! and steps aside for everything else.

use crate::catalog::Catalog;
use crate::design::direction::{Codes, Direction};
use crate::design::landing::{Landing, Yardstick};
use crate::design::path::{Line, Path as Way, Station};
use crate::design::recipe::Recipe;
use crate::design::studio::{Made, Studio};
use crate::design::walk::{Walk, WalkOptions, Walker};
use crate::design::{Design, DesignError, Origin, choose, decode_all, file};
use crate::embed::{Embedder, Features, WEIGHTS_FILE};
use crate::explorer::worker::Waker;
use crate::job::Job;
use crate::paths::Roots;
use crate::recommend::Recommender;
use crate::space::cursor::Fill;
use image::RgbImage;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The hand rests when no order came for this long.
const REST: Duration = Duration::from_millis(120);
/// While it moves, landings are looked at no more often than this.
const NOW_AND_THEN: Duration = Duration::from_millis(300);
/// Designs of one throw of the dice.
pub const DICE: usize = 8;

/// What to make.
#[derive(Debug, Clone)]
pub enum Order {
    /// A recipe.
    Recipe(Recipe),
    /// A step of a path: a code, a noise, and where the cursor stands.
    Step {
        /// The code.
        code: Vec<f32>,
        /// The noise, already scaled.
        noise: Vec<f32>,
        /// Where the cursor stands on the curve.
        at: [f32; 3],
        /// Between which two, and the share of the way.
        origin: Origin,
    },
}

/// A place that a path goes through, before the generator was asked.
#[derive(Debug, Clone)]
pub enum Stop {
    /// A shoe of the catalogue.
    Shoe(usize),
    /// Raw blocks, with a name.
    Blocks(String, Features),
    /// A design, with a name.
    Design(String, Arc<Design>),
}

/// What is done once, in turn.
#[derive(Debug, Clone)]
pub enum Errand {
    /// Learn the direction of a column and, for words, a word.
    Learn(String, Option<String>),
    /// Open a saved design and look where it lands; the number comes back with the answer.
    Fetch(u64, PathBuf),
}

/// A design that was fetched.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// The design.
    pub design: Design,
    /// Its picture.
    pub picture: RgbImage,
    /// Whether the picture is the saved one to the bit.
    pub exact: bool,
    /// Its raw blocks.
    pub features: Features,
    /// Where it lies in the scene.
    pub position: [f32; 3],
}

/// What the thread answers.
pub enum Answer {
    /// A studio for the catalogue of this generation, or why there is none.
    Opened(u64, Result<Arc<Studio>, String>),
    /// A design.
    Made {
        /// The number of its order.
        number: u64,
        /// The design, or why there is none.
        made: Result<Arc<Made>, String>,
        /// When it was ordered.
        ordered: Instant,
        /// When its picture was there.
        done: Instant,
        /// How long it took from point to picture, in milliseconds.
        took_ms: f32,
    },
    /// Where the design of this order lands.
    Landed(u64, Result<Arc<Landing>, String>),
    /// Eight designs with their noises.
    Dice(u64, Result<Vec<(Vec<f32>, RgbImage)>, String>),
    /// So many pictures of a path are made, of so many.
    Walking(u64, usize, usize),
    /// A path, and the line that it follows.
    Walked(u64, Result<(Arc<Way>, Arc<Walk>), String>),
    /// A direction.
    Learned(Result<Arc<Direction>, String>),
    /// A saved design.
    Fetched(u64, Result<Box<Fetched>, String>),
}

#[derive(Default)]
struct Inbox {
    open: Option<(u64, Arc<Catalog>, Roots)>,
    recommender: Option<Arc<Recommender>>,
    order: Option<(u64, Order, Instant)>,
    dice: Option<(u64, Recipe, u64)>,
    walk: Option<(u64, Option<(Vec<Stop>, Vec<f32>, Line, WalkOptions)>)>,
    errands: VecDeque<Errand>,
    closing: bool,
}

#[derive(Default)]
struct Shared {
    inbox: Mutex<Inbox>,
    news: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Inbox> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The handle on the thread. Dropping it ends the thread after what it is doing.
pub struct Engine {
    shared: Arc<Shared>,
    answers: Mutex<Receiver<Answer>>,
    numbers: u64,
}

impl Engine {
    /// Starts the thread; `waker` is woken at every answer.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(waker: Waker) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let (sender, answers) = channel();
        let theirs = shared.clone();
        std::thread::Builder::new()
            .name("shoespace designs".to_owned())
            .spawn(move || Worker::new(theirs, sender, waker).run())?;
        Ok(Self {
            shared,
            answers: Mutex::new(answers),
            numbers: 0,
        })
    }

    fn put(&self, change: impl FnOnce(&mut Inbox)) {
        change(&mut self.shared.lock());
        self.shared.news.notify_one();
    }

    fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    /// Gets ready for another catalogue; everything ordered before is dropped.
    pub fn open(&mut self, generation: u64, catalog: Arc<Catalog>, roots: Roots) {
        self.put(|inbox| {
            *inbox = Inbox {
                open: Some((generation, catalog, roots)),
                ..Inbox::default()
            };
        });
    }

    /// Hands over who finds the nearest shoes.
    pub fn recommender(&mut self, recommender: Arc<Recommender>) {
        self.put(|inbox| inbox.recommender = Some(recommender));
    }

    /// Orders a design; a newer order replaces it.
    pub fn order(&mut self, order: Order) -> u64 {
        let number = self.number();
        self.put(|inbox| inbox.order = Some((number, order, Instant::now())));
        number
    }

    /// Throws the dice at a recipe.
    pub fn dice(&mut self, recipe: Recipe, seed: u64) -> u64 {
        let number = self.number();
        self.put(|inbox| inbox.dice = Some((number, recipe, seed)));
        number
    }

    /// Walks a path; the one before is given up.
    pub fn walk(
        &mut self,
        stops: Vec<Stop>,
        noise: Vec<f32>,
        line: Line,
        options: WalkOptions,
    ) -> u64 {
        let number = self.number();
        self.put(|inbox| inbox.walk = Some((number, Some((stops, noise, line, options)))));
        number
    }

    /// Gives the path up.
    pub fn stop_walking(&mut self) {
        let number = self.number();
        self.put(|inbox| inbox.walk = Some((number, None)));
    }

    /// Sends on an errand.
    pub fn errand(&mut self, errand: Errand) {
        self.put(|inbox| inbox.errands.push_back(errand));
    }

    /// A number for an errand.
    pub fn next_number(&mut self) -> u64 {
        self.number()
    }

    /// What was answered since the last look, oldest first.
    pub fn answers(&self) -> Vec<Answer> {
        self.answers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .try_iter()
            .collect()
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.put(|inbox| inbox.closing = true);
    }
}

enum Task {
    Open(u64, Arc<Catalog>, Roots),
    Recommender(Arc<Recommender>),
    Make(u64, Order, Instant),
    Land,
    Dice(u64, Recipe, u64),
    Errand(Errand),
    Walk(u64, Option<(Vec<Stop>, Vec<f32>, Line, WalkOptions)>),
    GoOn,
}

struct Worker {
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
    fn new(shared: Arc<Shared>, answers: Sender<Answer>, waker: Waker) -> Self {
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

    fn run(mut self) {
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
                return None;
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
        let embedder = roots
            .model(WEIGHTS_FILE)
            .ok()
            .map(|path| Embedder::load(&path))
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
            features,
            position,
        })
    }

    fn begin_walk(
        &self,
        stops: Vec<Stop>,
        noise: Vec<f32>,
        line: Line,
        options: WalkOptions,
    ) -> Result<(Arc<Way>, Walker), DesignError> {
        let studio = self.studio()?;
        let ours = &studio.generator().info().sha256;
        let stations = stops
            .into_iter()
            .map(|stop| match stop {
                Stop::Shoe(row) => studio.station(row, noise.clone()),
                Stop::Blocks(name, features) => studio.station_of(&name, &features, noise.clone()),
                Stop::Design(name, design) if design.generator.sha256 == *ours => Ok(Station {
                    name,
                    code: design.code.clone(),
                    noise: design.scaled_noise(),
                }),
                Stop::Design(_, design) => Err(DesignError::OtherGenerator {
                    name: design.generator.name.clone(),
                    sha256: design.generator.sha256.clone(),
                }),
            })
            .collect::<Result<Vec<_>, _>>()?;
        let way = Way::new(stations, line)?;
        Ok((Arc::new(way.clone()), Walker::new(way, options)?))
    }
}
