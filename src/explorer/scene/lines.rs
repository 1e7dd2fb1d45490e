//! Lines in the scene, of a width in pixels and with soft edges. Anybody may draw: a name owns its lines,
//! and setting them again replaces them.

use super::painter::{Layer, Layers, Line};
use bevy::prelude::*;
use std::collections::BTreeMap;

/// One line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stroke {
    /// One end, in scene units.
    pub from: Vec3,
    /// The other end.
    pub to: Vec3,
    /// In logical pixels.
    pub width: f32,
    /// sRGB and opacity, at either end.
    pub colours: [[u8; 4]; 2],
}

impl Stroke {
    /// A whole line of one colour (sRGB and opacity), `width` in logical pixels.
    pub fn line(from: Vec3, to: Vec3, width: f32, colour: [u8; 4]) -> Self {
        Self {
            from,
            to,
            width,
            colours: [colour; 2],
        }
    }

    /// The same, fading to another colour at its end.
    pub fn to_colour(mut self, colour: [u8; 4]) -> Self {
        self.colours[1] = colour;
        self
    }
}

/// What the lines are painted over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Plane {
    /// Under all shoes.
    Floor,
    /// Over the crowd, under what stands out.
    Lines,
}

/// All lines, by the name of who draws them.
#[derive(Resource, Default)]
pub struct Strokes(BTreeMap<(Plane, &'static str), Vec<Stroke>>);

impl Strokes {
    /// Replaces the lines of `name` on a plane; none takes them away.
    pub fn set(&mut self, name: &'static str, plane: Plane, strokes: Vec<Stroke>) {
        if strokes.is_empty() {
            self.0.remove(&(plane, name));
        } else {
            self.0.insert((plane, name), strokes);
        }
    }

    fn on(&self, plane: Plane) -> impl Iterator<Item = &Stroke> {
        self.0
            .iter()
            .filter(move |((p, _), _)| *p == plane)
            .flat_map(|(_, strokes)| strokes)
    }
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Strokes>()
        .add_systems(PostUpdate, hand_over.run_if(resource_changed::<Strokes>));
}

fn hand_over(strokes: Res<Strokes>, mut layers: ResMut<Layers>) {
    for (plane, layer) in [(Plane::Floor, Layer::Floor), (Plane::Lines, Layer::Lines)] {
        let lines: Vec<Line> = (strokes.on(plane))
            .map(|stroke| Line {
                from: stroke.from.to_array(),
                width: stroke.width,
                to: stroke.to.to_array(),
                unused: 0,
                colours: [
                    u32::from_le_bytes(stroke.colours[0]),
                    u32::from_le_bytes(stroke.colours[1]),
                    0,
                    0,
                ],
            })
            .collect();
        layers.set(layer, &lines);
    }
}
