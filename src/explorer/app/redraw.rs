//! Idle is idle: a frame is drawn only when something changed.
//!
//! bevy_egui 0.42 tells egui of the modifier keys in every frame, and egui 0.36 asks for another frame
//! whenever it was told anything. Together they redraw for ever. So what is no news is left out.
//!
//! And what did change is seen: a panel shows a new picture in the frame after the one that brings its texture, so
//! such a frame is followed by another.

use crate::explorer::command::Command;
use bevy::prelude::*;
use bevy::window::RequestRedraw;
use bevy_egui::{EguiInput, EguiPostUpdateSet, EguiPreUpdateSet, EguiRenderOutput, egui};

pub(super) fn plugin(app: &mut App) {
    app.add_systems(
        PreUpdate,
        leave_out_no_news
            .after(EguiPreUpdateSet::ProcessInput)
            .before(EguiPreUpdateSet::BeginPass),
    )
    .add_systems(
        PostUpdate,
        show_what_came
            // There the list of new textures is emptied.
            .before(EguiPostUpdateSet::PostProcessOutput)
            .after(EguiPostUpdateSet::ProcessOutput),
    )
    .add_systems(Last, carry_out_soon);
}

/// What was asked for while this frame was made is carried out in the next one.
fn carry_out_soon(mut commands: MessageReader<Command>, mut redraw: MessageWriter<RequestRedraw>) {
    if commands.read().count() > 0 {
        redraw.write(RequestRedraw);
    }
}

fn show_what_came(outputs: Query<&EguiRenderOutput>, mut redraw: MessageWriter<RequestRedraw>) {
    if outputs
        .iter()
        .any(|output| !output.textures_delta.set.is_empty())
    {
        redraw.write(RequestRedraw);
    }
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
