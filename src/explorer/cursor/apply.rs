//! What commands do to the latent cursor. No window here: what the rest of the explorer has to do is handed back as
//! [`Command`]s.

use super::engine::DICE;
use super::path_export;
use super::request::Request;
use super::state::{LatentCursor, Status};
use super::undo::Change;
use crate::design::request::Found;
use crate::design::{DesignError, generators};
use crate::explorer::command::{Command, CursorCommand, Export, Use};
use crate::explorer::state::NoticeLevel;
use crate::paths::user_generators;
use crate::workspace::Item;
use std::path::PathBuf;
use std::sync::Arc;

impl LatentCursor {
    /// Does what is asked.
    pub fn apply(&mut self, command: CursorCommand, out: &mut Vec<Command>) {
        if !self.is_ready() && !matches!(command, CursorCommand::Shelf(_, Use::Discard)) {
            out.push(error(self.why_not()));
            return;
        }
        match command {
            CursorCommand::Place { at, on } => self.place(at, on, out),
            CursorCommand::Move(at) => self.move_to(at, out),
            CursorCommand::Fill(fill) => {
                self.set(Change::Fill, out, |request| request.design.fill = fill);
            }
            CursorCommand::Component(index, by) => self.component(index, by, out),
            CursorCommand::Steer(index, by) => self.steer(index, by, out),
            CursorCommand::Learn(column, value) => self.learn(column, value),
            CursorCommand::Rest => self.set(Change::Rest, out, |request| {
                request.design.components.clear();
                request.design.directions.clear();
            }),
            CursorCommand::ColourOf(donor) => {
                self.set(Change::Colour, out, |request| {
                    request.design.colour_of = donor;
                    request.design.handles.palette = None;
                });
            }
            CursorCommand::Outline(outline, stroke) => {
                self.leave_path(out);
                self.set(Change::Outline(stroke), out, |request| {
                    request.design.handles.outline = outline;
                });
            }
            CursorCommand::OutlineFrom(path) => {
                if let Some(engine) = &mut self.engine {
                    engine.trace(path);
                }
            }
            CursorCommand::Palette(palette, place) => {
                self.leave_path(out);
                self.set(Change::Palette(place), out, |request| {
                    request.design.colour_of = None;
                    request.design.handles.palette = palette;
                });
            }
            CursorCommand::Dice => self.throw(),
            CursorCommand::Choose(face) => self.choose(face, out),
            CursorCommand::Truncation(truncation) => {
                self.leave_path(out);
                self.set(Change::Truncation, out, |request| {
                    request.design.truncation = truncation;
                });
            }
            CursorCommand::Lock(locked) => {
                self.set(Change::Lock, out, |request| request.locked = locked);
            }
            CursorCommand::Settle(settles) => self.let_settle(settles, out),
            CursorCommand::SetEnd(index, end) => {
                self.set(Change::Ends, out, |request| request.set_end(index, end));
            }
            CursorCommand::AddBetween(end) => {
                self.set(Change::Ends, out, |request| request.add_between(end));
            }
            CursorCommand::DropEnd(index) => {
                self.set(Change::Ends, out, |request| request.drop_end(index));
            }
            CursorCommand::PathOptions {
                steps,
                line,
                spacing,
            } => self.set(Change::PathOptions, out, |request| {
                (request.steps, request.line, request.spacing) = (steps, line, spacing);
            }),
            CursorCommand::Play => self.play(out),
            CursorCommand::Scrub(share) => {
                self.path.playing = None;
                self.stand_on_path(share);
            }
            CursorCommand::Stop => self.leave_path(out),
            CursorCommand::Undo => self.undo(out),
            CursorCommand::Redo => self.redo(out),
            CursorCommand::Save => self.save(None, out),
            CursorCommand::SaveAs(path) => self.save(Some(path), out),
            CursorCommand::Keep(item) => self.keep(&item, out),
            CursorCommand::Export(kind, path) => self.export_path(kind, path, out),
            CursorCommand::Ask => self.hand_over(out, ask),
            CursorCommand::Like => self.hand_over(out, like),
            CursorCommand::Shelf(path, Use::Discard) => {
                if let Err(wrong) = self.shelf.discard(&path) {
                    out.push(error(wrong.to_string()));
                }
            }
            CursorCommand::Shelf(path, purpose) => self.fetch(path, purpose),
            CursorCommand::Remove => {
                self.leave_path(out);
                self.set(Change::Remove, out, |request| request.placed = false);
            }
        }
    }

    /// Why no design can be made.
    fn why_not(&self) -> String {
        match &self.status {
            Status::Missing(missing) => match &missing.command {
                Some(command) => format!("{}, with: {command}", missing.words),
                None => missing.words.clone(),
            },
            Status::Loading => {
                "The generator is still being loaded; try again in a moment".to_owned()
            }
            _ => "Open a catalogue first".to_owned(),
        }
    }

    fn place(&mut self, at: [f32; 3], on: Option<Item>, out: &mut Vec<Command>) {
        let noise = self.noise_for_a_new_place();
        self.set(Change::Place, out, |request| {
            request.placed = true;
            request.design.at = at;
            request.design.selected = on.as_ref().and_then(Item::row);
            request.begun = on;
            request.design.held = None;
            // What was drawn was drawn on another shoe.
            request.design.handles.outline = None;
            if let Some(noise) = noise {
                request.design.noise = noise;
            }
        });
    }

    fn move_to(&mut self, at: [f32; 3], out: &mut Vec<Command>) {
        self.leave_path(out);
        self.set(Change::Move, out, |request| {
            request.design.at = at;
            request.design.selected = None;
        });
    }

    fn component(&mut self, index: usize, by: f32, out: &mut Vec<Command>) {
        self.set(Change::Component(index), out, |request| {
            let components = &mut request.design.components;
            if components.len() <= index {
                components.resize(index + 1, 0.0);
            }
            components[index] = by;
        });
    }

    fn learn(&mut self, column: String, value: Option<String>) {
        self.directions.learning = true;
        if let Some(engine) = &mut self.engine {
            engine.learn(column, value);
        }
    }

    fn choose(&mut self, face: usize, out: &mut Vec<Command>) {
        if let Some(face) = self.dice.faces.get(face) {
            let noise = face.noise.clone();
            self.leave_path(out);
            self.set(Change::Noise, out, |request| {
                request.design.noise = noise;
                request.design.settled = None;
            });
        }
    }

    fn export_path(&mut self, kind: Export, to: PathBuf, out: &mut Vec<Command>) {
        let Some(made) = &self.path.made else {
            out.push(error("There is no path to save: choose two ends first"));
            return;
        };
        if let Some(engine) = &mut self.engine {
            engine.export(made.walk.clone(), kind, to);
        }
    }

    /// Fetches a saved design from anywhere.
    pub fn fetch(&mut self, path: PathBuf, purpose: Use) {
        if let Some(engine) = &mut self.engine {
            let number = engine.fetch(path.clone());
            self.fetching.push((number, path, purpose));
        }
    }

    /// Changes the request, remembers what it was, and orders what follows. A request with a number that is not
    /// finite is refused, and everything stays where it was.
    pub(super) fn set(
        &mut self,
        kind: Change,
        out: &mut Vec<Command>,
        change: impl FnOnce(&mut Request),
    ) {
        let before = self.request.clone();
        change(&mut self.request);
        if self.request.design != before.design {
            self.request.design.settled = None;
        }
        if let Err(wrong) = self.request.design.check() {
            self.request = before;
            out.push(error(wrong.to_string()));
            return;
        }
        if self.request == before {
            return;
        }
        self.undo.remember(kind, before.clone());
        self.follow(&before);
    }

    /// Orders what has to be made anew after the request was `before`.
    fn follow(&mut self, before: &Request) {
        let now = &self.request;
        let path_changed = !now.has_path_of(before);
        if now.design != before.design || now.placed != before.placed {
            let moved = !now.design.is_at_place_of(&before.design);
            self.dice.due |= moved && !self.dice.faces.is_empty();
            self.path.share = None;
            self.path.playing = None;
            self.order_design();
        }
        if path_changed {
            self.order_path();
        }
    }

    pub(super) fn order_design(&mut self) {
        self.order(self.request.settles);
    }

    /// Orders the design that is asked for; where it `settles`, unless it is one that was found or kept.
    fn order(&mut self, settles: bool) {
        let design = &self.request.design;
        let settles = settles && design.held.is_none() && design.settled.is_none();
        if let (true, Some(engine)) = (self.request.placed, &mut self.engine) {
            engine.make(design.clone(), settles);
        }
    }

    fn let_settle(&mut self, settles: bool, out: &mut Vec<Command>) {
        self.set(Change::Settles, out, |request| request.settles = settles);
        // What was found stays until something moves.
        if settles && self.path.share.is_none() {
            self.order_design();
        }
    }

    /// Keeps what settling found: one step that can be undone.
    pub(super) fn keep_found(&mut self, found: Found) {
        let before = self.request.clone();
        self.request.design.settled = Some(Arc::new(found));
        self.undo.remember(Change::Settle, before);
    }

    fn undo(&mut self, out: &mut Vec<Command>) {
        let then = self.undo.undo(self.request.clone());
        self.go_to(then, "There is nothing left to undo", out);
    }

    fn redo(&mut self, out: &mut Vec<Command>) {
        let then = self.undo.redo(self.request.clone());
        self.go_to(then, "There is nothing left to do again", out);
    }

    fn go_to(&mut self, then: Option<Request>, none: &str, out: &mut Vec<Command>) {
        match then {
            Some(then) => {
                let before = std::mem::replace(&mut self.request, then);
                // What is gone back to is shown as it was, and not improved on again.
                let settles = std::mem::replace(&mut self.request.settles, false);
                self.follow(&before);
                self.request.settles = settles;
            }
            None => out.push(info(none)),
        }
    }

    /// Noise for a cursor that is put elsewhere: other noise unless it is locked, some in any case.
    fn noise_for_a_new_place(&mut self) -> Option<Vec<f32>> {
        let studio = self.studio.as_ref()?;
        if self.request.locked && !self.request.design.noise.is_empty() {
            return None;
        }
        self.dice.seed += u64::from(!self.request.locked);
        Some(studio.generator().noise(self.dice.seed, DICE as u64))
    }

    fn throw(&mut self) {
        self.dice.seed += 1;
        self.throw_again();
    }

    /// The same throw at where the cursor is now.
    pub(super) fn throw_again(&mut self) {
        self.dice.due = false;
        if let (true, Some(engine)) = (self.request.placed, &mut self.engine) {
            self.dice.number = engine.dice(self.request.design.clone(), self.dice.seed);
        }
    }

    fn steer(&mut self, index: usize, by: f32, out: &mut Vec<Command>) {
        let Some(direction) = self.directions.known.get(index).cloned() else {
            return;
        };
        self.leave_path(out);
        self.set(Change::Direction(index), out, |request| {
            let directions = &mut request.design.directions;
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
        let Some(made) = self
            .newest
            .made
            .clone()
            .filter(|_| self.position().is_some())
        else {
            out.push(error(
                "There is no design to save: press C on a shoe to place the cursor",
            ));
            return;
        };
        self.keep_generator(out);
        let saved = match path {
            Some(path) => {
                let path = path_export::unused(&path.with_extension("png"));
                crate::design::file::save(&made.design, &made.picture, &path)
            }
            None => self.shelf.save(&made.design, &made.picture),
        };
        tell_saved(saved, out);
    }

    /// Saves a design that was made elsewhere on the shelf.
    fn keep(&mut self, item: &Item, out: &mut Vec<Command>) {
        if let Item::Design(design) = item {
            self.keep_generator(out);
            tell_saved(self.shelf.save(&design.design, &design.picture), out);
        }
    }

    /// What a design was made by stays, where it was trained here and may change.
    fn keep_generator(&self, out: &mut Vec<Command>) {
        if let Some(studio) = &self.studio
            && let Some(folder) = user_generators()
            && let Err(wrong) = generators::keep(studio.named(), &folder, &self.roots)
        {
            // The design is saved all the same.
            out.push(error(wrong.to_string()));
        }
    }

    /// Hands the present design over, once it is known where it lands.
    fn hand_over(&mut self, out: &mut Vec<Command>, then: fn(Item, &mut Vec<Command>)) {
        match (self.design_item("Design"), self.newest.landed()) {
            (Some(item), Some(_)) => then(item, out),
            (Some(_), None) => out.push(info(
                "It is not yet known where the design lies; try again in a moment",
            )),
            (None, _) => out.push(error("There is no design yet: press C on a shoe first")),
        }
    }
}

fn tell_saved(saved: Result<PathBuf, DesignError>, out: &mut Vec<Command>) {
    out.push(match saved {
        Ok(path) => Command::Wrote("Saved as".to_owned(), path),
        Err(wrong) => error(wrong.to_string()),
    });
}

/// Something to tell the user.
pub(super) fn info(words: impl Into<String>) -> Command {
    Command::Notify(NoticeLevel::Info, words.into())
}

/// Something that went wrong.
pub(super) fn error(words: impl Into<String>) -> Command {
    Command::Notify(NoticeLevel::Error, words.into())
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
mod tests;
