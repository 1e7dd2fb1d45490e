//! Pictures of the screen: F12, `snapshot`, and the tour where there is no display.

use super::camera::{Canvas, SceneCamera, SceneView};
use super::cloud::Cloud;
use super::cloud::atlas::Patches;
use crate::atomic_file;
use crate::catalog::Catalog;
use crate::catalog::picture::encode_png;
use crate::explorer::command::{Command, CursorCommand, Flight, View};
use crate::explorer::schedule::ExplorerSet;
use crate::explorer::state::{
    Lettering, NoticeLevel, Notices, OpenCatalogue, Recommendations, Running, Screen, Selection,
    Shown,
};
use crate::workspace::Item;
use crate::workspace::colouring::ColourBy;
use crate::workspace::facets::Offer;
use crate::workspace::layouts::SceneLayout;
use bevy::ecs::system::SystemParam;
use bevy::image::IntoDynamicImageError;
use bevy::prelude::*;
use bevy::render::view::screenshot::{Screenshot, ScreenshotCaptured};
use std::collections::VecDeque;
use std::io;
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
    /// Where the shoes stand.
    pub layout: SceneLayout,
    /// What the shoes are tinted by; as the window has it at first, where nothing is said.
    pub tint: Option<ColourBy>,
    /// The names of regions.
    pub names: bool,
    /// The panels too.
    pub panels: bool,
    /// The grid view.
    pub grid: bool,
}

/// Why a picture of the screen was not taken.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CaptureError {
    /// The file cannot be written.
    #[error("{}: cannot be written ({cause}); choose another file or folder", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        cause: Arc<io::Error>,
    },
    /// The graphics card gave a picture that is none.
    #[error("the picture cannot be read back: {0}")]
    ReadBack(#[source] Arc<IntoDynamicImageError>),
    /// The shoe to be selected is not in the catalogue; in words that name those like it.
    #[error("{0}")]
    NoSuchShoe(String),
    /// The explorer told the user of an error, in these words.
    #[error("{0}")]
    Told(String),
    /// Shoes cannot be tinted by this column; in words that name those that they can.
    #[error("{0}")]
    NoSuchTint(String),
    /// It takes longer than anything should.
    #[error("the picture did not come together in three minutes; this is a bug, please report it")]
    Stuck,
}

/// What has become of the shots: the files written, or why not.
pub type Verdict = Arc<Mutex<Result<Vec<PathBuf>, CaptureError>>>;

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
    /// The shoes are laid out as the next shot wants them; whether that was asked for.
    Arranging(bool),
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
    app.init_resource::<Lettering>().add_systems(
        Update,
        (
            (take_window, pick_colour).in_set(ExplorerSet::Show),
            take_shots
                .run_if(resource_exists::<Shots>)
                .in_set(ExplorerSet::Claim),
        ),
    );
}

/// Writes a picture whole or not at all.
///
/// # Errors
/// [`CaptureError::Write`] names the file and says what to do.
pub fn write_png(picture: &image::DynamicImage, out: &Path) -> Result<(), CaptureError> {
    let png = encode_png(&picture.to_rgb8());
    atomic_file::write(out, |file| file.write_all(&png)).map_err(|cause| CaptureError::Write {
        path: out.to_owned(),
        cause: Arc::new(cause),
    })
}

/// Writes what was captured of the screen.
fn write_captured(captured: &Image, out: &Path) -> Result<(), CaptureError> {
    let picture = captured.clone().try_into_dynamic();
    write_png(
        &picture.map_err(|e| CaptureError::ReadBack(Arc::new(e)))?,
        out,
    )
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
        move |captured: On<ScreenshotCaptured>, mut notices: ResMut<Notices>| match write_captured(
            &captured.image,
            &out,
        ) {
            Ok(()) => notices.wrote("The picture is in", &out),
            Err(error) => notices.error(error.to_string()),
        },
    );
}

/// The colour of a pixel of the window, for the design's palette.
fn pick_colour(
    mut commands: Commands,
    mut asked: MessageReader<Command>,
    canvas: Option<Res<Canvas>>,
) {
    for command in asked.read() {
        let (Command::PickColour { at, palette, place }, None) = (command, &canvas) else {
            continue;
        };
        let (at, palette, place) = (*at, palette.clone(), *place);
        commands.spawn(Screenshot::primary_window()).observe(
            move |captured: On<ScreenshotCaptured>, mut out: MessageWriter<Command>| {
                let picture = captured.image.clone().try_into_dynamic();
                let picture = picture.map(|picture| picture.into_rgb8());
                match picture {
                    Ok(picture) => {
                        let last = [picture.width(), picture.height()].map(|n| n.saturating_sub(1));
                        let pixel = picture.get_pixel(at[0].min(last[0]), at[1].min(last[1]));
                        let palette = palette.with(place, pixel.0);
                        let have = CursorCommand::Palette(Some(palette), None);
                        out.write(Command::Cursor(have));
                    }
                    Err(error) => {
                        let words = format!("The colour cannot be read from the screen: {error}");
                        out.write(Command::Notify(NoticeLevel::Error, words));
                    }
                }
            },
        );
    }
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
    patches: Res<'w, Patches>,
    lettering: Res<'w, Lettering>,
    cloud: Option<Res<'w, Cloud>>,
}

impl Seen<'_> {
    /// What ends the taking of pictures.
    fn problem(&self, began: Instant) -> Option<CaptureError> {
        let mut notices = self.notices.0.iter();
        if let Some(problem) = notices.find(|n| n.level == NoticeLevel::Error) {
            return Some(CaptureError::Told(problem.text.clone()));
        }
        (began.elapsed() > PATIENCE).then_some(CaptureError::Stuck)
    }

    /// Whether what the shot selects is selected, and its recommendations are there.
    fn is_answered(&self, shot: &Shot) -> bool {
        let asked = shot.select.is_some();
        let answer = &self.recommendations;
        // Until the selection is as it should be, the request is only being carried out.
        self.selection.row().is_some() == asked
            && !answer.pending
            && (!asked || !answer.list.is_empty() || answer.error.is_some())
    }

    /// Whether every picture that this view wants is there, and the names where they are wanted.
    fn is_complete(&self, shot: &Shot) -> bool {
        (!shot.names || self.open.regions.is_some())
            && (self.cloud.as_ref()).is_some_and(|cloud| cloud.is_complete(&self.patches))
    }
}

/// What a shot changes.
#[derive(SystemParam)]
struct Stand<'w> {
    out: MessageWriter<'w, Command>,
    screen: ResMut<'w, Screen>,
    shown: Res<'w, Shown>,
}

impl Stand<'_> {
    /// Selects and looks as `shot` says.
    fn set_up(&mut self, shot: &Shot, catalog: &Catalog, seen: &Seen) -> Result<(), CaptureError> {
        self.screen.panels = shot.panels;
        self.screen.grid = shot.grid;
        self.screen.names = shot.names;
        if let Some(tint) = &shot.tint {
            expect_tint(tint, &seen.open)?;
            self.out.write(Command::ColourBy(tint.clone()));
        }
        let find = |id: &String| {
            let row = catalog.row_of(id);
            row.ok_or_else(|| CaptureError::NoSuchShoe(catalog.no_such_id(id)))
        };
        let row = shot.select.as_ref().map(find).transpose()?;
        if row != seen.selection.row() {
            self.out.write(Command::Select(row.map(Item::Row)));
        }
        let view = place(shot, row, &seen.open, &seen.view);
        self.out.write(Command::Fly(Flight::Jump(view)));
        Ok(())
    }
}

/// That shoes can be tinted so.
fn expect_tint(tint: &ColourBy, open: &OpenCatalogue) -> Result<(), CaptureError> {
    let (ColourBy::Column(name), Some(facets)) = (tint, &open.facets) else {
        return Ok(());
    };
    let offers = |offer: &Offer| matches!(offer, Offer::Words(_) | Offer::Numbers { .. });
    if facets
        .column(name)
        .is_some_and(|column| offers(&column.offer))
    {
        return Ok(());
    }
    let columns = facets.columns.iter().filter(|column| offers(&column.offer));
    let columns: Vec<&str> = columns.map(|column| column.name.as_str()).collect();
    let catalogue =
        (open.catalog.as_ref()).map_or(String::new(), |c| c.path().display().to_string());
    Err(CaptureError::NoSuchTint(match columns.is_empty() {
        true => format!("{catalogue}: it has no column to tint shoes by"),
        false => format!(
            "{catalogue}: shoes cannot be tinted by {name}; they can by {}",
            columns.join(", ")
        ),
    }))
}

fn take_shots(
    mut commands: Commands,
    mut shots: ResMut<Shots>,
    mut exit: MessageWriter<AppExit>,
    mut stand: Stand,
    canvas: Option<Res<Canvas>>,
    seen: Seen,
    mut cameras: Query<&mut Camera, With<SceneCamera>>,
) {
    // Nothing is drawn for nobody: the processor is for the pictures that are still on their way.
    let draws = matches!(shots.stage, Stage::Settling(_) | Stage::Taking);
    for mut camera in &mut cameras {
        if camera.is_active != draws {
            camera.is_active = draws;
        }
    }
    if let Some(problem) = seen.problem(shots.began) {
        return fail(&shots, problem, &mut exit);
    }
    let (Some(canvas), Some(catalog), true) = (canvas, &seen.open.catalog, seen.cloud.is_some())
    else {
        return;
    };
    let Some(shot) = shots.queue.front().cloned() else {
        return;
    };
    shots.stage = match shots.stage {
        Stage::Opening if seen.running.0.is_empty() => Stage::Arranging(false),
        // The columns say what can be tinted, what regions are called, and from which side they are seen best.
        Stage::Arranging(_) if seen.open.layout == shot.layout && seen.open.regions.is_some() => {
            Stage::SetUp
        }
        Stage::Arranging(false) if seen.open.layout != shot.layout => {
            stand.out.write(Command::LayOut(shot.layout.clone()));
            Stage::Arranging(true)
        }
        Stage::SetUp => match stand.set_up(&shot, catalog, &seen) {
            Ok(()) => Stage::Asking,
            Err(error) => return fail(&shots, error, &mut exit),
        },
        Stage::Asking if seen.is_answered(&shot) => Stage::Loading,
        Stage::Loading if seen.is_complete(&shot) && !stand.shown.pending => {
            Stage::Settling(SETTLE)
        }
        Stage::Settling(_) if !seen.is_complete(&shot) || stand.shown.pending => Stage::Loading,
        Stage::Settling(_) if seen.lettering.pending => Stage::Settling(SETTLE),
        Stage::Settling(0) => {
            take(&mut commands, &canvas, shot.out);
            Stage::Taking
        }
        Stage::Settling(frames) => Stage::Settling(frames - 1),
        waiting => waiting,
    };
}

/// Takes the picture; once it is written, the next shot is set up.
fn take(commands: &mut Commands, canvas: &Canvas, out: PathBuf) {
    commands.spawn(Screenshot::image(canvas.0.clone())).observe(
        move |captured: On<ScreenshotCaptured>,
              mut shots: ResMut<Shots>,
              mut exit: MessageWriter<AppExit>| {
            if let Err(error) = write_captured(&captured.image, &out) {
                return fail(&shots, error, &mut exit);
            }
            if let Ok(files) = &mut *lock(&shots.verdict) {
                files.push(out.clone());
            }
            shots.queue.pop_front();
            shots.stage = Stage::Arranging(false);
            if shots.queue.is_empty() {
                exit.write(AppExit::Success);
            }
        },
    );
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

fn fail(shots: &Shots, error: CaptureError, exit: &mut MessageWriter<AppExit>) {
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
        let words = error.to_string();
        assert!(words.contains("/proc/nowhere/shot.png"), "{words}");
    }
}
