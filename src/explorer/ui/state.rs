//! What the panels remember from frame to frame.

use super::catalogue::CataloguePanel;
use super::catalogue::axes::Axes;
use super::chooser::Chooser;
use super::command_palette::CommandPalette;
use super::shoe::ShoePanel;
use super::thumbnails::Thumbs;
use crate::catalog::Catalog;
use crate::explorer::command::{Command, View};
use crate::explorer::worker::{Latest, Task};
use crate::job::Job;
use crate::recommend::RecommendError;
use crate::workspace::SessionError;
use crate::workspace::filter::{Found, Wishes};
use crate::workspace::session_file::{Restored, SessionFile, Snapshot};
use crate::workspace::tuning::Tuning;
use crate::workspace::{Generation, Trust};
use bevy::prelude::Resource;
use std::sync::Arc;
use std::time::Instant;

/// What is asked of the finder: wishes, and how far neighbourhoods are to be trusted, if that is known.
pub(super) type Asked = (Wishes, Option<Trust>);

/// What the panels work out once when a catalogue opens.
pub(super) struct Prepared {
    pub(super) axes: Axes,
    pub(super) session: (SessionFile, Vec<Restored>, Option<SessionError>),
}

/// Which windows of the panels' own are open.
#[derive(Default)]
pub(super) struct Windows {
    /// To open or import something.
    pub(super) open: bool,
    pub(super) settings: bool,
    /// The design, large.
    pub(super) design: bool,
    /// Anything by its name.
    pub(super) palette: bool,
    /// What came of photos that were made a catalogue.
    pub(super) report: bool,
}

impl Windows {
    pub(super) fn any(&self) -> bool {
        self.open || self.settings || self.design || self.palette || self.report
    }

    /// Whether a window was open, and the innermost one is closed now.
    pub(super) fn close_innermost(&mut self) -> bool {
        let all = [
            &mut self.palette,
            &mut self.design,
            &mut self.report,
            &mut self.open,
            &mut self.settings,
        ];
        match all.into_iter().find(|is_open| **is_open) {
            Some(is_open) => {
                *is_open = false;
                true
            }
            None => false,
        }
    }
}

/// Search, filters and colours as they are worked out beside the frame.
#[derive(Default)]
pub(super) struct Finding {
    pub(super) finder: Option<Latest<Asked, Found>>,
    /// The system gave no thread for it.
    pub(super) is_off: bool,
    /// The wishes that were asked for last.
    pub(super) asked: Option<Wishes>,
    /// The newest answer.
    pub(super) found: Option<Found>,
}

/// What was kept of the catalogue last, and what is to be kept next.
#[derive(Default)]
pub(super) struct Kept {
    /// Unknown until what was kept before is read: that must not be written over.
    pub(super) session: Option<SessionFile>,
    /// What is to be saved.
    pub(super) latest: Option<Snapshot>,
    /// Since when there has been something to save.
    pub(super) changed: Option<Instant>,
    /// The settings that lie on the disk.
    pub(super) settings: Option<crate::explorer::settings::ExplorerSettings>,
}

/// How far the neighbourhoods are to be trusted, while it is being measured.
pub(super) type MeasuringTrust = (Job, Task<Result<Trust, RecommendError>>);

/// The panels' own state. Nobody else needs it.
#[derive(Resource, Default)]
pub struct PanelState {
    /// What the user asks of the cloud.
    pub wishes: Wishes,
    /// How likeness is measured.
    pub tuning: Tuning,
    /// Remembered views of this catalogue.
    pub views: Vec<(String, View)>,
    /// Pictures.
    pub thumbs: Thumbs,
    /// What this frame asks for, until it is sent.
    pub commands: Vec<Command>,
    pub(super) catalogue: CataloguePanel,
    pub(super) shoe: ShoePanel,
    pub(super) chooser: Chooser,
    pub(super) windows: Windows,
    pub(super) focus_search: bool,
    pub(super) palette: CommandPalette,
    /// What is searched for among the keys.
    pub(super) help_words: String,
    /// Whether somebody walks through the controls by Tab.
    pub(super) walks: bool,
    /// The catalogue that all of this is about.
    pub(super) of: Option<Arc<Catalog>>,
    /// Which opening that is.
    pub(super) generation: Generation,
    pub(super) axes: Axes,
    /// The region whose name was clicked last.
    pub(super) region: Option<String>,
    pub(super) preparing: Option<Task<Prepared>>,
    pub(super) finding: Finding,
    pub(super) measuring_trust: Option<MeasuringTrust>,
    /// Whether the catalogue that the program was started with is there, or was refused.
    pub(super) launched: bool,
    /// The system's dialog, while it is open.
    pub(super) dialog: Option<Task<Vec<Command>>>,
    pub(super) kept: Kept,
    pub(super) theme: Option<(super::theme::Theme, f32)>,
}

impl PanelState {
    /// Shows the window to open something, or takes it away. It begins where one was last, or else beside the
    /// catalogue that is open.
    pub(super) fn show_open(&mut self, on: bool) {
        if on && !self.windows.open {
            self.chooser.begin(self.of.as_ref().map(|c| c.path()));
        }
        self.windows.open = on;
    }
}
