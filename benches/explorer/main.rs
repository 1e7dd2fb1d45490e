//! The explorer's figures: the first frame in a real window and the memory it takes, and a frame of the
//! scene beside a bare cloud of the same billboards.
//!
//! `cargo bench --profile dev --bench explorer [-- frames] [CATALOGUE]`; `frames` leaves the first frame out,
//! and with `million` instead of a catalogue the scene of 1,000,000 made-up shoes is measured. Off screen, and
//! under Xvfb where there is no display.

mod bare;
mod window;

use bevy::prelude::*;
use image::{Rgb, RgbImage};
use shoespace::embed::kernels::Instructions;
use shoespace::explorer::app::opening::{self, Begun};
use shoespace::explorer::app::platform;
use shoespace::explorer::command::{Command as Ask, Flight, View};
use shoespace::explorer::scene::camera::{OffScreen, SceneView};
use shoespace::explorer::scene::cloud::atlas::Patches;
use shoespace::explorer::scene::cloud::loader::Pictures;
use shoespace::explorer::scene::cloud::{Cloud, CloudSource};
use shoespace::explorer::state::{Launch, OpenCatalogue};
use shoespace::explorer::worker::Waker;
use shoespace::paths::Roots;
use shoespace::workspace::extent::Extent;
use shoespace::workspace::{Generation, Workspace};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

const SIZE: UVec2 = UVec2::new(1280, 720);
const FRAMES: usize = 40;

fn main() {
    let mut arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| a != "--bench")
        .collect();
    let only_frames = arguments.first().is_some_and(|a| a == "frames");
    if only_frames {
        arguments.remove(0);
    }
    let roots = Roots::of_process(None);
    if arguments.first().is_some_and(|a| a == "million") {
        million(&roots);
        return;
    }
    let catalogue = match arguments.first() {
        Some(path) => PathBuf::from(path),
        None => match roots.default_catalogue() {
            Ok(path) => path,
            Err(error) => {
                println!("not measured: {error}");
                return;
            }
        },
    };
    if let Err(error) = platform::require_driver() {
        println!("not measured: {error}");
        return;
    }
    println!("{}", hardware());
    if !only_frames {
        window::first_frame(&catalogue);
    }
    frames(&catalogue, &roots);
}

fn hardware() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let info = read("/proc/cpuinfo");
    let model = (info.lines())
        .find_map(|l| l.strip_prefix("model name")?.split(':').nth(1))
        .unwrap_or("unknown processor")
        .trim()
        .to_owned();
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let load = read("/proc/loadavg");
    let load = load.split(' ').next().unwrap_or("?");
    format!(
        "{model} ({}), {cores} cores, load {load}; drawn by {}",
        Instructions::best().name(),
        platform::driver_name()
    )
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn resident(process: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    (status.lines())
        .find_map(|l| {
            l.strip_prefix("VmRSS:")?
                .split_whitespace()
                .next()?
                .parse()
                .ok()
        })
        .map_or(f64::NAN, |kib: f64| kib / 1024.0)
}

fn launch(roots: &Roots) -> Launch {
    Launch {
        catalogue: None,
        roots: roots.clone(),
        began: Instant::now(),
        windowed: false,
    }
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
    if quiet < 20 {
        eprintln!("the pictures were not all there after ten minutes: nothing can be measured");
        std::process::exit(1);
    }
}

/// The frames of a slow turn around the cloud, in milliseconds each.
fn turn(mut draw: impl FnMut(f32)) -> Vec<f64> {
    (0..FRAMES)
        .map(|frame| {
            let began = Instant::now();
            draw(0.55 + 0.02 * frame as f32);
            began.elapsed().as_secs_f64() * 1e3
        })
        .collect()
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

fn turn_explorer(app: &mut App) -> Vec<f64> {
    let home = app.world().resource::<SceneView>().view;
    turn(|yaw| {
        app.world_mut()
            .write_message(Ask::Fly(Flight::Jump(View { yaw, ..home })));
        app.update();
        platform::wait_for_gpu(app);
    })
}

fn frames(catalogue: &Path, roots: &Roots) {
    let begun = Begun(Some((
        catalogue.to_owned(),
        opening::begin(catalogue, &Waker::default()),
    )));
    let mut ours = explorer(roots, begun);
    settle(&mut ours);
    let source = ours.world().resource::<CloudSource>().clone();
    let (centre, distance) = {
        let view = ours.world().resource::<SceneView>();
        (view.view.focus, view.view.distance)
    };
    let Some(bare) = bare::BareCloud::new(&source) else {
        println!("not measured: the yardstick has nothing to draw with");
        return;
    };
    // Alternating, so that both meet the same moods of the machine.
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for _ in 0..6 {
        a.extend(turn_explorer(&mut ours));
        b.extend(turn(|yaw| {
            let rotation = Quat::from_euler(EulerRot::YXZ, yaw, -0.32, 0.0);
            bare.draw(centre + rotation * Vec3::Z * distance, rotation);
        }));
    }
    let count = source.positions.len();
    let (ours_ms, bare_ms) = (median(a), median(b));
    println!("frame, {count} shoes, 1280×720    {ours_ms:>8.1} ms   (panels, levels, edges)");
    println!("the same, bare cloud             {bare_ms:>8.1} ms");
    println!(
        "ratio                            {:>8.2}      (≤ 1.3)",
        ours_ms / bare_ms
    );
}

/// A million made-up shoes: a few pictures over and over.
struct Few(Vec<RgbImage>);

impl Pictures for Few {
    fn for_each(&self, rows: &[usize], each: &(dyn Fn(usize, RgbImage) + Send + Sync)) {
        for &row in rows {
            each(row, self.0[row % self.0.len()].clone());
        }
    }
}

fn million(roots: &Roots) {
    println!("{}", hardware());
    let count = 1_000_000;
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32 - 0.5
    };
    let positions: Vec<[f32; 3]> = (0..count)
        .map(|_| std::array::from_fn(|_| next() + next() + next()))
        .collect();
    let pictures = (0..50u8)
        .map(|n| {
            RgbImage::from_fn(28, 28, |x, y| {
                let shoe = (3..25).contains(&x) && (10..20).contains(&y);
                Rgb(if shoe {
                    [n * 5, 90, 250 - n * 5]
                } else {
                    [255; 3]
                })
            })
        })
        .collect();
    let extent = Extent::of(&positions);
    let mut app = explorer(roots, Begun::default());
    *app.world_mut().resource_mut::<OpenCatalogue>() = OpenCatalogue(Workspace {
        extent,
        generation: Generation::default().next(),
        ..default()
    });
    app.insert_resource(CloudSource {
        positions: Arc::new(positions),
        pictures: Arc::new(Few(pictures)),
        side: extent.billboard,
    });
    let began = Instant::now();
    settle(&mut app);
    println!(
        "1,000,000 shoes: all pictures    {:>8.1} s",
        began.elapsed().as_secs_f64()
    );
    println!(
        "frame                            {:>8.0} ms",
        median(turn_explorer(&mut app))
    );
    println!(
        "resident memory                  {:>8.0} MB   (≤ 3000)",
        resident(std::process::id())
    );
}
