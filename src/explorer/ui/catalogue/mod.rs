//! The left panel: what is open, the search, and under it the [`SECTIONS`]. A new section is a file here and a line
//! in that list.

pub mod axes;
pub mod bookmarks;
pub mod colouring;
pub mod filters;
pub mod landmarks;

use crate::catalog::Table;
use crate::explorer::command::{Choose, Command, Popup, View};
use crate::explorer::ui::thumbnails::Thumbs;
use crate::explorer::ui::{theme, widgets};
use crate::workspace::facets::FacetModel;
use crate::workspace::filter::{Found, Loosen, Wishes};
use crate::workspace::layouts::SceneLayout;
use crate::workspace::own_axes::AxisScale;
use crate::workspace::regions::Region;
use bevy_egui::egui::{self, RichText, ScrollArea, Ui};
use std::collections::BTreeMap;

/// The width of the bar that scrolls, in points.
const BAR: f32 = 6.0;

/// A part of the panel that folds.
pub struct Section {
    /// What it is called.
    pub title: &'static str,
    /// Whether it is open at first.
    pub open: bool,
    draw: fn(&mut Ui, &mut Parts<'_>),
}

/// The sections under the search, from the top.
pub const SECTIONS: [Section; 5] = [
    Section {
        title: "Filters",
        open: true,
        draw: |ui, p| filters::filters_ui(ui, p.panel, p.view, p.wishes),
    },
    Section {
        title: "Colour by",
        open: true,
        draw: |ui, p| colouring::colouring_ui(ui, p.view, p.wishes),
    },
    Section {
        title: "Axes",
        open: true,
        draw: |ui, p| axes::axes_ui(ui, p.view, p.thumbs, p.commands),
    },
    Section {
        title: "Landmarks",
        open: false,
        draw: |ui, p| landmarks::landmarks_ui(ui, p.view.regions, p.thumbs, p.commands),
    },
    Section {
        title: "Views",
        open: false,
        draw: |ui, p| {
            bookmarks::bookmarks_ui(ui, &mut p.panel.view_name, p.bookmarks, p.commands);
        },
    },
];

/// What a section reads and changes.
struct Parts<'a> {
    view: &'a CatalogueView<'a>,
    panel: &'a mut CataloguePanel,
    wishes: &'a mut Wishes,
    bookmarks: &'a mut Vec<(String, View)>,
    thumbs: &'a mut Thumbs,
    commands: &'a mut Vec<Command>,
}

/// What the panel remembers from frame to frame.
#[derive(Debug, Clone, Default)]
pub struct CataloguePanel {
    /// What was typed to find a word in a long column, by column.
    pub narrowed: BTreeMap<String, String>,
    /// The name for the next remembered view.
    pub view_name: String,
    /// What is found is to be framed as soon as it is known.
    pub frames_found: bool,
}

/// What the panel reads.
pub struct CatalogueView<'a> {
    /// What the catalogue is called.
    pub name: &'a str,
    /// Where it lies, for the hint.
    pub path: &'a str,
    /// Its shoes.
    pub table: &'a dyn Table,
    /// Its columns as the filter sees them.
    pub model: &'a FacetModel,
    /// What came of the wishes; `None` before the first answer.
    pub found: Option<&'a Found>,
    /// Whether a newer answer is on its way.
    pub pending: bool,
    /// Which layout the shoes stand in.
    pub layout: &'a SceneLayout,
    /// What is known of its axes, where somebody chose them.
    pub scales: Option<&'a [AxisScale; 3]>,
    /// The parts of the cloud that have a name.
    pub regions: &'a [Region],
    /// The principal components.
    pub axes: &'a axes::Axes,
    /// Whether it is known how far each neighbourhood is to be trusted, or is being worked out.
    pub trust: colouring::TrustProgress,
}

/// The whole panel. `wishes` and `bookmarks` are changed in place; `focus_search` puts the text cursor into
/// the search field.
pub fn catalogue_ui(
    ui: &mut Ui,
    panel: &mut CataloguePanel,
    view: &CatalogueView<'_>,
    wishes: &mut Wishes,
    bookmarks: &mut Vec<(String, View)>,
    thumbs: &mut Thumbs,
    focus_search: bool,
    commands: &mut Vec<Command>,
) {
    ui.scope(|ui| {
        // As wide as what scrolls below, which leaves room for its bar.
        ui.set_max_width(ui.available_width() - BAR);
        head_ui(ui, view, commands);
        if panel.frames_found && !view.pending {
            panel.frames_found = false;
            commands.push(Command::FrameShown);
        }
        search_ui(ui, panel, view, wishes, focus_search, commands);
    });
    ui.add_space(2.0);
    ScrollArea::vertical()
        .id_salt("catalogue")
        .auto_shrink(false)
        .show(ui, |ui| {
            ui.set_max_width(ui.available_width() - BAR);
            left_ui(ui, view, wishes);
            let mut parts = Parts {
                view,
                panel,
                wishes,
                bookmarks,
                thumbs,
                commands,
            };
            for section in &SECTIONS {
                theme::section(ui, section.title, section.open, |ui| {
                    (section.draw)(ui, &mut parts);
                });
            }
        });
}

fn head_ui(ui: &mut Ui, view: &CatalogueView<'_>, commands: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        let buttons = 2.0 * 34.0 + 32.0;
        let width = (ui.available_width() - buttons).max(40.0);
        let name = RichText::new(view.name)
            .color(theme::palette(ui).strong)
            .size(14.0);
        ui.allocate_ui(egui::Vec2::new(width, 24.0), |ui| {
            ui.set_width(width);
            ui.add(egui::Label::new(name).truncate())
                .on_hover_text(view.path);
        });
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if widgets::sign(ui, "⚙", "Settings", true).clicked() {
                commands.push(Command::Show(Popup::Settings, true));
            }
            if ui
                .button("Open…")
                .on_hover_text("A catalogue or your own photos (Ctrl+O)")
                .clicked()
            {
                commands.push(Command::Show(Popup::Open, true));
            }
        });
    });
}

fn search_ui(
    ui: &mut Ui,
    panel: &mut CataloguePanel,
    view: &CatalogueView<'_>,
    wishes: &mut Wishes,
    focus: bool,
    commands: &mut Vec<Command>,
) {
    ui.horizontal(|ui| {
        let width = ui.available_width() - 2.0 * 37.0;
        let hint = "Search";
        let response =
            ui.add(widgets::text_field(&mut wishes.search, hint, width).id_salt("search"));
        response
            .widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::TextEdit, true, "Search"));
        if focus {
            response.request_focus();
        }
        let entered = response.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
        if entered && !wishes.shows_all() {
            // The answer to the last letter is yet to come.
            panel.frames_found = true;
            ui.ctx().request_repaint();
        }
        response.on_hover_text("In titles, kinds, colours, ids: everything that the catalogue says (Ctrl + F); Enter shows what is found");
        if widgets::sign(ui, "✖", "Clear the search", !wishes.search.is_empty()).clicked() {
            wishes.search.clear();
        }
        let photo = widgets::sign(ui, "📷", "Find by photo: shoes like one in a picture of yours", true);
        if photo.clicked() {
            commands.push(Command::Choose(Choose::Photo));
        }
    });
    let all = view.table.len();
    let text = match view.found {
        Some(found) if found.mask.is_some() => {
            format!("{} of {}", theme::count(found.shown), theme::shoes(all))
        }
        _ => theme::shoes(all),
    };
    ui.horizontal(|ui| {
        theme::caption(ui, text);
        if view.pending {
            ui.add(egui::Spinner::new().size(11.0));
        }
        if !wishes.shows_all() {
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                if ui.link(RichText::new("Show all").small()).clicked() {
                    wishes.show_all();
                }
                let picked = wishes.among.is_some();
                if picked
                    && ui
                        .link(RichText::new("✖ picked").small())
                        .on_hover_text("Not only those that were picked; search and filters stay")
                        .clicked()
                {
                    wishes.among = None;
                }
            });
        }
    });
}

/// Says that nothing is left, and offers to loosen what leaves nothing.
fn left_ui(ui: &mut Ui, view: &CatalogueView<'_>, wishes: &mut Wishes) {
    let Some(found) = view
        .found
        .filter(|found| found.shown == 0 && !wishes.shows_all() && !view.pending)
    else {
        return;
    };
    let colour = theme::palette(ui).warning;
    theme::card_frame(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.label(RichText::new("Nothing is left").color(colour));
        match &found.loosen {
            Some((way, left)) => {
                let what = match way {
                    Loosen::Search => format!("Drop the search “{}”", wishes.search.trim()),
                    Loosen::Column(column) => format!("Drop the filter on {column}"),
                    Loosen::Among => "Not only the picked ones".to_owned(),
                };
                if ui
                    .add(egui::Button::new(format!("{what}: {}", theme::shoes(*left))).wrap())
                    .clicked()
                {
                    way.apply(wishes);
                }
            }
            None => theme::caption_wrapped(ui, "No shoe fits even one of these alone"),
        }
        if ui.button("Show all shoes").clicked() {
            wishes.show_all();
        }
    });
}
