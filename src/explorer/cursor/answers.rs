//! What the latent cursor's thread has made comes in.

use super::apply::{ask, like};
use super::engine::{Answer, DICE, Fetched};
use super::state;
use super::state::{Dice, Latent, Status};
use crate::explorer::command::{Command, CursorCommand, Use};
use crate::explorer::state::NoticeLevel;
use crate::workspace::{Item, PicturedDesign};
use std::sync::Arc;

impl Latent {
    /// Takes an answer of the thread in.
    pub fn answer(&mut self, answer: Answer, out: &mut Vec<Command>) {
        match answer {
            Answer::Opened(generation, _) if generation != self.generation => {}
            Answer::Opened(_, Ok(studio)) => {
                self.wish.recipe.noise = studio.generator().noise(0, DICE as u64);
                self.status = Status::Ready;
                self.studio = Some(studio);
            }
            Answer::Opened(_, Err(words)) => self.status = Status::Missing(words),
            Answer::Made {
                number,
                made,
                ordered,
                done,
                ..
            } => match made {
                // One that was overtaken is still newer than what is shown.
                Ok(made) if number > self.made_number => {
                    if self.times.len() == state::TIMES {
                        self.times.pop_front();
                    }
                    self.times.push_back((done - ordered).as_secs_f32() * 1e3);
                    (self.made, self.made_number) = (Some(made), number);
                    self.trouble = None;
                }
                Ok(_) => {}
                Err(words) => self.tell(words, out),
            },
            Answer::Landed(number, Ok(landing)) => {
                self.landing = Some((number, landing));
                if self.dice_due {
                    self.throw_again();
                }
            }
            Answer::Landed(_, Err(words)) => self.tell(words, out),
            Answer::Dice(number, Ok(faces)) if number == self.dice.number => {
                self.dice = Dice { number, faces };
            }
            Answer::Dice(_, Ok(_)) => {}
            Answer::Dice(_, Err(words)) => out.push(Command::Notify(NoticeLevel::Error, words)),
            Answer::Walking(number, done, of) if number == self.path.number => {
                self.path.progress = Some((done, of));
            }
            Answer::Walked(number, walked) if number == self.path.number => {
                self.path.progress = None;
                match walked {
                    Ok(walk) => self.path.walk = Some(walk),
                    Err(words) => {
                        out.push(Command::Notify(NoticeLevel::Error, words.clone()));
                        self.path.error = Some(words);
                    }
                }
            }
            Answer::Walking(..) | Answer::Walked(..) => {}
            Answer::Learned(learned) => {
                self.learning = false;
                match learned {
                    Ok(direction) => {
                        let same = |d: &Arc<_>| **d == *direction;
                        if !self.directions.iter().any(same) {
                            self.directions.push(direction);
                        }
                    }
                    Err(words) => out.push(Command::Notify(NoticeLevel::Error, words)),
                }
            }
            Answer::Exported(Ok(path)) => {
                out.push(Command::Notify(
                    NoticeLevel::Info,
                    format!("The path is in {}", path.display()),
                ));
            }
            Answer::Exported(Err(words)) => out.push(Command::Notify(NoticeLevel::Error, words)),
            Answer::Fetched(number, fetched) => {
                let Some(i) = self.fetching.iter().position(|f| f.0 == number) else {
                    return;
                };
                let (_, path, purpose) = self.fetching.remove(i);
                match fetched {
                    Ok(fetched) => self.fetched(*fetched, &path, purpose, out),
                    Err(words) => out.push(Command::Notify(NoticeLevel::Error, words)),
                }
            }
        }
    }

    fn tell(&mut self, words: String, out: &mut Vec<Command>) {
        if self.trouble.as_ref() != Some(&words) {
            out.push(Command::Notify(NoticeLevel::Error, words.clone()));
        }
        self.trouble = Some(words);
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
            out.push(Command::Notify(NoticeLevel::Info, format!(
                "{name} looks a little different than when it was saved: another build or processor made it"
            )));
        }
        let ours = self
            .studio
            .as_ref()
            .map(|s| s.generator().info().sha256.clone());
        let needs_ours = matches!(purpose, Use::Place | Use::Start | Use::End);
        if needs_ours && ours.as_deref() != Some(&fetched.design.generator.sha256) {
            out.push(Command::Notify(NoticeLevel::Error, format!(
                "{name} was made by the generator {}, this catalogue is served by another; open the catalogue {} to go on from it",
                fetched.design.generator.name, fetched.design.catalogue.name
            )));
            return;
        }
        let at = fetched.design.at.unwrap_or(fetched.landed.position);
        let design = fetched.design.clone();
        let item = Item::Design(Arc::new(PicturedDesign {
            name: name.clone(),
            design: fetched.design,
            picture: fetched.picture,
            landed: Some(fetched.landed),
        }));
        match purpose {
            Use::Place => {
                self.set(13, false, out, |wish| {
                    wish.placed = true;
                    wish.recipe.take_up(&design, at, &name);
                });
            }
            Use::Like => like(item, out),
            Use::Ask => ask(item, out),
            Use::Start => self.apply(CursorCommand::SetEnd(0, item), out),
            Use::End => self.apply(CursorCommand::SetEnd(usize::MAX, item), out),
            Use::Discard => {}
        }
    }
}
