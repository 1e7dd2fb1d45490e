//! The session: put back when a catalogue opens, saved by itself as the user goes on.

use super::state::{Kept, PanelState, Prepared};
use crate::catalog::Catalog;
use crate::explorer::command::{Command, Flight, View};
use crate::explorer::scene::camera::SceneView;
use crate::explorer::settings::ExplorerSettings;
use crate::explorer::state::{Launch, Notices, OpenCatalogue, Selection};
use crate::workspace::Item;
use crate::workspace::colouring;
use crate::workspace::facets::FacetModel;
use crate::workspace::filter::Wishes;
use crate::workspace::layouts::SceneLayout;
use crate::workspace::saved_items::SavedItem;
use crate::workspace::session::{SavedView, Session, SessionError};
use crate::workspace::session_file::Snapshot;
use bevy::prelude::*;
use bevy::window::RequestRedraw;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long after the first unsaved change the session is saved.
pub(super) const SAVE_AFTER: Duration = Duration::from_millis(1_200);

/// Takes over what was kept of the catalogue that has just been opened; the commands put back the rest.
pub(super) fn restore(
    state: &mut PanelState,
    catalog: &Catalog,
    prepared: Prepared,
    notices: &mut Notices,
) -> Vec<Command> {
    let (file, items, wrong) = prepared.session;
    if let Some(error) = wrong {
        notices.error(error.to_string());
    }
    let session = file.saved();
    state.wishes = session.wishes.clone();
    state.tuning = session.tuning.clone();
    let views = session.views.iter();
    state.views = views
        .map(|(name, view)| (name.clone(), (*view).into()))
        .collect();
    state.axes = prepared.axes;
    let mut commands = vec![Command::LayOut(session.layout.clone())];
    let row = |id: &String| catalog.row_of(id);
    for (ids, like) in [(&session.likes, true), (&session.dislikes, false)] {
        let rows = ids.iter().filter_map(row);
        commands.extend(rows.map(|row| Command::Rate(Item::Row(row), Some(like))));
    }
    for item in items {
        match item {
            Ok((item, like)) => {
                commands.push(Command::Place(item.clone(), true));
                commands.push(Command::Rate(item, Some(like)));
            }
            Err(error) => notices.error(error.to_string()),
        }
    }
    let marked = session.marked.iter().filter_map(row);
    let marked: Vec<u32> = marked.map(|row| row as u32).collect();
    commands.push(Command::MarkAll(Arc::new(marked)));
    if let Some(row) = session.selected.as_ref().and_then(row) {
        commands.push(Command::select_row(row));
    }
    // In another layout, which comes later, it would be a view of nothing.
    let is_first = session.layout == SceneLayout::FIRST;
    if let Some(view) = session.view.filter(|_| is_first) {
        commands.push(Command::Fly(Flight::Jump(view.into())));
    }
    commands.push(Command::BeginHere);
    state.kept.session = Some(file);
    commands
}

/// Chooses the first colouring of a catalogue that nothing was kept of, unless the user has been faster.
pub(super) fn colour_at_first(state: &mut PanelState, catalog: &Catalog, facets: &FacetModel) {
    let Some(file) = &mut state.kept.session else {
        return;
    };
    if !file.begins() || state.wishes != Wishes::default() {
        return;
    }
    let colour = colouring::at_first(catalog, facets);
    file.colour_at_first(colour.clone());
    state.wishes.colour = colour;
}

/// Saves the session some time after a change, and when the window closes. In `Last`, because the message
/// that ends the program is written late in its last frame.
pub(super) fn keep_session(
    open: Res<OpenCatalogue>,
    selection: Res<Selection>,
    view: Option<Res<SceneView>>,
    mut state: ResMut<PanelState>,
    mut notices: ResMut<Notices>,
    settings: Option<Res<ExplorerSettings>>,
    launch: Option<Res<Launch>>,
    mut exit: MessageReader<AppExit>,
    mut redraw: MessageWriter<RequestRedraw>,
    mut seen: Local<Option<SavedView>>,
    mut kept: Local<Option<SavedView>>,
) {
    let leaving = exit.read().next().is_some();
    if launch.is_some_and(|launch| !launch.windowed) {
        return;
    }
    let state = state.bypass_change_detection();
    let settings_path = ExplorerSettings::path();
    // What is saved is what lies on the disk, not what the first frame found: a catalogue may have been
    // remembered before.
    let saved_settings = state.kept.settings.get_or_insert_with(|| {
        settings_path
            .as_deref()
            .map(ExplorerSettings::load)
            .unwrap_or_default()
    });
    let settings_changed = settings
        .as_ref()
        .is_some_and(|settings| **settings != *saved_settings);
    let still_open = state.generation == open.generation;
    let view = view.filter(|view| !view.is_home && still_open);
    let view = view.map(|view| SavedView::from(view.view));
    // While the camera moves nothing is put together.
    let rests = std::mem::replace(&mut *seen, view) == view;
    let is_other_view = still_open && rests && *kept != view;
    if is_other_view {
        *kept = view;
    } else if !rests {
        // There it is seen whether it rests.
        redraw.write(RequestRedraw);
    }
    let made = (selection.is_changed() || is_other_view)
        || (state.kept.session.as_ref()).is_some_and(|file| {
            let saved = file.saved();
            state.wishes != saved.wishes
                || state.tuning != saved.tuning
                || (still_open && open.layout != saved.layout)
                || saved_views(state) != saved.views
        });
    // Once another catalogue is open the selection is about that one.
    if made && still_open {
        state.kept.latest = snapshot(state, &selection, open.layout.clone(), view);
    }
    if (made || settings_changed) && state.kept.changed.is_none() {
        state.kept.changed = Some(Instant::now());
    }
    if leaving
        || state
            .kept
            .changed
            .is_some_and(|since| since.elapsed() >= SAVE_AFTER)
    {
        state.kept.changed = None;
        save(state, &mut notices);
        if let (true, Some(settings), Some(path)) = (settings_changed, settings, settings_path) {
            if let Err(error) = settings.save(&path) {
                notices.error(format!(
                    "{}: {error}; settings will be forgotten",
                    path.display()
                ));
            }
            state.kept.settings = Some(settings.clone());
        }
    }
}

fn saved_views(state: &PanelState) -> Vec<(String, SavedView)> {
    let views = state.views.iter();
    views
        .map(|(name, view)| (name.clone(), (*view).into()))
        .collect()
}

/// What is to be kept as things are now. `None` before it is known what was kept before: that must not be
/// written over.
fn snapshot(
    state: &PanelState,
    selection: &Selection,
    layout: SceneLayout,
    view: Option<SavedView>,
) -> Option<Snapshot> {
    let catalog = state.of.as_ref()?;
    state.kept.session.as_ref().filter(|file| file.is_kept())?;
    let id = |row: usize| (row < catalog.len()).then(|| catalog.id(row).to_owned());
    let ids = |items: &[Item]| -> Vec<String> {
        items.iter().filter_map(Item::row).filter_map(id).collect()
    };
    let mut saved = Vec::new();
    for (items, like) in [(&selection.likes, true), (&selection.dislikes, false)] {
        for item in items {
            saved.extend(SavedItem::new(item, like).map(|saved| (saved, item.clone())));
        }
    }
    let session = Session {
        catalogue: catalog.path().to_owned(),
        tuning: state.tuning.clone(),
        layout,
        wishes: state.wishes.clone(),
        likes: ids(&selection.likes),
        dislikes: ids(&selection.dislikes),
        items: saved.iter().map(|(saved, _)| saved.clone()).collect(),
        marked: selection.marked.iter().copied().filter_map(id).collect(),
        views: saved_views(state),
        selected: selection.row().and_then(id),
        view,
    };
    Some((session, saved))
}

/// Saves the newest snapshot now, if it differs from what is saved.
pub(super) fn save(state: &mut PanelState, notices: &mut Notices) {
    if let Err(error) = state.kept.write() {
        notices.error(error.to_string());
    }
}

impl Kept {
    /// Writes what is to be saved, if it differs from what is.
    fn write(&mut self) -> Result<(), SessionError> {
        match (self.latest.take(), &mut self.session) {
            (Some(snapshot), Some(file)) => file.write(snapshot),
            _ => Ok(()),
        }
    }
}

impl Drop for Kept {
    /// Where the window falls, what the user made is saved all the same.
    fn drop(&mut self) {
        if std::thread::panicking()
            && let Err(error) = self.write()
        {
            bevy::log::error!("{error}");
        }
    }
}

/// Keeps a view under a name; a name that is there already is given the new view.
pub(super) fn keep_view(views: &mut Vec<(String, View)>, name: String, view: View) {
    match views.iter_mut().find(|(known, _)| *known == name) {
        Some((_, old)) => *old = view,
        None => views.push((name, view)),
    }
}
