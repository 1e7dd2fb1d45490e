// Brings what was painted, in sRGB, to the window, whose format wants light, in the place of Bevy's own shader, whose three powers
// a pixel a processor pays for.

#import bevy_core_pipeline::fullscreen_vertex_shader::FullscreenVertexOutput

@group(0) @binding(0) var in_texture: texture_2d<f32>;
@group(0) @binding(1) var in_sampler: sampler;

// sRGB to light without powers. Fitted to the curve of IEC 61966-2-1: off by 0.3 of a step of 8 bit at most, so that every
// value comes out as it was.
fn light(srgb: vec3<f32>) -> vec3<f32> {
    let curve = 0.00154941 + srgb * (0.01418664 + srgb * (0.6562602 + srgb * 0.3305592));
    return select(curve, srgb / 12.92, srgb < vec3(0.04045));
}

@fragment
fn fs_main(in: FullscreenVertexOutput) -> @location(0) vec4<f32> {
    let color = textureSample(in_texture, in_sampler, in.uv);
#ifdef SRGB_TO_LINEAR
    return vec4(light(color.rgb), color.a);
#else
    return color;
#endif
}
