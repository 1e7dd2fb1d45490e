//! The explorer's real plugins, mounted whole and drawn off screen: what is asked for reaches its owner.
#![cfg(feature = "explorer")]

mod off_screen;

use bevy::app::App;
use bevy::math::UVec2;
use off_screen::{Made, has_driver, picture, write_catalogue};
use shoespace::explorer::app::opening::Begun;
use shoespace::explorer::app::platform;
use shoespace::explorer::command::{Command, CursorCommand};
use shoespace::explorer::scene::camera::OffScreen;
use shoespace::explorer::scene::cloud::Cloud;
use shoespace::explorer::state::{
    Launch, NoticeLevel, Notices, OpenCatalogue, Recommendations, Screen, Selection,
};
use shoespace::paths::Roots;
use shoespace::workspace::Item;
use std::path::Path;
use std::time::{Duration, Instant};

const SIZE: UVec2 = UVec2::new(640, 400);

/// A row of twelve shoes.
fn small_catalogue(path: &Path) {
    let made = (0..12)
        .map(|n| Made {
            picture: picture(32, [180, 40, 40]),
            position: [n as f32, 0.0, 0.0],
            feature: Box::new(move |i| (n as f32 + i as f32).sin()),
        })
        .collect();
    write_catalogue(path, made, &[]);
}

/// The whole explorer on `catalogue`.
fn explorer(catalogue: &Path) -> App {
    let launch = Launch {
        catalogue: None,
        roots: Roots::new(vec!["/nowhere".into()]),
        began: Instant::now(),
        windowed: false,
    };
    let screen = OffScreen {
        size: SIZE,
        scale_factor: 1.0,
    };
    let mut app = platform::off_screen_stepped(launch, Begun::default(), screen);
    app.finish();
    app.cleanup();
    app.world_mut()
        .write_message(Command::OpenCatalogue(catalogue.to_owned()));
    until(&mut app, "the catalogue is open and drawn", |app| {
        let open = app.world().resource::<OpenCatalogue>();
        let cloud = app.world().get_resource::<Cloud>();
        open.recommender.is_some() && cloud.is_some_and(|cloud| cloud.on_screen() > 0)
    });
    app
}

fn until(app: &mut App, what: &str, there: impl Fn(&App) -> bool) {
    let began = Instant::now();
    while !there(app) {
        app.update();
        std::thread::sleep(Duration::from_millis(1));
        assert!(began.elapsed() < Duration::from_secs(120), "never: {what}");
    }
}

#[test]
fn what_is_asked_for_reaches_its_owner() {
    if !has_driver() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let catalogue = folder.path().join("small.parquet");
    small_catalogue(&catalogue);
    let mut app = explorer(&catalogue);

    // The selection, and from it the recommender.
    app.world_mut().write_message(Command::select_row(4));
    until(&mut app, "recommendations", |app| {
        let recommendations = app.world().resource::<Recommendations>();
        recommendations.of == Some(Item::Row(4)) && !recommendations.list.is_empty()
    });
    app.world_mut().write_message(Command::Like);
    app.world_mut().write_message(Command::Mark(7, true));
    app.world_mut().write_message(Command::ToggleGrid);
    until(&mut app, "like, mark and grid", |app| {
        let selection = app.world().resource::<Selection>();
        selection.likes == [Item::Row(4)]
            && selection.marked.contains(&7)
            && app.world().resource::<Screen>().grid
    });
    app.world_mut().write_message(Command::Escape);
    until(&mut app, "escape closes the grid", |app| {
        !app.world().resource::<Screen>().grid
    });

    // The latent cursor, which has no generator here, says so through the panels.
    let place = CursorCommand::Place {
        at: [0.0; 3],
        on: None,
    };
    app.world_mut().write_message(Command::Cursor(place));
    until(&mut app, "the cursor's answer", |app| {
        let notices = &app.world().resource::<Notices>().0;
        notices.iter().any(|n| n.level == NoticeLevel::Error)
    });
}
