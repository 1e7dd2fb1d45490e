//! Laying the panels out and calling them, once a frame.

use super::catalogue::colouring::TrustProgress;
use super::catalogue::{CatalogueView, catalogue_ui};
use super::command_palette::{PaletteView, palette_window};
use super::dock::{Docks, panel};
use super::shoe::{ShoeView, shoe_ui};
use super::start::{StartView, empty_area, open_window};
use super::state::PanelState;
use super::status::{StatusView, status_ui, work_card, working_area};
use super::theme;
use super::theme::Theme;
use super::thumbnails::Thumb;
use super::widgets::{self, Carried};
use super::{autosave, grid, help, import_report, notices, settings_window, spoken, tabs};
use crate::catalog::Table;
use crate::explorer::command::Command;
use crate::explorer::settings::ExplorerSettings;
use crate::explorer::state::{
    Covered, FrameTimes, Hover, LastImport, Launch, Notices, OpenCatalogue, Recommendations,
    Running, Screen, Selection, WakeUp,
};
use crate::workspace::facets::FacetModel;
use crate::workspace::titles;
use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use bevy::window::FileDragAndDrop;
use bevy_egui::{EguiContexts, egui};

/// What all panels read.
#[derive(SystemParam)]
pub(super) struct Reads<'w> {
    open: Res<'w, OpenCatalogue>,
    selection: Res<'w, Selection>,
    recommendations: Res<'w, Recommendations>,
    screen: ResMut<'w, Screen>,
    running: ResMut<'w, Running>,
    last_import: Res<'w, LastImport>,
    times: Res<'w, FrameTimes>,
    hover: Res<'w, Hover>,
    wake: Res<'w, WakeUp>,
    launch: Option<Res<'w, Launch>>,
}

/// Puts the theme on, takes in pictures, lays the panels out.
pub(super) fn lay_out(
    mut contexts: EguiContexts,
    mut state: ResMut<PanelState>,
    mut docks: ResMut<Docks>,
    mut covered: ResMut<Covered>,
    settings: Res<ExplorerSettings>,
    screen: Res<Screen>,
) -> Result {
    let ctx = contexts.ctx_mut()?;
    let theme = if settings.light {
        Theme::Light
    } else {
        Theme::Dark
    };
    if state.theme != Some((theme, settings.scale)) {
        theme::apply(ctx, theme);
        ctx.set_zoom_factor(settings.scale);
        state.theme = Some((theme, settings.scale));
    }
    theme::fit_scroll_handles(ctx);
    state.thumbs.tend(ctx);
    docks.left_folded = settings.left_folded;
    docks.right_folded = settings.right_folded;
    let whole = ctx.viewport_rect();
    docks.lay_out(whole, screen.panels);
    // egui's points are the window's logical pixels, times the user's own scale.
    let zoom = ctx.zoom_factor();
    let now = Covered {
        left: docks.left.width() * zoom,
        right: docks.right.width() * zoom,
        top: 0.0,
        bottom: (whole.bottom() - docks.free.bottom()) * zoom,
    };
    covered.set_if_neq(now);
    if state.kept.changed.is_some() {
        ctx.request_repaint_after(autosave::SAVE_AFTER);
    }
    // Ctrl + K is the list of commands': in a text field it would delete to the end of the line, too.
    ctx.input_mut(|i| i.consume_key(egui::Modifiers::COMMAND, egui::Key::K));
    // Only a text field may keep the keys from the camera, and what somebody reached by Tab until they click or leave
    // it by Escape: a slider or button that was clicked may not.
    let (tab, click) = ctx.input(|i| (i.key_pressed(egui::Key::Tab), i.pointer.any_pressed()));
    state.walks = (state.walks || tab) && !click;
    if !ctx.text_edit_focused() && !state.walks {
        ctx.memory_mut(|memory| {
            if let Some(focused) = memory.focused() {
                memory.surrender_focus(focused);
            }
        });
    }
    Ok(())
}

/// The panels left and right, the grid, the status line.
pub(super) fn panels(
    mut contexts: EguiContexts,
    reads: Reads,
    mut state: ResMut<PanelState>,
    docks: Res<Docks>,
    mut settings: ResMut<ExplorerSettings>,
) -> Result {
    let ctx = contexts.ctx_mut()?.clone();
    if !reads.screen.panels && !reads.screen.grid {
        return Ok(());
    }
    let state = &mut *state;
    let mut commands = std::mem::take(&mut state.commands);
    let mut fold = (settings.left_folded, settings.right_folded);
    // While nothing is open, the start has the whole window.
    if let (Some(catalog), true) = (&state.of, reads.screen.panels) {
        let catalog = catalog.clone();
        let table: &dyn Table = &*catalog;
        left(
            &ctx,
            state,
            table,
            &reads.open,
            &docks,
            &mut fold.0,
            &mut commands,
        );
        right(
            &ctx,
            state,
            table,
            &reads,
            &docks,
            &mut fold.1,
            &mut commands,
        );
    }
    if reads.screen.grid
        && let Some(catalog) = state.of.clone()
    {
        // The latent cursor's panel makes way.
        let place = docks.free.union(docks.below);
        panel(&ctx, "Grid", place, |ui| {
            with_shoe_view(state, &*catalog, &reads, |view, parts| {
                grid::grid_ui(ui, view, parts.tuning, parts.thumbs, &mut commands);
            });
        });
    }
    panel(&ctx, "Status", docks.status, |ui| {
        let table = state.of.as_deref();
        let hover = table
            .zip(reads.hover.row)
            .filter(|(table, row)| *row < table.len());
        let view = StatusView {
            shown: table.map(|table| {
                let found = state.finding.found.as_ref();
                found.map_or(table.len(), |found| found.shown)
            }),
            total: reads.open.len(),
            running: &reads.running.0,
            times: settings.timings.then_some(&*reads.times),
            hover: hover.map(|(table, row)| titles::title(table, row)),
            loading: table.is_some() && reads.open.recommender.is_none(),
        };
        status_ui(ui, &view, &mut commands);
    });
    state.commands = commands;
    if fold != (settings.left_folded, settings.right_folded) {
        (settings.left_folded, settings.right_folded) = fold;
    }
    Ok(())
}

/// The columns of the open catalogue as the filter sees them; none until they are read.
fn facets(open: &OpenCatalogue) -> &FacetModel {
    static NONE: FacetModel = FacetModel::empty();
    open.facets.as_deref().unwrap_or(&NONE)
}

fn left(
    ctx: &egui::Context,
    state: &mut PanelState,
    table: &dyn Table,
    open: &OpenCatalogue,
    docks: &Docks,
    folded: &mut bool,
    commands: &mut Vec<Command>,
) {
    panel(ctx, "Catalogue", docks.left, |ui| {
        if *folded {
            return unfold(ui, "⏵", "Show the catalogue panel", folded);
        }
        let pending = state
            .finding
            .finder
            .as_ref()
            .is_some_and(|finder| finder.is_pending())
            || state.preparing.is_some()
            || open.facets.is_none();
        let (name, path) = state
            .of
            .as_ref()
            .map(|catalog| (catalog.name(), catalog.path().display().to_string()))
            .unwrap_or_default();
        let view = CatalogueView {
            name: &name,
            path: &path,
            table,
            model: facets(open),
            found: state.finding.found.as_ref(),
            pending,
            layout: &open.layout,
            scales: open.scales.as_ref(),
            regions: open.regions.as_ref().map_or(&[], |regions| regions),
            axes: &state.axes,
            trust: match (&open.trust, &state.measuring_trust) {
                (Some(trust), _) => TrustProgress::Known(trust.mean),
                (None, Some((job, _))) => {
                    TrustProgress::Working(job.progress().share().unwrap_or(0.0))
                }
                (None, None) => TrustProgress::Unknown,
            },
        };
        catalogue_ui(
            ui,
            &mut state.catalogue,
            &view,
            &mut state.wishes,
            &mut state.views,
            &mut state.thumbs,
            std::mem::take(&mut state.focus_search),
            commands,
        );
    });
    fold_button(ctx, "fold left", docks.left, true, folded);
}

fn right(
    ctx: &egui::Context,
    state: &mut PanelState,
    table: &dyn Table,
    reads: &Reads,
    docks: &Docks,
    folded: &mut bool,
    commands: &mut Vec<Command>,
) {
    panel(ctx, "Shoes", docks.right, |ui| {
        if *folded {
            return unfold(ui, "⏴", "Show the shoe panel", folded);
        }
        with_shoe_view(state, table, reads, |view, parts| {
            shoe_ui(ui, parts.panel, view, parts.tuning, parts.thumbs, commands);
        });
    });
    fold_button(ctx, "fold right", docks.right, false, folded);
}

/// The parts of the state that a panel changes while it reads the others.
struct Changed<'a> {
    panel: &'a mut super::shoe::ShoePanel,
    tuning: &'a mut crate::workspace::tuning::Tuning,
    thumbs: &'a mut super::thumbnails::Thumbs,
}

fn with_shoe_view(
    state: &mut PanelState,
    table: &dyn Table,
    reads: &Reads,
    show: impl FnOnce(&ShoeView<'_>, Changed<'_>),
) {
    let trust = match (&reads.open.trust, reads.selection.row()) {
        (Some(trust), Some(row)) => trust.rows.get(row).copied(),
        _ => None,
    };
    let view = ShoeView {
        table,
        model: facets(&reads.open),
        blocks: &reads.open.blocks,
        selection: &reads.selection,
        recommendations: &reads.recommendations,
        trust,
        found: state.finding.found.as_ref(),
        search: &state.wishes.search,
        filtered: !state.wishes.shows_all(),
        designs: reads
            .open
            .studio
            .as_ref()
            .is_some_and(|studio| studio.is_ok()),
        dialogs: super::apply::has_dialogs(),
        waker: &reads.wake.0,
    };
    let changed = Changed {
        panel: &mut state.shoe,
        tuning: &mut state.tuning,
        thumbs: &mut state.thumbs,
    };
    show(&view, changed);
}

fn unfold(ui: &mut egui::Ui, sign: &str, meaning: &str, folded: &mut bool) {
    if ui
        .add(egui::Button::new(sign).frame(false))
        .on_hover_text(meaning)
        .clicked()
    {
        *folded = false;
    }
}

/// A small tab at the panel's inner edge that folds it away.
fn fold_button(ctx: &egui::Context, name: &str, place: egui::Rect, left: bool, folded: &mut bool) {
    if *folded || place.width() < 1.0 {
        return;
    }
    let (edge, pivot) = match left {
        true => (place.right_center(), egui::Align2::LEFT_CENTER),
        false => (place.left_center(), egui::Align2::RIGHT_CENTER),
    };
    egui::Area::new(egui::Id::new(name))
        .pivot(pivot)
        .fixed_pos(edge)
        .constrain(false)
        .show(ctx, |ui| {
            let sign = if left { "⏴" } else { "⏵" };
            let button = egui::Button::new(egui::RichText::new(sign).size(10.0))
                .min_size(egui::vec2(14.0, 44.0));
            let fill = ui.visuals().panel_fill;
            let response = ui.add(button.fill(fill));
            let meaning = if left {
                "Fold the catalogue panel away"
            } else {
                "Fold the shoe panel away"
            };
            response
                .widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Button, true, meaning));
            if response.on_hover_text(meaning).clicked() {
                *folded = true;
            }
        });
}

/// What is selected or found, in words.
fn happened(state: &PanelState, reads: &Reads) -> String {
    let (Some(table), Some(item)) = (state.of.as_deref(), &reads.selection.current) else {
        let found = state.finding.found.as_ref();
        let shown = found.filter(|found| found.mask.is_some());
        return shown.map_or(String::new(), |found| {
            format!("{} found", theme::shoes(found.shown))
        });
    };
    let name = titles::name_of(Some(table as &dyn Table), item);
    match reads.recommendations.list.len() {
        0 => format!("{name} selected"),
        alike => format!("{name} selected, {} like it", theme::shoes(alike)),
    }
}

/// What is dragged from a card hangs on the pointer.
fn carried(ctx: &egui::Context, state: &mut PanelState) {
    let Some(carried) = egui::DragAndDrop::payload::<Carried>(ctx) else {
        return;
    };
    let Some(at) = ctx.pointer_interact_pos() else {
        return;
    };
    let thumb = match &*carried {
        Carried::Item(item) => state.thumbs.item(ctx, item),
        Carried::Saved(_) => Thumb::Coming,
    };
    let id = egui::Id::new("carried");
    egui::Area::new(id)
        .order(egui::Order::Tooltip)
        .fixed_pos(at + egui::vec2(8.0, 8.0))
        .interactable(false)
        .show(ctx, |ui| {
            let size = egui::Vec2::splat(56.0);
            widgets::picture(ui, &thumb, size, "Carried", egui::Sense::hover());
        });
}

/// Says what letting go of a dragged file does.
fn drop_hint(ctx: &egui::Context, free: egui::Rect) {
    let painter = ctx.layer_painter(egui::LayerId::new(
        egui::Order::Tooltip,
        egui::Id::new("drop hint"),
    ));
    let palette = theme::theme_of(&ctx.global_style().visuals).palette();
    let place = free.shrink(16.0);
    painter.rect_filled(place, 10.0, palette.panel.gamma_multiply(0.85));
    painter.rect_stroke(
        place,
        10.0,
        egui::Stroke::new(2.0, palette.accent),
        egui::StrokeKind::Inside,
    );
    let words = [
        ("Let go to open it here", 20.0, palette.strong, -14.0),
        (
            "A photo asks which shoes are like it; a folder, a zip or a catalogue opens",
            13.5,
            palette.text,
            16.0,
        ),
    ];
    for (text, size, colour, down) in words {
        let at = place.center() + egui::vec2(0.0, down);
        painter.text(
            at,
            egui::Align2::CENTER_CENTER,
            text,
            egui::FontId::proportional(size),
            colour,
        );
    }
}

/// Windows and notices on top of all, and the empty start.
pub(super) fn top(
    mut contexts: EguiContexts,
    mut reads: Reads,
    mut state: ResMut<PanelState>,
    docks: Res<Docks>,
    mut settings: ResMut<ExplorerSettings>,
    mut told: ResMut<Notices>,
    mut dropping: MessageReader<FileDragAndDrop>,
    mut hovered: Local<bool>,
) -> Result {
    let ctx = contexts.ctx_mut()?.clone();
    let state = &mut *state;
    let mut commands = std::mem::take(&mut state.commands);
    let embedded = reads
        .launch
        .as_ref()
        .and_then(|launch| launch.roots.default_catalogue().ok());
    let recent = settings.recent.clone();
    let view = StartView {
        recent: &recent,
        embedded: embedded.as_deref(),
        dialogs: super::apply::has_dialogs(),
    };
    state.launched |= reads.open.catalog.is_some() || !told.0.is_empty();
    let launching = !state.launched && reads.launch.as_ref().is_some_and(|l| l.catalogue.is_some());
    let nothing = state.of.is_none() && reads.open.catalog.is_none();
    let whole = ctx.viewport_rect();
    if nothing && launching {
        // What was asked for is there in a moment: no flash of something else.
    } else if nothing && !reads.running.0.is_empty() {
        working_area(&ctx, whole.center(), &reads.running.0, &mut commands);
    } else if nothing {
        if state.chooser.path.is_empty() {
            state.chooser.begin(None);
        }
        empty_area(
            &ctx,
            whole,
            &mut state.chooser,
            &view,
            &reads.wake.0,
            &mut commands,
        );
    } else if state.windows.open {
        state.windows.open = open_window(
            &ctx,
            &mut state.chooser,
            &view,
            &reads.wake.0,
            &mut commands,
        );
    }
    if state.windows.settings {
        let mut changed = settings.clone();
        state.windows.settings = settings_window::settings_window(&ctx, &mut changed);
        settings.set_if_neq(changed);
    }
    if reads.screen.help {
        help::help_window(&ctx, &mut state.help_words, &mut commands);
    } else {
        state.help_words.clear();
    }
    if let (true, Some(report)) = (state.windows.report && !nothing, &reads.last_import.0) {
        state.windows.report = import_report::report_window(&ctx, report, &mut commands);
    }
    if state.windows.palette {
        let view = PaletteView {
            selection: &reads.selection,
            model: facets(&reads.open),
            regions: (reads.open.regions.as_ref()).map_or(&[], |regions| regions),
            views: &state.views,
            recent: &recent,
            tabs: &tabs::names().collect::<Vec<_>>(),
            is_open: !nothing,
        };
        let mut changed = settings.clone();
        let palette = &mut state.palette;
        state.windows.palette = palette_window(&ctx, palette, &view, &mut changed, &mut commands);
        settings.set_if_neq(changed);
    }
    spoken::window(&ctx, "shoespace");
    spoken::announce(&ctx, || happened(state, &reads));
    if let Some(next) = notices::retire(&mut told.0) {
        ctx.request_repaint_after(next);
    }
    // What somebody waits for is shown large, above the scene, until it is put aside.
    let aside = reads
        .running
        .0
        .iter()
        .filter(|running| running.is_large && !nothing);
    let aside = aside.filter_map(|running| work_card(&ctx, docks.free, running, &mut commands));
    for job in aside.collect::<Vec<_>>() {
        reads.running.enlarge(&job, false);
    }
    notices::notices_area(&ctx, docks.free, &told.0, &mut commands);
    for event in dropping.read() {
        *hovered = matches!(event, FileDragAndDrop::HoveredFile { .. });
    }
    carried(&ctx, state);
    if *hovered {
        drop_hint(&ctx, docks.free);
    }
    state.commands = commands;
    let window = state.windows.any();
    if reads.screen.window != window {
        reads.screen.window = window;
    }
    Ok(())
}
