//! What is undone as one step.

use super::request::Request;
use crate::design::history::History;
use std::time::{Duration, Instant};

/// Changes of one kind within this time of each other are undone as one.
const TOGETHER: Duration = Duration::from_millis(900);

/// The kinds of change that can be undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// The cursor was put somewhere.
    Place,
    /// It was dragged or nudged.
    Move,
    Fill,
    /// A principal component's slider, by its place in the list.
    Component(usize),
    /// A named direction's slider, by its place in the list.
    Direction(usize),
    /// All sliders went back to rest.
    Rest,
    Colour,
    /// The colours by hand: all of them, or the one at a place.
    Palette(Option<usize>),
    /// The outline by hand, by the number of the stroke.
    Outline(u64),
    Noise,
    Truncation,
    Lock,
    /// The path has other ends or places between.
    Ends,
    PathOptions,
    /// The cursor was taken away.
    Remove,
    /// A step of the path was taken up.
    LeavePath,
    /// A saved design was taken up.
    TakeUp,
    /// Settling found a design that lands nearer.
    Settle,
    /// Whether designs settle.
    Settles,
}

impl Change {
    /// Whether changes in a row are one step: what is dragged or typed, not what is chosen.
    fn is_continuous(self) -> bool {
        matches!(
            self,
            Self::Move
                | Self::Component(_)
                | Self::Direction(_)
                | Self::Truncation
                | Self::PathOptions
                | Self::Palette(Some(_))
        )
    }

    /// Whether a change in a row with one of its kind is one step however long the hand rested.
    fn is_stroke(self) -> bool {
        matches!(self, Self::Outline(_))
    }
}

/// What was asked for before.
#[derive(Debug, Default)]
pub struct Undo {
    history: History<Request>,
    /// The last change, and when.
    last: Option<(Change, Instant)>,
}

impl Undo {
    /// Whether there is something to undo, and something to redo.
    pub fn can(&self) -> (bool, bool) {
        self.history.can()
    }

    /// When the last change was made that can be undone, and the first that can be done again.
    pub fn times(&self) -> [Option<Instant>; 2] {
        [self.history.last(), self.history.next()]
    }

    /// Remembers the request `before` a change, unless the change goes on from the last one.
    pub(super) fn remember(&mut self, change: Change, before: Request) {
        let goes_on = self.last.is_some_and(|(last, when)| {
            let soon = change.is_continuous() && when.elapsed() < TOGETHER;
            last == change && (soon || change.is_stroke())
        });
        self.last = Some((change, Instant::now()));
        if !goes_on {
            self.history.remember(before);
        }
    }

    /// The request before the last change, in exchange for the present one; none where nothing was changed.
    pub(super) fn undo(&mut self, now: Request) -> Option<Request> {
        self.last = None;
        self.history.undo(now).ok()
    }

    /// The request that was undone last, in exchange for the present one.
    pub(super) fn redo(&mut self, now: Request) -> Option<Request> {
        self.last = None;
        self.history.redo(now).ok()
    }
}
