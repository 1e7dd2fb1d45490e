//! Somebody who clicks, drags, types and scrolls without a plan: nothing panics, and there is a way out of everything.

use super::design::{Below, below_ui, designed};
use super::*;
use crate::explorer::ui::command_palette::{CommandPalette, PaletteView, palette_window};
use rand::{RngExt as _, SeedableRng as _};
use rand_pcg::Pcg64Mcg as Random;

/// So many acts.
const ACTS: usize = 3_000;
/// The window, in points.
const SIZE: egui::Vec2 = egui::vec2(1280.0, 720.0);

/// Every panel and window in one place.
#[derive(Default)]
struct Everything {
    left: Left,
    right: Right,
    below: Below,
    settings: ExplorerSettings,
    chooser: Chooser,
    palette: CommandPalette,
    help_words: String,
    /// Open, settings, palette, help, grid.
    shown: [bool; 5],
    commands: Vec<Command>,
}

impl Everything {
    /// Carries out what the panels themselves show.
    fn carry_out(&mut self) {
        let mut commands = std::mem::take(&mut self.commands);
        commands.append(&mut self.left.commands);
        commands.append(&mut self.right.commands);
        commands.append(&mut self.below.commands);
        for command in commands {
            let selection = &mut self.right.selection;
            match command {
                Command::Select(item) => selection.current = item,
                Command::Visit(row) => selection.current = Some(Item::Row(row)),
                Command::Rate(item, like) => {
                    selection.likes.retain(|other| *other != item);
                    selection.dislikes.retain(|other| *other != item);
                    match like {
                        Some(true) => selection.likes.push(item),
                        Some(false) => selection.dislikes.push(item),
                        None => {}
                    }
                }
                Command::Mark(row, true) => drop(selection.marked.insert(row)),
                Command::Mark(row, false) => drop(selection.marked.remove(&row)),
                Command::MarkAll(rows) => {
                    selection
                        .marked
                        .extend(rows.iter().map(|&row| row as usize));
                }
                Command::ClearMarks => selection.marked.clear(),
                Command::ClearRatings => {
                    selection.likes.clear();
                    selection.dislikes.clear();
                }
                Command::Pick(rows) => {
                    selection.group = Some(rows).filter(|rows| !rows.is_empty());
                }
                Command::ColourBy(by) => self.left.wishes.colour = by,
                Command::Show(Popup::Open, on) => self.shown[0] = on,
                Command::Show(Popup::Settings, on) => self.shown[1] = on,
                Command::Show(Popup::Palette, on) => self.shown[2] = on,
                Command::ToggleHelp => self.shown[3] ^= true,
                Command::ToggleGrid => self.shown[4] ^= true,
                _ => {}
            }
        }
        self.below.selection.current = self.right.selection.current.clone();
    }

    /// What Escape closes, innermost first; whether anything was open.
    fn escape(&mut self) -> bool {
        let open = [2, 0, 1, 3, 4].into_iter().find(|&i| self.shown[i]);
        open.inspect(|&i| self.shown[i] = false).is_some()
    }
}

fn everything_ui() -> impl FnMut(&mut egui::Ui, &mut Everything) {
    use crate::explorer::ui::dock::{Docks, panel};
    let (mut left, mut right, mut grid) = (left_ui(), right_ui(false), right_ui(true));
    let mut below = below_ui(true);
    move |ui, state| {
        let ctx = ui.ctx().clone();
        let mut docks = Docks {
            below_wanted: 260.0,
            ..Docks::default()
        };
        docks.lay_out(ctx.viewport_rect(), true);
        panel(&ctx, "Catalogue", docks.left, |ui| {
            left(ui, &mut state.left)
        });
        panel(&ctx, "Shoes", docks.right, |ui| right(ui, &mut state.right));
        panel(&ctx, "Design", docks.below, |ui| {
            below(ui, &mut state.below)
        });
        if state.shown[4] {
            let place = docks.free.union(docks.below);
            panel(&ctx, "Grid", place, |ui| grid(ui, &mut state.right));
        }
        let commands = &mut state.commands;
        if state.shown[0] {
            let view = StartView {
                recent: &[],
                embedded: None,
                dialogs: false,
            };
            let waker = Waker::default();
            let chooser = &mut state.chooser;
            let open = crate::explorer::ui::start::open_window;
            state.shown[0] = open(&ctx, chooser, &view, &waker, commands);
        }
        if state.shown[1] {
            state.shown[1] = settings_window::settings_window(&ctx, &mut state.settings);
        }
        if state.shown[3] {
            help::help_window(&ctx, &mut state.help_words, commands);
        }
        if state.shown[2] {
            let model = FacetModel::empty();
            let view = PaletteView {
                selection: &state.right.selection,
                model: &model,
                regions: &[],
                views: &state.left.views,
                recent: &[],
                tabs: &[],
                is_open: true,
            };
            let (palette, settings) = (&mut state.palette, &mut state.settings);
            state.shown[2] = palette_window(&ctx, palette, &view, settings, commands);
        }
        state.carry_out();
    }
}

fn act(harness: &mut Harness<'_, Everything>, random: &mut Random) {
    let at = egui::pos2(
        random.random_range(0.0..SIZE.x),
        random.random_range(0.0..SIZE.y),
    );
    let button = |harness: &Harness<'_, Everything>, at, button, pressed| {
        harness.event(egui::Event::PointerButton {
            pos: at,
            button,
            pressed,
            modifiers: egui::Modifiers::NONE,
        });
    };
    let keys = [
        egui::Key::Tab,
        egui::Key::Enter,
        egui::Key::Space,
        egui::Key::ArrowDown,
        egui::Key::ArrowUp,
        egui::Key::ArrowLeft,
        egui::Key::Backspace,
        egui::Key::Delete,
        egui::Key::Home,
    ];
    match random.random_range(0..12) {
        0..=4 => {
            let which = match random.random_range(0..5) {
                0 => egui::PointerButton::Secondary,
                _ => egui::PointerButton::Primary,
            };
            harness.hover_at(at);
            button(harness, at, which, true);
            harness.step();
            button(harness, at, which, false);
        }
        5 => {
            let to = at
                + egui::vec2(
                    random.random_range(-200.0..200.0),
                    random.random_range(-200.0..200.0),
                );
            harness.drag_at(at);
            harness.step();
            harness.hover_at(to);
            harness.step();
            harness.drop_at(to);
        }
        6 | 7 => harness.key_press(keys[random.random_range(0..keys.len())]),
        8 => {
            let words = ["red", "ßøé", "مرحبا", "1e309", "-", "  ", "🥾", "/", "~"];
            let word = words[random.random_range(0..words.len())];
            harness.event(egui::Event::Text(word.to_owned()));
        }
        9 => {
            harness.hover_at(at);
            harness.event(egui::Event::MouseWheel {
                unit: egui::MouseWheelUnit::Line,
                delta: egui::vec2(0.0, random.random_range(-9.0..9.0)),
                phase: egui::TouchPhase::Move,
                modifiers: egui::Modifiers::NONE,
            });
        }
        10 => {
            let at = random.random_range(0..5);
            harness.state_mut().shown[at] ^= true;
        }
        _ => harness.key_press(egui::Key::Escape),
    }
    harness.step();
}

#[test]
fn acts_without_a_plan_break_nothing_and_leave_no_state_without_a_way_out() {
    let state = Everything {
        below: designed(),
        ..Everything::default()
    };
    let mut harness = Harness::builder()
        .with_size(SIZE)
        .build_ui_state(everything_ui(), state);
    let mut random = Random::seed_from_u64(7);
    for turn in 0..ACTS {
        act(&mut harness, &mut random);
        if turn % 300 != 299 {
            continue;
        }
        // The way out: Escape a few times, and a search that can be typed.
        for _ in 0..12 {
            harness.key_press(egui::Key::Escape);
            harness.run_steps(2);
            harness.state_mut().escape();
        }
        harness.remove_cursor();
        harness.run_steps(3);
        assert_eq!(harness.state().shown, [false; 5], "at {turn}");
        assert!(
            !egui::Popup::is_any_open(&harness.ctx),
            "a menu is open at {turn}"
        );
        let state = harness.state_mut();
        state.left.wishes = Wishes::default();
        harness.run_steps(2);
        harness.get_by_label("Search").focus();
        harness.run_steps(2);
        harness.get_by_label("Search").type_text("sandal");
        harness.run_steps(2);
        assert_eq!(harness.state().left.wishes.search, "sandal", "at {turn}");
        harness.state_mut().left.wishes = Wishes::default();
    }
}
