//! The panel below the scene.

use super::*;
use crate::design::Design;
use crate::design::generators::{self, Named};
use crate::design::landing::Fit;
use crate::design::reembedding::Reembedding;
use crate::design::studio::Made;
use crate::explorer::command::{Adapt, CursorCommand, Ghostly};
use crate::explorer::cursor::engine::Face;
use crate::explorer::cursor::state::{LatentCursor, Missing, Status};
use crate::explorer::state::{Adapting, Generators, Ghost, Ghosts, Training};
use crate::explorer::ui::design::{CursorPanel, CursorView, TABS, cursor_ui};
use crate::explorer::ui::design_textures::Textures;
use crate::job::Job;
use crate::space::cursor::Filled;
use image::RgbImage;

/// Everything about the panel.
#[derive(Default)]
pub struct Below {
    pub memory: CursorPanel,
    pub latent: LatentCursor,
    pub selection: Selection,
    pub adapting: Adapting,
    pub ghosts: Ghosts,
    pub textures: Textures,
    pub commands: Vec<Command>,
}

/// Draws the panel, `open` or its head alone.
pub fn below_ui(open: bool) -> impl FnMut(&mut egui::Ui, &mut Below) {
    let mut table = small();
    table.roles.kind = Some("kind".into());
    let mut thumbs = None;
    move |ui, state| {
        let thumbs = thumbs.get_or_insert_with(|| pictures(ui.ctx()));
        let view = CursorView {
            latent: &state.latent,
            table: Some(&table),
            grey: true,
            selection: &state.selection,
            adapting: &state.adapting,
            ghosts: &state.ghosts,
            middle: [0.0; 3],
            waker: &Waker::default(),
        };
        let (memory, textures) = (&mut state.memory, &mut state.textures);
        cursor_ui(
            ui,
            memory,
            &view,
            open,
            thumbs,
            textures,
            &mut state.commands,
        );
    }
}

fn harness<'a>(state: Below, open: bool) -> Harness<'a, Below> {
    Harness::builder()
        .with_size(egui::vec2(690.0, 260.0))
        .build_ui_state(below_ui(open), state)
}

/// A cursor that stands somewhere and has made nothing yet.
pub fn ready() -> Below {
    let mut state = Below::default();
    state.latent.status = Status::Ready;
    state.latent.request.placed = true;
    state
}

/// A cursor on the fourth shoe with a design that lands near it, and a throw of the dice.
pub fn designed() -> Below {
    let mut state = ready();
    let landed = Arc::new(landing(40.0));
    state.latent.request.begun = Some(Item::Row(3));
    state.latent.newest.made = Some(Arc::new(made()));
    state.latent.newest.number = 1;
    state.latent.newest.reembedding = Some((1, landed));
    state.latent.dice.shown = 1;
    state.latent.dice.faces = (0..8)
        .map(|i| Face {
            noise: vec![i as f32],
            picture: shoe(i),
            landed: Some(Arc::new(landing(12.0 * i as f32))),
        })
        .collect();
    state.latent.ends = vec![Some([0, 4]); 6];
    state.latent.request.ends = vec![Item::Row(0), Item::Row(4)];
    state
}

fn made() -> Made {
    Made {
        design: Design {
            version: 2,
            generator: Default::default(),
            catalogue: Default::default(),
            code: vec![0.0; 4],
            noise: vec![0.0; 2],
            truncation: 1.0,
            origin: Default::default(),
            at: None,
            picture_sha256: String::new(),
        },
        picture: shoe(3),
        filled: Filled {
            asked: [0.0; 3],
            point: [0.0; 3],
            coordinates: [0.0; 3],
            drawn_back: 0.0,
            embedding: Vec::new(),
            blocks: Vec::new(),
            around: Vec::new(),
            on: None,
        },
        asked: Vec::new(),
        outline: None,
    }
}

fn landing(gap_percentile: f32) -> Reembedding {
    Reembedding {
        features: Default::default(),
        embedding: Vec::new(),
        position: [0.0; 3],
        place: [0.0; 3],
        gap: 0.2,
        gap_percentile,
        gap_times: 1.4,
        near: vec![(3, 0.21), (0, 0.25), (1, 0.31), (4, 0.4)],
        novelty: 61.0,
        cosines: vec![("style", 0.71), ("colour", 0.88), ("silhouette", 0.9)],
        outline: None,
    }
}

fn asked(state: &Below, is: fn(&CursorCommand) -> bool) -> bool {
    let mut commands = state.commands.iter();
    commands.any(|command| matches!(command, Command::Cursor(command) if is(command)))
}

#[test]
fn without_a_generator_it_says_what_to_run() {
    let mut state = Below::default();
    state.latent.status = Status::Missing(Missing {
        words: "no generator fits c; train one".to_owned(),
        command: Some("shoespace train c.parquet -o models/m.safetensors".to_owned()),
    });
    let harness = harness(state, true);
    harness.get_by_label_contains("shoespace train c.parquet");
    harness.get_by_label("Copy the command");
}

#[test]
fn the_dice_the_character_and_the_best_throw_are_asked_for() {
    let mut state = designed();
    state.memory.tab = "Variations";
    let mut harness = harness(state, true);
    harness.get_by_label_contains("Throw the dice").click();
    harness.get_by_label_contains("Keep this character").click();
    harness.run();
    harness.get_by_label("Design 1").click();
    harness.run();
    let state = harness.state();
    assert!(asked(state, |c| matches!(c, CursorCommand::Dice)));
    assert!(asked(state, |c| matches!(c, CursorCommand::Lock(false))));
    assert!(asked(state, |c| matches!(c, CursorCommand::Choose(0))));
}

#[test]
fn the_path_has_two_slots_and_the_end_waits_for_a_start() {
    let mut state = ready();
    state.memory.tab = "Path";
    state.selection.current = Some(Item::Row(1));
    let mut harness = harness(state, true);
    harness.run();
    harness.get_by_label("Start").click();
    harness.run();
    harness.get_by_label("The selected shoe").click();
    harness.run();
    let is = |c: &CursorCommand| matches!(c, CursorCommand::SetEnd(0, Item::Row(1)));
    assert!(asked(harness.state(), is), "{:?}", harness.state().commands);
    let state = harness.state_mut();
    state.commands.clear();
    state.latent.request.ends = vec![Item::Row(1)];
    harness.run();
    harness.get_by_label("End").click();
    harness.run();
    harness.get_by_label("The selected shoe").click();
    harness.run();
    let is = |c: &CursorCommand| matches!(c, CursorCommand::SetEnd(usize::MAX, Item::Row(1)));
    assert!(asked(harness.state(), is), "{:?}", harness.state().commands);
}

#[test]
fn a_shoe_is_dragged_to_the_path() {
    let mut state = designed();
    state.latent.request.ends.clear();
    state.memory.tab = "Path";
    let mut harness = harness(state, true);
    harness.run();
    let from = harness.get_by_label("The design").rect().center();
    let to = harness.get_by_label("Start").rect().center();
    harness.drag_at(from);
    harness.run();
    harness.hover_at(from + egui::vec2(30.0, 0.0));
    harness.run();
    harness.hover_at(to);
    harness.run();
    harness.drop_at(to);
    harness.run();
    let is = |c: &CursorCommand| matches!(c, CursorCommand::SetEnd(0, Item::Design(_)));
    assert!(asked(harness.state(), is), "{:?}", harness.state().commands);
}

#[test]
fn folded_it_tells_how_to_begin() {
    let mut state = Below::default();
    state.latent.status = Status::Ready;
    let harness = harness(state, false);
    harness.get_by_label_contains("Select a shoe, then press C");
}

#[test]
fn every_tab_can_be_shown() {
    let shows = [
        "There is no design yet",
        "Throw the dice",
        "There is no design to shape yet",
        "Beyond the axes",
        "Drag shoes or designs",
        "No design is saved yet",
        "What could stand in this assortment",
        "The generator is loading",
    ];
    assert_eq!(TABS.len(), shows.len());
    for (tab, shows) in TABS.iter().zip(shows) {
        let mut state = ready();
        state.memory.tab = tab.name;
        state.selection.current = Some(Item::Row(1));
        let mut harness = harness(state, true);
        harness.run();
        harness.get_by_label_contains(shows);
    }
}

/// A generator that hardly knows the shoes of the catalogue.
pub fn foreign() -> Below {
    let roots = crate::paths::Roots::of_process(None);
    let ships = roots.model(generators::GREY).expect("it ships");
    let mut state = designed();
    state.memory.tab = "Model";
    state.adapting = Adapting {
        generators: Some(Generators {
            ships: Some(generators::load(&ships).expect("it is sound")),
            own: None,
            uses_own: false,
        }),
        fit: Some(Fit { found: 3, of: 30 }),
        ..Adapting::default()
    };
    state
}

/// The same after some minutes of training, which goes on.
pub fn adapted() -> Below {
    let mut state = foreign();
    let adapting = &mut state.adapting;
    if let Some(generators) = &mut adapting.generators {
        let own = generators.ships.clone().expect("it is there");
        let name = "summer-2026-1f6f1d0a5b7c".to_owned();
        generators.own = Some(Named { name, ..own });
        generators.uses_own = true;
    }
    adapting.fit_of_what_ships = adapting.fit;
    adapting.fit = Some(Fit { found: 22, of: 30 });
    adapting.training = Training::Working {
        job: Job::new(),
        minutes: 6.3,
        until: Some(15.0),
    };
    let mut sheet = RgbImage::from_pixel(9 * 48, 12 * 48, image::Rgb([255; 3]));
    for (at, shade) in (0..108).zip([0, 3, 5].into_iter().cycle()) {
        let (x, y) = (i64::from(at % 9) * 48, i64::from(at / 9) * 48);
        let tile = image::imageops::thumbnail(&shoe(shade), 48, 48);
        image::imageops::replace(&mut sheet, &tile, x, y);
    }
    adapting.sheet = Some(Arc::new(sheet));
    state
}

/// Shoes that are missing, as ghosts.
pub fn haunted() -> Below {
    let mut state = designed();
    state.memory.tab = "Missing";
    state.ghosts.list = (0..5)
        .map(|at| Ghost {
            id: at as u64,
            item: Item::Design(Arc::new(crate::workspace::PicturedDesign {
                name: format!("Missing {}", at + 1),
                design: Design {
                    code: vec![at as f32],
                    ..Design::default()
                },
                picture: shoe(at),
                landed: None,
            })),
            reads_as: ["Boot", "Sandal", ""][at as usize % 3].to_owned(),
            newness: 97.0 - at as f32,
        })
        .collect();
    state
}

fn told(state: &Below, is: fn(&Command) -> bool) -> bool {
    state.commands.iter().any(is)
}

#[test]
fn a_generator_that_hardly_knows_the_shoes_is_offered_to_be_adapted() {
    let mut state = foreign();
    state.memory.tab = "Design";
    let mut harness = harness(state, true);
    harness.run();
    harness.get_by_label_contains("3 of 30 find themselves");
    harness.get_by_label("Adapt it").click();
    harness.run();
    let is = |c: &Command| matches!(c, Command::ShowTab("Model"));
    assert!(told(harness.state(), is));
    harness.state_mut().memory.tab = "Model";
    harness.run();
    harness.get_by_label("Adapt it to these shoes").click();
    harness.run();
    let is = |c: &Command| matches!(c, Command::Adapt(Adapt::Train));
    assert!(told(harness.state(), is));
}

#[test]
fn an_adapted_generator_can_be_paused_gone_on_with_left_and_discarded() {
    let mut harness = harness(adapted(), true);
    harness.run();
    harness.get_by_label_contains("22 of 30 find themselves (3 before)");
    harness.get_by_label("6 of 15 minutes");
    harness.get_by_label("Pause").click();
    harness.get_by_label("the one that ships").click();
    harness.run();
    assert!(
        harness.query_by_label_contains("Discard").is_none(),
        "it is being trained"
    );
    harness.state_mut().adapting.training = Training::Halted { minutes: 15.0 };
    harness.run();
    harness.get_by_label("Go on adapting").click();
    harness.get_by_label_contains("Discard its own").click();
    harness.run();
    harness.get_by_label("Discard it").click();
    harness.run();
    let asked: Vec<Adapt> = (harness.state().commands.iter())
        .filter_map(|command| match command {
            Command::Adapt(what) => Some(*what),
            _ => None,
        })
        .collect();
    let wanted = [
        Adapt::Pause,
        Adapt::UseOwn(false),
        Adapt::Train,
        Adapt::Discard,
    ];
    assert_eq!(asked, wanted);
}

#[test]
fn what_is_missing_is_kept_or_dismissed() {
    let mut harness = harness(haunted(), true);
    harness.run();
    harness.get_by_label("Imagine others").click();
    harness.run();
    harness.get_by_label("Missing 2").click();
    let keep = harness.get_all_by_label("Keep").next().expect("the first");
    keep.click();
    harness.run();
    let dismiss = harness
        .get_all_by_label("Dismiss")
        .nth(2)
        .expect("the third");
    dismiss.click();
    harness.run();
    let state = harness.state();
    let ghost = |at: usize| &state.ghosts.list[at].item;
    let has = |is: &dyn Fn(&Command) -> bool| state.commands.iter().any(is);
    assert!(has(&|c| matches!(c, Command::Ghosts(Ghostly::Imagine))));
    assert!(has(
        &|c| matches!(c, Command::Select(Some(item)) if item == ghost(1))
    ));
    assert!(has(
        &|c| matches!(c, Command::Ghosts(Ghostly::Keep(item)) if item == ghost(0))
    ));
    assert!(has(
        &|c| matches!(c, Command::Ghosts(Ghostly::Dismiss(item)) if item == ghost(2))
    ));
}

#[test]
fn a_design_says_what_it_reads_as_and_that_its_best_is_off() {
    let mut state = designed();
    state.latent.newest.settled = true;
    state.latent.request.design.selected = Some(3);
    state.latent.newest.reembedding = Some((1, Arc::new(landing(90.0))));
    let mut harness = harness(state, true);
    harness.run();
    harness.get_by_label("Reads as Sandal 50 %, Boot 25 %, Sneaker 25 %");
    harness.get_by_label_contains("hardly knows such Sandal");
}

/// The strokes of an outline that were asked for: their numbers, and whether one is the place's own again.
fn strokes(state: &Below) -> Vec<(u64, bool)> {
    let outlines = state.commands.iter().filter_map(|command| match command {
        Command::Cursor(CursorCommand::Outline(outline, stroke)) => {
            Some((*stroke, outline.is_none()))
        }
        _ => None,
    });
    outlines.collect()
}

#[test]
fn the_large_design_is_drawn_on_and_each_stroke_is_one() {
    let mut state = designed();
    state.memory.tab = "Shape";
    let mut harness = harness(state, true);
    harness.run();
    let place = harness.get_by_label("The design").rect();
    // On its sole.
    let at = place.center() + egui::vec2(0.0, 0.2 * place.height());
    for (count, tool) in ["Brush", "Erase", "Pull"].into_iter().enumerate() {
        harness.get_by_label(tool).click();
        harness.run();
        harness.drag_at(at);
        for step in 1..4 {
            harness.hover_at(at + egui::vec2(9.0 * step as f32, -14.0 * step as f32));
            harness.run();
        }
        harness.drop_at(at + egui::vec2(27.0, -42.0));
        harness.run();
        let drawn = strokes(harness.state());
        let number = count as u64 + 1;
        let of_this = drawn.iter().filter(|(stroke, _)| *stroke == number).count();
        assert!(of_this >= 2, "{tool}: {drawn:?}");
        assert_eq!(drawn.last(), Some(&(number, false)));
    }
    let last = harness.state().commands.iter().rev().find_map(|c| match c {
        Command::Cursor(CursorCommand::Outline(outline, _)) => outline.clone(),
        _ => None,
    });
    harness.state_mut().latent.request.design.handles.outline = last;
    harness.run();
    harness.get_by_label("Mirror").click();
    harness.run();
    harness.get_by_label("Its own outline").click();
    harness.run();
    let drawn = strokes(harness.state());
    assert_eq!(drawn[drawn.len() - 2..], [(4, false), (5, true)]);
    // Without a tool it is carried to the path, as in every other tab.
    harness.get_by_label("Off").click();
    harness.run();
    let before = strokes(harness.state()).len();
    harness.drag_at(at);
    harness.run();
    harness.drop_at(at + egui::vec2(20.0, 0.0));
    harness.run();
    assert_eq!(strokes(harness.state()).len(), before);
}

#[test]
fn colours_are_named_taken_from_a_shoe_and_given_back() {
    let mut state = designed();
    state.memory.tab = "Shape";
    state.selection.current = Some(Item::Row(1));
    let mut harness = harness(state, true);
    harness.run();
    let name = |harness: &mut Harness<'_, Below>, words: &str| {
        let field = harness.get_by_label("Tones by name");
        field.focus();
        field.type_text(words);
        harness.run();
        harness.key_press(egui::Key::Enter);
        harness.run();
    };
    name(&mut harness, "blurple");
    harness.get_by_label_contains("`blurple` is no colour");
    assert!(harness.state().commands.is_empty());
    for _ in 0.."blurple".len() {
        harness.get_by_label("Tones by name").focus();
        harness.key_press(egui::Key::Backspace);
        harness.run();
    }
    name(&mut harness, "black:3,white");
    let is = |c: &CursorCommand| matches!(c, CursorCommand::Palette(Some(p), None) if p.colours().len() == 2);
    assert!(asked(harness.state(), is), "{:?}", harness.state().commands);
    harness.get_by_label("Of the selected shoe").click();
    harness.run();
    let is = |c: &CursorCommand| matches!(c, CursorCommand::ColourOf(Some(Item::Row(1))));
    assert!(asked(harness.state(), is));
    harness.state_mut().latent.request.design.handles.palette = "black:3,white".parse().ok();
    harness.run();
    harness.get_by_label("Colour 1, #000000, 75 %");
    harness.get_by_label("Its own tones").click();
    harness.run();
    assert!(asked(harness.state(), |c| matches!(
        c,
        CursorCommand::Palette(None, None)
    )));
}

#[test]
fn a_swatch_opens_what_changes_it_and_a_colour_is_picked_from_the_screen() {
    let mut state = designed();
    state.memory.tab = "Shape";
    let mut harness = harness(state, true);
    harness.run();
    harness.get_by_label_contains("Colour 1, ").click();
    harness.run();
    harness.get_by_label("Pick from the screen").click();
    harness.run();
    harness.get_by_label("Pick a colour from the screen");
    harness.hover_at(egui::pos2(20.0, 30.0));
    harness.drag_at(egui::pos2(20.0, 30.0));
    harness.drop_at(egui::pos2(20.0, 30.0));
    harness.run();
    let picked = harness
        .state()
        .commands
        .iter()
        .find_map(|command| match command {
            Command::PickColour { at, place, .. } => Some((*at, *place)),
            _ => None,
        });
    assert_eq!(picked, Some(([20, 30], 0)));
    assert!(
        harness
            .query_by_label("Pick a colour from the screen")
            .is_none()
    );
}

#[test]
fn the_shape_says_how_much_was_reached() {
    let mut state = designed();
    state.memory.tab = "Shape";
    let mut landed = landing(40.0);
    landed.outline = Some(0.934);
    state.latent.newest.reembedding = Some((1, Arc::new(landed)));
    let mut harness = harness(state, true);
    harness.run();
    harness.get_by_label("Reached: outline 93 %, tones 88 %, kind 71 %");
}
