//! Acts become messages, and what the system itself has to do (dialogs, files, other programs) is done off
//! the frame.

use super::autosave;
use super::state::PanelState;
use crate::catalog::picture;
use crate::explorer::command::{Choose, Command, CursorCommand, Popup};
use crate::explorer::scene::camera::SceneView;
use crate::explorer::settings::ExplorerSettings;
use crate::explorer::state::{Launch, NoticeLevel, Notices, OpenCatalogue, Selection, WakeUp};
use crate::explorer::worker::{Outcome, Task};
use crate::workspace::export;
use bevy::prelude::*;
use bevy_egui::EguiContexts;
use std::path::{Path, PathBuf};

/// Whether the system has a dialog for choosing files. Under Linux that is a portal on the session bus.
pub(super) fn has_dialogs() -> bool {
    use std::sync::OnceLock;
    static HAS: OnceLock<bool> = OnceLock::new();
    *HAS.get_or_init(|| {
        if cfg!(any(target_os = "windows", target_os = "macos")) {
            return true;
        }
        let bus =
            std::env::var_os("DBUS_SESSION_BUS_ADDRESS").is_some_and(|address| !address.is_empty());
        let socket = std::env::var_os("XDG_RUNTIME_DIR")
            .is_some_and(|dir| Path::new(&dir).join("bus").exists());
        bus || socket
    })
}

/// Carries out what is asked of the panels themselves.
pub(super) fn carry_out(
    mut contexts: EguiContexts,
    mut commands: MessageReader<Command>,
    mut state: ResMut<PanelState>,
    mut settings: ResMut<ExplorerSettings>,
    open: Res<OpenCatalogue>,
    selection: Res<Selection>,
    wake: Res<WakeUp>,
    view: Res<SceneView>,
    launch: Option<Res<Launch>>,
    mut notices: ResMut<Notices>,
) {
    let state = state.bypass_change_detection();
    for command in commands.read() {
        match command {
            Command::Open(_) => state.chooser.error = None,
            Command::Imagine => state.windows.open = false,
            Command::Import(_) => {
                state.windows.open = false;
                state.chooser.tables.clear();
            }
            Command::AskWithPhoto(_) | Command::Cursor(CursorCommand::Shelf(..)) => {
                state.windows.open = false;
            }
            Command::Refused(why) => {
                // Where it was asked for is where it is told.
                bevy::log::error!("{why}");
                state.launched = true;
                let windowed = launch.as_ref().is_none_or(|launch| launch.windowed);
                let here = windowed && (state.windows.open || state.of.is_none());
                match here {
                    true => state.chooser.error = Some(why.clone()),
                    false => notices.error(why),
                }
            }
            Command::AddTable(path) if !state.chooser.tables.contains(path) => {
                state.chooser.toggle_table(path);
            }
            Command::Wrote(what, path) => notices.wrote(what, path),
            Command::Reveal(path) => reveal(path, &mut notices),
            Command::Choose(Choose::Photo) if !has_dialogs() => {
                state.commands.push(Command::Show(Popup::Open, true));
            }
            Command::Choose(what) if state.dialog.is_none() => {
                let what = *what;
                state.dialog = Some(Task::spawn("shoespace dialog", &wake.0, move || {
                    choose(what)
                }));
            }
            Command::OpenOriginal(place) => {
                let catalogue = open.catalog.as_ref().map(|c| c.path());
                open_original(place, catalogue, &mut notices);
            }
            Command::ExportMarks(path) => {
                if let Some(catalog) = &state.of {
                    // A list of marks is short; the file is written in a moment.
                    match export::export(&**catalog, selection.marked.iter().copied(), path) {
                        Ok(path) => notices.wrote("The marked shoes are in", &path),
                        Err(error) => notices.error(error.to_string()),
                    }
                }
            }
            Command::ShowOnly(rows) => state.wishes.among = Some(rows.clone()),
            Command::ColourBy(colour) => state.wishes.colour = colour.clone(),
            Command::Only(column, word) => {
                state.wishes.facets.0.remove(column);
                state.wishes.facets.toggle(column, word);
            }
            Command::Cancel(job) => job.cancel(),
            Command::Notify(NoticeLevel::Info, text) => notices.info(text),
            Command::Notify(NoticeLevel::Error, text) => notices.error(text),
            Command::Dismiss(text) => notices.0.retain(|notice| notice.text != *text),
            Command::KeepView(name) => {
                autosave::keep_view(&mut state.views, name.clone(), view.view);
            }
            Command::Show(Popup::Open, on) => state.show_open(*on),
            Command::Show(Popup::Settings, on) => state.windows.settings = *on,
            Command::Show(Popup::Design, on) => state.windows.design = *on,
            Command::Show(Popup::Palette, on) => state.windows.palette = *on,
            Command::Show(Popup::Report, on) => state.windows.report = *on,
            Command::FocusSearch => {
                state.focus_search = true;
                if settings.left_folded {
                    settings.left_folded = false;
                }
            }
            Command::Escape => drop(state.windows.close_innermost()),
            Command::Copy(text) => {
                if let Ok(ctx) = contexts.ctx_mut() {
                    ctx.copy_text(text.clone());
                }
            }
            _ => {}
        }
    }
}

/// What was chosen in the system's dialog is asked for, and so is what the panels asked for while they were drawn.
pub(super) fn send(mut state: ResMut<PanelState>, mut out: MessageWriter<Command>) {
    let state = state.bypass_change_detection();
    if let Some(task) = &state.dialog {
        match task.poll() {
            Outcome::Working => {}
            Outcome::Done(chosen) => {
                let tables = &state.chooser.tables;
                out.write_batch(chosen.into_iter().map(|command| match command {
                    // Tables that were chosen before go along.
                    Command::Open(paths) => Command::Open([paths, tables.clone()].concat()),
                    other => other,
                }));
                state.dialog = None;
            }
            Outcome::Lost => state.dialog = None,
        }
    }
    out.write_batch(state.commands.drain(..));
}

/// Asks the system's own dialog. Blocks, so it runs on a thread.
fn choose(what: Choose) -> Vec<Command> {
    let dialog = rfd::FileDialog::new();
    match what {
        Choose::Folder => dialog
            .set_title("A folder of photos")
            .pick_folder()
            .map(|path| Command::Open(vec![path])),
        Choose::Files => dialog
            .set_title("A catalogue, a zip, or photos")
            .pick_files()
            .map(Command::Open),
        Choose::Photo => dialog
            .set_title("A photo to find shoes like it")
            .add_filter("Pictures", &picture::ENDINGS)
            .pick_file()
            .map(Command::AskWithPhoto),
        Choose::Table => dialog
            .set_title("A table that says more about the photos")
            .pick_file()
            .map(Command::AddTable),
        Choose::Export => dialog
            .set_title("Export the marked shoes")
            .set_file_name("marked-shoes.csv")
            .add_filter("CSV", &["csv"])
            .save_file()
            .map(Command::ExportMarks),
    }
    .into_iter()
    .collect()
}

/// A place of an original that is not handed to the system.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error("{0} is neither a web address nor a picture on this machine")]
struct NoOriginal(String);

/// What to hand to the system for an original: web addresses as they are, files where they exist, looked
/// for beside the catalogue when they are not absolute. Anything else is refused, because a catalogue may
/// come from anywhere.
fn original(place: &str, catalogue: Option<&Path>) -> Result<PathBuf, NoOriginal> {
    let place = place.trim();
    let lower = place.to_ascii_lowercase();
    if lower.starts_with("http://") || lower.starts_with("https://") {
        return Ok(PathBuf::from(place));
    }
    let beside = catalogue
        .and_then(Path::parent)
        .map(|folder| folder.join(place));
    let file = PathBuf::from(place.strip_prefix("file://").unwrap_or(place));
    let candidates = [Some(file.clone()), beside];
    candidates
        .into_iter()
        .flatten()
        .find(|path| path.is_file() && picture::is_named(path))
        .ok_or_else(|| NoOriginal(place.to_owned()))
}

/// Shows the folder that a file lies in.
fn reveal(path: &Path, notices: &mut Notices) {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let folder = match path.is_dir() {
        true => path.as_path(),
        false => path.parent().unwrap_or(&path),
    };
    if let Err(error) = open::that_detached(folder) {
        notices.error(format!("{} could not be shown: {error}", folder.display()));
    }
}

fn open_original(place: &str, catalogue: Option<&Path>, notices: &mut Notices) {
    match original(place, catalogue) {
        Ok(target) => {
            if let Err(error) = open::that_detached(&target) {
                notices.error(format!("{} could not be opened: {error}", target.display()));
            }
        }
        Err(error) => notices.error(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_and_pictures_are_opened() {
        let folder = tempfile::tempdir().unwrap();
        let catalogue = folder.path().join("c.parquet");
        std::fs::write(folder.path().join("a.jpg"), "x").unwrap();
        std::fs::write(folder.path().join("run.sh"), "x").unwrap();
        let at = |place: &str| original(place, Some(&catalogue));
        assert_eq!(
            at("https://shop.example/1"),
            Ok("https://shop.example/1".into())
        );
        assert_eq!(at("a.jpg"), Ok(folder.path().join("a.jpg")));
        for place in ["run.sh", "gone.jpg", "javascript:alert(1)", "--help", ""] {
            assert!(at(place).is_err(), "{place}");
        }
    }
}
