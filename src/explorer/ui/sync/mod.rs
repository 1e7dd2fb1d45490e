//! Keeping up with the catalogue that is open: columns, filter results, pictures, trust.

use crate::catalog::Catalog;
use crate::explorer::command::Command;
use crate::explorer::state::{
    Launch, Notices, OpenCatalogue, RecommendOptions, Running, Shown, WakeUp,
};
use crate::explorer::ui::autosave;
use crate::explorer::ui::catalogue::axes::Axes;
use crate::explorer::ui::state::{Asked, Kept, PanelState, Prepared, TrustState};
use crate::explorer::ui::thumbnails::Thumbs;
use crate::explorer::worker::{Latest, Outcome, Task};
use crate::recommend::{Query, Weights};
use crate::space::Space;
use crate::workspace::colouring::ColourBy;
use crate::workspace::facets::FacetModel;
use crate::workspace::filter::{Finder, Found};
use crate::workspace::session::Session;
use bevy::prelude::*;
use std::path::Path;
use std::sync::Arc;

/// So many neighbours are compared to say how far a neighbourhood is to be trusted.
const NEIGHBOURS: usize = 24;

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
    if let TrustState::Working(job, _) = &state.trust {
        job.cancel();
        running.end(job);
    }
    // What the user did last with the old one must not be lost.
    autosave::save(&mut state, &mut notices);
    let state = &mut *state;
    let fresh = PanelState {
        chooser: std::mem::take(&mut state.chooser),
        theme: state.theme,
        launched: state.launched,
        commands: std::mem::take(&mut state.commands),
        kept: Kept {
            settings: state.kept.settings.take(),
            ..Kept::default()
        },
        dialog: state.dialog.take(),
        generation: open.generation,
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
    let session_path = Session::path(catalog).filter(|_| windowed);
    let session = session_path.as_deref().map_or(Ok(None), Session::load);
    let mut items = Vec::new();
    if let (Ok(Some(session)), Some(folder)) =
        (&session, session_path.as_deref().and_then(Path::parent))
    {
        let saved = session.items.iter();
        items.extend(saved.map(|saved| saved.item(folder).map(|item| (item, saved.like))));
    }
    let shares = Space::of(catalog)
        .ok()
        .flatten()
        .map(|space| space.variance_shares().to_vec())
        .unwrap_or_default();
    Prepared {
        axes: Axes::new(shares, catalog.positions()),
        session_path,
        session,
        items,
    }
}

/// Results of threads come in; new wishes and options go out.
pub(in crate::explorer::ui) fn answers(
    open: Res<OpenCatalogue>,
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
            Outcome::Done(mut prepared) => {
                state.preparing = None;
                let commands = autosave::restore(state, &catalog, &mut prepared, &mut notices);
                out.write_batch(commands);
                state.axes = prepared.axes;
            }
        }
    }
    trust(state, &open, &wake, &mut running, &mut notices);
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
            let trust = match &state.trust {
                TrustState::Known(trust, _) => Some(trust.clone()),
                _ => None,
            };
            finder.request((state.wishes.clone(), trust));
            state.finding.asked = Some(state.wishes.clone());
        }
        if let Some((_, found)) = finder.poll() {
            shown.mask = found.mask.clone();
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
            finder.find(&wishes, trust.as_ref().map(|trust| trust.as_slice()))
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

/// Works out how far neighbourhoods are to be trusted, once the user asks for it.
fn trust(
    state: &mut PanelState,
    open: &OpenCatalogue,
    wake: &WakeUp,
    running: &mut Running,
    notices: &mut Notices,
) {
    match &state.trust {
        TrustState::Unknown => {
            if let (ColourBy::Trust, Some(recommender)) = (&state.wishes.colour, &open.recommender)
            {
                let job = running.begin("Trust in the neighbourhoods");
                let (worker, recommender) = (job.clone(), recommender.clone());
                let task = Task::spawn("shoespace trust", &wake.0, move || {
                    recommender.neighbourhood_preservation(
                        recommender.catalog().positions(),
                        None,
                        NEIGHBOURS,
                        &Weights::default(),
                        &worker,
                    )
                });
                state.trust = TrustState::Working(job, task);
            }
        }
        TrustState::Working(job, task) => {
            let outcome = match task.poll() {
                Outcome::Working => return,
                Outcome::Done(outcome) => outcome.map_err(|error| error.to_string()),
                Outcome::Lost => Err(
                    "How far the scene is to be trusted could not be worked out (a bug)".to_owned(),
                ),
            };
            running.end(job);
            let cancelled = job.is_cancelled();
            state.trust = match outcome {
                Ok(trust) => {
                    let mean = trust.iter().sum::<f32>() / trust.len().max(1) as f32;
                    // The colours can be made now.
                    state.finding.asked = None;
                    TrustState::Known(Arc::new(trust), mean)
                }
                Err(error) => {
                    if !cancelled {
                        notices.error(error);
                    }
                    state.wishes.colour = ColourBy::Nothing;
                    TrustState::Unknown
                }
            };
        }
        TrustState::Known(..) => {}
    }
}

#[cfg(test)]
mod tests;
