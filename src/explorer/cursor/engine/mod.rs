//! The thread that designs: one, named; the newest request wins.
//!
//! Jobs lie in an inbox: a newer job replaces an older one of its kind that was not begun, so that there is no queue
//! to lag behind the hand; only learning, fetching and saving queue in turn. Embedding a design again takes longer
//! than making it, so that waits until the hand rests, or happens now and then while it moves. A path is made a few
//! pictures at a time, and steps aside for everything else.

mod inbox;
mod path;
mod worker;

use crate::design::direction::Direction;
use crate::design::interpolation::{Interpolation, InterpolationOptions};
use crate::design::outline::Outline;
use crate::design::reembedding::Reembedding;
use crate::design::request::DesignRequest;
use crate::design::route::Line;
use crate::design::studio::{Made, Studio};
use crate::design::{Design, DesignError, Origin};
use crate::explorer::command::Export;
use crate::explorer::worker::{Desk, Waker};
use crate::paths::Roots;
use crate::recommend::Recommender;
use crate::workspace::{Item, Landed};
use image::RgbImage;
use inbox::Inbox;
pub use path::MadePath;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;
use worker::Worker;

/// Designs of one throw of the dice.
pub const DICE: usize = 8;
/// Components that have a slider: so many beyond the three axes.
pub const SLIDERS: usize = 6;

/// A step of a path.
#[derive(Debug, Clone)]
pub struct PathStep {
    /// The code.
    pub code: Vec<f32>,
    /// The noise, already scaled.
    pub noise: Vec<f32>,
    /// Where the cursor stands on the curve.
    pub at: [f32; 3],
    /// Between which two, and the share of the way.
    pub origin: Origin,
}

/// A path to make.
#[derive(Debug, Clone)]
pub struct PathRequest {
    /// Start, places between, end.
    pub ends: Vec<Item>,
    /// The noise of the ends that have none of their own, already scaled.
    pub noise: Vec<f32>,
    /// How the path goes from one to the next.
    pub line: Line,
    /// How many steps, and even in what.
    pub options: InterpolationOptions,
    /// Whether its ends settle first.
    pub settles: bool,
}

/// One job for the thread. Numbers come back with the answer.
enum Job {
    /// Forget the catalogue before, and design in this studio; without one, in none until there is one.
    Open(Option<(Arc<Studio>, Roots)>),
    /// Here is who finds the nearest shoes.
    Recommender(Arc<Recommender>),
    /// Make what a person set, ordered then; and let it settle, or not.
    Make(u64, DesignRequest, Instant, bool),
    /// Make a step of a path; ordered then.
    Step(u64, PathStep, Instant),
    /// Throw the dice of this seed at a request.
    Dice(u64, DesignRequest, u64),
    /// Learn the direction of a column and, for words, a word.
    Learn(String, Option<String>),
    /// Read the outline of the shoe in a picture.
    Trace(u64, PathBuf),
    /// Open a saved design and embed it again.
    Fetch(u64, PathBuf),
    /// Save a path.
    Export(Arc<Interpolation>, Export, PathBuf),
    /// Make a path; none gives up the one that is being made.
    Interpolate(u64, Option<PathRequest>),
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
    /// Whether its code means the same to the generator in use: that made it, or it is an earlier state of that one.
    pub has_our_code: bool,
    /// Where it lands.
    pub landed: Landed,
    /// Where that is in the scene.
    pub place: [f32; 3],
}

/// One of the designs that a throw of the dice made.
#[derive(Debug, Clone)]
pub struct Face {
    /// What it differs from the others by.
    pub noise: Vec<f32>,
    /// Its picture.
    pub picture: RgbImage,
    /// Where it lands, where the shoes around are known.
    pub landed: Option<Arc<Reembedding>>,
}

/// A design that lands nearer than all before it, and where.
pub type Better = (Arc<Made>, Arc<Reembedding>);

/// How far a design has settled.
pub struct Settled {
    /// What was found since the last answer.
    pub better: Option<Better>,
    /// Whether that was all.
    pub done: bool,
}

/// What the thread answers.
pub enum Answer {
    /// A design.
    Made {
        /// The number of its order.
        number: u64,
        /// The design, or why there is none.
        made: Result<Arc<Made>, DesignError>,
        /// When it was ordered.
        ordered: Instant,
        /// When its picture was there.
        done: Instant,
        /// How long it took from point to picture, in milliseconds.
        took_ms: f32,
    },
    /// Where the design of this order lands.
    Reembedded(u64, Result<Arc<Reembedding>, DesignError>),
    /// The design of this order, settled so far.
    Settled(u64, Result<Settled, DesignError>),
    /// Eight designs, the one that lands nearest first.
    Dice(u64, Result<Vec<Face>, DesignError>),
    /// So much of a path is done, of so much.
    Interpolating(u64, usize, usize),
    /// A path.
    Interpolated(u64, Result<MadePath, DesignError>),
    /// What lies at the ends of the components that have a slider.
    Ends(Vec<Option<[usize; 2]>>),
    /// A direction.
    Learned(Result<Arc<Direction>, DesignError>),
    /// An outline, and the number of its order.
    Traced(u64, Result<Outline, DesignError>),
    /// A saved design.
    Fetched(u64, Result<Box<Fetched>, DesignError>),
    /// Where a path was saved.
    Exported(Result<PathBuf, DesignError>),
}

/// The handle on the thread. Dropping it ends the thread after what it is doing, and waits for it only where there
/// is something of the user's to save.
pub struct Engine {
    desk: Desk<Inbox, Answer>,
    numbers: u64,
}

impl Engine {
    /// Starts the thread; `waker` is woken at every answer.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(waker: &Waker) -> std::io::Result<Self> {
        let desk = Desk::spawn("shoespace designs", waker, |mailbox, outbox| {
            Worker::new(mailbox).run(&outbox);
        })?;
        Ok(Self { desk, numbers: 0 })
    }

    fn put(&self, job: Job) {
        self.desk.put(|inbox| inbox.put(job));
    }

    fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    /// Another catalogue is open: everything ordered before is dropped, but for what is to be saved.
    pub fn close(&mut self) {
        self.put(Job::Open(None));
    }

    /// Designs in this studio from now on; generators of saved designs are looked for in `roots`.
    pub fn open(&mut self, studio: Arc<Studio>, roots: Roots) {
        self.put(Job::Open(Some((studio, roots))));
    }

    /// Hands over who finds the nearest shoes.
    pub fn recommender(&mut self, recommender: Arc<Recommender>) {
        self.put(Job::Recommender(recommender));
    }

    /// Makes a design, and improves it while nothing else is asked for, where it `settles`; a newer one, or a step of
    /// a path, replaces it.
    pub fn make(&mut self, request: DesignRequest, settles: bool) -> u64 {
        let number = self.number();
        self.put(Job::Make(number, request, Instant::now(), settles));
        number
    }

    /// Makes a step of a path; a newer one, or a design, replaces it.
    pub fn step(&mut self, step: PathStep) -> u64 {
        let number = self.number();
        self.put(Job::Step(number, step, Instant::now()));
        number
    }

    /// Throws the dice at a request.
    pub fn dice(&mut self, request: DesignRequest, seed: u64) -> u64 {
        let number = self.number();
        self.put(Job::Dice(number, request, seed));
        number
    }

    /// Makes a path; the one before is given up.
    pub fn interpolate(&mut self, path: PathRequest) -> u64 {
        let number = self.number();
        self.put(Job::Interpolate(number, Some(path)));
        number
    }

    /// Gives the path up.
    pub fn stop_interpolating(&mut self) {
        let number = self.number();
        self.put(Job::Interpolate(number, None));
    }

    /// Learns the direction of a column and, for words, a word.
    pub fn learn(&mut self, column: String, value: Option<String>) {
        self.put(Job::Learn(column, value));
    }

    /// Reads the outline of the shoe in a picture.
    pub fn trace(&mut self, path: PathBuf) {
        let number = self.number();
        self.put(Job::Trace(number, path));
    }

    /// Opens a saved design and embeds it again.
    pub fn fetch(&mut self, path: PathBuf) -> u64 {
        let number = self.number();
        self.put(Job::Fetch(number, path));
        number
    }

    /// Saves a path.
    pub fn export(&mut self, path: Arc<Interpolation>, kind: Export, to: PathBuf) {
        self.put(Job::Export(path, kind, to));
    }

    /// What was answered since the last look, oldest first.
    pub fn answers(&self) -> Vec<Answer> {
        self.desk.answers()
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if self.desk.put(Inbox::close) {
            self.desk.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::interpolation::Step;
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
        let walk = Interpolation {
            steps: vec![step(9), step(99)],
            lengths: vec![1.0],
        };
        let mut engine = Engine::start(&Waker::default()).expect("a thread");
        engine.learn("year".into(), None);
        engine.export(Arc::new(walk), Export::Frames, path.clone());
        drop(engine);
        let saved = std::fs::read_dir(path).expect("a folder of frames");
        assert_eq!(saved.count(), 2);
    }
}
