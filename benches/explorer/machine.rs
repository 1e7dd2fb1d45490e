//! The machine, the process and the median: what the benches of the window share.

#[path = "../yardstick/memory.rs"]
mod memory;

pub use memory::resident;

use bevy::prelude::*;
use shoespace::embed::kernels::Instructions;
use shoespace::explorer::app::platform;
use shoespace::explorer::state::Launch;
use shoespace::paths::Roots;
use std::time::Instant;

/// Pixels of the window.
pub const SIZE: UVec2 = UVec2::new(1280, 720);

/// Processor, load and what draws, in a line.
pub fn hardware() -> String {
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

/// The larger of the two in the middle.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// How the explorer is started without a window.
pub fn launch(roots: &Roots) -> Launch {
    Launch {
        catalogue: None,
        roots: roots.clone(),
        began: Instant::now(),
        windowed: false,
    }
}
