//! The explorer's real plugins, mounted whole and drawn off screen: what is asked for reaches its owner.
#![cfg(feature = "explorer")]

mod off_screen;

use bevy::app::App;
use bevy::ecs::entity::Entity;
use bevy::input::ButtonState;
use bevy::input::mouse::{MouseButton, MouseButtonInput};
use bevy::math::{UVec2, Vec2, Vec3};
use bevy::window::{PrimaryWindow, Window};
use off_screen::{Made, has_driver, picture, write_catalogue};
use shoespace::design::direction::Judged;
use shoespace::explorer::app::opening::Begun;
use shoespace::explorer::app::platform;
use shoespace::explorer::command::{Command, CursorCommand};
use shoespace::explorer::cursor::state::LatentCursor;
use shoespace::explorer::scene::camera::{OffScreen, SceneView};
use shoespace::explorer::scene::cloud::Cloud;
use shoespace::explorer::state::{
    Hover, Launch, NoticeLevel, Notices, OpenCatalogue, PointerClaim, Recommendations, Running,
    Screen, Selection,
};
use shoespace::paths::Roots;
use shoespace::workspace::Item;
use shoespace::workspace::layouts::{Axis, SceneLayout};
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

/// The whole explorer on `catalogue`, with the models in `root`.
fn explorer(catalogue: &Path, root: &str) -> App {
    let launch = Launch {
        catalogue: None,
        roots: Roots::new(vec![root.into()]),
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
        // Regions come with the side that shows most, to which the camera goes.
        let known = open.recommender.is_some() && open.regions.is_some();
        known && cloud.is_some_and(|cloud| cloud.on_screen() > 0)
    });
    rest(&mut app);
    app
}

/// Waits until the camera stands still, so that what is where on the screen stays there: panels that open move it a few
/// frames later.
fn rest(app: &mut App) {
    let still = 12;
    let began = Instant::now();
    let mut seen = vec![app.world().resource::<SceneView>().view];
    while seen.len() < still {
        app.update();
        let now = app.world().resource::<SceneView>().view;
        if seen[0] != now {
            seen.clear();
        }
        seen.push(now);
        assert!(began.elapsed() < Duration::from_secs(120), "it never rests");
    }
}

/// The whole explorer on a row of twelve shoes, without a model.
fn small_explorer() -> (tempfile::TempDir, App) {
    let folder = tempfile::tempdir().unwrap();
    let catalogue = folder.path().join("small.parquet");
    small_catalogue(&catalogue);
    let app = explorer(&catalogue, "/nowhere");
    (folder, app)
}

fn until(app: &mut App, what: &str, there: impl Fn(&App) -> bool) {
    let began = Instant::now();
    while !there(app) {
        app.update();
        std::thread::sleep(Duration::from_millis(1));
        assert!(began.elapsed() < Duration::from_secs(120), "never: {what}");
    }
}

/// The pointer of a window that is not there: off screen nothing else moves one.
struct Pointer(Entity);

impl Pointer {
    fn new(app: &mut App) -> Self {
        let window = Window {
            resolution: (SIZE.x, SIZE.y).into(),
            ..Window::default()
        };
        Self(app.world_mut().spawn((window, PrimaryWindow)).id())
    }

    fn move_to(&self, app: &mut App, at: Vec2) {
        let mut window = app.world_mut().get_mut::<Window>(self.0).unwrap();
        window.set_cursor_position(Some(at));
        app.update();
    }

    fn button(&self, app: &mut App, state: ButtonState) {
        app.world_mut().write_message(MouseButtonInput {
            button: MouseButton::Left,
            state,
            window: self.0,
        });
        app.update();
    }

    fn click(&self, app: &mut App, at: Vec2) {
        self.move_to(app, at);
        self.button(app, ButtonState::Pressed);
        self.button(app, ButtonState::Released);
    }
}

fn on_screen(app: &App, point: [f32; 3]) -> Vec2 {
    let view = app.world().resource::<SceneView>();
    view.project(Vec3::from_array(point)).unwrap().0
}

#[test]
fn a_click_on_a_shoe_selects_it_and_a_double_click_flies_there() {
    if !has_driver() {
        return;
    }
    let (_folder, mut app) = small_explorer();
    let pointer = Pointer::new(&mut app);
    let at = on_screen(&app, [9.0, 0.0, 0.0]);
    pointer.move_to(&mut app, at);
    // The ninth, or one that stands before it there.
    let hover = app.world().resource::<Hover>();
    let row = hover.row.expect("a shoe is there");
    assert!(row.abs_diff(9) <= 1, "{row}");
    pointer.click(&mut app, at);
    until(&mut app, "the shoe under the pointer is selected", |app| {
        app.world().resource::<Selection>().row() == Some(row)
    });
    // Two at once, since a slow machine may take long between those before and after the wait.
    pointer.click(&mut app, at);
    pointer.click(&mut app, at);
    until(&mut app, "the camera goes to it", |app| {
        let focus = app.world().resource::<SceneView>().view.focus;
        focus.distance(Vec3::new(row as f32, 0.0, 0.0)) < 0.1
    });
    rest(&mut app);
    // A press that moves before it lets go turns the camera, and selects nothing.
    let at = on_screen(&app, [row as f32, 0.0, 0.0]);
    pointer.move_to(&mut app, at);
    assert!(app.world().resource::<Hover>().row.is_some());
    app.world_mut().write_message(Command::Select(None));
    app.update();
    pointer.button(&mut app, ButtonState::Pressed);
    pointer.move_to(&mut app, at + Vec2::new(60.0, 0.0));
    pointer.button(&mut app, ButtonState::Released);
    assert_eq!(app.world().resource::<Selection>().row(), None);
}

#[test]
fn the_handle_is_dragged_and_the_design_follows() {
    if !has_driver() {
        return;
    }
    // Tests run in the root of the clone that they are of.
    let root = ".";
    let catalogue = Path::new(root).join("data/fashion-mnist-shoes.parquet");
    let mut app = explorer(&catalogue, root);
    let pointer = Pointer::new(&mut app);
    let latent = |app: &App| {
        let latent = app.world().resource::<LatentCursor>();
        (latent.request.design.at, latent.newest.number)
    };
    until(&mut app, "the generator is loaded", |app| {
        app.world().resource::<LatentCursor>().is_ready()
    });
    let centre = app.world().resource::<OpenCatalogue>().extent.centre;
    let place = CursorCommand::Place {
        at: centre,
        on: None,
    };
    app.world_mut().write_message(Command::Cursor(place));
    until(&mut app, "the first design", |app| latent(app).1 > 0);
    rest(&mut app);
    let (from, first) = latent(&app);
    assert_eq!(from, centre);
    let at = on_screen(&app, from);
    pointer.move_to(&mut app, at);
    assert!(app.world().resource::<PointerClaim>().by_cursor);
    pointer.button(&mut app, ButtonState::Pressed);
    pointer.move_to(&mut app, at + Vec2::new(40.0, -25.0));
    app.update();
    pointer.button(&mut app, ButtonState::Released);
    let (to, _) = latent(&app);
    let there = on_screen(&app, to);
    assert!(
        there.distance(at + Vec2::new(40.0, -25.0)) < 1.5,
        "{there} from {at}"
    );
    until(&mut app, "a design from there", |app| latent(app).1 > first);
    let settles = |app: &App| {
        let newest = &app.world().resource::<LatentCursor>().newest;
        newest.landed().is_some() && newest.improvements > 0
    };
    until(&mut app, "it lands, and settles nearer", settles);
    assert!(
        app.world().resource::<Selection>().current.is_none(),
        "no shoe was clicked"
    );

    // In another layout the shoes glide, and cursor and design go with them.
    let components = app.world().resource::<OpenCatalogue>().points.clone();
    let lay_out = |app: &mut App, layout: SceneLayout| {
        let command = Command::LayOut(layout.clone());
        app.world_mut().write_message(command);
        until(app, "the shoes stand still in the other layout", |app| {
            let open = app.world().resource::<OpenCatalogue>();
            open.layout == layout && app.world().resource::<Running>().0.is_empty()
        });
        let mut before = app.world().resource::<OpenCatalogue>().points.clone();
        loop {
            app.update();
            let now = app.world().resource::<OpenCatalogue>().points.clone();
            if std::sync::Arc::ptr_eq(&now, &before) {
                break now;
            }
            before = now;
        }
    };
    let (_, before) = latent(&app);
    let neighbourhoods = lay_out(&mut app, SceneLayout::Neighbourhoods);
    assert_ne!(neighbourhoods, components);
    until(&mut app, "a design where the cursor is now", |app| {
        latent(app).1 > before
    });
    assert_ne!(
        latent(&app).0,
        to,
        "it stands among those that look like it"
    );
    let others = lay_out(&mut app, SceneLayout::Components([0, 3, 1]));
    assert!(
        others
            .iter()
            .zip(components.iter())
            .all(|(a, b)| (a[2] - b[1]).abs() < 1e-2)
    );
    // Axes of one's own: dragged towards its word, a design comes from the shoes that have it.
    let sandals = Axis::Towards("label".into(), "Sandal".into());
    let axes = [sandals, Axis::Component(0), Axis::Component(1)];
    let own = lay_out(&mut app, SceneLayout::Own(axes));
    let (is_sandal, scales) = {
        let open = app.world().resource::<OpenCatalogue>();
        let label = open.catalog.as_ref().unwrap().column("label").unwrap();
        let is_sandal: Vec<bool> = (0..own.len())
            .map(|row| label.text(row).as_deref() == Some("Sandal"))
            .collect();
        (is_sandal, open.scales.clone().unwrap())
    };
    assert!(matches!(scales[0].judged, Some(Judged::Accuracy(share)) if share > 0.8));
    let (_, before) = latent(&app);
    let high = (0..own.len()).filter(|&row| is_sandal[row]);
    let high = high
        .max_by(|a, b| own[*a][0].total_cmp(&own[*b][0]))
        .unwrap();
    let place = CursorCommand::Place {
        at: own[high],
        on: None,
    };
    app.world_mut().write_message(Command::Cursor(place));
    until(&mut app, "a design at the far end", |app| {
        let newest = &app.world().resource::<LatentCursor>().newest;
        latent(app).1 > before && newest.landed().is_some()
    });
    let newest = &app.world().resource::<LatentCursor>().newest;
    let near = &newest.landed().unwrap().near;
    let sandals = near.iter().filter(|(row, _)| is_sandal[*row]).count();
    assert!(sandals * 2 > near.len(), "{sandals} of {}", near.len());
    let back = lay_out(&mut app, SceneLayout::FIRST);
    assert_eq!(back, components);
}

#[test]
fn what_is_asked_for_reaches_its_owner() {
    if !has_driver() {
        return;
    }
    let (_folder, mut app) = small_explorer();

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
