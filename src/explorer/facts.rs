//! What has happened, told by the system that did it. What is asked for is a [`Command`].

use crate::explorer::command::Command;
use crate::workspace::Item;
use bevy::prelude::*;
use std::path::PathBuf;

/// A catalogue was opened (its generation is in [`super::state::OpenCatalogue`]).
#[derive(Message, Debug, Clone)]
pub struct CatalogueOpened {
    /// Where it lies.
    pub path: PathBuf,
}

/// The selection is now this.
#[derive(Message, Debug, Clone)]
pub struct Selected(pub Option<Item>);

pub(super) fn plugin(app: &mut App) {
    app.add_message::<Command>()
        .add_message::<CatalogueOpened>()
        .add_message::<Selected>();
}
