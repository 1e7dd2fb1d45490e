//! What has happened, told by the system that did it. What is asked for is a [`Command`].

use crate::explorer::command::Command;
use crate::workspace::Item;
use bevy::prelude::*;

/// The selection is now this.
#[derive(Message, Debug, Clone)]
pub struct Selected(pub Option<Item>);

pub(super) fn plugin(app: &mut App) {
    app.add_message::<Command>().add_message::<Selected>();
}
