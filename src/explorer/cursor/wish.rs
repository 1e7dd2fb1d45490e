//! What the user wants of the latent cursor: the part of its state that is undone and done again.

use crate::design::path::{Line, Spacing};
use crate::design::recipe::Recipe;
use crate::workspace::Item;

/// Everything that the user sets.
#[derive(Debug, Clone, PartialEq)]
pub struct Wish {
    /// Whether the cursor stands anywhere.
    pub placed: bool,
    /// Where, and how the design is made.
    pub recipe: Recipe,
    /// Whether the noise stays when the cursor is put elsewhere.
    pub locked: bool,
    /// The path: start, places between, end.
    pub ends: Vec<Item>,
    /// Steps of the path, both ends included.
    pub steps: usize,
    /// How the path goes from one to the next.
    pub line: Line,
    /// What its steps are even in.
    pub spacing: Spacing,
}

impl Default for Wish {
    fn default() -> Self {
        Self {
            placed: false,
            recipe: Recipe::default(),
            locked: true,
            ends: Vec::new(),
            steps: 8,
            line: Line::default(),
            spacing: Spacing::default(),
        }
    }
}
