//! What the explorer knows: the resources that the scene, the panels and the latent cursor share.
//!
//! Rows are rows of the open catalogue; points are in the catalogue's own coordinates, which are also
//! the scene's (one unit is one unit of the principal components; nothing is rescaled on the way).
//! Who wants something done writes a [`Command`](super::command::Command); the one system that owns a resource
//! changes it. Everybody may read everything.

use super::worker::Waker;
use crate::design::generators::Named;
use crate::design::history::History;
use crate::design::landing::Fit;
use crate::index::IndexReport;
use crate::job::Job;
use crate::paths::Roots;
use crate::recommend::{Query, Recommendation};
use crate::workspace::{Item, Workspace};
use bevy::prelude::*;
use image::RgbImage;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How the explorer was started.
#[derive(Resource, Debug, Clone)]
pub struct Launch {
    /// The catalogue to open first; `None` starts empty, with an offer to open or import one.
    pub catalogue: Option<PathBuf>,
    /// Where `models/` is found.
    pub roots: Roots,
    /// When the process began, for the time of the first frame.
    pub began: Instant,
    /// Whether there is a window; without one a picture is rendered off screen.
    pub windowed: bool,
}

impl Launch {
    /// Where `models/` is found; without a launch, as in tests, where this process finds it.
    pub fn roots_of(launch: Option<&Self>) -> Roots {
        launch.map_or_else(|| Roots::of_process(None), |launch| launch.roots.clone())
    }
}

/// The catalogue that is open. The resource is there from the first frame on.
#[derive(Resource, Default, Deref, DerefMut)]
pub struct OpenCatalogue(pub Workspace);

impl OpenCatalogue {
    /// The middle of the cloud.
    pub fn centre(&self) -> Vec3 {
        self.extent.centre.into()
    }

    /// Where a shoe stands in the scene.
    pub fn position(&self, row: usize) -> Option<Vec3> {
        self.position_of(&Item::Row(row))
    }

    /// Where anything stands in the scene, as far as that is known.
    pub fn position_of(&self, item: &Item) -> Option<Vec3> {
        self.place_of(item).map(Vec3::from_array)
    }
}

/// What is selected, marked, liked and disliked. Changed by `selection.rs` alone, on request.
#[derive(Resource, Default)]
pub struct Selection {
    /// What is looked at.
    pub current: Option<Item>,
    /// What was looked at before, oldest first.
    pub back: Vec<Item>,
    /// What going back left behind, nearest last.
    pub forward: Vec<Item>,
    /// Several shoes at once, for export.
    pub marked: BTreeSet<usize>,
    /// More like these.
    pub likes: Vec<Item>,
    /// Less like these.
    pub dislikes: Vec<Item>,
    /// The shoes that were drawn around, those that stand together beside each other.
    pub group: Option<Arc<Vec<u32>>>,
    /// What it was before.
    pub past: History<Past>,
}

/// What of a [`Selection`] comes back when it is undone.
#[derive(Debug, Clone, PartialEq)]
pub struct Past {
    /// What was looked at.
    pub current: Option<Item>,
    /// What was drawn around.
    pub group: Option<Arc<Vec<u32>>>,
    /// Shared between all states in which the same shoes are marked.
    pub marked: Arc<BTreeSet<usize>>,
    /// What was liked.
    pub likes: Vec<Item>,
    /// What was disliked.
    pub dislikes: Vec<Item>,
}

impl Selection {
    /// The selected row of the catalogue, if a shoe of it is selected.
    pub fn row(&self) -> Option<usize> {
        self.current.as_ref()?.row()
    }
}

/// The photos and designs that stand in the scene beside the catalogue's shoes.
#[derive(Resource, Default)]
pub struct Placed(pub Vec<Item>);

impl Placed {
    /// The place of a photo or design in the list, if it stands in the scene.
    pub fn index_of(&self, item: &Item) -> Option<usize> {
        self.0.iter().position(|placed| placed == item)
    }
}

/// The generator of the open catalogue: how well it knows its shoes, and how it becomes the catalogue's own. Changed by
/// `app::adapt` alone.
#[derive(Resource, Default)]
pub struct Adapting {
    /// Those that can serve; none until the first is loaded.
    pub generators: Option<Generators>,
    /// How well the one in use knows the shoes; none until it is measured.
    pub fit: Option<Fit>,
    /// How well the one that ships does.
    pub fit_of_what_ships: Option<Fit>,
    /// Whether somebody asked how well it does.
    pub wants_fit: bool,
    /// How far it is the catalogue's own.
    pub training: Training,
    /// Real shoes, and beside each what the catalogue's own generator makes at its place.
    pub sheet: Option<Arc<RgbImage>>,
    /// Counts sheets.
    pub sheets: u64,
}

/// The generators that can serve the open catalogue.
#[derive(Debug, Default, Clone)]
pub struct Generators {
    /// The one that ships; none until somebody asks for it where there is another.
    pub ships: Option<Named>,
    /// The catalogue's own.
    pub own: Option<Named>,
    /// Which of them is wanted.
    pub uses_own: bool,
}

impl Generators {
    /// The one that is wanted.
    pub fn wanted(&self) -> Option<&Named> {
        match self.uses_own {
            true => self.own.as_ref(),
            false => self.ships.as_ref(),
        }
    }
}

/// How far a generator is a catalogue's own.
#[derive(Default)]
pub enum Training {
    /// It was never trained on its shoes.
    #[default]
    Never,
    /// It is being trained.
    Working {
        /// How it is stopped.
        job: Job,
        /// For so many minutes until now.
        minutes: f64,
        /// Until it was trained for so many; none while it gets ready.
        until: Option<f64>,
    },
    /// It was trained for so many minutes.
    Halted {
        /// Minutes.
        minutes: f64,
    },
}

impl Training {
    /// Minutes of training so far.
    pub fn minutes(&self) -> f64 {
        match self {
            Self::Never => 0.0,
            Self::Working { minutes, .. } | Self::Halted { minutes } => *minutes,
        }
    }
}

/// Shoes that are missing from the open catalogue: they were imagined, and stand among the real ones until they are kept or
/// dismissed. Changed by `app::missing` alone.
#[derive(Resource, Default)]
pub struct Ghosts {
    /// The most wanted first.
    pub list: Vec<Ghost>,
    /// Whether some are being imagined.
    pub looking: bool,
    /// So many have a name.
    pub named: usize,
    /// So many there were since the program began.
    pub made: u64,
}

/// A shoe that is missing.
#[derive(Debug, Clone)]
pub struct Ghost {
    /// Another for each: addresses come again.
    pub id: u64,
    /// The design.
    pub item: Item,
    /// The kind that it is taken for; empty where none is known.
    pub reads_as: String,
    /// So many percent of the real shoes have another nearer than this one has.
    pub newness: f32,
}

/// Which shoes are shown, and in which colours. Written by the panels, read by the cloud.
#[derive(Resource)]
pub struct Shown {
    /// One flag a row: those that pass the filter. `None`: all.
    pub mask: Option<Arc<Vec<bool>>>,
    /// One sRGB colour a row, of "colour by a column". `None`: no tint.
    pub colours: Option<Arc<Vec<[u8; 3]>>>,
    /// Whether a newer answer is on its way.
    pub pending: bool,
    /// How many times larger than among all shoes each is drawn, since a filter shows fewer.
    pub growth: f32,
}

impl Default for Shown {
    fn default() -> Self {
        Self {
            mask: None,
            colours: None,
            pending: false,
            growth: 1.0,
        }
    }
}

/// With fewer shoes than this they grow no more.
const FEW: usize = 60;

impl Shown {
    /// How much larger shoes are where a filter shows `shown` of `all`: as large as if there were no others.
    pub fn growth_of(all: usize, shown: usize) -> f32 {
        (all as f32 / shown.max(FEW) as f32).max(1.0).cbrt()
    }

    /// Whether a row passes the filter.
    pub fn passes(&self, row: usize) -> bool {
        self.mask
            .as_ref()
            .is_none_or(|mask| mask.get(row).copied().unwrap_or(false))
    }
}

/// What is asked of the recommender beside the selection itself. Changed by the panels.
#[derive(Resource, Clone, Default)]
pub struct RecommendOptions {
    /// Weights, filters, "only the same", how many, diversity; its likes and dislikes are filled in
    /// from the [`Selection`].
    pub query: Query,
}

/// The answer of the recommender.
#[derive(Resource, Default)]
pub struct Recommendations {
    /// What the list was made for; `None` when it comes from likes and dislikes alone.
    pub of: Option<Item>,
    /// Best first.
    pub list: Vec<Recommendation>,
    /// Whether a newer answer is on its way.
    pub pending: bool,
    /// Why there is none, in words for the user.
    pub error: Option<String>,
    /// Columns of "only the same" in which nothing that was asked with says anything.
    pub ignored: Vec<String>,
}

/// The shoes that are lit in the place of the recommendations while one designs: those nearest to the design. Written
/// by the latent cursor; none while something else was looked at since.
#[derive(Resource, Default, Debug, PartialEq)]
pub struct Lit(pub Option<Vec<usize>>);

/// What is being drawn around shoes: begun and ended by `scene::lasso`, and while it is drawn the camera stays.
#[derive(Resource, Default, Debug)]
pub struct Lasso {
    /// How; none while nothing is drawn.
    pub way: Option<Around>,
    /// The line so far, in logical pixels of the window; it is closed.
    pub outline: Vec<Vec2>,
}

/// What is drawn around shoes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Around {
    /// A line of any shape.
    Line,
    /// A box.
    Box,
}

impl Lasso {
    /// Whether one is being drawn.
    pub fn is_drawn(&self) -> bool {
        self.way.is_some()
    }
}

/// What the pointer is over.
#[derive(Resource, Default, Debug, Clone, PartialEq)]
pub struct Hover {
    /// The shoe under the pointer.
    pub row: Option<usize>,
    /// The photo or design under the pointer, by its place in [`Placed`].
    pub placed: Option<usize>,
    /// Where the pointer is, in logical pixels of the window.
    pub pointer: Vec2,
}

impl Hover {
    /// What the pointer is over in a cloud of `drawn` shoes, while a catalogue of `open` is open: nothing where the
    /// cloud is still that of the catalogue before, whose rows may not be there any more.
    pub fn over(key: Option<usize>, drawn: usize, open: usize, pointer: Vec2) -> Self {
        let key = key.filter(|_| drawn == open);
        Self {
            row: key.filter(|&key| key < drawn),
            placed: key.and_then(|key| key.checked_sub(drawn)),
            pointer,
        }
    }
}

/// What the screen shows beside the scene.
#[derive(Resource, Debug, Clone, PartialEq)]
pub struct Screen {
    /// The 5×5 grid instead of the scene.
    pub grid: bool,
    /// The list of keys.
    pub help: bool,
    /// The panels; off gives the scene alone.
    pub panels: bool,
    /// The names of regions, without the panels too.
    pub names: bool,
    /// A window of the panels' own (to open something, settings): Escape closes that first.
    pub window: bool,
}

impl Default for Screen {
    fn default() -> Self {
        Self {
            grid: false,
            help: false,
            panels: true,
            names: false,
            window: false,
        }
    }
}

/// How much of the window the panels cover at each side, in logical pixels. Written by the panels each
/// frame; the scene centres what it looks at in what is left.
#[derive(Resource, Default, Debug, Clone, Copy, PartialEq)]
pub struct Covered {
    /// At the left edge.
    pub left: f32,
    /// At the right edge.
    pub right: f32,
    /// At the top.
    pub top: f32,
    /// At the bottom.
    pub bottom: f32,
}

/// Who has the pointer. The latent cursor claims it while its handle is hovered or dragged, and the
/// scene then neither picks nor moves the camera.
#[derive(Resource, Default, Debug, Clone, Copy)]
pub struct PointerClaim {
    /// Set and cleared by the latent cursor, in [`super::schedule::ExplorerSet::Claim`].
    pub by_cursor: bool,
}

/// How serious a notice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeLevel {
    /// Something was done.
    Info,
    /// Something could not be done; it says what to do.
    Error,
}

/// One thing to tell the user.
#[derive(Debug, Clone)]
pub struct Notice {
    /// How serious it is.
    pub level: NoticeLevel,
    /// What to say, in words that say what to do.
    pub text: String,
    /// The file that it is about, whose folder can be shown.
    pub file: Option<PathBuf>,
    /// When it was said.
    pub since: Instant,
}

/// What is to be told to the user, oldest first; the panels draw and retire them.
#[derive(Resource, Default, Debug)]
pub struct Notices(pub Vec<Notice>);

impl Notices {
    /// Tells that something was done.
    pub fn info(&mut self, text: impl Into<String>) {
        self.push(NoticeLevel::Info, text.into(), None);
    }

    /// Tells where something was written: `what`, as `The marked shoes are in`, then the file.
    pub fn wrote(&mut self, what: &str, file: &Path) {
        let file = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
        let text = format!("{what} {}", file.display());
        self.push(NoticeLevel::Info, text, Some(file));
    }

    /// Tells what went wrong and what to do. Also goes to the log.
    pub fn error(&mut self, text: impl Into<String>) {
        let text = text.into();
        bevy::log::error!("{text}");
        self.push(NoticeLevel::Error, text, None);
    }

    /// Tells what was wrong with the program itself, and where the report lies.
    pub fn fault(&mut self, text: String, report: PathBuf) {
        self.push(NoticeLevel::Error, text, Some(report));
    }

    fn push(&mut self, level: NoticeLevel, text: String, file: Option<PathBuf>) {
        // The same words twice are one notice, begun anew.
        self.0.retain(|n| n.text != text);
        self.0.push(Notice {
            level,
            text,
            file,
            since: Instant::now(),
        });
    }
}

/// Whether all that is written on the screen can be read. Written by the panels, each frame.
#[derive(Resource, Default, Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lettering {
    /// Fonts for some letters are still being looked for.
    pub pending: bool,
}

/// Long work that runs now; the panels show its progress and a cancel button.
#[derive(Resource, Default)]
pub struct Running(pub Vec<RunningJob>);

/// One piece of long work.
pub struct RunningJob {
    /// What is being done, as `Opening shoes.parquet`.
    pub title: String,
    /// Its progress, and how it is cancelled.
    pub job: Job,
    /// Whether somebody waits for it: it is shown large until it is put aside.
    pub is_large: bool,
}

impl Running {
    /// Adds work under `title` and returns the handle to do it with.
    pub fn begin(&mut self, title: impl Into<String>) -> Job {
        let job = Job::new();
        self.0.push(RunningJob {
            title: title.into(),
            job: job.clone(),
            is_large: false,
        });
        job
    }

    /// Shows the work large, or in the status line alone.
    pub fn enlarge(&mut self, job: &Job, is_large: bool) {
        for running in self.0.iter_mut().filter(|running| running.job.is(job)) {
            running.is_large = is_large;
        }
    }

    /// Takes the work off the list.
    pub fn end(&mut self, job: &Job) {
        self.0.retain(|running| !running.job.is(job));
    }
}

/// Times for the status line.
#[derive(Resource, Default, Debug, Clone)]
pub struct FrameTimes {
    /// From the start of the process to the first frame with shoes in it.
    pub first: Option<Duration>,
    /// The running mean of the time a frame takes to make, in milliseconds; not the wait between frames.
    pub frame_ms: f32,
    /// How long the last design took to decode, in milliseconds; written by the latent cursor.
    pub decode_ms: Option<f32>,
}

/// What came of the photos that were made a catalogue last.
#[derive(Resource, Default)]
pub struct LastImport(pub Option<Arc<IndexReport>>);

/// Wakes the sleeping event loop from any thread; see [`Waker`].
#[derive(Resource, Clone, Default)]
pub struct WakeUp(pub Waker);
