//! The explorer's figures: the first frame in a real window and the memory it takes, and a frame of the
//! scene beside a bare cloud of the same billboards.
//!
//! `cargo bench --profile dev --bench explorer [-- CATALOGUE]`; with `million` instead of a catalogue the
//! scene of 1,000,000 made-up shoes is measured. Off screen, and under Xvfb where there is no display.

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
use image::{Rgb, RgbImage};
use shoespace::explorer::camera::{OffScreen, SceneCamera, SceneView};
use shoespace::explorer::cloud::atlas::Patches;
use shoespace::explorer::cloud::feed::Pictures;
use shoespace::explorer::cloud::{Cloud, CloudSource};
use shoespace::explorer::messages::{FlyToRequest, View};
use shoespace::explorer::opening::{self, Begun};
use shoespace::explorer::platform;
use shoespace::explorer::state::{Launch, OpenCatalogue};
use shoespace::explorer::worker::Waker;
use shoespace::paths::Roots;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

const SIZE: UVec2 = UVec2::new(1280, 720);
const FRAMES: usize = 40;

fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| a != "--bench")
        .collect();
    let roots = Roots::of_process(None);
    if arguments.first().is_some_and(|a| a == "million") {
        million(&roots);
        return;
    }
    let catalogue = match arguments.first() {
        Some(path) => PathBuf::from(path),
        None => match roots.default_catalogue() {
            Ok(path) => path,
            Err(error) => {
                println!("not measured: {error}");
                return;
            }
        },
    };
    if let Err(error) = platform::require_driver() {
        println!("not measured: {error}");
        return;
    }
    println!("{}", hardware());
    first_frame(&catalogue);
    frames(&catalogue, &roots);
}

fn hardware() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let info = read("/proc/cpuinfo");
    let model = (info.lines())
        .find_map(|l| l.strip_prefix("model name")?.split(':').nth(1))
        .unwrap_or("unknown processor")
        .trim()
        .to_owned();
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let load = read("/proc/loadavg");
    let load = load.split(' ').next().unwrap_or("?");
    format!(
        "{model}, {cores} cores, load {load}; drawn by {}",
        platform::driver_name()
    )
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Starts the program itself in a window and waits for it to say that its first frame was shown.
fn first_frame(catalogue: &Path) {
    let server = (!platform::has_display()).then(|| {
        Command::new("Xvfb")
            .args([":87", "-screen", "0", "1280x720x24", "-nolisten", "tcp"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
    });
    let display = match &server {
        Some(Ok(_)) => {
            std::thread::sleep(Duration::from_millis(800));
            Some(":87")
        }
        Some(Err(error)) => {
            println!("first frame not measured: Xvfb does not start ({error})");
            return;
        }
        None => None,
    };
    let mut seconds = Vec::new();
    let mut memory = 0.0;
    for run in 0..6 {
        let mut command = Command::new(env!("CARGO_BIN_EXE_shoespace"));
        command
            .arg("explore")
            .arg(catalogue)
            .env_remove("WAYLAND_DISPLAY")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let Some(display) = display {
            command.env("DISPLAY", display);
        }
        let began = Instant::now();
        let Ok(mut child) = command.spawn() else {
            println!("first frame not measured: the program does not start");
            break;
        };
        let (sender, lines) = std::sync::mpsc::channel();
        let outputs: [Option<Box<dyn std::io::Read + Send>>; 2] = [
            child.stdout.take().map(|o| Box::new(o) as _),
            child.stderr.take().map(|o| Box::new(o) as _),
        ];
        for output in outputs.into_iter().flatten() {
            let sender = sender.clone();
            std::thread::spawn(move || {
                for line in BufReader::new(output).lines().map_while(Result::ok) {
                    let _ = sender.send(line);
                }
            });
        }
        while let Ok(line) = lines.recv_timeout(Duration::from_secs(60)) {
            if line.contains("first frame after") {
                // The first run warms the file cache and the driver's.
                if run > 0 {
                    seconds.push(began.elapsed().as_secs_f64());
                }
                break;
            }
        }
        if run == 5 {
            // All pictures, the recommender and the generator are there by then.
            std::thread::sleep(Duration::from_secs(12));
            memory = resident(child.id());
        }
        let _ = child.kill();
        let _ = child.wait();
    }
    if let Some(Ok(mut server)) = server {
        let _ = server.kill();
        let _ = server.wait();
    }
    if seconds.is_empty() {
        println!("first frame not measured: it was not shown within a minute");
    } else {
        let runs = seconds.len();
        println!(
            "first frame, window 1280×720     {:>8.2} s    (≤ 2; median of {runs})",
            median(seconds)
        );
        println!("resident memory, at rest         {memory:>8.0} MB   (≤ 700)");
    }
}

fn resident(process: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    (status.lines())
        .find_map(|l| {
            l.strip_prefix("VmRSS:")?
                .split_whitespace()
                .next()?
                .parse()
                .ok()
        })
        .map_or(f64::NAN, |kib: f64| kib / 1024.0)
}

fn launch(roots: &Roots) -> Launch {
    Launch {
        catalogue: None,
        roots: roots.clone(),
        began: Instant::now(),
        windowed: false,
    }
}

/// Runs frames of the explorer until its pictures are there.
fn settle(app: &mut App) {
    let began = Instant::now();
    let mut quiet = 0;
    while quiet < 20 && began.elapsed() < Duration::from_secs(600) {
        app.update();
        platform::wait_for_gpu(app);
        let world = app.world();
        let complete = world
            .get_resource::<Cloud>()
            .is_some_and(|cloud| cloud.is_complete(world.resource::<Patches>()));
        quiet = if complete { quiet + 1 } else { 0 };
    }
}

/// The frames of a slow turn around the cloud, in milliseconds each.
fn turn(app: &mut App, mut place: impl FnMut(&mut World, f32)) -> Vec<f64> {
    (0..FRAMES)
        .map(|frame| {
            place(app.world_mut(), 0.55 + 0.02 * frame as f32);
            let began = Instant::now();
            app.update();
            platform::wait_for_gpu(app);
            began.elapsed().as_secs_f64() * 1e3
        })
        .collect()
}

fn explorer(roots: &Roots, begun: Begun) -> App {
    let screen = OffScreen {
        size: SIZE,
        scale_factor: 1.0,
    };
    let mut app = platform::off_screen_stepped(launch(roots), begun, screen);
    app.finish();
    app.cleanup();
    app
}

fn turn_explorer(app: &mut App) -> Vec<f64> {
    let home = app.world().resource::<SceneView>().view;
    turn(app, |world, yaw| {
        world.write_message(FlyToRequest::Jump(View { yaw, ..home }));
    })
}

fn frames(catalogue: &Path, roots: &Roots) {
    let begun = Begun(Some((
        catalogue.to_owned(),
        opening::begin(catalogue, &Waker::default()),
    )));
    let mut ours = explorer(roots, begun);
    settle(&mut ours);
    let source = ours.world().resource::<CloudSource>().clone();
    let (centre, distance) = {
        let view = ours.world().resource::<SceneView>();
        (view.view.focus, view.view.distance)
    };
    let mut bare = bare_cloud(&source, centre, distance);
    // Alternating, so that both meet the same moods of the machine.
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for _ in 0..6 {
        a.extend(turn_explorer(&mut ours));
        b.extend(turn(&mut bare, |world, yaw| {
            let rotation = Quat::from_euler(EulerRot::YXZ, yaw, -0.32, 0.0);
            let mut cameras = world.query_filtered::<&mut Transform, With<SceneCamera>>();
            for mut transform in cameras.iter_mut(world) {
                transform.rotation = rotation;
                transform.translation = centre + rotation * Vec3::Z * distance;
            }
        }));
    }
    let count = source.positions.len();
    let (ours_ms, bare_ms) = (median(a), median(b));
    println!("frame, {count} shoes, 1280×720    {ours_ms:>8.1} ms   (panels, levels, edges)");
    println!("the same, bare cloud             {bare_ms:>8.1} ms");
    println!(
        "ratio                            {:>8.2}      (≤ 1.3)",
        ours_ms / bare_ms
    );
}

/// The yardstick: quads in chunks, one array texture, an ordinary material with a mask, nothing else.
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

fn bare_cloud(source: &CloudSource, centre: Vec3, distance: f32) -> App {
    use shoespace::explorer::cloud::bake::{Halo, bake};
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
            pixels[to..to + bytes].copy_from_slice(&baked.levels[0][from..from + bytes]);
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

/// A million made-up shoes: a few pictures over and over.
struct Few(Vec<RgbImage>);

impl Pictures for Few {
    fn for_each(&self, rows: &[usize], each: &(dyn Fn(usize, RgbImage) + Send + Sync)) {
        for &row in rows {
            each(row, self.0[row % self.0.len()].clone());
        }
    }
}

fn million(roots: &Roots) {
    println!("{}", hardware());
    let count = 1_000_000;
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32 - 0.5
    };
    let positions: Vec<[f32; 3]> = (0..count)
        .map(|_| std::array::from_fn(|_| next() + next() + next()))
        .collect();
    let pictures = (0..50u8)
        .map(|n| {
            RgbImage::from_fn(28, 28, |x, y| {
                let shoe = (3..25).contains(&x) && (10..20).contains(&y);
                Rgb(if shoe {
                    [n * 5, 90, 250 - n * 5]
                } else {
                    [255; 3]
                })
            })
        })
        .collect();
    let (centre, radius) = opening::extent(&positions);
    let side = opening::billboard_side(radius, count);
    let mut app = explorer(roots, Begun::default());
    *app.world_mut().resource_mut::<OpenCatalogue>() = OpenCatalogue {
        centre,
        radius,
        billboard: side,
        generation: 1,
        ..default()
    };
    app.insert_resource(CloudSource {
        positions: Arc::new(positions),
        pictures: Arc::new(Few(pictures)),
        side,
    });
    let began = Instant::now();
    settle(&mut app);
    println!(
        "1,000,000 shoes: all pictures    {:>8.1} s",
        began.elapsed().as_secs_f64()
    );
    println!(
        "frame                            {:>8.0} ms",
        median(turn_explorer(&mut app))
    );
    println!(
        "resident memory                  {:>8.0} MB   (≤ 3000)",
        resident(std::process::id())
    );
}
