//! The explorer: a window (or an off-screen picture) on shoe space, in Bevy.
//!
//! | module | owns |
//! | --- | --- |
//! | [`state`], [`messages`], [`settings`] | what everybody shares: resources, requests and facts, what is remembered |
//! | [`worker`] | threads off the frame |
//! | [`platform`], `icon`, `start` | the window, or the canvas off screen; whether there is a driver; how it begins |
//! | [`look`] | the scene's colours |
//! | [`cloud`] | the billboards |
//! | [`painter`] | the render pass that draws billboards and lines |
//! | [`strokes`], `furniture` | lines; floor, axes, names |
//! | [`camera`], `picking` | seeing and pointing |
//! | [`filter`] | which shoes are shown, and in which colours |
//! | `opening`, `selection`, `recommending`, `keys` | requests carried out |
//! | [`sources`], `import` | what is dropped on the window, and how it becomes a catalogue |
//! | [`session`], [`kept`], [`export`] | what the user made of a catalogue: kept, and as a list |
//! | `quiet`, `timing` | a frame only when something changed; how long it took |
//! | `keyboard` | whose the keys are |
//! | [`capture`] | pictures of the screen |
//! | `panels` | everything drawn by egui |
//! | `latent` | the cursor that designs shoes |
//!
//! A module says *when* its systems run by [`ExplorerSet`], never by another module's system name.

pub mod camera;
pub mod capture;
pub mod cloud;
pub mod export;
pub mod filter;
mod furniture;
mod icon;
mod import;
pub mod kept;
mod keyboard;
mod keys;
pub mod latent;
pub mod look;
pub mod messages;
pub mod opening;
pub mod painter;
pub mod panels;
mod picking;
pub mod platform;
mod quiet;
mod recommending;
mod selection;
pub mod session;
pub mod settings;
pub mod sources;
mod start;
pub mod state;
pub mod strokes;
#[cfg(test)]
mod tests;
mod timing;
pub mod worker;

pub use platform::has_display;
pub use start::{Start, open_window, take_pictures, tour};

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

/// Everything that the explorer consists of, save the platform (window or off-screen).
pub fn plugin(app: &mut App) {
    app.configure_sets(
        Update,
        (
            ExplorerSet::Arrive,
            ExplorerSet::Claim,
            ExplorerSet::Pick,
            ExplorerSet::Apply,
            ExplorerSet::Camera,
            ExplorerSet::Show,
        )
            .chain(),
    )
    .init_resource::<state::OpenCatalogue>()
    .init_resource::<state::Selection>()
    .init_resource::<state::Guests>()
    .init_resource::<state::Shown>()
    .init_resource::<state::RecommendOptions>()
    .init_resource::<state::Recommendations>()
    .init_resource::<state::Hover>()
    .init_resource::<state::Screen>()
    .init_resource::<state::Covered>()
    .init_resource::<state::PointerClaim>()
    .init_resource::<state::Notices>()
    .init_resource::<state::Running>()
    .init_resource::<state::FrameTimes>()
    .init_resource::<state::WakeUp>()
    .add_plugins((
        messages::plugin,
        look::plugin,
        opening::plugin,
        keys::plugin,
        picking::plugin,
        selection::plugin,
        recommending::plugin,
        camera::plugin,
        cloud::plugin,
        strokes::plugin,
        furniture::plugin,
        sources::plugin,
        capture::plugin,
        timing::plugin,
        quiet::plugin,
    ))
    .add_plugins((
        painter::plugin,
        keyboard::plugin,
        panels::plugin,
        import::plugin,
        latent::plugin,
    ));
}
