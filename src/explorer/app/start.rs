//! Starting the explorer, as the command line does.

use super::fault_report;
use super::opening;
use super::opening::Begun;
use super::platform;
use crate::cli::out::tell;
use crate::explorer::scene::camera;
use crate::explorer::scene::camera::OffScreen;
use crate::explorer::scene::capture::{Shot, Shots};
use crate::explorer::state::Launch;
use crate::explorer::worker::Waker;
use crate::paths::Roots;
use crate::signals::keeping_hangup;
use anyhow::Context as _;
use bevy::app::TerminalCtrlCHandlerPlugin;
use bevy::prelude::*;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;
use std::time::Instant;

/// What to start with.
#[derive(Debug, Clone)]
pub struct Start {
    /// The catalogue to open; `None` starts empty.
    pub catalogue: Option<PathBuf>,
    /// Where `models/` is found.
    pub roots: Roots,
}

impl Start {
    fn launch(&self, windowed: bool) -> Launch {
        Launch {
            catalogue: self.catalogue.clone(),
            roots: self.roots.clone(),
            began: Instant::now(),
            windowed,
        }
    }

    /// Starts reading while Bevy starts up.
    fn begin(&self) -> Begun {
        let opening = |path: &PathBuf| (path.clone(), opening::begin(path, &Waker::default()));
        Begun(self.catalogue.as_ref().map(opening))
    }
}

/// How a window ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Somebody closed it.
    Closed,
    /// The program was asked to stop, by Ctrl-C or a signal; everything is saved.
    Stopped,
}

/// What Bevy ends with where the program was asked to stop.
const STOPPED: u8 = 130;

/// Opens the explorer in a window and returns when it is closed.
///
/// # Errors
/// When there is no graphics driver, or the window could not be run.
pub fn open_window(start: Start) -> anyhow::Result<Ended> {
    if let Some(folder) = fault_report::folder() {
        fault_report::install(folder);
    }
    platform::keep_little_memory();
    end_when_asked();
    let launch = start.launch(true);
    let begun = start.begin();
    platform::require_driver()?;
    match platform::windowed(launch, begun).run() {
        AppExit::Success => Ok(Ended::Closed),
        AppExit::Error(code) if code.get() == STOPPED => Ok(Ended::Stopped),
        AppExit::Error(code) => anyhow::bail!("the explorer ended with code {code}"),
    }
}

/// Lets Ctrl-C and SIGTERM end the window with everything saved. Bevy does that too, but not where whoever started the program
/// ignores Ctrl-C, as shells do for what runs in the background; and it handles a closed terminal that is to be ignored.
fn end_when_asked() {
    let set = || ctrlc::set_handler(TerminalCtrlCHandlerPlugin::gracefully_exit);
    if let Err(error) = keeping_hangup(set) {
        tracing::debug!("Ctrl-C is not handled: {error}");
    }
}

/// Renders pictures without a window. `size` is in pixels, `scale` pixels of the picture for one logical
/// pixel. Returns the files written.
///
/// # Errors
/// When there is no graphics driver, the catalogue cannot be opened, a shoe is not in it, or a picture
/// cannot be written.
pub fn take_pictures(
    start: Start,
    size: UVec2,
    scale: f32,
    shots: impl IntoIterator<Item = Shot>,
) -> anyhow::Result<Vec<PathBuf>> {
    platform::keep_little_memory();
    let launch = start.launch(false);
    let begun = start.begin();
    platform::require_driver()?;
    let (shots, verdict) = Shots::new(shots);
    let screen = OffScreen {
        size,
        scale_factor: scale,
    };
    platform::off_screen(launch, begun, screen)
        .insert_resource(shots)
        .run();
    let verdict = verdict.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(verdict.clone()?)
}

/// The place of the shoe that is nearest to whoever sees the whole cloud from home, a few stray ones aside:
/// nothing stands in front of it.
fn in_front(positions: &[[f32; 3]]) -> Vec3 {
    let eye = camera::home_direction();
    let mut places: Vec<Vec3> = positions.iter().map(|&p| p.into()).collect();
    let at = places.len().saturating_sub(1) * 99 / 100;
    if places.is_empty() {
        return Vec3::ZERO;
    }
    *places
        .select_nth_unstable_by(at, |a, b| a.dot(eye).total_cmp(&b.dot(eye)))
        .1
}

/// Without a display: renders a few pictures of the catalogue into a folder; gives a line that says so.
///
/// # Errors
/// As [`take_pictures`].
pub fn tour(start: Start, folder: &Path) -> anyhow::Result<String> {
    let path = start
        .catalogue
        .clone()
        .context("there is no catalogue to show; name one: shoespace explore CATALOGUE")?;
    let catalog = crate::workspace::open(&path)?;
    anyhow::ensure!(
        !catalog.is_empty(),
        "{}: there is no shoe in this catalogue; index some photos first",
        path.display()
    );
    std::fs::create_dir_all(folder).with_context(|| {
        format!(
            "{}: cannot be made; choose another folder",
            folder.display()
        )
    })?;
    let ids = [1, 2].map(|n| catalog.id(n * catalog.len() / 3).to_owned());
    let shot = |name: &str| Shot {
        out: folder.join(name),
        ..Shot::default()
    };
    let shots = [
        shot("1-the-whole-space.png"),
        Shot {
            turn: 1.2,
            nearness: Some(0.45),
            ..shot("2-closer.png")
        },
        Shot {
            nearness: Some(0.12),
            look_at: Some(in_front(catalog.positions())),
            ..shot("3-among-the-shoes.png")
        },
        Shot {
            select: ids.first().cloned(),
            ..shot("4-a-shoe-and-its-recommendations.png")
        },
        Shot {
            select: ids.last().cloned(),
            nearness: Some(0.5),
            panels: true,
            ..shot("5-with-panels.png")
        },
    ];
    tell!("there is no display to open a window on, so a short tour is rendered instead");
    let written = take_pictures(start, UVec2::new(1280, 720), 1.0, shots)?;
    Ok(format!(
        "{} pictures in {}",
        written.len(),
        folder.canonicalize().unwrap_or(folder.to_owned()).display()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tour_looks_at_a_shoe_in_front() {
        let eye = camera::home_direction();
        let row: Vec<[f32; 3]> = (0..200).map(|n| (eye * n as f32).to_array()).collect();
        let depth = in_front(&row).dot(eye);
        assert!((190.0..199.0).contains(&depth), "{depth}");
        assert_eq!(in_front(&[]), Vec3::ZERO);
        assert_eq!(in_front(&row[5..6]), Vec3::from_array(row[5]));
    }
}
