//! An opened catalogue and what belongs to it. No window, no terminal.

pub mod colouring;
pub mod facets;
pub mod filter;
pub mod search;
pub mod titles;

pub use crate::design::item::{Item, Landed, Photo, PicturedDesign};
