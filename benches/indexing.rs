//! How many photos `index` reads and embeds a second, and where the time of its threads goes.
//!
//! `make bench BENCH=indexing`, or on photos of your own
//! `cargo bench --profile dev --bench indexing -- [--threads 2] [--photos 256] [FOLDER_OR_ZIP…]`
//!
//! Without photos it makes its own: JPEGs of 60×80, 224×224 and 500×500 pixels, and PNGs of 500×500. Each kind is
//! indexed whole, as the program does it, into a temporary folder.

#[path = "yardstick/memory.rs"]
mod memory;
#[expect(dead_code, reason = "each bench uses its part of what they share")]
mod yardstick;

use image::{ImageFormat, Rgb, RgbImage};
use memory::resident;
use rayon::prelude::*;
use shoespace::embed::EFFICIENTNET_LITE0;
use shoespace::index::{IndexOptions, index};
use shoespace::job::Job;
use shoespace::paths::Roots;
use std::path::{Path, PathBuf};
use yardstick::{argument, say_instructions};

fn main() {
    let threads: usize = argument("threads", 2);
    let photos: u32 = argument("photos", 256);
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build_global()
        .expect("the pool is built once");
    say_instructions();
    println!("{threads} threads; of the time of all threads:");
    let weights = EFFICIENTNET_LITE0
        .find(&Roots::of_process(None))
        .expect("the weights");
    let folder = tempfile::tempdir().expect("a temporary folder");

    let given = sources();
    if !given.is_empty() {
        for source in given {
            let name = source.display().to_string();
            measure(&name, source, folder.path(), &weights);
        }
        return;
    }
    for (width, height, format) in [
        (60, 80, ImageFormat::Jpeg),
        (224, 224, ImageFormat::Jpeg),
        (500, 500, ImageFormat::Jpeg),
        (500, 500, ImageFormat::Png),
    ] {
        let ending = format.extensions_str()[0];
        let name = format!("{width}×{height} {ending}");
        let source = folder.path().join(&name);
        std::fs::create_dir(&source).expect("a folder");
        (0..photos).into_par_iter().for_each(|number| {
            let file = source.join(format!("{number:05}.{ending}"));
            let made = photo(number, width, height).save_with_format(file, format);
            made.expect("room for the photos");
        });
        measure(&name, source, folder.path(), &weights);
    }
}

/// The paths on the command line: what is no flag, and no flag's value. (Cargo adds `--bench`.)
fn sources() -> Vec<PathBuf> {
    let mut arguments = std::env::args().skip(1);
    let mut sources = Vec::new();
    while let Some(argument) = arguments.next() {
        if argument == "--threads" || argument == "--photos" {
            arguments.next();
        } else if argument != "--bench" {
            sources.push(PathBuf::from(argument));
        }
    }
    sources
}

fn measure(name: &str, source: PathBuf, folder: &Path, weights: &Path) {
    let output = folder.join("catalogue.parquet");
    // What was most before is forgotten, where the system can.
    std::fs::write("/proc/self/clear_refs", "5").ok();
    let options = IndexOptions::new(vec![source], output.clone(), weights.to_owned());
    match index(&options, &Job::new()) {
        Ok(report) => println!(
            "{name:<14} {:>6.1} photos a second ({} photos, {:.1} s with the space): {}; memory at most {:.0} MB",
            report.photos_per_second,
            report.count,
            report.seconds,
            report.stages,
            resident(std::process::id(), "VmHWM"),
        ),
        Err(error) => println!("{name}: not measured: {error}"),
    }
    std::fs::remove_file(output).ok();
}

/// Something like a shoe on white: a shape with stripes and a camera's grain.
fn photo(seed: u32, width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let (across, down) = (x as f32 / width as f32, y as f32 / height as f32);
        let (dx, dy) = ((across - 0.5) / 0.42, (down - 0.55) / 0.25);
        let grain = (x * 31 + y * 17 + seed * 101).wrapping_mul(2_654_435_761) >> 29;
        if dx * dx + dy * dy < 1.0 - 0.5 * dx {
            let stripe = ((across + 2.0 * down) * 12.0) as u32 % (2 + seed % 5);
            let colour = [
                40 * stripe + grain,
                60 + seed * 37 % 100 + grain,
                30 + seed * 53 % 120 + grain,
            ];
            Rgb(colour.map(|v| v.min(255) as u8))
        } else {
            Rgb([255 - grain as u8; 3])
        }
    })
}
