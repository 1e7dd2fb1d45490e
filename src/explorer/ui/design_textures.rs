//! Pictures of designs as egui textures.

use super::thumbnails::{Thumb, fine, to_egui};
use bevy::prelude::Resource;
use bevy_egui::egui;
use image::RgbImage;
use std::collections::HashMap;

/// Pictures of designs as egui textures, by what they are.
#[derive(Resource, Default)]
pub struct Textures(HashMap<String, Shown>);

/// A picture that changes. A texture reaches the graphics card a frame after it is made, and would be blank
/// until then: so the one before stays until the next frame.
struct Shown {
    version: u64,
    now: egui::TextureHandle,
    next: Option<(u64, egui::TextureHandle)>,
}

impl Textures {
    /// The texture called `name`; made anew when `version` changes.
    pub fn get(
        &mut self,
        ctx: &egui::Context,
        name: &str,
        version: u64,
        picture: impl FnOnce() -> Option<RgbImage>,
    ) -> Option<(egui::TextureId, egui::Vec2)> {
        let frame = ctx.cumulative_pass_nr();
        if let Some(shown) = self.0.get_mut(name)
            && let Some((_, texture)) = shown.next.take_if(|(made, _)| *made < frame)
        {
            shown.now = texture;
        }
        let known = self.0.get(name).map(|shown| shown.version);
        if known != Some(version) {
            let image = to_egui(fine(picture()?));
            let texture = ctx.load_texture(name, image, egui::TextureOptions::LINEAR);
            match self.0.get_mut(name) {
                Some(shown) => {
                    shown.version = version;
                    shown.next = Some((frame, texture));
                }
                None => {
                    let shown = Shown {
                        version,
                        now: texture,
                        next: None,
                    };
                    self.0.insert(name.to_owned(), shown);
                }
            }
        }
        let shown = self.0.get(name)?;
        Some((shown.now.id(), shown.now.size_vec2()))
    }

    /// As [`get`](Self::get), of a picture that is there, to be shown on a card.
    pub fn thumb(
        &mut self,
        ctx: &egui::Context,
        name: &str,
        version: u64,
        picture: &RgbImage,
    ) -> Thumb {
        let texture = self.get(ctx, name, version, || Some(picture.clone()));
        texture.map_or(Thumb::Coming, |(id, size)| Thumb::Ready(id, size))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is shown in a frame of its own, and which textures there are afterwards.
    fn frame(
        ctx: &egui::Context,
        textures: &mut Textures,
        version: u64,
    ) -> (egui::TextureId, bool) {
        let mut shown = None;
        let output = ctx.run_ui(egui::RawInput::default(), |ui| {
            let made = || Some(RgbImage::new(8, 8));
            shown = textures.get(ui.ctx(), "design", version, made);
        });
        let id = shown.unwrap().0;
        (id, output.textures_delta.set.contains_key(&id))
    }

    #[test]
    fn a_design_is_shown_when_its_texture_is_there_and_the_one_before_until_then() {
        let (ctx, mut textures) = (egui::Context::default(), Textures::default());
        let (first, _) = frame(&ctx, &mut textures, 1);
        // Five frames of a drag, each with another design: none shows what is only being uploaded.
        let mut last = first;
        for version in 2..7 {
            let (now, fresh) = frame(&ctx, &mut textures, version);
            assert!(!fresh, "version {version} is blank");
            assert_eq!(now == last, version == 2, "one frame behind, no more");
            last = now;
        }
        let (now, fresh) = frame(&ctx, &mut textures, 6);
        assert!(now != last && !fresh, "at rest it is the newest");
        assert_eq!(frame(&ctx, &mut textures, 6).0, now);
    }
}
