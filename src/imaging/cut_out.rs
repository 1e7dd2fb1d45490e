//! Cutting a shoe out of its photo.
//!
//! Photos of shoes stand on white. Thousands of white squares would be a fog, so what is connected to the
//! picture's edge and looks like it is made transparent, with a soft border; a photo whose edge is not
//! plain stays as it is.

use super::grid::{neighbours, smoothstep};
use super::srgb::linear_fast;
use crate::numeric::upper_median;
use image::RgbImage;

/// Colour distance (0 to 1) up to which a pixel is background for certain, and from which it is not.
const BACKGROUND: (f32, f32) = (0.035, 0.14);
/// Colour distance up to which an enclosed pixel is a hole.
const HOLE: f32 = 0.012;
/// Mean brightness from which an edge can be a studio background.
const BRIGHT: f32 = 0.72;
/// Mean deviation up to which an edge is plain.
const PLAIN: f32 = 0.06;

/// How a picture differs from its background, and what cutting the background out leaves of it.
pub(super) struct Mask {
    /// The background's colour, 0 to 1.
    background: [f32; 3],
    /// Distance of each pixel's colour from the background's, the largest of the channels, 0 to 1.
    pub(super) away: Vec<f32>,
    /// How opaque each pixel is.
    pub(super) alpha: Vec<f32>,
    /// The middle one of the edge's distances.
    pub(super) unevenness: f32,
}

/// The mask of a picture that has pixels; `None` where its edge is no plain, bright background.
pub(super) fn mask(picture: &RgbImage) -> Option<Mask> {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    if width == 0 || height == 0 {
        return None;
    }
    let edge: Vec<usize> = (0..width)
        .flat_map(|x| [x, (height - 1) * width + x])
        .chain((0..height).flat_map(|y| [y * width, y * width + width - 1]))
        .collect();
    let background = median(edge.iter().map(|&at| pixel(picture, at)));
    if background.iter().sum::<f32>() / 3.0 < BRIGHT {
        return None;
    }
    let away: Vec<f32> = (0..width * height)
        .map(|at| {
            let rgb = pixel(picture, at);
            (0..3)
                .map(|c| (rgb[c] - background[c]).abs())
                .fold(0.0, f32::max)
        })
        .collect();
    let mut deviations: Vec<f32> = edge.iter().map(|&at| away[at]).collect();
    deviations.sort_by(f32::total_cmp);
    if !is_plain(&deviations) {
        return None;
    }
    Some(Mask {
        background,
        alpha: opacity(edge, width, height, &away),
        unevenness: deviations[deviations.len() / 2],
        away,
    })
}

/// The colour of pixel `at`, counted row by row, 0 to 1.
fn pixel(picture: &RgbImage, at: usize) -> [f32; 3] {
    let rgb = &picture.as_raw()[at * 3..at * 3 + 3];
    [rgb[0], rgb[1], rgb[2]].map(|v| f32::from(v) / 255.0)
}

/// Linear, premultiplied RGBA of the picture with its background gone.
pub fn cut_out(picture: &RgbImage) -> Vec<[f32; 4]> {
    let Some(mask) = mask(picture) else {
        return whole(picture);
    };
    let background = mask.background;
    (mask.alpha.iter().enumerate())
        .map(|(at, &a)| {
            if a <= 0.0 {
                return [0.0; 4];
            }
            // What the background added at a soft edge is taken out again.
            let rgb = pixel(picture, at);
            let own = |c: usize| ((rgb[c] - (1.0 - a) * background[c]) / a).clamp(0.0, 1.0);
            [
                linear_fast(own(0)) * a,
                linear_fast(own(1)) * a,
                linear_fast(own(2)) * a,
                a,
            ]
        })
        .collect()
}

/// Linear RGBA of the picture with its background: a card.
pub fn whole(picture: &RgbImage) -> Vec<[f32; 4]> {
    let light = |v: u8| linear_fast(f32::from(v) / 255.0);
    let pixels = picture.pixels();
    pixels
        .map(|p| [light(p.0[0]), light(p.0[1]), light(p.0[2]), 1.0])
        .collect()
}

/// Whether the edge, its pixels' distances from the background sorted, is of one colour. The better half of it decides:
/// shoes may well touch it.
fn is_plain(deviations: &[f32]) -> bool {
    let half = deviations.len().div_ceil(2);
    deviations[..half].iter().sum::<f32>() / half as f32 <= PLAIN
}

/// How opaque each pixel is, from how far its colour is from the background's: what can be reached from the edge, and
/// holes, are transparent.
fn opacity(edge: Vec<usize>, width: usize, height: usize, away: &[f32]) -> Vec<f32> {
    let mut alpha = vec![1.0f32; width * height];
    let softness = |at: usize| smoothstep(BACKGROUND.0, BACKGROUND.1, away[at]);
    let mut seen = vec![false; width * height];
    let mut found = Vec::new();
    flood(edge, width, height, &mut seen, &softness, &mut found);
    for (at, soft) in found.drain(..) {
        alpha[at] = soft;
    }
    // What shows through a sandal is background too, if it is just as white and large enough to be no highlight.
    let least = (width * height / 60).max(4);
    for start in 0..width * height {
        if seen[start] || away[start] > HOLE {
            continue;
        }
        flood(vec![start], width, height, &mut seen, &softness, &mut found);
        let white = found.iter().filter(|(at, _)| away[*at] <= HOLE).count();
        for (at, soft) in found.drain(..) {
            if white >= least {
                alpha[at] = soft;
            }
        }
    }
    alpha
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
        open.extend(neighbours(at, width, height));
    }
}

fn median(colours: impl Iterator<Item = [f32; 3]> + Clone) -> [f32; 3] {
    let mut out = [0.0; 3];
    for (c, out) in out.iter_mut().enumerate() {
        let mut values: Vec<f32> = colours.clone().map(|rgb| rgb[c]).collect();
        *out = upper_median(&mut values).unwrap_or(0.0);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    #[test]
    fn a_highlight_stays_and_a_hole_is_cut() {
        let mut picture = RgbImage::from_fn(28, 28, |x, y| {
            let shoe = (4..24).contains(&x) && (10..20).contains(&y);
            Rgb(if shoe { [120, 30, 20] } else { [255; 3] })
        });
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
}
