//! What the latent cursor's thread has made comes in.

use super::apply::{ask, error, info, like};
use super::engine::{Answer, Fetched, MadePath, Settled};
use super::state::LatentCursor;
use super::undo::Change;
use crate::design::DesignError;
use crate::design::direction::Direction;
use crate::design::request::Found;
use crate::explorer::command::{Command, CursorCommand, Use};
use crate::workspace::{Item, PicturedDesign};
use std::sync::Arc;

impl LatentCursor {
    /// Takes an answer of the thread in.
    pub fn answer(&mut self, answer: Answer, out: &mut Vec<Command>) {
        match answer {
            Answer::Made {
                number,
                made,
                ordered,
                done,
                ..
            } => match made {
                Ok(made) => self.newest.take(number, made, done - ordered),
                Err(wrong) => self.trouble(&wrong, out),
            },
            Answer::Reembedded(number, Ok(reembedding)) => {
                self.newest.reembedding = Some((number, reembedding));
                if self.dice.due {
                    self.throw_again();
                }
            }
            Answer::Reembedded(_, Err(wrong)) => self.trouble(&wrong, out),
            Answer::Settled(number, settled) if number == self.newest.number => match settled {
                Ok(settled) => self.settled(number, settled),
                Err(wrong) => self.trouble(&wrong, out),
            },
            Answer::Settled(..) => {}
            Answer::Dice(number, Ok(faces)) if number == self.dice.number => {
                (self.dice.faces, self.dice.shown) = (faces, number);
            }
            Answer::Dice(_, Ok(_)) => {}
            Answer::Interpolating(number, done, of) if number == self.path.number => {
                self.path.progress = Some((done, of));
            }
            Answer::Interpolated(number, made) if number == self.path.number => {
                self.interpolated(made, out);
            }
            Answer::Interpolating(..) | Answer::Interpolated(..) => {}
            Answer::Ends(ends) => self.ends = ends,
            Answer::Learned(learned) => self.learned(learned, out),
            Answer::Traced(number, Ok(outline)) => {
                // Numbered from the other end than strokes: it is a step of its own.
                let command = CursorCommand::Outline(Some(Arc::new(outline)), u64::MAX - number);
                self.apply(command, out);
            }
            Answer::Traced(_, Err(wrong)) => out.push(error(wrong.to_string())),
            Answer::Exported(Ok(path)) => {
                out.push(Command::Wrote("The path is in".to_owned(), path));
            }
            Answer::Dice(_, Err(wrong)) | Answer::Exported(Err(wrong)) => {
                out.push(error(wrong.to_string()));
            }
            Answer::Fetched(number, fetched) => {
                let Some(i) = self.fetching.iter().position(|f| f.0 == number) else {
                    return;
                };
                let (_, path, purpose) = self.fetching.remove(i);
                match fetched {
                    Ok(fetched) => self.fetched(*fetched, &path, purpose, out),
                    Err(wrong) => out.push(error(wrong.to_string())),
                }
            }
        }
    }

    /// Takes a better design in, or that none better was found.
    fn settled(&mut self, number: u64, settled: Settled) {
        if let Some((made, reembedding)) = settled.better {
            self.newest.made = Some(made);
            self.newest.improvements += 1;
            self.newest.reembedding = Some((number, reembedding));
        }
        self.newest.settling = !settled.done;
        self.newest.settled = settled.done;
        if settled.done
            && self.newest.improvements > 0
            && let Some(made) = &self.newest.made
        {
            let found = Found {
                code: made.design.code.clone(),
                noise: made.design.scaled_noise(),
            };
            self.keep_found(found);
        }
    }

    fn interpolated(&mut self, made: Result<MadePath, DesignError>, out: &mut Vec<Command>) {
        self.path.progress = None;
        match made {
            Ok(made) => self.path.made = Some(made),
            Err(wrong) => {
                let words = wrong.to_string();
                out.push(error(words.clone()));
                self.path.error = Some(words);
            }
        }
    }

    fn learned(&mut self, learned: Result<Arc<Direction>, DesignError>, out: &mut Vec<Command>) {
        self.directions.learning = false;
        match learned {
            Ok(direction) => {
                let known = &mut self.directions.known;
                if !known.iter().any(|d| **d == *direction) {
                    known.push(direction);
                }
            }
            Err(wrong) => out.push(error(wrong.to_string())),
        }
    }

    /// Tells what is wrong with the newest design, once.
    fn trouble(&mut self, wrong: &DesignError, out: &mut Vec<Command>) {
        let words = wrong.to_string();
        if self.newest.trouble.as_ref() != Some(&words) {
            out.push(error(words.clone()));
        }
        self.newest.trouble = Some(words);
    }

    fn fetched(
        &mut self,
        fetched: Fetched,
        path: &std::path::Path,
        purpose: Use,
        out: &mut Vec<Command>,
    ) {
        let name = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if !fetched.exact {
            out.push(info(format!(
                "{name} looks a little different than when it was saved: another build or processor made it"
            )));
        }
        let needs_ours = matches!(purpose, Use::Place | Use::Start | Use::End | Use::Between);
        if needs_ours && !fetched.has_our_code {
            out.push(error(format!(
                "{name} was made by the generator {}, and another is in use: to go on from it choose that one in the tab Model, or open the catalogue {}",
                fetched.design.generator.name, fetched.design.catalogue.name
            )));
            return;
        }
        let is_first = (self.studio.as_ref()).is_some_and(|s| s.is_of_first_components());
        let at = (fetched.design.at.filter(|_| is_first)).unwrap_or(fetched.place);
        let design = fetched.design.clone();
        let item = Item::Design(Arc::new(PicturedDesign {
            name: name.clone(),
            design: fetched.design,
            picture: fetched.picture,
            landed: Some(fetched.landed),
        }));
        match purpose {
            Use::Place => {
                self.set(Change::TakeUp, out, |request| {
                    request.placed = true;
                    request.begun = Some(item);
                    request.design.take_up(&design, at, &name);
                });
            }
            Use::Like => like(item, out),
            Use::Ask => ask(item, out),
            Use::Start => self.apply(CursorCommand::SetEnd(0, item), out),
            Use::End => self.apply(CursorCommand::SetEnd(usize::MAX, item), out),
            Use::Between => self.apply(CursorCommand::AddBetween(item), out),
            Use::Discard => {}
        }
    }
}
