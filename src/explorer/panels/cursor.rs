//! The panel below the scene: the design large, what is near it, and everything that can be done with it.

use super::act::Act;
use super::dock::{Docks, panel};
use super::state::PanelState;
use super::thumbs::{Thumb, Thumbs};
use super::{parts, path, shelf, steer, theme, words};
use crate::catalog::Table;
use crate::explorer::latent::Textures;
use crate::explorer::latent::requests::LatentRequest;
use crate::explorer::latent::state::{Latent, Status};
use crate::explorer::state::{OpenCatalogue, Screen, Selection};
use crate::space::cursor::Fill;
use bevy::prelude::{MessageWriter, Res, ResMut, Resource};
use bevy_egui::EguiContexts;
use bevy_egui::egui::{self, Color32, RichText, ScrollArea, Sense, Ui, Vec2};

/// The height of the panel with nothing but its head, in points.
const HEAD: f32 = 38.0;
/// Its height when it is open, in points; more where the window is high.
const OPEN: f32 = 218.0;

/// What the panel shows beside the design.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tab {
    /// Where it is, and the real shoes near it.
    #[default]
    Near,
    /// Other designs at the same place.
    Vary,
    /// Components, named directions, another's colour.
    Steer,
    /// From one to another.
    Path,
    /// Saved designs.
    Shelf,
}

/// What the panel remembers from frame to frame.
#[derive(Resource, Debug, Clone, Default)]
pub struct CursorPanel {
    /// What is shown.
    pub tab: Tab,
    /// Whether it is folded away.
    pub folded: bool,
    /// The column and word chosen to learn a direction from.
    pub column: Option<String>,
    /// The word.
    pub value: Option<String>,
    /// Where a path is saved.
    pub export_path: String,
    /// Where a design is saved, other than on the shelf.
    pub save_path: String,
    /// Whether the field for that is shown.
    pub saving_as: bool,
}

/// What the panel reads.
pub struct CursorView<'a> {
    /// The latent cursor.
    pub latent: &'a Latent,
    /// The open catalogue.
    pub table: Option<&'a dyn Table>,
    /// Whether its pictures are grey.
    pub grey: bool,
    /// What is selected.
    pub selection: &'a Selection,
}

/// What the panel asks for.
#[derive(Default)]
pub struct Asked {
    /// Of the latent cursor.
    pub latent: Vec<LatentRequest>,
    /// Of the rest.
    pub acts: Vec<Act>,
}

pub(in crate::explorer) fn draw(
    mut contexts: EguiContexts,
    latent: Res<Latent>,
    open: Res<OpenCatalogue>,
    selection: Res<Selection>,
    screen: Res<Screen>,
    mut docks: ResMut<Docks>,
    mut memory: ResMut<CursorPanel>,
    mut panels: ResMut<PanelState>,
    mut textures: ResMut<Textures>,
    mut out: MessageWriter<LatentRequest>,
) -> bevy::ecs::error::Result {
    let ctx = contexts.ctx_mut()?.clone();
    let high = ctx.viewport_rect().height();
    let shown = latent.position().is_some() || memory.tab != Tab::Near;
    let wanted = match &latent.status {
        Status::Closed => 0.0,
        _ if memory.folded || !shown => HEAD,
        _ => OPEN.max(0.24 * high).min(0.4 * high),
    };
    if docks.below_wanted != wanted {
        docks.below_wanted = wanted;
        ctx.request_repaint();
    }
    if !screen.panels || screen.grid {
        return Ok(());
    }
    let catalog = open.catalog.clone();
    let view = CursorView {
        latent: &latent,
        table: catalog.as_deref().map(|c| c as &dyn Table),
        grey: catalog.as_ref().is_some_and(|c| c.is_grey()),
        selection: &selection,
    };
    let mut asked = Asked::default();
    let open_body = wanted > HEAD;
    panel(&ctx, "cursor", docks.below, |ui| {
        cursor_ui(
            ui,
            &mut memory,
            &view,
            open_body,
            &mut panels.thumbs,
            &mut textures,
            &mut asked,
        );
    });
    for request in asked.latent {
        out.write(request);
    }
    if !asked.acts.is_empty() {
        panels.acts.append(&mut asked.acts);
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
    asked: &mut Asked,
) {
    head_ui(ui, memory, view, open, asked);
    if !open {
        return;
    }
    ui.add_space(2.0);
    if let Status::Missing(words) = &view.latent.status {
        missing_ui(ui, words);
        return;
    }
    let height = ui.available_height();
    ui.horizontal_top(|ui| {
        design_ui(ui, view, height, textures);
        ui.vertical(|ui| {
            ui.set_min_height(height);
            let tab = memory.tab;
            let body = |ui: &mut Ui| match tab {
                Tab::Near => near_ui(ui, view, thumbs, asked),
                Tab::Vary => vary_ui(ui, view, textures, asked),
                Tab::Steer => steer::steer_ui(ui, memory, view, asked),
                Tab::Path => path::path_ui(ui, memory, view, thumbs, textures, asked),
                Tab::Shelf => shelf::shelf_ui(ui, view, textures, asked),
            };
            ScrollArea::vertical()
                .id_salt(tab as u8)
                .auto_shrink(false)
                .show(ui, body);
        });
    });
}

fn head_ui(
    ui: &mut Ui,
    memory: &mut CursorPanel,
    view: &CursorView<'_>,
    open: bool,
    asked: &mut Asked,
) {
    let latent = view.latent;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let (sign, meaning) = if open {
            ("⏷", "Fold the design panel away")
        } else {
            ("⏶", "Show the design panel")
        };
        if parts::sign(ui, sign, meaning, true).clicked() {
            memory.folded = open;
            if !open && latent.position().is_none() && memory.tab == Tab::Near {
                memory.tab = Tab::Shelf;
            }
        }
        let tabs = [
            (Tab::Near, "Design".to_owned()),
            (Tab::Vary, "Vary".to_owned()),
            (Tab::Steer, "Steer".to_owned()),
            (Tab::Path, "Path".to_owned()),
            (
                Tab::Shelf,
                match latent.shelf.saved.len() {
                    0 => "Shelf".to_owned(),
                    n => format!("Shelf {n}"),
                },
            ),
        ];
        for (tab, name) in tabs {
            if ui
                .selectable_label(open && memory.tab == tab, name)
                .clicked()
            {
                memory.tab = tab;
                memory.folded = false;
            }
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            let placed = latent.position().is_some();
            if parts::sign(ui, "✖", "Take the cursor away", placed).clicked() {
                asked.latent.push(LatentRequest::Remove);
            }
            if parts::sign(ui, "…", "Save the design as…", placed).clicked() {
                memory.saving_as = !memory.saving_as;
            }
            if parts::sign(ui, "💾", "Save the design on the shelf (Ctrl + S)", placed).clicked()
            {
                asked.latent.push(LatentRequest::Save);
            }
            let (undo, redo) = latent.history.can();
            if parts::sign(ui, "⟳", "Redo (Ctrl + Shift + Z)", redo).clicked() {
                asked.latent.push(LatentRequest::Redo);
            }
            if parts::sign(ui, "⟲", "Undo (Ctrl + Z)", undo).clicked() {
                asked.latent.push(LatentRequest::Undo);
            }
            if memory.saving_as && placed {
                save_as_ui(ui, memory, asked);
            } else {
                theme::caption(ui, hint(latent));
            }
        });
    });
}

/// One line on how things stand.
fn hint(latent: &Latent) -> String {
    match &latent.status {
        Status::Closed => String::new(),
        Status::Loading => "The generator is being loaded".to_owned(),
        Status::Missing(_) => "No generator for this catalogue".to_owned(),
        Status::Ready if latent.position().is_none() => {
            "Press C on a shoe, or double-click empty space, to place the cursor".to_owned()
        }
        Status::Ready => match (&latent.studio, latent.latency()) {
            (Some(studio), Some((median, _))) => {
                format!("{}, {median:.0} ms", studio.generator_name())
            }
            _ => String::new(),
        },
    }
}

fn save_as_ui(ui: &mut Ui, memory: &mut CursorPanel, asked: &mut Asked) {
    let save = ui.button("Save").clicked();
    let field = egui::TextEdit::singleline(&mut memory.save_path)
        .hint_text("design.png")
        .desired_width(ui.available_width().min(220.0));
    let entered = ui.add(field).lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
    let path = memory.save_path.trim();
    if (save || entered) && !path.is_empty() {
        asked.latent.push(LatentRequest::SaveAs(path.into()));
        memory.saving_as = false;
    }
}

/// Why there are no designs, and what to run.
fn missing_ui(ui: &mut Ui, reason: &str) {
    ui.add_space(theme::GAP);
    ui.label(RichText::new("No generator fits this catalogue").color(theme::palette(ui).strong));
    ui.add(egui::Label::new(reason).wrap().selectable(true));
    if let Some((_, command)) = reason.split_once("with: ")
        && ui.button("Copy the command").clicked()
    {
        ui.ctx().copy_text(command.to_owned());
    }
}

/// The design, large.
fn design_ui(ui: &mut Ui, view: &CursorView<'_>, side: f32, textures: &mut Textures) {
    let latent = view.latent;
    let made = latent.made.as_ref().filter(|_| latent.position().is_some());
    let thumb = made
        .and_then(|made| {
            textures.get(ui.ctx(), "design", latent.made_number, || {
                Some(made.picture.clone())
            })
        })
        .map_or(Thumb::Coming, |(id, size)| Thumb::Ready(id, size));
    let shown = parts::picture(ui, &thumb, Vec2::splat(side), "The design", Sense::hover());
    parts::ring(ui, shown.rect, theme::palette(ui).design);
}

/// Where the design is, how far it lands from there, and the real shoes near it.
fn near_ui(ui: &mut Ui, view: &CursorView<'_>, thumbs: &mut Thumbs, asked: &mut Asked) {
    let latent = view.latent;
    let (Some(made), Some(_)) = (&latent.made, latent.position()) else {
        parts::nothing_yet(
            ui,
            "There is no design yet",
            "Press C on a shoe, or double-click empty space, then drag the handle",
        );
        return;
    };
    ui.horizontal(|ui| {
        fill_ui(ui, view, asked);
        if latent.wish.recipe.held.is_some() {
            theme::caption(ui, "going on from a kept design");
        }
        if made.filled.drawn_back > 0.0 {
            let warning = theme::palette(ui).warning;
            ui.label(RichText::new("far outside the cloud: drawn back").color(warning));
        }
    });
    match latent
        .landing
        .as_ref()
        .map(|(number, landing)| (*number == latent.made_number, landing))
    {
        Some((current, landing)) => {
            let strong = theme::palette(ui).strong;
            ui.horizontal_wrapped(|ui| {
                ui.spacing_mut().item_spacing.x = 4.0;
                let gap = RichText::new(format!("Gap {}", landing.gap_in_words()));
                ui.label(if current { gap.color(strong) } else { gap }).on_hover_text(format!(
                    "The design, embedded again, lands {:.3} from where it was asked for, {:.1} times the usual distance between neighbouring shoes; {:.0} % of those distances are shorter",
                    landing.gap, landing.gap_times, landing.gap_percentile
                ));
                let nearest = landing.near.first().map_or(0.0, |n| n.1);
                let new = RichText::new(format!("· New {:.0} %", landing.novelty));
                ui.label(if current { new.color(strong) } else { new }).on_hover_text(format!(
                    "The nearest real shoe is {nearest:.3} away; {:.0} % of real shoes have another real shoe nearer than that",
                    landing.novelty
                ));
                if ui.button("Find real shoes like this").clicked() {
                    asked.latent.push(LatentRequest::Ask);
                }
                if ui.button("Like it").clicked() {
                    asked.latent.push(LatentRequest::Like);
                }
            });
            let Some(table) = view.table else { return };
            theme::caption(ui, "Nearest real shoes, and how far");
            ui.horizontal(|ui| {
                let side = (ui.available_height() - 22.0).clamp(48.0, 96.0);
                let fit = ((ui.available_width() / (side + 6.0)) as usize).max(1);
                for &(row, distance) in landing.near.iter().take(fit) {
                    if row >= table.len() {
                        continue;
                    }
                    ui.vertical(|ui| {
                        ui.spacing_mut().item_spacing.y = 1.0;
                        let name = words::title(table, row);
                        let size = Vec2::splat(side);
                        if parts::shoe_picture(ui, thumbs, row, size, &name, Sense::click())
                            .clicked()
                        {
                            asked.acts.push(Act::Visit(row));
                        }
                        ui.label(RichText::new(format!("{distance:.3}")).small());
                    });
                }
            });
        }
        None => {
            let words = latent
                .trouble
                .as_deref()
                .unwrap_or("Looking where it lands");
            theme::caption(ui, words);
        }
    }
}

/// Where the coordinates come from that the point leaves open.
fn fill_ui(ui: &mut Ui, view: &CursorView<'_>, asked: &mut Asked) {
    let now = view.latent.wish.recipe.fill;
    let called = |fill: Fill| match (fill, view.table) {
        (Fill::Neighbourhood, _) => "The shoes around".to_owned(),
        (Fill::Mean, _) => "The average shoe".to_owned(),
        (Fill::Pinned(row), Some(table)) if row < table.len() => {
            format!("Only {}", words::title(table, row))
        }
        (Fill::Pinned(row), _) => format!("Only shoe {row}"),
    };
    let pin = view.selection.row().or(match now {
        Fill::Pinned(row) => Some(row),
        _ => None,
    });
    let mut chosen = now;
    ui.label("The rest from");
    egui::ComboBox::from_id_salt("fill")
        .selected_text(called(now))
        .width(150.0)
        .show_ui(ui, |ui| {
            ui.selectable_value(
                &mut chosen,
                Fill::Neighbourhood,
                called(Fill::Neighbourhood),
            )
            .on_hover_text(
                "The coordinates beyond the three axes come from the shoes around the cursor",
            );
            if let Some(row) = pin {
                ui.selectable_value(&mut chosen, Fill::Pinned(row), called(Fill::Pinned(row)))
                    .on_hover_text(
                        "They stay those of one shoe: it changes along the three axes alone",
                    );
            }
            ui.selectable_value(&mut chosen, Fill::Mean, called(Fill::Mean))
                .on_hover_text("They are those of the average shoe");
        });
    if chosen != now {
        asked.latent.push(LatentRequest::Fill(chosen));
    }
}

/// Other designs at the same place.
fn vary_ui(ui: &mut Ui, view: &CursorView<'_>, textures: &mut Textures, asked: &mut Asked) {
    let latent = view.latent;
    let placed = latent.position().is_some();
    ui.horizontal(|ui| {
        let dice = ui.add_enabled(placed, egui::Button::new("🎲 Throw the dice"));
        if dice.on_hover_text("Eight other designs at the same place").clicked() {
            asked.latent.push(LatentRequest::Dice);
        }
        let mut truncation = latent.wish.recipe.truncation;
        ui.label("Strength");
        let slider = egui::Slider::new(&mut truncation, 0.0..=1.5).fixed_decimals(2);
        if ui
            .add_enabled(placed, slider)
            .on_hover_text("0: the most typical design of the place; 1: as varied as the generator was trained")
            .changed()
        {
            asked.latent.push(LatentRequest::Truncation(truncation));
        }
        let mut locked = latent.wish.locked;
        let words = if locked { "🔒 Locked" } else { "🔓 Unlocked" };
        if ui
            .toggle_value(&mut locked, words)
            .on_hover_text("Locked: the same noise wherever the cursor is put. Unlocked: new noise at each new place")
            .changed()
        {
            asked.latent.push(LatentRequest::Lock(locked));
        }
    });
    if latent.dice.faces.is_empty() {
        theme::caption(
            ui,
            "The noise decides which of the shoes that could be here it is",
        );
        return;
    }
    let faces = &latent.dice.faces;
    let gap = ui.spacing().item_spacing.x;
    let side = ((ui.available_width() - gap * faces.len() as f32) / faces.len() as f32)
        .min(ui.available_height() - 4.0)
        .clamp(36.0, 120.0);
    ui.horizontal(|ui| {
        for (i, (noise, picture)) in faces.iter().enumerate() {
            let texture = textures.get(ui.ctx(), &format!("die {i}"), latent.dice.number, || {
                Some(picture.clone())
            });
            let Some((id, size)) = texture else { continue };
            let label = format!("Design {}", i + 1);
            let thumb = Thumb::Ready(id, size);
            let shown = parts::picture(ui, &thumb, Vec2::splat(side), &label, Sense::click());
            if *noise == latent.wish.recipe.noise {
                parts::ring(ui, shown.rect, theme::palette(ui).design);
            }
            if shown.clicked() {
                asked.latent.push(LatentRequest::Choose(i));
            }
        }
    });
}

/// A small picture of any RGB texture with a caption below, for film strips and shelves.
pub(super) fn card(
    ui: &mut Ui,
    texture: Option<(egui::TextureId, Vec2)>,
    side: f32,
    label: &str,
    ring: Option<Color32>,
) -> egui::Response {
    let thumb = texture.map_or(Thumb::Failed("no picture".to_owned()), |(id, size)| {
        Thumb::Ready(id, size)
    });
    let shown = parts::picture(ui, &thumb, Vec2::splat(side), label, Sense::click());
    if let Some(colour) = ring {
        parts::ring(ui, shown.rect, colour);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Column, Values};
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;

    struct Shoes(Vec<Column>);

    impl Table for Shoes {
        fn len(&self) -> usize {
            3
        }
        fn id(&self, row: usize) -> &str {
            ["a", "b", "c"][row]
        }
        fn columns(&self) -> &[Column] {
            &self.0
        }
    }

    #[derive(Default)]
    struct State {
        memory: CursorPanel,
        latent: Latent,
        selection: Selection,
        thumbs: Thumbs,
        textures: Textures,
        asked: Asked,
    }

    fn harness<'a>(state: State, open: bool) -> Harness<'a, State> {
        let table = Shoes(vec![Column::new(
            "label",
            Values::text(["boot", "boot", "clog"].map(Some)),
        )]);
        let app = move |ui: &mut Ui, state: &mut State| {
            let view = CursorView {
                latent: &state.latent,
                table: Some(&table),
                grey: true,
                selection: &state.selection,
            };
            cursor_ui(
                ui,
                &mut state.memory,
                &view,
                open,
                &mut state.thumbs,
                &mut state.textures,
                &mut state.asked,
            );
        };
        Harness::builder()
            .with_size(Vec2::new(690.0, 210.0))
            .build_ui_state(app, state)
    }

    fn ready() -> State {
        let mut state = State::default();
        state.latent.status = Status::Ready;
        state.latent.wish.placed = true;
        state
    }

    #[test]
    fn without_a_generator_it_says_what_to_run() {
        let mut state = State::default();
        let words = "no generator fits c; train one with: shoespace train c.parquet -o models/m.safetensors";
        state.latent.status = Status::Missing(words.to_owned());
        let harness = harness(state, true);
        harness.get_by_label_contains("shoespace train c.parquet");
        harness.get_by_label("Copy the command");
    }

    #[test]
    fn the_dice_and_the_lock_are_asked_for() {
        let mut state = ready();
        state.memory.tab = Tab::Vary;
        let mut harness = harness(state, true);
        harness.get_by_label_contains("Throw the dice").click();
        harness.get_by_label_contains("Locked").click();
        harness.run();
        let asked = &harness.state().asked.latent;
        assert!(
            asked.iter().any(|r| matches!(r, LatentRequest::Dice)),
            "{asked:?}"
        );
        assert!(
            asked
                .iter()
                .any(|r| matches!(r, LatentRequest::Lock(false))),
            "{asked:?}"
        );
    }

    #[test]
    fn folded_it_tells_how_to_begin() {
        let mut state = State::default();
        state.latent.status = Status::Ready;
        let harness = harness(state, false);
        harness.get_by_label_contains("Press C on a shoe");
    }

    #[test]
    fn every_tab_can_be_shown() {
        for tab in [Tab::Near, Tab::Vary, Tab::Steer, Tab::Path, Tab::Shelf] {
            let mut state = ready();
            state.memory.tab = tab;
            state.selection.current = Some(crate::explorer::state::Subject::Shoe(1));
            harness(state, true).run();
        }
    }
}
