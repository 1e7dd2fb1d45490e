// How the scene is seen: the same for all entries.

#define_import_path shoespace::view

struct View {
    clip_from_world: mat4x4<f32>,
    // background colour, sRGB
    background: vec4<f32>,
    // of the atlas: x: pixels of a cell and y: cells a row of the small ones; z, w: the same of the sharp ones
    cells: vec4<f32>,
    // of the picture, in pixels
    size: vec2<f32>,
    // pixels of a logical one
    scale: f32,
    // the share of the picture's sides in which it is painted
    share: f32,
}

@group(0) @binding(0) var<uniform> view: View;
