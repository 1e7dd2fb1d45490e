//! What a screen reader says, beyond what is written on the widgets: names of what has no text of its own, of the panels
//! and of the window, and what just happened.
//!
//! Tried with Orca 43 over AT-SPI. Without a screen reader all of this is a look at a flag.

use bevy_egui::egui::accesskit::{Live, Node, Role};
use bevy_egui::egui::{self, Context, Id, Response, Ui};

/// Names a control that shows only its value, as a list to choose from does.
pub fn named(response: &Response, name: &str) {
    (response.ctx).accesskit_node_builder(response.id, |node| node.set_label(name));
}

/// Makes a part of the window one that can be jumped to by its name.
pub fn region(ui: &Ui, name: &str) {
    ui.ctx().accesskit_node_builder(ui.unique_id(), |node| {
        node.set_role(Role::Region);
        node.set_label(name);
    });
}

/// Names the window.
pub fn window(ctx: &Context, name: &str) {
    ctx.accesskit_node_builder(egui::accesskit_root_id(), |node| node.set_label(name));
}

/// Says what happened, once it changes: a line that nobody sees.
/// The words are put together only where somebody may hear them.
pub fn announce(ctx: &Context, words: impl FnOnce() -> String) {
    ctx.accesskit_node_builder(Id::new("what happened"), |node: &mut Node| {
        node.set_role(Role::Status);
        node.set_label(words());
        node.set_live(Live::Polite);
    });
}

/// Says what this label says when it comes up; at once where it is `urgent`.
pub fn told(response: &Response, words: &str, urgent: bool) {
    (response.ctx).accesskit_node_builder(response.id, |node| {
        node.set_role(Role::Status);
        node.set_label(words);
        node.set_live(if urgent {
            Live::Assertive
        } else {
            Live::Polite
        });
    });
}
