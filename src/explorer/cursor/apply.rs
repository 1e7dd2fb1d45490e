//! What requests do to the latent cursor. No window here: out on the rest of the explorer are
//! handed back as [`Command`]s.

use super::engine::{DICE, Errand, Order};
use super::path_export;
use super::state::{Latent, Status};
use super::wish::Wish;
use crate::design::recipe::Recipe;
use crate::explorer::command::{Command, CursorCommand, Use};
use crate::explorer::state::NoticeLevel;
use crate::workspace::Item;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Changes of one kind within this time of each other are undone as one.
const TOGETHER: Duration = Duration::from_millis(900);

impl Latent {
    /// Does what is asked.
    pub fn apply(&mut self, request: CursorCommand, out: &mut Vec<Command>) {
        if !self.is_ready() && !matches!(request, CursorCommand::Shelf(_, Use::Discard)) {
            let words = match &self.status {
                Status::Missing(words) => words.clone(),
                Status::Loading => {
                    "The generator is still being loaded; try again in a moment".to_owned()
                }
                _ => "Open a catalogue first".to_owned(),
            };
            out.push(Command::Notify(NoticeLevel::Error, words));
            return;
        }
        match request {
            CursorCommand::Place { at, on } => {
                let noise = self.noise_for_a_new_place();
                self.set(1, false, out, |wish| {
                    wish.placed = true;
                    wish.recipe.at = at;
                    wish.recipe.selected = on;
                    wish.recipe.held = None;
                    if let Some(noise) = noise {
                        wish.recipe.noise = noise;
                    }
                });
            }
            CursorCommand::Move(at) => {
                self.leave_path(out);
                self.set(2, true, out, |wish| {
                    wish.recipe.at = at;
                    wish.recipe.selected = None;
                });
            }
            CursorCommand::Fill(fill) => self.set(3, false, out, |wish| wish.recipe.fill = fill),
            CursorCommand::Component(index, by) => {
                self.set(100 + index as u64, true, out, |wish| {
                    let components = &mut wish.recipe.components;
                    if components.len() <= index {
                        components.resize(index + 1, 0.0);
                    }
                    components[index] = by;
                })
            }
            CursorCommand::Steer(index, by) => self.steer(index, by, out),
            CursorCommand::Learn(column, value) => {
                self.learning = true;
                self.errand(Errand::Learn(column, value));
            }
            CursorCommand::Rest => self.set(4, false, out, |wish| {
                wish.recipe.components.clear();
                wish.recipe.directions.clear();
                wish.recipe.colour_of = None;
            }),
            CursorCommand::ColourOf(donor) => {
                self.set(5, false, out, |wish| wish.recipe.colour_of = donor)
            }
            CursorCommand::Dice => self.throw(),
            CursorCommand::Choose(face) => {
                if let Some((noise, _)) = self.dice.faces.get(face).cloned() {
                    self.leave_path(out);
                    self.set(6, false, out, |wish| wish.recipe.noise = noise);
                }
            }
            CursorCommand::Truncation(t) => {
                self.leave_path(out);
                self.set(7, true, out, |wish| wish.recipe.truncation = t);
            }
            CursorCommand::Lock(locked) => self.set(8, false, out, |wish| wish.locked = locked),
            CursorCommand::SetEnd(index, end) => self.set(9, false, out, |wish| {
                let last = wish.ends.len();
                match index {
                    0 if last > 0 => wish.ends[0] = end,
                    _ if last > 1 && index >= last - 1 => wish.ends[last - 1] = end,
                    i if i > 0 && i < last => wish.ends[i] = end,
                    _ => wish.ends.push(end),
                }
            }),
            CursorCommand::AddBetween(end) => self.set(9, false, out, |wish| {
                let before_last = wish.ends.len().saturating_sub(1);
                wish.ends.insert(before_last, end);
            }),
            CursorCommand::DropEnd(index) => self.set(9, false, out, |wish| {
                if index < wish.ends.len() {
                    wish.ends.remove(index);
                }
            }),
            CursorCommand::PathOptions {
                steps,
                line,
                spacing,
            } => {
                self.set(10, true, out, |wish| {
                    (wish.steps, wish.line, wish.spacing) = (steps, line, spacing)
                });
            }
            CursorCommand::Play => self.play(out),
            CursorCommand::Scrub(share) => {
                self.path.playing = None;
                self.stand_on_path(share);
            }
            CursorCommand::Stop => self.leave_path(out),
            CursorCommand::Undo => self.back(out, true),
            CursorCommand::Redo => self.back(out, false),
            CursorCommand::Save => self.save(None, out),
            CursorCommand::SaveAs(path) => self.save(Some(path), out),
            CursorCommand::Export(kind, path) => match &self.path.walk {
                Some((_, walk)) => {
                    let walk = walk.clone();
                    self.errand(Errand::Export(walk, kind, path));
                }
                None => out.push(Command::Notify(
                    NoticeLevel::Error,
                    "There is no path to save: choose two ends first".to_owned(),
                )),
            },
            CursorCommand::Ask => self.hand_over(out, ask),
            CursorCommand::Like => self.hand_over(out, like),
            CursorCommand::Shelf(path, Use::Discard) => {
                if let Err(error) = self.shelf.discard(&path) {
                    out.push(Command::Notify(NoticeLevel::Error, error.to_string()));
                }
            }
            CursorCommand::Shelf(path, purpose) => self.fetch(path, purpose),
            CursorCommand::Remove => {
                self.leave_path(out);
                self.set(11, false, out, |wish| wish.placed = false);
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
        out: &mut Vec<Command>,
        change: impl FnOnce(&mut Wish),
    ) {
        let before = self.wish.clone();
        change(&mut self.wish);
        if let Err(error) = self.wish.recipe.check() {
            self.wish = before;
            out.push(Command::Notify(NoticeLevel::Error, error.to_string()));
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

    fn back(&mut self, out: &mut Vec<Command>, undo: bool) {
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
            Err(_) if undo => out.push(Command::Notify(
                NoticeLevel::Info,
                "There is nothing left to undo".to_owned(),
            )),
            Err(_) => out.push(Command::Notify(
                NoticeLevel::Info,
                "There is nothing left to do again".to_owned(),
            )),
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

    fn steer(&mut self, index: usize, by: f32, out: &mut Vec<Command>) {
        let Some(direction) = self.directions.get(index).cloned() else {
            return;
        };
        self.leave_path(out);
        self.set(200 + index as u64, true, out, |wish| {
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

    fn save(&mut self, path: Option<PathBuf>, out: &mut Vec<Command>) {
        let Some(made) = self.made.clone().filter(|_| self.position().is_some()) else {
            out.push(Command::Notify(
                NoticeLevel::Error,
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
            Ok(path) => out.push(Command::Notify(
                NoticeLevel::Info,
                format!("Saved as {}", path.display()),
            )),
            Err(error) => out.push(Command::Notify(NoticeLevel::Error, error.to_string())),
        }
    }

    /// Hands the present design over, once it is known where it lands.
    fn hand_over(&mut self, out: &mut Vec<Command>, then: fn(Item, &mut Vec<Command>)) {
        match (self.design_item("Design"), self.landed()) {
            (Some(item), Some(_)) => then(item, out),
            (Some(_), None) => out.push(Command::Notify(
                NoticeLevel::Info,
                "It is not yet known where the design lies; try again in a moment".to_owned(),
            )),
            (None, _) => out.push(Command::Notify(
                NoticeLevel::Error,
                "There is no design yet: press C on a shoe first".to_owned(),
            )),
        }
    }
}

/// Show this design among the shoes and look at it.
pub(super) fn ask(item: Item, out: &mut Vec<Command>) {
    out.push(Command::Place(item.clone(), true));
    out.push(Command::Select(Some(item)));
}

/// Show this design among the shoes and like it.
pub(super) fn like(item: Item, out: &mut Vec<Command>) {
    out.push(Command::Place(item.clone(), true));
    out.push(Command::Rate(item, Some(true)));
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

    fn told(latent: &mut Latent, request: CursorCommand) -> Vec<Command> {
        let mut out = Vec::new();
        latent.apply(request, &mut out);
        out
    }

    #[test]
    fn a_point_of_nan_leaves_the_cursor_where_it_was() {
        let mut latent = latent();
        assert!(
            told(
                &mut latent,
                CursorCommand::Place {
                    at: [1.0, 2.0, 3.0],
                    on: None
                }
            )
            .is_empty()
        );
        let out = told(&mut latent, CursorCommand::Move([f32::NAN, 0.0, 0.0]));
        assert!(
            matches!(&out[..], [Command::Notify(NoticeLevel::Error, words)] if words.contains("the point"))
        );
        assert_eq!(latent.position(), Some([1.0, 2.0, 3.0]));
        let out = told(&mut latent, CursorCommand::Truncation(f32::INFINITY));
        assert_eq!((out.len(), latent.wish.recipe.truncation), (1, 1.0));
    }

    #[test]
    fn undo_and_redo_cover_everything_and_a_drag_is_one_step() {
        let mut latent = latent();
        told(
            &mut latent,
            CursorCommand::Place {
                at: [0.0; 3],
                on: Some(4),
            },
        );
        let placed = latent.wish.clone();
        for i in 1..50 {
            told(&mut latent, CursorCommand::Move([i as f32, 0.0, 0.0]));
        }
        told(&mut latent, CursorCommand::Fill(Fill::Mean));
        told(&mut latent, CursorCommand::Component(2, 1.5));
        told(&mut latent, CursorCommand::Lock(false));
        told(&mut latent, CursorCommand::SetEnd(0, Item::Row(3)));
        told(&mut latent, CursorCommand::SetEnd(usize::MAX, Item::Row(9)));
        let last = latent.wish.clone();
        assert_eq!(last.ends, [Item::Row(3), Item::Row(9)]);
        for _ in 0..6 {
            assert!(told(&mut latent, CursorCommand::Undo).is_empty());
        }
        assert_eq!(latent.wish, placed);
        told(&mut latent, CursorCommand::Undo);
        assert_eq!(latent.position(), None);
        assert_eq!(told(&mut latent, CursorCommand::Undo).len(), 1);
        for _ in 0..7 {
            told(&mut latent, CursorCommand::Redo);
        }
        assert_eq!(latent.wish, last);
    }

    #[test]
    fn ends_are_replaced_added_between_and_dropped() {
        let mut latent = latent();
        for row in [1, 2] {
            told(
                &mut latent,
                CursorCommand::SetEnd(usize::MAX, Item::Row(row)),
            );
        }
        told(&mut latent, CursorCommand::AddBetween(Item::Row(7)));
        assert_eq!(latent.wish.ends, [Item::Row(1), Item::Row(7), Item::Row(2)]);
        told(&mut latent, CursorCommand::SetEnd(usize::MAX, Item::Row(3)));
        told(&mut latent, CursorCommand::SetEnd(0, Item::Row(0)));
        told(&mut latent, CursorCommand::DropEnd(1));
        assert_eq!(latent.wish.ends, [Item::Row(0), Item::Row(3)]);
    }

    #[test]
    fn without_a_generator_the_words_say_what_to_run() {
        let words = "train one with: shoespace train c.parquet".to_owned();
        let mut latent = Latent {
            status: Status::Missing(words.clone()),
            ..Latent::default()
        };
        let out = told(
            &mut latent,
            CursorCommand::Place {
                at: [0.0; 3],
                on: None,
            },
        );
        assert!(matches!(&out[..], [Command::Notify(NoticeLevel::Error, said)] if *said == words));
        assert_eq!(latent.position(), None);
    }

    #[test]
    fn there_is_nothing_to_save_play_or_ask_before_a_design() {
        let mut latent = latent();
        for request in [
            CursorCommand::Save,
            CursorCommand::Play,
            CursorCommand::Ask,
            CursorCommand::Like,
        ] {
            assert_eq!(told(&mut latent, request).len(), 1);
        }
    }
}
