//! Which shoes stand out and how; all others may step back.

use crate::explorer::scene::palette::ScenePalette;
use crate::explorer::state::{Ghosts, Hover, Placed, Selection};
use crate::workspace::Item;
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
    /// How opaque it is at most, 0 to 1.
    pub opacity: f32,
}

/// How strong the rim of light is around what answers: less than around what was chosen.
const RIM: u8 = 120;

/// How opaque a ghost is.
const GHOSTLY: f32 = 0.6;

/// So many marked shoes stand out, the first ones.
const MOST_MARKED: usize = 2_000;

/// Everything that stands out, by key: rows, then photos and designs counted from `rows` on. `lit` are the rows that
/// answer what was asked.
pub fn emphases(
    rows: usize,
    selection: &Selection,
    lit: &[usize],
    placed: &Placed,
    ghosts: &Ghosts,
    hover: &Hover,
    palette: &ScenePalette,
) -> HashMap<usize, Emphasis> {
    let mut out = HashMap::new();
    let key = |item: &Item| item.row().or_else(|| Some(rows + placed.index_of(item)?));
    let emphasis = |glow, least, scale, order| Emphasis {
        glow,
        least,
        scale,
        order,
        opacity: 1.0,
    };
    let light = |[r, g, b]: [u8; 3]| [r, g, b, 255];
    let [r, g, b] = palette.line;
    for &row in lit {
        out.insert(row, emphasis([r, g, b, RIM], 30.0, 1.35, 2));
    }
    for (at, item) in placed.0.iter().enumerate() {
        let plain = emphasis(light(palette.design), 48.0, 1.5, 3);
        let is_ghost = ghosts.list.iter().any(|ghost| ghost.item == *item);
        let ghostly = Emphasis {
            glow: [palette.design[0], palette.design[1], palette.design[2], RIM],
            opacity: GHOSTLY,
            ..plain
        };
        out.insert(rows + at, if is_ghost { ghostly } else { plain });
    }
    // More would stand before all others, and take a frame's time.
    for &row in selection.marked.iter().take(MOST_MARKED) {
        out.insert(row, emphasis(light(palette.marked), 40.0, 1.3, 3));
    }
    for (list, glow) in [
        (&selection.likes, palette.liked),
        (&selection.dislikes, palette.disliked),
    ] {
        for key in list.iter().filter_map(key) {
            out.insert(key, emphasis(light(glow), 44.0, 1.5, 3));
        }
    }
    if let Some(key) = selection.current.as_ref().and_then(key) {
        // What was judged keeps its ring.
        let judged = [light(palette.liked), light(palette.disliked)];
        let before = out.get(&key).map(|e: &Emphasis| e.glow);
        let glow = before
            .filter(|glow| judged.contains(glow))
            .unwrap_or(light(palette.selected));
        out.insert(key, emphasis(glow, 68.0, 1.9, 4));
    }
    if let Some(key) = hover.row.or(hover.placed.map(|at| rows + at)) {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn ring([r, g, b]: [u8; 3]) -> [u8; 4] {
        [r, g, b, 255]
    }

    fn lit(selection: &Selection, hover: Option<usize>) -> HashMap<usize, Emphasis> {
        let hover = Hover {
            row: hover,
            ..Hover::default()
        };
        let placed = Placed::default();
        let (ghosts, palette) = (Ghosts::default(), ScenePalette::DARK);
        emphases(9, selection, &[4], &placed, &ghosts, &hover, &palette)
    }

    #[test]
    fn what_was_judged_keeps_its_ring_when_it_is_selected() {
        let palette = ScenePalette::DARK;
        let selection = Selection {
            current: Some(Item::Row(2)),
            likes: vec![Item::Row(2)],
            dislikes: vec![Item::Row(3)],
            marked: [5].into(),
            ..Selection::default()
        };
        let out = lit(&selection, None);
        assert_eq!(out.len(), 4);
        assert_eq!((out[&4].glow[3], out[&4].order), (RIM, 2));
        assert_eq!(out[&2].glow, ring(palette.liked));
        assert_eq!(out[&3].glow, ring(palette.disliked));
        assert_eq!(out[&5].glow, ring(palette.marked));
        assert!(out[&2].least > out[&3].least, "the selected one is larger");
    }

    #[test]
    fn the_hovered_one_comes_to_the_front() {
        let selection = Selection {
            current: Some(Item::Row(2)),
            ..Selection::default()
        };
        let out = lit(&selection, Some(7));
        assert_eq!(out[&2].glow, ring(ScenePalette::DARK.selected));
        assert!(out[&7].order > out[&2].order);
        assert_eq!(out[&7].glow, [0; 4], "hovering alone draws no ring");
    }
}
