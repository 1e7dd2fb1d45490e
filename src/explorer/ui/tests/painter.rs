//! Paints what egui draws on the processor: the same picture on every machine, without a graphics driver.

use bevy_egui::egui;
use egui::epaint::{ClippedPrimitive, Mesh, Primitive, Vertex};
use egui::{Color32, ColorImage, ImageData, Pos2, Rect, TextureId, TexturesDelta};
use egui_kittest::TestRenderer;
use std::collections::HashMap;

/// The textures that egui has handed over.
#[derive(Default)]
pub struct Painter(HashMap<TextureId, ColorImage>);

impl TestRenderer for Painter {
    fn handle_delta(&mut self, delta: &mut TexturesDelta) {
        for (id, patches) in &delta.set {
            for patch in patches {
                let ImageData::Color(new) = &patch.image;
                match (patch.pos, self.0.get_mut(id)) {
                    (Some([x, y]), Some(old)) => {
                        for row in 0..new.height() {
                            let from = &new.pixels[row * new.width()..][..new.width()];
                            let at = (y + row) * old.width() + x;
                            old.pixels[at..][..new.width()].copy_from_slice(from);
                        }
                    }
                    _ => drop(self.0.insert(*id, ColorImage::clone(new))),
                }
            }
        }
        for id in &delta.free {
            self.0.remove(id);
        }
    }

    fn render(
        &mut self,
        ctx: &egui::Context,
        output: &egui::FullOutput,
    ) -> Result<image::RgbaImage, String> {
        let scale = output.pixels_per_point;
        let size = (ctx.viewport_rect().size() * scale).round();
        let mut canvas = Canvas {
            width: size.x as usize,
            height: size.y as usize,
            pixels: vec![Color32::BLACK; size.x as usize * size.y as usize],
        };
        for primitive in ctx.tessellate(output.shapes.clone(), scale) {
            let ClippedPrimitive {
                clip_rect,
                primitive: Primitive::Mesh(mesh),
            } = primitive
            else {
                return Err("only meshes are painted".to_owned());
            };
            let texture = (self.0.get(&mesh.texture_id))
                .ok_or_else(|| format!("there is no texture {:?}", mesh.texture_id))?;
            canvas.mesh(&mesh, texture, clip_rect * scale, scale);
        }
        let bytes = canvas.pixels.iter().flat_map(|c| c.to_array()).collect();
        image::RgbaImage::from_raw(canvas.width as u32, canvas.height as u32, bytes)
            .ok_or_else(|| "the picture has no size".to_owned())
    }
}

struct Canvas {
    width: usize,
    height: usize,
    pixels: Vec<Color32>,
}

impl Canvas {
    fn mesh(&mut self, mesh: &Mesh, texture: &ColorImage, clip: Rect, scale: f32) {
        for corners in mesh.indices.chunks_exact(3) {
            let corners = [0, 1, 2].map(|i| {
                let vertex = mesh.vertices[corners[i] as usize];
                Vertex {
                    pos: vertex.pos * scale,
                    ..vertex
                }
            });
            self.triangle(&corners, texture, clip);
        }
    }

    /// Every pixel whose middle lies in the triangle; one on an edge that two share belongs to one of them.
    fn triangle(&mut self, corners: &[Vertex; 3], texture: &ColorImage, clip: Rect) {
        let [mut a, mut b, c] = *corners;
        let area = cross(a.pos, b.pos, c.pos);
        if area == 0.0 || !area.is_finite() {
            return;
        }
        if area < 0.0 {
            std::mem::swap(&mut a, &mut b);
        }
        let around = Rect::from_points(&[a.pos, b.pos, c.pos]).intersect(clip);
        let range = |low: f32, high: f32, most: usize| {
            let low = (low - 0.5).ceil().max(0.0) as usize;
            low..((high + 0.5).floor().max(0.0) as usize).min(most)
        };
        for y in range(around.top(), around.bottom(), self.height) {
            for x in range(around.left(), around.right(), self.width) {
                let at = Pos2::new(x as f32 + 0.5, y as f32 + 0.5);
                if !clip.contains(at) {
                    continue;
                }
                let edges = [(b, c), (c, a), (a, b)]
                    .map(|(from, to)| (cross(from.pos, to.pos, at), owns(from.pos, to.pos)));
                if edges
                    .iter()
                    .all(|&(w, owned)| w > 0.0 || (w == 0.0 && owned))
                {
                    let [u, v, w] = edges.map(|(w, _)| w / area.abs());
                    let mix = |f: fn(&Vertex) -> f32| u * f(&a) + v * f(&b) + w * f(&c);
                    let texel = sample(texture, mix(|v| v.uv.x), mix(|v| v.uv.y));
                    let tint = [
                        mix(|v| f32::from(v.color.r())),
                        mix(|v| f32::from(v.color.g())),
                        mix(|v| f32::from(v.color.b())),
                        mix(|v| f32::from(v.color.a())),
                    ];
                    let pixel = &mut self.pixels[y * self.width + x];
                    *pixel = over(*pixel, texel, tint);
                }
            }
        }
    }
}

fn cross(a: Pos2, b: Pos2, c: Pos2) -> f32 {
    (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x)
}

/// Whether a pixel exactly on this edge belongs to the triangle on its inner side.
fn owns(from: Pos2, to: Pos2) -> bool {
    from.y > to.y || (from.y == to.y && from.x < to.x)
}

/// Between the four nearest texels; premultiplied, 0 to 255.
fn sample(texture: &ColorImage, u: f32, v: f32) -> [f32; 4] {
    let [width, height] = texture.size;
    let (x, y) = (u * width as f32 - 0.5, v * height as f32 - 0.5);
    let at = |x: f32, y: f32| {
        let x = x.clamp(0.0, width as f32 - 1.0) as usize;
        let y = y.clamp(0.0, height as f32 - 1.0) as usize;
        texture.pixels[y * width + x].to_array().map(f32::from)
    };
    let (left, top) = (x.floor(), y.floor());
    let (right, down) = (x - left, y - top);
    let corners = [
        (at(left, top), (1.0 - right) * (1.0 - down)),
        (at(left + 1.0, top), right * (1.0 - down)),
        (at(left, top + 1.0), (1.0 - right) * down),
        (at(left + 1.0, top + 1.0), right * down),
    ];
    std::array::from_fn(|i| corners.iter().map(|(texel, share)| texel[i] * share).sum())
}

/// A texel with its tint over what is there; all premultiplied, in the space that egui blends in.
fn over(below: Color32, texel: [f32; 4], tint: [f32; 4]) -> Color32 {
    let source: [f32; 4] = std::array::from_fn(|i| texel[i] * tint[i] / 255.0);
    let rest = 1.0 - source[3] / 255.0;
    let below = below.to_array();
    let mix = |i: usize| {
        (source[i] + f32::from(below[i]) * rest)
            .round()
            .clamp(0.0, 255.0) as u8
    };
    Color32::from_rgba_premultiplied(mix(0), mix(1), mix(2), 255)
}
