//! What a panel asks for. Panels are plain functions of egui: they change nothing but what they are
//! handed, and say the rest in acts, which one system turns into messages.

use crate::explorer::messages::{Action, View};
use crate::job::Job;
use crate::workspace::Item;
use std::path::PathBuf;

/// One thing that a panel asks for.
#[derive(Clone)]
pub enum Act {
    /// Look at this.
    Select(Item),
    /// Look at this, and bring the camera to it.
    Visit(usize),
    /// Move the camera to a remembered view.
    Recall(View),
    /// What a key would do.
    Do(Action),
    /// Like, dislike, or take it back.
    Rate(Item, Option<bool>),
    /// Mark a shoe for export, or take the mark off.
    Mark(usize, bool),
    /// Open whatever this is: a catalogue, photos, a folder, a zip, a design.
    Open(Vec<PathBuf>),
    /// Ask the system's own dialog for something to open.
    Choose(Choose),
    /// Open the original of a shoe: an address or a file.
    Original(String),
    /// Write the marked shoes here, as CSV.
    Export(PathBuf),
    /// Stop this work.
    Cancel(Job),
    /// Take a notice off the screen, by its words.
    Dismiss(String),
    /// Remember the present view under this name.
    Keep(String),
    /// Show this window of the program's own.
    Show(Popup, bool),
    /// Copy these words.
    Copy(String),
}

impl std::fmt::Debug for Act {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Select(item) => write!(f, "Select({:?})", item.row()),
            Self::Visit(row) => write!(f, "Visit({row})"),
            Self::Recall(view) => write!(f, "Recall({view:?})"),
            Self::Do(action) => write!(f, "Do({action:?})"),
            Self::Rate(item, like) => write!(f, "Rate({:?}, {like:?})", item.row()),
            Self::Mark(row, on) => write!(f, "Mark({row}, {on})"),
            Self::Open(paths) => write!(f, "Open({paths:?})"),
            Self::Choose(what) => write!(f, "Choose({what:?})"),
            Self::Original(place) => write!(f, "Original({place})"),
            Self::Export(path) => write!(f, "Export({})", path.display()),
            Self::Cancel(_) => write!(f, "Cancel"),
            Self::Dismiss(text) => write!(f, "Dismiss({text})"),
            Self::Keep(name) => write!(f, "Keep({name})"),
            Self::Show(popup, on) => write!(f, "Show({popup:?}, {on})"),
            Self::Copy(text) => write!(f, "Copy({text})"),
        }
    }
}

/// What the system's dialog is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choose {
    /// A folder of photos, or of shards.
    Folder,
    /// A catalogue, a zip, photos.
    Files,
    /// Where the marked shoes are written.
    Export,
}

/// The program's own windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Popup {
    /// Open a catalogue or photos.
    Open,
    /// Settings.
    Settings,
}
