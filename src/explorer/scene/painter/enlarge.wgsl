// A smaller picture over the whole target.

@group(0) @binding(0) var picture: texture_2d<f32>;
@group(0) @binding(1) var smooth_sampler: sampler;

struct Out {
    @builtin(position) clip: vec4<f32>,
    @location(0) uv: vec2<f32>,
}

// One triangle that reaches beyond two edges.
@vertex
fn vertex(@builtin(vertex_index) index: u32) -> Out {
    let uv = vec2(f32((index << 1u) & 2u), f32(index & 2u));
    var out: Out;
    out.clip = vec4(uv * vec2(2.0, -2.0) + vec2(-1.0, 1.0), 0.0, 1.0);
    out.uv = uv;
    return out;
}

@fragment
fn fragment(in: Out) -> @location(0) vec4<f32> {
    return textureSampleLevel(picture, smooth_sampler, in.uv, 0.0);
}
