// Billboards: shoes at their places on the screen, in painting order.
//
// Four vertices in a row belong to one billboard. Software renderers pay for each pixel and run both sides of each
// branch, so everything that is the same for a whole billboard is worked out at its corners, and a pixel of the
// crowd is one look at the picture and a few multiplications.

#import shoespace::view::view

struct Billboard {
    // middle, in pixels from the top left
    at: vec2<f32>,
    // half the side, in pixels
    half_side: f32,
    // bit 31 a sharp cell, bits 20..30 page, bits 0..19 cell
    cell: u32,
    // RGBA with the strength as A
    tint: u32,
    glow: u32,
    // a byte each, lowest first: fade into the background, opacity, how far the picture reaches from the middle to
    // the sides and up and down
    look: u32,
    // a byte each, lowest first: left, top, right and bottom of the part that looks out
    window: u32,
}

@group(0) @binding(1) var<storage, read> billboards: array<Billboard>;
@group(0) @binding(2) var atlas: texture_2d_array<f32>;
@group(0) @binding(3) var atlas_sampler: sampler;

struct Out {
    @builtin(position) clip: vec4<f32>,
    // in the page
    @location(0) @interpolate(linear) uv: vec2<f32>,
    // the picture's corners in the page, half a texel inside the cell so that no neighbour shines in
    @location(1) @interpolate(flat) inside: vec4<f32>,
    @location(2) @interpolate(flat) page: u32,
    @location(3) @interpolate(flat) level: f32,
    // rgb: what the tint makes of the picture's brightness, w: what is left of the picture's own colour
    @location(4) @interpolate(flat) light: vec4<f32>,
    // rgb: what tint and background add, w: opacity
    @location(5) @interpolate(flat) veil: vec4<f32>,
#ifdef GLOW
    // w: strength
    @location(6) @interpolate(flat) glow: vec4<f32>,
    @location(7) @interpolate(flat) glow_level: f32,
#endif
}

const LUMA: vec3<f32> = vec3(0.2126, 0.7152, 0.0722);

// Distance fades as light does, all is mixed in sRGB: by so much more or less, as it is for a middle grey.
fn in_srgb(fade: f32) -> f32 {
    let ground = dot(view.background.rgb, LUMA);
    let mixed = sqrt(mix(0.25, ground * ground, fade));
    return (mixed - 0.5) / (ground - 0.5);
}

@vertex
fn vertex(@builtin(vertex_index) index: u32) -> Out {
    let shoe = billboards[index / 4u];
    let sharp = (shoe.cell >> 31u) == 1u;
    let pixels = select(view.cells.x, view.cells.z, sharp);
    let per_row = u32(select(view.cells.y, view.cells.w, sharp));
    let misc = unpack4x8unorm(shoe.look);
    // Billboards face the camera, so one mip level serves the whole of each.
    let on_screen = 2.0 * shoe.half_side;
    // A whole level: half the cost of a blend of two where the processor draws.
    let level = round(clamp(log2(pixels / max(on_screen * view.share, 0.01)) - 0.35, 0.0, log2(pixels)));
    let texel = exp2(level) / pixels;
    // Coarser levels spread further.
    let reach = min(misc.zw + 2.0 * (texel - 1.0 / pixels), vec2(1.0));

    let way = vec2(f32(index & 1u), f32((index >> 1u) & 1u)) * 2.0 - 1.0;
    // What is hidden anyway is not painted.
    let part = unpack4x8unorm(shoe.window) - 0.5;
    let least = max(-0.5 * reach, part.xy);
    let most = max(least, min(0.5 * reach, part.zw));
    let spread = select(least, most, way > vec2(0.0));
    let at = (shoe.at + spread * on_screen) / view.size;
    var out: Out;
    out.clip = vec4(2.0 * at.x - 1.0, 1.0 - 2.0 * at.y, 0.5, 1.0);

    let cell = shoe.cell & 0xfffffu;
    let corner = vec2(f32(cell % per_row), f32(cell / per_row));
    out.uv = (corner + 0.5 + spread) / f32(per_row);
    var inset = 0.5 * texel;
#ifdef GLOW
    out.glow = unpack4x8unorm(shoe.glow);
    out.glow_level = max(level, log2(pixels) - 4.0);
    inset = 0.5 * exp2(out.glow_level) / pixels;
#endif
    out.inside = vec4(corner + inset, corner + 1.0 - inset) / f32(per_row);
    out.page = (shoe.cell >> 20u) & 0x7ffu;
    out.level = level;

    // Tinted by brightness and strength, then mixed with the background, then thinned: all linear in the
    // picture's colour and alpha, so it comes down to two factors and a sum.
    let tint = unpack4x8unorm(shoe.tint);
    let fade = in_srgb(misc.x);
    let opacity = misc.y;
    let tinted = tint.rgb * (tint.a * (1.0 - fade) * opacity);
    out.light = vec4(0.45 * tinted, (1.0 - tint.a) * (1.0 - fade) * opacity);
    out.veil = vec4(0.69 * tinted + view.background.rgb * (fade * opacity), opacity);
    return out;
}

@fragment
fn fragment(in: Out) -> @location(0) vec4<f32> {
    let uv = clamp(in.uv, in.inside.xy, in.inside.zw);
    let own = textureSampleLevel(atlas, atlas_sampler, uv, in.page, in.level);
    let bright = dot(own.rgb, LUMA);
    var colour = vec4(
        own.rgb * in.light.w + in.light.rgb * bright + in.veil.rgb * own.a,
        own.a * in.veil.w,
    );
#ifdef GLOW
    let around = textureSampleLevel(atlas, atlas_sampler, uv, in.page, in.glow_level).a;
    let strength = smoothstep(0.04, 0.4, around) * in.glow.a * (1.0 - own.a);
    colour += vec4(in.glow.rgb * strength, strength);
#endif
    return colour;
}
