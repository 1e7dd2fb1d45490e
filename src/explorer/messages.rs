//! Requests come in, facts go out. A request is written by whoever wants something (a panel, a key, the
//! latent cursor) and read by the one system that does it; a fact is written by that system.

use crate::workspace::Item;
use bevy::prelude::*;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Look at this: it becomes the selection, and its recommendations are asked for. `None` lets go.
#[derive(Message, Debug, Clone)]
pub struct SelectRequest(pub Option<Item>);

impl SelectRequest {
    /// Look at a shoe of the catalogue.
    pub fn row(row: usize) -> Self {
        Self(Some(Item::Row(row)))
    }
}

/// Move the camera there, with easing.
#[derive(Message, Debug, Clone)]
pub enum FlyToRequest {
    /// Near a shoe of the catalogue.
    Shoe(usize),
    /// So that this point is the focus, at the present distance.
    Point(Vec3),
    /// So that all these points are seen.
    Around(Vec<Vec3>),
    /// To a remembered view.
    View(View),
    /// To a view at once, without a flight.
    Jump(View),
}

/// Where the camera is: a bookmark.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
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

/// What keys and buttons without an argument do.
#[derive(Message, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Select any shoe that is shown.
    Random,
    /// What was looked at before.
    Back,
    /// What going back left behind.
    Forward,
    /// See the whole cloud.
    Home,
    /// Bring the selection to the middle.
    Focus,
    /// The grid view on or off.
    Grid,
    /// The list of keys on or off.
    Help,
    /// The panels on or off.
    Panels,
    /// Like the selection, or take the like back.
    Like,
    /// Dislike the selection, or take it back.
    Dislike,
    /// Mark nothing.
    ClearMarks,
    /// Forget likes and dislikes.
    ClearRatings,
    /// Let go, one thing at a time: help, grid, marks, selection.
    Escape,
    /// Save a picture of the window.
    Picture,
    /// Choose something to open.
    Open,
    /// Put the text cursor into the search field.
    Search,
}

/// Likes and dislikes, one at a time.
#[derive(Message, Debug, Clone)]
pub struct RateRequest {
    /// What is judged.
    pub item: Item,
    /// `Some(true)` more like it, `Some(false)` less, `None` takes it back.
    pub like: Option<bool>,
}

/// Mark a shoe (`on`), or take the mark off.
#[derive(Message, Debug, Clone, Copy)]
pub struct MarkRequest {
    /// A row of the catalogue.
    pub row: usize,
    /// Marked or not afterwards.
    pub on: bool,
}

/// Something was dropped on the window or chosen: catalogues are opened, photos are placed among the shoes, designs go
/// to the latent cursor, and everything else is imported.
#[derive(Message, Debug, Clone)]
pub struct OpenSourceRequest(pub Vec<PathBuf>);

/// Open this catalogue: a Parquet file or a folder of shards.
#[derive(Message, Debug, Clone)]
pub struct OpenCatalogueRequest(pub PathBuf);

/// Make a catalogue of these folders, zips or IDX files, then open it. Read by `import`.
#[derive(Message, Debug, Clone)]
pub struct ImportRequest(pub Vec<PathBuf>);

/// Use this photo as a question: embed it, place it, select it.
#[derive(Message, Debug, Clone)]
pub struct PhotoRequest(pub PathBuf);

/// Open this saved design. Read by the latent cursor.
#[derive(Message, Debug, Clone)]
pub struct OpenDesignRequest(pub PathBuf);

/// Put this beside the catalogue's shoes in the scene, or take it away.
#[derive(Message, Debug, Clone)]
pub struct PlaceRequest {
    /// The photo or design.
    pub item: Item,
    /// There or not afterwards.
    pub present: bool,
}

/// Ask the recommender again, as when its options changed.
#[derive(Message, Debug, Clone, Copy)]
pub struct RecommendRequest;

/// Fact: a catalogue was opened (its generation is in [`super::state::OpenCatalogue`]).
#[derive(Message, Debug, Clone)]
pub struct CatalogueOpened {
    /// Where it lies.
    pub path: PathBuf,
}

/// Fact: the selection is now this.
#[derive(Message, Debug, Clone)]
pub struct Selected(pub Option<Item>);

/// Fact: a shoe was double-clicked; the camera flies there by itself.
#[derive(Message, Debug, Clone, Copy)]
pub struct ShoeDoubleClicked(pub usize);

/// Fact: empty space was double-clicked, here at the depth of the camera's focus.
#[derive(Message, Debug, Clone, Copy)]
pub struct SpaceDoubleClicked(pub Vec3);

pub(super) fn plugin(app: &mut App) {
    app.add_message::<SelectRequest>()
        .add_message::<FlyToRequest>()
        .add_message::<Action>()
        .add_message::<RateRequest>()
        .add_message::<MarkRequest>()
        .add_message::<OpenSourceRequest>()
        .add_message::<OpenCatalogueRequest>()
        .add_message::<ImportRequest>()
        .add_message::<PhotoRequest>()
        .add_message::<OpenDesignRequest>()
        .add_message::<PlaceRequest>()
        .add_message::<RecommendRequest>()
        .add_message::<CatalogueOpened>()
        .add_message::<Selected>()
        .add_message::<ShoeDoubleClicked>()
        .add_message::<SpaceDoubleClicked>();
}
