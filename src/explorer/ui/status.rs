//! The status line: how many shoes, what is being done (with a way to stop it), how long frames take.

use super::theme;
use crate::explorer::command::{Command, Popup};
use crate::explorer::state::{FrameTimes, RunningJob};
use crate::job::{Job, Progress};
use bevy_egui::egui::{self, Align, Align2, Layout, Pos2, ProgressBar, Rect, RichText, Ui};
use std::time::Duration;

/// What the status line reads.
pub struct StatusView<'a> {
    /// How many shoes the filter shows; `None` without a catalogue.
    pub shown: Option<usize>,
    /// How many shoes there are.
    pub total: usize,
    /// Long work.
    pub running: &'a [RunningJob],
    /// Times, where somebody wants to see them.
    pub times: Option<&'a FrameTimes>,
    /// The shoe under the pointer, if any.
    pub hover: Option<String>,
    /// Whether the recommender is still being loaded.
    pub loading: bool,
}

/// The whole line.
pub fn status_ui(ui: &mut Ui, view: &StatusView<'_>, commands: &mut Vec<Command>) {
    ui.horizontal_centered(|ui| {
        match view.shown {
            None => theme::caption(ui, "No catalogue is open"),
            Some(shown) if shown == view.total => theme::caption(ui, theme::shoes(view.total)),
            Some(shown) => theme::caption(
                ui,
                format!(
                    "{} of {} shown",
                    theme::count(shown),
                    theme::shoes(view.total)
                ),
            ),
        };
        for running in view.running {
            ui.separator();
            job_ui(ui, running, commands);
        }
        if view.loading && view.running.is_empty() {
            ui.separator();
            ui.add(egui::Spinner::new().size(11.0));
            theme::caption(ui, "Getting recommendations ready");
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let palette = theme::palette(ui);
            if ui
                .link(RichText::new("? keys").small())
                .on_hover_text("Every key")
                .clicked()
            {
                commands.push(Command::ToggleHelp);
            }
            let by_name = ui.link(RichText::new("commands").small());
            if by_name
                .on_hover_text("Do anything by its name (Ctrl + K)")
                .clicked()
            {
                commands.push(Command::Show(Popup::Palette, true));
            }
            if view.shown.is_some() {
                let home = ui.link(RichText::new("home").small());
                if home.on_hover_text("See the whole cloud (H)").clicked() {
                    commands.push(Command::Home);
                }
            }
            if let Some(times) = view.times {
                times_ui(ui, times);
            }
            if let Some(hover) = &view.hover {
                ui.separator();
                ui.add(
                    egui::Label::new(RichText::new(hover).small().color(palette.text)).truncate(),
                );
            }
        });
    });
}

fn times_ui(ui: &mut Ui, times: &FrameTimes) {
    let weak = theme::palette(ui).weak;
    ui.separator();
    let frame = format!("frame {:.1} ms", times.frame_ms);
    let shown = ui.label(RichText::new(frame).small().color(weak));
    if let Some(first) = times.first {
        shown.on_hover_text(format!(
            "The first shoes were on the screen {:.1} s after the start",
            first.as_secs_f32()
        ));
    }
    if let Some(decode) = times.decode_ms {
        ui.separator();
        let decode = format!("decode {decode:.1} ms");
        ui.label(RichText::new(decode).small().color(weak))
            .on_hover_text("How long the last design took to draw");
    }
}

fn job_ui(ui: &mut Ui, running: &RunningJob, commands: &mut Vec<Command>) {
    let progress = running.job.progress();
    ui.label(RichText::new(&running.title).small());
    let bar = match progress.share() {
        Some(share) => ProgressBar::new(share),
        None => ProgressBar::new(0.0).animate(true),
    };
    ui.add(bar.desired_width(130.0).desired_height(10.0))
        .on_hover_text(describe(&progress));
    theme::caption(ui, describe(&progress));
    if running.job.is_cancelled() {
        theme::caption(ui, "Stopping");
    } else {
        // A button is higher than the line.
        let cancel = ui.link(RichText::new("Cancel").small());
        if cancel.on_hover_text(CANCEL).clicked() {
            commands.push(Command::Cancel(running.job.clone()));
        }
    }
    ui.ctx().request_repaint_after(Duration::from_millis(100));
}

/// Long work where nothing is open yet: in the middle of the window, there is nothing else to look at.
pub fn working_area(
    ctx: &egui::Context,
    middle: Pos2,
    running: &[RunningJob],
    commands: &mut Vec<Command>,
) {
    egui::Area::new(egui::Id::new("working"))
        .pivot(Align2::CENTER_CENTER)
        .fixed_pos(middle)
        .show(ctx, |ui| {
            egui::Frame::window(ui.style())
                .inner_margin(20)
                .show(ui, |ui| {
                    ui.set_width(420.0);
                    for running in running {
                        work_ui(ui, running, commands);
                    }
                });
        });
}

/// One piece of long work, large over the scene; the work itself once it is put aside.
pub fn work_card(
    ctx: &egui::Context,
    free: Rect,
    running: &RunningJob,
    commands: &mut Vec<Command>,
) -> Option<Job> {
    let mut aside = false;
    egui::Area::new(egui::Id::new(("work", &running.title)))
        .order(egui::Order::Foreground)
        .pivot(Align2::CENTER_CENTER)
        .fixed_pos(free.center())
        .show(ctx, |ui| {
            egui::Frame::window(ui.style())
                .inner_margin(20)
                .show(ui, |ui| {
                    ui.set_width((free.width() - 80.0).clamp(220.0, 420.0));
                    work_ui(ui, running, commands);
                    let hint = "It goes on; the status line says how far it is";
                    aside = ui.link("Put it aside").on_hover_text(hint).clicked();
                });
        });
    aside.then(|| running.job.clone())
}

fn work_ui(ui: &mut Ui, running: &RunningJob, commands: &mut Vec<Command>) {
    let progress = running.job.progress();
    let strong = theme::palette(ui).strong;
    ui.add(egui::Label::new(RichText::new(&running.title).heading().color(strong)).truncate());
    ui.add_space(theme::GAP);
    let bar = match progress.share() {
        Some(share) => ProgressBar::new(share),
        None => ProgressBar::new(0.0).animate(true),
    };
    ui.add(bar.desired_height(12.0));
    theme::caption(ui, describe(&progress));
    ui.add_space(theme::GAP);
    let stopping = running.job.is_cancelled();
    let text = if stopping { "Stopping" } else { "Cancel" };
    let button = ui.add_enabled(!stopping, egui::Button::new(text));
    if button.on_hover_text(CANCEL).clicked() {
        commands.push(Command::Cancel(running.job.clone()));
    }
    ui.ctx().request_repaint_after(Duration::from_millis(100));
}

const CANCEL: &str = "Stop; what is finished is kept, and the same photos go on from there";

/// Progress in words, as `Embedding 1,200 of 21,000, 310/s, 1 min left`.
pub fn describe(progress: &Progress) -> String {
    let mut parts = Vec::new();
    match progress.total {
        Some(total) => parts.push(format!(
            "{} {} of {}",
            progress.stage,
            theme::count(progress.done as usize),
            theme::count(total as usize)
        )),
        None if progress.done > 0 => parts.push(format!(
            "{} {}",
            progress.stage,
            theme::count(progress.done as usize)
        )),
        None => parts.push(progress.stage.clone()),
    }
    if let Some(left) = progress
        .time_left()
        .filter(|_| progress.elapsed > Duration::from_secs(2))
    {
        parts.push(format!("{:.0}/s", progress.rate()));
        parts.push(format!("{} left", duration(left)));
    }
    if progress.warnings > 0 {
        let unit = if progress.warnings == 1 {
            "warning"
        } else {
            "warnings"
        };
        parts.push(format!("{} {unit}", theme::count(progress.warnings)));
    }
    parts.retain(|part| !part.trim().is_empty());
    parts.join(", ")
}

fn duration(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..=99 => format!("{seconds} s"),
        seconds @ 100..=5_399 => format!("{} min", (seconds + 30) / 60),
        seconds => format!("{} h", (seconds + 1_800) / 3_600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_reads_as_a_sentence() {
        let mut progress = Progress {
            stage: "Embedding".into(),
            done: 1_200,
            total: Some(21_000),
            ..Progress::default()
        };
        assert_eq!(describe(&progress), "Embedding 1,200 of 21,000");
        progress.elapsed = Duration::from_secs(4);
        progress.warnings = 1;
        assert_eq!(
            describe(&progress),
            "Embedding 1,200 of 21,000, 300/s, 66 s left, 1 warning"
        );
        assert_eq!(describe(&Progress::default()), "");
    }
}
