//! Shoes that do not exist, in colour, for somebody who has no photos: imagined here once, and opened.

use crate::atomic_file;
use crate::design::DesignError;
use crate::design::generators;
use crate::design::imagine::{Imagination, ImagineOptions};
use crate::embed;
use crate::explorer::command::Command;
use crate::explorer::schedule::ExplorerSet;
use crate::explorer::state::{Launch, Notices, Running, WakeUp};
use crate::explorer::worker::{Outcome, Task};
use crate::job::Job;
use crate::paths::Roots;
use crate::priority::quietly;
use bevy::prelude::*;
use std::path::{Path, PathBuf};

/// So many shoes.
const COUNT: usize = 10_000;
/// The file that they are kept in, in the user's data folder.
const FILE: &str = "imagined-in-colour.parquet";

/// The work under way.
#[derive(Resource, Default)]
struct Imagining(Option<(Task<Result<(), String>>, Job, PathBuf)>);

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Imagining>()
        .add_systems(Update, (ask, answer).chain().in_set(ExplorerSet::Arrive));
}

fn ask(
    mut commands: MessageReader<Command>,
    mut imagining: ResMut<Imagining>,
    mut notices: ResMut<Notices>,
    mut running: ResMut<Running>,
    launch: Option<Res<Launch>>,
    wake: Res<WakeUp>,
    mut out: Commands,
) {
    let asked = commands
        .read()
        .filter(|c| matches!(c, Command::Imagine))
        .count();
    if asked == 0 || imagining.0.is_some() {
        return;
    }
    let Some(launch) = launch else { return };
    let Some(folder) = crate::paths::user_catalogues() else {
        return notices.error("This system names no home folder to keep a catalogue in; use shoespace imagine -o FILE.parquet");
    };
    let output = folder.join(FILE);
    if output.is_file() {
        out.write_message(Command::OpenCatalogue(output));
        return;
    }
    let job = running.begin("Imagining shoes");
    running.enlarge(&job, true);
    let (roots, place, worker) = (launch.roots.clone(), output.clone(), job.clone());
    let task = Task::spawn("shoespace imagine", &wake.0, move || {
        // The window goes before it.
        quietly(|| imagine(&roots, &place, &worker)).map_err(|error| format!("{error:#}"))
    });
    imagining.0 = Some((task, job, output));
}

/// Imagines the shoes and writes them.
fn imagine(roots: &Roots, output: &Path, job: &Job) -> anyhow::Result<()> {
    let write = |cause| DesignError::Write {
        path: output.to_owned(),
        cause,
    };
    std::fs::create_dir_all(output.parent().unwrap_or(Path::new("."))).map_err(write)?;
    // What can fail at once should.
    drop(atomic_file::create(output).map_err(write)?);
    job.stage("Reading the generator", None);
    let named = generators::load(&roots.model(generators::COLOUR)?)?;
    let embedder = embed::embedder_of(&named.generator.info().embedder_id()).open(roots)?;
    let imagination = Imagination {
        generator: &named.generator,
        embedder: &*embedder,
        beside: None,
    };
    let options = ImagineOptions {
        count: COUNT,
        seed: 0,
        gaps: false,
    };
    Ok(imagination.write(output, &options, job)?)
}

fn answer(
    mut imagining: ResMut<Imagining>,
    mut notices: ResMut<Notices>,
    mut running: ResMut<Running>,
    mut out: MessageWriter<Command>,
) {
    let Some((task, job, output)) = &imagining.0 else {
        return;
    };
    let made = match task.poll() {
        Outcome::Working => return,
        Outcome::Done(made) => made,
        Outcome::Lost => {
            Err("Imagining shoes ended unexpectedly (a bug); please report it".to_owned())
        }
    };
    running.end(job);
    match made {
        Ok(()) => {
            out.write(Command::OpenCatalogue(output.clone()));
        }
        Err(_) if job.is_cancelled() => {}
        Err(error) => notices.error(error),
    }
    imagining.0 = None;
}
