//! Your own shoes without a terminal: folders and zips that were dropped on the window or chosen become a
//! catalogue, with progress and a way to stop, which then opens.
//!
//! The work is [`crate::index`]'s, on a thread of its own. Catalogues made so lie in the user's data
//! folder. A source that was stopped half-way goes on from there when it is chosen again.

use crate::atomic_file::{first_free, numbered};
use crate::catalog::Catalog;
use crate::catalog::import::tables_apart;
use crate::embed::find_weights;
use crate::explorer::command::{Command, Popup};
use crate::explorer::schedule::{ExplorerSet, Leaving};
use crate::explorer::state::{LastImport, Launch, Notices, Running, WakeUp};
use crate::explorer::worker::{Outcome, Task};
use crate::index::{IndexOptions, IndexReport, index};
use crate::job::Job;
use crate::priority::quietly;
use bevy::prelude::*;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// What came of one import: the report, or what went wrong; `None` when it was stopped.
type Made = Result<Option<IndexReport>, String>;

/// The import under way, and those that wait for it.
#[derive(Resource, Default)]
struct Imports {
    waiting: VecDeque<Vec<PathBuf>>,
    current: Option<(Task<Made>, Job)>,
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Imports>()
        .init_resource::<LastImport>()
        .add_systems(Update, (ask, answer).chain().in_set(ExplorerSet::Arrive))
        .configure_sets(Last, (Leaving::Save, Leaving::Wait).chain())
        .add_systems(Last, keep_what_is_done.in_set(Leaving::Wait));
}

/// So long the program waits, when it ends, for what is done to be written.
const PATIENCE: Duration = Duration::from_secs(20);

/// Whoever closes the window while photos are indexed keeps what is done, as by Ctrl-C: the same photos go on from there.
fn keep_what_is_done(mut exits: MessageReader<AppExit>, imports: Res<Imports>) {
    let Some((task, job)) = imports.current.as_ref().filter(|_| !exits.is_empty()) else {
        return;
    };
    exits.clear();
    job.cancel();
    task.wait(PATIENCE);
}

fn ask(
    mut commands: MessageReader<Command>,
    mut imports: ResMut<Imports>,
    mut notices: ResMut<Notices>,
    mut running: ResMut<Running>,
    launch: Option<Res<Launch>>,
    wake: Res<WakeUp>,
) {
    for command in commands.read() {
        let Command::Import(sources) = command else {
            continue;
        };
        if imports.current.is_some() || !imports.waiting.is_empty() {
            notices.info(format!("{} comes next", names(sources)));
        }
        imports.waiting.push_back(sources.clone());
    }
    if imports.current.is_some() {
        return;
    }
    let Some(sources) = imports.waiting.pop_front() else {
        return;
    };
    // Both are needed for any import: say it before the work, not after.
    let weights = match launch.as_ref().map(|launch| find_weights(&launch.roots)) {
        Some(Ok(weights)) => weights,
        Some(Err(error)) => {
            return notices.error(format!("{} cannot be indexed: {error}", names(&sources)));
        }
        None => return,
    };
    let Some(folder) = crate::paths::user_catalogues() else {
        return notices.error(format!(
            "{}: this system names no home folder to keep the catalogue in; use shoespace index SOURCE -o FILE.parquet",
            names(&sources)
        ));
    };
    let job = running.begin(format!("Indexing {}", names(&sources)));
    job.stage("Looking", None);
    running.enlarge(&job, true);
    let worker = job.clone();
    let task = Task::spawn("shoespace import", &wake.0, move || {
        make(sources, &folder, weights, &worker)
    });
    imports.current = Some((task, job));
}

/// Indexes `sources` into a catalogue in `folder`.
fn make(sources: Vec<PathBuf>, folder: &Path, weights: PathBuf, job: &Job) -> Made {
    let sources: Vec<PathBuf> = sources
        .iter()
        .map(|path| std::path::absolute(path).unwrap_or_else(|_| path.clone()))
        .collect();
    std::fs::create_dir_all(folder).map_err(|error| {
        format!(
            "{}: {error}; make room there, or use shoespace index SOURCE -o FILE.parquet",
            folder.display()
        )
    })?;
    let (photos, tables) = tables_apart(sources);
    let output = place(folder, &photos);
    let mut options = IndexOptions::new(photos, output, weights);
    options.import.metadata = tables;
    // The window goes before it.
    match quietly(|| index(&options, job)) {
        Ok(report) => Ok(Some(report)),
        Err(_) if job.is_cancelled() => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}

/// Where the catalogue of `sources` goes: named after the first, numbered where another has that name.
fn place(folder: &Path, sources: &[PathBuf]) -> PathBuf {
    let stem = sources
        .first()
        .and_then(|path| path.file_stem())
        .map_or_else(|| "photos".into(), |stem| stem.to_string_lossy());
    let wanted: Vec<String> = sources
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    let first = folder.join(format!("{stem}.parquet"));
    first_free(
        |n| numbered(&first, n),
        |path| {
            !path.exists()
                || Catalog::open(path).is_ok_and(|catalog| catalog.info().source == wanted)
        },
    )
}

fn names(sources: &[PathBuf]) -> String {
    let name = |path: &PathBuf| crate::workspace::titles::file_name(path);
    match sources {
        [] => "nothing".to_owned(),
        [one] => name(one),
        [one, other] => format!("{} and {}", name(one), name(other)),
        [first, rest @ ..] => format!("{} and {} more", name(first), rest.len()),
    }
}

fn answer(
    mut imports: ResMut<Imports>,
    mut notices: ResMut<Notices>,
    mut running: ResMut<Running>,
    mut last: ResMut<LastImport>,
    mut out: MessageWriter<Command>,
) {
    let Some((task, job)) = &imports.current else {
        return;
    };
    let made = match task.poll() {
        Outcome::Working => return,
        Outcome::Done(made) => made,
        Outcome::Lost => Err("The import ended unexpectedly (a bug); what was finished is kept, choose it again to go on".to_owned()),
    };
    running.end(job);
    imports.current = None;
    match made {
        Ok(Some(report)) => {
            out.write(Command::OpenCatalogue(report.output.clone()));
            last.0 = Some(Arc::new(report));
            out.write(Command::Show(Popup::Report, true));
        }
        Ok(None) => notices.info(
            "Stopped; what was finished is kept. Choose the same photos again to go on from there",
        ),
        Err(error) => notices.error(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recommend::fixture;

    #[test]
    fn a_catalogue_is_named_after_its_source_and_never_overwrites_another() {
        let folder = tempfile::tempdir().unwrap();
        let sources = [PathBuf::from("/photos/boots.zip")];
        assert_eq!(
            place(folder.path(), &sources),
            folder.path().join("boots.parquet")
        );
        fixture::write(&folder.path().join("boots.parquet"), 6);
        assert_eq!(
            place(folder.path(), &sources),
            folder.path().join("boots-2.parquet")
        );
        std::fs::write(folder.path().join("boots-2.parquet"), "broken").unwrap();
        assert_eq!(
            place(folder.path(), &sources),
            folder.path().join("boots-3.parquet")
        );
        assert_eq!(names(&["/a/x.zip".into(), "/b".into()]), "x.zip and b");
        let three = ["/a/x.zip".into(), "/b".into(), "/c".into()];
        assert_eq!(names(&three), "x.zip and 2 more");
    }

    #[test]
    fn an_import_without_weights_says_what_is_missing() {
        let mut app = App::new();
        app.add_plugins(MinimalPlugins)
            .add_message::<Command>()
            .init_resource::<Notices>()
            .init_resource::<Running>()
            .init_resource::<WakeUp>()
            .add_message::<AppExit>()
            .insert_resource(Launch {
                catalogue: None,
                roots: crate::paths::Roots::new(vec!["/nowhere".into()]),
                began: std::time::Instant::now(),
                windowed: true,
            });
        plugin(&mut app);
        app.world_mut()
            .write_message(Command::Import(vec!["/photos/boots".into()]));
        app.update();
        let told = &app.world().resource::<Notices>().0;
        assert_eq!(told.len(), 1);
        assert!(
            told[0].text.contains("boots") && told[0].text.contains("/nowhere"),
            "{}",
            told[0].text
        );
        assert!(app.world().resource::<Running>().0.is_empty());
    }
}
