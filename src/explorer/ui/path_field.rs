//! A field for where to write something, which knows the folders.

use super::{theme, widgets};
use crate::explorer::worker::{Outcome, Task, Waker};
use bevy_egui::egui::text::{CCursor, CCursorRange};
use bevy_egui::egui::text_edit::TextEditState;
use bevy_egui::egui::{self, Key, Modifiers, Ui};
use std::path::{Path, PathBuf};

/// So many folders are offered.
const OFFERED: usize = 8;

/// What is written in the field, and what could go on from there.
#[derive(Default)]
pub struct PathField {
    /// What is written.
    pub path: String,
    /// The folders in a folder.
    known: (PathBuf, Vec<String>),
    reading: Option<Task<(PathBuf, Vec<String>)>>,
    /// Which of the offers is chosen, counted from 1; 0 is none.
    at: usize,
    /// How many offers were shown last.
    offered: usize,
    /// What the file is called where only a folder is written; none until the field has begun.
    name: Option<String>,
}

impl PathField {
    /// Begins, once, with this file in the user's documents, or at home, or here.
    pub fn begin(&mut self, name: &str) {
        if self.name.is_some() {
            return;
        }
        let folder = directories::UserDirs::new().map(|dirs| {
            let documents = dirs.document_dir().filter(|folder| folder.is_dir());
            documents.unwrap_or(dirs.home_dir()).to_owned()
        });
        self.path = folder.unwrap_or_default().join(name).display().to_string();
        self.name = Some(name.to_owned());
    }

    /// What is written, as a path; none where nothing is. A folder stands for the file in it that the field began with.
    pub fn written(&self) -> Option<PathBuf> {
        let path = super::chooser::expand(&self.path);
        if path.as_os_str().is_empty() {
            return None;
        }
        let is_folder = self.path.trim_end().ends_with(std::path::is_separator);
        Some(match &self.name {
            Some(name) if is_folder => path.join(name),
            _ => path,
        })
    }

    /// Whether folders are offered now.
    pub fn has_offers(&self) -> bool {
        self.offered > 0
    }

    /// The folder that is being written in, and the beginning of a name in it.
    fn parts(&self) -> (PathBuf, String) {
        let path = super::chooser::expand(&self.path);
        let text = path.display().to_string();
        match text.rfind(std::path::MAIN_SEPARATOR) {
            Some(at) => (PathBuf::from(&text[..=at]), text[at + 1..].to_owned()),
            None => (PathBuf::from("."), text),
        }
    }

    /// The folders that go on from what is written.
    fn offers(&mut self, waker: &Waker) -> Vec<String> {
        if let Some(task) = &self.reading {
            match task.poll() {
                Outcome::Working => {}
                Outcome::Done(read) => {
                    self.known = read;
                    self.reading = None;
                }
                Outcome::Lost => self.reading = None,
            }
        }
        let (folder, begun) = self.parts();
        if self.known.0 != folder {
            if self.reading.is_none() {
                // A folder on a slow network must not stop the window.
                self.reading = Some(Task::spawn("shoespace folders", waker, move || {
                    (folder.clone(), folders(&folder))
                }));
            }
            return Vec::new();
        }
        let begun = begun.to_lowercase();
        let fits = |name: &&String| {
            name.to_lowercase().starts_with(&begun) && (!name.starts_with('.') || !begun.is_empty())
        };
        let offers = self.known.1.iter().filter(fits).take(OFFERED);
        offers.cloned().collect()
    }

    /// Goes on into a folder.
    fn go_into(&mut self, name: &str) {
        let (folder, _) = self.parts();
        let path = folder.join(name).display().to_string();
        self.path = format!("{path}{}", std::path::MAIN_SEPARATOR);
        self.at = 0;
    }
}

/// The names of the folders in a folder, in order.
fn folders(folder: &Path) -> Vec<String> {
    let Ok(read) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut names: Vec<String> = (read.flatten())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort_by_key(|name| name.to_lowercase());
    names
}

/// The field, called `label`; whether Enter was pressed in it. Folders that go on from what is written are offered below:
/// arrows choose one, Enter takes it.
pub fn path_field(
    ui: &mut Ui,
    field: &mut PathField,
    label: &str,
    width: f32,
    waker: &Waker,
) -> bool {
    let shown = ui.add(widgets::text_field(&mut field.path, label, width));
    shown.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::TextEdit, true, label));
    if shown.changed() {
        field.at = 0;
    }
    let entered = shown.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter));
    // A click on an offer takes the keys from the field before it is seen as a click.
    let clicks = ui.input(|i| i.pointer.any_down() || i.pointer.any_released());
    let is_asked = shown.has_focus() || shown.lost_focus() || (field.offered > 0 && clicks);
    if !is_asked {
        field.offered = 0;
        return false;
    }
    let offers = field.offers(waker);
    field.offered = offers.len();
    if field.reading.is_some() {
        ui.ctx()
            .request_repaint_after(std::time::Duration::from_millis(50));
    }
    if entered {
        let Some(name) = (field.at.checked_sub(1)).and_then(|at| offers.get(at)) else {
            return true;
        };
        field.go_into(name);
        go_on(ui, field, &shown);
        return false;
    }
    let pressed = |key| ui.input_mut(|i| i.consume_key(Modifiers::NONE, key));
    field.at = (field.at + usize::from(pressed(Key::ArrowDown)))
        .saturating_sub(usize::from(pressed(Key::ArrowUp)))
        .min(offers.len());
    let mut taken = None;
    egui::Popup::from_response(&shown)
        .open(!offers.is_empty())
        .close_behavior(egui::PopupCloseBehavior::IgnoreClicks)
        .show(|ui| {
            for (i, name) in offers.iter().enumerate() {
                let is_on = i + 1 == field.at;
                if ui.selectable_label(is_on, format!("📁  {name}")).clicked() {
                    taken = Some(name.clone());
                }
            }
            theme::caption(ui, "Arrows and Enter, or a click, go into a folder");
        });
    if let Some(name) = taken {
        field.go_into(&name);
        go_on(ui, field, &shown);
    }
    false
}

/// The field has the keys, and what is typed comes at its end.
fn go_on(ui: &Ui, field: &PathField, shown: &egui::Response) {
    shown.request_focus();
    let mut state = TextEditState::load(ui.ctx(), shown.id).unwrap_or_default();
    let end = CCursor::new(field.path.chars().count());
    state.cursor.set_char_range(Some(CCursorRange::one(end)));
    state.store(ui.ctx(), shown.id);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    #[test]
    fn folders_that_go_on_from_what_is_written_are_offered() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["Lists", "letters", "other", ".hidden"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        std::fs::write(folder.path().join("list.csv"), "").unwrap();
        let mut field = PathField {
            path: folder.path().join("l").display().to_string(),
            ..PathField::default()
        };
        let began = Instant::now();
        let offers = loop {
            let offers = field.offers(&Waker::default());
            if !offers.is_empty() {
                break offers;
            }
            assert!(began.elapsed() < Duration::from_secs(20));
            std::thread::sleep(Duration::from_millis(2));
        };
        assert_eq!(offers, ["letters", "Lists"]);
        field.go_into("Lists");
        let inside = folder.path().join("Lists");
        assert_eq!(field.written(), Some(inside.join("")));
        assert_eq!(field.parts(), (inside.join(""), String::new()));
        assert_eq!(PathField::default().written(), None);
        field.begin("a.csv");
        assert!(field.path.ends_with("a.csv"));
        field.path.clear();
        field.begin("a.csv");
        assert_eq!((field.path.as_str(), field.written()), ("", None));
        field.go_into("Lists");
        assert!(field.written().unwrap().ends_with("Lists/a.csv"));
    }

    #[test]
    fn a_click_goes_into_a_folder() {
        use egui_kittest::Harness;
        use egui_kittest::kittest::Queryable as _;
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("lists")).unwrap();
        let field = PathField {
            path: folder.path().join("li").display().to_string(),
            ..PathField::default()
        };
        let waker = Waker::default();
        let show = move |ui: &mut Ui, field: &mut PathField| {
            path_field(ui, field, "File", 300.0, &waker);
        };
        let mut harness = Harness::builder()
            .with_size(egui::vec2(400.0, 300.0))
            .build_ui_state(show, field);
        harness.get_by_label("File").focus();
        let began = Instant::now();
        while harness.query_by_label_contains("lists").is_none() {
            assert!(began.elapsed() < Duration::from_secs(20));
            harness.run_steps(2);
        }
        // At first it is only measured.
        harness.run_steps(4);
        harness.get_by_label_contains("lists").click();
        harness.run_steps(4);
        let inside = folder.path().join("lists").join("").display().to_string();
        assert_eq!(harness.state().path, inside);
        harness.get_by_label("File").type_text("a.csv");
        harness.run_steps(2);
        assert_eq!(harness.state().path, format!("{inside}a.csv"));
    }
}
