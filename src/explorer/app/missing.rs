//! What is missing from the open catalogue: shoes that do not exist are imagined where it has none, and stand among the real ones
//! as ghosts until they are kept or dismissed.

use crate::design::DesignError;
use crate::design::imagine::{Imagination, ImagineOptions, Missing};
use crate::explorer::command::{Command, CursorCommand, Ghostly};
use crate::explorer::schedule::ExplorerSet;
use crate::explorer::state::{Ghost, Ghosts, Notices, OpenCatalogue, Running, WakeUp};
use crate::explorer::worker::{Outcome, Task};
use crate::job::Job;
use crate::priority::quietly;
use crate::workspace::{Generation, Item};
use bevy::prelude::*;
use std::sync::Arc;

/// So many are looked for.
const COUNT: usize = 16;
/// So many ghosts stand in the scene at most; the first ones go.
const MOST: usize = 3 * COUNT;

/// The search under way.
#[derive(Resource, Default)]
struct AtWork {
    seen: Generation,
    looking: Option<(Task<Result<Vec<Missing>, DesignError>>, Job)>,
    /// The seed of the last search: another one finds others.
    seed: u64,
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<AtWork>()
        .init_resource::<Ghosts>()
        .add_systems(
            Update,
            (follow, ask, answer).chain().in_set(ExplorerSet::Arrive),
        );
}

/// Another catalogue misses other shoes.
fn follow(
    open: Res<OpenCatalogue>,
    mut at_work: ResMut<AtWork>,
    mut ghosts: ResMut<Ghosts>,
    mut running: ResMut<Running>,
) {
    let mut seen = at_work.seen;
    if !open.generation.is_news_to(&mut seen) {
        return;
    }
    if let Some((_, job)) = &at_work.looking {
        job.cancel();
        running.end(job);
    }
    *at_work = AtWork {
        seen,
        ..AtWork::default()
    };
    *ghosts = Ghosts {
        made: ghosts.made,
        ..Ghosts::default()
    };
}

fn ask(
    mut commands: MessageReader<Command>,
    open: Res<OpenCatalogue>,
    wake: Res<WakeUp>,
    mut at_work: ResMut<AtWork>,
    mut ghosts: ResMut<Ghosts>,
    mut running: ResMut<Running>,
    mut notices: ResMut<Notices>,
    mut out: Commands,
) {
    for command in commands.read() {
        let asked = match command {
            Command::Ghosts(asked) => asked,
            // What is taken out of the scene is no ghost any more.
            Command::Place(item, false) => {
                ghosts.list.retain(|ghost| ghost.item != *item);
                continue;
            }
            _ => continue,
        };
        match asked {
            Ghostly::Imagine if at_work.looking.is_some() => {}
            Ghostly::Imagine => {
                let (Some(Ok(studio)), Some(recommender)) = (&open.studio, &open.recommender)
                else {
                    notices.error("There is no generator, or no neighbours are known yet: wait until the catalogue is read");
                    continue;
                };
                let job = running.begin("Imagining what is missing");
                let (studio, recommender) = (studio.clone(), recommender.clone());
                let (seed, worker) = (at_work.seed, job.clone());
                let task = Task::spawn("shoespace missing", &wake.0, move || {
                    let imagination = Imagination {
                        generator: studio.generator(),
                        embedder: studio.embedder()?,
                        beside: Some((&studio, &recommender)),
                    };
                    let options = ImagineOptions {
                        count: COUNT,
                        seed,
                        gaps: true,
                    };
                    quietly(|| imagination.missing(&options, &worker))
                });
                at_work.seed += 1;
                at_work.looking = Some((task, job));
                ghosts.looking = true;
            }
            Ghostly::Keep(item) => {
                ghosts.list.retain(|ghost| ghost.item != *item);
                out.write_message(Command::Cursor(CursorCommand::Keep(item.clone())));
            }
            Ghostly::Dismiss(item) => {
                out.write_message(Command::Place(item.clone(), false));
            }
            Ghostly::DismissAll => {
                for ghost in &ghosts.list {
                    out.write_message(Command::Place(ghost.item.clone(), false));
                }
            }
        }
    }
}

fn answer(
    mut at_work: ResMut<AtWork>,
    mut ghosts: ResMut<Ghosts>,
    mut notices: ResMut<Notices>,
    mut running: ResMut<Running>,
    mut out: MessageWriter<Command>,
) {
    let Some((task, job)) = &at_work.looking else {
        return;
    };
    let found = match task.poll() {
        Outcome::Working => return,
        Outcome::Done(found) => found.map_err(|error| error.to_string()),
        Outcome::Lost => Err("Imagining ended unexpectedly (a bug); nothing was changed".into()),
    };
    running.end(job);
    let is_cancelled = job.is_cancelled();
    at_work.looking = None;
    ghosts.looking = false;
    let found = match found {
        Ok(found) => found,
        Err(_) if is_cancelled => return,
        Err(error) => return notices.error(error),
    };
    if found.is_empty() {
        return notices.info("Nothing was found that is new here and that the generator can make");
    }
    for (at, missing) in found.into_iter().enumerate() {
        let mut design = missing.design;
        design.name = format!("Missing {}", ghosts.named + at + 1);
        let item = Item::Design(Arc::new(design));
        out.write(Command::Place(item.clone(), true));
        ghosts.made += 1;
        let id = ghosts.made;
        ghosts.list.push(Ghost {
            id,
            item,
            reads_as: missing.reads_as,
            newness: missing.newness,
        });
    }
    ghosts.named += COUNT;
    let too_many = ghosts.list.len().saturating_sub(MOST);
    for ghost in ghosts.list.drain(..too_many) {
        out.write(Command::Place(ghost.item, false));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::PicturedDesign;

    fn ghost(name: &str) -> Ghost {
        let design = PicturedDesign {
            name: name.into(),
            design: crate::design::Design {
                code: vec![name.len() as f32],
                ..crate::design::Design::default()
            },
            picture: image::RgbImage::new(8, 8),
            landed: None,
        };
        Ghost {
            id: 0,
            item: Item::Design(Arc::new(design)),
            reads_as: String::new(),
            newness: 50.0,
        }
    }

    #[test]
    fn what_is_kept_stays_and_what_is_dismissed_goes() {
        let mut app = App::new();
        app.add_plugins(MinimalPlugins)
            .add_message::<Command>()
            .init_resource::<OpenCatalogue>()
            .init_resource::<Notices>()
            .init_resource::<Running>()
            .init_resource::<WakeUp>();
        plugin(&mut app);
        app.update();
        let all = [ghost("a"), ghost("bb"), ghost("ccc")];
        let items: Vec<Item> = all.iter().map(|ghost| ghost.item.clone()).collect();
        app.world_mut().resource_mut::<Ghosts>().list = all.into();
        let send = |app: &mut App, command| {
            app.world_mut().write_message(command);
            app.update();
            app.update();
            app.update();
        };
        send(&mut app, Command::Ghosts(Ghostly::Keep(items[0].clone())));
        send(
            &mut app,
            Command::Ghosts(Ghostly::Dismiss(items[1].clone())),
        );
        let left = &app.world().resource::<Ghosts>().list;
        assert_eq!(left.len(), 1);
        assert_eq!(left[0].item, items[2]);
        send(&mut app, Command::Ghosts(Ghostly::DismissAll));
        assert!(app.world().resource::<Ghosts>().list.is_empty());
        // Without a generator it is said, and nothing is looked for.
        send(&mut app, Command::Ghosts(Ghostly::Imagine));
        assert!(!app.world().resource::<Ghosts>().looking);
        assert_eq!(app.world().resource::<Notices>().0.len(), 1);
    }
}
