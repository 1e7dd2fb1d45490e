//! What the user wants of the latent cursor: the part of its state that is undone and done again.

use crate::design::Design;
use crate::design::path::{Line, Spacing};
use crate::design::recipe::Recipe;
use crate::explorer::state::Guest;
use image::RgbImage;
use std::sync::Arc;

/// An end of a path, or a place between.
#[derive(Debug, Clone)]
pub enum End {
    /// A shoe of the catalogue.
    Shoe(usize),
    /// A photo.
    Photo(Arc<Guest>),
    /// A design.
    Design {
        /// What it is called.
        name: String,
        /// Its code and noise.
        design: Arc<Design>,
        /// Its picture.
        picture: Arc<RgbImage>,
    },
}

impl PartialEq for End {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Shoe(a), Self::Shoe(b)) => a == b,
            (Self::Photo(a), Self::Photo(b)) => Arc::ptr_eq(a, b),
            (Self::Design { design: a, .. }, Self::Design { design: b, .. }) => a == b,
            _ => false,
        }
    }
}

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
    pub ends: Vec<End>,
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
