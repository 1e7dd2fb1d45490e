//! Keeps the program about as small as the settings say: what was read of files is let go of where there is too much of it.

use crate::catalog::Catalog;
use crate::design::studio::Studio;
use crate::explorer::schedule::ExplorerSet;
use crate::explorer::settings::ExplorerSettings;
use crate::explorer::state::OpenCatalogue;
use crate::recommend::Recommender;
use bevy::prelude::*;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

/// How often it is looked at.
const EVERY: Duration = Duration::from_millis(250);

/// What can be let go of, as long as it is open, and beyond how many bytes of the program.
#[derive(Default)]
struct Held {
    budget: u64,
    catalog: Weak<Catalog>,
    recommender: Weak<Recommender>,
    studio: Weak<Studio>,
}

impl Held {
    fn release(&self) {
        if let Some(catalog) = self.catalog.upgrade() {
            catalog.release();
        }
        if let Some(recommender) = self.recommender.upgrade() {
            recommender.release();
        }
        if let Some(studio) = self.studio.upgrade() {
            studio.release();
        }
    }
}

/// What the thread looks at; it ends when this is dropped.
#[derive(Resource)]
struct Keeper(Arc<Mutex<Held>>);

pub(super) fn plugin(app: &mut App) {
    let held = Arc::new(Mutex::new(Held::default()));
    let seen = Arc::downgrade(&held);
    // It answers nothing, so that none of the kinds of work in `worker` fits.
    let thread = std::thread::Builder::new().name("memory".to_owned());
    let spawned = thread.spawn(move || {
        while let Some(held) = seen.upgrade() {
            look(&held);
            drop(held);
            std::thread::sleep(EVERY);
        }
    });
    if let Err(error) = spawned {
        warn!("no thread that keeps the program small: {error}");
    }
    app.insert_resource(Keeper(held))
        .add_systems(Update, hold.in_set(ExplorerSet::Show));
}

fn look(held: &Mutex<Held>) {
    let held = held.lock().unwrap_or_else(PoisonError::into_inner);
    if resident().is_some_and(|bytes| bytes > held.budget / 5 * 4) {
        held.release();
    }
}

fn hold(keeper: Res<Keeper>, open: Res<OpenCatalogue>, settings: Res<ExplorerSettings>) {
    if !open.is_changed() && !settings.is_changed() {
        return;
    }
    let studio = open.studio.as_ref().and_then(|studio| studio.as_ref().ok());
    *keeper.0.lock().unwrap_or_else(PoisonError::into_inner) = Held {
        budget: settings.memory_bytes(),
        catalog: open
            .catalog
            .as_ref()
            .map(Arc::downgrade)
            .unwrap_or_default(),
        recommender: open
            .recommender
            .as_ref()
            .map(Arc::downgrade)
            .unwrap_or_default(),
        studio: studio.map(Arc::downgrade).unwrap_or_default(),
    };
}

/// Bytes of the program that lie in memory, those of files included; unknown where the system does not say it as Linux does.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes * 1024)
}
