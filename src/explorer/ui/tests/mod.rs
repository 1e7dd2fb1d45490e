//! The panels as a person uses them: found by what is written on them, clicked, typed into.

mod catalogue;
mod design;
mod monkey;
mod painter;
mod shoe;
mod snapshots;
mod windows;

use crate::catalog::Table;
use crate::explorer::command::{Command, Flight, Popup, View};
use crate::explorer::settings::ExplorerSettings;
use crate::explorer::state::{
    FrameTimes, Notice, NoticeLevel, Recommendations, RunningJob, Selection,
};
use crate::explorer::ui::catalogue::axes::Axes;
use crate::explorer::ui::catalogue::bookmarks;
use crate::explorer::ui::catalogue::colouring::TrustProgress;
use crate::explorer::ui::catalogue::{CataloguePanel, CatalogueView, catalogue_ui};
use crate::explorer::ui::chooser::{Chooser, chooser_ui};
use crate::explorer::ui::shoe::{ShoePanel, ShoeView, shoe_ui};
use crate::explorer::ui::start::{StartView, start_ui};
use crate::explorer::ui::status::{StatusView, status_ui};
use crate::explorer::ui::theme::Theme;
use crate::explorer::ui::thumbnails::Thumbs;
use crate::explorer::ui::{grid, help, notices, settings_window, theme};
use crate::explorer::worker::Waker;
use crate::job::Job;
use crate::recommend::Recommendation;
use crate::workspace::Item;
use crate::workspace::colouring;
use crate::workspace::facets::FacetModel;
use crate::workspace::filter::tests::{Small, small};
use crate::workspace::filter::{Found, Wishes};
use crate::workspace::layouts::SceneLayout;
use crate::workspace::search::SearchIndex;
use crate::workspace::tuning::Tuning;
use bevy_egui::egui;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use image::RgbImage;
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
    let fits = searched.as_ref().map(|found| found.fits.as_slice());
    let (mask, counts) = model.apply(table, &wishes.facets, fits);
    let rows: Vec<u32> = (0..mask.len() as u32)
        .filter(|&row| mask[row as usize])
        .collect();
    let shown = rows.len();
    Found {
        mask: (!wishes.shows_all()).then(|| Arc::new(mask)),
        shown,
        rows: (!wishes.shows_all()).then(|| Arc::new(rows)),
        left_out: searched.map(|found| found.left_out).unwrap_or_default(),
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
    harness_in(theme, 250.0, Left::default(), left_ui())
}

/// Draws the left panel.
fn left_ui() -> impl FnMut(&mut egui::Ui, &mut Left) {
    let table = small();
    let model = FacetModel::new(&table);
    let axes = Axes::new(vec![0.2, 0.1, 0.05], &[[0.0; 3], [1.0; 3]]);
    let mut thumbs = None;
    move |ui, state| {
        let thumbs = thumbs.get_or_insert_with(|| pictures(ui.ctx()));
        let found = find(&table, &model, &state.wishes);
        let view = CatalogueView {
            name: "a-catalogue-with-a-very-long-name-that-does-not-fit",
            path: "/somewhere/a.parquet",
            table: &table,
            model: &model,
            found: Some(&found),
            pending: false,
            axes: &axes,
            layout: &SceneLayout::FIRST,
            scales: None,
            regions: &[],
            trust: TrustProgress::Unknown,
        };
        catalogue_ui(
            ui,
            &mut state.panel,
            &view,
            &mut state.wishes,
            &mut state.views,
            thumbs,
            false,
            &mut state.commands,
        );
    }
}

/// Pictures of the five shoes of the small catalogue.
fn pictures(ctx: &egui::Context) -> Thumbs {
    Thumbs::with(ctx, (0..5).map(shoe).collect())
}

/// A made-up shoe: a sole, a shaft that is higher and a shade that is lighter from one to the next.
fn shoe(number: u32) -> RgbImage {
    let shade = (40 + 30 * number) as u8;
    let shaft = 8 + 6 * number;
    RgbImage::from_fn(48, 48, |x, y| {
        let sole = (6..42).contains(&x) && (36..40).contains(&y);
        let foot = (8..40).contains(&x) && y < 36 && 60 < y + x / 2 + 18;
        let leg = (8..20).contains(&x) && y < 36 && y + shaft > 34;
        match sole || foot || leg {
            true => image::Rgb([shade, shade, (shade / 2) + 60]),
            false => image::Rgb([255; 3]),
        }
    })
}

struct Right {
    panel: ShoePanel,
    wishes: Wishes,
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
    harness_in(theme, 340.0, Right::default(), right_ui(in_grid))
}

impl Default for Right {
    /// Somebody looks at the first shoe.
    fn default() -> Self {
        Self {
            panel: ShoePanel::default(),
            wishes: Wishes::default(),
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
        }
    }
}

/// Draws the right panel, or the grid.
fn right_ui(in_grid: bool) -> impl FnMut(&mut egui::Ui, &mut Right) {
    let table = small();
    let model = FacetModel::new(&table);
    let blocks = ["style", "colour", "silhouette"].map(str::to_owned);
    let mut thumbs = None;
    move |ui, state| {
        let thumbs = thumbs.get_or_insert_with(|| pictures(ui.ctx()));
        let found = find(&table, &model, &state.wishes);
        let view = ShoeView {
            table: &table,
            model: &model,
            blocks: &blocks,
            selection: &state.selection,
            recommendations: &state.recommendations,
            trust: Some(0.4),
            found: Some(&found),
            search: &state.wishes.search,
            filtered: !state.wishes.shows_all(),
            designs: true,
            dialogs: false,
            waker: &Waker::default(),
        };
        let (tuning, commands) = (&mut state.tuning, &mut state.commands);
        match in_grid {
            true => grid::grid_ui(ui, &view, tuning, thumbs, commands),
            false => shoe_ui(ui, &mut state.panel, &view, tuning, thumbs, commands),
        }
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
            let name = if in_grid {
                "train-00001"
            } else {
                "Picture of train-00001"
            };
            right.get_by_label(name).click();
            right.run();
            let commands = &right.state().commands;
            assert!(
                matches!(&commands[..], [Command::Select(Some(Item::Row(1)))]),
                "{commands:?}"
            );
            right.state_mut().selection = Selection::default();
            right.state_mut().recommendations = Recommendations::default();
            right.state_mut().wishes.search = "sandal".into();
            right.run();
            right.get_by_label("2 shoes");
            right.get_by_label("Picture of train-00003");
            right.state_mut().wishes.search = "zebra".into();
            right.run();
            right.get_by_label("No shoe fits");
        }
    }
}
