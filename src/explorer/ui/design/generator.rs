//! The tab of the generator: how well it knows the shoes of the open catalogue, and how it becomes the catalogue's own.

use super::{Parts, Tab};
use crate::design::landing::Fit;
use crate::explorer::command::{Adapt, Command};
use crate::explorer::state::{Adapting, Generators, Training};
use crate::explorer::ui::{theme, widgets};
use crate::gan::{SHEET_COLUMNS, SHEET_ROWS};
use bevy_egui::egui::{self, RichText, Sense, Ui, Vec2};
use image::{RgbImage, imageops};

/// The tab of the generator.
pub const TAB: Tab = Tab {
    name: "Model",
    count: |_| 0,
    draw: generator_ui,
};

/// Below this share of shoes that find themselves a generator does not know a catalogue.
const HARDLY: f32 = 0.3;
/// From this share on it knows it well.
const WELL: f32 = 0.7;
/// The width of words and buttons, in points.
const WORDS: f32 = 250.0;

/// The whole tab.
fn generator_ui(ui: &mut Ui, p: &mut Parts<'_>) {
    let adapting = p.view.adapting;
    let Some(serves) = adapting.generators.as_ref().and_then(Generators::wanted) else {
        theme::caption(ui, "The generator is loading");
        return;
    };
    if adapting.fit.is_none() && !adapting.wants_fit {
        p.commands.push(Command::Adapt(Adapt::Measure));
    }
    ui.horizontal_top(|ui| {
        let width = WORDS.min(ui.available_width());
        ui.vertical(|ui| {
            ui.set_max_width(width);
            let name = RichText::new(&serves.name).color(theme::palette(ui).strong);
            ui.add(egui::Label::new(name).truncate());
            fit_ui(ui, adapting);
            ui.add_space(theme::GAP);
            training_ui(ui, adapting, p.commands);
            which_ui(ui, adapting, &mut p.memory.discarding, p.commands);
        });
        if let Some(sheet) = &adapting.sheet {
            let side = ui.available_size();
            if side.x > 60.0 {
                let mut thumb = |name: &str, picture: &RgbImage| {
                    (p.textures).thumb(ui.ctx(), name, adapting.sheets, picture)
                };
                let whole = thumb("generator sheet", sheet);
                let corner = thumb("generator sheet, its corner", &corner(sheet));
                let size = Vec2::new(side.x, side.y.max(90.0));
                let called = "Real shoes, and designs beside each";
                let shown = widgets::picture(ui, &corner, size, called, Sense::hover());
                let words = "Left in each row a real shoe; beside it eight designs at its place";
                widgets::enlarged(shown, &whole, words);
            }
        }
    });
}

/// As much of a sheet as can be made out in the panel: some rows, and of each the real shoe and some designs.
fn corner(sheet: &RgbImage) -> RgbImage {
    /// Tiles across and down.
    const SHOWN: u32 = 5;
    let tile = sheet.height() / SHEET_ROWS;
    // Between the real shoes and the designs is a line.
    let wide = sheet.width() - (SHEET_COLUMNS - SHOWN) * tile;
    imageops::crop_imm(sheet, 0, 0, wide, SHOWN * tile).to_image()
}

/// How well the generator knows the shoes, in words.
pub(super) fn fit_in_words(fit: Fit) -> &'static str {
    match fit.share() {
        share if share >= WELL => "It knows these shoes well",
        share if share >= HARDLY => "It knows some of these shoes",
        _ => "It hardly knows these shoes",
    }
}

/// Whether adapting should be offered to who did not ask for it.
pub(super) fn is_worth_adapting(adapting: &Adapting) -> bool {
    let is_off = adapting.fit.is_some_and(|fit| fit.share() < HARDLY);
    is_off && matches!(adapting.training, Training::Never)
}

fn fit_ui(ui: &mut Ui, adapting: &Adapting) {
    let Some(fit) = adapting.fit else {
        theme::caption(ui, "Looking how well it knows these shoes");
        return;
    };
    let mut words = format!(
        "{}: {} of {} find themselves",
        fit_in_words(fit),
        fit.found,
        fit.of
    );
    let uses_own = adapting.generators.as_ref().is_some_and(|g| g.uses_own);
    if let Some(before) = adapting.fit_of_what_ships.filter(|_| uses_own) {
        words += &format!(" ({} before)", before.found);
    }
    ui.add(egui::Label::new(words).wrap()).on_hover_text(
        "Of shoes that no training has seen, a design was asked for at the place of each, and settled for a moment: so many of the designs are nearer to their shoe than to any other here",
    );
}

/// Training, and how it stands.
fn training_ui(ui: &mut Ui, adapting: &Adapting, commands: &mut Vec<Command>) {
    let mut ask = |what: Adapt| commands.push(Command::Adapt(what));
    let hint = "It is trained further on the shoes of this catalogue, while you go on: all else goes first. Every minute the designs are better. What it has learned is kept, also when the program ends";
    let from_here = |minutes: f64| match minutes {
        minutes if minutes < 1.0 => "less than a minute".to_owned(),
        minutes => theme::counted(minutes.round() as usize, "minute", "minutes"),
    };
    match &adapting.training {
        Training::Never => {
            let button = ui.button("Adapt it to these shoes");
            if button.on_hover_text(hint).clicked() {
                ask(Adapt::Train);
            }
            theme::caption_wrapped(
                ui,
                "A quarter of an hour; it can be stopped and gone on with",
            );
        }
        Training::Working {
            job,
            minutes,
            until,
        } => {
            let share = until.map(|until| (minutes / until) as f32);
            let bar = match share {
                Some(share) => egui::ProgressBar::new(share),
                None => egui::ProgressBar::new(job.progress().share().unwrap_or(0.0)),
            };
            ui.add(bar.desired_height(10.0).desired_width(ui.available_width()));
            ui.horizontal(|ui| {
                let stops = job.is_cancelled();
                let pause = ui.add_enabled(!stops, egui::Button::new("Pause"));
                if pause.on_hover_text("What it has learned is kept").clicked() {
                    ask(Adapt::Pause);
                }
                let words = match until {
                    _ if stops => "Stopping".to_owned(),
                    None => job.progress().stage,
                    Some(until) => format!("{minutes:.0} of {until:.0} minutes"),
                };
                theme::caption(ui, words);
            });
        }
        Training::Halted { minutes } => {
            ui.horizontal(|ui| {
                if ui.button("Go on adapting").on_hover_text(hint).clicked() {
                    ask(Adapt::Train);
                }
                theme::caption(ui, format!("trained for {}", from_here(*minutes)));
            });
        }
    }
}

/// Which generator is used, where there are two.
fn which_ui(ui: &mut Ui, adapting: &Adapting, discarding: &mut bool, commands: &mut Vec<Command>) {
    let Some(generators) = adapting.generators.as_ref().filter(|g| g.own.is_some()) else {
        *discarding = false;
        return;
    };
    let mut ask = |what: Adapt| commands.push(Command::Adapt(what));
    ui.horizontal_wrapped(|ui| {
        ui.label("Use");
        for (own, name) in [(true, "its own"), (false, "the one that ships")] {
            if ui
                .selectable_label(generators.uses_own == own, name)
                .clicked()
            {
                ask(Adapt::UseOwn(own));
            }
        }
    });
    let trains = matches!(adapting.training, Training::Working { .. });
    if trains {
        return;
    }
    ui.horizontal(|ui| match discarding {
        false => {
            let hint = "The catalogue's own generator and what it has learned go";
            if ui.link("Discard its own…").on_hover_text(hint).clicked() {
                *discarding = true;
            }
        }
        true => {
            if ui.button("Discard it").clicked() {
                ask(Adapt::Discard);
                *discarding = false;
            }
            if ui.button("Keep it").clicked() {
                *discarding = false;
            }
        }
    });
}
