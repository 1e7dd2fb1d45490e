//! The names of regions, and the side from which they are told apart best: worked out on a thread when the columns are known or the shoes stand elsewhere.

use crate::explorer::scene::camera;
use crate::explorer::schedule::ExplorerSet;
use crate::explorer::state::{OpenCatalogue, WakeUp};
use crate::explorer::worker::{Outcome, Task};
use crate::workspace::Generation;
use crate::workspace::best_view::best_yaw;
use crate::workspace::layouts::SceneLayout;
use crate::workspace::regions::{Region, regions};
use bevy::prelude::*;
use std::sync::Arc;

/// What regions are of.
type Of = (Generation, SceneLayout);

/// The regions, and from where the kinds are told apart best.
type Named = (Vec<Region>, Option<f32>);

#[derive(Resource, Default)]
struct AtWork {
    of: Option<Of>,
    task: Option<(Of, Task<Named>)>,
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<AtWork>()
        .add_systems(Update, name.in_set(ExplorerSet::Arrive));
}

fn name(mut at_work: ResMut<AtWork>, mut open: ResMut<OpenCatalogue>, wake: Res<WakeUp>) {
    let now = (open.generation, open.layout.clone());
    if let Some((of, task)) = &at_work.task {
        match task.poll() {
            Outcome::Working => return,
            Outcome::Done((found, yaw)) if *of == now => {
                open.best_yaw = yaw;
                open.regions = Some(Arc::new(found));
            }
            // Those of a layout before.
            Outcome::Done(_) => {}
            // It failed, and nothing has a name.
            Outcome::Lost => open.regions = Some(Arc::default()),
        }
        at_work.task = None;
    }
    let (Some(catalog), Some(facets)) = (&open.catalog, &open.facets) else {
        return;
    };
    if at_work.of.as_ref() == Some(&now) {
        return;
    }
    let (catalog, facets, targets) = (catalog.clone(), facets.clone(), open.targets.clone());
    let task = Task::spawn("shoespace regions", &wake.0, move || {
        let found = regions(&*catalog, &facets, &targets);
        let yaw = best_yaw(&*catalog, &facets, &targets, camera::usual());
        (found, yaw)
    });
    (at_work.of, at_work.task) = (Some(now.clone()), Some((now, task)));
}
