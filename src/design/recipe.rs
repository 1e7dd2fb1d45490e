//! Everything that a person sets to get a design: where, how the rest is filled in, sliders, noise. A
//! recipe is plain data, cheap to clone; one undo step is one recipe.

use super::direction::Direction;
use super::item::Item;
use super::{Design, DesignError, MOST_TRUNCATION};
use crate::space::cursor::Fill;
use std::sync::Arc;

/// A design that is held on to: where the cursor stands its code is exactly this one; moved away, the
/// change of place is added to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Held {
    /// Its code.
    pub code: Vec<f32>,
    /// Where the cursor stood.
    pub at: [f32; 3],
    /// What it is called, as the file's name.
    pub name: String,
}

/// Everything that a person sets to get a design.
#[derive(Debug, Clone, PartialEq)]
pub struct Recipe {
    /// The point in the scene.
    pub at: [f32; 3],
    /// Where the other coordinates come from.
    pub fill: Fill,
    /// Which of coincident shoes speaks for them.
    pub selected: Option<usize>,
    /// Displacements along the principal components after the third, in standard deviations of the catalogue.
    pub components: Vec<f32>,
    /// Displacements along named directions, in about standard deviations.
    pub directions: Vec<(Arc<Direction>, f32)>,
    /// Whose colour it has, where not its own.
    pub colour_of: Option<Item>,
    /// An opened design, or a step of a path, that the cursor goes on from.
    pub held: Option<Arc<Held>>,
    /// What varies at one place; empty for the most typical.
    pub noise: Vec<f32>,
    /// What the noise is multiplied by, 0 to [`MOST_TRUNCATION`].
    pub truncation: f32,
}

impl Default for Recipe {
    fn default() -> Self {
        Self {
            at: [0.0; 3],
            fill: Fill::default(),
            selected: None,
            components: Vec::new(),
            directions: Vec::new(),
            colour_of: None,
            held: None,
            noise: Vec::new(),
            truncation: 1.0,
        }
    }
}

impl Recipe {
    /// At a point, all else as it is by default.
    pub fn at(at: [f32; 3]) -> Self {
        Self {
            at,
            ..Self::default()
        }
    }

    /// Takes a design up: the cursor stands at `at`, the sliders are at rest, and the picture is the
    /// design's to the bit until something is moved.
    pub fn take_up(&mut self, design: &Design, at: [f32; 3], name: &str) {
        let held = Held {
            code: design.code.clone(),
            at,
            name: name.to_owned(),
        };
        *self = Self {
            at,
            fill: self.fill,
            held: Some(Arc::new(held)),
            noise: design.noise.clone(),
            truncation: design.truncation,
            ..Self::default()
        };
    }

    /// Whether the held design is to be made exactly as it was.
    pub fn is_at_rest_on_held(&self) -> bool {
        let still = |x: &f32| *x == 0.0;
        self.held.as_ref().is_some_and(|held| held.at == self.at)
            && self.components.iter().all(still)
            && self.directions.iter().all(|(_, by)| still(by))
            && self.colour_of.is_none()
    }

    /// That every number is one.
    ///
    /// # Errors
    /// [`DesignError::Number`] says which is not.
    pub fn check(&self) -> Result<(), DesignError> {
        fn finite(mut numbers: impl Iterator<Item = f32>) -> bool {
            numbers.all(f32::is_finite)
        }
        let wrong = if !finite(self.at.into_iter()) {
            "the point"
        } else if !finite(self.components.iter().copied()) {
            "a component's slider"
        } else if !finite(self.directions.iter().map(|d| d.1)) {
            "a direction's slider"
        } else if !finite(self.noise.iter().copied()) {
            "the noise"
        } else if !(0.0..=MOST_TRUNCATION).contains(&self.truncation) {
            "the truncation"
        } else {
            return Ok(());
        };
        Err(DesignError::Number(format!(
            "{wrong} is not finite or out of range: give a finite number; nothing was changed"
        )))
    }
}

/// What was done, to be undone and done again. Steps are whole states, so that nothing is forgotten.
#[derive(Debug, Clone)]
pub struct History<T> {
    past: Vec<T>,
    future: Vec<T>,
}

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
        if self.past.last() != Some(&before) {
            self.past.push(before);
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

    fn swap(from: &mut Vec<T>, to: &mut Vec<T>, now: T) -> Result<T, T> {
        match from.pop() {
            Some(then) => {
                to.push(now);
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

    #[test]
    fn nan_is_refused() {
        let nan = Recipe::at([0.0, f32::NAN, 0.0]);
        assert!(nan.check().unwrap_err().to_string().contains("the point"));
        let strong = Recipe {
            truncation: 1e9,
            ..Recipe::default()
        };
        assert!(strong.check().is_err());
        assert!(Recipe::default().check().is_ok());
    }
}
