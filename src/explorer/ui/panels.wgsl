// Draws what egui has painted, in the place of bevy_egui's own shader: egui multiplies and mixes colours in sRGB, and so does
// what it is drawn on here, so nothing has to become light and sRGB again, which is half of a panel's cost where a processor draws.

struct Transform {
    scale: vec2<f32>,
    translation: vec2<f32>,
}

struct Vertex {
    @location(0) position: vec2<f32>,
    @location(1) uv: vec2<f32>,
    // sRGB, premultiplied
    @location(2) color: vec4<f32>,
}

struct Fragment {
    @builtin(position) position: vec4<f32>,
    @location(0) color: vec4<f32>,
    @location(1) uv: vec2<f32>,
}

@group(0) @binding(0) var<uniform> transform: Transform;
@group(1) @binding(0) var image: texture_2d<f32>;
@group(1) @binding(1) var image_sampler: sampler;

@vertex
fn vs_main(in: Vertex) -> Fragment {
    let position = in.position * transform.scale + transform.translation;
    return Fragment(vec4(position, 0.0, 1.0), in.color, in.uv);
}

// Light to sRGB without powers. Fitted to the curve of IEC 61966-2-1: off by a tenth of a step of 8 bit at most.
fn srgb(light: vec3<f32>) -> vec3<f32> {
    let root = sqrt(light);
    let curve = -0.07690114 + 0.83377024 * root + 0.29809547 * sqrt(root) - 0.05532461 * light;
    return select(curve, light * 12.92, light < vec3(0.0031308));
}

@fragment
fn fs_main(in: Fragment) -> @location(0) vec4<f32> {
    // Textures are stored as sRGB, and read as light.
    let texel = textureSample(image, image_sampler, in.uv);
    return vec4(srgb(texel.rgb), texel.a) * in.color;
}
