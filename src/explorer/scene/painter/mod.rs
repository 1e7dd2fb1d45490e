//! Paints the scene: layers of quads, one over the other, in one render pass before egui's.
//!
//! A quad is an entry of its layer's buffer; the vertex shader works out the corners. Nothing has a depth: a layer
//! is painted in the order of its entries and blended. So soft edges and shadows are right without multisampling,
//! and what should be in front of the others is simply painted later. All is mixed in sRGB, as panels and web pages are.

use super::camera::SceneView;
use super::palette::ScenePalette;
use crate::explorer::state::Covered;
use bevy::asset::{load_internal_asset, uuid_handle};
use bevy::core_pipeline::core_2d::main_transparent_pass_2d;
use bevy::core_pipeline::{Core2d, Core2dSystems};
use bevy::prelude::*;
use bevy::render::render_asset::RenderAssets;
use bevy::render::render_phase::TrackedRenderPass;
use bevy::render::render_resource::binding_types::{
    sampler, storage_buffer_read_only_sized, texture_2d, texture_2d_array, uniform_buffer,
};
use bevy::render::render_resource::{
    BindGroup, BindGroupEntries, BindGroupLayoutDescriptor, BindGroupLayoutEntries, BlendState,
    Buffer, BufferInitDescriptor, BufferUsages, CachedRenderPipelineId, ColorTargetState,
    ColorWrites, Extent3d, FilterMode, FragmentState, IndexFormat, LoadOp, Operations,
    PipelineCache, RawBufferVec, RenderPassColorAttachment, RenderPassDescriptor,
    RenderPipelineDescriptor, Sampler, SamplerBindingType, SamplerDescriptor, ShaderStages,
    ShaderType, StoreOp, TextureDescriptor, TextureDimension, TextureFormat, TextureSampleType,
    TextureUsages, TextureView, TextureViewDescriptor, UniformBuffer, VertexState,
};
use bevy::render::renderer::{RenderContext, RenderDevice, RenderQueue, ViewQuery};
use bevy::render::texture::GpuImage;
use bevy::render::view::ViewTarget;
use bevy::render::{ExtractSchedule, MainWorld, Render, RenderApp, RenderStartup, RenderSystems};

const BILLBOARDS: Handle<Shader> = uuid_handle!("8d3ad1c2-6f0e-4f4e-9d59-5b9e0a6a2c01");
const ENLARGE: Handle<Shader> = uuid_handle!("2f6a9b0e-7a43-4d0c-8a51-0d7c5b8e9f04");
const LINES: Handle<Shader> = uuid_handle!("c1f2f0a6-26b7-4f6e-9f4e-6a3d8b1f7e02");
const VIEW: Handle<Shader> = uuid_handle!("5a0d7f58-7f0c-4c1f-9a55-64a4a3f0c103");

/// One shoe, as `billboards.wgsl` reads it.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Billboard {
    /// Middle, in physical pixels from the top left.
    pub at: [f32; 2],
    /// Half its side, in physical pixels.
    pub half: f32,
    /// Cell of the atlas: bit 31 a sharp one, bits 20 to 30 the page, bits 0 to 19 the cell.
    pub cell: u32,
    /// Tint, RGBA with the strength as A.
    pub tint: u32,
    /// Rim of light, RGBA with the strength as A; painted in [`Layer::Front`] only.
    pub glow: u32,
    /// Fade into the background, opacity, and the picture's [reach](super::cloud::bake::Cover::reach): a byte each,
    /// lowest first.
    pub look: u32,
    /// The part of the square that is painted: left, top, right and bottom, a byte each, lowest first.
    pub window: u32,
}

/// One line, as `lines.wgsl` reads it.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Line {
    /// One end, in scene units.
    pub from: [f32; 3],
    /// In logical pixels.
    pub width: f32,
    /// The other end.
    pub to: [f32; 3],
    /// Fills up what the shader's alignment leaves.
    pub unused: u32,
    /// RGBA at either end; two more fill up.
    pub colours: [u32; 4],
}

/// Layers of the scene, painted in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// [`Line`]s under all shoes.
    Floor,
    /// [`Billboard`]s of all shoes but those that stand out.
    Crowd,
    /// [`Line`]s between shoes.
    Lines,
    /// [`Billboard`]s that stand out, and may glow. Looking for the rim costs one more look at the picture a pixel, on
    /// software renderers even where nothing glows, so the crowd goes without.
    Front,
}

const LAYERS: usize = 4;

/// What is to be painted. A layer stays as it is until it is set again.
#[derive(Resource, Default)]
pub struct Layers {
    view: View,
    atlas: Option<Handle<Image>>,
    /// Entries and how many they are, where they were set since the last frame.
    fresh: [Option<(u32, Vec<u8>)>; LAYERS],
}

impl Layers {
    /// Replaces the entries of a layer: [`Billboard`]s or [`Line`]s, as it says.
    pub fn set<T: bytemuck::NoUninit>(&mut self, layer: Layer, entries: &[T]) {
        let bytes = bytemuck::cast_slice(entries).to_vec();
        self.fresh[layer as usize] = Some((entries.len() as u32, bytes));
    }

    /// In which share of the picture's sides the scene is painted, 1 for all.
    pub fn set_share(&mut self, share: f32) {
        self.view.share = share;
    }

    /// Sets the array texture with the pictures. `cells` says how it is cut: pixels of a cell's side and cells in a row,
    /// of the small ones and of the sharp ones. Nothing is painted without it.
    pub fn set_atlas(&mut self, atlas: Handle<Image>, cells: [u32; 4]) {
        self.view.cells = Vec4::from_array(cells.map(|n| n as f32));
        self.atlas = Some(atlas);
    }
}

/// What is the same for all entries, as `view.wgsl` has it.
#[derive(ShaderType, Clone, Copy, Default)]
struct View {
    clip_from_world: Mat4,
    /// Colour behind the scene, sRGB.
    background: Vec4,
    cells: Vec4,
    /// The picture's, in physical pixels.
    size: Vec2,
    /// Physical pixels of a logical one.
    scale: f32,
    /// The share of the picture's sides in which it is painted; 0 before it was ever set, which means all.
    share: f32,
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Layers>()
        .add_systems(PostUpdate, follow_view);
    // Absent in tests without a renderer.
    if app.get_sub_app(RenderApp).is_none() {
        return;
    }
    load_internal_asset!(app, VIEW, "view.wgsl", Shader::from_wgsl);
    load_internal_asset!(app, BILLBOARDS, "billboards.wgsl", Shader::from_wgsl);
    load_internal_asset!(app, LINES, "lines.wgsl", Shader::from_wgsl);
    load_internal_asset!(app, ENLARGE, "enlarge.wgsl", Shader::from_wgsl);
    if let Some(render) = app.get_sub_app_mut(RenderApp) {
        render
            .add_systems(RenderStartup, Painter::start)
            .add_systems(ExtractSchedule, extract)
            .add_systems(Render, upload.in_set(RenderSystems::PrepareBindGroups))
            .add_systems(
                Core2d,
                paint
                    .in_set(Core2dSystems::MainPass)
                    .after(main_transparent_pass_2d),
            );
    }
}

fn follow_view(scene: Res<SceneView>, palette: Res<ScenePalette>, mut layers: ResMut<Layers>) {
    layers.view = View {
        clip_from_world: scene.sight.clip_from_world,
        background: palette.background_srgb(),
        size: scene.sight.size,
        scale: scene.scale_factor,
        ..layers.view
    };
}

/// Quads in one draw: as many as 16-bit indices reach.
const DRAW: u32 = 1 << 14;

/// What paints, in the render world.
#[derive(Resource)]
struct Painter {
    layout: BindGroupLayoutDescriptor,
    pipelines: [CachedRenderPipelineId; LAYERS],
    /// Two triangles for each quad of a draw.
    indices: Buffer,
    enlarger: Enlarger,
    /// What fewer pixels are painted on, where they are fewer.
    smaller: Option<Smaller>,
    view: UniformBuffer<View>,
    /// What panels leave free, of the picture that is painted and of the whole: nothing is painted under them.
    free: [URect; 2],
    atlas: Option<AssetId<Image>>,
    layers: [Entries; LAYERS],
}

/// A layer on the graphics card.
struct Entries {
    buffer: RawBufferVec<u8>,
    count: u32,
    bind_group: Option<BindGroup>,
}

/// What brings a smaller picture to the whole target.
struct Enlarger {
    layout: BindGroupLayoutDescriptor,
    pipeline: CachedRenderPipelineId,
    sampler: Sampler,
}

/// A smaller picture, and how it is looked at.
struct Smaller {
    size: UVec2,
    view: TextureView,
    bind_group: BindGroup,
}

impl Enlarger {
    fn new(device: &RenderDevice, cache: &PipelineCache) -> Self {
        let layout = BindGroupLayoutDescriptor::new(
            "enlarged scene",
            &BindGroupLayoutEntries::sequential(
                ShaderStages::FRAGMENT,
                (
                    texture_2d(TextureSampleType::Float { filterable: true }),
                    sampler(SamplerBindingType::Filtering),
                ),
            ),
        );
        let pipeline = cache.queue_render_pipeline(RenderPipelineDescriptor {
            label: Some("enlarged scene".into()),
            layout: vec![layout.clone()],
            vertex: VertexState {
                shader: ENLARGE,
                ..default()
            },
            fragment: Some(FragmentState {
                shader: ENLARGE,
                targets: vec![Some(ColorTargetState {
                    format: FORMAT,
                    blend: None,
                    write_mask: ColorWrites::ALL,
                })],
                ..default()
            }),
            ..default()
        });
        let sampler = device.create_sampler(&SamplerDescriptor {
            mag_filter: FilterMode::Linear,
            min_filter: FilterMode::Linear,
            ..default()
        });
        Self {
            layout,
            pipeline,
            sampler,
        }
    }

    /// A picture of `size`.
    fn smaller(&self, size: UVec2, device: &RenderDevice, cache: &PipelineCache) -> Smaller {
        let texture = device.create_texture(&TextureDescriptor {
            label: Some("smaller scene"),
            size: Extent3d {
                width: size.x,
                height: size.y,
                depth_or_array_layers: 1,
            },
            mip_level_count: 1,
            sample_count: 1,
            dimension: TextureDimension::D2,
            format: FORMAT,
            usage: TextureUsages::RENDER_ATTACHMENT | TextureUsages::TEXTURE_BINDING,
            view_formats: &[],
        });
        let view = texture.create_view(&TextureViewDescriptor::default());
        let bind_group = device.create_bind_group(
            None,
            &cache.get_bind_group_layout(&self.layout),
            &BindGroupEntries::sequential((&view, &self.sampler)),
        );
        Smaller {
            size,
            view,
            bind_group,
        }
    }
}

/// What Bevy draws on before it goes to the window, whose own format may be another: sRGB as it is
/// ([`CompositingSpace::Srgb`](bevy::camera::CompositingSpace)). A processor that paints mixes bytes several times as fast as
/// light that it has to work out of them and back.
pub const FORMAT: TextureFormat = TextureFormat::Rgba8Unorm;

impl Painter {
    fn start(mut commands: Commands, device: Res<RenderDevice>, cache: Res<PipelineCache>) {
        let layout = BindGroupLayoutDescriptor::new(
            "scene",
            &BindGroupLayoutEntries::sequential(
                ShaderStages::VERTEX_FRAGMENT,
                (
                    uniform_buffer::<View>(false),
                    storage_buffer_read_only_sized(false, None),
                    texture_2d_array(TextureSampleType::Float { filterable: true }),
                    sampler(SamplerBindingType::Filtering),
                ),
            ),
        );
        let pipeline = |shader: Handle<Shader>, defs: &[&str]| {
            let shader_defs: Vec<_> = defs.iter().map(|&def| def.into()).collect();
            cache.queue_render_pipeline(RenderPipelineDescriptor {
                label: Some("scene".into()),
                layout: vec![layout.clone()],
                vertex: VertexState {
                    shader: shader.clone(),
                    shader_defs: shader_defs.clone(),
                    ..default()
                },
                fragment: Some(FragmentState {
                    shader,
                    shader_defs,
                    targets: vec![Some(ColorTargetState {
                        format: FORMAT,
                        blend: Some(BlendState::PREMULTIPLIED_ALPHA_BLENDING),
                        write_mask: ColorWrites::ALL,
                    })],
                    ..default()
                }),
                ..default()
            })
        };
        let lines = pipeline(LINES, &[]);
        let pipelines = [
            lines,
            pipeline(BILLBOARDS, &[]),
            lines,
            pipeline(BILLBOARDS, &["GLOW"]),
        ];
        let indices: Vec<u16> = (0..DRAW)
            .flat_map(|quad| [0, 2, 1, 1, 2, 3].map(|corner| (4 * quad + corner) as u16))
            .collect();
        commands.insert_resource(Self {
            layout,
            pipelines,
            indices: device.create_buffer_with_data(&BufferInitDescriptor {
                label: Some("quads"),
                contents: bytemuck::cast_slice(&indices),
                usage: BufferUsages::INDEX,
            }),
            enlarger: Enlarger::new(&device, &cache),
            smaller: None,
            view: UniformBuffer::default(),
            free: [URect::default(); 2],
            atlas: None,
            layers: std::array::from_fn(|_| Entries {
                buffer: RawBufferVec::new(BufferUsages::STORAGE),
                count: 0,
                bind_group: None,
            }),
        });
    }
}

/// The part of a picture of `share` times the sides that no panel covers, in its pixels; a seam wider, so that soft edges of panels have
/// something behind them.
fn free_part(covered: &Covered, view: &View, share: f32) -> URect {
    const SEAM: f32 = 2.0;
    let least = Vec2::new(covered.left, covered.top) * view.scale - SEAM;
    let most = view.size - Vec2::new(covered.right, covered.bottom) * view.scale + SEAM;
    let least = least.clamp(Vec2::ZERO, view.size);
    let most = most.clamp(least, view.size);
    URect {
        min: (least * share).floor().as_uvec2(),
        max: (most * share).ceil().as_uvec2(),
    }
}

/// Takes over what changed in the main world.
fn extract(mut main: ResMut<MainWorld>, mut painter: ResMut<Painter>) {
    let covered = *main.resource::<Covered>();
    let mut layers = main.resource_mut::<Layers>();
    let layers = layers.bypass_change_detection();
    let mut view = layers.view;
    view.share = if view.share > 0.0 { view.share } else { 1.0 };
    painter.view.set(view);
    painter.free = [view.share, 1.0].map(|share| free_part(&covered, &view, share));
    painter.atlas = layers.atlas.as_ref().map(Handle::id);
    for (to, from) in painter.layers.iter_mut().zip(&mut layers.fresh) {
        if let Some((count, bytes)) = from.take() {
            to.count = count;
            *to.buffer.values_mut() = bytes;
        }
    }
}

fn upload(
    mut painter: ResMut<Painter>,
    images: Res<RenderAssets<GpuImage>>,
    cache: Res<PipelineCache>,
    device: Res<RenderDevice>,
    queue: Res<RenderQueue>,
) {
    let Painter {
        layout,
        view,
        atlas,
        layers,
        enlarger,
        smaller,
        ..
    } = &mut *painter;
    let share = view.get().share;
    let size = (view.get().size * share).ceil().as_uvec2().max(UVec2::ONE);
    if share >= 1.0 {
        *smaller = None;
    } else if smaller.as_ref().map(|smaller| smaller.size) != Some(size) {
        *smaller = Some(enlarger.smaller(size, &device, &cache));
    }
    view.write_buffer(&device, &queue);
    let atlas = atlas.and_then(|atlas| images.get(atlas));
    for layer in layers {
        layer.buffer.write_buffer(&device, &queue);
        // They are on the card now; a million of them are not kept twice.
        *layer.buffer.values_mut() = Vec::new();
        layer.bind_group = match (view.binding(), layer.buffer.binding(), atlas) {
            (Some(view), Some(entries), Some(atlas)) => Some(device.create_bind_group(
                None,
                &cache.get_bind_group_layout(layout),
                &BindGroupEntries::sequential((view, entries, &atlas.texture_view, &atlas.sampler)),
            )),
            _ => None,
        };
    }
}

fn paint(
    view: ViewQuery<&ViewTarget>,
    painter: Res<Painter>,
    cache: Res<PipelineCache>,
    mut context: RenderContext,
) {
    let target = view.into_inner();
    // Where the pipeline that enlarges is not there yet, all pixels are painted.
    let enlarge = cache.get_render_pipeline(painter.enlarger.pipeline);
    let smaller = painter.smaller.as_ref().zip(enlarge);
    let [r, g, b, _] = painter.view.get().background.to_array().map(f64::from);
    let attachment = match smaller {
        None => target.get_color_attachment(),
        Some((smaller, _)) => RenderPassColorAttachment {
            view: &smaller.view,
            depth_slice: None,
            resolve_target: None,
            ops: Operations {
                load: LoadOp::Clear(wgpu::Color { r, g, b, a: 1.0 }),
                store: StoreOp::Store,
            },
        },
    };
    let mut pass = context.begin_tracked_render_pass(RenderPassDescriptor {
        label: Some("scene"),
        color_attachments: &[Some(attachment)],
        ..default()
    });
    let [free, free_of_whole] = painter.free;
    keep_to(&mut pass, free);
    pass.set_index_buffer(painter.indices.slice(..), IndexFormat::Uint16);
    for (layer, pipeline) in painter.layers.iter().zip(painter.pipelines) {
        let (Some(pipeline), Some(bind_group)) =
            (cache.get_render_pipeline(pipeline), &layer.bind_group)
        else {
            continue;
        };
        pass.set_render_pipeline(pipeline);
        pass.set_bind_group(0, bind_group, &[]);
        for first in (0..layer.count).step_by(DRAW as usize) {
            let quads = (layer.count - first).min(DRAW);
            pass.draw_indexed(0..6 * quads, 4 * first as i32, 0..1);
        }
    }
    drop(pass);
    if let Some((smaller, enlarge)) = smaller {
        let mut pass = context.begin_tracked_render_pass(RenderPassDescriptor {
            label: Some("enlarged scene"),
            color_attachments: &[Some(target.get_color_attachment())],
            ..default()
        });
        keep_to(&mut pass, free_of_whole);
        pass.set_render_pipeline(enlarge);
        pass.set_bind_group(0, &smaller.bind_group, &[]);
        pass.draw(0..3, 0..1);
    }
}

/// Paints in this part alone.
fn keep_to(pass: &mut TrackedRenderPass<'_>, part: URect) {
    let (min, size) = (part.min, part.size());
    pass.set_scissor_rect(min.x, min.y, size.x, size.y);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_painted_under_panels_and_all_of_the_rest_is() {
        let view = View {
            size: Vec2::new(200.0, 100.0),
            scale: 2.0,
            ..View::default()
        };
        let covered = Covered {
            left: 20.0,
            right: 10.0,
            top: 0.0,
            bottom: 15.0,
        };
        let free = free_part(&covered, &view, 1.0);
        assert_eq!(
            (free.min, free.max),
            (UVec2::new(38, 0), UVec2::new(182, 72))
        );
        let half = free_part(&covered, &view, 0.5);
        assert_eq!(
            (half.min, half.max),
            (UVec2::new(19, 0), UVec2::new(91, 36))
        );
        let all = free_part(&Covered::default(), &view, 1.0);
        assert_eq!((all.min, all.max), (UVec2::ZERO, UVec2::new(200, 100)));
        let wider = Covered {
            left: 500.0,
            ..covered
        };
        assert!(free_part(&wider, &view, 1.0).max.x <= 200);
    }

    #[test]
    fn entries_are_as_long_as_the_shaders_read_them() {
        assert_eq!((size_of::<Billboard>(), size_of::<Line>()), (32, 48));
    }

    #[test]
    fn a_layer_is_handed_over_once() {
        let mut layers = Layers::default();
        let line: Line = bytemuck::Zeroable::zeroed();
        layers.set(Layer::Lines, &[line; 3]);
        let (count, bytes) = layers.fresh[Layer::Lines as usize].take().unwrap();
        assert_eq!((count, bytes.len()), (3, 144));
        assert!(layers.fresh.iter().all(Option::is_none));
    }
}
