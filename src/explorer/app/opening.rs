//! Opening a catalogue off the frame: first what is needed to see it, then what is needed to ask it.

use crate::catalog::Catalog;
use crate::explorer::command::Command;
use crate::explorer::facts::CatalogueOpened;
use crate::explorer::scene::cloud::CloudSource;
use crate::explorer::schedule::ExplorerSet;
use crate::explorer::settings::ExplorerSettings;
use crate::explorer::state::{Launch, Notices, OpenCatalogue, Running, WakeUp};
use crate::explorer::worker::{Outcome, Task, Waker};
use crate::job::Job;
use crate::numeric::upper_median;
use crate::recommend::Recommender;
use bevy::prelude::*;
use bevy::window::RequestRedraw;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A catalogue and how large its cloud is.
pub struct Opened {
    catalog: Arc<Catalog>,
    centre: Vec3,
    radius: f32,
    billboard: f32,
}

/// What is being opened. Begun before Bevy is, where a catalogue was named, so that its reading does not
/// add to the time of the first frame.
pub type Opening = Task<Result<Opened, String>>;

/// Starts to open a catalogue on a thread.
pub fn begin(path: &Path, waker: &Waker) -> Opening {
    let path = path.to_owned();
    Task::spawn("open catalogue", waker, move || {
        let catalog = Catalog::open(&path).map_err(|error| error.to_string())?;
        if catalog.is_empty() {
            return Err(format!(
                "{}: there is no shoe in this catalogue; index some photos first",
                path.display()
            ));
        }
        let (centre, radius) = extent(catalog.positions());
        let billboard = billboard_side(radius, catalog.len());
        Ok(Opened {
            catalog: Arc::new(catalog),
            centre,
            radius,
            billboard,
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

#[derive(Resource, Default)]
struct AtWork {
    opening: Option<Current>,
    recommender: Option<(u64, Task<Result<Arc<Recommender>, String>>, Job)>,
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Begun>()
        .init_resource::<AtWork>()
        .add_systems(
            Update,
            (start, opened, recommender_ready)
                .chain()
                .in_set(ExplorerSet::Arrive),
        );
}

fn title(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    format!("Opening {}", name.to_string_lossy())
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
        let job = running.begin(title(&path));
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
    waker: Res<WakeUp>,
    mut facts: MessageWriter<CatalogueOpened>,
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
            current.path.display()
        ))),
    };
    running.end(&current.job);
    let path = current.path.clone();
    at_work.opening = None;
    let found = match outcome {
        Ok(found) => found,
        Err(error) => {
            if let Some(error) = error {
                notices.error(error);
            }
            return;
        }
    };
    let catalog = found.catalog;
    commands.insert_resource(CloudSource {
        positions: Arc::new(catalog.positions().to_vec()),
        pictures: catalog.clone(),
        side: found.billboard,
    });
    *open = OpenCatalogue {
        catalog: Some(catalog.clone()),
        recommender: None,
        centre: found.centre,
        radius: found.radius,
        billboard: found.billboard,
        generation: open.generation + 1,
    };
    if launch.is_some_and(|l| l.windowed) {
        settings.remember(&path.canonicalize().unwrap_or_else(|_| path.clone()));
    }
    facts.write(CatalogueOpened { path });
    if let Some((_, _, job)) = at_work.recommender.take() {
        running.end(&job);
    }
    let job = running.begin("Preparing recommendations");
    job.stage("Reading the embeddings", None);
    let task = Task::spawn("recommender", &waker.0, move || {
        Recommender::new(catalog)
            .map(Arc::new)
            .map_err(|error| error.to_string())
    });
    at_work.recommender = Some((open.generation, task, job));
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
            open.recommender = Some(recommender);
        }
        Outcome::Done(Ok(_)) => {}
        Outcome::Done(Err(error)) => notices.error(error),
        Outcome::Lost => notices.error(
            "the recommendations could not be prepared (a bug); the cloud can still be explored",
        ),
    }
    running.end(job);
    at_work.recommender = None;
}

/// The median on each axis, and the distance within which 95 % are.
pub fn extent(positions: &[[f32; 3]]) -> (Vec3, f32) {
    if positions.is_empty() {
        return (Vec3::ZERO, 1.0);
    }
    // A sample is enough, and bounded.
    let step = positions.len().div_ceil(50_000);
    let sample: Vec<Vec3> = (positions.iter().step_by(step))
        .map(|p| Vec3::from_array(*p))
        .collect();
    let median = |axis: usize| {
        let mut values: Vec<f32> = sample.iter().map(|p| p[axis]).collect();
        upper_median(&mut values).unwrap_or(0.0)
    };
    let centre = Vec3::new(median(0), median(1), median(2));
    let mut away: Vec<f32> = sample.iter().map(|p| p.distance(centre)).collect();
    let rank = (away.len() - 1) * 95 / 100;
    let radius = *away.select_nth_unstable_by(rank, f32::total_cmp).1;
    // One shoe, or many in one place: any scale will do.
    let radius = if radius > 1e-6 { radius } else { 1.0 };
    (centre, radius)
}

/// How large a billboard should be so that neighbours touch.
pub fn billboard_side(radius: f32, count: usize) -> f32 {
    (1.2 * radius / (count.max(1) as f32).cbrt()).min(0.5 * radius)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cloud_has_a_middle_and_a_size_whatever_it_is() {
        assert_eq!(extent(&[]), (Vec3::ZERO, 1.0));
        assert_eq!(extent(&[[2.0, 0.0, 0.0]; 5]), (Vec3::X * 2.0, 1.0));
        let mut line: Vec<[f32; 3]> = (0..100).map(|i| [i as f32, 0.0, 0.0]).collect();
        line.push([1e6, 0.0, 0.0]);
        let (centre, radius) = extent(&line);
        assert!((centre.x - 50.0).abs() < 1.0);
        assert!(
            (40.0..60.0).contains(&radius),
            "one far away does not count: {radius}"
        );
        assert!(billboard_side(1.0, 1) <= 0.5);
        assert!(billboard_side(1.0, 1_000_000) > 0.0);
    }
}
