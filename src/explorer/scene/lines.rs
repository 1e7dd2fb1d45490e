//! Lines in the scene, of a width in pixels and with soft edges. Anybody may draw: a name owns its lines,
//! and setting them again replaces them.
//!
//! ```text
//! strokes.set("gap", Plane::Above, vec![Stroke::line(from, to, 1.5, [255, 140, 0, 255])]);
//! ```

use super::camera::SceneView;
use super::cloud::Layer;
use super::cloud::material::{paint_in_order, quads};
use bevy::asset::{RenderAssetUsages, load_internal_asset, uuid_handle};
use bevy::camera::visibility::NoFrustumCulling;
use bevy::mesh::MeshVertexBufferLayoutRef;
use bevy::pbr::{MaterialPipeline, MaterialPipelineKey};
use bevy::prelude::*;
use bevy::reflect::TypePath;
use bevy::render::render_resource::{
    AsBindGroup, RenderPipelineDescriptor, SpecializedMeshPipelineError,
};
use bevy::render::storage::ShaderBuffer;
use bevy::shader::ShaderRef;
use std::collections::BTreeMap;

const STROKES_SHADER: Handle<Shader> = uuid_handle!("c1f2f0a6-26b7-4f6e-9f4e-6a3d8b1f7e02");

/// One line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stroke {
    /// One end, in scene units.
    pub from: Vec3,
    /// The other end.
    pub to: Vec3,
    /// In logical pixels.
    pub width: f32,
    /// sRGB and opacity, at either end.
    pub colours: [[u8; 4]; 2],
}

impl Stroke {
    /// A whole line of one colour (sRGB and opacity), `width` in logical pixels.
    pub fn line(from: Vec3, to: Vec3, width: f32, colour: [u8; 4]) -> Self {
        Self {
            from,
            to,
            width,
            colours: [colour; 2],
        }
    }

    /// The same, fading to another colour at its end.
    pub fn to_colour(mut self, colour: [u8; 4]) -> Self {
        self.colours[1] = colour;
        self
    }
}

/// What the lines are painted over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Plane {
    /// Under all shoes.
    Floor,
    /// Over the crowd, under what stands out.
    Lines,
    /// Over all shoes.
    Above,
}

/// All lines, by the name of who draws them.
#[derive(Resource, Default)]
pub struct Strokes(BTreeMap<(Plane, &'static str), Vec<Stroke>>);

impl Strokes {
    /// Replaces the lines of `name` on a plane; none takes them away.
    pub fn set(&mut self, name: &'static str, plane: Plane, strokes: Vec<Stroke>) {
        if strokes.is_empty() {
            self.0.remove(&(plane, name));
        } else {
            self.0.insert((plane, name), strokes);
        }
    }

    fn on(&self, plane: Plane) -> impl Iterator<Item = &Stroke> {
        self.0
            .iter()
            .filter(move |((p, _), _)| *p == plane)
            .flat_map(|(_, strokes)| strokes)
    }
}

/// Lines on one plane at most; further ones are left out.
const MOST: usize = 4096;

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Entry {
    from: [f32; 3],
    width: f32,
    to: [f32; 3],
    /// Four numbers each, as the shader reads them.
    unused: f32,
    colours: [u32; 4],
}

#[derive(Asset, TypePath, AsBindGroup, Debug, Clone)]
struct StrokeMaterial {
    #[storage(0, read_only)]
    strokes: Handle<ShaderBuffer>,
}

impl Material for StrokeMaterial {
    fn vertex_shader() -> ShaderRef {
        STROKES_SHADER.into()
    }

    fn fragment_shader() -> ShaderRef {
        STROKES_SHADER.into()
    }

    fn alpha_mode(&self) -> AlphaMode {
        AlphaMode::Premultiplied
    }

    fn enable_prepass() -> bool {
        false
    }

    fn enable_shadows() -> bool {
        false
    }

    fn specialize(
        _: &MaterialPipeline,
        descriptor: &mut RenderPipelineDescriptor,
        _: &MeshVertexBufferLayoutRef,
        _: MaterialPipelineKey<Self>,
    ) -> Result<(), SpecializedMeshPipelineError> {
        paint_in_order(descriptor);
        Ok(())
    }
}

#[derive(Component)]
struct Sheet {
    plane: Plane,
    buffer: Handle<ShaderBuffer>,
}

pub(super) fn plugin(app: &mut App) {
    load_internal_asset!(
        app,
        STROKES_SHADER,
        "../../../assets/shaders/strokes.wgsl",
        Shader::from_wgsl
    );
    app.init_resource::<Strokes>()
        .add_plugins(MaterialPlugin::<StrokeMaterial>::default())
        .add_systems(Startup, spawn)
        .add_systems(PostUpdate, upload);
}

fn spawn(
    mut commands: Commands,
    mut meshes: ResMut<Assets<Mesh>>,
    mut buffers: ResMut<Assets<ShaderBuffer>>,
    mut materials: ResMut<Assets<StrokeMaterial>>,
) {
    let mesh = meshes.add(quads(MOST));
    for (plane, layer) in [
        (Plane::Floor, Layer::FLOOR),
        (Plane::Lines, Layer::LINES),
        (Plane::Above, Layer::ABOVE),
    ] {
        let buffer = buffers.add(ShaderBuffer::with_size(
            MOST * size_of::<Entry>(),
            RenderAssetUsages::RENDER_WORLD,
        ));
        commands.spawn((
            layer,
            NoFrustumCulling,
            Visibility::Hidden,
            Mesh3d(mesh.clone()),
            MeshMaterial3d(materials.add(StrokeMaterial {
                strokes: buffer.clone(),
            })),
            Sheet { plane, buffer },
        ));
    }
}

fn upload(
    strokes: Res<Strokes>,
    view: Res<SceneView>,
    mut scale: Local<f32>,
    mut buffers: ResMut<Assets<ShaderBuffer>>,
    mut sheets: Query<(&Sheet, &mut Visibility)>,
) {
    if !strokes.is_changed() && *scale == view.scale_factor {
        return;
    }
    *scale = view.scale_factor;
    for (sheet, mut visibility) in &mut sheets {
        let entries: Vec<Entry> = (strokes.on(sheet.plane).take(MOST))
            .map(|stroke| Entry {
                from: stroke.from.to_array(),
                width: stroke.width * *scale,
                to: stroke.to.to_array(),
                unused: 0.0,
                colours: [
                    u32::from_le_bytes(stroke.colours[0]),
                    u32::from_le_bytes(stroke.colours[1]),
                    0,
                    0,
                ],
            })
            .collect();
        visibility.set_if_neq(if entries.is_empty() {
            Visibility::Hidden
        } else {
            Visibility::Inherited
        });
        if let Some(mut buffer) = buffers.get_mut(&sheet.buffer) {
            let mut bytes: Vec<u8> = bytemuck::cast_slice(&entries).to_vec();
            bytes.resize(MOST * size_of::<Entry>(), 0);
            buffer.data = Some(bytes);
        }
    }
}
