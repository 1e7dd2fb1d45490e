//! Keeping up with the catalogue that is open: columns, filter results, pictures, trust.

use crate::catalog::Catalog;
use crate::explorer::command::Command;
use crate::explorer::state::{
    Launch, Notices, OpenCatalogue, RecommendOptions, Running, Shown, WakeUp,
};
use crate::explorer::ui::autosave;
use crate::explorer::ui::catalogue::axes::Axes;
use crate::explorer::ui::state::{Asked, Kept, PanelState, Prepared, Windows};
use crate::explorer::ui::thumbnails::Thumbs;
use crate::explorer::worker::{Latest, Outcome, Task};
use crate::recommend::Query;
use crate::space::Space;
use crate::workspace::colouring::ColourBy;
use crate::workspace::facets::FacetModel;
use crate::workspace::filter::{Finder, Found};
use crate::workspace::session_file::SessionFile;
use crate::workspace::{Trust, Workspace};
use bevy::prelude::*;
use std::sync::Arc;

/// A catalogue was opened: begin anew.
pub(in crate::explorer::ui) fn opened(
    open: Res<OpenCatalogue>,
    wake: Res<WakeUp>,
    mut state: ResMut<PanelState>,
    mut notices: ResMut<Notices>,
    mut shown: ResMut<Shown>,
    mut running: ResMut<Running>,
    launch: Option<Res<Launch>>,
) {
    if open.generation == state.generation {
        return;
    }
    if let Some((job, _)) = &state.measuring_trust {
        job.cancel();
        running.end(job);
    }
    // What the user did last with the old one must not be lost.
    autosave::save(&mut state, &mut notices);
    let state = &mut *state;
    let mut kept = Kept::default();
    kept.settings = state.kept.settings.take();
    let fresh = PanelState {
        chooser: std::mem::take(&mut state.chooser),
        theme: state.theme,
        launched: state.launched,
        commands: std::mem::take(&mut state.commands),
        kept,
        dialog: state.dialog.take(),
        generation: open.generation,
        windows: Windows {
            // What came in is read while it is looked at.
            report: state.windows.report,
            ..Windows::default()
        },
        ..PanelState::default()
    };
    *state = fresh;
    *shown = Shown::default();
    let Some(catalog) = open.catalog.clone() else {
        return;
    };
    state.of = Some(catalog.clone());
    state.thumbs = Thumbs::open(catalog.clone(), &wake.0);
    // A picture rendered without a window shows the catalogue as it is, not as somebody left it.
    let windowed = launch.is_none_or(|launch| launch.windowed);
    state.preparing = Some(Task::spawn("shoespace columns", &wake.0, move || {
        prepare(&catalog, windowed)
    }));
}

/// Reads what is slow to read: the ends of the axes, and what was kept of this catalogue.
fn prepare(catalog: &Catalog, windowed: bool) -> Prepared {
    let shares = Space::of(catalog)
        .ok()
        .flatten()
        .map(|space| space.variance_shares().to_vec())
        .unwrap_or_default();
    Prepared {
        axes: Axes::new(shares, catalog.positions()),
        session: match windowed {
            true => SessionFile::of(catalog),
            false => (SessionFile::nowhere(), Vec::new(), None),
        },
    }
}

/// Results of threads come in; new wishes and options go out.
pub(in crate::explorer::ui) fn answers(
    mut open: ResMut<OpenCatalogue>,
    wake: Res<WakeUp>,
    mut state: ResMut<PanelState>,
    mut shown: ResMut<Shown>,
    mut options: ResMut<RecommendOptions>,
    mut running: ResMut<Running>,
    mut notices: ResMut<Notices>,
    mut out: MessageWriter<Command>,
) {
    let state = &mut *state;
    let Some(catalog) = open.catalog.clone() else {
        return;
    };
    let at_work = state.finding.finder.as_ref();
    let pending = !state.finding.is_off && at_work.is_none_or(Latest::is_pending);
    // Only where it differs: each change is a frame.
    if shown.pending != pending {
        shown.pending = pending;
    }
    if let Some(task) = &state.preparing {
        match task.poll() {
            Outcome::Working => return,
            Outcome::Lost => {
                state.preparing = None;
                notices.error(
                    "What was kept of this catalogue could not be read (a bug); it begins anew",
                );
            }
            Outcome::Done(prepared) => {
                state.preparing = None;
                let commands = autosave::restore(state, &catalog, prepared, &mut notices);
                out.write_batch(commands);
            }
        }
    }
    state.axes.follow(&open.layout, &open.targets);
    trust(state, &mut open, &wake, &mut running, &mut notices);
    if let (None, None, Some(facets)) =
        (&state.preparing, &state.finding.finder, open.facets.clone())
        && !state.finding.is_off
    {
        state.finding.finder = finder(&catalog, facets.clone(), &wake, &mut notices);
        state.finding.is_off = state.finding.finder.is_none();
        autosave::colour_at_first(state, &catalog, &facets);
    }
    if let Some(finder) = &mut state.finding.finder {
        if state.finding.asked.as_ref() != Some(&state.wishes) {
            finder.request((state.wishes.clone(), open.trust.clone()));
            state.finding.asked = Some(state.wishes.clone());
        }
        if let Some((_, found)) = finder.poll() {
            shown.mask = found.mask.clone();
            shown.growth = Shown::growth_of(catalog.len(), found.shown);
            shown.colours = found.colours.as_ref().map(|colours| colours.rows.clone());
            state.finding.found = Some(found);
        }
    }
    let query = state
        .tuning
        .query(shown.mask.as_ref(), &open.blocks, &*catalog);
    if !same_question(&query, &options.query) {
        options.query = query;
        out.write(Command::Recommend);
    }
}

fn finder(
    catalog: &Arc<Catalog>,
    model: Arc<FacetModel>,
    wake: &WakeUp,
    notices: &mut Notices,
) -> Option<Latest<Asked, Found>> {
    let mut finder = Finder::new(catalog.clone(), model);
    let worker = Latest::spawn(
        "shoespace filter",
        &wake.0,
        move |(wishes, trust): Asked| {
            finder.find(&wishes, trust.as_ref().map(|trust| trust.rows.as_slice()))
        },
    );
    worker
        .map_err(|error| {
            notices.error(format!(
                "The system gives no thread ({error}); filters and search are off"
            ));
        })
        .ok()
}

/// Whether two questions differ in nothing that the panels set.
fn same_question(a: &Query, b: &Query) -> bool {
    let same_among = match (&a.among, &b.among) {
        (Some(a), Some(b)) => Arc::ptr_eq(a, b),
        (None, None) => true,
        _ => false,
    };
    same_among
        && a.same == b.same
        && a.k == b.k
        && a.diversity == b.diversity
        && a.fold_duplicates == b.fold_duplicates
        && a.weights == b.weights
}

/// Measures how far neighbourhoods are to be trusted, once the user asks for it.
fn trust(
    state: &mut PanelState,
    open: &mut Workspace,
    wake: &WakeUp,
    running: &mut Running,
    notices: &mut Notices,
) {
    let Some((job, task)) = &state.measuring_trust else {
        if let (ColourBy::Trust, None, Some(recommender)) =
            (&state.wishes.colour, &open.trust, &open.recommender)
        {
            let job = running.begin("Trust in the neighbourhoods");
            let (worker, recommender) = (job.clone(), recommender.clone());
            let points = open.targets.clone();
            let task = Task::spawn("shoespace trust", &wake.0, move || {
                Trust::measure(&recommender, &points, &worker)
            });
            state.measuring_trust = Some((job, task));
        }
        return;
    };
    let measured = match task.poll() {
        Outcome::Working => return,
        Outcome::Done(measured) => measured.map_err(|error| error.to_string()),
        Outcome::Lost => {
            Err("How far the scene is to be trusted could not be worked out (a bug)".to_owned())
        }
    };
    running.end(job);
    match measured {
        Ok(trust) => {
            open.trust = Some(trust);
            // The colours can be made now.
            state.finding.asked = None;
        }
        Err(error) => {
            if !job.is_cancelled() {
                notices.error(error);
            }
            state.wishes.colour = ColourBy::Nothing;
        }
    }
    state.measuring_trust = None;
}

#[cfg(test)]
mod tests;
