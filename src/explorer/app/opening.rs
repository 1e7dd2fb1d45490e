//! Opening a catalogue off the frame: first what is needed to see it, then what is needed to ask it.

use crate::catalog::Catalog;
use crate::design::studio::Studio;
use crate::design::{DesignError, adapt};
use crate::explorer::command::Command;
use crate::explorer::scene::cloud::{Cloud, CloudSource};
use crate::explorer::schedule::ExplorerSet;
use crate::explorer::settings::ExplorerSettings;
use crate::explorer::state::{Launch, Notices, OpenCatalogue, Running, WakeUp};
use crate::explorer::worker::{Outcome, Task, Waker};
use crate::job::Job;
use crate::paths::user_generators;
use crate::recommend::{RecommendError, Recommender};
use crate::workspace::extent::Extent;
use crate::workspace::facets::FacetModel;
use crate::workspace::titles::file_name;
use crate::workspace::{self, Generation};
use bevy::prelude::*;
use bevy::window::RequestRedraw;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A catalogue and how large its cloud is.
pub struct Opened {
    catalog: Arc<Catalog>,
    extent: Extent,
}

/// What is being opened. Begun before Bevy is, where a catalogue was named, so that its reading does not
/// add to the time of the first frame.
pub type Opening = Task<Result<Opened, String>>;

/// Starts to open a catalogue on a thread.
pub fn begin(path: &Path, waker: &Waker) -> Opening {
    let path = path.to_owned();
    Task::spawn("open catalogue", waker, move || {
        let catalog = workspace::open(&path).map_err(|error| error.to_string())?;
        if catalog.is_empty() {
            return Err(format!(
                "{}: there is no shoe in this catalogue; index some photos first",
                catalog.path().display()
            ));
        }
        Ok(Opened {
            extent: Extent::of(catalog.positions()),
            catalog: Arc::new(catalog),
        })
    })
}

/// Opening that was begun before the app was made.
#[derive(Resource, Default)]
pub struct Begun(pub Option<(PathBuf, Opening)>);

struct Current {
    path: PathBuf,
    task: Opening,
    job: Job,
}

pub(super) type Preparing = Task<Result<Arc<Recommender>, RecommendError>>;

/// Reads the embeddings on a thread; cancelling `job` ends it.
pub(super) fn prepare(catalog: Arc<Catalog>, job: Job, waker: &Waker) -> Preparing {
    Task::spawn("recommender", waker, move || {
        workspace::prepare(catalog, &job)
    })
}

/// From so many shoes on the first frame comes before what it takes to ask about them: on two cores they would hold up each
/// other.
const MANY: usize = 100_000;
/// If there is no frame until then, there will be none.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Resource, Default)]
struct AtWork {
    opening: Option<Current>,
    /// A catalogue that can be seen, and when it was opened: what it takes to ask it waits for the first frame.
    to_prepare: Option<(Arc<Catalog>, Job, Instant)>,
    recommender: Option<(Generation, Preparing, Job)>,
    facets: Option<(Generation, Task<FacetModel>)>,
    studio: Option<(
        Generation,
        Task<(Result<Studio, DesignError>, Option<DesignError>)>,
    )>,
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Begun>()
        .init_resource::<AtWork>()
        .add_systems(
            Update,
            (
                start,
                opened,
                begin_to_prepare,
                facets_ready,
                studio_ready,
                recommender_ready,
            )
                .chain()
                .in_set(ExplorerSet::Arrive),
        );
}

fn start(
    mut commands: MessageReader<Command>,
    mut begun: ResMut<Begun>,
    mut at_work: ResMut<AtWork>,
    mut running: ResMut<Running>,
    waker: Res<WakeUp>,
) {
    let wanted = (begun.0.take())
        .into_iter()
        .chain(commands.read().filter_map(|command| match command {
            Command::OpenCatalogue(path) => Some((path.clone(), begin(path, &waker.0))),
            _ => None,
        }))
        .last();
    if let Some((path, task)) = wanted {
        if let Some(old) = at_work.opening.take() {
            running.end(&old.job);
        }
        let job = running.begin(format!("Opening {}", file_name(&workspace::shown(&path))));
        job.stage("Reading", None);
        at_work.opening = Some(Current { path, task, job });
    }
}

fn opened(
    mut commands: Commands,
    mut at_work: ResMut<AtWork>,
    mut running: ResMut<Running>,
    mut notices: ResMut<Notices>,
    mut open: ResMut<OpenCatalogue>,
    mut settings: ResMut<ExplorerSettings>,
    launch: Option<Res<Launch>>,
    mut redraw: MessageWriter<RequestRedraw>,
) {
    let Some(current) = &at_work.opening else {
        return;
    };
    // One that was begun before there was an event loop cannot wake it.
    redraw.write(RequestRedraw);
    let outcome = match current.task.poll() {
        Outcome::Working if current.job.is_cancelled() => Err(None),
        Outcome::Working => return,
        Outcome::Done(Ok(opened)) => Ok(opened),
        Outcome::Done(Err(error)) => Err(Some(error)),
        Outcome::Lost => Err(Some(format!(
            "{}: opening it failed inside shoespace; please report this",
            workspace::shown(&current.path).display()
        ))),
    };
    running.end(&current.job);
    at_work.opening = None;
    let found = match outcome {
        Ok(found) => found,
        Err(error) => {
            if let Some(error) = error {
                commands.write_message(Command::Refused(error));
            }
            return;
        }
    };
    let catalog = found.catalog;
    open.open(catalog.clone(), found.extent);
    commands.insert_resource(CloudSource {
        positions: open.points.clone(),
        pictures: catalog.clone(),
        side: found.extent.billboard,
        generation: open.generation,
    });
    if let Some(advice) = workspace::advice(&catalog) {
        notices.info(advice);
    }
    if launch.as_ref().is_some_and(|l| l.windowed) {
        // That of a database has no password in it, other than what was typed.
        let path = catalog.path();
        settings.remember(&path.canonicalize().unwrap_or_else(|_| path.to_owned()));
    }
    if let Some((_, _, job)) = at_work.recommender.take() {
        // Nobody waits for the recommender of a catalogue that is closed.
        job.cancel();
        running.end(&job);
    }
    if let Some((_, job, _)) = at_work.to_prepare.take() {
        running.end(&job);
    }
    let job = running.begin("Preparing recommendations");
    job.stage("Reading the embeddings", None);
    at_work.to_prepare = Some((catalog, job, Instant::now()));
}

/// Starts what it takes to ask a catalogue that was opened.
fn begin_to_prepare(
    mut at_work: ResMut<AtWork>,
    open: Res<OpenCatalogue>,
    cloud: Option<Res<Cloud>>,
    launch: Option<Res<Launch>>,
    waker: Res<WakeUp>,
    mut redraw: MessageWriter<RequestRedraw>,
) {
    let Some((catalog, _, since)) = &at_work.to_prepare else {
        return;
    };
    // The window is woken when its machine answers again.
    if catalog.trouble().is_some() {
        return;
    }
    let is_own = |cloud: &Cloud| cloud.generation() == open.generation && cloud.on_screen() > 0;
    let is_seen = || cloud.is_some_and(|cloud| is_own(&cloud));
    if catalog.len() >= MANY && since.elapsed() < PATIENCE && !is_seen() {
        redraw.write(RequestRedraw);
        return;
    }
    let Some((catalog, job, _)) = at_work.to_prepare.take() else {
        return;
    };
    let table = catalog.clone();
    let facets = Task::spawn("columns", &waker.0, move || FacetModel::new(&*table));
    at_work.facets = Some((open.generation, facets));
    let (drawn, roots) = (catalog.clone(), Launch::roots_of(launch.as_deref()));
    let studio = Task::spawn("studio", &waker.0, move || {
        let own = user_generators().map(|folder| adapt::own(&folder, &drawn));
        let (own, trouble) = match own {
            Some(Ok(own)) => (own, None),
            Some(Err(error)) => (None, Some(error)),
            None => (None, None),
        };
        (Studio::open(drawn, own, &roots), trouble)
    });
    at_work.studio = Some((open.generation, studio));
    let task = prepare(catalog, job.clone(), &waker.0);
    at_work.recommender = Some((open.generation, task, job));
}

fn facets_ready(
    mut at_work: ResMut<AtWork>,
    mut notices: ResMut<Notices>,
    mut open: ResMut<OpenCatalogue>,
) {
    let Some((generation, task)) = &at_work.facets else {
        return;
    };
    match task.poll() {
        Outcome::Working => return,
        Outcome::Done(facets) if *generation == open.generation => {
            open.facets = Some(Arc::new(facets));
        }
        Outcome::Done(_) => {}
        Outcome::Lost => notices.error(
            "The columns of this catalogue could not be read (a bug); filters and search are off",
        ),
    }
    at_work.facets = None;
}

fn studio_ready(
    mut at_work: ResMut<AtWork>,
    mut notices: ResMut<Notices>,
    mut open: ResMut<OpenCatalogue>,
) {
    let Some((generation, task)) = &at_work.studio else {
        return;
    };
    let (studio, trouble) = match task.poll() {
        Outcome::Working => return,
        Outcome::Done(studio) => studio,
        Outcome::Lost => {
            notices.error("The generator could not be loaded (a bug); nothing can be designed");
            (Err(DesignError::NoStudio), None)
        }
    };
    if let Some(trouble) = trouble {
        notices.error(format!(
            "{trouble}; the generator that ships serves this catalogue instead of its own"
        ));
    }
    if *generation == open.generation {
        open.studio = Some(studio.map(Arc::new).map_err(Arc::new));
    }
    at_work.studio = None;
}

fn recommender_ready(
    mut at_work: ResMut<AtWork>,
    mut running: ResMut<Running>,
    mut notices: ResMut<Notices>,
    mut open: ResMut<OpenCatalogue>,
) {
    let Some((generation, task, job)) = &at_work.recommender else {
        return;
    };
    match task.poll() {
        Outcome::Working => return,
        Outcome::Done(Ok(recommender)) if *generation == open.generation => {
            open.prepared(recommender);
        }
        Outcome::Done(Ok(_)) => {}
        Outcome::Done(Err(RecommendError::Cancelled(_))) => notices.info(
            "Without recommendations the cloud can still be explored; open the catalogue again to prepare them",
        ),
        // The machine that it lies on went away meanwhile.
        Outcome::Done(Err(RecommendError::Catalog(error))) if error.may_pass() => {
            let catalog = open.catalog.clone().filter(|_| *generation == open.generation);
            if let Some(catalog) = catalog {
                let next = running.begin("Preparing recommendations");
                next.stage("Waiting for the server", None);
                running.end(job);
                at_work.recommender = None;
                at_work.to_prepare = Some((catalog, next, Instant::now()));
                return;
            }
        }
        Outcome::Done(Err(error)) => notices.error(error.to_string()),
        Outcome::Lost => notices.error(
            "the recommendations could not be prepared (a bug); the cloud can still be explored",
        ),
    }
    running.end(job);
    at_work.recommender = None;
}
