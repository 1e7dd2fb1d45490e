//! Letters and pictures that are new in a frame are shown in that frame.
//!
//! bevy_egui 0.42 puts egui's new textures among Bevy's images without saying whether before or after Bevy tells the
//! renderer which images are new. After it, they reach the graphics card in the next frame, and this one shows them
//! blank.

use bevy::asset::AssetEventSystems;
use bevy::prelude::*;
use bevy_egui::EguiPostUpdateSet;

pub(super) fn plugin(app: &mut App) {
    app.configure_sets(
        PostUpdate,
        EguiPostUpdateSet::PostProcessOutput.before(AssetEventSystems),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Resource, Default)]
    struct Told(usize);

    #[test]
    fn an_image_that_egui_makes_is_told_of_in_the_same_frame() {
        let mut app = App::new();
        app.add_plugins((MinimalPlugins, AssetPlugin::default()))
            .init_asset::<Image>()
            .init_resource::<Told>()
            .add_plugins(plugin)
            .add_systems(
                PostUpdate,
                // In the place of bevy_egui's own system, which needs a context.
                (|mut images: ResMut<Assets<Image>>, mut kept: Local<Vec<Handle<Image>>>| {
                    kept.push(images.add(Image::default()));
                })
                .in_set(EguiPostUpdateSet::PostProcessOutput),
            )
            .add_systems(
                Last,
                |mut events: MessageReader<AssetEvent<Image>>, mut told: ResMut<Told>| {
                    let added =
                        |event: &&AssetEvent<Image>| matches!(event, AssetEvent::Added { .. });
                    told.0 += events.read().filter(added).count();
                },
            );
        for frame in 1..=3 {
            app.update();
            assert_eq!(app.world().resource::<Told>().0, frame);
        }
    }
}
