// The cloud: a billboard for each entry, painted from far to near.
//
// The mesh only says how many corners there are. Four in a row belong to one entry; the entry says where
// it stands, how large it is, which cell of which atlas it shows, and how it is lit.

#import bevy_pbr::{mesh_functions, mesh_view_bindings::view}

struct Entry {
    // xyz centre, w side, in scene units
    place: vec4<f32>,
    // x: bit 31 sharp atlas, bits 16..30 page, bits 0..15 cell
    // y: tint, z: glow, both RGBA with the strength as A
    // w: bits 0..7 fade into the background, 8..15 opacity, 16 picture is there
    look: vec4<u32>,
}

struct CloudUniform {
    // linear background colour
    background: vec4<f32>,
    // x: pixels of a cell and y: cells a row in the small atlas; z, w: the same in the sharp one
    cells: vec4<f32>,
}

@group(#{MATERIAL_BIND_GROUP}) @binding(0) var<storage, read> entries: array<Entry>;
@group(#{MATERIAL_BIND_GROUP}) @binding(1) var small_atlas: texture_2d_array<f32>;
@group(#{MATERIAL_BIND_GROUP}) @binding(2) var atlas_sampler: sampler;
@group(#{MATERIAL_BIND_GROUP}) @binding(3) var sharp_atlas: texture_2d_array<f32>;
@group(#{MATERIAL_BIND_GROUP}) @binding(4) var<uniform> cloud: CloudUniform;

struct Vertex {
    @builtin(instance_index) instance_index: u32,
    @builtin(vertex_index) index: u32,
    @location(0) position: vec3<f32>,
}

struct Out {
    @builtin(position) clip: vec4<f32>,
    @location(0) uv: vec2<f32>,
    // xy: the cell's corner in the page, z: its extent, w: mip level
    @location(1) @interpolate(flat) cell: vec4<f32>,
    @location(2) @interpolate(flat) look: vec4<u32>,
}

@vertex
fn vertex(v: Vertex) -> Out {
    var out: Out;
    let first = mesh_functions::get_tag(v.instance_index);
    let local = v.index - bevy_pbr::mesh_bindings::mesh[v.instance_index].first_vertex_index;
    let at = first + local / 4u;
    let entry = entries[min(at, arrayLength(&entries) - 1u)];
    if at >= arrayLength(&entries) || entry.place.w <= 0.0 {
        // Nothing there: outside of everything.
        out.clip = vec4(0.0, 0.0, -1.0, 1.0);
        return out;
    }
    let corner = vec2(f32(local & 1u), f32((local >> 1u) & 1u));
    let right = view.world_from_view[0].xyz;
    let up = view.world_from_view[1].xyz;
    let spread = (corner - 0.5) * entry.place.w;
    let world = entry.place.xyz + right * spread.x - up * spread.y;
    out.clip = view.clip_from_world * vec4(world, 1.0);
    out.uv = corner;
    out.look = entry.look;

    let sharp = (entry.look.x >> 31u) == 1u;
    let pixels = select(cloud.cells.x, cloud.cells.z, sharp);
    let per_row = u32(select(cloud.cells.y, cloud.cells.w, sharp));
    let index = entry.look.x & 0xffffu;
    let extent = 1.0 / f32(per_row);
    let origin = vec2(f32(index % per_row), f32(index / per_row)) * extent;
    // Billboards face the camera, so one mip level serves the whole of each.
    let on_screen = entry.place.w * view.clip_from_view[1][1] * 0.5 * view.viewport.w / out.clip.w;
    // A whole level: half the cost of a blend of two where the processor draws.
    let level = round(clamp(log2(pixels / max(on_screen, 0.01)) - 0.35, 0.0, log2(pixels)));
    out.cell = vec4(origin, extent, level);
    return out;
}

// The picture at a level, never reaching into a neighbour's cell.
fn picture(in: Out, level: f32) -> vec4<f32> {
    let sharp = (in.look.x >> 31u) == 1u;
    let pixels = select(cloud.cells.x, cloud.cells.z, sharp);
    let inset = 0.5 * exp2(ceil(level)) / pixels;
    let uv = in.cell.xy + clamp(in.uv, vec2(inset), vec2(1.0 - inset)) * in.cell.z;
    let page = (in.look.x >> 16u) & 0x7fffu;
    if sharp {
        return textureSampleLevel(sharp_atlas, atlas_sampler, uv, page, level);
    }
    return textureSampleLevel(small_atlas, atlas_sampler, uv, page, level);
}

fn to_linear(packed: u32) -> vec4<f32> {
    let c = unpack4x8unorm(packed);
    return vec4(c.rgb * c.rgb * (0.3 + 0.7 * c.rgb), c.a);
}

@fragment
fn fragment(in: Out) -> @location(0) vec4<f32> {
    let misc = unpack4x8unorm(in.look.w);
    var colour: vec4<f32>;
    if (in.look.w & 0x10000u) != 0u {
        colour = picture(in, in.cell.w);
    } else {
        // Its picture is still on the way: a soft dot.
        let away = length(in.uv - 0.5);
        let a = (1.0 - smoothstep(0.1, 0.3, away)) * 0.5;
        colour = vec4(mix(cloud.background.rgb, vec3(0.5), 0.5) * a, a);
    }
    if (in.look.y >> 24u) != 0u {
        let tint = to_linear(in.look.y);
        let bright = dot(colour.rgb, vec3(0.2126, 0.7152, 0.0722));
        let tinted = tint.rgb * (0.5 * colour.a + 0.9 * bright);
        colour = vec4(mix(colour.rgb, tinted, tint.a), colour.a);
    }
#ifdef GLOW
    if (in.look.z >> 24u) != 0u {
        let glow = to_linear(in.look.z);
        let pixels = select(cloud.cells.x, cloud.cells.z, (in.look.x >> 31u) == 1u);
        let around = picture(in, min(max(in.cell.w, log2(pixels) - 4.0), log2(pixels))).a;
        let strength = smoothstep(0.04, 0.4, around) * glow.a * (1.0 - colour.a);
        colour += vec4(glow.rgb * strength, strength);
    }
#endif
    let faded = mix(colour.rgb, cloud.background.rgb * colour.a, misc.x);
    return vec4(faded, colour.a) * misc.y;
}
