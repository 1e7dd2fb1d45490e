//! Tabs by their names: what the window that does anything by its name shows.

use super::design::{self, CursorPanel};
use super::shoe;
use super::state::PanelState;
use crate::explorer::command::Command;
use crate::explorer::settings::ExplorerSettings;
use bevy::prelude::*;

/// The names of all tabs, those of the panel at the right first.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    let right = shoe::TABS.iter().map(|tab| tab.name);
    right.chain(design::TABS.iter().map(|tab| tab.name))
}

/// Shows the tab that is asked for, and unfolds its panel.
pub(super) fn show(
    mut commands: MessageReader<Command>,
    mut state: ResMut<PanelState>,
    mut below: ResMut<CursorPanel>,
    mut settings: ResMut<ExplorerSettings>,
) {
    for command in commands.read() {
        let Command::ShowTab(name) = command else {
            continue;
        };
        if shoe::TABS.iter().any(|tab| tab.name == *name) {
            state.shoe.tab = name;
            settings.right_folded = false;
        } else {
            (below.tab, below.folded) = (name, false);
        }
    }
}
