//! The billboards' mesh and material: an ordinary Bevy [`Material`] over one buffer of entries and one
//! array texture.
//!
//! Entries are painted in the order of the buffer, far to near, and blended; nothing writes depth. So
//! soft edges and shadows are right without multisampling, and a shoe that should be in front of the
//! others is simply painted later.

use bevy::asset::{RenderAssetUsages, uuid_handle};
use bevy::mesh::{Indices, MeshVertexBufferLayoutRef, PrimitiveTopology};
use bevy::pbr::{MaterialPipeline, MaterialPipelineKey};
use bevy::prelude::*;
use bevy::reflect::TypePath;
use bevy::render::render_resource::{
    AsBindGroup, CompareFunction, RenderPipelineDescriptor, ShaderType,
    SpecializedMeshPipelineError,
};
use bevy::render::storage::ShaderBuffer;
use bevy::shader::ShaderRef;

/// The cloud's shader, compiled into the binary.
pub const CLOUD_SHADER: Handle<Shader> = uuid_handle!("8d3ad1c2-6f0e-4f4e-9d59-5b9e0a6a2c01");

/// Billboards in one draw.
pub const CHUNK: usize = 4096;

/// One billboard, as the shader reads it.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Entry {
    /// Centre, in scene units.
    pub centre: [f32; 3],
    /// Side, in scene units.
    pub side: f32,
    /// Cell of the atlas: bit 31 a sharp one, bits 16 to 30 the page, bits 0 to 15 the cell.
    pub cell: u32,
    /// Tint, RGBA with the strength as A.
    pub tint: u32,
    /// Rim of light, RGBA with the strength as A.
    pub glow: u32,
    /// Fade into the background, opacity, and the picture's [reach](super::bake::Cover::reach): a byte each,
    /// lowest first.
    pub look: u32,
}

/// What is the same for all billboards.
#[derive(ShaderType, Debug, Clone, Copy, Default, PartialEq)]
pub struct CloudUniform {
    /// Linear colour behind the scene.
    pub background: Vec4,
    /// Pixels of a cell and cells a row: of the small ones, then of the sharp ones.
    pub cells: Vec4,
}

/// The material of a layer of billboards.
#[derive(Asset, TypePath, AsBindGroup, Debug, Clone)]
#[bind_group_data(CloudKey)]
pub struct CloudMaterial {
    /// The entries, see [`Entry`].
    #[storage(0, read_only)]
    pub entries: Handle<ShaderBuffer>,
    /// The pictures, see [`Atlas`](super::atlas::Atlas).
    #[texture(1, dimension = "2d_array")]
    #[sampler(2)]
    pub atlas: Handle<Image>,
    /// See [`CloudUniform`].
    #[uniform(3)]
    pub uniform: CloudUniform,
    /// Whether entries may glow. Looking for the rim costs one more look at the picture a pixel, on software
    /// renderers even where nothing glows, so the crowd goes without.
    pub glows: bool,
}

/// What the pipelines of two materials differ in.
#[repr(C)]
#[derive(Clone, Copy, Hash, PartialEq, Eq)]
pub struct CloudKey {
    glows: bool,
}

impl From<&CloudMaterial> for CloudKey {
    fn from(material: &CloudMaterial) -> Self {
        Self {
            glows: material.glows,
        }
    }
}

impl Material for CloudMaterial {
    fn vertex_shader() -> ShaderRef {
        CLOUD_SHADER.into()
    }

    fn fragment_shader() -> ShaderRef {
        CLOUD_SHADER.into()
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
        key: MaterialPipelineKey<Self>,
    ) -> Result<(), SpecializedMeshPipelineError> {
        paint_in_order(descriptor);
        if key.bind_group_data.glows {
            descriptor.vertex.shader_defs.push("GLOW".into());
            if let Some(fragment) = &mut descriptor.fragment {
                fragment.shader_defs.push("GLOW".into());
            }
        }
        Ok(())
    }
}

/// What everything in the scene is drawn with: seen from both sides, painted over what came before, whatever
/// its depth.
pub fn paint_in_order(descriptor: &mut RenderPipelineDescriptor) {
    descriptor.primitive.cull_mode = None;
    if let Some(depth) = &mut descriptor.depth_stencil {
        depth.depth_write_enabled = Some(false);
        depth.depth_compare = Some(CompareFunction::Always);
    }
}

/// A mesh of `quads` squares; where they stand, the shader finds in the entries.
pub fn quads(quads: usize) -> Mesh {
    let indices = (0..quads as u32)
        .flat_map(|quad| [0, 2, 1, 1, 2, 3].map(|corner| 4 * quad + corner))
        .collect();
    Mesh::new(
        PrimitiveTopology::TriangleList,
        RenderAssetUsages::RENDER_WORLD,
    )
    .with_inserted_attribute(Mesh::ATTRIBUTE_POSITION, vec![[0.0f32; 3]; 4 * quads])
    .with_inserted_indices(Indices::U32(indices))
}
