//! Says so while the machine that a catalogue lies on does not answer; what is there stays.

use crate::catalog::Catalog;
use crate::explorer::schedule::ExplorerSet;
use crate::explorer::state::{Notices, OpenCatalogue, Running, WakeUp};
use crate::explorer::worker::{Repeating, Waker};
use crate::job::Job;
use crate::workspace::Generation;
use bevy::prelude::*;
use std::sync::Arc;
use std::time::Duration;

/// How often the server's state is looked at.
const EVERY: Duration = Duration::from_secs(1);

#[derive(Resource, Default)]
struct Watch {
    of: Generation,
    /// What is said and shown while the server does not answer.
    shown: Option<(String, Job)>,
    /// Wakes the window when that changes; none for a catalogue in files.
    _looking: Option<Repeating>,
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Watch>()
        .add_systems(Update, watch.in_set(ExplorerSet::Arrive));
}

fn watch(
    mut watch: ResMut<Watch>,
    open: Res<OpenCatalogue>,
    wake: Res<WakeUp>,
    mut running: ResMut<Running>,
    mut notices: ResMut<Notices>,
) {
    let Some(catalog) = &open.catalog else { return };
    if open.generation.is_news_to(&mut watch.of) {
        watch._looking = catalog.is_far().then(|| look(catalog, &wake.0)).flatten();
        if let Some((_, job)) = watch.shown.take() {
            running.end(&job);
        }
    }
    let told = |trouble: &str| format!("{trouble}. What is here stays");
    let (now, shown) = (catalog.trouble(), watch.shown.take());
    let is_new = now.is_some() && now.as_ref() != shown.as_ref().map(|(trouble, _)| trouble);
    match (now, shown) {
        (Some(trouble), shown) if is_new => {
            if let Some((before, job)) = shown {
                running.end(&job);
                retire(&mut notices, &told(&before));
            }
            notices.error(told(&trouble));
            let job = running.begin("The server of this catalogue");
            job.stage("Waiting for it", None);
            watch.shown = Some((trouble, job));
        }
        (None, Some((trouble, job))) => {
            running.end(&job);
            retire(&mut notices, &told(&trouble));
            notices.info("The server answers again");
        }
        (_, shown) => {
            // Waiting for it cannot be ended, only put out of sight.
            if let Some((_, job)) = shown.as_ref().filter(|(_, job)| job.is_cancelled()) {
                running.end(job);
            }
            watch.shown = shown;
        }
    }
}

/// Takes back what was told and is so no longer.
fn retire(notices: &mut Notices, text: &str) {
    notices.0.retain(|notice| notice.text != text);
}

/// Wakes the window whenever the server begins or ceases to answer.
fn look(catalog: &Arc<Catalog>, waker: &Waker) -> Option<Repeating> {
    let (catalog, waker) = (Arc::downgrade(catalog), waker.clone());
    let mut before = false;
    let look = move || {
        let Some(catalog) = catalog.upgrade() else {
            return;
        };
        // Where nobody else asks, nobody else would notice.
        if catalog.trouble().is_some() {
            catalog.probe();
        }
        let now = catalog.trouble().is_some();
        if std::mem::replace(&mut before, now) != now {
            waker.wake();
        }
    };
    Repeating::spawn("server", EVERY, look)
        .inspect_err(|error| warn!("nobody looks whether the server answers: {error}"))
        .ok()
}
