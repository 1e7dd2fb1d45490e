//! Which components are the axes, how much of the whole variance they hold, and what lies at their ends.

use super::CatalogueView;
use crate::design::direction::Judged;
use crate::explorer::command::Command;
use crate::explorer::scene::palette::AXIS_COLOURS;
use crate::explorer::ui::thumbnails::Thumbs;
use crate::explorer::ui::{spoken, theme, widgets};
use crate::workspace::facets::Offer;
use crate::workspace::layouts::{Axis, SceneLayout};
use crate::workspace::titles;
use bevy_egui::egui::{self, RichText, Sense, Ui, Vec2};

/// What the axes panel shows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Axes {
    /// The share of the whole variance that each component holds, first component first.
    pub shares: Vec<f32>,
    /// For each of the three axes the rows at its low and its high end.
    pub ends: [Option<[usize; 2]>; 3],
    /// The layout that the ends are of.
    of: SceneLayout,
}

impl Axes {
    /// The axes of these positions, which are by the first components.
    pub fn new(shares: Vec<f32>, positions: &[[f32; 3]]) -> Self {
        Self {
            shares,
            ends: Self::ends_of(positions),
            of: SceneLayout::FIRST,
        }
    }

    /// The ends become those of this layout, whose shoes stand at `targets`.
    pub fn follow(&mut self, layout: &SceneLayout, targets: &[[f32; 3]]) {
        if self.of != *layout {
            self.of = layout.clone();
            self.ends = Self::ends_of(targets);
        }
    }

    fn ends_of(positions: &[[f32; 3]]) -> [Option<[usize; 2]>; 3] {
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
        [end(0), end(1), end(2)]
    }
}

/// The width that the two pictures at the ends of an axis take, in points.
const ROOM_FOR_ENDS: f32 = 92.0;
/// So many components are offered.
const OFFERED: usize = 10;

/// Which layout is shown; for components the three axes with the shoes at their ends, and how much they hold together.
pub fn axes_ui(
    ui: &mut Ui,
    view: &CatalogueView<'_>,
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    let (layout, axes) = (view.layout, view.axes);
    // What is shown is where one's own begin.
    let own = match layout {
        SceneLayout::Components(chosen) => chosen.map(Axis::Component),
        _ => [0, 1, 2].map(Axis::Component),
    };
    let layouts = [
        (
            SceneLayout::FIRST,
            matches!(layout, SceneLayout::Components(_)),
            "Components",
            "The directions in which the shoes differ most: each axis means something, and neighbours may be far apart in the rest",
        ),
        (
            SceneLayout::Neighbourhoods,
            *layout == SceneLayout::Neighbourhoods,
            "Neighbourhoods",
            "Shoes that look alike stand together: about four times as many of a shoe's nearest are beside it, and the axes mean nothing",
        ),
        (
            SceneLayout::Own(own),
            matches!(layout, SceneLayout::Own(_)),
            "Your own",
            "Each axis is what you choose: a component, the numbers of a column, or the way towards a word, as from all others to boots",
        ),
    ];
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        for (choice, is_on, name, what) in layouts {
            let label = ui.selectable_label(is_on, name).on_hover_text(what);
            if label.clicked() && !is_on {
                commands.push(Command::LayOut(choice));
            }
        }
    });
    match layout {
        SceneLayout::Components(chosen) => components_ui(ui, *chosen, axes, thumbs, commands),
        SceneLayout::Own(chosen) => own_ui(ui, chosen, view, thumbs, commands),
        SceneLayout::Neighbourhoods => theme::caption_wrapped(
            ui,
            "Shoes that look alike stand together, whatever it is that makes them alike; left and right, up and down have no meaning of their own",
        ),
    }
}

/// The choice of an axis' component; one that another axis has already changes places with this one.
fn component_ui(
    ui: &mut Ui,
    axis: usize,
    chosen: [usize; 3],
    shares: &[f32],
    commands: &mut Vec<Command>,
) {
    let name = |component: usize| {
        let share = shares.get(component).copied().unwrap_or(0.0);
        format!("Component {}  {:.1} %", component + 1, share * 100.0)
    };
    let share = shares.get(chosen[axis]).copied().unwrap_or(0.0);
    let text = format!("PC {} · {:.1} %", chosen[axis] + 1, share * 100.0);
    let width = ui.available_width() - ROOM_FOR_ENDS;
    let chosen_one = egui::ComboBox::from_id_salt(("component", axis))
        .selected_text(RichText::new(text).small())
        .width(width)
        .show_ui(ui, |ui| {
            for component in 0..OFFERED.min(shares.len()) {
                let is_on = component == chosen[axis];
                if ui.selectable_label(is_on, name(component)).clicked() && !is_on {
                    let mut others = chosen;
                    if let Some(other) = chosen.iter().position(|c| *c == component) {
                        others[other] = chosen[axis];
                    }
                    others[axis] = component;
                    commands.push(Command::LayOut(SceneLayout::Components(others)));
                }
            }
        })
        .response;
    spoken::named(
        &chosen_one,
        &format!("Component of {}", ["X", "Y", "Z"][axis]),
    );
    chosen_one.on_hover_text(
        "Which principal component this axis is, and how much of the whole variance it holds",
    );
}

/// The three axes with the shoes at their ends, and how much they hold together.
fn components_ui(
    ui: &mut Ui,
    chosen: [usize; 3],
    axes: &Axes,
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    let most = axes.shares.first().copied().unwrap_or(0.0).max(1e-6);
    for (axis, name) in ["X", "Y", "Z"].into_iter().enumerate() {
        ui.horizontal(|ui| {
            ui.label(
                RichText::new(name)
                    .color(theme::rgb(AXIS_COLOURS[axis]))
                    .strong(),
            );
            let share = axes.shares.get(chosen[axis]).copied().unwrap_or(0.0);
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 2.0;
                component_ui(ui, axis, chosen, &axes.shares, commands);
                let width = (ui.available_width() - ROOM_FOR_ENDS).max(30.0);
                widgets::bar(ui, share, most, width, theme::rgb(AXIS_COLOURS[axis]));
            });
            ends_ui(ui, name, axes.ends[axis], thumbs, commands);
        });
    }
    let three: f32 = chosen.iter().filter_map(|c| axes.shares.get(*c)).sum();
    theme::caption_wrapped(
        ui,
        format!(
            "The three axes hold {:.1} % of the whole variance; recommendations use all of it",
            three * 100.0
        ),
    );
}

/// The two shoes at the ends of an axis, at the right of its line.
fn ends_ui(
    ui: &mut Ui,
    name: &str,
    ends: Option<[usize; 2]>,
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    let Some(ends) = ends else { return };
    let weak = theme::palette(ui).weak;
    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = 3.0;
        // Drawn from the right, so the high end comes first.
        for (row, end) in [(ends[1], "high"), (ends[0], "low")] {
            let label = format!("The {end} end of {name}");
            let size = Vec2::splat(34.0);
            let shown = widgets::shoe_picture(ui, thumbs, row, size, &label, Sense::click());
            if shown.clicked() {
                commands.push(Command::select_row(row));
            }
            shown.on_hover_text(label);
            if end == "high" {
                ui.label(RichText::new("⏵").color(weak));
            }
        }
    });
}

/// Words of a column that are offered to go towards.
const WORDS: usize = 24;
/// Below this share of right answers a direction is called weak; chance is 0.5.
const WEAK: f32 = 0.75;

/// The three axes that somebody chose, each with what it could be instead.
fn own_ui(
    ui: &mut Ui,
    chosen: &[Axis; 3],
    view: &CatalogueView<'_>,
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    for (at, name) in ["X", "Y", "Z"].into_iter().enumerate() {
        ui.horizontal(|ui| {
            let colour = theme::rgb(AXIS_COLOURS[at]);
            ui.label(RichText::new(name).color(colour).strong());
            let width = (ui.available_width() - ROOM_FOR_ENDS).max(30.0);
            let title = RichText::new(format!("{} ⏷", chosen[at].name())).small();
            ui.allocate_ui(Vec2::new(width, 34.0), |ui| {
                ui.set_width(width);
                ui.style_mut().wrap_mode = Some(egui::TextWrapMode::Truncate);
                ui.menu_button(title, |ui| axis_menu(ui, view, chosen, at, commands));
            });
            ends_ui(ui, name, view.axes.ends[at], thumbs, commands);
        });
        let Some(scale) = view.scales.map(|scales| &scales[at]) else {
            continue;
        };
        if let Some([low, high]) = &scale.ends {
            theme::caption(ui, format!("{low}  ⏵  {high}"));
        }
        if scale.missing > 0 {
            let words = format!(
                "{} without a number stand before the low end",
                theme::shoes(scale.missing)
            );
            theme::caption_wrapped(ui, words);
        }
        if let Some(judged) = &scale.judged {
            let is_weak = matches!(judged, Judged::Accuracy(share) if *share < WEAK);
            let words = match is_weak {
                true => format!("weak: {judged}"),
                false => judged.to_string(),
            };
            theme::caption(ui, words)
                .on_hover_text("How well it tells shoes apart that it was not learned from");
        }
    }
}

/// What an axis could be.
fn axis_menu(
    ui: &mut Ui,
    view: &CatalogueView<'_>,
    chosen: &[Axis; 3],
    at: usize,
    commands: &mut Vec<Command>,
) {
    let mut take = |ui: &mut Ui, axis: Axis, text: String| {
        let is_on = chosen[at] == axis;
        if ui.selectable_label(is_on, text).clicked() {
            let mut axes = chosen.clone();
            // One that another axis has already changes places with this one.
            if let Some(other) = chosen.iter().position(|other| *other == axis) {
                axes[other] = chosen[at].clone();
            }
            axes[at] = axis;
            commands.push(Command::LayOut(SceneLayout::Own(axes)));
            ui.close();
        }
    };
    ui.menu_button("A component", |ui| {
        for (component, share) in view.axes.shares.iter().enumerate().take(OFFERED) {
            let text = format!("Component {}  {:.1} %", component + 1, share * 100.0);
            take(ui, Axis::Component(component), text);
        }
    });
    let columns = || view.model.columns.iter();
    if columns().any(|column| matches!(column.offer, Offer::Numbers { .. })) {
        ui.menu_button("Numbers of a column", |ui| {
            for column in columns() {
                if matches!(column.offer, Offer::Numbers { .. }) {
                    let axis = Axis::Number(column.name.clone());
                    take(ui, axis, titles::column_label(&column.name));
                }
            }
        });
    }
    for column in columns() {
        let Offer::Words(words) = &column.offer else {
            continue;
        };
        if column.name == crate::catalog::SPLIT_COLUMN {
            continue;
        }
        ui.menu_button(
            format!("Towards: {}", titles::column_label(&column.name)),
            |ui| {
                for word in words.iter().filter(|word| !word.is_empty()).take(WORDS) {
                    take(
                        ui,
                        Axis::Towards(column.name.clone(), word.clone()),
                        word.clone(),
                    );
                }
            },
        );
    }
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
