//! Everything that a person sets to get a design: where, how the rest is filled in, sliders, noise. A
//! request is plain data, cheap to clone.

use super::direction::Direction;
use super::handles::Handles;
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

/// What settling found for a request: the design that lands nearest to its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Its code.
    pub code: Vec<f32>,
    /// Its noise, at truncation 1.
    pub noise: Vec<f32>,
}

/// Everything that a person sets to get a design.
#[derive(Debug, Clone, PartialEq)]
pub struct DesignRequest {
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
    /// What is asked for by hand: outline and palette, which goes before the colour of another.
    pub handles: Handles,
    /// An opened design, or a step of a path, that the cursor goes on from.
    pub held: Option<Arc<Held>>,
    /// What varies at one place; empty for the most typical.
    pub noise: Vec<f32>,
    /// What the noise is multiplied by, 0 to [`MOST_TRUNCATION`].
    pub truncation: f32,
    /// What settling found, which is then made as it is; whoever changes anything else takes it out.
    pub settled: Option<Arc<Found>>,
}

impl Default for DesignRequest {
    fn default() -> Self {
        Self {
            at: [0.0; 3],
            fill: Fill::default(),
            selected: None,
            components: Vec::new(),
            directions: Vec::new(),
            colour_of: None,
            handles: Handles::default(),
            held: None,
            noise: Vec::new(),
            truncation: 1.0,
            settled: None,
        }
    }
}

impl DesignRequest {
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

    /// Whether both ask for the same but for the noise.
    pub fn is_at_place_of(&self, other: &Self) -> bool {
        let place = |request: &Self| Self {
            noise: Vec::new(),
            truncation: 1.0,
            settled: None,
            ..request.clone()
        };
        place(self) == place(other)
    }

    /// Whether the held design is to be made exactly as it was.
    pub fn is_at_rest_on_held(&self) -> bool {
        let still = |x: &f32| *x == 0.0;
        self.held.as_ref().is_some_and(|held| held.at == self.at)
            && self.components.iter().all(still)
            && self.directions.iter().all(|(_, by)| still(by))
            && self.colour_of.is_none()
            && self.handles.is_empty()
    }

    /// Checks that all numbers are finite and within their range.
    ///
    /// # Errors
    /// [`DesignError::Setting`] says which is not.
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
        Err(DesignError::Setting { what: wrong })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nan_is_refused() {
        let nan = DesignRequest::at([0.0, f32::NAN, 0.0]);
        assert!(nan.check().unwrap_err().to_string().contains("the point"));
        let strong = DesignRequest {
            truncation: 1e9,
            ..DesignRequest::default()
        };
        assert!(strong.check().is_err());
        assert!(DesignRequest::default().check().is_ok());
    }
}
