//! The panels as a person uses them: found by what is written on them, clicked, typed into.

use super::catalogue::axes::Axes;
use super::catalogue::bookmarks;
use super::catalogue::colouring::Trust;
use super::catalogue::{CataloguePanel, CatalogueView, catalogue_ui};
use super::chooser::{Chooser, chooser_ui};
use super::shoe::{ShoePanel, ShoeView, shoe_ui};
use super::start::{StartView, start_ui};
use super::status::{StatusView, status_ui};
use super::theme::Theme;
use super::thumbnails::Thumbs;
use super::{grid, help, notices, settings_window, theme};
use crate::catalog::Table;
use crate::explorer::command::{Command, Flight, Popup, View};
use crate::explorer::settings::ExplorerSettings;
use crate::explorer::state::{
    FrameTimes, Notice, NoticeLevel, Recommendations, RunningJob, Selection,
};
use crate::explorer::worker::Waker;
use crate::job::Job;
use crate::recommend::Recommendation;
use crate::workspace::Item;
use crate::workspace::colouring;
use crate::workspace::facets::FacetModel;
use crate::workspace::filter::tests::{Small, small};
use crate::workspace::filter::{Found, Wishes};
use crate::workspace::search::SearchIndex;
use crate::workspace::tuning::Tuning;
use bevy_egui::egui;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A panel of the size that it has in a window of 1280×720 points.
fn harness<'a, S: 'a>(
    width: f32,
    state: S,
    show: impl FnMut(&mut egui::Ui, &mut S) + 'a,
) -> Harness<'a, S> {
    harness_in(Theme::Dark, width, state, show)
}

fn harness_in<'a, S: 'a>(
    theme: Theme,
    width: f32,
    state: S,
    show: impl FnMut(&mut egui::Ui, &mut S) + 'a,
) -> Harness<'a, S> {
    let mut show = show;
    let mut styled = false;
    Harness::builder()
        .with_size(egui::vec2(width, 692.0))
        .build_ui_state(
            move |ui, state: &mut S| {
                if !styled {
                    theme::apply(ui.ctx(), theme);
                    styled = true;
                }
                show(ui, state);
                let (used, room) = (ui.min_rect(), ui.max_rect());
                assert!(
                    used.right() <= room.right() + 0.5,
                    "wider than its place: {used} in {room}"
                );
            },
            state,
        )
}

/// What the finder would answer, at once.
fn find(table: &Small, model: &FacetModel, wishes: &Wishes) -> Found {
    let searched = SearchIndex::new(table).find(&wishes.search);
    let (mask, counts) = model.apply(table, &wishes.facets, searched.as_deref());
    let shown = mask.iter().filter(|&&fits| fits).count();
    Found {
        mask: (!wishes.shows_all()).then(|| Arc::new(mask)),
        shown,
        hits: None,
        counts: Arc::new(counts),
        colours: colouring::colours(table, model, &wishes.colour, None),
        loosen: (shown == 0).then_some((crate::workspace::filter::Loosen::Search, 2)),
    }
}

#[derive(Default)]
struct Left {
    panel: CataloguePanel,
    wishes: Wishes,
    views: Vec<(String, View)>,
    commands: Vec<Command>,
}

fn left_panel<'a>() -> Harness<'a, Left> {
    left_panel_in(Theme::Dark)
}

fn left_panel_in<'a>(theme: Theme) -> Harness<'a, Left> {
    let table = small();
    let model = FacetModel::new(&table);
    let axes = Axes::new(vec![0.2, 0.1, 0.05], &[[0.0; 3], [1.0; 3]]);
    let mut thumbs = Thumbs::default();
    harness_in(theme, 250.0, Left::default(), move |ui, state| {
        let found = find(&table, &model, &state.wishes);
        let view = CatalogueView {
            name: "a-catalogue-with-a-very-long-name-that-does-not-fit",
            path: "/somewhere/a.parquet",
            table: &table,
            model: &model,
            found: Some(&found),
            pending: false,
            axes: &axes,
            trust: Trust::Unknown,
        };
        catalogue_ui(
            ui,
            &mut state.panel,
            &view,
            &mut state.wishes,
            &mut state.views,
            &mut thumbs,
            false,
            &mut state.commands,
        );
    })
}

#[test]
fn a_word_is_filtered_by_its_checkbox_and_searched_by_typing() {
    let mut harness = left_panel();
    harness.run();
    harness.get_by_label("5 shoes");
    harness.get_by_label("Sandal").click();
    harness.run();
    assert!(
        harness
            .state()
            .wishes
            .facets
            .words("kind")
            .is_some_and(|words| words.contains("Sandal"))
    );
    harness.get_by_label("2 of 5 shoes");
    harness.get_by_label("Search").focus();
    harness.run();
    harness.get_by_label("Search").type_text("00003");
    harness.run();
    assert_eq!(harness.state().wishes.search, "00003");
    harness.get_by_label("1 of 5 shoes");
    harness.get_by_label("Clear the search").click();
    harness.run();
    assert!(harness.state().wishes.search.is_empty());
}

#[test]
fn nothing_left_says_so_and_offers_to_loosen() {
    let mut harness = left_panel();
    harness.state_mut().wishes.search = "zebra".into();
    harness.run();
    harness.get_by_label("Nothing is left");
    harness.get_by_label_contains("Drop the search").click();
    harness.run();
    assert!(harness.state().wishes.shows_all());
    assert!(harness.query_by_label("Nothing is left").is_none());
}

#[test]
fn open_settings_and_axes_are_where_they_are_looked_for() {
    let mut harness = left_panel();
    harness.run();
    harness.get_by_label_contains("35.0 % of the whole variance");
    harness.get_by_label("Open…").click();
    harness.run();
    harness.get_by_label("Settings").click();
    harness.run();
    let commands = &harness.state().commands;
    assert!(
        matches!(commands[0], Command::Show(Popup::Open, true)),
        "{commands:?}"
    );
    assert!(
        matches!(commands[1], Command::Show(Popup::Settings, true)),
        "{commands:?}"
    );
}

#[test]
fn a_view_is_kept_recalled_and_forgotten() {
    let view = View {
        focus: Default::default(),
        yaw: 0.1,
        pitch: 0.2,
        distance: 3.0,
    };
    let state = (String::new(), vec![("Boots".to_owned(), view)], Vec::new());
    let mut harness = harness(230.0, state, |ui, (name, bookmarks, commands)| {
        bookmarks::bookmarks_ui(ui, name, bookmarks, commands)
    });
    harness.run();
    harness.get_by_label("Boots").click();
    harness.run();
    harness.get_by_label("Keep").click();
    harness.run();
    harness.get_by_label("Forget Boots").click();
    harness.run();
    let (_, bookmarks, commands) = harness.state();
    assert!(bookmarks.is_empty());
    assert!(
        matches!(&commands[0], Command::Fly(Flight::View(v)) if *v == view),
        "{commands:?}"
    );
    assert!(
        matches!(&commands[1], Command::KeepView(name) if name == "View 2"),
        "{commands:?}"
    );
}

struct Right {
    panel: ShoePanel,
    selection: Selection,
    recommendations: Recommendations,
    tuning: Tuning,
    commands: Vec<Command>,
}

fn recommendation(row: usize) -> Recommendation {
    Recommendation {
        row,
        score: 0.9,
        distance: 0.1,
        contributions: vec![("style".into(), 0.6), ("colour".into(), 0.3)],
        reason: "same kind, same palette, similar outline".into(),
        folded: Vec::new(),
    }
}

fn right_panel<'a>(in_grid: bool) -> Harness<'a, Right> {
    right_panel_in(Theme::Dark, in_grid)
}

fn right_panel_in<'a>(theme: Theme, in_grid: bool) -> Harness<'a, Right> {
    let table = small();
    let model = FacetModel::new(&table);
    let blocks = [
        "style".to_owned(),
        "colour".to_owned(),
        "silhouette".to_owned(),
    ];
    let mut thumbs = Thumbs::default();
    let state = Right {
        panel: ShoePanel::default(),
        selection: Selection {
            current: Some(Item::Row(0)),
            ..Selection::default()
        },
        recommendations: Recommendations {
            of: Some(Item::Row(0)),
            list: (1..5).map(recommendation).collect(),
            ..Recommendations::default()
        },
        tuning: Tuning::default(),
        commands: Vec::new(),
    };
    harness_in(theme, 340.0, state, move |ui, state| {
        let view = ShoeView {
            table: &table,
            model: &model,
            blocks: &blocks,
            selection: &state.selection,
            recommendations: &state.recommendations,
            trust: Some(0.4),
            filtered: true,
            dialogs: false,
        };
        if in_grid {
            grid::grid_ui(
                ui,
                &view,
                &mut state.tuning,
                &mut thumbs,
                &mut state.commands,
            );
        } else {
            shoe_ui(
                ui,
                &mut state.panel,
                &view,
                &mut state.tuning,
                &mut thumbs,
                &mut state.commands,
            );
        }
    })
}

#[test]
fn the_shoe_shows_what_is_known_and_a_recommendation_goes_on() {
    let mut harness = right_panel(false);
    harness.run();
    harness.get_by_label("Picture of train-00000");
    harness.get_by_label("Sandal");
    harness.get_by_label("train-00003").click();
    harness.run();
    let commands = &harness.state().commands;
    assert!(
        matches!(&commands[..], [Command::Select(Some(Item::Row(3)))]),
        "{commands:?}"
    );
}

#[test]
fn likes_marks_and_walking_are_asked_for() {
    let mut harness = right_panel(false);
    harness.run();
    for label in ["👍 Like", "👎 Dislike", "✔ Mark", "Randomize"] {
        harness.get_by_label(label).click();
        harness.run();
    }
    let commands = &harness.state().commands;
    assert!(
        matches!(commands[0], Command::Rate(Item::Row(0), Some(true))),
        "{commands:?}"
    );
    assert!(
        matches!(commands[1], Command::Rate(Item::Row(0), Some(false))),
        "{commands:?}"
    );
    assert!(
        matches!(commands[2], Command::Mark(0, true)),
        "{commands:?}"
    );
    assert!(matches!(commands[3], Command::Random), "{commands:?}");
    // Taken back by the same button.
    harness.state_mut().selection.likes.push(Item::Row(0));
    harness.get_by_label("👍 Like").click();
    harness.run();
    assert!(matches!(
        harness.state().commands[4],
        Command::Rate(Item::Row(0), None)
    ));
}

#[test]
fn every_tab_fits_and_the_toggles_reach_the_question() {
    let mut harness = right_panel(false);
    harness.state_mut().selection.likes = vec![Item::Row(1)];
    harness.state_mut().selection.dislikes = vec![Item::Row(2)];
    harness.state_mut().selection.marked = [1, 3].into();
    harness.run();
    harness.get_by_label("Liked 2").click();
    harness.run();
    harness.get_by_label("Take train-00001 back").click();
    harness.run();
    harness.get_by_label("Marked 2").click();
    harness.run();
    harness.get_by_label("Export").click();
    harness.run();
    harness.get_by_label("Tune").click();
    harness.run();
    assert_eq!(harness.state().panel.tab, super::shoe::tuning::TAB.name);
    harness
        .get_by_label("Show shoes that look the same once")
        .click();
    harness.run();
    harness
        .get_by_label("Only shoes that the filter shows")
        .click();
    harness.run();
    let state = harness.state();
    assert!(state.tuning.fold && state.tuning.within);
    assert!(
        matches!(state.commands[0], Command::Rate(Item::Row(1), None)),
        "{:?}",
        state.commands
    );
    assert!(
        matches!(&state.commands[1], Command::ExportMarks(path) if path.as_os_str() == "marked-shoes.csv"),
        "{:?}",
        state.commands
    );
    let table = small();
    let blocks = ["style".to_owned(), "colour".to_owned()];
    let query = state.tuning.query(None, &blocks, &table as &dyn Table);
    assert!(query.fold_duplicates);
    assert_eq!(query.k, 4, "a small catalogue has no 24 other shoes");
    assert!(
        !query.weights.blocks.contains_key("silhouette"),
        "only blocks that the catalogue has"
    );
}

#[test]
fn without_a_shoe_or_with_an_error_the_panel_says_what_to_do() {
    let mut harness = right_panel(false);
    harness.state_mut().selection.current = None;
    harness.state_mut().recommendations = Recommendations::default();
    harness.run();
    harness.get_by_label("No shoe is selected");
    harness.get_by_label("No recommendations yet");
    harness.state_mut().recommendations.error = Some("nothing is left: leave a filter out".into());
    harness.run();
    harness.get_by_label("nothing is left: leave a filter out");
}

#[test]
fn the_grid_puts_the_chosen_shoe_first_and_goes_on() {
    let mut harness = right_panel(true);
    harness.run();
    let chosen = harness.get_by_label("The chosen shoe").rect();
    let first = harness.get_by_label("train-00001").rect();
    assert!(chosen.left() < first.left() && (chosen.top() - first.top()).abs() < 1.0);
    harness.get_by_label("train-00002").click();
    harness.run();
    harness.get_by_label("Kind").click();
    harness.run();
    assert!(matches!(
        harness.state().commands[0],
        Command::Select(Some(Item::Row(2)))
    ));
    assert!(harness.state().tuning.same.contains("kind"));
}

#[test]
fn likes_alone_fill_the_grid() {
    let mut harness = right_panel(true);
    harness.state_mut().selection.current = None;
    harness.run();
    assert!(harness.query_by_label("The chosen shoe").is_none());
    harness.get_by_label("train-00002").click();
    harness.run();
    assert!(matches!(
        harness.state().commands[0],
        Command::Select(Some(Item::Row(2)))
    ));
    harness.state_mut().recommendations = Recommendations::default();
    harness.run();
    harness.get_by_label("No shoe is selected");
}

#[test]
fn long_work_shows_its_progress_and_stops_by_a_click() {
    let job = Job::new();
    job.stage("Embedding", Some(10));
    job.advance(4);
    let running = vec![RunningJob {
        title: "Indexing shoes.zip".into(),
        job: job.clone(),
    }];
    let mut harness = harness(1280.0, Vec::new(), move |ui, commands| {
        let view = StatusView {
            shown: Some(12),
            total: 21_000,
            running: &running,
            times: &FrameTimes {
                decode_ms: Some(3.25),
                ..FrameTimes::default()
            },
            hover: None,
            loading: false,
        };
        status_ui(ui, &view, commands);
    });
    harness.run_steps(3);
    harness.get_by_label("12 of 21,000 shoes shown");
    harness.get_by_label("decode 3.2 ms");
    harness.get_by_label("Embedding 4 of 10");
    harness.get_by_label("Cancel").click();
    harness.run_steps(3);
    match &harness.state()[..] {
        [Command::Cancel(asked)] => asked.cancel(),
        other => panic!("{other:?}"),
    }
    assert!(job.is_cancelled());
}

#[test]
fn errors_stay_until_they_are_taken_off_and_notes_go() {
    let old = Instant::now().checked_sub(Duration::from_secs(60)).unwrap();
    let notice = |level, text: &str| Notice {
        level,
        text: text.into(),
        since: old,
    };
    let mut told = vec![
        notice(NoticeLevel::Info, "saved"),
        notice(NoticeLevel::Error, "no such file"),
    ];
    assert_eq!(notices::retire(&mut told), None);
    assert_eq!(told.len(), 1);
    let mut harness = harness(400.0, Vec::new(), move |ui, commands| {
        notices::notices_ui(ui, &told, commands)
    });
    harness.run();
    harness.get_by_label("no such file");
    harness.get_by_label("Take this off the screen").click();
    harness.run();
    assert!(matches!(&harness.state()[..], [Command::Dismiss(text)] if text == "no such file"));
}

#[test]
fn an_empty_start_offers_what_there_is() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("photos")).unwrap();
    std::fs::write(folder.path().join("mine.parquet"), "x").unwrap();
    let state = (Chooser::new(folder.path()), Vec::new());
    let embedded = PathBuf::from("/data/fashion-mnist-shoes.parquet");
    let recent = [PathBuf::from("/old/boots.parquet")];
    let mut harness = harness(520.0, state, move |ui, (chooser, commands)| {
        let view = StartView {
            recent: &recent,
            embedded: Some(&embedded),
            dialogs: false,
        };
        start_ui(ui, chooser, &view, &Waker::default(), 200.0, commands);
    });
    let began = Instant::now();
    while harness.query_by_label("mine.parquet").is_none() {
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "the folder is never listed"
        );
        std::thread::sleep(Duration::from_millis(5));
        harness.run_steps(2);
    }
    for label in ["The embedded catalogue", "boots.parquet", "mine.parquet"] {
        harness.get_by_label(label).click();
        harness.run_steps(2);
    }
    let opened: Vec<_> = harness
        .state()
        .1
        .iter()
        .map(|act| match act {
            Command::Open(paths) => paths[0].file_name().unwrap().to_string_lossy().into_owned(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        opened,
        [
            "fashion-mnist-shoes.parquet",
            "boots.parquet",
            "mine.parquet"
        ]
    );
}

#[test]
fn a_folder_that_is_gone_says_so() {
    let mut harness = harness(
        520.0,
        Chooser::new(&PathBuf::from("/no/such/folder")),
        |ui, chooser| {
            chooser_ui(ui, chooser, &Waker::default(), 200.0);
        },
    );
    let began = Instant::now();
    while harness.query_by_label_contains("/no/such").is_none() {
        assert!(began.elapsed() < Duration::from_secs(20));
        std::thread::sleep(Duration::from_millis(5));
        harness.run_steps(2);
    }
}

#[test]
fn settings_and_help_show_everything() {
    let mut settings = harness(
        380.0,
        ExplorerSettings::default(),
        settings_window::settings_ui,
    );
    settings.run();
    settings.get_by_label("Light").click();
    settings.run();
    assert!(settings.state().light);
    settings.get_by_label("Back to the defaults").click();
    settings.run();
    assert_eq!(*settings.state(), ExplorerSettings::default());
    let mut keys = harness(900.0, (), |ui, ()| help::help_ui(ui));
    keys.run();
    for key in ["Backspace", "Ctrl or Shift + click", "F12", "? or F1"] {
        keys.get_by_label(key);
    }
}

#[test]
fn side_panels_and_grid_fit_in_both_themes_empty_and_full() {
    for theme in [Theme::Dark, Theme::Light] {
        let mut left = left_panel_in(theme);
        left.run();
        left.state_mut().wishes.search = "zebra".into();
        left.run();
        left.get_by_label("Nothing is left");
        for in_grid in [false, true] {
            let mut right = right_panel_in(theme, in_grid);
            right.run();
            right.get_by_label("train-00001").click();
            right.run();
            let commands = &right.state().commands;
            assert!(
                matches!(&commands[..], [Command::Select(Some(Item::Row(1)))]),
                "{commands:?}"
            );
            right.state_mut().selection = Selection::default();
            right.state_mut().recommendations = Recommendations::default();
            right.run();
            right.get_by_label("No shoe is selected");
        }
    }
}
