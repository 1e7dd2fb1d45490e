//! The panels' systems in an app without a window: what is opened is followed, wishes reach the cloud,
//! choices reach the recommender, thumbnails arrive.

use crate::explorer::command::Command;
use crate::explorer::state::{
    Launch, Notices, OpenCatalogue, RecommendOptions, Running, Selection, Shown, WakeUp,
};
use crate::explorer::ui::state::PanelState;
use crate::explorer::ui::thumbnails::Thumb;
use crate::explorer::ui::{autosave, sync};
use crate::paths::Roots;
use crate::recommend::Recommender;
use crate::recommend::fixture;
use crate::workspace::Workspace;
use crate::workspace::colouring::{ColourBy, Legend};
use crate::workspace::extent::Extent;
use crate::workspace::facets::FacetModel;
use crate::workspace::session::Session;
use crate::workspace::session_file::SessionFile;
use bevy::prelude::*;
use bevy_egui::egui;
use std::sync::Arc;
use std::time::{Duration, Instant};

fn app(rows: usize) -> (tempfile::TempDir, App) {
    let (folder, catalog) = fixture::catalogue(rows);
    let mut open = Workspace::default();
    open.open(catalog.clone(), Extent::of(catalog.positions()));
    open.facets = Some(Arc::new(FacetModel::new(&*catalog)));
    let mut app = App::new();
    app.add_plugins(MinimalPlugins)
        .add_message::<Command>()
        .init_resource::<PanelState>()
        .init_resource::<Selection>()
        .init_resource::<Shown>()
        .init_resource::<Running>()
        .init_resource::<Notices>()
        .init_resource::<WakeUp>()
        .init_resource::<RecommendOptions>()
        .insert_resource(Launch {
            catalogue: None,
            roots: Roots::new(Vec::new()),
            began: Instant::now(),
            windowed: false,
        })
        .insert_resource(OpenCatalogue(open))
        .add_systems(Update, (sync::opened, sync::answers).chain())
        .add_message::<bevy::window::RequestRedraw>()
        .add_systems(Last, autosave::keep_session);
    (folder, app)
}

/// Runs frames until `there` says so.
fn until(app: &mut App, what: &str, mut there: impl FnMut(&mut World) -> bool) {
    let began = Instant::now();
    loop {
        app.update();
        if there(app.world_mut()) {
            return;
        }
        let told = &app.world().resource::<Notices>().0;
        assert!(told.is_empty(), "{told:?}");
        assert!(began.elapsed() < Duration::from_secs(30), "never: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn a_filter_reaches_the_cloud_and_the_recommender_when_asked() {
    let (_folder, mut app) = app(90);
    until(&mut app, "columns", |world| {
        world.resource::<PanelState>().finding.found.is_some()
    });
    assert!(app.world().resource::<Shown>().mask.is_none());
    let mut state = app.world_mut().resource_mut::<PanelState>();
    state.wishes.facets.toggle("kind", "Boots");
    state.wishes.colour = ColourBy::Column("hue".into());
    // It is asked for unless it is switched off.
    assert!(std::mem::replace(&mut state.tuning.within, false));
    until(&mut app, "mask and colours", |world| {
        let shown = world.resource::<Shown>();
        shown.mask.is_some() && shown.colours.is_some()
    });
    let shown = app.world().resource::<Shown>();
    let mask = shown.mask.clone().unwrap();
    assert_eq!(mask.iter().filter(|&&passes| passes).count(), 30);
    assert_eq!(shown.colours.as_ref().unwrap().len(), 90);
    assert!(
        app.world()
            .resource::<RecommendOptions>()
            .query
            .among
            .is_none()
    );
    let mut state = app.world_mut().resource_mut::<PanelState>();
    state.tuning.within = true;
    state.tuning.same.insert("hue".into());
    until(&mut app, "question", |world| {
        world.resource::<RecommendOptions>().query.among.is_some()
    });
    let query = app.world().resource::<RecommendOptions>().query.clone();
    assert!(Arc::ptr_eq(query.among.as_ref().unwrap(), &mask));
    assert_eq!(query.same, ["hue"]);
    assert!(query.weights.blocks.contains_key("style"));
    assert!(
        !query.weights.blocks.contains_key("learned"),
        "this catalogue has none"
    );
    let asked = app
        .world_mut()
        .resource_mut::<Messages<Command>>()
        .drain()
        .filter(|command| matches!(command, Command::Recommend))
        .count();
    assert!(asked > 0);
}

#[test]
fn a_catalogue_is_tinted_by_kind_until_its_user_chooses() {
    let (_folder, mut app) = app(30);
    until(&mut app, "tint", |world| {
        let shown = world.resource::<Shown>();
        shown.colours.is_some() && !shown.pending
    });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("session.json");
    let mut state = app.world_mut().resource_mut::<PanelState>();
    let kind = ColourBy::Column("kind".into());
    assert_eq!(state.wishes.colour, kind);
    let mut file = SessionFile::read(path.clone()).0;
    file.colour_at_first(kind.clone());
    state.kept.session = Some(file);
    let mut save = |colour: &ColourBy| {
        let mut session = Session::default();
        session.wishes.colour = colour.clone();
        state.kept.latest = Some((session, Vec::new()));
        autosave::save(&mut state, &mut Notices::default());
    };
    save(&kind);
    assert!(!path.exists(), "nobody chose anything");
    save(&ColourBy::Nothing);
    let kept = Session::load(&path).unwrap().unwrap();
    assert_eq!(kept.wishes.colour, ColourBy::Nothing, "a choice is kept");
    // What was kept is not coloured over.
    state.wishes = kept.wishes;
    state.kept.session = Some(SessionFile::read(path).0);
    let open = app.world().resource::<OpenCatalogue>();
    let (catalog, facets) = (open.catalog.clone().unwrap(), open.facets.clone().unwrap());
    let mut state = app.world_mut().resource_mut::<PanelState>();
    autosave::colour_at_first(&mut state, &catalog, &facets);
    assert_eq!(state.wishes.colour, ColourBy::Nothing);
}

#[test]
fn trust_is_worked_out_when_it_is_asked_for() {
    let (_folder, mut app) = app(60);
    let catalog = app
        .world()
        .resource::<OpenCatalogue>()
        .catalog
        .clone()
        .unwrap();
    let recommender = Arc::new(Recommender::new(catalog).unwrap());
    app.world_mut()
        .resource_mut::<OpenCatalogue>()
        .prepared(recommender);
    until(&mut app, "columns", |world| {
        world.resource::<PanelState>().finding.found.is_some()
    });
    app.world_mut().resource_mut::<PanelState>().wishes.colour = ColourBy::Trust;
    until(&mut app, "colours of trust", |world| {
        let found = world.resource::<PanelState>().finding.found.as_ref();
        let colours = found.and_then(|found| found.colours.as_ref());
        colours.is_some_and(|colours| matches!(colours.legend, Legend::Scale { .. }))
    });
    assert!(
        app.world().resource::<Running>().0.is_empty(),
        "the work is taken off the list"
    );
}

#[test]
fn a_picture_is_asked_for_and_comes() {
    let (_folder, mut app) = app(12);
    let ctx = egui::Context::default();
    until(&mut app, "picture", |world| {
        let mut state = world.resource_mut::<PanelState>();
        state.thumbs.tend(&ctx);
        matches!(state.thumbs.get(3), Thumb::Ready(_, size) if size.x == size.y)
    });
}

#[test]
fn another_catalogue_begins_anew() {
    let (_folder, mut app) = app(30);
    until(&mut app, "columns", |world| {
        world.resource::<PanelState>().finding.found.is_some()
    });
    app.world_mut().resource_mut::<PanelState>().wishes.search = "shoe-0001".into();
    until(&mut app, "mask", |world| {
        world.resource::<Shown>().mask.is_some()
    });
    let (_other, catalog) = fixture::catalogue(15);
    let mut open = app.world_mut().resource_mut::<OpenCatalogue>();
    let extent = open.extent;
    open.open(catalog.clone(), extent);
    open.facets = Some(Arc::new(FacetModel::new(&*catalog)));
    app.update();
    assert!(app.world().resource::<Shown>().mask.is_none());
    until(&mut app, "columns", |world| {
        world
            .resource::<PanelState>()
            .finding
            .found
            .as_ref()
            .is_some_and(|found| found.shown == 15)
    });
    assert!(
        app.world()
            .resource::<PanelState>()
            .wishes
            .search
            .is_empty()
    );
}
