// Lines of a width in pixels, with soft edges, from point to point of the scene.

#import shoespace::view::view

struct Line {
    // xyz one end, w width in logical pixels
    from_end: vec4<f32>,
    // xyz the other end
    to_end: vec4<f32>,
    // x: colour RGBA at one end, y: at the other
    colours: vec4<u32>,
}

@group(0) @binding(1) var<storage, read> lines: array<Line>;

struct Out {
    @builtin(position) clip: vec4<f32>,
    @location(0) @interpolate(linear) colour: vec4<f32>,
    // pixels from the middle of the line
    @location(1) @interpolate(linear) off: f32,
    @location(2) @interpolate(flat) half_width: f32,
}

@vertex
fn vertex(@builtin(vertex_index) index: u32) -> Out {
    var out: Out;
    let line = lines[index / 4u];
    var a = view.clip_from_world * vec4(line.from_end.xyz, 1.0);
    var b = view.clip_from_world * vec4(line.to_end.xyz, 1.0);
    // What is behind the camera is cut off.
    let near = 1e-4 + 0.002 * max(abs(a.w), abs(b.w));
    if a.w < near && b.w < near {
        out.clip = vec4(0.0, 0.0, -1.0, 1.0);
        return out;
    }
    var ca = unpack4x8unorm(line.colours.x);
    var cb = unpack4x8unorm(line.colours.y);
    if a.w < near {
        let t = (near - a.w) / (b.w - a.w);
        a = mix(a, b, t);
        ca = mix(ca, cb, t);
    } else if b.w < near {
        let t = (near - b.w) / (a.w - b.w);
        b = mix(b, a, t);
        cb = mix(cb, ca, t);
    }
    let half_view = 0.5 * view.size;
    let pa = a.xy / a.w * half_view;
    let pb = b.xy / b.w * half_view;
    let way = pb - pa;
    let along = way / max(length(way), 1e-3);
    let across = vec2(-along.y, along.x);
    let half_width = 0.5 * line.from_end.w * view.scale;
    let at_end = (index & 1u) == 1u;
    let side = select(-1.0, 1.0, (index & 2u) != 0u);
    let reach = half_width + 1.0;
    let end = select(pa - along, pb + along, at_end);
    let pixel = end + across * side * reach;
    out.clip = vec4(pixel / half_view, 0.5, 1.0);
    out.colour = select(ca, cb, at_end);
    out.off = side * reach;
    out.half_width = half_width;
    return out;
}

@fragment
fn fragment(in: Out) -> @location(0) vec4<f32> {
    // A line thinner than a pixel is a fainter line.
    let thin = min(2.0 * in.half_width, 1.0);
    let cover = clamp(max(in.half_width, 0.5) + 0.5 - abs(in.off), 0.0, 1.0) * thin;
    let a = in.colour.a * cover;
    return vec4(in.colour.rgb * a, a);
}
