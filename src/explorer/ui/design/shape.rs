//! The tab of the handles: the design's outline and its colours, and how much of what is asked for was reached.

use super::{CursorView, Parts, Tab, outline, swatches};
use crate::design::reembedding::Reembedding;
use crate::embed::{SILHOUETTE, block};
use crate::explorer::ui::theme;
use bevy_egui::egui::{RichText, Ui};

/// The tab of outline and colours.
pub const TAB: Tab = Tab {
    name: "Shape",
    count: |_| 0,
    draw: shape_ui,
};

/// The whole tab.
fn shape_ui(ui: &mut Ui, p: &mut Parts<'_>) {
    if p.view.latent.newest.made.is_none() {
        theme::caption(ui, "There is no design to shape yet");
        return;
    }
    outline::tools_ui(ui, p.view, &mut p.memory.shaping, p.commands);
    ui.add_space(theme::GAP);
    swatches::swatches_ui(ui, p.view, &mut p.memory.colouring, p.commands);
    ui.add_space(theme::GAP);
    reached_ui(ui, p.view);
}

/// How much of outline, palette and kind the newest design that was looked at has of what was asked for.
fn reached_ui(ui: &mut Ui, view: &CursorView<'_>) {
    let newest = &view.latent.newest;
    let Some((number, landing)) = &newest.reembedding else {
        theme::caption(ui, "Looking how much of it was reached");
        return;
    };
    let colour = match *number == newest.number {
        true => theme::palette(ui).text,
        false => theme::palette(ui).weak,
    };
    let words = RichText::new(reached_in_words(landing, view.grey)).color(colour);
    ui.label(words).on_hover_text(
        "The design is looked at as photos are, and compared with what was asked for: 100 % is the same, 0 % has nothing in common. Of an outline that was drawn: how much of both lies in both",
    );
}

/// As "Reached: outline 93 %, palette 88 %, kind 71 %".
fn reached_in_words(landing: &Reembedding, grey: bool) -> String {
    let parts = landing.cosines.iter().rev().map(|(name, cosine)| {
        let share = match landing.outline {
            Some(overlap) if *name == SILHOUETTE.name => overlap,
            _ => *cosine,
        };
        let noun = block(name).map_or(*name, |spec| spec.called(grey));
        format!("{noun} {:.0} %", 100.0 * share.max(0.0))
    });
    format!("Reached: {}", parts.collect::<Vec<_>>().join(", "))
}
