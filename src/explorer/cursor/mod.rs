//! The latent cursor: a handle in the scene that is dragged, and the shoe that could be there.
//!
//! | file | owns |
//! | --- | --- |
//! | [`requests`] | what can be asked of it |
//! | [`wish`], [`state`] | what the user wants (undone and done again), and what is known |
//! | [`control`], `walking`, `arrive` | what requests, paths and answers do |
//! | [`engine`] | the thread that designs: the newest request wins; `engine::worker` is the thread's own side |
//! | [`handle`] | what the pointer is on, and where a drag leads |
//! | `keys`, `drag`, `overlay` | keys, the pointer, what is drawn over the scene |
//! | [`shelf`], `export` | saved designs, saved paths |
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
pub mod requests;
pub mod shelf;
pub mod state;
pub mod wish;

use super::messages::{
    OpenDesignRequest, PlaceRequest, RateRequest, SelectRequest, SpaceDoubleClicked,
};
use super::schedule::ExplorerSet;
use super::state::{FrameTimes, Launch, Notices, OpenCatalogue, WakeUp};
use apply::Effect;
use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use bevy::window::RequestRedraw;
use engine::Engine;
use requests::{LatentRequest, Use};
use state::{Latent, Status};

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Latent>()
        .add_message::<LatentRequest>()
        .add_systems(
            Update,
            ((follow_catalogue, take_answers, keys::keys, play).chain())
                .in_set(ExplorerSet::Arrive),
        )
        .add_systems(Update, drag::drag.in_set(ExplorerSet::Claim))
        .add_systems(Update, perform.in_set(ExplorerSet::Apply));
}

/// What effects become.
#[derive(SystemParam)]
pub(super) struct Effects<'w> {
    notices: ResMut<'w, Notices>,
    place: MessageWriter<'w, PlaceRequest>,
    select: MessageWriter<'w, SelectRequest>,
    rate: MessageWriter<'w, RateRequest>,
}

impl Effects<'_> {
    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Info(words) => self.notices.info(words),
                Effect::Error(words) => self.notices.error(words),
                Effect::Ask(item) => {
                    self.place.write(PlaceRequest {
                        item: item.clone(),
                        present: true,
                    });
                    self.select.write(SelectRequest(Some(item)));
                }
                Effect::Like(item) => {
                    self.place.write(PlaceRequest {
                        item: item.clone(),
                        present: true,
                    });
                    self.rate.write(RateRequest {
                        item,
                        like: Some(true),
                    });
                }
            }
        }
    }
}

/// Another catalogue, another studio; then, when it is there, who finds the nearest shoes.
fn follow_catalogue(
    open: Res<OpenCatalogue>,
    launch: Option<Res<Launch>>,
    wake: Res<WakeUp>,
    mut latent: ResMut<Latent>,
    mut notices: ResMut<Notices>,
) {
    let Some(catalog) = &open.catalog else { return };
    if latent.generation != open.generation || latent.engine.is_none() {
        let engine = match latent.engine.take() {
            Some(engine) => Ok(engine),
            None => Engine::start(wake.0.clone()),
        };
        let roots = launch.map_or_else(
            || crate::paths::Roots::of_process(None),
            |l| l.roots.clone(),
        );
        let shelf = shelf::Shelf::of_user();
        *latent = Latent {
            generation: open.generation,
            shelf,
            ..Latent::default()
        };
        match engine {
            Ok(mut engine) => {
                engine.open(open.generation, catalog.clone(), roots);
                latent.engine = Some(engine);
                latent.status = Status::Loading;
            }
            Err(error) => {
                let words = format!("The system gives no thread for designs: {error}");
                notices.error(words.clone());
                latent.status = Status::Missing(words);
            }
        }
    }
    if !latent.has_recommender
        && let Some(recommender) = &open.recommender
    {
        latent.has_recommender = true;
        if let Some(engine) = &mut latent.engine {
            engine.recommender(recommender.clone());
        }
    }
}

fn take_answers(mut latent: ResMut<Latent>, mut effects: Effects, mut times: ResMut<FrameTimes>) {
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
    effects.carry_out(out);
}

/// The path plays on.
fn play(mut latent: ResMut<Latent>, time: Res<Time>, mut redraw: MessageWriter<RequestRedraw>) {
    if latent.path.playing.is_some() {
        // After a sleep of the event loop the first step would be a leap.
        latent.play_on(time.delta_secs().min(0.1));
        redraw.write(RequestRedraw);
    }
}

fn perform(
    mut requests: MessageReader<LatentRequest>,
    mut placed: MessageReader<SpaceDoubleClicked>,
    mut opened: MessageReader<OpenDesignRequest>,
    mut latent: ResMut<Latent>,
    mut effects: Effects,
) {
    if requests.is_empty() && placed.is_empty() && opened.is_empty() {
        return;
    }
    let mut out = Vec::new();
    for request in requests.read() {
        latent.apply(request.clone(), &mut out);
    }
    for SpaceDoubleClicked(at) in placed.read() {
        latent.apply(
            LatentRequest::Place {
                at: at.to_array(),
                on: None,
            },
            &mut out,
        );
    }
    for OpenDesignRequest(path) in opened.read() {
        latent.apply(LatentRequest::Shelf(path.clone(), Use::Place), &mut out);
    }
    effects.carry_out(out);
}
