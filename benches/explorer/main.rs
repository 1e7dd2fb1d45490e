//! The explorer's figures: the first frame in a real window and the memory it takes, and frames of the scene, from
//! home and from among the shoes, beside a bare cloud of the same billboards.
//!
//! `cargo bench --profile dev --bench explorer [-- frames] [CATALOGUE]`; `frames` leaves the first frame out.
//! `copies COUNT [CATALOGUE]` measures frames of so many shoes, made of the catalogue's (100000 and 1000000 are what
//! is promised). Off screen, and under Xvfb where there is no display.

mod bare;
mod frames;
mod window;

use bevy::prelude::*;
use shoespace::embed::kernels::Instructions;
use shoespace::explorer::app::platform;
use shoespace::explorer::state::Launch;
use shoespace::paths::Roots;
use std::path::PathBuf;
use std::time::Instant;

const SIZE: UVec2 = UVec2::new(1280, 720);

fn main() {
    let mut arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| a != "--bench")
        .collect();
    let mut is = |word: &str| {
        let is = arguments.first().is_some_and(|a| a == word);
        if is {
            arguments.remove(0);
        }
        is
    };
    let only_frames = is("frames");
    let copies = if is("copies") {
        match arguments.first().and_then(|count| count.parse().ok()) {
            Some(count) => {
                arguments.remove(0);
                Some(count)
            }
            None => {
                println!("not measured: `copies` wants to know how many, as `copies 100000`");
                return;
            }
        }
    } else {
        None
    };
    let roots = Roots::of_process(None);
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
    if !only_frames && copies.is_none() {
        window::first_frame(&catalogue);
    }
    match copies {
        None => frames::of_catalogue(&catalogue, &roots),
        Some(count) => frames::of_copies(&catalogue, count, &roots),
    }
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
