//! The panel below the scene: the design large, what is near it, and everything that can be done with it.

mod generator;
mod large;
mod missing;
mod nearest;
mod outline;
pub mod path;
mod shape;
pub mod shelf;
pub mod steer;
mod swatches;
mod variations;

use super::dock::{Docks, panel};
use super::state::PanelState;
use super::thumbnails::Thumbs;
use super::widgets::Carried;
use super::{theme, widgets};
use crate::catalog::Table;
use crate::explorer::command::{Choose, Command, CursorCommand, Ghostly, Popup};
use crate::explorer::cursor::state::{LatentCursor, Missing, Status};
use crate::explorer::state::{Adapting, Ghosts, OpenCatalogue, Screen, Selection, WakeUp};
use crate::explorer::ui::design_textures::Textures;
use crate::explorer::ui::path_field::{PathField, path_field};
use crate::explorer::worker::Waker;
use crate::workspace::titles;
use bevy::prelude::{Res, ResMut, Resource};
use bevy_egui::EguiContexts;
use bevy_egui::egui::{self, RichText, ScrollArea, Sense, Ui, Vec2};

/// The height of the panel with nothing but its head, in points.
const HEAD: f32 = 38.0;
/// The width of the signs at the right of the head, in points.
const SIGNS: f32 = 172.0;
/// Its least height when it is open, in points.
const OPEN: f32 = 218.0;
/// It takes no more than this share of the window's height.
const MOST: f32 = 0.42;

/// A tab beside the design.
pub struct Tab {
    /// What it is called.
    pub name: &'static str,
    /// How many things are in it; 0 is not said.
    count: fn(&CursorView<'_>) -> usize,
    draw: fn(&mut Ui, &mut Parts<'_>),
}

/// The tabs, from the left. A new one is a file here and a line in this list.
pub const TABS: [&Tab; 8] = [
    &nearest::TAB,
    &variations::TAB,
    &shape::TAB,
    &steer::TAB,
    &path::TAB,
    &shelf::TAB,
    &missing::TAB,
    &generator::TAB,
];

/// What a tab reads and changes.
struct Parts<'a> {
    view: &'a CursorView<'a>,
    memory: &'a mut CursorPanel,
    thumbs: &'a mut Thumbs,
    textures: &'a mut Textures,
    commands: &'a mut Vec<Command>,
}

/// What the panel remembers from frame to frame.
#[derive(Resource)]
pub struct CursorPanel {
    /// The name of the tab that is shown.
    pub tab: &'static str,
    /// Whether it is folded away, as it is until there is a design.
    pub folded: bool,
    /// Whether there was a design in the frame before.
    was_placed: bool,
    /// The column and word chosen to learn a direction from.
    pub column: Option<String>,
    /// The word.
    pub value: Option<String>,
    /// Where a path is saved.
    pub export_path: PathField,
    /// Where a design is saved, other than on the shelf.
    pub save_path: PathField,
    /// Whether the field for that is shown.
    pub saving_as: bool,
    /// How the outline is drawn on.
    shaping: outline::Shaping,
    /// How colours are chosen.
    colouring: swatches::Colouring,
    /// Whether it is asked again if the catalogue's own generator is to go.
    discarding: bool,
}

impl Default for CursorPanel {
    fn default() -> Self {
        Self {
            tab: nearest::TAB.name,
            folded: true,
            was_placed: false,
            column: None,
            value: None,
            export_path: PathField::default(),
            save_path: PathField::default(),
            saving_as: false,
            shaping: outline::Shaping::default(),
            colouring: swatches::Colouring::default(),
            discarding: false,
        }
    }
}

/// Whether the panel shows the design now.
pub(super) fn is_shown(docks: &Docks, screen: &Screen) -> bool {
    screen.panels && !screen.grid && docks.below.height() > HEAD
}

/// What the panel reads.
pub struct CursorView<'a> {
    /// The latent cursor.
    pub latent: &'a LatentCursor,
    /// The open catalogue.
    pub table: Option<&'a dyn Table>,
    /// Whether its pictures are grey.
    pub grey: bool,
    /// What is selected.
    pub selection: &'a Selection,
    /// The generator, and how it becomes the catalogue's own.
    pub adapting: &'a Adapting,
    /// What is missing from the catalogue.
    pub ghosts: &'a Ghosts,
    /// The middle of the cloud.
    pub middle: [f32; 3],
    /// Wakes the window when a thread has something for it.
    pub waker: &'a Waker,
}

pub(in crate::explorer) fn draw(
    mut contexts: EguiContexts,
    latent: Res<LatentCursor>,
    open: Res<OpenCatalogue>,
    selection: Res<Selection>,
    adapting: Res<Adapting>,
    ghosts: Res<Ghosts>,
    screen: Res<Screen>,
    wake: Res<WakeUp>,
    mut docks: ResMut<Docks>,
    mut memory: ResMut<CursorPanel>,
    mut panels: ResMut<PanelState>,
    mut textures: ResMut<Textures>,
) -> bevy::ecs::error::Result {
    let ctx = contexts.ctx_mut()?.clone();
    let high = ctx.viewport_rect().height();
    // A design that comes up shows itself.
    let placed = latent.position().is_some();
    if placed != memory.was_placed {
        (memory.folded, memory.was_placed) = (!placed, placed);
    }
    let wanted = match &latent.status {
        Status::Closed => 0.0,
        _ if memory.folded => HEAD,
        // The design is as high as the panel, and takes a third of its width.
        _ => (docks.below.width() / 3.0 + HEAD)
            .max(OPEN)
            .min(MOST * high),
    };
    if docks.below_wanted != wanted {
        docks.below_wanted = wanted;
        ctx.request_repaint();
    }
    let catalog = open.catalog.clone();
    let view = CursorView {
        latent: &latent,
        table: catalog.as_deref().map(|c| c as &dyn Table),
        grey: catalog.as_ref().is_some_and(|c| c.is_grey()),
        selection: &selection,
        adapting: &adapting,
        ghosts: &ghosts,
        middle: open.extent.centre,
        waker: &wake.0,
    };
    let open_body = wanted > HEAD;
    let panels = &mut *panels;
    if screen.panels && !screen.grid {
        panel(&ctx, "Design", docks.below, |ui| {
            cursor_ui(
                ui,
                &mut memory,
                &view,
                open_body,
                &mut panels.thumbs,
                &mut textures,
                &mut panels.commands,
            );
        });
    }
    if panels.windows.design {
        let is_open = large::large_window(&ctx, &view, &mut panels.thumbs, &mut textures);
        panels.windows.design = is_open && placed;
    }
    Ok(())
}

/// The whole panel; `open` shows more than its head.
pub fn cursor_ui(
    ui: &mut Ui,
    memory: &mut CursorPanel,
    view: &CursorView<'_>,
    open: bool,
    thumbs: &mut Thumbs,
    textures: &mut Textures,
    commands: &mut Vec<Command>,
) {
    swatches::picking_ui(ui.ctx(), &mut memory.colouring, commands);
    head_ui(ui, memory, view, open, commands);
    if !open {
        return;
    }
    ui.add_space(2.0);
    if let Status::Missing(missing) = &view.latent.status {
        missing_ui(ui, missing);
        return;
    }
    let other = [
        shelf::TAB.name,
        path::TAB.name,
        missing::TAB.name,
        generator::TAB.name,
    ];
    let needs_design = !other.contains(&memory.tab);
    if view.latent.is_ready() && view.latent.position().is_none() && needs_design {
        return begin_ui(ui, view, commands);
    }
    let height = ui.available_height();
    ui.horizontal_top(|ui| {
        let side = height.min(0.36 * ui.available_width());
        design_ui(ui, memory, view, side, textures, commands);
        ui.vertical(|ui| {
            ui.set_min_height(height);
            let Some(tab) = TABS.iter().find(|tab| tab.name == memory.tab) else {
                return;
            };
            let mut parts = Parts {
                view,
                memory,
                thumbs,
                textures,
                commands,
            };
            ScrollArea::vertical()
                .id_salt(tab.name)
                .auto_shrink(false)
                .show(ui, |ui| (tab.draw)(ui, &mut parts));
        });
    });
}

fn head_ui(
    ui: &mut Ui,
    memory: &mut CursorPanel,
    view: &CursorView<'_>,
    open: bool,
    commands: &mut Vec<Command>,
) {
    let latent = view.latent;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let (sign, meaning) = if open {
            ("⏷", "Fold the design panel away")
        } else {
            ("⏶", "Show the design panel")
        };
        if widgets::sign(ui, sign, meaning, true).clicked() {
            memory.folded = open;
        }
        // In a narrow window the tabs are scrolled, and the signs keep their place.
        let room = (ui.available_width() - SIGNS).max(60.0);
        let bar = egui::scroll_area::ScrollBarVisibility::AlwaysHidden;
        let tabs = ScrollArea::horizontal().id_salt("design tabs");
        tabs.max_width(room)
            .scroll_bar_visibility(bar)
            .show(ui, |ui| {
                ui.spacing_mut().button_padding.x = 5.0;
                for tab in TABS {
                    let title = match (tab.count)(view) {
                        0 => tab.name.to_owned(),
                        count => format!("{} {count}", tab.name),
                    };
                    let is_shown = open && memory.tab == tab.name;
                    if ui.selectable_label(is_shown, title).clicked() {
                        memory.tab = tab.name;
                        memory.folded = false;
                    }
                }
            });
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            let placed = latent.position().is_some();
            let (undo, redo) = latent.undo.can();
            // Before the first design there is room for how to get one.
            if !(placed || undo || redo) {
                let (words, more) = hint(view);
                let shown = theme::caption(ui, words);
                if !more.is_empty() {
                    shown.on_hover_text(more);
                }
                return;
            }
            if widgets::sign(ui, "✖", "Take the cursor away", placed).clicked() {
                commands.push(Command::Cursor(CursorCommand::Remove));
            }
            if widgets::sign(ui, "…", "Save the design as…", placed).clicked() {
                memory.saving_as = !memory.saving_as;
            }
            if widgets::sign(ui, "💾", "Save the design on the shelf (Ctrl + S)", placed).clicked()
            {
                commands.push(Command::Cursor(CursorCommand::Save));
            }
            if widgets::sign(ui, "⟳", "Redo (Ctrl + Shift + Z)", redo).clicked() {
                commands.push(Command::Cursor(CursorCommand::Redo));
            }
            if widgets::sign(ui, "⟲", "Undo (Ctrl + Z)", undo).clicked() {
                commands.push(Command::Cursor(CursorCommand::Undo));
            }
            if memory.saving_as && placed {
                save_as_ui(ui, memory, view.waker, commands);
            }
        });
    });
}

/// A few words on how things stand, which fit the narrowest head, and more of them.
fn hint(view: &CursorView<'_>) -> (String, &'static str) {
    let latent = view.latent;
    match &latent.status {
        Status::Closed => (String::new(), ""),
        Status::Loading => ("The generator is loading".to_owned(), ""),
        Status::Missing(_) => (
            "No generator fits".to_owned(),
            "Open this panel to see what to run",
        ),
        Status::Ready if latent.position().is_none() => {
            let words = match view.selection.current {
                Some(_) => "Press C to design from it",
                None => "Select a shoe, then press C",
            };
            let more = "Or double-click empty space: the cursor is placed there";
            (words.to_owned(), more)
        }
        Status::Ready => (String::new(), ""),
    }
}

fn save_as_ui(ui: &mut Ui, memory: &mut CursorPanel, waker: &Waker, commands: &mut Vec<Command>) {
    let field = &mut memory.save_path;
    field.begin("design.png");
    let save = ui.button("Save").clicked();
    let width = ui.available_width().min(260.0);
    let entered = path_field(ui, field, "File to save the design to", width, waker);
    if let Some(path) = field.written().filter(|_| save || entered) {
        commands.push(Command::Cursor(CursorCommand::SaveAs(path)));
        memory.saving_as = false;
    }
}

/// Why there are no designs, and what to run.
fn missing_ui(ui: &mut Ui, missing: &Missing) {
    ui.add_space(theme::GAP);
    ui.label(RichText::new("No generator fits this catalogue").color(theme::palette(ui).strong));
    ui.add(egui::Label::new(&missing.words).wrap().selectable(true));
    let Some(command) = &missing.command else {
        return;
    };
    ui.add(egui::Label::new(command).wrap().selectable(true));
    if ui.button("Copy the command").clicked() {
        ui.ctx().copy_text(command.clone());
    }
}

/// From what a design can begin.
fn begin_ui(ui: &mut Ui, view: &CursorView<'_>, commands: &mut Vec<Command>) {
    let palette = theme::palette(ui);
    ui.add_space(theme::SECTION);
    ui.vertical_centered(|ui| {
        ui.label(RichText::new("Where shall the design begin?").color(palette.strong));
        theme::caption_wrapped(
            ui,
            "Then drag it through the scene: what lies between shoes becomes a shoe",
        );
        ui.add_space(theme::GAP);
        let current = view.selection.current.as_ref();
        let from = |ui: &mut Ui, text: &str, enabled: bool, hint: &str| {
            let button = egui::Button::new(text).min_size(Vec2::new(210.0, 26.0));
            ui.add_enabled(enabled, button)
                .on_hover_text(hint)
                .clicked()
        };
        let title = match current {
            Some(item) => format!("From {}", titles::name_of(view.table, item)),
            None => "From the selected shoe".to_owned(),
        };
        let hint = "C does the same";
        if from(ui, &shortened(&title), current.is_some(), hint)
            && let Some(item) = current
        {
            commands.push(Command::DesignFrom(item.clone()));
        }
        if from(
            ui,
            "From the average shoe",
            true,
            "The middle of the catalogue",
        ) {
            let at = view.middle;
            commands.push(Command::Cursor(CursorCommand::Place { at, on: None }));
        }
        let hint = "Its place in the scene is found; then design from it as from a shoe";
        if from(ui, "From a photo…", true, hint) {
            commands.push(Command::Choose(Choose::Photo));
        }
        let hint = "Shoes are imagined where this catalogue has none";
        if from(ui, "From what is missing here…", true, hint) {
            commands.push(Command::Ghosts(Ghostly::Imagine));
            commands.push(Command::ShowTab(missing::TAB.name));
        }
    });
}

/// As much of a line as a button has room for.
fn shortened(text: &str) -> String {
    const MOST: usize = 30;
    match text.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", text[..at].trim_end()),
        None => text.to_owned(),
    }
}

/// The design; a click shows it as large as the window allows, unless its outline is drawn on.
fn design_ui(
    ui: &mut Ui,
    memory: &mut CursorPanel,
    view: &CursorView<'_>,
    side: f32,
    textures: &mut Textures,
    commands: &mut Vec<Command>,
) {
    if view.latent.position().is_none() {
        let (rect, _) = ui.allocate_exact_size(Vec2::splat(side), Sense::hover());
        let ground = ui.visuals().faint_bg_color;
        ui.painter().rect_filled(rect, theme::ROUND, ground);
        ui.painter().text(
            rect.center(),
            egui::Align2::CENTER_CENTER,
            "No design yet",
            egui::FontId::proportional(12.0),
            theme::palette(ui).weak,
        );
        return;
    }
    let thumb = large::design(ui, view, textures);
    let sense = Sense::click_and_drag();
    let shown = widgets::picture(ui, &thumb, Vec2::splat(side), "The design", sense);
    widgets::ring(ui, shown.rect, theme::palette(ui).design);
    if memory.tab == shape::TAB.name && memory.shaping.draws() {
        outline::draw_on(ui, view, &mut memory.shaping, &shown, commands);
        return;
    }
    if shown.drag_started()
        && let Some(item) = view.latent.design_item("This design")
    {
        shown.dnd_set_drag_payload(Carried::Item(item));
    }
    let hint = "Click to see it large, beside what it began as; drag it to an end of the path";
    if shown.on_hover_text(hint).clicked() {
        commands.push(Command::Show(Popup::Design, true));
    }
}
