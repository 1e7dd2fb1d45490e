//! Idle is idle: a frame is drawn only when something changed.
//!
//! bevy_egui 0.42 tells egui of the modifier keys in every frame, and egui 0.36 asks for another frame
//! whenever it was told anything. Together they redraw for ever. So what is no news is left out.

use bevy::prelude::*;
use bevy_egui::{EguiInput, EguiPreUpdateSet, egui};

pub(super) fn plugin(app: &mut App) {
    app.add_systems(
        PreUpdate,
        leave_out_no_news
            .after(EguiPreUpdateSet::ProcessInput)
            .before(EguiPreUpdateSet::BeginPass),
    );
}

fn leave_out_no_news(mut inputs: Query<&mut EguiInput>, mut told: Local<egui::Modifiers>) {
    for mut input in &mut inputs {
        input.events.retain(|event| match event {
            egui::Event::ModifiersChanged(modifiers) => {
                std::mem::replace(&mut *told, *modifiers) != *modifiers
            }
            // egui lets go of the keys by itself.
            egui::Event::WindowFocused(false) => {
                *told = egui::Modifiers::default();
                true
            }
            _ => true,
        });
    }
}
