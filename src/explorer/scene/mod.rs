//! What Bevy draws, and how it is seen and pointed at. Knows no panel.
//!
//! | file | owns |
//! | --- | --- |
//! | [`palette`] | the scene's colours |
//! | [`cloud`] | the billboards |
//! | [`painter`], [`resolution`] | the render pass that draws billboards and lines, and with how many pixels |
//! | [`lines`], `overlays` | lines; the floor, and the lines from the selection to its recommendations |
//! | [`camera`], `picking`, [`lasso`] | seeing and pointing |
//! | [`capture`] | pictures of the screen |

pub mod camera;
pub mod capture;
pub mod cloud;
pub mod lasso;
pub mod lines;
mod overlays;
pub mod painter;
pub mod palette;
mod picking;
pub mod resolution;

use bevy::prelude::*;

pub(super) fn plugin(app: &mut App) {
    app.add_plugins((
        palette::plugin,
        picking::plugin,
        lasso::plugin,
        camera::plugin,
        cloud::plugin,
        lines::plugin,
        overlays::plugin,
        painter::plugin,
        resolution::plugin,
        capture::plugin,
    ));
}
