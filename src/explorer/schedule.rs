//! When the systems of a frame run. A module names a set, never another module's system.

use bevy::prelude::*;

/// When things happen in a frame; chained in `Update`. egui runs after all of it, in `PostUpdate`, so a
/// message from a panel is read in the next frame.
#[derive(SystemSet, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ExplorerSet {
    /// Results of threads come in, keys become messages.
    Arrive,
    /// The latent cursor looks whether the pointer is on its handle, and claims it.
    Claim,
    /// What the pointer is over, clicks.
    Pick,
    /// Requests change the state.
    Apply,
    /// The camera moves.
    Camera,
    /// The scene follows the state: cloud, lines, markers, the cursor's handle.
    Show,
}

/// What happens when the program ends, in `Last`.
#[derive(SystemSet, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Leaving {
    /// What a person made is saved.
    Save,
    /// Work that is under way is brought to where it can be gone on with.
    Wait,
}
