//! The one palette of the explorer: every colour that the scene draws with, light and dark. The panels add
//! their own greys, and take the accents from here, so that a ring in the scene and a button beside it are
//! the same colour.
//!
//! Accents are those of Okabe and Ito (2008), which colour-blind eyes tell apart, made lighter or darker until
//! they can be read on the ground of each theme.

use super::cloud::bake::Halo;
use crate::explorer::settings::ExplorerSettings;
use crate::imaging::srgb::linear_u8;
use bevy::prelude::*;

/// The axes x, y and z, sRGB: vermilion, bluish green and sky blue, readable on light and on dark.
pub const AXIS_COLOURS: [[u8; 3]; 3] = [[213, 94, 0], [0, 158, 115], [59, 142, 208]];

/// The colours of one theme, all sRGB.
#[derive(Resource, Debug, Clone, Copy, PartialEq)]
pub struct ScenePalette {
    /// Behind everything.
    pub background: [u8; 3],
    /// The soft rim around each shoe.
    pub halo: Halo,
    /// The floor.
    pub faint: [u8; 3],
    /// Text in the scene.
    pub text: [u8; 3],
    /// Lines from the selection to its recommendations.
    pub line: [u8; 3],
    /// The selected shoe.
    pub selected: [u8; 3],
    /// What is liked: bluish green, told apart from the next by every eye.
    pub liked: [u8; 3],
    /// What is disliked: vermilion.
    pub disliked: [u8; 3],
    /// Marked, for export.
    pub marked: [u8; 3],
    /// The latent cursor, its designs, and photos among the catalogue's shoes: reddish purple.
    pub design: [u8; 3],
}

impl ScenePalette {
    /// Photos of shoes stand on white: on warm paper nothing has to be recoloured.
    pub const LIGHT: Self = Self {
        background: [244, 242, 238],
        halo: Halo {
            colour: [0.03, 0.03, 0.04],
            strength: 0.24,
        },
        faint: [206, 203, 197],
        text: [40, 40, 44],
        line: [214, 120, 20],
        selected: [255, 138, 0],
        liked: [0, 126, 90],
        disliked: [189, 74, 0],
        marked: [0, 114, 220],
        design: [164, 70, 121],
    };
    /// Slate, with a pale rim that keeps black shoes readable.
    pub const DARK: Self = Self {
        background: [34, 38, 45],
        halo: Halo {
            colour: [0.62, 0.66, 0.72],
            strength: 0.34,
        },
        faint: [66, 72, 82],
        text: [232, 234, 238],
        line: [255, 176, 80],
        selected: [255, 138, 0],
        liked: [31, 188, 140],
        disliked: [236, 112, 52],
        marked: [0, 114, 220],
        design: [219, 138, 184],
    };

    /// The colours of a theme.
    pub const fn of(light: bool) -> &'static Self {
        if light { &Self::LIGHT } else { &Self::DARK }
    }

    /// The background, each channel from 0 to 1.
    pub fn background_srgb(&self) -> Vec4 {
        let [r, g, b] = self.background.map(|v| f32::from(v) / 255.0);
        Vec4::new(r, g, b, 1.0)
    }

    /// The background in linear light.
    pub fn background_linear(&self) -> Vec4 {
        let [r, g, b] = self.background.map(linear_u8);
        Vec4::new(r, g, b, 1.0)
    }
}

pub(super) fn plugin(app: &mut App) {
    app.insert_resource(ScenePalette::LIGHT)
        .add_systems(PreUpdate, follow_settings);
}

fn follow_settings(
    settings: Res<ExplorerSettings>,
    mut palette: ResMut<ScenePalette>,
    clear: Option<ResMut<ClearColor>>,
) {
    let wanted = *ScenePalette::of(settings.light);
    let [r, g, b] = wanted.background;
    let colour = Color::srgb_u8(r, g, b);
    if let Some(mut clear) = clear
        && clear.0 != colour
    {
        clear.0 = colour;
    }
    if *palette != wanted {
        *palette = wanted;
    }
}
