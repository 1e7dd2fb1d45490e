//! From a photo to a billboard: the background cut out, a soft shadow around the shoe, mips.
//!
//! Photos of shoes stand on white. Thousands of white squares would be a fog, so what is connected to the
//! picture's edge and looks like it is made transparent, with a soft border; a photo whose edge is not
//! plain stays a card. All filtering is done in linear light on premultiplied colour, so that far
//! billboards neither darken nor shimmer.

use fast_image_resize as fir;
use image::RgbImage;
use std::sync::LazyLock;

/// How the background of the scene wants its billboards.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Halo {
    /// Linear colour of the soft rim around each shoe.
    pub colour: [f32; 3],
    /// How opaque it is next to the shoe, 0 to 1.
    pub strength: f32,
}

/// A billboard's picture: sRGB, premultiplied alpha, with every mip level down to one pixel.
#[derive(Debug, Clone, PartialEq)]
pub struct Baked {
    /// Side of the largest level, a power of two.
    pub side: u32,
    /// RGBA rows of each level, largest first.
    pub levels: Vec<Vec<u8>>,
    /// Where the shoe is.
    pub cover: Cover,
}

/// Where a shoe is in its square, on a grid of 8×8: row by row from the top left, lowest bit first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cover {
    /// Where there is some of it: what can be pointed at.
    pub solid: u64,
    /// Where nothing shines through.
    pub opaque: u64,
}

impl Cover {
    /// Of a shoe whose picture is not there yet: it can be pointed at everywhere and hides nothing.
    pub const UNKNOWN: Self = Self {
        solid: u64::MAX,
        opaque: 0,
    };
}

/// Colour distance (0 to 1) up to which a pixel is background for certain, and from which it is not.
const BACKGROUND: (f32, f32) = (0.035, 0.14);
/// Colour distance up to which an enclosed pixel is a hole.
const HOLE: f32 = 0.012;
/// Mean brightness from which an edge can be a studio background.
const BRIGHT: f32 = 0.72;
/// Mean deviation up to which an edge is plain.
const PLAIN: f32 = 0.06;

/// Cuts a picture out and fits it into a square of `side` pixels (a power of two, at least 8).
pub fn bake(picture: &RgbImage, side: u32, halo: Halo) -> Baked {
    // Enlarged before it is cut out, so that the contour is smooth and not a staircase of pixels.
    let enlarged = enlarge(picture, side);
    let picture = enlarged.as_ref().unwrap_or(picture);
    let (width, height) = picture.dimensions();
    let cut = cut_out(picture);
    let area = bounds(&cut, width, height);
    let mut pixels = fit(&cut, width, height, area, side);
    add_halo(&mut pixels, side, halo);
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

/// Linear, premultiplied RGBA of the picture with its background gone.
fn cut_out(picture: &RgbImage) -> Vec<[f32; 4]> {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let raw = picture.as_raw();
    let pixel = |at: usize| {
        let rgb = &raw[at * 3..at * 3 + 3];
        [rgb[0], rgb[1], rgb[2]].map(|v| f32::from(v) / 255.0)
    };
    let edge: Vec<usize> = (0..width)
        .flat_map(|x| [x, (height - 1) * width + x])
        .chain((0..height).flat_map(|y| [y * width, y * width + width - 1]))
        .collect();
    let background = median(edge.iter().map(|&at| pixel(at)));
    let away = |rgb: [f32; 3]| {
        (0..3)
            .map(|c| (rgb[c] - background[c]).abs())
            .fold(0.0, f32::max)
    };
    // The better half decides whether the edge is plain: shoes may well touch it.
    let mut deviations: Vec<f32> = edge.iter().map(|&at| away(pixel(at))).collect();
    deviations.sort_by(f32::total_cmp);
    let half = deviations.len().div_ceil(2);
    let plain = deviations[..half].iter().sum::<f32>() / half as f32 <= PLAIN;
    let bright = background.iter().sum::<f32>() / 3.0 >= BRIGHT;
    let mut alpha = vec![1.0f32; width * height];
    if plain && bright {
        let softness = |at: usize| smoothstep(BACKGROUND.0, BACKGROUND.1, away(pixel(at)));
        let mut seen = vec![false; width * height];
        let mut found = Vec::new();
        flood(edge, width, height, &mut seen, &softness, &mut found);
        for (at, soft) in found.drain(..) {
            alpha[at] = soft;
        }
        // What shows through a sandal is background too, if it is just as white and large enough to be
        // no highlight.
        let least = (width * height / 60).max(4);
        for start in 0..width * height {
            if seen[start] || away(pixel(start)) > HOLE {
                continue;
            }
            flood(vec![start], width, height, &mut seen, &softness, &mut found);
            let white = (found.iter())
                .filter(|(at, _)| away(pixel(*at)) <= HOLE)
                .count();
            for (at, soft) in found.drain(..) {
                if white >= least {
                    alpha[at] = soft;
                }
            }
        }
    }
    (0..width * height)
        .map(|at| {
            let (rgb, a) = (pixel(at), alpha[at]);
            if a <= 0.0 {
                return [0.0; 4];
            }
            // What the background added at a soft edge is taken out again.
            let own = |c: usize| ((rgb[c] - (1.0 - a) * background[c]) / a).clamp(0.0, 1.0);
            [
                linear(own(0)) * a,
                linear(own(1)) * a,
                linear(own(2)) * a,
                a,
            ]
        })
        .collect()
}

/// All pixels that can be reached over background from `open`, with how opaque each is.
fn flood(
    mut open: Vec<usize>,
    width: usize,
    height: usize,
    seen: &mut [bool],
    softness: &impl Fn(usize) -> f32,
    found: &mut Vec<(usize, f32)>,
) {
    while let Some(at) = open.pop() {
        if std::mem::replace(&mut seen[at], true) {
            continue;
        }
        let soft = softness(at);
        if soft >= 1.0 {
            continue;
        }
        found.push((at, soft));
        let (x, y) = (at % width, at / width);
        if x > 0 {
            open.push(at - 1);
        }
        if x + 1 < width {
            open.push(at + 1);
        }
        if y > 0 {
            open.push(at - width);
        }
        if y + 1 < height {
            open.push(at + width);
        }
    }
}

fn median(colours: impl Iterator<Item = [f32; 3]> + Clone) -> [f32; 3] {
    let mut out = [0.0; 3];
    for (c, out) in out.iter_mut().enumerate() {
        let mut values: Vec<f32> = colours.clone().map(|rgb| rgb[c]).collect();
        let middle = values.len() / 2;
        *out = *values.select_nth_unstable_by(middle, f32::total_cmp).1;
    }
    out
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
    for (pixel, soft) in pixels.iter_mut().zip(soft) {
        let under = (soft * 1.6).min(1.0) * halo.strength * (1.0 - pixel[3]);
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
    Cover { solid, opaque }
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
    let mut out = Vec::with_capacity(pixels.len() * 4);
    for pixel in pixels {
        out.extend([
            SRGB[code(pixel[0])],
            SRGB[code(pixel[1])],
            SRGB[code(pixel[2])],
            (pixel[3].clamp(0.0, 1.0) * 255.0 + 0.5) as u8,
        ]);
    }
    out
}

/// Where a linear value stands in [`SRGB`]; by its root, so that the dark end is fine enough.
fn code(linear: f32) -> usize {
    (linear.clamp(0.0, 1.0).sqrt() * 4095.0 + 0.5) as usize
}

static SRGB: LazyLock<Vec<u8>> = LazyLock::new(|| {
    (0..4096)
        .map(|i| {
            let linear = (i as f32 / 4095.0).powi(2);
            let srgb = if linear <= 0.003_130_8 {
                linear * 12.92
            } else {
                1.055 * linear.powf(1.0 / 2.4) - 0.055
            };
            (srgb * 255.0 + 0.5) as u8
        })
        .collect()
});

/// sRGB to linear light, 0 to 1.
pub fn linear(srgb: f32) -> f32 {
    LINEAR[(srgb.clamp(0.0, 1.0) * 1020.0 + 0.5) as usize]
}

static LINEAR: LazyLock<Vec<f32>> = LazyLock::new(|| {
    (0..=1020)
        .map(|i| {
            let srgb = i as f32 / 1020.0;
            if srgb <= 0.040_45 {
                srgb / 12.92
            } else {
                ((srgb + 0.055) / 1.055).powf(2.4)
            }
        })
        .collect()
});

fn smoothstep(from: f32, to: f32, value: f32) -> f32 {
    let t = ((value - from) / (to - from)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
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
    }

    #[test]
    fn a_highlight_stays_and_a_hole_is_cut() {
        let mut picture = shoe_on([255; 3]);
        picture.put_pixel(7, 15, Rgb([255; 3]));
        for (x, y) in (12..18).flat_map(|x| (12..17).map(move |y| (x, y))) {
            picture.put_pixel(x, y, Rgb([255; 3]));
        }
        let cut = cut_out(&picture);
        assert_eq!(cut[15 * 28 + 7][3], 1.0);
        assert_eq!(cut[14 * 28 + 15][3], 0.0);
    }

    #[test]
    fn a_busy_photo_stays_a_card() {
        let busy = RgbImage::from_fn(40, 20, |x, y| Rgb([(x * 6) as u8, (y * 12) as u8, 90]));
        assert!(cut_out(&busy).iter().all(|p| p[3] == 1.0));
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
        for (got, wanted) in baked.levels[0][at..at + 3].iter().zip([120, 30, 20]) {
            assert!(got.abs_diff(wanted) <= 1, "{got} {wanted}");
        }
    }
}
