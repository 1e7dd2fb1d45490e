//! Which components are the axes, how much of the whole variance they hold, and what lies at their ends.

use crate::explorer::command::Command;
use crate::explorer::scene::palette::AXIS_COLOURS;
use crate::explorer::ui::thumbnails::Thumbs;
use crate::explorer::ui::{theme, widgets};
use bevy_egui::egui::{self, RichText, Sense, Ui, Vec2};

/// What the axes panel shows; made once a catalogue.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Axes {
    /// The share of the whole variance that each component holds, first component first.
    pub shares: Vec<f32>,
    /// For each of the three axes the rows at its low and its high end.
    pub ends: [Option<[usize; 2]>; 3],
}

impl Axes {
    /// The axes of these positions.
    pub fn new(shares: Vec<f32>, positions: &[[f32; 3]]) -> Self {
        let end = |axis: usize| {
            let finite = || {
                positions
                    .iter()
                    .enumerate()
                    .filter(|(_, p)| p[axis].is_finite())
            };
            let low = finite()
                .min_by(|(_, a), (_, b)| a[axis].total_cmp(&b[axis]))?
                .0;
            let high = finite()
                .max_by(|(_, a), (_, b)| a[axis].total_cmp(&b[axis]))?
                .0;
            (positions[low][axis] < positions[high][axis]).then_some([low, high])
        };
        Self {
            shares,
            ends: [end(0), end(1), end(2)],
        }
    }
}

/// The three axes with the shoes at their ends, and how much they hold together.
pub fn axes_ui(ui: &mut Ui, axes: &Axes, thumbs: &mut Thumbs, commands: &mut Vec<Command>) {
    let palette = theme::palette(ui);
    let most = axes.shares.first().copied().unwrap_or(0.0).max(1e-6);
    for (axis, name) in ["X", "Y", "Z"].into_iter().enumerate() {
        ui.horizontal(|ui| {
            ui.label(
                RichText::new(name)
                    .color(theme::rgb(AXIS_COLOURS[axis]))
                    .strong(),
            );
            let share = axes.shares.get(axis).copied().unwrap_or(0.0);
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 2.0;
                theme::caption(
                    ui,
                    format!("Component {}  {:.1} %", axis + 1, share * 100.0),
                );
                let width = (ui.available_width() - 92.0).max(30.0);
                widgets::bar(ui, share, most, width, theme::rgb(AXIS_COLOURS[axis]));
            });
            if let Some(ends) = axes.ends[axis] {
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    ui.spacing_mut().item_spacing.x = 3.0;
                    // Drawn from the right, so the high end comes first.
                    for (row, end) in [(ends[1], "high"), (ends[0], "low")] {
                        let label = format!("The {end} end of {name}");
                        let shown = widgets::shoe_picture(
                            ui,
                            thumbs,
                            row,
                            Vec2::splat(34.0),
                            &label,
                            Sense::click(),
                        );
                        if shown.clicked() {
                            commands.push(Command::select_row(row));
                        }
                        shown.on_hover_text(label);
                        if end == "high" {
                            ui.label(RichText::new("⏵").color(palette.weak));
                        }
                    }
                });
            }
        });
    }
    let three: f32 = axes.shares.iter().take(3).sum();
    theme::caption_wrapped(
        ui,
        format!(
            "The three axes hold {:.1} % of the whole variance; recommendations use all of it",
            three * 100.0
        ),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_are_the_outermost_shoes_and_a_flat_axis_has_none() {
        let axes = Axes::new(
            vec![0.2, 0.1],
            &[[0.0, 1.0, 5.0], [-2.0, f32::NAN, 5.0], [3.0, 2.0, 5.0]],
        );
        assert_eq!(axes.ends, [Some([1, 2]), Some([0, 2]), None]);
        assert_eq!(Axes::new(Vec::new(), &[]).ends, [None; 3]);
    }
}
