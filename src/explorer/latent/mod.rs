//! The latent cursor in the scene.

use bevy::prelude::*;

pub(super) fn plugin(_app: &mut App) {}
