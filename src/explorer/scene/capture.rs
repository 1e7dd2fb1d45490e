//! Pictures of the screen: F12, `snapshot`, and the tour where there is no display.

use super::camera::{Canvas, SceneCamera, SceneView};
use super::cloud::Cloud;
use super::cloud::atlas::Patches;
use crate::atomic_file;
use crate::catalog::picture::encode_png;
use crate::explorer::command::{Command, Flight, View};
use crate::explorer::schedule::ExplorerSet;
use crate::explorer::state::{
    NoticeLevel, Notices, OpenCatalogue, Recommendations, Running, Screen, Selection, Shown,
};
use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use bevy::render::view::screenshot::{Screenshot, ScreenshotCaptured};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// One picture to take.
#[derive(Debug, Clone, Default)]
pub struct Shot {
    /// The PNG to write.
    pub out: PathBuf,
    /// The shoe to select.
    pub select: Option<String>,
    /// The point to look at; the middle of the cloud, or the selected shoe, where none is given.
    pub look_at: Option<Vec3>,
    /// How far from it, as a part of the distance that shows the whole cloud.
    pub nearness: Option<f32>,
    /// Radians around the vertical axis, from the usual view.
    pub turn: f32,
    /// The panels too.
    pub panels: bool,
    /// The grid view.
    pub grid: bool,
}

/// What has become of the shots: the files written, or why not.
pub type Verdict = Arc<Mutex<Result<Vec<PathBuf>, String>>>;

/// Shots still to take; the app ends after the last.
#[derive(Resource)]
pub struct Shots {
    queue: VecDeque<Shot>,
    stage: Stage,
    began: Instant,
    verdict: Verdict,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Stage {
    /// The catalogue is being opened.
    Opening,
    /// The next shot has to be set up.
    SetUp,
    /// Recommendations are on their way.
    Asking,
    /// Pictures are on their way.
    Loading,
    /// So many more frames until everything is on the canvas.
    Settling(u32),
    /// The picture is being taken.
    Taking,
}

/// Longer than this nothing takes: then something is stuck, and that is said.
const PATIENCE: Duration = Duration::from_secs(180);
/// Frames from the last change until the canvas shows it.
const SETTLE: u32 = 6;

impl Shots {
    /// Takes these, one after the other.
    pub fn new(shots: impl IntoIterator<Item = Shot>) -> (Self, Verdict) {
        let verdict: Verdict = Arc::new(Mutex::new(Ok(Vec::new())));
        let shots = Self {
            queue: shots.into_iter().collect(),
            stage: Stage::Opening,
            began: Instant::now(),
            verdict: verdict.clone(),
        };
        (shots, verdict)
    }
}

pub(super) fn plugin(app: &mut App) {
    app.add_systems(
        Update,
        (
            take_window.in_set(ExplorerSet::Show),
            take_shots
                .run_if(resource_exists::<Shots>)
                .in_set(ExplorerSet::Claim),
        ),
    );
}

/// Writes a picture whole or not at all.
///
/// # Errors
/// A sentence with the file's name and what to do.
pub fn write_png(picture: &image::DynamicImage, out: &Path) -> Result<(), String> {
    let tell = |error: &dyn std::fmt::Display| {
        format!(
            "{}: cannot be written ({error}); choose another file or folder",
            out.display()
        )
    };
    let png = encode_png(&picture.to_rgb8());
    atomic_file::write(out, |file| file.write_all(&png)).map_err(|e| tell(&e))
}

/// F12: the window as it is, into the folder for pictures.
fn take_window(
    mut commands: Commands,
    mut asked: MessageReader<Command>,
    canvas: Option<Res<Canvas>>,
) {
    if !(asked.read()).any(|command| matches!(command, Command::TakePicture)) || canvas.is_some() {
        return;
    }
    let folder = directories::UserDirs::new()
        .and_then(|dirs| dirs.picture_dir().map(Path::to_owned))
        .filter(|folder| folder.is_dir())
        .or_else(|| std::env::current_dir().ok())
        .unwrap_or_default();
    let out = atomic_file::first_free(
        |n| folder.join(format!("shoespace-{n:03}.png")),
        |path| !path.exists(),
    );
    commands.spawn(Screenshot::primary_window()).observe(
        move |captured: On<ScreenshotCaptured>, mut notices: ResMut<Notices>| {
            let picture = captured.image.clone().try_into_dynamic();
            let written = match picture {
                Ok(picture) => write_png(&picture, &out),
                Err(error) => Err(format!("the picture cannot be read back: {error}")),
            };
            match written {
                Ok(()) => notices.info(format!("Saved {}", out.display())),
                Err(error) => notices.error(error),
            }
        },
    );
}

/// What shots wait for.
#[derive(SystemParam)]
struct Seen<'w> {
    notices: Res<'w, Notices>,
    running: Res<'w, Running>,
    open: Res<'w, OpenCatalogue>,
    selection: Res<'w, Selection>,
    recommendations: Res<'w, Recommendations>,
    view: Res<'w, SceneView>,
}

fn take_shots(
    mut commands: Commands,
    mut shots: ResMut<Shots>,
    mut exit: MessageWriter<AppExit>,
    mut out: MessageWriter<Command>,
    mut screen: ResMut<Screen>,
    mut shown: ResMut<Shown>,
    canvas: Option<Res<Canvas>>,
    seen: Seen,
    patches: Res<Patches>,
    cloud: Option<Res<Cloud>>,
    mut cameras: Query<&mut Camera, With<SceneCamera>>,
) {
    // Nothing is drawn for nobody: the processor is for the pictures that are still on their way.
    let draws = matches!(shots.stage, Stage::Settling(_) | Stage::Taking);
    for mut camera in &mut cameras {
        if camera.is_active != draws {
            camera.is_active = draws;
        }
    }
    let Seen {
        notices,
        running,
        open,
        selection,
        recommendations,
        view,
    } = seen;
    let problem = notices.0.iter().find(|n| n.level == NoticeLevel::Error);
    if let Some(problem) = problem {
        fail(&shots, problem.text.clone(), &mut exit);
        return;
    }
    if shots.began.elapsed() > PATIENCE {
        fail(
            &shots,
            "the picture did not come together in three minutes; this is a bug, please report it"
                .into(),
            &mut exit,
        );
        return;
    }
    let (Some(canvas), Some(catalog), Some(cloud)) = (canvas, &open.catalog, cloud) else {
        return;
    };
    let Some(shot) = shots.queue.front().cloned() else {
        return;
    };
    shots.stage = match shots.stage {
        Stage::Opening if running.0.is_empty() => Stage::SetUp,
        Stage::Opening => Stage::Opening,
        Stage::SetUp => {
            screen.panels = shot.panels;
            screen.grid = shot.grid;
            *shown = Shown::default();
            let row = match &shot.select {
                None => None,
                Some(id) => match catalog.row_of(id) {
                    Some(row) => Some(row),
                    None => {
                        fail(&shots, catalog.no_such_id(id), &mut exit);
                        return;
                    }
                },
            };
            if row != selection.row() {
                out.write(Command::Select(row.map(crate::workspace::Item::Row)));
            }
            out.write(Command::Fly(Flight::Jump(place(&shot, row, &open, &view))));
            Stage::Asking
        }
        // The request above is only now being carried out.
        Stage::Asking if selection.row().is_some() != shot.select.is_some() => Stage::Asking,
        Stage::Asking if recommendations.pending => Stage::Asking,
        Stage::Asking
            if shot.select.is_some()
                && recommendations.list.is_empty()
                && recommendations.error.is_none() =>
        {
            Stage::Asking
        }
        Stage::Asking => Stage::Loading,
        Stage::Loading if cloud.is_complete(&patches) => Stage::Settling(SETTLE),
        Stage::Loading => Stage::Loading,
        Stage::Settling(_) if !cloud.is_complete(&patches) => Stage::Loading,
        Stage::Settling(0) => {
            let out = shot.out.clone();
            commands.spawn(Screenshot::image(canvas.0.clone())).observe(
                move |captured: On<ScreenshotCaptured>,
                      mut shots: ResMut<Shots>,
                      mut exit: MessageWriter<AppExit>| {
                    let written = captured
                        .image
                        .clone()
                        .try_into_dynamic()
                        .map_err(|e| format!("the picture cannot be read back: {e}"))
                        .and_then(|picture| write_png(&picture, &out));
                    match written {
                        Ok(()) => {
                            if let Ok(files) = &mut *lock(&shots.verdict) {
                                files.push(out.clone());
                            }
                            shots.queue.pop_front();
                            shots.stage = Stage::SetUp;
                            if shots.queue.is_empty() {
                                exit.write(AppExit::Success);
                            }
                        }
                        Err(error) => fail(&shots, error, &mut exit),
                    }
                },
            );
            Stage::Taking
        }
        Stage::Settling(n) => Stage::Settling(n - 1),
        Stage::Taking => Stage::Taking,
    };
}

/// Where the camera is for a shot.
fn place(shot: &Shot, row: Option<usize>, open: &OpenCatalogue, view: &SceneView) -> View {
    let whole = super::camera::whole(open, view);
    let at = row.and_then(|row| open.position(row));
    let focus = shot.look_at.or(at).unwrap_or(whole.focus);
    let nearness = shot.nearness.unwrap_or(match (shot.look_at, at) {
        (None, None) => 1.0,
        (None, Some(_)) => 0.28,
        (Some(_), _) => 0.3,
    });
    View {
        focus,
        yaw: whole.yaw + shot.turn,
        distance: whole.distance * nearness,
        ..whole
    }
}

fn fail(shots: &Shots, error: String, exit: &mut MessageWriter<AppExit>) {
    *lock(&shots.verdict) = Err(error);
    exit.write(AppExit::error());
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_written_whole_or_the_reason_told() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("shot.png");
        let picture = image::DynamicImage::new_rgba8(3, 2);
        write_png(&picture, &out).unwrap();
        assert_eq!(image::image_dimensions(&out).unwrap(), (3, 2));
        assert_eq!(std::fs::read_dir(out.parent().unwrap()).unwrap().count(), 1);
        let error = write_png(&picture, Path::new("/proc/nowhere/shot.png")).unwrap_err();
        assert!(error.contains("/proc/nowhere/shot.png"), "{error}");
    }
}
