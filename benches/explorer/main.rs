//! The explorer's figures: the first frame in a real window and the memory it takes, and frames of the scene, from
//! home and from among the shoes, beside a bare cloud of the same billboards.
//!
//! `cargo bench --profile dev --bench explorer [-- frames] [CATALOGUE]`; `frames` leaves the first frame out.
//! `copies COUNT [CATALOGUE]` measures frames of so many shoes, made of the catalogue's (100000 and 1000000 are what
//! is promised). Off screen, and under Xvfb where there is no display.

mod bare;
mod frames;
mod machine;
mod window;

use machine::{SIZE, launch, median, resident};
use shoespace::explorer::app::platform;
use shoespace::paths::Roots;
use std::path::PathBuf;
use std::time::Duration;

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
    println!("{}", machine::hardware());
    if !only_frames && copies.is_none() {
        let promise = window::Promise {
            runs: 6,
            cold: None,
            warm: 2.0,
            // All pictures, the recommender and the generator are there by then.
            rest: Duration::from_secs(12),
            megabytes: 600.0,
        };
        window::first_frame(&catalogue, &promise);
    }
    match copies {
        None => frames::of_catalogue(&catalogue, &roots),
        Some(count) => frames::of_copies(&catalogue, count, &roots),
    }
}
