//! The right panel: the shoe that is looked at, what is known of it, and below it the [`TABS`]. A new tab is a file
//! here and a line in that list.

pub mod marked;
pub mod rated;
pub mod recommended;
pub mod tuning;

use crate::catalog::Table;
use crate::explorer::command::Command;
use crate::explorer::state::{Recommendations, Selection};
use crate::explorer::ui::thumbnails::Thumbs;
use crate::explorer::ui::{theme, widgets};
use crate::workspace::Item;
use crate::workspace::facets::FacetModel;
use crate::workspace::titles;
use crate::workspace::tuning::Tuning;
use bevy_egui::egui::{self, RichText, ScrollArea, Sense, Ui, Vec2};
use recommended::walk_ui;

/// A tab of the lower part of the panel.
pub struct Tab {
    /// What it is called.
    pub name: &'static str,
    /// How many things are in it; 0 is not said.
    count: fn(&ShoeView<'_>) -> usize,
    draw: fn(&mut Ui, &mut Parts<'_>),
}

/// The tabs, from the left.
pub const TABS: [&Tab; 4] = [&recommended::TAB, &tuning::TAB, &rated::TAB, &marked::TAB];

/// What a tab reads and changes.
struct Parts<'a> {
    view: &'a ShoeView<'a>,
    tuning: &'a mut Tuning,
    export_path: &'a mut String,
    thumbs: &'a mut Thumbs,
    commands: &'a mut Vec<Command>,
}

/// What the panel remembers from frame to frame.
#[derive(Debug, Clone)]
pub struct ShoePanel {
    /// The name of the tab that is shown.
    pub tab: &'static str,
    /// Where the marked shoes are to be written.
    pub export_path: String,
}

impl Default for ShoePanel {
    fn default() -> Self {
        Self {
            tab: recommended::TAB.name,
            export_path: String::new(),
        }
    }
}

/// What the panel reads.
pub struct ShoeView<'a> {
    /// The open catalogue.
    pub table: &'a dyn Table,
    /// Its columns as the filter sees them.
    pub model: &'a FacetModel,
    /// Its blocks.
    pub blocks: &'a [String],
    /// What is selected, liked, marked.
    pub selection: &'a Selection,
    /// What is like it.
    pub recommendations: &'a Recommendations,
    /// How far the selected shoe's neighbourhood in 3D is to be trusted, 0 to 1, where it is known.
    pub trust: Option<f32>,
    /// Whether the catalogue's filter hides any shoe.
    pub filtered: bool,
    /// Whether the system has a dialog for choosing files.
    pub dialogs: bool,
}

/// The whole panel.
pub fn shoe_ui(
    ui: &mut Ui,
    panel: &mut ShoePanel,
    view: &ShoeView<'_>,
    tuning: &mut Tuning,
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    head_ui(ui, view, thumbs, commands);
    ui.add_space(theme::GAP);
    tabs_ui(ui, panel, view);
    ui.add_space(2.0);
    ScrollArea::vertical()
        .id_salt(panel.tab)
        .auto_shrink(false)
        .show(ui, |ui| {
            // The scroll bar lies beside the content, not on it.
            ui.set_max_width(ui.available_width() - 6.0);
            let mut parts = Parts {
                view,
                tuning,
                export_path: &mut panel.export_path,
                thumbs,
                commands,
            };
            if let Some(tab) = TABS.iter().find(|tab| tab.name == panel.tab) {
                (tab.draw)(ui, &mut parts);
            }
        });
}

fn tabs_ui(ui: &mut Ui, panel: &mut ShoePanel, view: &ShoeView<'_>) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        for tab in TABS {
            let title = match (tab.count)(view) {
                0 => tab.name.to_owned(),
                count => format!("{} {count}", tab.name),
            };
            ui.selectable_value(&mut panel.tab, tab.name, title);
        }
    });
    let rect = ui.min_rect();
    let line = egui::Stroke::new(1.0, theme::palette(ui).line);
    ui.painter().hline(rect.x_range(), ui.cursor().top(), line);
    ui.add_space(3.0);
}

fn head_ui(ui: &mut Ui, view: &ShoeView<'_>, thumbs: &mut Thumbs, commands: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        walk_ui(ui, view.selection, commands);
        if ui
            .button("Grid")
            .on_hover_text("The 5×5 grid (G)")
            .clicked()
        {
            commands.push(Command::ToggleGrid);
        }
    });
    ui.add_space(2.0);
    let Some(current) = &view.selection.current else {
        theme::card_frame(ui).show(ui, |ui| {
            ui.set_width(ui.available_width());
            widgets::nothing_yet(
                ui,
                "No shoe is selected",
                "Click one in the scene, or press R for any shoe",
            );
        });
        return;
    };
    let side = (ui.available_width() * 0.54)
        .min(ui.available_height() * 0.36)
        .max(96.0)
        .floor();
    let thumb = thumbs.item(ui.ctx(), current);
    ui.horizontal_top(|ui| {
        let name = titles::name_of(Some(view.table), current);
        let shown = widgets::picture(
            ui,
            &thumb,
            Vec2::splat(side),
            &format!("Picture of {name}"),
            Sense::click(),
        );
        if shown.double_clicked() {
            commands.push(Command::Focus);
        }
        let hint = shown.on_hover_text("Double-click to fly to it (F)");
        let palette = theme::palette(ui);
        if view.selection.likes.contains(current) {
            widgets::ring(ui, hint.rect, palette.like);
        } else if view.selection.dislikes.contains(current) {
            widgets::ring(ui, hint.rect, palette.dislike);
        }
        ui.vertical(|ui| {
            let facts = ScrollArea::vertical()
                .id_salt("facts")
                .max_height(side)
                .auto_shrink(false);
            facts.show(ui, |ui| facts_ui(ui, view, current, &name, commands));
        });
    });
    judge_ui(ui, view, current, commands);
}

fn facts_ui(
    ui: &mut Ui,
    view: &ShoeView<'_>,
    current: &Item,
    name: &str,
    commands: &mut Vec<Command>,
) {
    let palette = theme::palette(ui);
    ui.spacing_mut().item_spacing.y = 4.0;
    ui.set_max_width(ui.available_width() - 4.0);
    ui.add(egui::Label::new(RichText::new(name).color(palette.strong).size(14.5)).wrap());
    let Some(row) = current.row() else {
        theme::caption(ui, "Not in the catalogue");
        return;
    };
    let id = view.table.id(row);
    if id != name {
        widgets::field(ui, "Id", id);
    }
    for column in view.table.columns() {
        let Some(text) = column.text(row) else {
            continue;
        };
        if text != name && !text.is_empty() {
            widgets::field(ui, &titles::column_label(&column.name), &text);
        }
    }
    if let Some(trust) = view.trust {
        widgets::field(
            ui,
            "Neighbours kept in 3D",
            &format!("{:.0} %", trust * 100.0),
        );
        let width = ui.available_width().min(120.0);
        widgets::bar(ui, trust, 1.0, width, palette.accent);
    }
    if let Some(place) = titles::original(view.table, row)
        && ui.link("Open the original").on_hover_text(&place).clicked()
    {
        commands.push(Command::OpenOriginal(place));
    }
}

fn judge_ui(ui: &mut Ui, view: &ShoeView<'_>, current: &Item, commands: &mut Vec<Command>) {
    let palette = theme::palette(ui);
    let liked = view.selection.likes.contains(current);
    let disliked = view.selection.dislikes.contains(current);
    ui.horizontal(|ui| {
        let button = |text: &str, on: bool, colour| {
            let text = if on {
                RichText::new(text).color(colour)
            } else {
                RichText::new(text)
            };
            egui::Button::new(text).selected(on)
        };
        if ui
            .add(button("👍 Like", liked, palette.strong))
            .on_hover_text("More like this (L)")
            .clicked()
        {
            commands.push(Command::Rate(current.clone(), (!liked).then_some(true)));
        }
        if ui
            .add(button("👎 Dislike", disliked, palette.strong))
            .on_hover_text("Less like this (X)")
            .clicked()
        {
            commands.push(Command::Rate(current.clone(), (!disliked).then_some(false)));
        }
        if let Some(row) = current.row() {
            let marked = view.selection.marked.contains(&row);
            if ui
                .add(button("✔ Mark", marked, palette.strong))
                .on_hover_text("For the list to export (Ctrl+click)")
                .clicked()
            {
                commands.push(Command::Mark(row, !marked));
            }
        }
        if ui
            .button("Fly to")
            .on_hover_text("Bring it to the middle (F)")
            .clicked()
        {
            commands.push(Command::Focus);
        }
    });
}
