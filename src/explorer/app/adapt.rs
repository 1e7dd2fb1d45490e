//! The generator that serves the open catalogue: how well it knows its shoes, and how it becomes the catalogue's own, on
//! threads that let all others go first.

use crate::design::DesignError;
use crate::design::adapt::{self, Adaptation, MINUTES};
use crate::design::generators::{self, Named};
use crate::design::landing::{self, Fit};
use crate::design::studio::Studio;
use crate::explorer::command::{Adapt, Command};
use crate::explorer::cursor::state::LatentCursor;
use crate::explorer::schedule::{ExplorerSet, Leaving};
use crate::explorer::state::{
    Adapting, Generators, Launch, Notices, OpenCatalogue, Running, Training, WakeUp,
};
use crate::explorer::worker::{Outcome, Task};
use crate::gan::{Ended, Told, sheet_path};
use crate::job::Job;
use crate::paths::user_generators;
use crate::priority::quietly;
use crate::workspace::Generation;
use bevy::prelude::*;
use image::RgbImage;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Shoes that are asked whether they find themselves.
const ASKED: usize = 30;
/// So long the program waits, when it ends, for what was trained to be written.
const PATIENCE: Duration = Duration::from_secs(20);

/// How a run ended, and the run itself, which can be gone on with.
type Run = (Result<Ended, DesignError>, Option<Box<Adaptation>>);

/// What a run has told since it was last looked at.
#[derive(Default)]
struct News {
    minutes: Option<f64>,
    until: Option<f64>,
    improved: Option<(Named, Option<RgbImage>)>,
}

#[derive(Resource, Default)]
struct AtWork {
    seen: Generation,
    run: Option<(Task<Run>, Job, Arc<Mutex<News>>)>,
    /// A run that was stopped, for as long as its catalogue is open.
    halted: Option<Box<Adaptation>>,
    swapping: Option<(Arc<Studio>, Task<Result<Studio, DesignError>>)>,
    measuring: Option<(String, Task<Result<Fit, DesignError>>, Job)>,
    /// Which generator was measured last, by its SHA-256.
    measured: String,
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<AtWork>()
        .init_resource::<Adapting>()
        .add_systems(
            Update,
            (follow, ask, hear, serve, measure)
                .chain()
                .in_set(ExplorerSet::Arrive),
        )
        .add_systems(Last, keep_what_is_done.in_set(Leaving::Wait));
}

/// Whoever closes the window in the middle of a run keeps what it has learned.
fn keep_what_is_done(mut exits: MessageReader<AppExit>, at_work: Res<AtWork>) {
    if let Some((task, job, _)) = at_work.run.as_ref().filter(|_| !exits.is_empty()) {
        exits.clear();
        job.cancel();
        task.wait(PATIENCE);
    }
}

/// Another catalogue: what is trained for the one before is saved, and nobody waits for it.
fn follow(
    open: Res<OpenCatalogue>,
    mut at_work: ResMut<AtWork>,
    mut adapting: ResMut<Adapting>,
    mut running: ResMut<Running>,
) {
    let mut seen = at_work.seen;
    if open.generation.is_news_to(&mut seen) {
        if let Some((_, job, _)) = &at_work.run {
            job.cancel();
            running.end(job);
        }
        if let Some((_, _, job)) = &at_work.measuring {
            job.cancel();
        }
        *at_work = AtWork {
            seen,
            ..AtWork::default()
        };
        *adapting = Adapting::default();
    }
    // The generator that the catalogue was opened with.
    let Some(Ok(studio)) = &open.studio else {
        return;
    };
    if adapting.generators.is_none() {
        let first = studio.named().clone();
        let place = user_generators().map(|folder| adapt::place(&folder, studio.catalog()));
        let own = place.filter(|own| own.file_stem().is_some_and(|name| *name == *first.name));
        let is_own = own.is_some();
        if let Some(sheet) = own.and_then(|own| read_sheet(&own)) {
            adapting.sheet = Some(Arc::new(sheet));
            adapting.sheets += 1;
        }
        let minutes = first.generator.info().minutes;
        adapting.generators = Some(match is_own {
            true => Generators {
                ships: None,
                own: Some(first),
                uses_own: true,
            },
            false => Generators {
                ships: Some(first),
                own: None,
                uses_own: false,
            },
        });
        if is_own {
            adapting.training = Training::Halted { minutes };
        }
    }
}

fn ask(
    mut commands: MessageReader<Command>,
    open: Res<OpenCatalogue>,
    launch: Option<Res<Launch>>,
    wake: Res<WakeUp>,
    mut at_work: ResMut<AtWork>,
    mut adapting: ResMut<Adapting>,
    mut running: ResMut<Running>,
    mut notices: ResMut<Notices>,
) {
    for command in commands.read() {
        let Command::Adapt(asked) = command else {
            continue;
        };
        let Some(Ok(studio)) = &open.studio else {
            notices.error("There is no generator to adapt yet; open a catalogue first");
            continue;
        };
        let Some(folder) = user_generators() else {
            notices.error("This system names no home folder to keep a generator in; use shoespace train CATALOGUE --from MODEL -o MINE.safetensors");
            continue;
        };
        let roots = Launch::roots_of(launch.as_deref());
        match asked {
            Adapt::Measure => adapting.wants_fit = true,
            Adapt::Train if at_work.run.is_some() => {}
            Adapt::Train => {
                adapting.wants_fit = true;
                let job = running.begin("Adapting the generator");
                job.stage("Getting ready", None);
                let news = Arc::new(Mutex::new(News::default()));
                let (halted, told) = (at_work.halted.take(), news.clone());
                let (studio, waker, worker) = (studio.clone(), wake.0.clone(), job.clone());
                let task = Task::spawn("shoespace adapt", &wake.0, move || {
                    let begun = match halted {
                        Some(run) => Ok(run),
                        None => Adaptation::begin(&studio, &folder, &roots, &worker).map(Box::new),
                    };
                    match begun {
                        Err(error) => (Err(error), None),
                        Ok(mut run) => {
                            let ended = train(&mut run, &worker, &told, &|| waker.wake());
                            (ended, Some(run))
                        }
                    }
                });
                at_work.run = Some((task, job.clone(), news));
                let minutes = adapting.training.minutes();
                adapting.training = Training::Working {
                    job,
                    minutes,
                    until: None,
                };
            }
            Adapt::Pause => {
                if let Some((_, job, _)) = &at_work.run {
                    job.cancel();
                }
            }
            Adapt::UseOwn(on) => {
                if let Some(generators) = &mut adapting.generators {
                    generators.uses_own = *on && generators.own.is_some();
                    if generators.ships.is_none() {
                        match generators::for_catalogue(studio.catalog(), &roots) {
                            Ok(named) => generators.ships = Some(named),
                            Err(error) => notices.error(error.to_string()),
                        }
                    }
                }
            }
            Adapt::Discard if at_work.run.is_some() => {}
            Adapt::Discard => {
                at_work.halted = None;
                match adapt::discard(&folder, studio.catalog()) {
                    Ok(()) => {
                        let ships = generators::for_catalogue(studio.catalog(), &roots).ok();
                        adapting.generators = Some(Generators {
                            ships,
                            own: None,
                            uses_own: false,
                        });
                        adapting.training = Training::Never;
                        adapting.sheet = None;
                    }
                    Err(error) => notices.error(error.to_string()),
                }
            }
        }
    }
}

/// Trains as long as it takes to make a generator a catalogue's own, or so long again.
fn train(
    run: &mut Adaptation,
    job: &Job,
    news: &Mutex<News>,
    wake: &(dyn Fn() + Sync),
) -> Result<Ended, DesignError> {
    let begun = run.minutes();
    let until = ((begun / MINUTES + 1e-6).floor() + 1.0) * MINUTES;
    let told = || news.lock().unwrap_or_else(PoisonError::into_inner);
    {
        let mut told = told();
        (told.minutes, told.until) = (Some(begun), Some(until));
    }
    wake();
    let output: PathBuf = run.output().to_owned();
    run.run(until, job, &mut |what| {
        match what {
            Told::Line { minutes, .. } => told().minutes = Some(minutes),
            Told::Saved => match generators::load(&output) {
                Ok(named) => told().improved = Some((named, read_sheet(&output))),
                Err(error) => job.warn(error.to_string()),
            },
        }
        wake();
    })
}

/// The sheet that lies beside a generator.
fn read_sheet(output: &Path) -> Option<RgbImage> {
    let bytes = std::fs::read(sheet_path(output)).ok()?;
    crate::catalog::picture::decode(&bytes).ok()
}

/// What the run tells, and how it ends.
fn hear(
    mut at_work: ResMut<AtWork>,
    mut adapting: ResMut<Adapting>,
    mut running: ResMut<Running>,
    mut notices: ResMut<Notices>,
) {
    let Some((task, job, news)) = &at_work.run else {
        return;
    };
    let outcome = task.poll();
    let told = std::mem::take(&mut *news.lock().unwrap_or_else(PoisonError::into_inner));
    if let Some(now) = told.minutes
        && let Training::Working { minutes, .. } = &mut adapting.training
    {
        *minutes = now;
    }
    if let Some(goal) = told.until
        && let Training::Working { until, .. } = &mut adapting.training
    {
        *until = Some(goal);
    }
    if let Some((named, sheet)) = told.improved {
        let generators = adapting.generators.get_or_insert_default();
        // Whoever went back to the other one while it trains stays there.
        generators.uses_own |= generators.own.is_none();
        generators.own = Some(named);
        adapting.sheet = sheet.map(Arc::new).or(adapting.sheet.take());
        adapting.sheets += 1;
    }
    let (ended, run) = match outcome {
        Outcome::Working => return,
        Outcome::Done(run) => run,
        Outcome::Lost => {
            notices.error("The adapting ended unexpectedly (a bug); what was saved before is kept");
            (Ok(Ended::Stopped), None)
        }
    };
    let is_cancelled = job.is_cancelled();
    let warnings = job.warnings();
    running.end(job);
    let minutes = match &run {
        Some(run) => run.minutes(),
        None => adapting.training.minutes(),
    };
    adapting.training = match minutes > 0.0 {
        true => Training::Halted { minutes },
        false => Training::Never,
    };
    (at_work.run, at_work.halted) = (None, run);
    match ended {
        Ok(Ended::Done) => notices
            .info("The generator has learned this catalogue's shoes, and is used here from now on"),
        Ok(Ended::Stopped) => {}
        Err(_) if is_cancelled => {}
        Err(error) => notices.error(error.to_string()),
    }
    for warning in warnings {
        notices.info(warning);
    }
}

/// Puts the generator that is wanted in the place of the one that serves.
fn serve(
    adapting: Res<Adapting>,
    wake: Res<WakeUp>,
    mut at_work: ResMut<AtWork>,
    mut open: ResMut<OpenCatalogue>,
    mut notices: ResMut<Notices>,
) {
    let Some(Ok(studio)) = open.studio.clone() else {
        return;
    };
    if let Some((from, task)) = &at_work.swapping {
        let made = match task.poll() {
            Outcome::Working => return,
            Outcome::Done(made) => made,
            Outcome::Lost => Err(DesignError::NoStudio),
        };
        // Where the shoes were laid out anew meanwhile it is done again.
        let is_current = Arc::ptr_eq(from, &studio);
        at_work.swapping = None;
        match made {
            Ok(made) if is_current => open.studio = Some(Ok(Arc::new(made))),
            Ok(_) => {}
            Err(error) => notices.error(error.to_string()),
        }
        return;
    }
    let wanted = adapting.generators.as_ref().and_then(Generators::wanted);
    let serves = |named: &&Named| Arc::ptr_eq(&named.generator, studio.generator());
    if let Some(wanted) = wanted.filter(|named| !serves(named)).cloned() {
        let from = studio.clone();
        let task = Task::spawn("shoespace generator", &wake.0, move || {
            studio.with_generator(wanted)
        });
        at_work.swapping = Some((from, task));
    }
}

/// Finds out how well the generator in use knows the shoes, once somebody designs with it.
fn measure(
    open: Res<OpenCatalogue>,
    latent: Option<Res<LatentCursor>>,
    wake: Res<WakeUp>,
    mut at_work: ResMut<AtWork>,
    mut adapting: ResMut<Adapting>,
) {
    if let Some((sha256, task, _)) = &at_work.measuring {
        let fit = match task.poll() {
            Outcome::Working => return,
            Outcome::Done(fit) => fit.ok(),
            Outcome::Lost => None,
        };
        let sha256 = sha256.clone();
        let ships = adapting.generators.as_ref().and_then(|g| g.ships.as_ref());
        if ships.is_some_and(|named| named.generator.info().sha256 == sha256) {
            adapting.fit_of_what_ships = fit;
        }
        adapting.fit = fit;
        (at_work.measured, at_work.measuring) = (sha256, None);
    }
    let designs = latent.is_some_and(|latent| latent.position().is_some());
    let (Some(Ok(studio)), Some(recommender)) = (&open.studio, &open.recommender) else {
        return;
    };
    let sha256 = &studio.generator().info().sha256;
    if !(designs || adapting.wants_fit) || *sha256 == at_work.measured {
        return;
    }
    let (sha256, job) = (sha256.clone(), Job::new());
    let (studio, recommender, worker) = (studio.clone(), recommender.clone(), job.clone());
    let task = Task::spawn("shoespace fit", &wake.0, move || {
        quietly(|| landing::fit(&studio, &recommender, ASKED, &worker))
    });
    at_work.measuring = Some((sha256, task, job));
}
