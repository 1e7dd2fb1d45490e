//! The explorer: a window (or an off-screen picture) on shoe space, in Bevy.
//!
//! | room | owns |
//! | --- | --- |
//! | [`state`], [`command`], [`facts`], [`settings`], [`schedule`] | what everybody shares: resources, what is asked for, what has happened, what is remembered, when systems run |
//! | [`worker`], [`keyboard`] | threads off the frame; whose the keys are |
//! | [`scene`] | what Bevy draws: cloud, camera, lines, picking, pictures of the screen |
//! | [`cursor`] | the latent cursor that designs shoes |
//! | [`ui`] | what egui draws: all panels |
//! | [`app`] | the window and its start, opening, importing, selecting; all of the above joined |
//!
//! A room uses only the rooms above it.

pub mod app;
pub mod command;
pub mod cursor;
pub mod facts;
pub mod keyboard;
pub mod scene;
pub mod schedule;
pub mod settings;
pub mod state;
pub mod ui;
pub mod worker;
