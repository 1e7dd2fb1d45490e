//! The thread that designs: one, named; the newest request wins.
//!
//! Orders lie in a box with one slot a kind, so that a newer order replaces an older one that was not begun:
//! there is no queue to lag behind the hand. Looking where a design lands takes longer than making it, so that
//! waits until the hand rests, or happens now and then while it moves. A path is made a few pictures at a time,
//! and steps aside for everything else.

mod worker;

use crate::catalog::Catalog;
use crate::design::direction::Direction;
use crate::design::landing::Landing;
use crate::design::path::{Line, Path as Way};
use crate::design::recipe::Recipe;
use crate::design::studio::{Made, Studio};
use crate::design::walk::{Walk, WalkOptions};
use crate::design::{Design, Origin};
use crate::explorer::command::Export;
use crate::explorer::worker::Waker;
use crate::paths::Roots;
use crate::recommend::Recommender;
use crate::workspace::{Generation, Item, Landed};
use image::RgbImage;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;
use worker::Worker;

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

/// What is done once, in turn.
#[derive(Debug, Clone)]
pub enum Errand {
    /// Learn the direction of a column and, for words, a word.
    Learn(String, Option<String>),
    /// Open a saved design and look where it lands; the number comes back with the answer.
    Fetch(u64, PathBuf),
    /// Save a path.
    Export(Arc<Walk>, Export, PathBuf),
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
    /// Where it lands.
    pub landed: Landed,
}

/// What the thread answers.
pub enum Answer {
    /// A studio for the catalogue of this generation, or why there is none.
    Opened(Generation, Result<Arc<Studio>, String>),
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
    /// Where a path was saved.
    Exported(Result<PathBuf, String>),
}

#[derive(Default)]
struct Inbox {
    open: Option<(Generation, Arc<Catalog>, Roots)>,
    recommender: Option<Arc<Recommender>>,
    order: Option<(u64, Order, Instant)>,
    dice: Option<(u64, Recipe, u64)>,
    walk: Option<(u64, Option<(Vec<Item>, Vec<f32>, Line, WalkOptions)>)>,
    errands: VecDeque<Errand>,
    /// Paths that were ordered to be saved and are not yet.
    unsaved: usize,
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

/// The handle on the thread. Dropping it ends the thread after what it is doing, and waits for it only where there
/// is something of the user's to save.
pub struct Engine {
    shared: Arc<Shared>,
    answers: Mutex<Receiver<Answer>>,
    numbers: u64,
    thread: Option<JoinHandle<()>>,
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
        let thread = std::thread::Builder::new()
            .name("shoespace designs".to_owned())
            .spawn(move || Worker::new(theirs, sender, waker).run())?;
        Ok(Self {
            shared,
            answers: Mutex::new(answers),
            numbers: 0,
            thread: Some(thread),
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

    /// Gets ready for another catalogue; everything ordered before is dropped, but for what is to be saved.
    pub fn open(&mut self, generation: Generation, catalog: Arc<Catalog>, roots: Roots) {
        self.put(|inbox| {
            let mut errands = std::mem::take(&mut inbox.errands);
            errands.retain(|errand| matches!(errand, Errand::Export(..)));
            *inbox = Inbox {
                open: Some((generation, catalog, roots)),
                errands,
                unsaved: inbox.unsaved,
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
        stops: Vec<Item>,
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
        self.put(|inbox| {
            inbox.unsaved += usize::from(matches!(errand, Errand::Export(..)));
            inbox.errands.push_back(errand);
        });
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
        let mut waits = false;
        self.put(|inbox| {
            inbox.closing = true;
            waits = inbox.unsaved > 0;
        });
        if let Some(thread) = self.thread.take().filter(|_| waits) {
            // A thread that panicked has saved nothing more, and has said so.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::walk::Step;
    use crate::embed::Features;

    #[test]
    fn a_path_ordered_just_before_the_window_closes_is_saved() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("frames");
        let step = |shade| Step {
            share: 0.0,
            design: Design::default(),
            picture: RgbImage::from_pixel(8, 8, image::Rgb([shade; 3])),
            features: Features::default(),
            position: [0.0; 3],
        };
        let walk = Walk {
            steps: vec![step(9), step(99)],
            lengths: vec![1.0],
        };
        let mut engine = Engine::start(Waker::default()).expect("a thread");
        engine.errand(Errand::Learn("year".into(), None));
        engine.errand(Errand::Export(Arc::new(walk), Export::Frames, path.clone()));
        drop(engine);
        let saved = std::fs::read_dir(path).expect("a folder of frames");
        assert_eq!(saved.count(), 2);
    }
}
