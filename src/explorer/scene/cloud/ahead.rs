//! What will be large on the screen in a moment: where a flight ends, or a movement leads.

use super::projection::Sight;
use super::survey;
use super::tree::Tree;

/// Seconds between two looks at where a movement leads.
const LOOK: f32 = 0.2;

/// The shoes that will be large.
#[derive(Default)]
pub(super) struct Ahead {
    /// From where they will be seen.
    from: Option<Sight>,
    rows: Vec<u32>,
    /// Seconds of the clock when they were looked for.
    looked: f32,
}

impl Ahead {
    /// Their rows, the largest first.
    pub fn rows(&self) -> impl Iterator<Item = usize> {
        self.rows.iter().map(|&row| row as usize)
    }

    /// Looks from `sight` at second `now`, not too often, for not more than `most` that are larger than `least` (see
    /// [`survey::large`]). Returns whether there is news.
    pub fn look(
        &mut self,
        sight: Option<Sight>,
        now: f32,
        tree: &Tree,
        side: f32,
        (least, most): (f32, usize),
        passes: impl Fn(usize) -> bool,
    ) -> bool {
        let is_early = now - self.looked < LOOK;
        if self.from == sight || (sight.is_some() && is_early) {
            return false;
        }
        self.from = sight;
        self.rows.clear();
        let Some(sight) = sight else {
            return false;
        };
        self.looked = now;
        self.rows = survey::large(tree, side, &sight, least, most, passes);
        true
    }
}
