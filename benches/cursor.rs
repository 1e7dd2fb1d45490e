//! The latent cursor's figures: does a design land where it was asked for, are paths even, does the picture
//! follow the hand. On the default catalogue and the generator that serves it; the drag needs a display, and
//! starts Xvfb where there is none. `-- placement`, `-- paths` or `-- drag` measures one of them.

#[path = "cursor/film.rs"]
mod film;

use bevy::prelude::*;
use bevy::winit::WinitSettings;
use shoespace::catalog::Catalog;
use shoespace::design::generators;
use shoespace::design::interpolation::{InterpolationOptions, interpolate};
use shoespace::design::landing::{LandingOptions, measure};
use shoespace::design::outline::Outline;
use shoespace::design::route::{Line, Route, Spacing};
use shoespace::design::studio::Studio;
use shoespace::embed;
use shoespace::embed::kernels::Instructions;
use shoespace::explorer::app::opening::{self, Begun};
use shoespace::explorer::app::platform;
use shoespace::explorer::command::{Command as Ask, CursorCommand};
use shoespace::explorer::cursor::state::LatentCursor;
use shoespace::explorer::state::{FrameTimes, Launch, OpenCatalogue};
use shoespace::explorer::worker::Waker;
use shoespace::job::Job;
use shoespace::paths::Roots;
use shoespace::recommend::Recommender;
use std::io::BufRead as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// Held-out shoes that are placed.
const PLACED: usize = 500;
/// Pairs of shoes that are walked between.
const PAIRS: usize = 16;
/// Moves of the drag.
const MOVES: usize = 300;
/// Steps of a pull at the outline.
const STROKE: usize = 150;
/// Frames in which the last pictures may still come.
const LATE: usize = 10;
/// Frames that nothing is measured on, before each drag.
const WARM: usize = 20;
/// Drags; the median of them counts.
const ROUNDS: usize = 3;

fn main() {
    // Cargo hands `--bench` to every bench.
    let only: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| !a.starts_with('-'))
        .collect();
    let wanted = |name: &str| only.is_empty() || only.iter().any(|o| o == name);
    println!("instructions: {}", Instructions::best().name());
    let roots = Roots::of_process(None);
    let outcome = (|| -> anyhow::Result<()> {
        if wanted("placement") {
            placement(&roots)?;
        }
        if wanted("paths") {
            paths(&studio(&roots.default_catalogue()?, &roots)?)?;
        }
        if wanted("drag") {
            drag(&roots)?;
        }
        if only.iter().any(|o| o == "film") {
            in_the_window(&roots, film::film)?;
        }
        Ok(())
    })();
    if let Err(error) = outcome {
        eprintln!("error: {error:#}");
        std::process::exit(1);
    }
}

fn studio(path: &Path, roots: &Roots) -> anyhow::Result<Studio> {
    let catalog = Arc::new(Catalog::open(path)?);
    let named = generators::for_catalogue(&catalog, roots)?;
    let info = named.generator.info();
    println!(
        "{} on {} ({} shoes); trained for {:.0} minutes on {} pictures",
        named.name,
        catalog.name(),
        catalog.len(),
        info.minutes,
        info.images
    );
    let embedder = embed::embedder_of(&catalog.info().embedder).open(roots)?;
    Ok(Studio::new(catalog, named, Some(embedder))?)
}

fn quantile(values: &mut [f32], share: f64) -> f32 {
    values.sort_by(f32::total_cmp);
    values
        .get(((values.len().max(1) - 1) as f64 * share).round() as usize)
        .copied()
        .unwrap_or(f32::NAN)
}

/// Held-out shoes are asked for: where designs land, as they are and settled, on the default catalogue and on those that
/// are named in `SHOESPACE_BENCH_CATALOGUES`, separated by colons.
fn placement(roots: &Roots) -> anyhow::Result<()> {
    let mut paths = vec![roots.default_catalogue()?];
    if let Some(more) = std::env::var_os("SHOESPACE_BENCH_CATALOGUES") {
        paths.extend(std::env::split_paths(&more));
    }
    let placed = std::env::var("SHOESPACE_BENCH_SHOES").ok();
    let shoes = placed.map_or(Ok(PLACED), |number| number.parse())?;
    for path in paths {
        let studio = studio(&path, roots)?;
        let catalog = studio.catalog().clone();
        let recommender = Recommender::new(catalog)?;
        let options = LandingOptions {
            shoes,
            ..LandingOptions::default()
        };
        let landings = measure(&studio, &recommender, &options, &Job::new())?;
        println!(
            "where designs land, {} held-out shoes, each among {}:",
            landings.shoes, landings.among
        );
        println!("  | | gap | median rank | found first | cosines | outlines | ms |");
        let rows = [
            ("as it is", Some(&landings.unsettled)),
            ("settled", landings.settled.as_ref()),
        ];
        for (what, landing) in rows {
            let Some(landing) = landing else { continue };
            println!(
                "  | {what} | {:.0} % | {:.0} | {:.3} | {} | {:.2} | {:.0} |",
                landing.gap_percentile,
                landing.rank,
                landing.found_first,
                landing.cosines_in_words(),
                landing.outline_overlap,
                landing.ms
            );
        }
    }
    Ok(())
}

/// Paths between held-out shoes, with even pictures and with even codes.
fn paths(studio: &Studio) -> anyhow::Result<()> {
    let test: Vec<usize> = (0..studio.catalog().len())
        .filter(|&row| studio.catalog().is_test(row))
        .collect();
    let noise = studio.generator().noise(0, 0);
    let (mut on, mut off) = (Vec::new(), Vec::new());
    for i in 0..PAIRS {
        let pick = |k: usize| test[(i * 7919 + k * 104_729 + 13) % test.len()];
        let stations = vec![
            studio.station(pick(0), noise.clone())?,
            studio.station(pick(1), noise.clone())?,
        ];
        let way = Route::new(stations, Line::Spherical)?;
        for (spacing, list) in [
            (Spacing::Pictures, &mut on),
            (Spacing::Coordinates, &mut off),
        ] {
            let options = InterpolationOptions { steps: 8, spacing };
            list.push(interpolate(studio, way.clone(), options, &Job::new())?.unevenness());
        }
    }
    println!(
        "paths, {PAIRS} pairs, 8 steps: largest step over mean step, even spacing on {:.2} (median), off {:.2}; worst {:.2} and {:.2}",
        quantile(&mut on, 0.5),
        quantile(&mut off, 0.5),
        quantile(&mut on, 1.0),
        quantile(&mut off, 1.0)
    );
    Ok(())
}

/// What a round of the drag measured, in milliseconds.
#[derive(Debug, Default, Clone)]
struct Round {
    rest: Vec<f32>,
    frames: Vec<f32>,
    pictures: Vec<f32>,
    strokes: Vec<f32>,
}

#[derive(Resource, Clone, Default)]
struct Results(Arc<Mutex<Vec<Round>>>);

#[derive(Resource, Default)]
struct Script {
    ends: Option<([f32; 3], [f32; 3])>,
    round: Round,
    frame: usize,
    last: Option<Instant>,
    /// What the stroke pulls at.
    outline: Option<Outline>,
}

/// Hands the explorer on the default catalogue to `act`, in a window of this display or of one of our own.
fn in_the_window(roots: &Roots, act: impl FnOnce(App) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let _server = if platform::has_display() {
        None
    } else {
        Some(Server::start()?)
    };
    platform::require_driver()?;
    // Settings and the shelf of whoever runs this are left alone.
    let home = tempfile::tempdir()?;
    for name in ["XDG_CONFIG_HOME", "XDG_DATA_HOME"] {
        set_variable(name, home.path());
    }
    let path = roots.default_catalogue()?;
    let launch = Launch {
        catalogue: Some(path.clone()),
        roots: roots.clone(),
        began: Instant::now(),
        windowed: true,
    };
    let opening = opening::begin(&path, &Waker::default());
    act(platform::windowed(launch, Begun(Some((path, opening)))))
}

/// The real window: the same scene at rest, then a drag of 300 moves, one a frame, and a pull at the outline; three times.
fn drag(roots: &Roots) -> anyhow::Result<()> {
    let results = Results::default();
    in_the_window(roots, |mut app| {
        app.insert_resource(WinitSettings::continuous())
            .insert_resource(results.clone())
            .init_resource::<Script>()
            .add_systems(First, script)
            .run();
        Ok(())
    })?;
    let rounds = results
        .0
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone();
    anyhow::ensure!(
        !rounds.is_empty(),
        "the window was closed before the drag was over"
    );
    let over = |f: &dyn Fn(&mut Round) -> f32| {
        let mut values: Vec<f32> = rounds.iter().cloned().map(|mut r| f(&mut r)).collect();
        quantile(&mut values, 0.5)
    };
    let pictures = (
        over(&|r| quantile(&mut r.pictures, 0.5)),
        over(&|r| quantile(&mut r.pictures, 0.95)),
    );
    let rest = over(&|r| quantile(&mut r.rest, 0.95));
    let frames = over(&|r| quantile(&mut r.frames, 0.95));
    println!(
        "drag, {MOVES} moves, median of {} rounds: message to picture {:.1} ms (median), {:.1} ms (95th percentile), {} pictures",
        rounds.len(),
        pictures.0,
        pictures.1,
        rounds[0].pictures.len()
    );
    let strokes = [0.5, 0.95].map(|share| over(&|r| quantile(&mut r.strokes, share)));
    println!(
        "a pull at the outline, {STROKE} steps: message to picture {:.1} ms (median), {:.1} ms (95th percentile)",
        strokes[0], strokes[1]
    );
    println!(
        "frames, 95th percentile: {frames:.1} ms while dragging, {rest:.1} ms at rest: {:.2} ×",
        frames / rest.max(1e-3)
    );
    Ok(())
}

fn script(
    mut script: ResMut<Script>,
    results: Res<Results>,
    open: Res<OpenCatalogue>,
    times: Res<FrameTimes>,
    mut latent: ResMut<LatentCursor>,
    mut out: MessageWriter<Ask>,
    mut exit: MessageWriter<AppExit>,
) {
    let now = Instant::now();
    let ms = script
        .last
        .replace(now)
        .map(|last| (now - last).as_secs_f32() * 1e3);
    if times.first.is_none() || !latent.is_ready() || open.recommender.is_none() {
        return;
    }
    let Some((from, to)) = script.ends else {
        script.ends = ends(&open);
        if let Some((from, _)) = script.ends {
            out.write(Ask::Cursor(CursorCommand::Place { at: from, on: None }));
        }
        return;
    };
    script.frame += 1;
    // The first frames warm up; then some at rest, and the drag.
    let (warm, rest) = (WARM, WARM + MOVES / 2);
    let frame = script.frame;
    match frame {
        f if f <= warm => {}
        f if f <= rest => script.round.rest.extend(ms),
        f if f <= rest + MOVES => {
            if f == rest + 1 {
                latent.newest.times.clear();
            } else {
                script.round.frames.extend(ms);
            }
            let share =
                0.5 - 0.5 * (std::f32::consts::TAU * (f - rest) as f32 / MOVES as f32).cos();
            let at = std::array::from_fn(|i| from[i] + share * (to[i] - from[i]));
            out.write(Ask::Cursor(CursorCommand::Move(at)));
        }
        f if f < rest + MOVES + LATE => {}
        f if f == rest + MOVES + LATE => {
            script.round.pictures = latent.newest.times.iter().copied().collect();
            let made = latent.newest.made.as_ref();
            script.outline = made.and_then(|made| Outline::of(&made.picture).ok());
            latent.newest.times.clear();
        }
        f if f <= rest + MOVES + LATE + STROKE => {
            let share = (f - rest - MOVES - LATE) as f32 / STROKE as f32;
            if let Some(began) = &script.outline {
                let top = began.nearest_edge([0.3, 0.0]);
                let pulled = Some(Arc::new(began.pulled(top, [0.0, -0.2 * share], 0.4)));
                out.write(Ask::Cursor(CursorCommand::Outline(pulled, 1)));
            }
        }
        f if f <= rest + MOVES + STROKE + 2 * LATE => {}
        _ => {
            script.round.strokes = latent.newest.times.iter().copied().collect();
            out.write(Ask::Cursor(CursorCommand::Outline(None, 2)));
            let round = std::mem::take(&mut script.round);
            let mut all = results.0.lock().unwrap_or_else(PoisonError::into_inner);
            all.push(round);
            eprintln!("drag {} of {ROUNDS} is over", all.len());
            script.frame = 0;
            if all.len() == ROUNDS {
                exit.write(AppExit::Success);
            }
        }
    }
}

/// From the first boot to the first sandal; in other catalogues between two shoes.
fn ends(open: &OpenCatalogue) -> Option<([f32; 3], [f32; 3])> {
    let catalog = open.catalog.as_ref()?;
    let of = |word: &str| {
        let column = catalog.column("label")?;
        (0..catalog.len()).find(|&row| column.text(row).is_some_and(|t| t == word))
    };
    let (from, to) = (
        of("Ankle boot").unwrap_or(0),
        of("Sandal").unwrap_or(catalog.len() / 2),
    );
    Some((catalog.positions()[from], catalog.positions()[to]))
}

/// An X server without a screen, for as long as this lives.
struct Server(Child);

impl Server {
    fn start() -> anyhow::Result<Self> {
        let mut child = Command::new("Xvfb")
            .args([
                "-displayfd",
                "1",
                "-screen",
                "0",
                "1280x720x24",
                "-nolisten",
                "tcp",
            ])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|e| anyhow::anyhow!("Xvfb cannot be started ({e}); apt-get install xvfb"))?;
        let mut number = String::new();
        if let Some(out) = child.stdout.as_mut() {
            std::io::BufReader::new(out).read_line(&mut number)?;
        }
        anyhow::ensure!(!number.trim().is_empty(), "Xvfb gave no display");
        set_variable("DISPLAY", format!(":{}", number.trim()).as_ref());
        Ok(Self(child))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[expect(
    unsafe_code,
    reason = "no other thread has been started yet that could read the environment"
)]
fn set_variable(name: &str, value: &std::path::Path) {
    // SAFETY: called from main before the window's threads start.
    unsafe { std::env::set_var(name, value) };
}
