//! Pictures of every panel and state, light and dark, at two scales: a change of the look is seen, and is meant.
//!
//! Painted on the processor, so that they are the same everywhere. `UPDATE_SNAPSHOTS=1 cargo test snapshots` makes them
//! anew in `tests/snapshots`; look at what changed before it is committed.

use super::design::{Below, adapted, below_ui, designed, foreign, haunted, ready};
use super::painter::Painter;
use super::*;
use crate::explorer::ui::command_palette::{CommandPalette, PaletteView, palette_ui};
use crate::explorer::ui::import_report::report_ui;
use crate::index::{IndexReport, Skipped};
use egui_kittest::SnapshotResults;

/// Shows a state in both themes at both scales. `prepare` brings it about.
fn pictured<S>(
    name: &str,
    size: [f32; 2],
    state: impl Fn() -> S,
    show: impl Fn() -> Box<dyn FnMut(&mut egui::Ui, &mut S)>,
    prepare: impl Fn(&mut Harness<'_, S>),
    results: &mut SnapshotResults,
) {
    for (theme, look) in [(Theme::Light, "light"), (Theme::Dark, "dark")] {
        for scale in [1.0, 1.5] {
            let mut show = show();
            let mut styled = false;
            let app = move |ui: &mut egui::Ui, state: &mut S| {
                if !styled {
                    theme::apply(ui.ctx(), theme);
                    styled = true;
                }
                let place = ui.max_rect().expand(8.0);
                ui.painter().rect_filled(place, 0.0, theme.palette().panel);
                show(ui, state);
            };
            let mut harness = Harness::builder()
                .with_size(egui::vec2(size[0], size[1]))
                .with_pixels_per_point(scale)
                .with_max_steps(16)
                .renderer(Painter::default())
                .build_ui_state(app, state());
            harness.run_steps(3);
            prepare(&mut harness);
            // No pointer in the picture.
            harness.remove_cursor();
            harness.run_steps(4);
            expect_names(name, &harness);
            harness.snapshot(format!("{name}-{look}-{scale}"));
            results.extend_harness(&mut harness);
        }
    }
}

/// Everything that can be reached by Tab has a name for who hears it and does not see it.
fn expect_names<S>(state: &str, harness: &Harness<'_, S>) {
    use bevy_egui::egui::accesskit::Role;
    use egui_kittest::kittest::NodeT as _;
    let nameless: Vec<String> = (harness.root().children_recursive())
        .filter_map(|node| {
            let node = node.accesskit_node();
            let is_control = matches!(
                node.role(),
                Role::Button
                    | Role::CheckBox
                    | Role::ColorWell
                    | Role::ComboBox
                    | Role::Link
                    | Role::RadioButton
                    | Role::Slider
                    | Role::SpinButton
                    | Role::TextInput
            );
            let is_named = node
                .label()
                .is_some_and(|label| label.chars().any(char::is_alphanumeric));
            (is_control && !is_named).then(|| format!("{:?} {:?}", node.role(), node.label()))
        })
        .collect();
    assert!(nameless.is_empty(), "{state}: {nameless:?}");
}

fn left(name: &str, change: fn(&mut Left), results: &mut SnapshotResults) {
    let state = move || {
        let mut state = Left::default();
        change(&mut state);
        state
    };
    let size = [250.0, 692.0];
    pictured(name, size, state, || Box::new(left_ui()), |_| (), results);
}

fn right(name: &str, change: fn(&mut Right), results: &mut SnapshotResults) {
    let state = move || {
        let mut state = Right::default();
        change(&mut state);
        state
    };
    let size = [340.0, 692.0];
    pictured(
        name,
        size,
        state,
        || Box::new(right_ui(false)),
        |_| (),
        results,
    );
}

#[test]
fn left_panel() {
    let mut results = SnapshotResults::new();
    left("left", |_| (), &mut results);
    left(
        "left-found",
        |s| s.wishes.search = "shiny sandal".into(),
        &mut results,
    );
    left(
        "left-nothing",
        |s| s.wishes.search = "zebra".into(),
        &mut results,
    );
    let coloured = |s: &mut Left| {
        s.wishes.colour = colouring::ColourBy::Column("kind".into());
        s.wishes.facets.toggle("kind", "Sandal");
    };
    left("left-coloured", coloured, &mut results);
}

#[test]
fn right_panel() {
    let mut results = SnapshotResults::new();
    right("right-alike", |_| (), &mut results);
    let nothing = |s: &mut Right| {
        s.selection = Selection::default();
        s.recommendations = Recommendations::default();
    };
    right("right-all", nothing, &mut results);
    let found = |s: &mut Right| {
        s.selection = Selection::default();
        s.recommendations = Recommendations::default();
        s.wishes.search = "shiny sandal".into();
    };
    right("right-found", found, &mut results);
    let picked = |s: &mut Right| {
        s.selection.current = None;
        s.selection.group = Some(Arc::new(vec![0, 3]));
    };
    right("right-picked", picked, &mut results);
    let likes = |s: &mut Right| {
        s.selection.likes = vec![Item::Row(0), Item::Row(3)];
        s.selection.dislikes = vec![Item::Row(1)];
    };
    right("right-because", likes, &mut results);
    let tab = |s: &mut Right, tab: &'static str| {
        s.selection.likes = vec![Item::Row(0), Item::Row(3)];
        s.selection.dislikes = vec![Item::Row(1)];
        s.selection.marked = [0, 2, 4].into();
        s.panel = ShoePanel::on(tab, &s.selection);
    };
    // The names of tabs are data here: a closure that holds one is no plain function.
    for (name, of) in [
        ("Tune", "tune"),
        ("Liked", "liked"),
        ("Disliked", "disliked"),
    ] {
        let state = || {
            let mut state = Right::default();
            tab(&mut state, name);
            state
        };
        let name = format!("right-{of}");
        let show = || -> Box<dyn FnMut(&mut egui::Ui, &mut Right)> { Box::new(right_ui(false)) };
        pictured(&name, [340.0, 692.0], state, show, |_| (), &mut results);
    }
    let error = |s: &mut Right| {
        s.recommendations.list.clear();
        s.recommendations.error = Some("c.parquet: no shoe is left to recommend".into());
    };
    right("right-error", error, &mut results);
    let show = || -> Box<dyn FnMut(&mut egui::Ui, &mut Right)> { Box::new(right_ui(true)) };
    pictured(
        "grid",
        [690.0, 560.0],
        Right::default,
        show,
        |_| (),
        &mut results,
    );
}

#[test]
fn panel_below() {
    let mut results = SnapshotResults::new();
    let show =
        || -> Box<dyn FnMut(&mut egui::Ui, &mut super::design::Below)> { Box::new(below_ui(true)) };
    for (tab, name) in ["Design", "Variations", "Shape", "Steer", "Path", "Shelf"]
        .map(|tab| (tab, tab.to_lowercase()))
    {
        let state = || {
            let mut state = designed();
            state.memory.tab = tab;
            state
        };
        let name = format!("below-{name}");
        pictured(&name, [690.0, 270.0], state, show, |_| (), &mut results);
    }
    for (name, state) in [
        ("below-generator", foreign as fn() -> Below),
        ("below-adapting", adapted),
        ("below-missing", haunted),
    ] {
        pictured(name, [690.0, 270.0], state, show, |_| (), &mut results);
    }
    let wide = || {
        let mut state = designed();
        state.memory.tab = "Variations";
        state
    };
    pictured(
        "below-wide",
        [1700.0, 560.0],
        wide,
        show,
        |_| (),
        &mut results,
    );
    let nowhere = || {
        let mut state = ready();
        state.latent.request.placed = false;
        state
    };
    pictured(
        "below-begin",
        [690.0, 270.0],
        nowhere,
        show,
        |_| (),
        &mut results,
    );
}

/// A window's contents with what they change.
fn window<S: Default + 'static>(
    name: &str,
    size: [f32; 2],
    show: fn(&mut egui::Ui, &mut S),
    prepare: impl Fn(&mut Harness<'_, S>),
    results: &mut SnapshotResults,
) {
    let boxed = || -> Box<dyn FnMut(&mut egui::Ui, &mut S)> { Box::new(show) };
    pictured(name, size, S::default, boxed, prepare, results);
}

#[test]
fn windows() {
    let mut results = SnapshotResults::new();
    window(
        "settings",
        [406.0, 420.0],
        settings_window::settings_ui,
        |_| (),
        &mut results,
    );
    let keys = |ui: &mut egui::Ui, words: &mut String| help::help_ui(ui, words, 560.0);
    window("keys", [1180.0, 640.0], keys, |_| (), &mut results);
    window(
        "keys-narrow",
        [820.0, 460.0],
        |ui, words| help::help_ui(ui, words, 400.0),
        |_| (),
        &mut results,
    );
    let palette = |ui: &mut egui::Ui, state: &mut (CommandPalette, ExplorerSettings)| {
        let (selection, model) = (Selection::default(), FacetModel::empty());
        let view = PaletteView {
            selection: &selection,
            model: &model,
            regions: &[],
            views: &[],
            recent: &[],
            tabs: &[],
            is_open: true,
        };
        palette_ui(
            ui,
            &mut state.0,
            &view,
            300.0,
            &mut state.1,
            &mut Vec::new(),
        );
    };
    window("palette", [480.0, 380.0], palette, |_| (), &mut results);
    let report = |ui: &mut egui::Ui, _: &mut ()| {
        let skipped = |row, picture: &str, reason: &str| Skipped {
            row,
            picture: picture.into(),
            reason: reason.into(),
        };
        let report = IndexReport {
            output: "/home/ann/.local/share/shoespace/catalogues/boots.parquet".into(),
            count: 1_203,
            notes: vec![
                "products.csv: 1,190 of 1,203 pictures have a row by their file name".into(),
            ],
            skipped: vec![
                skipped(4, "heel-03.jpg", "the file ends before the picture does"),
                skipped(9, "notes.png", "it is no picture"),
            ],
            ..IndexReport::default()
        };
        report_ui(ui, &report, 300.0, &mut Vec::new());
    };
    window("report", [520.0, 300.0], report, |_| (), &mut results);
    let notices = |ui: &mut egui::Ui, _: &mut ()| {
        let notice = |level, text: &str, file: Option<&str>| Notice {
            level,
            text: text.into(),
            file: file.map(Into::into),
            since: Instant::now(),
        };
        let all = [
            notice(
                NoticeLevel::Info,
                "The marked shoes are in /tmp/a.csv",
                Some("/tmp/a.csv"),
            ),
            notice(
                NoticeLevel::Error,
                "/no/shoes: there is no such file or folder; check the path",
                None,
            ),
        ];
        notices::notices_ui(ui, &all, &mut Vec::new());
    };
    window("notices", [460.0, 150.0], notices, |_| (), &mut results);
    let status = |ui: &mut egui::Ui, _: &mut ()| {
        let view = StatusView {
            shown: Some(12),
            total: 21_000,
            running: &[],
            times: None,
            hover: Some("Red pump with a long name".into()),
            loading: false,
        };
        status_ui(ui, &view, &mut Vec::new());
    };
    window("status", [900.0, 28.0], status, |_| (), &mut results);
}
