//! Where the shoes stand: another layout is read or made on a thread, and the shoes glide to it.

use crate::design::DesignError;
use crate::design::nearest::place_among;
use crate::design::studio::Studio;
use crate::explorer::command::{Command, Flight};
use crate::explorer::scene::cloud::CloudSource;
use crate::explorer::schedule::ExplorerSet;
use crate::explorer::settings::ExplorerSettings;
use crate::explorer::state::{Launch, Notices, OpenCatalogue, Placed, Running, Selection, WakeUp};
use crate::explorer::worker::{Outcome, Task};
use crate::imaging::grid::smoothstep;
use crate::job::Job;
use crate::recommend::Recommender;
use crate::workspace::extent::Extent;
use crate::workspace::layouts::{self, LayoutsError, SceneLayout};
use crate::workspace::own_axes::{AxisScale, by_own_axes};
use crate::workspace::{Generation, Item};
use bevy::prelude::*;
use bevy::window::RequestRedraw;
use std::sync::Arc;

/// Seconds in which the shoes glide from one layout to the next.
const GLIDE: f32 = 1.2;
/// The longest step of a glide, in seconds: what a slow frame skips is seen all the same.
const LONGEST: f32 = 0.05;
/// The seed of a layout that is made in the window.
const SEED: u64 = 0;

/// One point a shoe.
type Points = Arc<Vec<[f32; 3]>>;
/// Where photos and designs stand, by the key of each.
type Places = Vec<(usize, Result<[f32; 3], DesignError>)>;

/// A layout, and the studio that designs in it; none where there is none to design with.
struct Arranged {
    layout: SceneLayout,
    points: Points,
    scales: Option<[AxisScale; 3]>,
    studio: Option<Result<Studio, DesignError>>,
}

type Arranging = Task<Result<Arranged, LayoutsError>>;

struct Glide {
    from: Points,
    to: Points,
    share: f32,
}

#[derive(Resource, Default)]
struct AtWork {
    seen: Generation,
    /// What is to be shown as soon as it can be made.
    wanted: Option<SceneLayout>,
    arranging: Option<(Arranging, Job)>,
    /// The layout by neighbourhoods, once it is known.
    neighbourhoods: Option<Points>,
    glide: Option<Glide>,
    placing: Option<Task<Places>>,
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<AtWork>().add_systems(
        Update,
        (ask, begin, arranged, glide, place)
            .chain()
            .in_set(ExplorerSet::Arrive),
    );
}

/// Hears what is wanted; another catalogue wants nothing yet.
fn ask(
    mut commands: MessageReader<Command>,
    open: Res<OpenCatalogue>,
    mut at_work: ResMut<AtWork>,
    mut running: ResMut<Running>,
) {
    let mut seen = at_work.seen;
    if open.generation.is_news_to(&mut seen) {
        give_up(&mut at_work, &mut running);
        *at_work = AtWork {
            seen,
            ..AtWork::default()
        };
    }
    for command in commands.read() {
        if let Command::LayOut(layout) = command {
            give_up(&mut at_work, &mut running);
            let is_other = |layout: &SceneLayout| layout.is_sound() && *layout != open.layout;
            at_work.wanted = Some(layout.clone()).filter(is_other);
        }
    }
}

fn give_up(at_work: &mut AtWork, running: &mut Running) {
    if let Some((_, job)) = at_work.arranging.take() {
        job.cancel();
        running.end(&job);
    }
}

/// Begins once the recommender, and the studio or the word that there is none, are there.
fn begin(
    open: Res<OpenCatalogue>,
    wake: Res<WakeUp>,
    mut at_work: ResMut<AtWork>,
    mut running: ResMut<Running>,
) {
    let (Some(layout), Some(recommender), Some(studio)) =
        (at_work.wanted.clone(), &open.recommender, &open.studio)
    else {
        return;
    };
    at_work.wanted = None;
    let job = running.begin(match layout {
        SceneLayout::Components(_) => "Laying out components",
        SceneLayout::Neighbourhoods => "Laying out neighbourhoods",
        SceneLayout::Own(_) => "Laying out your axes",
    });
    let (recommender, studio) = (recommender.clone(), studio.as_ref().ok().cloned());
    let (known, worker) = (at_work.neighbourhoods.clone(), job.clone());
    let task = Task::spawn("shoespace layout", &wake.0, move || {
        arrange(layout, recommender, studio.as_deref(), known, &worker)
    });
    at_work.arranging = Some((task, job));
}

/// Reads or makes a layout, and a studio for it.
fn arrange(
    layout: SceneLayout,
    recommender: Arc<Recommender>,
    studio: Option<&Studio>,
    known: Option<Points>,
    job: &Job,
) -> Result<Arranged, LayoutsError> {
    let catalog = recommender.catalog().clone();
    let mut scales = None;
    let (points, studio) = match layout.clone() {
        SceneLayout::FIRST => (
            Arc::new(catalog.positions().to_vec()),
            studio.map(Studio::in_components),
        ),
        SceneLayout::Components(axes) => {
            let points = Arc::new(layouts::by_components(&recommender, axes));
            let studio = studio.map(|studio| studio.on_components(axes, &points));
            (points, studio)
        }
        SceneLayout::Neighbourhoods => {
            let points = match known {
                Some(points) => points,
                None => Arc::new(match layouts::kept(&catalog)? {
                    Some(points) => points,
                    None => layouts::neighbourhoods(&recommender, SEED, job)?,
                }),
            };
            let studio = studio.map(|studio| studio.laid_out(points.clone(), recommender));
            (points, studio)
        }
        SceneLayout::Own(axes) => {
            let (points, known) = by_own_axes(&recommender, &axes, job)?;
            scales = Some(known);
            let points = Arc::new(points);
            let studio = studio.map(|studio| studio.laid_out(points.clone(), recommender));
            (points, studio)
        }
    };
    Ok(Arranged {
        layout,
        points,
        scales,
        studio,
    })
}

/// Takes a layout in; where there is none the scene stays as it was.
fn arranged(
    mut at_work: ResMut<AtWork>,
    mut open: ResMut<OpenCatalogue>,
    mut running: ResMut<Running>,
    mut notices: ResMut<Notices>,
    launch: Option<Res<Launch>>,
    selection: Res<Selection>,
    mut out: MessageWriter<Command>,
) {
    let Some((task, job)) = &at_work.arranging else {
        return;
    };
    let arranged = match task.poll() {
        Outcome::Working => return,
        Outcome::Done(arranged) => arranged.map_err(|error| match error {
            LayoutsError::Cancelled(_) => None,
            error => Some(error.to_string()),
        }),
        Outcome::Lost => Err(Some(
            "The layout could not be made (a bug); the scene stays as it was".into(),
        )),
    };
    running.end(job);
    at_work.arranging = None;
    let Arranged {
        layout,
        points,
        scales,
        studio,
    } = match arranged {
        Ok(arranged) => arranged,
        Err(error) => {
            if let Some(error) = error {
                notices.error(error);
            }
            return;
        }
    };
    if layout == SceneLayout::Neighbourhoods {
        at_work.neighbourhoods = Some(points.clone());
    }
    at_work.glide = Some(Glide {
        from: open.points.clone(),
        to: points.clone(),
        // Where nobody looks the shoes are simply there.
        share: f32::from(u8::from(launch.is_some_and(|launch| !launch.windowed))),
    });
    at_work.placing = None;
    let billboard = open.extent.billboard;
    open.extent = Extent {
        billboard,
        ..Extent::of(&points)
    };
    open.arrange(layout, points, scales);
    // Who looks at no shoe looks at the whole.
    if selection.current.is_none() {
        out.write(Command::Home);
    }
    if let Some(studio) = studio {
        open.studio = Some(studio.map(Arc::new).map_err(Arc::new));
    }
}

/// Moves the shoes on.
fn glide(
    mut at_work: ResMut<AtWork>,
    mut open: ResMut<OpenCatalogue>,
    source: Option<ResMut<CloudSource>>,
    settings: Res<ExplorerSettings>,
    time: Res<Time>,
    mut redraw: MessageWriter<RequestRedraw>,
) {
    let (Some(glide), Some(mut source)) = (&mut at_work.glide, source) else {
        return;
    };
    glide.share = match settings.calm {
        true => 1.0,
        false => (glide.share + time.delta_secs().min(LONGEST) / GLIDE).min(1.0),
    };
    let done = glide.share >= 1.0;
    let points = match done {
        true => glide.to.clone(),
        false => Arc::new(between(
            &glide.from,
            &glide.to,
            smoothstep(0.0, 1.0, glide.share),
        )),
    };
    open.points = points.clone();
    source.positions = points;
    if done {
        at_work.glide = None;
    }
    redraw.write(RequestRedraw);
}

fn between(from: &[[f32; 3]], to: &[[f32; 3]], share: f32) -> Vec<[f32; 3]> {
    let mix = |(a, b): (&[f32; 3], &[f32; 3])| {
        std::array::from_fn(|axis| a[axis] + share * (b[axis] - a[axis]))
    };
    from.iter().zip(to).map(mix).collect()
}

/// Finds the places of photos and designs, which bring along those by the first components alone.
fn place(
    mut at_work: ResMut<AtWork>,
    mut open: ResMut<OpenCatalogue>,
    placed: Res<Placed>,
    selection: Res<Selection>,
    wake: Res<WakeUp>,
    mut notices: ResMut<Notices>,
    mut out: MessageWriter<Command>,
) {
    if open.layout == SceneLayout::FIRST {
        return;
    }
    if let Some(task) = &at_work.placing {
        let places = match task.poll() {
            Outcome::Working => return,
            Outcome::Done(places) => places,
            Outcome::Lost => Vec::new(),
        };
        at_work.placing = None;
        for (key, place) in places {
            match place {
                Ok(at) => {
                    open.places.insert(key, at);
                    if selection
                        .current
                        .as_ref()
                        .is_some_and(|item| item.key() == key)
                    {
                        out.write(Command::Fly(Flight::Point(Vec3::from_array(at))));
                    }
                }
                Err(error) => notices.error(error.to_string()),
            }
        }
    }
    let Some(recommender) = &open.recommender else {
        return;
    };
    let shown = placed.0.iter().chain(&selection.current);
    let lost: Vec<Item> = shown
        .filter(|item| item.row().is_none() && item.features().is_some())
        .filter(|item| !open.places.contains_key(&item.key()))
        .cloned()
        .collect();
    if lost.is_empty() {
        return;
    }
    let layout = open.layout.clone();
    let (recommender, points) = (recommender.clone(), open.targets.clone());
    at_work.placing = Some(Task::spawn("shoespace places", &wake.0, move || {
        let places = lost.iter().filter_map(|item| {
            let blocks = item.features()?.blocks();
            let place = (recommender.space().embedding(&blocks))
                .map_err(DesignError::from)
                .and_then(|embedding| match &layout {
                    SceneLayout::Components(axes) => {
                        Ok(recommender.space().place_on(*axes, &embedding))
                    }
                    SceneLayout::Neighbourhoods | SceneLayout::Own(_) => {
                        place_among(&recommender, &points, &embedding)
                    }
                });
            Some((item.key(), place))
        });
        places.collect()
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_glide_begins_and_ends_where_the_layouts_are() {
        let (from, to) = ([[0.0, 1.0, 2.0]], [[4.0, 1.0, -2.0]]);
        assert_eq!(between(&from, &to, smoothstep(0.0, 1.0, 0.0)), from);
        assert_eq!(
            between(&from, &to, smoothstep(0.0, 1.0, 0.5)),
            [[2.0, 1.0, 0.0]]
        );
        assert_eq!(between(&from, &to, smoothstep(0.0, 1.0, 1.0)), to);
    }
}
