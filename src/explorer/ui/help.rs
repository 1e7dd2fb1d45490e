//! Every key, on `?`.

use super::theme;
use crate::explorer::command::Command;
use crate::explorer::command::actions::{ACTIONS, Group};
use bevy_egui::egui::{self, RichText, ScrollArea, Ui};

/// A heading, and what each key or gesture does.
type Keys = (&'static str, Vec<(&'static str, &'static str)>);

/// What the mouse does.
const MOUSE: [(&str, &str); 9] = [
    ("Click", "Select a shoe"),
    ("Ctrl or Shift + click", "Mark it for export"),
    (
        "Double-click",
        "Fly to it; in empty space, place the cursor",
    ),
    ("Shift + drag", "Draw around several"),
    ("Ctrl + drag", "Draw a box around several"),
    ("Left drag", "Orbit the focus"),
    ("Right drag", "Look around"),
    ("Wheel", "Move in and out"),
    ("Drag a picture", "From a list or the design to the path"),
];

/// Keys that are held or repeated, which have no name to be called by.
const HELD: [(Group, &str, &str); 6] = [
    (
        Group::Fly,
        "W A S D, Q E",
        "Forward, left, back, right, down, up",
    ),
    (Group::Fly, "Shift", "Faster"),
    (Group::Shoes, "Enter in the search", "See all that is found"),
    (
        Group::Design,
        "Arrows, Page up and down",
        "Nudge the cursor",
    ),
    (
        Group::Design,
        "Shift",
        "Nudge it further; drag it along one axis",
    ),
    (
        Group::Program,
        "Tab, Shift + Tab, arrows",
        "From control to control; Enter presses, Escape leaves",
    ),
];

/// Every key and mouse gesture in which each of the words is found.
pub fn keys(words: &str) -> Vec<Keys> {
    let words = words.to_lowercase();
    let fits = |(key, does): &(&str, &str)| {
        let all = format!("{key} {does}").to_lowercase();
        words.split_whitespace().all(|word| all.contains(word))
    };
    let of = |group: Group| -> Keys {
        let held = HELD.iter().filter(|(of, ..)| *of == group);
        let held = held.map(|(_, key, does)| (*key, *does));
        let named = ACTIONS.iter().filter(|action| action.group == group);
        let named = named.filter(|action| !action.key.is_empty());
        let named = named.map(|action| (action.key, action.name));
        (group.name(), held.chain(named).filter(fits).collect())
    };
    let groups = [Group::Fly, Group::Shoes, Group::Design, Group::Program];
    let mouse = ("Mouse", MOUSE.into_iter().filter(fits).collect());
    let all = std::iter::once(mouse).chain(groups.into_iter().map(of));
    all.filter(|(_, keys)| !keys.is_empty()).collect()
}

/// The window with the list; shown while `Screen::help` is set.
pub fn help_window(ctx: &egui::Context, words: &mut String, commands: &mut Vec<Command>) {
    let mut open = true;
    let screen = ctx.viewport_rect();
    super::widgets::centred_window("Keys and mouse")
        .open(&mut open)
        .auto_sized()
        .show(ctx, |ui| {
            ui.set_max_width(screen.width() - 60.0);
            help_ui(ui, words, screen.height() - 160.0);
        });
    if !open {
        commands.push(Command::ToggleHelp);
    }
}

/// A field to search in, and the list in as many columns as there is room for.
pub fn help_ui(ui: &mut Ui, words: &mut String, height: f32) {
    let field = ui.add(super::widgets::text_field(words, "Search the keys", 220.0));
    field.widget_info(|| {
        egui::WidgetInfo::labeled(egui::WidgetType::TextEdit, true, "Search the keys")
    });
    ui.add_space(theme::GAP);
    let groups = keys(words);
    if groups.is_empty() {
        theme::caption(ui, "No key does that; Ctrl + K finds what has no key too");
    }
    let across = ((ui.available_width() / COLUMN) as usize).clamp(1, 3);
    let lines: usize = groups.iter().map(|(_, keys)| keys.len() + 2).sum();
    let most = lines.div_ceil(across);
    ScrollArea::vertical().max_height(height).show(ui, |ui| {
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 28.0;
            let mut groups = groups.iter().peekable();
            while groups.peek().is_some() {
                ui.vertical(|ui| {
                    ui.set_max_width(COLUMN);
                    let mut used = 0;
                    while let Some(group) = groups.next_if(|_| used < most) {
                        used += group.1.len() + 2;
                        group_ui(ui, group);
                    }
                });
            }
        });
    });
}

/// The width of a column of keys, in points.
const COLUMN: f32 = 350.0;

fn group_ui(ui: &mut Ui, (title, keys): &Keys) {
    let palette = theme::palette(ui);
    ui.label(RichText::new(*title).color(palette.accent));
    egui::Grid::new(title)
        .num_columns(2)
        .max_col_width(0.55 * COLUMN)
        .spacing([12.0, 3.0])
        .show(ui, |ui| {
            for (key, does) in keys {
                ui.add(egui::Label::new(RichText::new(*key).color(palette.strong)).wrap());
                ui.add(egui::Label::new(*does).wrap());
                ui.end_row();
            }
        });
    ui.add_space(theme::SECTION);
}
