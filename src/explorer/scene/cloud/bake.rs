//! From a photo to a billboard: the cut-out shoe in a square, a soft shadow around it, mips.
//!
//! Levels are made in linear light on premultiplied colour, so that far billboards neither darken nor shimmer; what
//! is painted is mixed in sRGB.

use crate::imaging::cut_loss::{eats_shoe, told_apart};
use crate::imaging::cut_out::{cut_out, whole};
use crate::imaging::grid::smoothstep;
use crate::imaging::srgb::from_light_fast;
use bevy::math::Vec2;
use fast_image_resize as fir;
use image::RgbImage;

/// How the background of the scene wants its billboards.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Halo {
    /// Linear colour of the soft rim around each shoe.
    pub colour: [f32; 3],
    /// How opaque it is next to the shoe, 0 to 1.
    pub strength: f32,
}

/// A billboard's picture with every mip level down to one pixel.
///
/// Colours are sRGB, times alpha.
#[derive(Debug, Clone, PartialEq)]
pub struct Baked {
    /// Side of the largest level, a power of two.
    pub side: u32,
    /// RGBA rows of each level, largest first.
    pub levels: Vec<Vec<u8>>,
    /// Where the shoe is.
    pub cover: Cover,
}

/// Where a shoe is in its square; grids are 8×8, row by row from the top left, lowest bit first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cover {
    /// Where there is some of it: what can be pointed at.
    pub solid: u64,
    /// Where nothing shines through.
    pub opaque: u64,
    /// How far it and its halo reach from the middle to the sides, and up and down, in 255ths of half the
    /// square. Nothing has to be painted beyond, which for most shoes is half of the square.
    pub reach: [u8; 2],
}

impl Cover {
    /// Of a shoe whose picture is not there yet: it can be pointed at everywhere and hides nothing.
    pub const UNKNOWN: Self = Self {
        solid: u64::MAX,
        opaque: 0,
        reach: [u8::MAX; 2],
    };

    /// How far it reaches from its middle, across and down, where half its square is `half` pixels.
    pub fn reach_in(&self, half: f32) -> Vec2 {
        Vec2::from(self.reach.map(|r| f32::from(r) / 255.0)) * half
    }

    /// Whether it fills a whole rectangle, as a photo that could not be cut out does and no shoe.
    pub fn is_card(&self) -> bool {
        let rows: Vec<u64> = (0..8)
            .map(|y| self.solid >> (8 * y) & 0xff)
            .filter(|&row| row != 0)
            .collect();
        let across = rows.iter().fold(0, |all, row| all | row);
        self.opaque != 0
            && rows.len() > 2
            && across.count_ones() > 2
            && rows.iter().all(|&row| row == across)
    }
}

/// Alpha up to which a halo's tail is not missed.
const FAINT: f32 = 0.008;

/// Cuts a picture out and fits it into a square of `side` pixels (a power of two, at least 8). Where cutting would eat
/// the shoe, as a white one on white, the picture stays a card with a faint edge.
pub fn bake(picture: &RgbImage, side: u32, halo: Halo) -> Baked {
    let is_card = eats_shoe(picture);
    // Enlarged before it is cut out, so that the contour is smooth and not a staircase of pixels.
    let enlarged = enlarge(picture, side);
    let picture = enlarged.as_ref().unwrap_or(picture);
    let (width, height) = picture.dimensions();
    let cut = match is_card {
        true => card(picture, side),
        false => cut_out(picture),
    };
    let area = bounds(&cut, width, height);
    let mut pixels = fit(&cut, width, height, area, side);
    add_halo(&mut pixels, side, halo);
    with_levels(pixels, side)
}

/// How much light the edge of a card keeps: white cards are told from a white ground.
const EDGE: f32 = 0.62;

/// What can be told from the background, and a little around it, as it is, with a darker line around that which is about
/// a pixel wide in a square of `side`. The rest is transparent.
fn card(picture: &RgbImage, side: u32) -> Vec<[f32; 4]> {
    let (width, height) = picture.dimensions();
    let [left, top, wide, high] = seen_area(picture);
    let line = (wide.max(high) / side).max(1);
    let mut pixels = whole(picture);
    for (at, pixel) in pixels.iter_mut().enumerate() {
        let (x, y) = (at as u32 % width, at as u32 / width);
        let inside = (left..left + wide).contains(&x) && (top..top + high).contains(&y);
        if !inside {
            *pixel = [0.0; 4];
            continue;
        }
        let (x, y) = (x - left, y - top);
        let from_edge = x.min(y).min(wide - 1 - x).min(high - 1 - y);
        // Of a picture of a few pixels nothing else would be left.
        if from_edge < line && 8 * line < wide.min(high) {
            for channel in &mut pixel[..3] {
                *channel *= EDGE;
            }
        }
    }
    debug_assert_eq!(pixels.len(), (width * height) as usize);
    pixels
}

/// How much is left around what is seen on a card, as a share of its longer side.
const AROUND: f32 = 0.06;

/// Left, top, width and height of what differs from the background at all, with some room; the whole of a blank picture.
fn seen_area(picture: &RgbImage) -> [u32; 4] {
    let (width, height) = picture.dimensions();
    let Some([left, top, wide, high]) = told_apart(picture) else {
        return [0, 0, width, height];
    };
    let room = (AROUND * wide.max(high) as f32).ceil() as u32;
    let (x, y) = (left.saturating_sub(room), top.saturating_sub(room));
    let right = (left + wide + room).min(width);
    let bottom = (top + high + room).min(height);
    [x, y, right - x, bottom - y]
}

/// What stands for a shoe while its picture is on the way: a soft dot of one linear colour.
pub fn dot(side: u32, colour: [f32; 3]) -> Baked {
    let away = |at: u32| (at as f32 + 0.5) / side as f32 - 0.5;
    let pixels = (0..side * side)
        .map(|at| {
            let distance = away(at % side).hypot(away(at / side));
            let alpha = 0.5 * (1.0 - smoothstep(0.1, 0.3, distance));
            let [r, g, b] = colour.map(|c| c * alpha);
            [r, g, b, alpha]
        })
        .collect();
    with_levels(pixels, side)
}

fn with_levels(mut pixels: Vec<[f32; 4]>, side: u32) -> Baked {
    let cover = cover(&pixels, side);
    let mut levels = Vec::new();
    let mut edge = side as usize;
    loop {
        levels.push(encode(&pixels));
        if edge == 1 {
            break;
        }
        pixels = halve(&pixels, edge);
        edge /= 2;
    }
    Baked {
        side,
        levels,
        cover,
    }
}

/// A picture smaller than its cell, at about the size it will have there. `None` where it is large enough.
fn enlarge(picture: &RgbImage, side: u32) -> Option<RgbImage> {
    let (width, height) = picture.dimensions();
    let times = f64::from(side) / f64::from(width.max(height));
    if times < 1.5 {
        return None;
    }
    let larger = |length: u32| ((f64::from(length) * times) as u32).max(1);
    let mut out = RgbImage::new(larger(width), larger(height));
    let options = fir::ResizeOptions::new()
        .resize_alg(fir::ResizeAlg::Convolution(fir::FilterType::CatmullRom));
    let (wide, high) = out.dimensions();
    let kind = fir::PixelType::U8x3;
    let source = fir::images::ImageRef::new(width, height, picture.as_raw(), kind).ok()?;
    let mut target = fir::images::Image::from_slice_u8(wide, high, &mut out, kind).ok()?;
    fir::Resizer::new()
        .resize(&source, &mut target, Some(&options))
        .ok()?;
    Some(out)
}

/// Left, top, width and height of what is not transparent; the whole where nothing is left.
fn bounds(pixels: &[[f32; 4]], width: u32, height: u32) -> [u32; 4] {
    let (mut left, mut top, mut right, mut bottom) = (width, height, 0, 0);
    for (at, pixel) in pixels.iter().enumerate() {
        if pixel[3] > 0.15 {
            let (x, y) = (at as u32 % width, at as u32 / width);
            left = left.min(x);
            top = top.min(y);
            right = right.max(x + 1);
            bottom = bottom.max(y + 1);
        }
    }
    if left >= right {
        return [0, 0, width, height];
    }
    [left, top, right - left, bottom - top]
}

/// Scales the area into the middle of a transparent square, with a margin for the halo.
fn fit(pixels: &[[f32; 4]], width: u32, height: u32, area: [u32; 4], side: u32) -> Vec<[f32; 4]> {
    let [left, top, wide, high] = area;
    let inner = side - 2 * margin(side);
    let longest = wide.max(high);
    let fitted = |length: u32| (length * inner).div_ceil(longest).clamp(1, inner);
    let (to_wide, to_high) = (fitted(wide), fitted(high));
    let mut out = vec![[0.0; 4]; (side * side) as usize];
    let mut scaled = vec![[0.0f32; 4]; (to_wide * to_high) as usize];
    let options = fir::ResizeOptions::new()
        .resize_alg(fir::ResizeAlg::Convolution(fir::FilterType::CatmullRom))
        .use_alpha(false)
        .crop(left.into(), top.into(), wide.into(), high.into());
    let source = fir::images::ImageRef::new(
        width,
        height,
        bytemuck::cast_slice(pixels),
        fir::PixelType::F32x4,
    );
    let target = fir::images::Image::from_slice_u8(
        to_wide,
        to_high,
        bytemuck::cast_slice_mut(&mut scaled),
        fir::PixelType::F32x4,
    );
    // Neither can fail: the buffers have the sizes given. A blank billboard is the worst outcome.
    if let (Ok(source), Ok(mut target)) = (source, target)
        && let Err(error) = fir::Resizer::new().resize(&source, &mut target, Some(&options))
    {
        bevy::log::warn!("a picture could not be scaled: {error}");
    }
    let (x0, y0) = ((side - to_wide) / 2, (side - to_high) / 2);
    for (y, row) in scaled.chunks_exact(to_wide as usize).enumerate() {
        let start = ((y0 as usize + y) * side as usize) + x0 as usize;
        for (to, from) in out[start..start + row.len()].iter_mut().zip(row) {
            // The cubic overshoots at hard edges.
            let a = from[3].clamp(0.0, 1.0);
            *to = [
                from[0].clamp(0.0, a),
                from[1].clamp(0.0, a),
                from[2].clamp(0.0, a),
                a,
            ];
        }
    }
    out
}

/// Room left around the shoe, in pixels of a square of `side`.
fn margin(side: u32) -> u32 {
    (side / 16).max(1)
}

/// Puts a blurred silhouette under the shoe.
fn add_halo(pixels: &mut [[f32; 4]], side: u32, halo: Halo) {
    if halo.strength <= 0.0 {
        return;
    }
    let side = side as usize;
    let radius = margin(side as u32) as usize;
    let mut soft: Vec<f32> = pixels.iter().map(|p| p[3]).collect();
    for _ in 0..2 {
        blur(&mut soft, side, radius);
    }
    // It ends before the square does, whose edges would be seen.
    let from_edge = |at: usize| at.min(side - 1 - at) as f32 / radius as f32;
    let fade = |at: usize| smoothstep(0.0, 1.0, from_edge(at % side).min(from_edge(at / side)));
    for (at, (pixel, soft)) in pixels.iter_mut().zip(soft).enumerate() {
        let under = (soft * 1.6).min(1.0) * halo.strength * (1.0 - pixel[3]) * fade(at);
        for (channel, colour) in pixel.iter_mut().zip(halo.colour) {
            *channel += colour * under;
        }
        pixel[3] += under;
    }
}

/// A box blur, rows then columns.
fn blur(values: &mut [f32], side: usize, radius: usize) {
    let scale = 1.0 / (2 * radius + 1) as f32;
    let mut line = vec![0.0; side];
    for (stride, across) in [(1, side), (side, 1)] {
        for lane in 0..side {
            let at = |i: usize| lane * across + i * stride;
            let mut sum: f32 = (0..radius.min(side)).map(|i| values[at(i)]).sum();
            for (i, out) in line.iter_mut().enumerate() {
                if i + radius < side {
                    sum += values[at(i + radius)];
                }
                if i > radius {
                    sum -= values[at(i - radius - 1)];
                }
                *out = sum * scale;
            }
            for (i, value) in line.iter().enumerate() {
                values[at(i)] = value.max(0.0);
            }
        }
    }
}

fn cover(pixels: &[[f32; 4]], side: u32) -> Cover {
    let side = side as usize;
    let step = side / 8;
    let (mut solid, mut opaque) = (0, 0);
    for cell in 0..64 {
        let (x0, y0) = ((cell % 8) * step, (cell / 8) * step);
        let sum: f32 = (0..step * step)
            .map(|i| pixels[(y0 + i / step) * side + x0 + i % step][3])
            .sum();
        let mean = sum / (step * step) as f32;
        solid |= u64::from(mean > 0.4) << cell;
        opaque |= u64::from(mean > 0.95) << cell;
    }
    Cover {
        solid,
        opaque,
        reach: reach(pixels, side),
    }
}

/// See [`Cover::reach`]; with one pixel more, which filtering spreads into.
fn reach(pixels: &[[f32; 4]], side: usize) -> [u8; 2] {
    let from_middle = |at: usize| (2 * at + 1).abs_diff(side);
    let (mut wide, mut high) = (0, 0);
    for (at, pixel) in pixels.iter().enumerate() {
        if pixel[3] > FAINT {
            wide = wide.max(from_middle(at % side));
            high = high.max(from_middle(at / side));
        }
    }
    [wide, high].map(|far| ((far + 3).min(side) * 255).div_ceil(side) as u8)
}

fn halve(pixels: &[[f32; 4]], side: usize) -> Vec<[f32; 4]> {
    let half = side / 2;
    (0..half * half)
        .map(|at| {
            let first = (at / half) * 2 * side + (at % half) * 2;
            let quad = [first, first + 1, first + side, first + side + 1];
            std::array::from_fn(|c| quad.iter().map(|&i| pixels[i][c]).sum::<f32>() * 0.25)
        })
        .collect()
}

fn encode(pixels: &[[f32; 4]]) -> Vec<u8> {
    let byte = |v: f32| (v.clamp(0.0, 1.0) * 255.0 + 0.5) as u8;
    let mut out = Vec::with_capacity(pixels.len() * 4);
    for &[r, g, b, a] in pixels {
        let [r, g, b] = [r, g, b].map(|c| byte(from_light_fast(c / a.max(1e-6)) * a));
        out.extend([r, g, b, byte(a)]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    const NONE: Halo = Halo {
        colour: [0.0; 3],
        strength: 0.0,
    };

    fn shoe_on(background: [u8; 3]) -> RgbImage {
        RgbImage::from_fn(28, 28, |x, y| {
            if (4..24).contains(&x) && (10..20).contains(&y) {
                Rgb([120, 30, 20])
            } else {
                Rgb(background)
            }
        })
    }

    #[test]
    fn white_goes_and_the_shoe_stays() {
        let baked = bake(&shoe_on([255; 3]), 32, NONE);
        let alpha = |x: usize, y: usize| baked.levels[0][(y * 32 + x) * 4 + 3];
        assert_eq!(alpha(0, 0), 0);
        assert_eq!(alpha(16, 16), 255);
        // It is fitted to the width: 20 pixels became 28.
        assert_eq!(alpha(3, 16), 255);
        assert_eq!(baked.levels.len(), 6);
        assert_eq!(baked.levels[5].len(), 4);
        assert_ne!(baked.cover.opaque & (1 << (4 * 8 + 4)), 0);
        assert_eq!(baked.cover.solid & 1, 0);
        let [wide, high] = baked.cover.reach;
        // 15 of 16 pixels, the shoe's 14 and one more, rounded up.
        assert_eq!(wide, 240);
        assert!((100..160).contains(&high), "it is twice as wide: {high}");
    }

    #[test]
    fn a_whole_rectangle_is_a_card_and_a_shoe_is_not() {
        let of = |solid: u64| Cover {
            solid,
            opaque: solid,
            reach: [200; 2],
        };
        assert!(of(0x0000_3c3c_3c3c_0000).is_card());
        assert!(!of(0x0000_3c3c_0c0c_0000).is_card(), "a shaft and a foot");
        assert!(!of(0).is_card());
    }

    #[test]
    fn a_white_shoe_on_white_stays_a_card_with_an_edge() {
        let white = RgbImage::from_fn(80, 80, |x, y| {
            let sole = (8..72).contains(&x) && (56..62).contains(&y);
            let upper = (8..10 + y).contains(&x) && (30..56).contains(&y);
            Rgb(if sole {
                [150; 3]
            } else if upper {
                [249; 3]
            } else {
                [255; 3]
            })
        });
        let baked = bake(&white, 64, NONE);
        let at = |x: usize, y: usize| &baked.levels[0][(y * 64 + x) * 4..][..4];
        // The margin is clear; the card is the shoe with some room, whole, its edge darker than its ground.
        assert_eq!(at(0, 0)[3], 0);
        for (x, y) in [(6, 19), (32, 20), (32, 32), (58, 44)] {
            assert_eq!(at(x, y)[3], 255, "{x} {y}");
        }
        assert_eq!(at(32, 8)[3], 0);
        assert!(at(4, 32)[0] < 220 && at(56, 22)[0] > 250, "{:?}", at(4, 32));
        assert_eq!(baked.cover.solid & (1 << (3 * 8 + 3)), 1 << (3 * 8 + 3));
        // A dark one is cut as ever.
        let baked = bake(&shoe_on([255; 3]), 32, NONE);
        assert_eq!(baked.levels[0][3], 0);
        // And a blank picture can be seen and pointed at.
        let blank = bake(&RgbImage::from_pixel(60, 60, Rgb([255; 3])), 32, NONE);
        assert_ne!(blank.cover.solid, 0);
    }

    #[test]
    fn anything_bakes() {
        for (w, h) in [(1, 1), (1, 100), (3, 2), (300, 1)] {
            for side in [16, 32, 128] {
                let baked = bake(&RgbImage::from_pixel(w, h, Rgb([255; 3])), side, NONE);
                assert_eq!(baked.levels[0].len() as u32, side * side * 4);
            }
        }
    }

    #[test]
    fn colours_survive() {
        let baked = bake(&shoe_on([255; 3]), 32, NONE);
        let at = (16 * 32 + 16) * 4;
        for (got, wanted) in baked.levels[0][at..at + 3].iter().zip([120u8, 30, 20]) {
            assert!(got.abs_diff(wanted) <= 1, "{got} {wanted}");
        }
    }
}
