//! Undo and redo, over whole states. Each knows when it was changed, so that of two histories the later change is undone
//! first.

use std::time::Instant;

/// What was done, to be undone and done again. Steps are whole states, so that nothing is forgotten.
#[derive(Debug, Clone)]
pub struct History<T> {
    past: Vec<Step<T>>,
    future: Vec<Step<T>>,
}

/// A state, and when it was changed.
type Step<T> = (Instant, T);

/// How many steps are remembered.
const DEPTH: usize = 500;

impl<T> Default for History<T> {
    fn default() -> Self {
        Self {
            past: Vec::new(),
            future: Vec::new(),
        }
    }
}

impl<T: PartialEq> History<T> {
    /// Remembers the state `before` a change; what was undone can then not be done again.
    pub fn remember(&mut self, before: T) {
        if self.past.last().map(|(_, last)| last) != Some(&before) {
            self.past.push((Instant::now(), before));
            if self.past.len() > DEPTH {
                self.past.remove(0);
            }
        }
        self.future.clear();
    }

    /// Gives the state before the last change, in exchange for the present one.
    pub fn undo(&mut self, now: T) -> Result<T, T> {
        Self::swap(&mut self.past, &mut self.future, now)
    }

    /// Gives the state that was undone last, in exchange for the present one.
    pub fn redo(&mut self, now: T) -> Result<T, T> {
        Self::swap(&mut self.future, &mut self.past, now)
    }

    /// Whether there is something to undo, and something to redo.
    pub fn can(&self) -> (bool, bool) {
        (!self.past.is_empty(), !self.future.is_empty())
    }

    /// The state before the last change.
    pub fn peek(&self) -> Option<&T> {
        self.past.last().map(|(_, state)| state)
    }

    /// When the change was made that would be undone.
    pub fn last(&self) -> Option<Instant> {
        self.past.last().map(|(when, _)| *when)
    }

    /// When the change was made that would be done again.
    pub fn next(&self) -> Option<Instant> {
        self.future.last().map(|(when, _)| *when)
    }

    fn swap(from: &mut Vec<Step<T>>, to: &mut Vec<Step<T>>, now: T) -> Result<T, T> {
        match from.pop() {
            Some((when, then)) => {
                to.push((when, now));
                Ok(then)
            }
            None => Err(now),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn undo_and_redo_walk_the_same_way() {
        let mut history = History::default();
        let mut now = 0;
        for next in 1..=3 {
            history.remember(now);
            now = next;
        }
        for want in [2, 1, 0] {
            now = history.undo(now).unwrap();
            assert_eq!(now, want);
        }
        assert_eq!(history.undo(now), Err(0));
        now = history.redo(now).unwrap();
        assert_eq!((now, history.can()), (1, (true, true)));
        history.remember(now);
        assert_eq!(history.redo(9), Err(9));
    }
}
