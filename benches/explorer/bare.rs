//! The yardstick of a frame: a bare cloud of the same shoes, drawn with wgpu and nothing else.

use crate::SIZE;
use bevy::math::{Mat4, Quat, Vec3};
use bevy::tasks::block_on;
use shoespace::explorer::scene::cloud::CloudSource;
use shoespace::explorer::scene::cloud::bake::{Halo, bake};
use std::sync::atomic::AtomicBool;
use wgpu::util::{BufferInitDescriptor, DeviceExt as _, TextureDataOrder};

/// Every shoe a quad that faces the camera: one array texture, holes by mask, hidden parts by depth.
pub struct BareCloud {
    device: wgpu::Device,
    queue: wgpu::Queue,
    pipeline: wgpu::RenderPipeline,
    bind_group: wgpu::BindGroup,
    camera: wgpu::Buffer,
    indices: wgpu::Buffer,
    count: u32,
    picture: wgpu::TextureView,
    depth: wgpu::TextureView,
}

const CELL: u32 = 32;
const PER_ROW: u32 = 64;
/// Shoes that have a picture of their own; 24576 in [`WGSL`] too.
const DISTINCT: usize = 24_576;
const DEPTH: wgpu::TextureFormat = wgpu::TextureFormat::Depth32Float;
const COLOUR: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8UnormSrgb;

impl BareCloud {
    /// The bare cloud of the same shoes; `None` where there is nothing to draw with.
    pub fn new(source: &CloudSource) -> Option<Self> {
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
            backends: wgpu::Backends::PRIMARY,
            ..wgpu::InstanceDescriptor::new_without_display_handle()
        });
        let adapter = block_on(instance.request_adapter(&Default::default())).ok()?;
        let (device, queue) = block_on(adapter.request_device(&wgpu::DeviceDescriptor {
            required_limits: adapter.limits(),
            ..Default::default()
        }))
        .ok()?;
        let (side, pages, pixels) = pictures(source);
        let atlas = device.create_texture_with_data(
            &queue,
            &texture(
                [side, side, pages],
                COLOUR,
                wgpu::TextureUsages::TEXTURE_BINDING,
            ),
            TextureDataOrder::LayerMajor,
            &pixels,
        );
        let shader = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: None,
            source: wgpu::ShaderSource::Wgsl(WGSL.into()),
        });
        let pipeline = device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
            label: None,
            layout: None,
            vertex: wgpu::VertexState {
                module: &shader,
                entry_point: None,
                compilation_options: Default::default(),
                buffers: &[],
            },
            primitive: Default::default(),
            depth_stencil: Some(wgpu::DepthStencilState {
                format: DEPTH,
                depth_write_enabled: Some(true),
                depth_compare: Some(wgpu::CompareFunction::GreaterEqual),
                stencil: Default::default(),
                bias: Default::default(),
            }),
            multisample: Default::default(),
            fragment: Some(wgpu::FragmentState {
                module: &shader,
                entry_point: None,
                compilation_options: Default::default(),
                targets: &[Some(COLOUR.into())],
            }),
            multiview_mask: None,
            cache: None,
        });
        let buffer = |contents: &[u8], usage| {
            device.create_buffer_init(&BufferInitDescriptor {
                label: None,
                contents,
                usage,
            })
        };
        let points: Vec<[f32; 4]> = (source.positions.iter())
            .map(|&[x, y, z]| [x, y, z, source.side])
            .collect();
        let count = points.len() as u32;
        let indices: Vec<u32> = (0..count)
            .flat_map(|quad| [0, 2, 1, 1, 2, 3].map(|corner| 4 * quad + corner))
            .collect();
        let points = buffer(bytemuck::cast_slice(&points), wgpu::BufferUsages::STORAGE);
        let camera = buffer(
            &[0; 128],
            wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
        );
        let sampler = device.create_sampler(&wgpu::SamplerDescriptor {
            mag_filter: wgpu::FilterMode::Linear,
            min_filter: wgpu::FilterMode::Linear,
            ..Default::default()
        });
        let atlas = atlas.create_view(&wgpu::TextureViewDescriptor {
            dimension: Some(wgpu::TextureViewDimension::D2Array),
            ..Default::default()
        });
        let resources = [
            camera.as_entire_binding(),
            points.as_entire_binding(),
            wgpu::BindingResource::TextureView(&atlas),
            wgpu::BindingResource::Sampler(&sampler),
        ];
        let entries: Vec<_> = (0..)
            .zip(resources)
            .map(|(binding, resource)| wgpu::BindGroupEntry { binding, resource })
            .collect();
        let bind_group = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: &pipeline.get_bind_group_layout(0),
            entries: &entries,
        });
        let target = |format| {
            let size = [SIZE.x, SIZE.y, 1];
            let usage = wgpu::TextureUsages::RENDER_ATTACHMENT;
            let texture = device.create_texture(&texture(size, format, usage));
            texture.create_view(&Default::default())
        };
        Some(Self {
            pipeline,
            bind_group,
            camera,
            indices: buffer(bytemuck::cast_slice(&indices), wgpu::BufferUsages::INDEX),
            count,
            picture: target(COLOUR),
            depth: target(DEPTH),
            device,
            queue,
        })
    }

    /// Draws a frame from an eye that is turned by `rotation`, and waits for it.
    pub fn draw(&self, eye: Vec3, rotation: Quat) {
        let world_from_view = Mat4::from_rotation_translation(rotation, eye);
        let aspect = SIZE.x as f32 / SIZE.y as f32;
        let clip_from_view = Mat4::perspective_infinite_reverse_rh(0.8, aspect, 0.01);
        let clip_from_world = clip_from_view * world_from_view.inverse();
        let matrices = [clip_from_world, world_from_view].map(|m| m.to_cols_array());
        self.queue
            .write_buffer(&self.camera, 0, bytemuck::cast_slice(&matrices));
        let mut encoder = self.device.create_command_encoder(&Default::default());
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                view: &self.picture,
                depth_slice: None,
                resolve_target: None,
                ops: wgpu::Operations {
                    load: wgpu::LoadOp::Clear(wgpu::Color::WHITE),
                    store: wgpu::StoreOp::Store,
                },
            })],
            depth_stencil_attachment: Some(wgpu::RenderPassDepthStencilAttachment {
                view: &self.depth,
                depth_ops: Some(wgpu::Operations {
                    load: wgpu::LoadOp::Clear(0.0),
                    store: wgpu::StoreOp::Discard,
                }),
                stencil_ops: None,
            }),
            ..Default::default()
        });
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &self.bind_group, &[]);
        pass.set_index_buffer(self.indices.slice(..), wgpu::IndexFormat::Uint32);
        pass.draw_indexed(0..6 * self.count, 0, 0..1);
        drop(pass);
        self.queue.submit([encoder.finish()]);
        if let Err(error) = self.device.poll(wgpu::PollType::wait_indefinitely()) {
            println!("the yardstick: {error}");
        }
    }
}

fn texture(
    [width, height, depth_or_array_layers]: [u32; 3],
    format: wgpu::TextureFormat,
    usage: wgpu::TextureUsages,
) -> wgpu::TextureDescriptor<'static> {
    wgpu::TextureDescriptor {
        label: None,
        size: wgpu::Extent3d {
            width,
            height,
            depth_or_array_layers,
        },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format,
        usage,
        view_formats: &[],
    }
}

/// The pages of the texture: their side, their number, RGBA.
fn pictures(source: &CloudSource) -> (u32, u32, Vec<u8>) {
    // A million pictures would be 4 GB: from here on they come again.
    let count = source.positions.len().min(DISTINCT);
    let pages = (count as u32).div_ceil(PER_ROW * PER_ROW).max(2);
    let side = CELL * PER_ROW;
    let pixels = std::sync::Mutex::new(vec![0u8; (side * side * pages * 4) as usize]);
    let rows: Vec<usize> = (0..count).collect();
    source
        .pictures
        .for_each(&rows, &AtomicBool::new(true), &|row, picture| {
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
    (side, pages, pixels.into_inner().unwrap_or_default())
}

/// What is baked holds roots of colours, times alpha; the yardstick has plain sRGB.
fn srgb([r, g, b, a]: [u8; 4]) -> [u8; 4] {
    let alpha = f32::from(a.max(1)) / 255.0;
    let [r, g, b] = [r, g, b].map(|c| {
        let linear = (f32::from(c) / 255.0).powi(2) / alpha;
        let code = bevy::color::Color::linear_rgb(linear, 0.0, 0.0)
            .to_srgba()
            .red;
        (code.clamp(0.0, 1.0) * 255.0 + 0.5) as u8
    });
    [r, g, b, a]
}

const WGSL: &str = r"
struct Camera { clip_from_world: mat4x4<f32>, world_from_view: mat4x4<f32> };
@group(0) @binding(0) var<uniform> camera: Camera;
@group(0) @binding(1) var<storage, read> points: array<vec4<f32>>;
@group(0) @binding(2) var atlas: texture_2d_array<f32>;
@group(0) @binding(3) var atlas_sampler: sampler;
struct Out {
    @builtin(position) clip: vec4<f32>,
    @location(0) uv: vec2<f32>,
    @location(1) @interpolate(flat) page: u32,
};
@vertex
fn vertex(@builtin(vertex_index) index: u32) -> Out {
    let at = index / 4u;
    let point = points[at];
    let corner = vec2(f32(index & 1u), f32((index >> 1u) & 1u));
    let spread = (corner - 0.5) * point.w;
    let world = point.xyz + camera.world_from_view[0].xyz * spread.x - camera.world_from_view[1].xyz * spread.y;
    var out: Out;
    out.clip = camera.clip_from_world * vec4(world, 1.0);
    let picture = at % 24576u;
    let cell = picture % 4096u;
    out.uv = (vec2(f32(cell % 64u), f32(cell / 64u)) + corner) / 64.0;
    out.page = picture / 4096u;
    return out;
}
@fragment
fn fragment(in: Out) -> @location(0) vec4<f32> {
    let colour = textureSample(atlas, atlas_sampler, in.uv, in.page);
    if colour.a < 0.5 { discard; }
    return colour;
}
";
