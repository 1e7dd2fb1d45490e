//! Keeps the program about as small as the settings say: what was read of files is let go of where there is too much of it.

use crate::catalog::Catalog;
use crate::design::studio::Studio;
use crate::explorer::schedule::ExplorerSet;
use crate::explorer::settings::ExplorerSettings;
use crate::explorer::state::OpenCatalogue;
use crate::explorer::worker::Repeating;
use crate::recommend::Recommender;
use bevy::prelude::*;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

/// How often it is looked at.
const EVERY: Duration = Duration::from_millis(250);

/// What can be let go of, as long as it is open, and beyond how many bytes of the program.
#[derive(Default, Clone)]
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

/// What the thread looks at, and the thread; none where the system gave none.
#[derive(Resource)]
struct Keeper {
    held: Arc<Mutex<Held>>,
    _looking: Option<Repeating>,
}

pub(super) fn plugin(app: &mut App) {
    let held = Arc::new(Mutex::new(Held::default()));
    let (seen, mut left) = (held.clone(), 0);
    let looking = Repeating::spawn("memory", EVERY, move || {
        let now = seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(memory) = Resident::read()
            && memory.is_too_much(now.budget, left)
        {
            now.release();
            left = Resident::read().map_or(0, |memory| memory.of_files);
        }
    });
    let looking = looking
        .inspect_err(|error| warn!("no thread that keeps the program small: {error}"))
        .ok();
    let keeper = Keeper {
        held,
        _looking: looking,
    };
    app.insert_resource(keeper)
        .add_systems(Update, hold.in_set(ExplorerSet::Show));
}

fn hold(keeper: Res<Keeper>, open: Res<OpenCatalogue>, settings: Res<ExplorerSettings>) {
    if !open.is_changed() && !settings.is_changed() {
        return;
    }
    let studio = open.studio.as_ref().and_then(|studio| studio.as_ref().ok());
    *keeper.held.lock().unwrap_or_else(PoisonError::into_inner) = Held {
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

/// Bytes of the program that lie in memory.
#[derive(Debug, Clone, Copy)]
struct Resident {
    /// All of them.
    all: u64,
    /// Those that lie in files too, which alone can be let go of.
    of_files: u64,
}

impl Resident {
    /// As the system says; unknown where it does not say it as Linux does.
    fn read() -> Option<Self> {
        let status = std::fs::read_to_string("/proc/self/status").ok()?;
        let bytes = |name: &str| -> Option<u64> {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
            Some(kilobytes * 1024)
        };
        Some(Self {
            all: bytes("VmRSS:")?,
            of_files: bytes("RssFile:")?,
        })
    }

    /// Whether letting go would help: the program is near its budget, and has read a good part of it since the last time,
    /// after which `left` bytes of files were there.
    fn is_too_much(self, budget: u64, left: u64) -> bool {
        self.all > budget / 5 * 4 && self.of_files.saturating_sub(left) > budget / 10
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_let_go_of_is_left_alone() {
        let resident = |all, of_files| Resident { all, of_files };
        assert!(resident(1_300, 300).is_too_much(1_500, 0));
        assert!(!resident(1_100, 300).is_too_much(1_500, 0), "there is room");
        assert!(
            !resident(1_600, 100).is_too_much(1_500, 0),
            "it is no file's"
        );
        assert!(
            !resident(1_600, 400).is_too_much(1_500, 350),
            "it was just tried"
        );
    }
}
