//! The colours of the scene, light and dark.

use super::cloud::bake::Halo;
use super::cloud::cut_out::linear;
use crate::explorer::settings::ExplorerSettings;
use bevy::prelude::*;

/// The scene's colours.
#[derive(Resource, Debug, Clone, Copy, PartialEq)]
pub struct Look {
    /// Behind everything, sRGB.
    pub background: [u8; 3],
    /// The soft rim around each shoe.
    pub halo: Halo,
    /// Floor and axes, sRGB.
    pub faint: [u8; 3],
    /// Text in the scene, sRGB.
    pub text: [u8; 3],
    /// Lines from the selection to its recommendations, sRGB.
    pub line: [u8; 3],
}

impl Look {
    /// Photos of shoes stand on white: on warm paper nothing has to be recoloured.
    pub const LIGHT: Self = Self {
        background: [244, 242, 238],
        halo: Halo {
            colour: [0.03, 0.03, 0.04],
            strength: 0.34,
        },
        faint: [206, 203, 197],
        text: [40, 40, 44],
        line: [214, 120, 20],
    };
    /// Slate, with a pale rim that keeps black shoes readable.
    pub const DARK: Self = Self {
        background: [34, 38, 45],
        halo: Halo {
            colour: [0.62, 0.66, 0.72],
            strength: 0.2,
        },
        faint: [66, 72, 82],
        text: [232, 234, 238],
        line: [255, 176, 80],
    };

    /// The background in linear light.
    pub fn background_linear(&self) -> Vec4 {
        let [r, g, b] = self.background.map(|c| linear(f32::from(c) / 255.0));
        Vec4::new(r, g, b, 1.0)
    }
}

pub(super) fn plugin(app: &mut App) {
    app.insert_resource(Look::LIGHT)
        .add_systems(PreUpdate, follow_settings);
}

fn follow_settings(
    settings: Res<ExplorerSettings>,
    mut look: ResMut<Look>,
    clear: Option<ResMut<ClearColor>>,
) {
    let wanted = if settings.light {
        Look::LIGHT
    } else {
        Look::DARK
    };
    let [r, g, b] = wanted.background;
    let colour = Color::srgb_u8(r, g, b);
    if let Some(mut clear) = clear
        && clear.0 != colour
    {
        clear.0 = colour;
    }
    if *look != wanted {
        *look = wanted;
    }
}
