//! The panels around the scene.

use bevy::prelude::*;

pub(super) fn plugin(_app: &mut App) {}
