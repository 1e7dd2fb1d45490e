//! The panels around the scene: everything that egui draws.
//!
//! Each panel is a plain function of egui in a file of its own (`fn x_ui(ui, …)`); it reads a small view, changes only
//! what it is handed, and asks for everything else with [`Command`](super::command::Command)s.
//!
//! | file | owns |
//! | --- | --- |
//! | [`catalogue`] | the left panel; its sections are the files in its folder |
//! | [`shoe`] | the right panel; its tabs likewise |
//! | [`design`] | the panel below: the design and its tabs |
//! | [`grid`] | the 5×5 grid |
//! | [`status`], [`notices`], [`help`], `command_palette`, [`settings_window`], [`start`], [`chooser`], `import_report` | the rest of what is drawn |
//! | [`cursor_overlay`], `scene_labels`, `region_names`, `edge_pointer`, `lasso_outline`, `first_steps` | what is written over the scene |
//! | `layout`, [`dock`], `tabs` | which panel is drawn where |
//! | `scripts` | fonts for what is written in other scripts, and lines that run from right to left |
//! | `spoken` | what a screen reader says beyond what is written |
//! | [`theme`], [`widgets`], [`thumbnails`], [`design_textures`], `path_field`, `texture_order` | what all of them share |
//! | [`state`], `sync`, `apply`, `autosave` | what the panels remember; the open catalogue followed; commands carried out; the session put back and saved |

mod apply;
mod autosave;
pub mod catalogue;
pub mod chooser;
mod command_palette;
pub mod cursor_overlay;
pub mod design;
pub mod design_textures;
pub mod dock;
mod edge_pointer;
mod first_steps;
pub mod grid;
pub mod help;
mod import_report;
mod lasso_outline;
mod layout;
pub mod notices;
mod path_field;
mod region_names;
mod scene_labels;
mod scripts;
pub mod settings_window;
pub mod shoe;
mod spoken;
pub mod start;
pub mod state;
pub mod status;
mod sync;
mod tabs;
#[cfg(test)]
mod tests;
mod texture_order;
pub mod theme;
pub mod thumbnails;
pub mod widgets;

use super::schedule::{ExplorerSet, Leaving};
use bevy::prelude::*;
use bevy_egui::EguiPrimaryContextPass;

/// When egui draws what, within [`EguiPrimaryContextPass`]. Others that draw (the latent cursor) come in
/// their own set, so that the places of the panels are known and their windows lie on top.
#[derive(SystemSet, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PanelSet {
    /// The places of the panels are laid out.
    LayOut,
    /// The panels left and right, the grid, the status line.
    Panels,
    /// The latent cursor's panel below the scene.
    Below,
    /// Windows and notices on top of all.
    Top,
}

pub(super) fn plugin(app: &mut App) {
    app.add_plugins(texture_order::plugin)
        .init_resource::<state::PanelState>()
        .init_resource::<dock::Docks>()
        .init_resource::<design_textures::Textures>()
        .init_resource::<design::CursorPanel>()
        .init_resource::<scripts::Scripts>()
        .init_resource::<super::state::Lettering>()
        .configure_sets(
            EguiPrimaryContextPass,
            (
                PanelSet::LayOut,
                PanelSet::Panels,
                PanelSet::Below,
                PanelSet::Top,
            )
                .chain(),
        )
        .add_systems(
            Update,
            (sync::opened, sync::answers, apply::carry_out, tabs::show)
                .chain()
                .in_set(ExplorerSet::Arrive),
        )
        .add_systems(Update, first_steps::learn.in_set(ExplorerSet::Show))
        .add_systems(Last, autosave::keep_session.in_set(Leaving::Save))
        .add_systems(
            EguiPrimaryContextPass,
            (
                layout::lay_out.in_set(PanelSet::LayOut),
                layout::panels.in_set(PanelSet::Panels),
                (
                    cursor_overlay::draw,
                    design::draw,
                    first_steps::draw,
                    edge_pointer::draw,
                )
                    .chain()
                    .in_set(PanelSet::Below),
                (layout::top, apply::send).chain().in_set(PanelSet::Top),
                scripts::make_legible.after(PanelSet::Top),
                (
                    region_names::names,
                    scene_labels::axes,
                    scene_labels::names,
                    lasso_outline::draw,
                )
                    .chain()
                    .before(PanelSet::LayOut),
            ),
        );
}
