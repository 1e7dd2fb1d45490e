//! All is mixed in sRGB: what others' shaders are replaced by for it.

use crate::explorer::scene::painter;
use bevy::asset::io::embedded::EmbeddedAssetRegistry;
use bevy::prelude::*;
use bevy::render::render_resource::{PipelineCache, SpecializedRenderPipelines};
use bevy::render::{Render, RenderApp, RenderSystems};
use bevy_egui::render::systems::{EguiPipelines, queue_pipelines_system};
use bevy_egui::render::{EGUI_SHADER_HANDLE, EguiPipeline, EguiPipelineKey};
use std::path::{Path, PathBuf};

/// Lets bevy_egui draw on what is sRGB as it is, and what was drawn reach the window at little cost.
pub(super) fn mix_in_srgb(app: &mut App) {
    let mut shaders = app.world_mut().resource_mut::<Assets<Shader>>();
    let ours = Shader::from_wgsl(include_str!("../ui/panels.wgsl"), "ui/panels.wgsl");
    if let Err(error) = shaders.insert(EGUI_SHADER_HANDLE.id(), ours) {
        error!("panels have wrong colours: {error}");
    }
    let files = app.world().resource::<EmbeddedAssetRegistry>();
    // It is read when the renderer starts.
    files.insert_asset(
        PathBuf::new(),
        Path::new("bevy_core_pipeline/blit/blit.wgsl"),
        include_bytes!("to_screen.wgsl").as_slice(),
    );
    if let Some(render) = app.get_sub_app_mut(RenderApp) {
        let ours = fit_panels
            .after(queue_pipelines_system)
            .in_set(RenderSystems::Queue);
        render.add_systems(Render, ours);
    }
}

/// bevy_egui knows of no format but that which stores light.
fn fit_panels(
    mut pipelines: ResMut<EguiPipelines>,
    mut specialized: ResMut<SpecializedRenderPipelines<EguiPipeline>>,
    pipeline: Res<EguiPipeline>,
    cache: Res<PipelineCache>,
) {
    let key = EguiPipelineKey {
        target_format: painter::FORMAT,
    };
    for id in pipelines.0.values_mut() {
        *id = specialized.specialize(&cache, &pipeline, key);
    }
}
