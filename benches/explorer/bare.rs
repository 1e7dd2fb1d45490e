//! The yardstick of a frame: a bare cloud of the same shoes.

use crate::SIZE;
use bevy::asset::RenderAssetUsages;
use bevy::image::{ImageSampler, ImageSamplerDescriptor};
use bevy::mesh::{Indices, MeshTag, PrimitiveTopology};
use bevy::prelude::*;
use bevy::reflect::TypePath;
use bevy::render::render_resource::{
    AsBindGroup, Extent3d, TextureDimension, TextureFormat, TextureViewDescriptor,
    TextureViewDimension,
};
use bevy::render::storage::ShaderBuffer;
use bevy::shader::{Shader, ShaderRef};
use shoespace::explorer::app::platform;
use shoespace::explorer::scene::camera::SceneCamera;
use shoespace::explorer::scene::cloud::CloudSource;

/// Quads in chunks, one array texture, an ordinary material with a mask, nothing else.
#[derive(Asset, TypePath, AsBindGroup, Debug, Clone)]
struct BareMaterial {
    #[storage(0, read_only)]
    points: Handle<ShaderBuffer>,
    #[texture(1, dimension = "2d_array")]
    #[sampler(2)]
    atlas: Handle<Image>,
}

const BARE_SHADER: Handle<Shader> =
    bevy::asset::uuid_handle!("2b7a1b0e-1111-4c1e-8a55-0a35b4f1c003");

impl Material for BareMaterial {
    fn vertex_shader() -> ShaderRef {
        BARE_SHADER.into()
    }
    fn fragment_shader() -> ShaderRef {
        BARE_SHADER.into()
    }
    fn alpha_mode(&self) -> AlphaMode {
        AlphaMode::Mask(0.5)
    }
    fn enable_prepass() -> bool {
        false
    }
    fn enable_shadows() -> bool {
        false
    }
}

/// The bare cloud of the same shoes, seen from `distance`.
pub fn bare_cloud(source: &CloudSource, centre: Vec3, distance: f32) -> App {
    use shoespace::explorer::scene::cloud::bake::{Halo, bake};
    const CELL: u32 = 32;
    const PER_ROW: u32 = 64;
    const CHUNK: usize = 16_384;
    let mut app = platform::bare_stepped(SIZE);
    app.add_plugins(MaterialPlugin::<BareMaterial>::default());
    let count = source.positions.len();
    let pages = (count as u32).div_ceil(PER_ROW * PER_ROW).max(2);
    let side = CELL * PER_ROW;
    let pixels = std::sync::Mutex::new(vec![0u8; (side * side * pages * 4) as usize]);
    let rows: Vec<usize> = (0..count).collect();
    source.pictures.for_each(&rows, &|row, picture| {
        let halo = Halo {
            colour: [0.0; 3],
            strength: 0.0,
        };
        let baked = bake(&picture, CELL, halo);
        let plain: Vec<u8> = (baked.levels[0].chunks_exact(4))
            .flat_map(|pixel| srgb([pixel[0], pixel[1], pixel[2], pixel[3]]))
            .collect();
        let (page, cell) = (
            row as u32 / (PER_ROW * PER_ROW),
            row as u32 % (PER_ROW * PER_ROW),
        );
        let (x, y) = (cell % PER_ROW * CELL, cell / PER_ROW * CELL);
        let mut pixels = pixels.lock().unwrap_or_else(|e| e.into_inner());
        for line in 0..CELL {
            let to = (((page * side + y + line) * side + x) * 4) as usize;
            let from = (line * CELL * 4) as usize;
            let bytes = (CELL * 4) as usize;
            pixels[to..to + bytes].copy_from_slice(&plain[from..from + bytes]);
        }
    });
    let world = app.world_mut();
    if let Err(error) = world
        .resource_mut::<Assets<Shader>>()
        .insert(&BARE_SHADER, Shader::from_wgsl(BARE_WGSL, "bare.wgsl"))
    {
        println!("the yardstick's shader: {error}");
    }
    let mut image = Image::new(
        Extent3d {
            width: side,
            height: side,
            depth_or_array_layers: pages,
        },
        TextureDimension::D2,
        pixels.into_inner().unwrap_or_default(),
        TextureFormat::Rgba8UnormSrgb,
        RenderAssetUsages::RENDER_WORLD,
    );
    image.sampler = ImageSampler::Descriptor(ImageSamplerDescriptor::linear());
    image.texture_view_descriptor = Some(TextureViewDescriptor {
        dimension: Some(TextureViewDimension::D2Array),
        ..default()
    });
    let atlas = world.resource_mut::<Assets<Image>>().add(image);
    let points: Vec<Vec4> = (source.positions.iter())
        .map(|p| Vec3::from_array(*p).extend(source.side))
        .collect();
    let points = world
        .resource_mut::<Assets<ShaderBuffer>>()
        .add(ShaderBuffer::from(points));
    let material = world
        .resource_mut::<Assets<BareMaterial>>()
        .add(BareMaterial { points, atlas });
    for (number, chunk) in source.positions.chunks(CHUNK).enumerate() {
        let corners: Vec<[f32; 3]> = chunk.iter().flat_map(|p| [*p; 4]).collect();
        let indices = (0..chunk.len() as u32)
            .flat_map(|quad| [0, 2, 1, 1, 2, 3].map(|corner| 4 * quad + corner))
            .collect();
        let mesh = Mesh::new(
            PrimitiveTopology::TriangleList,
            RenderAssetUsages::RENDER_WORLD,
        )
        .with_inserted_attribute(Mesh::ATTRIBUTE_POSITION, corners)
        .with_inserted_indices(Indices::U32(indices));
        let mesh = world.resource_mut::<Assets<Mesh>>().add(mesh);
        world.spawn((
            Mesh3d(mesh),
            MeshMaterial3d(material.clone()),
            MeshTag((number * CHUNK) as u32),
        ));
    }
    let at = Transform::from_translation(centre + Vec3::Z * distance);
    let mut cameras = world.query_filtered::<&mut Transform, With<SceneCamera>>();
    for mut transform in cameras.iter_mut(world) {
        *transform = at;
    }
    app.finish();
    app.cleanup();
    for _ in 0..10 {
        app.update();
        platform::wait_for_gpu(&mut app);
    }
    app
}

/// What is baked holds roots of colours, times alpha; the yardstick has plain sRGB.
fn srgb([r, g, b, a]: [u8; 4]) -> [u8; 4] {
    let alpha = f32::from(a.max(1)) / 255.0;
    let [r, g, b] = [r, g, b].map(|c| {
        let linear = (f32::from(c) / 255.0).powi(2) / alpha;
        let code = Color::linear_rgb(linear, 0.0, 0.0).to_srgba().red;
        (code.clamp(0.0, 1.0) * 255.0 + 0.5) as u8
    });
    [r, g, b, a]
}

const BARE_WGSL: &str = r"
#import bevy_pbr::{mesh_functions, mesh_view_bindings::view}
@group(#{MATERIAL_BIND_GROUP}) @binding(0) var<storage, read> points: array<vec4<f32>>;
@group(#{MATERIAL_BIND_GROUP}) @binding(1) var atlas: texture_2d_array<f32>;
@group(#{MATERIAL_BIND_GROUP}) @binding(2) var atlas_sampler: sampler;
struct Vertex {
    @builtin(instance_index) instance_index: u32,
    @builtin(vertex_index) index: u32,
    @location(0) position: vec3<f32>,
};
struct Out {
    @builtin(position) clip: vec4<f32>,
    @location(0) uv: vec2<f32>,
    @location(1) @interpolate(flat) slot: u32,
};
@vertex
fn vertex(v: Vertex) -> Out {
    let first = mesh_functions::get_tag(v.instance_index);
    let local = v.index - bevy_pbr::mesh_bindings::mesh[v.instance_index].first_vertex_index;
    let at = first + local / 4u;
    let point = points[at];
    let corner = vec2(f32(local & 1u), f32((local >> 1u) & 1u));
    let spread = (corner - 0.5) * point.w;
    let world = point.xyz + view.world_from_view[0].xyz * spread.x - view.world_from_view[1].xyz * spread.y;
    var out: Out;
    out.clip = view.clip_from_world * vec4(world, 1.0);
    let cell = at % 4096u;
    out.uv = (vec2(f32(cell % 64u), f32(cell / 64u)) + corner) / 64.0;
    out.slot = at / 4096u;
    return out;
}
@fragment
fn fragment(in: Out) -> @location(0) vec4<f32> {
    let colour = textureSample(atlas, atlas_sampler, in.uv, in.slot);
    if colour.a < 0.5 { discard; }
    return colour;
}
";
