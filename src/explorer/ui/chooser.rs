//! Choosing what to open without the system's dialog: a path field and a list of folders and files.

use super::{spoken, theme};
use crate::catalog::import::is_table_name;
use crate::catalog::picture;
use crate::explorer::worker::{Outcome, Task, Waker};
use crate::workspace::titles;
use bevy_egui::egui::text::{CCursor, CCursorRange};
use bevy_egui::egui::text_edit::TextEditState;
use bevy_egui::egui::{self, RichText, ScrollArea, Ui};
use std::path::{Path, PathBuf};

/// So many entries of a folder are listed.
const LISTED: usize = 2_000;

/// What an entry is, as far as its name tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A folder.
    Folder,
    /// A catalogue.
    Catalogue,
    /// Photos in a zip.
    Photos,
    /// A picture.
    Picture,
    /// A table that says more about the photos.
    Table,
}

/// One entry of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: Kind,
}

/// What a folder holds that can be opened.
#[derive(Debug, Clone, Default)]
struct Listing {
    folder: PathBuf,
    entries: Vec<Entry>,
    /// How many entries there are beyond the listed ones.
    more: usize,
    /// How many pictures there are.
    pictures: usize,
    error: Option<String>,
}

/// The field, and the list of the folder that it names.
#[derive(Default)]
pub struct Chooser {
    /// What is written in the field.
    pub path: String,
    /// Whether the field is to have the keys: the window has just opened.
    focus: bool,
    /// Why what was chosen last could not be opened.
    pub error: Option<String>,
    /// Tables that go along with the photos that are opened next.
    pub tables: Vec<PathBuf>,
    listing: Listing,
    reading: Option<(PathBuf, Task<Listing>)>,
}

impl Chooser {
    /// A table goes along, or no more.
    pub fn toggle_table(&mut self, table: &Path) {
        match self.tables.iter().position(|known| known == table) {
            Some(at) => drop(self.tables.remove(at)),
            None => self.tables.push(table.to_owned()),
        }
    }

    /// Begins in `folder`.
    pub fn new(folder: &Path) -> Self {
        Self {
            path: folder.display().to_string(),
            ..Self::default()
        }
    }

    /// The window opens: the field has the keys, and names a folder to begin with, the one of `beside` or the
    /// working folder.
    pub fn begin(&mut self, beside: Option<&Path>) {
        self.focus = true;
        self.error = None;
        if self.path.trim().is_empty() {
            let folder = beside
                .and_then(Path::parent)
                .filter(|folder| !folder.as_os_str().is_empty())
                .map(Path::to_owned)
                .or_else(|| std::env::current_dir().ok());
            self.path = folder.map_or_else(String::new, |f| f.display().to_string());
        }
    }

    /// The folder that the field names, or that holds what it names.
    fn folder(&self) -> PathBuf {
        let path = expand(&self.path);
        if path.is_dir() {
            path
        } else {
            path.parent().map(Path::to_owned).unwrap_or_default()
        }
    }

    fn read(&mut self, waker: &Waker) {
        let folder = self.folder();
        if let Some((of, task)) = &self.reading {
            match task.poll() {
                Outcome::Working if *of == folder => return,
                Outcome::Working => {}
                Outcome::Done(listing) => {
                    self.listing = listing;
                    self.reading = None;
                }
                Outcome::Lost => self.reading = None,
            }
        }
        if self.listing.folder != folder && self.reading.is_none() {
            let of = folder.clone();
            // A folder on a slow network must not stop the window.
            self.reading = Some((
                of,
                Task::spawn("shoespace folder", waker, move || list(folder)),
            ));
        }
    }
}

/// `~` stands for the home folder.
pub(super) fn expand(text: &str) -> PathBuf {
    let text = text.trim();
    match (text.strip_prefix('~'), directories::UserDirs::new()) {
        (Some(rest), Some(dirs)) => dirs.home_dir().join(rest.trim_start_matches('/')),
        _ => PathBuf::from(text),
    }
}

fn kind(path: &Path, is_dir: bool) -> Option<Kind> {
    if is_dir {
        return Some(Kind::Folder);
    }
    match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
        "parquet" => Some(Kind::Catalogue),
        "zip" => Some(Kind::Photos),
        _ if picture::is_named(path) => Some(Kind::Picture),
        _ => is_table_name(&path.to_string_lossy()).then_some(Kind::Table),
    }
}

fn list(folder: PathBuf) -> Listing {
    let read = match std::fs::read_dir(if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        &folder
    }) {
        Ok(read) => read,
        Err(error) => {
            let why = match error.kind() {
                std::io::ErrorKind::NotFound => "there is no such folder".to_owned(),
                std::io::ErrorKind::PermissionDenied => "this folder may not be read".to_owned(),
                std::io::ErrorKind::NotADirectory => "this is a file, not a folder".to_owned(),
                _ => error.to_string(),
            };
            let error = Some(format!("{}: {why}", folder.display()));
            return Listing {
                folder,
                error,
                ..Listing::default()
            };
        }
    };
    let mut entries: Vec<Entry> = read
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = entry.path();
            (!name.starts_with('.'))
                .then(|| kind(&path, path.is_dir()))
                .flatten()
                .map(|kind| Entry { name, kind })
        })
        .collect();
    entries.sort_by_key(|a| (a.kind, a.name.to_lowercase()));
    let pictures = entries
        .iter()
        .filter(|entry| entry.kind == Kind::Picture)
        .count();
    let more = entries.len().saturating_sub(LISTED);
    entries.truncate(LISTED);
    Listing {
        folder,
        entries,
        more,
        pictures,
        error: None,
    }
}

/// The field and the list. Returns what was chosen to be opened: a path, and the tables that go along.
pub fn chooser_ui(
    ui: &mut Ui,
    chooser: &mut Chooser,
    waker: &Waker,
    height: f32,
) -> Option<Vec<PathBuf>> {
    chooser.read(waker);
    if chooser.reading.is_some() {
        ui.ctx()
            .request_repaint_after(std::time::Duration::from_millis(50));
    }
    let mut chosen = None;
    ui.horizontal(|ui| {
        if super::widgets::sign(ui, "⬆", "The folder above", true).clicked()
            && let Some(above) = chooser.folder().parent()
        {
            chooser.path = above.display().to_string();
        }
        let width = (ui.available_width() - 55.0).max(80.0);
        let hint = "A folder of photos, a zip, a catalogue, or a picture";
        let field = ui.add(super::widgets::text_field(&mut chooser.path, hint, width));
        if std::mem::take(&mut chooser.focus) {
            field.request_focus();
            // All of it is marked: what is typed or pasted now takes its place.
            let mut state = TextEditState::load(ui.ctx(), field.id).unwrap_or_default();
            let end = CCursor::new(chooser.path.chars().count());
            let all = CCursorRange::two(CCursor::new(0), end);
            state.cursor.set_char_range(Some(all));
            state.store(ui.ctx(), field.id);
        }
        field.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::TextEdit, true, "Path"));
        let entered = field.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
        if ui.button("Open").clicked() || entered {
            let path = expand(&chooser.path);
            if !path.as_os_str().is_empty() {
                chosen = Some(path);
            }
        }
    });
    if let Some(error) = &chooser.error {
        let words = RichText::new(error).color(theme::palette(ui).error);
        let shown = ui.add(egui::Label::new(words).wrap().selectable(true));
        spoken::told(&shown, error, true);
    }
    let listing = &chooser.listing;
    let mut go = None;
    theme::card_frame(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ScrollArea::vertical()
            .id_salt("folder")
            .max_height(height)
            .min_scrolled_height(height)
            .auto_shrink([false, false])
            .show_rows(ui, 20.0, listing.entries.len(), |ui, rows| {
                for entry in &listing.entries[rows] {
                    let goes = chooser.tables.contains(&listing.folder.join(&entry.name));
                    if entry_ui(ui, entry, goes).clicked() {
                        go = Some((listing.folder.join(&entry.name), entry.kind));
                    }
                }
            });
    });
    if let Some(error) = &listing.error {
        let colour = theme::palette(ui).error;
        ui.add(egui::Label::new(RichText::new(error).small().color(colour)).wrap());
    } else {
        let more = if listing.more > 0 {
            format!("; {} more are not listed", theme::count(listing.more))
        } else {
            String::new()
        };
        let text = match listing.pictures {
            0 if listing.entries.is_empty() => "Nothing here that can be opened".to_owned(),
            0 => format!(
                "{}{more}",
                theme::counted(listing.entries.len(), "entry", "entries")
            ),
            n => format!(
                "{} here; Open makes a catalogue of this folder{more}",
                theme::counted(n, "picture", "pictures")
            ),
        };
        theme::caption(ui, text);
    }
    match go {
        Some((path, Kind::Folder)) => chooser.path = path.display().to_string(),
        Some((path, Kind::Table)) => chooser.toggle_table(&path),
        Some((path, _)) => chosen = Some(path),
        None => {}
    }
    tables_ui(ui, chooser);
    chosen.map(|path| {
        // They are kept until the photos are there.
        let tables = chooser.tables.iter().cloned();
        std::iter::once(path).chain(tables).collect()
    })
}

/// The tables that go along.
fn tables_ui(ui: &mut Ui, chooser: &mut Chooser) {
    let mut off = None;
    ui.horizontal_wrapped(|ui| {
        for table in &chooser.tables {
            let words = format!("with {}  ✖", titles::file_name(table));
            let hint = "What it says of the photos comes along; click to leave it out";
            if ui.button(words).on_hover_text(hint).clicked() {
                off = Some(table.clone());
            }
        }
    });
    if let Some(table) = off {
        chooser.toggle_table(&table);
    }
}

fn entry_ui(ui: &mut Ui, entry: &Entry, goes_along: bool) -> egui::Response {
    let (sign, hint) = match entry.kind {
        Kind::Folder => ("📁", "Look into this folder"),
        Kind::Catalogue => ("🗄", "Open this catalogue"),
        Kind::Photos => ("📦", "Make a catalogue of these photos"),
        Kind::Picture => ("🖼", "Ask with this photo: which shoes are like it?"),
        Kind::Table if goes_along => ("☑", "It goes along; click to leave it out"),
        Kind::Table => (
            "☐",
            "A table that says more about the photos: click to take it along",
        ),
    };
    let text = format!("{sign}  {}", entry.name);
    let button = egui::Button::new(text).frame(false).truncate();
    let response = ui.add(button);
    let name = titles::file_name(Path::new(&entry.name));
    response.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Button, true, &name));
    response.on_hover_text(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_begins_beside_the_catalogue_and_goes_on_where_one_was() {
        let mut chooser = Chooser::default();
        chooser.begin(Some(Path::new("/shop/boots.parquet")));
        assert_eq!(chooser.path, "/shop");
        chooser.begin(Some(Path::new("/other/c.parquet")));
        assert_eq!((chooser.path.as_str(), chooser.focus), ("/shop", true));
        let mut chooser = Chooser::default();
        chooser.begin(None);
        assert!(Path::new(&chooser.path).is_dir(), "{}", chooser.path);
    }

    #[test]
    fn a_folder_lists_what_can_be_opened_folders_first() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["shoe.JPG", "b.zip", "notes.txt", "a.parquet", ".hidden.png"] {
            std::fs::write(folder.path().join(name), "x").unwrap();
        }
        std::fs::create_dir(folder.path().join("photos")).unwrap();
        let listing = list(folder.path().to_owned());
        let names: Vec<_> = listing.entries.iter().map(|e| e.name.as_str()).collect();
        let all = ["photos", "a.parquet", "b.zip", "shoe.JPG", "notes.txt"];
        assert_eq!(names, all);
        assert_eq!(listing.pictures, 1);
        assert!(list(folder.path().join("gone")).error.is_some());
    }
}
