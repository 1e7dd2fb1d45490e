//! The block `colour`: a soft histogram of the foreground in Oklab, 64 numbers.
//!
//! - 8 bins of lightness for what has no hue, and 7 for what has one: black from grey from white, navy from
//!   sky blue, brown from tan. Whether a pixel has a hue is itself soft.
//! - 7×7 bins of a and b, dense about the neutral axis, where shoes' colours are.
//!
//! Every pixel is shared between the two (or four) bins next to it, so that a slight change of the light moves
//! the numbers slightly. The bins hold shares of the foreground, and their square root is taken: the distance of
//! two such vectors is Hellinger's, in which a small patch of a second colour is not lost.
//!
//! Measured on 7,678 shoes (precision@10 of `baseColour` by cosine, centred): 0.60, against 0.56 of a plain
//! 4×4×4 histogram of RGB, 0.59 of a soft 4×4×4 one in Oklab, and 0.60 of a soft 4×5×5 one in Oklab.

use crate::imaging::foreground::Foreground;
use crate::imaging::oklab::Oklab;

/// Bins of lightness without hue.
const NEUTRAL: [f32; 8] = [0.10, 0.22, 0.34, 0.46, 0.58, 0.70, 0.82, 0.94];
/// Bins of lightness with hue.
const CHROMATIC: [f32; 7] = [0.20, 0.30, 0.40, 0.50, 0.60, 0.70, 0.85];
/// Bins of a and of b.
const HUE: [f32; 7] = [-0.11, -0.045, -0.015, 0.0, 0.015, 0.045, 0.11];
/// The chroma at which a pixel begins to have a hue, and over how much more it gets one.
const HUE_FROM: f32 = 0.015;
const HUE_OVER: f32 = 0.04;

/// How many numbers the block has.
pub(super) const DIMS: usize = NEUTRAL.len() + CHROMATIC.len() + HUE.len() * HUE.len();

/// The block of a picture.
pub fn colour(foreground: &Foreground) -> Vec<f32> {
    colour_of(foreground.lab.iter().copied().zip(foreground.weights()))
}

/// The block of Oklab colours, each with how much there is of it.
pub fn colour_of(colours: impl Iterator<Item = (Oklab, f32)>) -> Vec<f32> {
    let mut bins = vec![0f32; DIMS];
    let mut total = 0f32;
    let (neutral, rest) = bins.split_at_mut(NEUTRAL.len());
    let (chromatic, hues) = rest.split_at_mut(CHROMATIC.len());
    for ([l, a, b], weight) in colours {
        if weight <= 0.0 {
            continue;
        }
        total += weight;
        let hue = ((a.hypot(b) - HUE_FROM) / HUE_OVER).clamp(0.0, 1.0);
        for (bin, share) in between(&NEUTRAL, l) {
            neutral[bin] += weight * (1.0 - hue) * share;
        }
        for (bin, share) in between(&CHROMATIC, l) {
            chromatic[bin] += weight * hue * share;
        }
        for (row, a_share) in between(&HUE, a) {
            for (column, b_share) in between(&HUE, b) {
                hues[row * HUE.len() + column] += weight * a_share * b_share;
            }
        }
    }
    for bin in &mut bins {
        *bin = (*bin / total.max(1e-6)).max(0.0).sqrt();
    }
    bins
}

/// The two bins on either side of `value` and how much of it each gets; beyond the ends all goes to the last.
fn between(centres: &[f32], value: f32) -> [(usize, f32); 2] {
    let last = centres.len() - 1;
    let value = value.clamp(centres[0], centres[last]);
    let low = centres.partition_point(|&c| c <= value).clamp(1, last) - 1;
    let share = (value - centres[low]) / (centres[low + 1] - centres[low]);
    [(low, 1.0 - share), (low + 1, share)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Rgb, RgbImage};

    fn block(colour_of_shoe: [u8; 3]) -> Vec<f32> {
        colour(&Foreground::of(&RgbImage::from_fn(60, 80, |x, y| {
            if (10..50).contains(&x) && (30..60).contains(&y) {
                Rgb(colour_of_shoe)
            } else {
                Rgb([255; 3])
            }
        })))
    }

    fn cosine(a: &[f32], b: &[f32]) -> f32 {
        let dot = |a: &[f32], b: &[f32]| -> f32 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
        dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
    }

    #[test]
    fn like_colours_are_near() {
        let (red, dark_red, blue) = (
            block([200, 30, 30]),
            block([170, 25, 30]),
            block([30, 40, 200]),
        );
        assert!(cosine(&red, &dark_red) > 0.8);
        assert!(cosine(&red, &blue) < 0.3);
        let (black, grey) = (block([15; 3]), block([128; 3]));
        assert!(cosine(&black, &grey) < cosine(&black, &block([28; 3])));
    }

    #[test]
    fn the_bins_are_shares() {
        for shoe in [[200, 30, 30], [15; 3], [250, 250, 250]] {
            let squares = block(shoe).iter().map(|v| v * v).collect::<Vec<_>>();
            let lightness: f32 = squares[..15].iter().sum();
            let hues: f32 = squares[15..].iter().sum();
            assert!((lightness - 1.0).abs() < 1e-4 && (hues - 1.0).abs() < 1e-4);
        }
    }

    #[test]
    fn values_between_bins_are_shared() {
        assert_eq!(between(&HUE, -1.0), [(0, 1.0), (1, 0.0)]);
        assert_eq!(between(&HUE, 1.0), [(5, 0.0), (6, 1.0)]);
        let [(low, a), (high, b)] = between(&NEUTRAL, 0.28);
        assert_eq!((low, high), (1, 2));
        assert!((a - 0.5).abs() < 1e-5 && (b - 0.5).abs() < 1e-5);
    }
}
