//! Everything that can be asked of the explorer, by a panel, a key, the pointer or a finished thread: one message,
//! that each owner reads for what is its own. What has happened is told by the facts of [`super::facts`].

pub mod actions;
mod cursor;

pub use cursor::{CursorCommand, Export, Use};

use super::state::NoticeLevel;
use crate::design::palette::Palette;
use crate::job::Job;
use crate::workspace::Item;
use crate::workspace::colouring::ColourBy;
use crate::workspace::layouts::SceneLayout;
use crate::workspace::session::SavedView;
use bevy::prelude::*;
use std::path::PathBuf;
use std::sync::Arc;

/// One thing that is asked for.
#[derive(Message, Debug, Clone)]
pub enum Command {
    /// Look at this: it becomes the selection, and its recommendations are asked for. `None` lets go.
    Select(Option<Item>),
    /// Look at a shoe of the catalogue, and bring the camera to it.
    Visit(usize),
    /// Select any shoe that is shown.
    Random,
    /// What was looked at before.
    Back,
    /// What going back left behind.
    Forward,
    /// Like (`Some(true)`), dislike (`Some(false)`), or take either back.
    Rate(Item, Option<bool>),
    /// Like the selection, or take the like back.
    Like,
    /// Dislike the selection, or take it back.
    Dislike,
    /// Forget likes and dislikes.
    ClearRatings,
    /// Mark a row of the catalogue for export, or take the mark off.
    Mark(usize, bool),
    /// These rows are the group that is worked with; none lets go of it.
    Pick(Arc<Vec<u32>>),
    /// Like or dislike all of these rows.
    RateAll(Arc<Vec<u32>>, bool),
    /// Show these rows and no others.
    ShowOnly(Arc<Vec<u32>>),
    /// Mark all of these rows.
    MarkAll(Arc<Vec<u32>>),
    /// Mark nothing.
    ClearMarks,
    /// The later of two is undone: the last change of the design, or of what is looked at, judged and marked.
    UndoAny,
    /// The earlier of two that were undone is done again.
    RedoAny,
    /// What is looked at, judged and marked as it was before the last change.
    Undo,
    /// The change that was undone last, again.
    Redo,
    /// What is judged and marked was put back from an earlier session: nothing before can be undone.
    BeginHere,
    /// Put a photo or a design beside the catalogue's shoes in the scene, or take it away.
    Place(Item, bool),
    /// Ask the recommender again, as when its options changed.
    Recommend,

    /// Lay the shoes out so.
    LayOut(SceneLayout),
    /// Tint the shoes by this.
    ColourBy(ColourBy),
    /// Show only the shoes that have this word in this column.
    Only(String, String),
    /// Show a tab of the panel below or of the one at the right, by its name.
    ShowTab(&'static str),
    /// Move the camera.
    Fly(Flight),
    /// See the whole cloud.
    Home,
    /// See all shoes that pass the filter.
    FrameShown,
    /// Bring the selection to the middle.
    Focus,
    /// Remember the present view under this name.
    KeepView(String),

    /// Open whatever this is: a catalogue is opened, a photo asked with, a design goes to the latent cursor, and
    /// everything else becomes a catalogue.
    Open(Vec<PathBuf>),
    /// Open this catalogue: a Parquet file or a folder of shards.
    OpenCatalogue(PathBuf),
    /// Make a catalogue of these folders, zips or IDX files, then open it.
    Import(Vec<PathBuf>),
    /// Something for the generator of the open catalogue.
    Adapt(Adapt),
    /// Something for the shoes that are missing from the open catalogue.
    Ghosts(Ghostly),
    /// Imagine shoes that do not exist, in colour, or open those that were imagined before.
    Imagine,
    /// Use this photo as a question: embed it, place it, select it.
    AskWithPhoto(PathBuf),
    /// Ask the system's own dialog for something to open, or where to write.
    Choose(Choose),
    /// Open the original of a shoe: an address or a file.
    OpenOriginal(String),
    /// Write the marked shoes here, as CSV.
    ExportMarks(PathBuf),
    /// Save a picture of the window.
    TakePicture,
    /// Put the colour of a pixel of the window in a place of a palette, and design with that.
    PickColour {
        /// The pixel, from the left upper corner.
        at: [u32; 2],
        /// The palette.
        palette: Palette,
        /// The place.
        place: usize,
    },

    /// The grid view on or off.
    ToggleGrid,
    /// The list of keys on or off.
    ToggleHelp,
    /// The panels on or off.
    TogglePanels,
    /// Show a window of the program's own, or take it away.
    Show(Popup, bool),
    /// Put the text cursor into the search field.
    FocusSearch,
    /// Let go, one thing at a time: window, help, grid, what was picked, selection. What is judged and marked stays.
    Escape,
    /// Stop this work.
    Cancel(Job),
    /// Tell the user something.
    Notify(NoticeLevel, String),
    /// Tell the user where something was written.
    Wrote(String, PathBuf),
    /// Show the folder that this lies in.
    Reveal(PathBuf),
    /// What was to be opened cannot be, and why.
    Refused(String),
    /// A table that goes along with the photos that are opened next.
    AddTable(PathBuf),
    /// Take a notice off the screen, by its words.
    Dismiss(String),
    /// Copy these words.
    Copy(String),

    /// Put the latent cursor on this.
    DesignFrom(Item),
    /// Something for the latent cursor.
    Cursor(CursorCommand),
}

impl Command {
    /// Look at a shoe of the catalogue.
    pub fn select_row(row: usize) -> Self {
        Self::Select(Some(Item::Row(row)))
    }
}

/// What is asked of the generator that serves a catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adapt {
    /// Find out how well it knows the shoes.
    Measure,
    /// Train it on the shoes of the catalogue, or go on with that.
    Train,
    /// Stop training for now; what was learned is kept.
    Pause,
    /// Design with the catalogue's own generator, or with the one that ships.
    UseOwn(bool),
    /// Take the catalogue's own generator away.
    Discard,
}

/// What is asked of the shoes that are missing from a catalogue.
#[derive(Debug, Clone)]
pub enum Ghostly {
    /// Imagine some, or others.
    Imagine,
    /// Save this one on the shelf; it stays in the scene.
    Keep(Item),
    /// Take this one away.
    Dismiss(Item),
    /// Take all of them away.
    DismissAll,
}

/// Where the camera goes, with easing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Flight {
    /// Near a shoe of the catalogue.
    Row(usize),
    /// So that this point is the focus, at the present distance.
    Point(Vec3),
    /// So that this point is the focus, and what is within this reach of it, in scene units, a third of the view.
    Around(Vec3, f32),
    /// To a remembered view.
    View(View),
    /// To a view at once, without a flight.
    Jump(View),
}

/// Where the camera is: a bookmark.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct View {
    /// The point that the camera looks at and orbits.
    pub focus: Vec3,
    /// Radians around the vertical axis.
    pub yaw: f32,
    /// Radians up (positive looks down from above).
    pub pitch: f32,
    /// From the focus to the camera.
    pub distance: f32,
}

impl From<SavedView> for View {
    fn from(saved: SavedView) -> Self {
        Self {
            focus: saved.focus.into(),
            yaw: saved.yaw,
            pitch: saved.pitch,
            distance: saved.distance,
        }
    }
}

impl From<View> for SavedView {
    fn from(view: View) -> Self {
        Self {
            focus: view.focus.to_array(),
            yaw: view.yaw,
            pitch: view.pitch,
            distance: view.distance,
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
    /// A photo to look for shoes like it.
    Photo,
    /// A table that says more about photos.
    Table,
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
    /// The design, large.
    Design,
    /// Anything by its name.
    Palette,
    /// What came of photos that were made a catalogue.
    Report,
}
