//! What requests do to the latent cursor. No window here: effects on the rest of the explorer are
//! handed back as [`Effect`]s.

use super::engine::{DICE, Errand, Order};
use super::path_export;
use super::requests::{LatentRequest, Use};
use super::state::{Latent, Status};
use super::wish::Wish;
use crate::design::recipe::Recipe;
use crate::workspace::Item;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Changes of one kind within this time of each other are undone as one.
const TOGETHER: Duration = Duration::from_millis(900);

/// What the rest of the explorer has to do.
#[derive(Debug, Clone)]
pub enum Effect {
    /// Tell the user that something was done.
    Info(String),
    /// Tell the user what went wrong.
    Error(String),
    /// Show this design among the shoes and look at it.
    Ask(Item),
    /// Show this design among the shoes and like it.
    Like(Item),
}

impl Latent {
    /// Does what is asked.
    pub fn apply(&mut self, request: LatentRequest, effects: &mut Vec<Effect>) {
        if !self.is_ready() && !matches!(request, LatentRequest::Shelf(_, Use::Discard)) {
            let words = match &self.status {
                Status::Missing(words) => words.clone(),
                Status::Loading => {
                    "The generator is still being loaded; try again in a moment".to_owned()
                }
                _ => "Open a catalogue first".to_owned(),
            };
            effects.push(Effect::Error(words));
            return;
        }
        match request {
            LatentRequest::Place { at, on } => {
                let noise = self.noise_for_a_new_place();
                self.set(1, false, effects, |wish| {
                    wish.placed = true;
                    wish.recipe.at = at;
                    wish.recipe.selected = on;
                    wish.recipe.held = None;
                    if let Some(noise) = noise {
                        wish.recipe.noise = noise;
                    }
                });
            }
            LatentRequest::Move(at) => {
                self.leave_path(effects);
                self.set(2, true, effects, |wish| {
                    wish.recipe.at = at;
                    wish.recipe.selected = None;
                });
            }
            LatentRequest::Fill(fill) => {
                self.set(3, false, effects, |wish| wish.recipe.fill = fill)
            }
            LatentRequest::Component(index, by) => {
                self.set(100 + index as u64, true, effects, |wish| {
                    let components = &mut wish.recipe.components;
                    if components.len() <= index {
                        components.resize(index + 1, 0.0);
                    }
                    components[index] = by;
                })
            }
            LatentRequest::Steer(index, by) => self.steer(index, by, effects),
            LatentRequest::Learn(column, value) => {
                self.learning = true;
                self.errand(Errand::Learn(column, value));
            }
            LatentRequest::Rest => self.set(4, false, effects, |wish| {
                wish.recipe.components.clear();
                wish.recipe.directions.clear();
                wish.recipe.colour_of = None;
            }),
            LatentRequest::ColourOf(donor) => {
                self.set(5, false, effects, |wish| wish.recipe.colour_of = donor)
            }
            LatentRequest::Dice => self.throw(),
            LatentRequest::Choose(face) => {
                if let Some((noise, _)) = self.dice.faces.get(face).cloned() {
                    self.leave_path(effects);
                    self.set(6, false, effects, |wish| wish.recipe.noise = noise);
                }
            }
            LatentRequest::Truncation(t) => {
                self.leave_path(effects);
                self.set(7, true, effects, |wish| wish.recipe.truncation = t);
            }
            LatentRequest::Lock(locked) => self.set(8, false, effects, |wish| wish.locked = locked),
            LatentRequest::SetEnd(index, end) => self.set(9, false, effects, |wish| {
                let last = wish.ends.len();
                match index {
                    0 if last > 0 => wish.ends[0] = end,
                    _ if last > 1 && index >= last - 1 => wish.ends[last - 1] = end,
                    i if i > 0 && i < last => wish.ends[i] = end,
                    _ => wish.ends.push(end),
                }
            }),
            LatentRequest::AddBetween(end) => self.set(9, false, effects, |wish| {
                let before_last = wish.ends.len().saturating_sub(1);
                wish.ends.insert(before_last, end);
            }),
            LatentRequest::DropEnd(index) => self.set(9, false, effects, |wish| {
                if index < wish.ends.len() {
                    wish.ends.remove(index);
                }
            }),
            LatentRequest::PathOptions {
                steps,
                line,
                spacing,
            } => {
                self.set(10, true, effects, |wish| {
                    (wish.steps, wish.line, wish.spacing) = (steps, line, spacing)
                });
            }
            LatentRequest::Play => self.play(effects),
            LatentRequest::Scrub(share) => {
                self.path.playing = None;
                self.stand_on_path(share);
            }
            LatentRequest::Stop => self.leave_path(effects),
            LatentRequest::Undo => self.back(effects, true),
            LatentRequest::Redo => self.back(effects, false),
            LatentRequest::Save => self.save(None, effects),
            LatentRequest::SaveAs(path) => self.save(Some(path), effects),
            LatentRequest::Export(kind, path) => match &self.path.walk {
                Some((_, walk)) => {
                    let walk = walk.clone();
                    self.errand(Errand::Export(walk, kind, path));
                }
                None => effects.push(Effect::Error(
                    "There is no path to save: choose two ends first".to_owned(),
                )),
            },
            LatentRequest::Ask => self.hand_over(effects, Effect::Ask),
            LatentRequest::Like => self.hand_over(effects, Effect::Like),
            LatentRequest::Shelf(path, Use::Discard) => {
                if let Err(error) = self.shelf.discard(&path) {
                    effects.push(Effect::Error(error.to_string()));
                }
            }
            LatentRequest::Shelf(path, purpose) => self.fetch(path, purpose),
            LatentRequest::Remove => {
                self.leave_path(effects);
                self.set(11, false, effects, |wish| wish.placed = false);
            }
        }
    }

    /// Fetches a saved design from anywhere.
    pub fn fetch(&mut self, path: PathBuf, purpose: Use) {
        if let Some(engine) = &mut self.engine {
            let number = engine.next_number();
            engine.errand(Errand::Fetch(number, path.clone()));
            self.fetching.push((number, path, purpose));
        }
    }

    /// Changes the wish, remembers what it was, and orders what follows. A wish with a number that is none is
    /// refused, and everything stays where it was. `kind` tells changes apart; those that follow each other
    /// closely and are `alike` are undone as one.
    pub(super) fn set(
        &mut self,
        kind: u64,
        alike: bool,
        effects: &mut Vec<Effect>,
        change: impl FnOnce(&mut Wish),
    ) {
        let before = self.wish.clone();
        change(&mut self.wish);
        if let Err(error) = self.wish.recipe.check() {
            self.wish = before;
            effects.push(Effect::Error(error.to_string()));
            return;
        }
        if self.wish == before {
            return;
        }
        let goes_on = alike
            && self
                .remembered
                .is_some_and(|(k, when)| k == kind && when.elapsed() < TOGETHER);
        self.remembered = Some((kind, Instant::now()));
        if !goes_on {
            self.history.remember(before.clone());
        }
        self.follow(&before);
    }

    /// Orders what has to be made anew after the wish was `before`.
    fn follow(&mut self, before: &Wish) {
        let now = &self.wish;
        let way = |w: &Wish| (w.ends.clone(), w.steps, w.line, w.spacing);
        let path_changed = way(now) != way(before);
        if now.recipe != before.recipe || now.placed != before.placed {
            let moved = Recipe {
                noise: Vec::new(),
                truncation: 1.0,
                ..now.recipe.clone()
            } != Recipe {
                noise: Vec::new(),
                truncation: 1.0,
                ..before.recipe.clone()
            };
            self.dice_due |= moved && !self.dice.faces.is_empty();
            self.path.share = None;
            self.path.playing = None;
            self.order_recipe();
        }
        if path_changed {
            self.walk();
        }
    }

    pub(super) fn order_recipe(&mut self) {
        if let (true, Some(engine)) = (self.wish.placed, &mut self.engine) {
            self.ordered = engine.order(Order::Recipe(self.wish.recipe.clone()));
        }
    }

    fn errand(&mut self, errand: Errand) {
        if let Some(engine) = &mut self.engine {
            engine.errand(errand);
        }
    }

    fn back(&mut self, effects: &mut Vec<Effect>, undo: bool) {
        let now = self.wish.clone();
        let swapped = if undo {
            self.history.undo(now.clone())
        } else {
            self.history.redo(now.clone())
        };
        self.remembered = None;
        match swapped {
            Ok(then) => {
                self.wish = then;
                self.follow(&now);
            }
            Err(_) if undo => {
                effects.push(Effect::Info("There is nothing left to undo".to_owned()))
            }
            Err(_) => effects.push(Effect::Info("There is nothing left to do again".to_owned())),
        }
    }

    /// Noise for a cursor that is put elsewhere: other noise unless it is locked, some in any case.
    fn noise_for_a_new_place(&mut self) -> Option<Vec<f32>> {
        let studio = self.studio.as_ref()?;
        if self.wish.locked && !self.wish.recipe.noise.is_empty() {
            return None;
        }
        self.throws += u64::from(!self.wish.locked);
        Some(studio.generator().noise(self.throws, DICE as u64))
    }

    fn throw(&mut self) {
        self.throws += 1;
        self.throw_again();
    }

    /// The same throw at where the cursor is now.
    pub(super) fn throw_again(&mut self) {
        self.dice_due = false;
        if let (true, Some(engine)) = (self.wish.placed, &mut self.engine) {
            self.dice.number = engine.dice(self.wish.recipe.clone(), self.throws);
        }
    }

    fn steer(&mut self, index: usize, by: f32, effects: &mut Vec<Effect>) {
        let Some(direction) = self.directions.get(index).cloned() else {
            return;
        };
        self.leave_path(effects);
        self.set(200 + index as u64, true, effects, |wish| {
            let directions = &mut wish.recipe.directions;
            let known = directions
                .iter()
                .position(|(d, _)| Arc::ptr_eq(d, &direction));
            match (known, by == 0.0) {
                (Some(i), true) => drop(directions.remove(i)),
                (Some(i), false) => directions[i].1 = by,
                (None, true) => {}
                (None, false) => directions.push((direction, by)),
            }
        });
    }

    fn save(&mut self, path: Option<PathBuf>, effects: &mut Vec<Effect>) {
        let Some(made) = self.made.clone().filter(|_| self.position().is_some()) else {
            effects.push(Effect::Error(
                "There is no design to save: press C on a shoe to place the cursor".to_owned(),
            ));
            return;
        };
        let saved = match path {
            Some(path) => {
                let path = path_export::unused(&path.with_extension("png"));
                crate::design::file::save(&made.design, &made.picture, &path)
            }
            None => self.shelf.save(&made.design, &made.picture),
        };
        match saved {
            Ok(path) => effects.push(Effect::Info(format!("Saved as {}", path.display()))),
            Err(error) => effects.push(Effect::Error(error.to_string())),
        }
    }

    /// Hands the present design over, once it is known where it lands.
    fn hand_over(&mut self, effects: &mut Vec<Effect>, effect: impl FnOnce(Item) -> Effect) {
        match (self.design_item("Design"), self.landed()) {
            (Some(item), Some(_)) => effects.push(effect(item)),
            (Some(_), None) => effects.push(Effect::Info(
                "It is not yet known where the design lies; try again in a moment".to_owned(),
            )),
            (None, _) => effects.push(Effect::Error(
                "There is no design yet: press C on a shoe first".to_owned(),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::cursor::Fill;

    /// A cursor that can be told things, without a thread.
    fn latent() -> Latent {
        Latent {
            status: Status::Ready,
            ..Latent::default()
        }
    }

    fn told(latent: &mut Latent, request: LatentRequest) -> Vec<Effect> {
        let mut effects = Vec::new();
        latent.apply(request, &mut effects);
        effects
    }

    #[test]
    fn a_point_of_nan_leaves_the_cursor_where_it_was() {
        let mut latent = latent();
        assert!(
            told(
                &mut latent,
                LatentRequest::Place {
                    at: [1.0, 2.0, 3.0],
                    on: None
                }
            )
            .is_empty()
        );
        let effects = told(&mut latent, LatentRequest::Move([f32::NAN, 0.0, 0.0]));
        assert!(matches!(&effects[..], [Effect::Error(words)] if words.contains("the point")));
        assert_eq!(latent.position(), Some([1.0, 2.0, 3.0]));
        let effects = told(&mut latent, LatentRequest::Truncation(f32::INFINITY));
        assert_eq!((effects.len(), latent.wish.recipe.truncation), (1, 1.0));
    }

    #[test]
    fn undo_and_redo_cover_everything_and_a_drag_is_one_step() {
        let mut latent = latent();
        told(
            &mut latent,
            LatentRequest::Place {
                at: [0.0; 3],
                on: Some(4),
            },
        );
        let placed = latent.wish.clone();
        for i in 1..50 {
            told(&mut latent, LatentRequest::Move([i as f32, 0.0, 0.0]));
        }
        told(&mut latent, LatentRequest::Fill(Fill::Mean));
        told(&mut latent, LatentRequest::Component(2, 1.5));
        told(&mut latent, LatentRequest::Lock(false));
        told(&mut latent, LatentRequest::SetEnd(0, Item::Row(3)));
        told(&mut latent, LatentRequest::SetEnd(usize::MAX, Item::Row(9)));
        let last = latent.wish.clone();
        assert_eq!(last.ends, [Item::Row(3), Item::Row(9)]);
        for _ in 0..6 {
            assert!(told(&mut latent, LatentRequest::Undo).is_empty());
        }
        assert_eq!(latent.wish, placed);
        told(&mut latent, LatentRequest::Undo);
        assert_eq!(latent.position(), None);
        assert_eq!(told(&mut latent, LatentRequest::Undo).len(), 1);
        for _ in 0..7 {
            told(&mut latent, LatentRequest::Redo);
        }
        assert_eq!(latent.wish, last);
    }

    #[test]
    fn ends_are_replaced_added_between_and_dropped() {
        let mut latent = latent();
        for row in [1, 2] {
            told(
                &mut latent,
                LatentRequest::SetEnd(usize::MAX, Item::Row(row)),
            );
        }
        told(&mut latent, LatentRequest::AddBetween(Item::Row(7)));
        assert_eq!(latent.wish.ends, [Item::Row(1), Item::Row(7), Item::Row(2)]);
        told(&mut latent, LatentRequest::SetEnd(usize::MAX, Item::Row(3)));
        told(&mut latent, LatentRequest::SetEnd(0, Item::Row(0)));
        told(&mut latent, LatentRequest::DropEnd(1));
        assert_eq!(latent.wish.ends, [Item::Row(0), Item::Row(3)]);
    }

    #[test]
    fn without_a_generator_the_words_say_what_to_run() {
        let words = "train one with: shoespace train c.parquet".to_owned();
        let mut latent = Latent {
            status: Status::Missing(words.clone()),
            ..Latent::default()
        };
        let effects = told(
            &mut latent,
            LatentRequest::Place {
                at: [0.0; 3],
                on: None,
            },
        );
        assert!(matches!(&effects[..], [Effect::Error(said)] if *said == words));
        assert_eq!(latent.position(), None);
    }

    #[test]
    fn there_is_nothing_to_save_play_or_ask_before_a_design() {
        let mut latent = latent();
        for request in [
            LatentRequest::Save,
            LatentRequest::Play,
            LatentRequest::Ask,
            LatentRequest::Like,
        ] {
            assert_eq!(told(&mut latent, request).len(), 1);
        }
    }
}
