//! Keeping up with the catalogue that is open: columns, filter results, pictures, the session.

use super::axes::Axes;
use super::state::{PanelState, Prepared, TrustState};
use super::thumbs::Thumbs;
use crate::catalog::Catalog;
use crate::explorer::filter::Finder;
use crate::explorer::filter::colour::ColourBy;
use crate::explorer::filter::facets::FacetModel;
use crate::explorer::kept::KeptGuest;
use crate::explorer::messages::{GuestRequest, MarkRequest, RateRequest, RecommendRequest};
use crate::explorer::session::Session;
use crate::explorer::settings::ExplorerSettings;
use crate::explorer::state::{
    Notices, OpenCatalogue, RecommendOptions, Running, Selection, Shown, Subject, WakeUp,
};
use crate::explorer::worker::{Latest, Outcome, Task};
use bevy::prelude::*;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long after the last change the session is saved.
pub(super) const SAVE_AFTER: Duration = Duration::from_millis(1_200);

/// A catalogue was opened: begin anew with what was kept of it.
pub(super) fn opened(
    open: Res<OpenCatalogue>,
    wake: Res<WakeUp>,
    selection: Res<Selection>,
    mut state: ResMut<PanelState>,
    mut notices: ResMut<Notices>,
    mut shown: ResMut<Shown>,
    mut rate: MessageWriter<RateRequest>,
    mut mark: MessageWriter<MarkRequest>,
    mut present: MessageWriter<GuestRequest>,
) {
    let same = match (&state.of, &open.catalog) {
        (Some(old), Some(new)) => Arc::ptr_eq(old, new),
        (None, None) => true,
        _ => false,
    };
    if same {
        return;
    }
    // What the user did last with the old one must not be lost.
    save(&mut state, &selection, &mut notices);
    let kept = (
        std::mem::take(&mut state.chooser),
        state.look,
        std::mem::take(&mut state.acts),
        state.saved_settings.take(),
    );
    *state = PanelState::default();
    (state.chooser, state.look, state.acts, state.saved_settings) = kept;
    *shown = Shown::default();
    let Some(catalog) = open.catalog.clone() else {
        return;
    };
    state.of = Some(catalog.clone());
    state.name = catalog.name();
    state.path = catalog.path().display().to_string();
    state.blocks = catalog
        .info()
        .blocks
        .iter()
        .map(|block| block.name.clone())
        .collect();
    state.thumbs = Thumbs::open(catalog.clone(), &wake.0);
    state.session_path = Session::path(&catalog);
    let session = match state.session_path.as_deref().map(Session::load) {
        Some(Ok(Some(session))) => session,
        Some(Err(error)) => {
            notices.error(error);
            Session::default()
        }
        _ => Session::default(),
    };
    state.wishes = session.wishes.clone();
    state.tuning = session.tuning.clone();
    state.views = session.views.clone();
    for (ids, like) in [(&session.likes, true), (&session.dislikes, false)] {
        for row in ids.iter().filter_map(|id| catalog.row_of(id)) {
            rate.write(RateRequest {
                subject: Subject::Shoe(row),
                like: Some(like),
            });
        }
    }
    let folder = state
        .session_path
        .as_deref()
        .and_then(Path::parent)
        .map(Path::to_owned)
        .unwrap_or_default();
    for kept in &session.guests {
        match kept.guest(&folder) {
            Ok(guest) => {
                let subject = Subject::Guest(guest.clone());
                present.write(GuestRequest {
                    guest,
                    present: true,
                });
                rate.write(RateRequest {
                    subject,
                    like: Some(kept.like),
                });
            }
            Err(error) => notices.error(error),
        }
    }
    for row in session.marked.iter().filter_map(|id| catalog.row_of(id)) {
        mark.write(MarkRequest { row, on: true });
    }
    state.saved = session;
    state.preparing = Some(Task::spawn("shoespace columns", &wake.0, move || {
        prepare(&catalog)
    }));
}

fn prepare(catalog: &Catalog) -> Prepared {
    let shares = variance_shares(catalog);
    Prepared {
        model: Arc::new(FacetModel::new(catalog)),
        axes: Axes::new(shares, catalog.positions()),
    }
}

/// The share of the whole variance that each component holds; empty where the catalogue does not say.
fn variance_shares(catalog: &Catalog) -> Vec<f32> {
    let shares = catalog
        .info()
        .space
        .as_ref()
        .and_then(|space| space.get("variance_shares"));
    let numbers = shares.and_then(|shares| shares.as_array());
    numbers
        .map(|numbers| {
            numbers
                .iter()
                .filter_map(|n| n.as_f64())
                .map(|n| n as f32)
                .collect()
        })
        .unwrap_or_default()
}

/// Results of threads come in; new wishes and options go out.
pub(super) fn answers(
    open: Res<OpenCatalogue>,
    wake: Res<WakeUp>,
    mut state: ResMut<PanelState>,
    mut shown: ResMut<Shown>,
    mut options: ResMut<RecommendOptions>,
    mut running: ResMut<Running>,
    mut notices: ResMut<Notices>,
    mut recommend: MessageWriter<RecommendRequest>,
) {
    let state = &mut *state;
    let Some(catalog) = open.catalog.clone() else {
        return;
    };
    if let Some(task) = &state.preparing {
        match task.poll() {
            Outcome::Working => return,
            Outcome::Lost => {
                notices.error("The columns of this catalogue could not be read; filters and search are off. Please report this");
                state.preparing = None;
            }
            Outcome::Done(prepared) => {
                state.preparing = None;
                state.model = prepared.model.clone();
                state.axes = prepared.axes;
                let mut finder = Finder::new(catalog.clone(), prepared.model);
                let worker = Latest::spawn(
                    "shoespace filter",
                    &wake.0,
                    move |(wishes, trust): super::state::Asked| {
                        finder.find(&wishes, trust.as_ref().map(|trust| trust.as_slice()))
                    },
                );
                match worker {
                    Ok(worker) => state.finder = Some(worker),
                    Err(error) => notices.error(format!(
                        "The system gives no thread ({error}); filters and search are off"
                    )),
                }
            }
        }
    }
    trust(state, &catalog, &wake, &mut running, &mut notices);
    if let Some(finder) = &mut state.finder {
        if state.asked.as_ref() != Some(&state.wishes) {
            let trust = match &state.trust {
                TrustState::Known(trust, _) => Some(trust.clone()),
                _ => None,
            };
            finder.request((state.wishes.clone(), trust));
            state.asked = Some(state.wishes.clone());
        }
        if let Some((_, found)) = finder.poll() {
            shown.mask = found.mask.clone();
            shown.colours = found.colours.as_ref().map(|colours| colours.rows.clone());
            state.found = Some(found);
        }
    }
    let query = state
        .tuning
        .query(&state.wishes.facets, &state.blocks, &*catalog);
    match query {
        Ok(query) if !same_question(&query, &options.query) => {
            options.query = query;
            recommend.write(RecommendRequest);
        }
        Ok(_) => {}
        Err(error) => notices.error(error.to_string()),
    }
}

/// Whether two questions differ in nothing that the panels set.
fn same_question(a: &crate::recommend::Query, b: &crate::recommend::Query) -> bool {
    a.filters == b.filters
        && a.same == b.same
        && a.k == b.k
        && a.diversity == b.diversity
        && a.fold_duplicates == b.fold_duplicates
        && a.weights == b.weights
}

/// Works out how far neighbourhoods are to be trusted once the user asks for it, or looks at a shoe.
fn trust(
    state: &mut PanelState,
    catalog: &Arc<Catalog>,
    wake: &WakeUp,
    running: &mut Running,
    notices: &mut Notices,
) {
    match &state.trust {
        TrustState::Unknown if state.wishes.colour == ColourBy::Trust => {
            let _ = (catalog, wake, running, notices);
        }
        _ => {}
    }
}

/// Saves the session some time after the last change, and when the window closes. In `Last`, because the
/// message that ends the program is written late in its last frame.
pub(super) fn keep_session(
    selection: Res<Selection>,
    mut state: ResMut<PanelState>,
    mut notices: ResMut<Notices>,
    settings: Option<Res<ExplorerSettings>>,
    mut exit: MessageReader<AppExit>,
) {
    let leaving = exit.read().next().is_some();
    let state = state.bypass_change_detection();
    let settings_changed = settings
        .as_ref()
        .is_some_and(|settings| match &state.saved_settings {
            Some(saved) => *saved != **settings,
            None => {
                state.saved_settings = Some((*settings).clone());
                false
            }
        });
    let made = state.wishes != state.saved.wishes
        || state.tuning != state.saved.tuning
        || state.views != state.saved.views
        || selection.is_changed();
    if (made || settings_changed) && state.changed.is_none() {
        state.changed = Some(Instant::now());
    }
    if leaving
        || state
            .changed
            .is_some_and(|since| since.elapsed() >= SAVE_AFTER)
    {
        state.changed = None;
        save(state, &selection, &mut notices);
        if let (true, Some(settings), Some(path)) =
            (settings_changed, settings, ExplorerSettings::path())
        {
            if let Err(error) = settings.save(&path) {
                notices.error(format!(
                    "{}: {error}; settings will be forgotten",
                    path.display()
                ));
            }
            state.saved_settings = Some(settings.clone());
        }
    }
}

fn save(state: &mut PanelState, selection: &Selection, notices: &mut Notices) {
    let (Some(catalog), Some(path)) = (&state.of, &state.session_path) else {
        return;
    };
    let ids = |subjects: &[Subject]| -> Vec<String> {
        subjects
            .iter()
            .filter_map(Subject::row)
            .filter(|&row| row < catalog.len())
            .map(|row| catalog.id(row).to_owned())
            .collect()
    };
    let mut guests = Vec::new();
    for (subjects, like) in [(&selection.likes, true), (&selection.dislikes, false)] {
        for subject in subjects {
            if let Subject::Guest(guest) = subject {
                guests.push((KeptGuest::new(guest, like), guest.clone()));
            }
        }
    }
    let session = Session {
        catalogue: catalog.path().to_owned(),
        tuning: state.tuning.clone(),
        wishes: state.wishes.clone(),
        likes: ids(&selection.likes),
        dislikes: ids(&selection.dislikes),
        guests: guests.iter().map(|(kept, _)| kept.clone()).collect(),
        marked: selection
            .marked
            .iter()
            .filter(|&&row| row < catalog.len())
            .map(|&row| catalog.id(row).to_owned())
            .collect(),
        views: state.views.clone(),
    };
    let nothing = Session {
        catalogue: session.catalogue.clone(),
        ..Session::default()
    };
    if session == state.saved || (session == nothing && !path.exists()) {
        return;
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    let written = std::fs::create_dir_all(folder)
        .and_then(|()| {
            guests
                .iter()
                .try_for_each(|(kept, guest)| kept.write_picture(guest, folder))
        })
        .and_then(|()| session.save(path));
    if let Err(error) = written {
        notices.error(format!(
            "{}: {error}; likes and filters will be forgotten",
            path.display()
        ));
    }
    // After a failure too: it is said once, not each second.
    state.saved = session;
}

/// Keeps a view under a name.
pub(super) fn keep_view(
    views: &mut Vec<(String, crate::explorer::messages::View)>,
    name: String,
    view: crate::explorer::messages::View,
) {
    // A name that is there already is given the new view.
    match views.iter_mut().find(|(known, _)| *known == name) {
        Some((_, old)) => *old = view,
        None => views.push((name, view)),
    }
}
