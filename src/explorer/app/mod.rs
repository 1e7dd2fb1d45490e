//! The program around scene and panels: the window or the canvas off screen, how it starts, and the requests
//! that change what is open and what is selected.
//!
//! | file | owns |
//! | --- | --- |
//! | [`start`], [`platform`], `window_place`, `icon` | how it begins; the window and where it was last, or the canvas off screen; whether there is a driver |
//! | [`opening`], [`sources`], `import` | opening a catalogue; what is dropped on the window, and how it becomes one |
//! | `adapt` | the generator becomes the catalogue's own |
//! | `imagine`, `missing` | shoes that do not exist: a catalogue of them, and those that this one lacks |
//! | `layouts`, `regions` | where the shoes stand, and how they get there; what the parts of the cloud are called |
//! | `selection`, `recommending`, `shortcuts` | requests carried out; which key asks for what |
//! | [`fault_report`] | what happens where the program itself is at fault |
//! | `redraw`, `timing` | a frame only when something changed; how long it took |
//! | `offline` | the machine that the catalogue lies on does not answer |
//! | `memory` | the program is kept about as small as the settings say |

mod adapt;
mod compositing;
pub mod fault_report;
mod icon;
mod imagine;
mod import;
mod layouts;
mod memory;
mod missing;
mod offline;
pub mod opening;
pub mod platform;
mod recommending;
mod redraw;
mod regions;
mod selection;
mod shortcuts;
pub mod sources;
pub mod start;
#[cfg(test)]
mod tests;
mod timing;
mod window_place;

pub use platform::has_display;
pub use start::{Ended, Start, open_window, take_pictures, tour};

use super::schedule::ExplorerSet;
use super::{cursor, facts, keyboard, scene, state, ui};
use bevy::prelude::*;

/// Everything that the explorer consists of, save the platform (window or off-screen).
pub(super) fn plugin(app: &mut App) {
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
    .init_resource::<state::Placed>()
    .init_resource::<state::Shown>()
    .init_resource::<state::RecommendOptions>()
    .init_resource::<state::Recommendations>()
    .init_resource::<state::Lit>()
    .init_resource::<state::Hover>()
    .init_resource::<state::Screen>()
    .init_resource::<state::Covered>()
    .init_resource::<state::PointerClaim>()
    .init_resource::<state::Notices>()
    .init_resource::<state::Running>()
    .init_resource::<state::FrameTimes>()
    .init_resource::<state::WakeUp>()
    .add_plugins((
        facts::plugin,
        scene::plugin,
        opening::plugin,
        fault_report::plugin,
        shortcuts::plugin,
        selection::plugin,
        recommending::plugin,
        sources::plugin,
        layouts::plugin,
        regions::plugin,
        timing::plugin,
        redraw::plugin,
        offline::plugin,
        memory::plugin,
    ))
    .add_plugins((
        keyboard::plugin,
        ui::plugin,
        adapt::plugin,
        imagine::plugin,
        missing::plugin,
        import::plugin,
        cursor::plugin,
    ));
}
