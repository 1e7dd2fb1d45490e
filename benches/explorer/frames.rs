//! Frames of the scene: how long they take while the view moves, how much of it is the processor's laying out, and the
//! bare cloud beside it.

use crate::bare::BareCloud;
use crate::{SIZE, launch, median, resident};
use bevy::prelude::*;
use image::RgbImage;
use shoespace::catalog::Catalog;
use shoespace::explorer::app::opening::{self, Begun};
use shoespace::explorer::app::platform;
use shoespace::explorer::command::{Command as Ask, Flight, View};
use shoespace::explorer::scene::camera::{OffScreen, SceneView};
use shoespace::explorer::scene::cloud::atlas::Patches;
use shoespace::explorer::scene::cloud::loader::Pictures;
use shoespace::explorer::scene::cloud::{Cloud, CloudSource};
use shoespace::explorer::scene::painter::Layers;
use shoespace::explorer::scene::resolution::Resolution;
use shoespace::explorer::state::OpenCatalogue;
use shoespace::explorer::worker::Waker;
use shoespace::paths::Roots;
use shoespace::workspace::extent::Extent;
use shoespace::workspace::{Generation, Workspace};
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Frames of one slow turn.
const FRAMES: usize = 40;
/// Turns, ours and the yardstick's by turns.
const TURNS: usize = 4;
/// A turn of the yardstick ends after so long: a million billboards take it a second or two a frame.
const LONGEST: Duration = Duration::from_secs(8);
/// Pictures that copies are made of.
const PICTURES: usize = 400;

/// A catalogue as it is.
pub fn of_catalogue(catalogue: &Path, roots: &Roots) {
    let begun = Begun(Some((
        catalogue.to_owned(),
        opening::begin(catalogue, &Waker::default()),
    )));
    let mut app = explorer(roots, begun);
    settle(&mut app);
    measure(&mut app);
}

/// `count` shoes: the catalogue's, again and again, each a little off its place.
pub fn of_copies(catalogue: &Path, count: usize, roots: &Roots) {
    let catalog = match Catalog::open(catalogue) {
        Ok(catalog) => catalog,
        Err(error) => {
            println!("not measured: {error}");
            return;
        }
    };
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32 - 0.5
    };
    let own = catalog.positions();
    let spread = 2.0 * Extent::of(own).billboard;
    let positions: Vec<[f32; 3]> = (0..count)
        .map(|row| own[row % own.len()].map(|at| at + spread * (next() + next())))
        .collect();
    let pictures = Mutex::new(Vec::new());
    let rows: Vec<usize> = (0..own.len())
        .step_by(own.len().div_ceil(PICTURES))
        .collect();
    Pictures::for_each(&catalog, &rows, &AtomicBool::new(true), &|_, picture| {
        pictures
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(picture);
    });
    let pictures = pictures
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    let extent = Extent::of(&positions);
    let mut app = explorer(roots, Begun::default());
    *app.world_mut().resource_mut::<OpenCatalogue>() = OpenCatalogue(Workspace {
        extent,
        points: Arc::new(positions.clone()),
        generation: Generation::default().next(),
        ..default()
    });
    app.insert_resource(CloudSource {
        positions: Arc::new(positions),
        pictures: Arc::new(Few(pictures)),
        side: extent.billboard,
        generation: Generation::default().next(),
    });
    let began = Instant::now();
    settle(&mut app);
    let seconds = began.elapsed().as_secs_f64();
    println!("{count} shoes: all pictures after  {seconds:>8.1} s");
    measure(&mut app);
}

/// A few pictures over and over.
struct Few(Vec<RgbImage>);

impl Pictures for Few {
    fn for_each(
        &self,
        rows: &[usize],
        _: &AtomicBool,
        each: &(dyn Fn(usize, RgbImage) + Send + Sync),
    ) {
        for &row in rows {
            if !self.0.is_empty() {
                each(row, self.0[row % self.0.len()].clone());
            }
        }
    }
}

fn explorer(roots: &Roots, begun: Begun) -> App {
    let screen = OffScreen {
        size: SIZE,
        scale_factor: 1.0,
    };
    let mut app = platform::off_screen_stepped(launch(roots), begun, screen);
    app.finish();
    app.cleanup();
    app
}

/// Runs frames of the explorer until its pictures are there.
fn settle(app: &mut App) {
    let began = Instant::now();
    let mut quiet = 0;
    while quiet < 20 && began.elapsed() < Duration::from_secs(600) {
        app.update();
        platform::wait_for_gpu(app);
        let world = app.world();
        let complete = world
            .get_resource::<Cloud>()
            .is_some_and(|cloud| cloud.is_complete(world.resource::<Patches>()));
        quiet = if complete { quiet + 1 } else { 0 };
    }
}

/// Prints the figures of what `app` shows.
fn measure(app: &mut App) {
    let source = app.world().resource::<CloudSource>().clone();
    let home = app.world().resource::<SceneView>().view;
    let Some(bare) = BareCloud::new(&source) else {
        println!("not measured: the yardstick has nothing to draw with");
        return;
    };
    let among = View {
        distance: 0.12 * home.distance,
        ..home
    };
    println!(
        "frames, {} shoes, {}×{}; panels and pictures, ms",
        source.positions.len(),
        SIZE.x,
        SIZE.y
    );
    println!(
        "                      median      p95      p99  laying out  bare cloud    ratio   shoes drawn  standing  sides"
    );
    // With all pixels, as where it rests; and with as many as it can follow with, as in the window while it moves.
    for (name, view, follows) in [
        ("home, all pixels", home, false),
        ("home, moving", home, true),
        ("among, all pixels", among, false),
        ("among, moving", among, true),
    ] {
        *app.world_mut().resource_mut::<Resolution>() = Resolution {
            follows,
            ..default()
        };
        app.world_mut().resource_mut::<Layers>().set_share(1.0);
        let (mut ours, mut laying, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
        turn_explorer(app, view);
        settle(app);
        // Alternating, so that both meet the same moods of the machine.
        for _ in 0..TURNS {
            let (frames, parts) = turn_explorer(app, view);
            ours.extend(frames);
            laying.extend(parts);
            theirs.extend(turn(view.yaw, LONGEST, |yaw| {
                let rotation = Quat::from_euler(EulerRot::YXZ, yaw, -view.pitch, 0.0);
                bare.draw(view.focus + rotation * Vec3::Z * view.distance, rotation);
            }));
        }
        let share = app.world().resource::<Resolution>().share;
        let cloud = app.world().resource::<Cloud>();
        let (drawn, standing) = (cloud.on_screen(), cloud.standing());
        let (late, last) = (percentile(&ours, 95), percentile(&ours, 99));
        let (ours, laying, theirs) = (median(ours), median(laying), median(theirs));
        println!(
            "{name:<20}{ours:>8.1} {late:>8.1} {last:>8.1} {laying:>11.2} {theirs:>11.1} {:>8.2} {drawn:>13} {standing:>9} {share:>6.2}",
            ours / theirs
        );
    }
    let cloud = app.world().resource::<Cloud>();
    let times = (0..200).map(|n| {
        let point = Vec2::new(
            (n * 97 % SIZE.x) as f32 + 0.5,
            (n * 61 % SIZE.y) as f32 + 0.5,
        );
        let began = Instant::now();
        std::hint::black_box(cloud.pick(point));
        began.elapsed().as_secs_f64() * 1e3
    });
    println!(
        "picking                              {:>8.3} ms   (≤ 5)",
        median(times.collect())
    );
    println!(
        "resident memory, the yardstick's too {:>8.0} MB",
        resident(std::process::id(), "VmRSS")
    );
}

fn percentile(values: &[f64], percent: usize) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values[(values.len() - 1) * percent / 100]
}

/// The frames of a slow turn from `yaw` on, in milliseconds each; as many as begin within `longest`.
fn turn(yaw: f32, longest: Duration, mut draw: impl FnMut(f32)) -> Vec<f64> {
    let first = Instant::now();
    (0..FRAMES)
        .take_while(|_| first.elapsed() < longest)
        .map(|frame| {
            let began = Instant::now();
            draw(yaw + 0.02 * frame as f32);
            began.elapsed().as_secs_f64() * 1e3
        })
        .collect()
}

/// The same of the explorer, and how much of each frame is laying out.
fn turn_explorer(app: &mut App, view: View) -> (Vec<f64>, Vec<f64>) {
    let mut parts = Vec::new();
    let frames = turn(view.yaw, Duration::MAX, |yaw| {
        app.world_mut()
            .write_message(Ask::Fly(Flight::Jump(View { yaw, ..view })));
        app.update();
        platform::wait_for_gpu(app);
        let cloud = app.world().get_resource::<Cloud>();
        parts.extend(cloud.map(|cloud| cloud.laid_out_in().as_secs_f64() * 1e3));
    });
    (frames, parts)
}
