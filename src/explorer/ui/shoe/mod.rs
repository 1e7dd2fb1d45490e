//! The right panel: the shoe that is looked at, what is known of it, and below it the [`TABS`]. A new tab is a file
//! here and a line in that list.

pub mod marked;
pub mod rated;
pub mod recommended;
pub mod shoes;
pub mod tuning;

use crate::catalog::Table;
use crate::explorer::command::Command;
use crate::explorer::state::{Recommendations, Selection};
use crate::explorer::ui::path_field::PathField;
use crate::explorer::ui::thumbnails::Thumbs;
use crate::explorer::ui::widgets::Carried;
use crate::explorer::ui::{theme, widgets};
use crate::explorer::worker::Waker;
use crate::workspace::Item;
use crate::workspace::facets::FacetModel;
use crate::workspace::filter::Found;
use crate::workspace::titles;
use crate::workspace::tuning::Tuning;
use bevy_egui::egui::{self, RichText, ScrollArea, Sense, Ui, Vec2};
use recommended::walk_ui;
use std::sync::Arc;

/// A tab of the lower part of the panel.
pub struct Tab {
    /// What it is called.
    pub name: &'static str,
    /// What stands for its name where room is short; empty where the name is written.
    sign: &'static str,
    /// How many things are in it; 0 is not said.
    count: fn(&ShoeView<'_>) -> usize,
    /// Whether it has a bar to scroll with of its own.
    scrolls_itself: bool,
    draw: fn(&mut Ui, &mut Parts<'_>),
}

/// The tabs, from the left.
pub const TABS: [&Tab; 6] = [
    &shoes::TAB,
    &recommended::TAB,
    &tuning::TAB,
    &rated::LIKED,
    &rated::DISLIKED,
    &marked::TAB,
];

/// What a tab reads and changes.
struct Parts<'a> {
    view: &'a ShoeView<'a>,
    tuning: &'a mut Tuning,
    export_path: &'a mut PathField,
    thumbs: &'a mut Thumbs,
    commands: &'a mut Vec<Command>,
}

/// What the panel remembers from frame to frame.
pub struct ShoePanel {
    /// The name of the tab that is shown.
    pub tab: &'static str,
    /// Where the marked shoes are to be written.
    pub export_path: PathField,
    /// What was looked at when the tab was chosen last, and what was shown.
    turned: Turned,
}

/// What turns the panel to another tab when it becomes another.
#[derive(Debug, Clone, Default)]
struct Turned {
    current: Option<Item>,
    rows: Option<Arc<Vec<u32>>>,
    /// What of them the search and the filters found.
    found: Option<Arc<Vec<u32>>>,
    /// What was searched for.
    search: String,
    /// Likes and dislikes.
    rated: usize,
}

impl Default for ShoePanel {
    fn default() -> Self {
        Self {
            tab: shoes::TAB.name,
            export_path: PathField::default(),
            turned: Turned::default(),
        }
    }
}

impl ShoePanel {
    /// With a tab that was chosen while all of this was looked at.
    #[cfg(test)]
    pub fn on(tab: &'static str, selection: &Selection) -> Self {
        Self {
            tab,
            turned: Turned {
                current: selection.current.clone(),
                rated: selection.likes.len() + selection.dislikes.len(),
                ..Turned::default()
            },
            ..Self::default()
        }
    }

    /// Turns to the answer of what was asked last: a shoe brings what is like it, a search what it found.
    fn turn(&mut self, view: &ShoeView<'_>, commands: &mut Vec<Command>) {
        let selection = view.selection;
        let found = view.found.and_then(|found| found.rows.clone());
        // Another search is another question: what was picked before gives way to its answer.
        if found != self.turned.found && selection.group.is_some() {
            commands.push(Command::Pick(Arc::default()));
        }
        let rows = selection.group.clone().or_else(|| found.clone());
        let rated = selection.likes.len() + selection.dislikes.len();
        let is_same = rows == self.turned.rows;
        let names = [shoes::TAB.name, recommended::TAB.name];
        if self.turned.current != selection.current {
            // Who went on from shoe to shoe and tunes, or looks through marks, goes on with that.
            if names.contains(&self.tab) || self.turned.current.is_none() {
                let is_left = selection.current.is_none() && rated == 0;
                self.tab = names[usize::from(!is_left)];
            }
        } else if view.search != self.turned.search && !view.search.is_empty() {
            // Who types wants the answer.
            if names.contains(&self.tab) {
                self.tab = shoes::TAB.name;
            }
        } else if !is_same && (selection.current.is_none() || selection.group.is_some()) {
            self.tab = shoes::TAB.name;
        } else if rated > self.turned.rated && selection.current.is_none() {
            self.tab = recommended::TAB.name;
        }
        self.turned = Turned {
            current: selection.current.clone(),
            rows,
            found,
            search: view.search.to_owned(),
            rated,
        };
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
    /// What the search and the filters show; `None` before the first answer.
    pub found: Option<&'a Found>,
    /// What is searched for.
    pub search: &'a str,
    /// Whether the catalogue's filter hides any shoe.
    pub filtered: bool,
    /// Whether there is a generator to design with.
    pub designs: bool,
    /// Whether the system has a dialog for choosing files.
    pub dialogs: bool,
    /// Wakes the window when a thread has something for it.
    pub waker: &'a Waker,
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
    panel.turn(view, commands);
    head_ui(ui, view, thumbs, commands);
    marked_hint(ui, panel, view);
    ui.add_space(theme::GAP);
    tabs_ui(ui, panel, view);
    ui.add_space(2.0);
    let Some(tab) = TABS.iter().find(|tab| tab.name == panel.tab) else {
        return;
    };
    let mut parts = Parts {
        view,
        tuning,
        export_path: &mut panel.export_path,
        thumbs,
        commands,
    };
    if tab.name == tuning::TAB.name {
        // What the weights change is seen while they are moved.
        recommended::first_ui(ui, view, parts.thumbs, parts.commands);
    }
    if tab.scrolls_itself {
        (tab.draw)(ui, &mut parts);
        return;
    }
    ScrollArea::vertical()
        .id_salt(panel.tab)
        .auto_shrink(false)
        .show(ui, |ui| {
            // The scroll bar lies beside the content, not on it.
            ui.set_max_width(ui.available_width() - 6.0);
            (tab.draw)(ui, &mut parts);
        });
}

/// What is marked waits to be exported.
fn marked_hint(ui: &mut Ui, panel: &mut ShoePanel, view: &ShoeView<'_>) {
    let marked = view.selection.marked.len();
    if marked == 0 || panel.tab == marked::TAB.name {
        return;
    }
    ui.horizontal(|ui| {
        theme::caption(ui, format!("{} marked", theme::shoes(marked)));
        if ui.link(RichText::new("Export…").small()).clicked() {
            panel.tab = marked::TAB.name;
        }
    });
}

fn tabs_ui(ui: &mut Ui, panel: &mut ShoePanel, view: &ShoeView<'_>) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        for tab in TABS {
            let called = |name: &str| match (tab.count)(view) {
                0 => name.to_owned(),
                count => format!("{name} {}", theme::count(count)),
            };
            let is_on = panel.tab == tab.name;
            let title = match tab.sign {
                "" => called(tab.name),
                sign => called(sign),
            };
            let shown = ui.selectable_label(is_on, title);
            let name = called(tab.name);
            shown.widget_info(|| {
                egui::WidgetInfo::selected(egui::WidgetType::SelectableLabel, true, is_on, &name)
            });
            let shown = match tab.sign {
                "" => shown,
                _ => shown.on_hover_text(tab.name),
            };
            if shown.clicked() {
                panel.tab = tab.name;
            }
        }
    });
    let rect = ui.max_rect();
    let line = egui::Stroke::new(1.0, theme::palette(ui).line);
    ui.painter().hline(rect.x_range(), ui.cursor().top(), line);
    ui.add_space(3.0);
}

fn head_ui(ui: &mut Ui, view: &ShoeView<'_>, thumbs: &mut Thumbs, commands: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        walk_ui(ui, view.selection, commands);
        if ui
            .button("Grid")
            .on_hover_text("Pictures side by side in the place of the scene (G)")
            .clicked()
        {
            commands.push(Command::ToggleGrid);
        }
    });
    ui.add_space(2.0);
    let Some(current) = &view.selection.current else {
        let words = "Click a shoe, here or in the scene, to see what is like it";
        theme::caption_wrapped(ui, words);
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
            Sense::click_and_drag(),
        );
        widgets::carries(&shown, || Carried::Item(current.clone()));
        if shown.double_clicked() {
            commands.push(Command::Focus);
        }
        let hint = shown.on_hover_text("Double-click to fly to it (F)");
        widgets::judged(ui, hint.rect, view.selection, current);
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
    let price = titles::price(view.table, row);
    if let Some(price) = &price {
        ui.label(RichText::new(price).color(palette.strong));
    }
    for column in view.table.columns() {
        let Some(text) = column.text(row) else {
            continue;
        };
        let is_told = text == name || price.as_deref() == Some(&*text);
        if !is_told && !text.is_empty() {
            widgets::field(ui, &titles::column_label(&column.name), &text);
        }
    }
    if id != name {
        widgets::field(ui, "Id", id);
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
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = Vec2::splat(4.0);
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
        let design = ui.add_enabled(view.designs, egui::Button::new("Design from this"));
        let design = design.on_hover_text(
            "Put the design cursor on it: new shoes begin from here, and follow where you drag it (C)",
        );
        if design
            .on_disabled_hover_text("There is no generator that fits this catalogue yet")
            .clicked()
        {
            commands.push(Command::DesignFrom(current.clone()));
        }
    });
}
