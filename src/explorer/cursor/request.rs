//! What the user asks of the latent cursor: the part of its state that is undone and done again.

use crate::design::request::DesignRequest;
use crate::design::route::{Line, Spacing};
use crate::workspace::Item;

/// Everything that the user sets.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Whether the cursor stands anywhere.
    pub placed: bool,
    /// What the design began as: a shoe that the cursor was put on, a photo, a saved design.
    pub begun: Option<Item>,
    /// Where, and how the design is made.
    pub design: DesignRequest,
    /// Whether the noise stays when the cursor is put elsewhere.
    pub locked: bool,
    /// Whether a resting design is improved towards its place.
    pub settles: bool,
    /// The path: start, places between, end.
    pub ends: Vec<Item>,
    /// Steps of the path, both ends included.
    pub steps: usize,
    /// How the path goes from one to the next.
    pub line: Line,
    /// What its steps are even in.
    pub spacing: Spacing,
}

impl Default for Request {
    fn default() -> Self {
        Self {
            placed: false,
            begun: None,
            design: DesignRequest::default(),
            locked: true,
            settles: true,
            ends: Vec::new(),
            steps: 8,
            line: Line::default(),
            spacing: Spacing::default(),
        }
    }
}

impl Request {
    /// Puts an end of the path in place: 0 is the start; beyond the last it is added.
    pub(super) fn set_end(&mut self, index: usize, end: Item) {
        let last = self.ends.len();
        match index {
            0 if last > 0 => self.ends[0] = end,
            _ if last > 1 && index >= last - 1 => self.ends[last - 1] = end,
            i if i > 0 && i < last => self.ends[i] = end,
            _ => self.ends.push(end),
        }
    }

    /// Puts a place between start and end, before the end.
    pub(super) fn add_between(&mut self, end: Item) {
        let before_last = self.ends.len().saturating_sub(1);
        self.ends.insert(before_last, end);
    }

    /// Takes an end or a place between off the path.
    pub(super) fn drop_end(&mut self, index: usize) {
        if index < self.ends.len() {
            self.ends.remove(index);
        }
    }

    /// Whether both ask for the same path.
    pub(super) fn has_path_of(&self, other: &Self) -> bool {
        let path = |r: &Self| (r.steps, r.line, r.spacing, r.settles);
        self.ends == other.ends && path(self) == path(other)
    }
}
