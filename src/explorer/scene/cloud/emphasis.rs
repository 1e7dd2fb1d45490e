//! Which shoes stand out and how; all others may step back.

use crate::explorer::state::{Guests, Hover, Recommendations, Selection, Shown, Subject};
use std::collections::HashMap;

/// How a billboard stands out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Emphasis {
    /// RGBA light around it; A is the strength.
    pub glow: [u8; 4],
    /// At least so many logical pixels on the screen.
    pub least: f32,
    /// Times its size in the scene.
    pub scale: f32,
    /// Painted after those with a lower number.
    pub order: u8,
}

/// Selected: amber.
pub const SELECTED: [u8; 4] = [255, 138, 0, 255];
/// Liked: bluish green, which colour-blind eyes tell from the red of dislikes.
pub const LIKED: [u8; 4] = [0, 158, 115, 255];
/// Disliked: vermilion.
pub const DISLIKED: [u8; 4] = [213, 56, 20, 255];
/// Marked, for export.
pub const MARKED: [u8; 4] = [0, 114, 220, 255];
/// A photo or a design among the catalogue's shoes.
pub const GUEST: [u8; 4] = [170, 80, 200, 255];
/// Found by the search.
pub const FOUND: [u8; 4] = [240, 200, 40, 230];

/// So many search hits get a light of their own; more of them only do not step back.
const FOUND_LIGHTS: usize = 1500;

/// Everything that stands out, by key: rows, then guests counted from `rows` on.
pub fn emphases(
    rows: usize,
    selection: &Selection,
    recommendations: &Recommendations,
    shown: &Shown,
    guests: &Guests,
    hover: &Hover,
) -> HashMap<usize, Emphasis> {
    let mut out = HashMap::new();
    let key = |subject: &Subject| match subject {
        Subject::Shoe(row) => Some(*row),
        Subject::Guest(guest) => guests
            .0
            .iter()
            .position(|g| std::sync::Arc::ptr_eq(g, guest))
            .map(|at| rows + at),
    };
    let emphasis = |glow, least, scale, order| Emphasis {
        glow,
        least,
        scale,
        order,
    };
    if let Some(hits) = &shown.hits {
        for &row in hits.iter().take(FOUND_LIGHTS) {
            out.insert(row, emphasis(FOUND, 16.0, 1.1, 1));
        }
    }
    for recommendation in &recommendations.list {
        out.insert(recommendation.row, emphasis([0; 4], 30.0, 1.35, 2));
    }
    for at in 0..guests.0.len() {
        out.insert(rows + at, emphasis(GUEST, 48.0, 1.5, 3));
    }
    for &row in &selection.marked {
        out.insert(row, emphasis(MARKED, 40.0, 1.3, 3));
    }
    for (list, glow) in [(&selection.likes, LIKED), (&selection.dislikes, DISLIKED)] {
        for key in list.iter().filter_map(key) {
            out.insert(key, emphasis(glow, 44.0, 1.5, 3));
        }
    }
    if let Some(key) = selection.current.as_ref().and_then(key) {
        let glow = out.get(&key).map_or([0; 4], |e: &Emphasis| e.glow);
        let glow = if glow == LIKED || glow == DISLIKED {
            glow
        } else {
            SELECTED
        };
        out.insert(key, emphasis(glow, 68.0, 1.9, 4));
    }
    if let Some(key) = hover.row.or(hover.guest.map(|at| rows + at)) {
        let before = out.get(&key).copied();
        out.insert(
            key,
            emphasis(
                before.map_or([0; 4], |e| e.glow),
                before.map_or(64.0, |e| e.least * 1.15),
                before.map_or(1.6, |e| e.scale * 1.15),
                5,
            ),
        );
    }
    out
}

/// Whether everything without emphasis steps back.
pub fn steps_back(recommendations: &Recommendations, shown: &Shown) -> bool {
    !recommendations.list.is_empty() || shown.hits.is_some()
}
