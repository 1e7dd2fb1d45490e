//! The latent cursor: a handle in the scene that is dragged, and the shoe that could be there.
//!
//! | file | owns |
//! | --- | --- |
//! | [`request`], [`undo`] | what the user asks for; undone and done again |
//! | [`state`] | what is known from frame to frame |
//! | [`apply`], `playback`, `answers` | what commands, the playing path and answers do |
//! | [`engine`] | the thread that designs: the newest request wins |
//! | [`handle`] | what the pointer is on, and where a drag leads |
//! | `keys`, [`drag`] | keys and the pointer, which become commands |
//! | [`shelf`], `path_export` | saved designs, saved paths |
//!
//! The panel below the scene is in [`super::ui::design`].

mod answers;
pub mod apply;
pub mod drag;
pub mod engine;
pub mod handle;
mod keys;
mod path_export;
mod playback;
pub mod request;
pub mod shelf;
pub mod state;
pub mod undo;

use super::schedule::ExplorerSet;
use super::state::{FrameTimes, Launch, Lit, Notices, OpenCatalogue, Selection, WakeUp};
use crate::design::DesignError;
use crate::design::reembedding::Reembedding;
use crate::design::request::{DesignRequest, Held};
use crate::design::studio::Studio;
use crate::explorer::command::{Command, CursorCommand};
use crate::paths::Roots;
use crate::workspace::Item;
use bevy::prelude::*;
use bevy::window::RequestRedraw;
use engine::{DICE, Engine};
use state::{Directions, LatentCursor, Missing, PathState, Status};
use std::sync::Arc;
use undo::Undo;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<LatentCursor>()
        .add_systems(
            Update,
            ((follow_catalogue, take_answers, keys::keys, play).chain())
                .in_set(ExplorerSet::Arrive),
        )
        .add_systems(Update, drag::drag.in_set(ExplorerSet::Claim))
        .add_systems(Update, carry_out.in_set(ExplorerSet::Apply))
        .add_systems(Update, light.in_set(ExplorerSet::Show));
}

/// Another catalogue: begin anew; then, when they are there, its studio and who finds the nearest shoes.
fn follow_catalogue(
    open: Res<OpenCatalogue>,
    launch: Option<Res<Launch>>,
    wake: Res<WakeUp>,
    mut latent: ResMut<LatentCursor>,
    mut notices: ResMut<Notices>,
) {
    if open.catalog.is_none() {
        return;
    }
    if latent.generation != open.generation || latent.engine.is_none() {
        let engine = match latent.engine.take() {
            Some(engine) => Ok(engine),
            None => Engine::start(&wake.0),
        };
        let shelf = shelf::Shelf::of_user();
        *latent = LatentCursor {
            generation: open.generation,
            shelf,
            ..LatentCursor::default()
        };
        match engine {
            Ok(mut engine) => {
                engine.close();
                latent.engine = Some(engine);
                latent.status = Status::Loading;
            }
            Err(error) => {
                let words = format!("The system gives no thread for designs: {error}");
                notices.error(words.clone());
                latent.status = Status::Missing(Missing {
                    words,
                    command: None,
                });
            }
        }
    }
    if let (Status::Loading, Some(studio)) = (&latent.status, &open.studio) {
        latent.begin(studio, Launch::roots_of(launch.as_deref()));
    }
    if let (Status::Ready, Some(Ok(studio)), Some(old)) =
        (&latent.status, &open.studio, &latent.studio)
        && !Arc::ptr_eq(studio, old)
    {
        let is_same = Arc::ptr_eq(studio.generator(), old.generator());
        let (studio, roots) = (studio.clone(), Launch::roots_of(launch.as_deref()));
        match is_same {
            true => latent.move_into(studio, roots),
            false => latent.take_generator(studio, roots),
        }
    }
    if latent.is_ready()
        && !latent.has_recommender
        && let Some(recommender) = &open.recommender
    {
        latent.has_recommender = true;
        if let Some(engine) = &mut latent.engine {
            engine.recommender(recommender.clone());
        }
    }
}

impl LatentCursor {
    /// The studio of the open catalogue is there, or why there is none.
    fn begin(&mut self, studio: &Result<Arc<Studio>, Arc<DesignError>>, roots: Roots) {
        match studio {
            Ok(studio) => {
                if let Some(engine) = &mut self.engine {
                    engine.open(studio.clone(), roots.clone());
                }
                self.roots = roots;
                self.request.design.noise = studio.generator().noise(0, DICE as u64);
                self.studio = Some(studio.clone());
                self.status = Status::Ready;
            }
            Err(wrong) => self.status = Status::Missing(Missing::from(&**wrong)),
        }
    }

    /// Another generator makes the designs: what was asked for stays, and is made anew. What lies in the codes of the one
    /// before goes, where those of the other mean something else.
    fn take_generator(&mut self, studio: Arc<Studio>, roots: Roots) {
        let generator = studio.generator();
        let before = self.studio.as_ref().map(|studio| studio.generator());
        let has_same_codes = before.is_some_and(|before| generator.has_codes_of(before));
        let design = &mut self.request.design;
        design.settled = None;
        if !has_same_codes {
            design.held = None;
            design.directions.clear();
            self.directions = Directions::default();
            self.undo = Undo::default();
        }
        if design.noise.len() != generator.info().noise_dims {
            design.noise = generator.noise(0, DICE as u64);
        }
        self.dice.due = !self.dice.faces.is_empty();
        if let Some(engine) = &mut self.engine {
            engine.open(studio.clone(), roots);
        }
        (self.studio, self.has_recommender) = (Some(studio), false);
        self.order_design();
        self.order_path();
    }

    /// The shoes stand elsewhere, and so does the cursor: on the shoe that it was on, or else where the newest design
    /// lands; nowhere where that is not known. A path and what could be undone were of the places before.
    fn move_into(&mut self, studio: Arc<Studio>, roots: Roots) {
        let on = (self.newest.made.as_ref()).and_then(|made| made.filled.on);
        let on = on.and_then(|row| studio.cursor().position_of(row));
        let landed = self.newest.landed();
        let place = on.or_else(|| landed.and_then(|landed| studio.place(&landed.embedding).ok()));
        let design = &mut self.request.design;
        let rests = design.is_at_rest_on_held();
        self.request.placed &= place.is_some();
        if let Some(place) = place {
            design.at = place;
        }
        if on.is_none() {
            // It was found for another place.
            design.settled = None;
        }
        design.held = (design.held.take()).filter(|_| rests).map(|held| {
            Arc::new(Held {
                at: design.at,
                ..Held::clone(&held)
            })
        });
        self.path = PathState::default();
        self.undo = Undo::default();
        if let Some(engine) = &mut self.engine {
            engine.open(studio.clone(), roots);
        }
        (self.studio, self.has_recommender) = (Some(studio), false);
        if self.request.placed {
            self.order_design();
        }
    }
}

fn take_answers(
    mut latent: ResMut<LatentCursor>,
    mut commands: MessageWriter<Command>,
    mut times: ResMut<FrameTimes>,
) {
    let answers = latent
        .engine
        .as_ref()
        .map(Engine::answers)
        .unwrap_or_default();
    if answers.is_empty() {
        return;
    }
    let mut out = Vec::new();
    for answer in answers {
        if let engine::Answer::Made {
            took_ms,
            made: Ok(_),
            ..
        } = &answer
        {
            times.decode_ms = Some(*took_ms);
        }
        latent.answer(answer, &mut out);
    }
    commands.write_batch(out);
}

/// So many of the shoes nearest to the design are lit.
const LIT: usize = 12;

/// Lights the shoes nearest to the design, until something else is looked at.
fn light(
    latent: Res<LatentCursor>,
    selection: Res<Selection>,
    mut looked_at: Local<Option<Item>>,
    mut passed: Local<Option<DesignRequest>>,
    mut lit: ResMut<Lit>,
) {
    if !latent.is_changed() && !selection.is_changed() {
        return;
    }
    let asked = DesignRequest {
        settled: None,
        ..latent.request.design.clone()
    };
    let walks = latent.path.share.is_some();
    if *looked_at != selection.current {
        (*looked_at, *passed) = (selection.current.clone(), Some(asked.clone()));
    }
    let is_newest = latent.position().is_some() && (walks || passed.as_ref() != Some(&asked));
    let landed = latent.newest.landed().filter(|_| is_newest);
    let near = |landed: &Arc<Reembedding>| landed.near.iter().take(LIT).map(|n| n.0).collect();
    // Until it is known where a moving design lands, what was lit before stays.
    if landed.is_some() || !is_newest {
        lit.set_if_neq(Lit(landed.map(near)));
    }
}

/// The path plays on.
fn play(
    mut latent: ResMut<LatentCursor>,
    time: Res<Time>,
    mut redraw: MessageWriter<RequestRedraw>,
) {
    if latent.path.playing.is_some() {
        // After a sleep of the event loop the first step would be a leap.
        latent.play_on(time.delta_secs().min(0.1));
        redraw.write(RequestRedraw);
    }
}

/// The cursor put on a shoe, a photo or a design; none where that has no place.
fn onto(open: &OpenCatalogue, item: &Item) -> Option<CursorCommand> {
    Some(CursorCommand::Place {
        at: open.position_of(item)?.to_array(),
        on: Some(item.clone()),
    })
}

fn carry_out(
    mut commands: MessageReader<Command>,
    mut latent: ResMut<LatentCursor>,
    open: Res<OpenCatalogue>,
    selection: Res<Selection>,
    mut out: Commands,
) {
    let mut further = Vec::new();
    for command in commands.read() {
        match command {
            Command::UndoAny => {
                let [design, _] = latent.undo.times();
                match selection.past.last() > design {
                    true => further.push(Command::Undo),
                    false => latent.apply(CursorCommand::Undo, &mut further),
                }
            }
            Command::RedoAny => {
                let [_, design] = latent.undo.times();
                let other = selection.past.next();
                match other.is_some_and(|when| design.is_none_or(|design| when < design)) {
                    true => further.push(Command::Redo),
                    false => latent.apply(CursorCommand::Redo, &mut further),
                }
            }
            Command::Cursor(command) => latent.apply(command.clone(), &mut further),
            Command::DesignFrom(item) => {
                if let Some(command) = onto(&open, item) {
                    latent.apply(command, &mut further);
                }
            }
            _ => {}
        }
    }
    for command in further {
        out.write_message(command);
    }
}
