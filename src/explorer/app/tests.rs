//! The explorer's systems without a window or a renderer: requests go in, state comes out.

use super::{opening, recommending, selection};
use crate::catalog::fixture::Fixture;
use crate::catalog::writer::NewShoe;
use crate::explorer::command::Command;
use crate::explorer::schedule::ExplorerSet;
use crate::explorer::state::*;
use crate::explorer::worker::Outcome;
use crate::recommend::RecommendError;
use crate::workspace::Item;
use bevy::prelude::*;
use std::path::Path;
use std::time::{Duration, Instant};

fn catalogue(path: &Path, shoes: usize) {
    let blocks = crate::embed::BLOCKS.map(|block| (block.name, block.dims));
    let shoe = |n: usize| NewShoe {
        blocks: blocks
            .iter()
            .map(|(_, dims)| (0..*dims).map(|i| ((n * 7 + i) as f32).sin()).collect())
            .collect(),
        position: [n as f32, 0.0, 0.0],
        ..NewShoe::default()
    };
    Fixture::new(blocks).shoes((0..shoes).map(shoe)).write(path);
}

fn app() -> App {
    let mut app = App::new();
    app.add_plugins(MinimalPlugins)
        .add_message::<bevy::window::RequestRedraw>()
        .configure_sets(
            Update,
            (ExplorerSet::Arrive, ExplorerSet::Apply, ExplorerSet::Camera).chain(),
        )
        .init_resource::<OpenCatalogue>()
        .init_resource::<Selection>()
        .init_resource::<Placed>()
        .init_resource::<Shown>()
        .init_resource::<RecommendOptions>()
        .init_resource::<Recommendations>()
        .init_resource::<Screen>()
        .init_resource::<Notices>()
        .init_resource::<Running>()
        .init_resource::<WakeUp>()
        .init_resource::<crate::explorer::settings::ExplorerSettings>()
        .add_plugins((
            crate::explorer::facts::plugin,
            opening::plugin,
            selection::plugin,
            recommending::plugin,
        ));
    app
}

fn until(app: &mut App, mut there: impl FnMut(&World) -> bool) {
    let began = Instant::now();
    while !there(app.world()) {
        app.update();
        std::thread::sleep(Duration::from_millis(1));
        assert!(began.elapsed() < Duration::from_secs(60), "it never came");
    }
}

#[test]
fn a_click_leads_to_recommendations_and_back_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shoes.parquet");
    catalogue(&path, 12);
    let mut app = app();
    app.world_mut()
        .write_message(Command::OpenCatalogue(path.clone()));
    until(&mut app, |world| {
        world.resource::<OpenCatalogue>().recommender.is_some()
    });
    let open = app.world().resource::<OpenCatalogue>();
    assert_eq!((open.len(), open.generation.number()), (12, 1));
    assert!(open.extent.radius > 0.0 && open.extent.billboard > 0.0);
    assert!(app.world().resource::<Running>().0.is_empty());

    app.world_mut().write_message(Command::select_row(4));
    until(&mut app, |world| {
        !world.resource::<Recommendations>().list.is_empty()
    });
    let found = app.world().resource::<Recommendations>();
    assert_eq!(found.of, Some(Item::Row(4)));
    assert_eq!(found.list.len(), 11, "all others, since there are so few");
    assert!(found.list.iter().all(|r| r.row != 4));

    app.world_mut().write_message(Command::select_row(7));
    app.world_mut().write_message(Command::Like);
    until(&mut app, |world| {
        world.resource::<Recommendations>().of == Some(Item::Row(7))
    });
    assert_eq!(app.world().resource::<Selection>().likes, [Item::Row(7)]);
    app.world_mut().write_message(Command::Back);
    until(&mut app, |world| {
        world.resource::<Recommendations>().of == Some(Item::Row(4))
    });
    // A row that is not there changes nothing.
    app.world_mut().write_message(Command::select_row(1000));
    app.update();
    assert_eq!(app.world().resource::<Selection>().row(), Some(4));
}

#[test]
fn a_catalogue_that_cannot_be_opened_is_told_and_the_open_one_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shoes.parquet");
    catalogue(&path, 3);
    let mut app = app();
    app.world_mut().write_message(Command::OpenCatalogue(path));
    until(&mut app, |world| {
        world.resource::<OpenCatalogue>().catalog.is_some()
    });
    let bad = folder.path().join("bad.parquet");
    std::fs::write(&bad, "no catalogue").unwrap();
    app.world_mut().write_message(Command::OpenCatalogue(bad));
    let mut told = None;
    until(&mut app, |world| {
        let commands = world.resource::<Messages<Command>>();
        told = (commands.iter_current_update_messages()).find_map(|command| match command {
            Command::Refused(why) => Some(why.clone()),
            _ => None,
        });
        told.is_some()
    });
    assert!(told.as_ref().unwrap().contains("bad.parquet"), "{told:?}");
    assert_eq!(app.world().resource::<OpenCatalogue>().len(), 3);
}

#[test]
fn random_keeps_to_the_filter() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shoes.parquet");
    catalogue(&path, 9);
    let mut app = app();
    app.world_mut().write_message(Command::OpenCatalogue(path));
    until(&mut app, |world| {
        world.resource::<OpenCatalogue>().catalog.is_some()
    });
    app.update();
    let mut mask = vec![false; 9];
    mask[6] = true;
    app.world_mut().resource_mut::<Shown>().mask = Some(std::sync::Arc::new(mask));
    app.world_mut().write_message(Command::Random);
    app.update();
    assert_eq!(app.world().resource::<Selection>().row(), Some(6));
}

#[test]
fn a_cancelled_preparation_ends_without_recommendations() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shoes.parquet");
    catalogue(&path, 30);
    let catalog = std::sync::Arc::new(crate::catalog::Catalog::open(&path).unwrap());
    let job = crate::job::Job::new();
    job.cancel();
    let task = opening::prepare(catalog, job, &Default::default());
    let outcome = loop {
        match task.poll() {
            Outcome::Working => std::thread::sleep(Duration::from_millis(1)),
            other => break other,
        }
    };
    assert!(matches!(
        outcome,
        Outcome::Done(Err(RecommendError::Cancelled(_)))
    ));
}
