//! Which part of a picture is the shoe: what differs from the background that the borders show.
//!
//! 1. The picture is made small, the longer side [`SIDE`] pixels, never stretched, and taken to Oklab.
//! 2. The background is a quadratic surface for each of L, a, b, fitted to the pixels along the borders by
//!    iteratively reweighted least squares, so that a shoe that touches the border counts little, and a studio's
//!    vignette is followed.
//! 3. A pixel is foreground as far as it differs from that surface; the busier the borders, the more it has to.
//! 4. Holes are filled by priority flood (R. Barnes, C. Lehman, D. Mulla, "Priority-flood", Computers &
//!    Geosciences 62, 2014): what cannot be reached from the border without crossing the foreground is as much
//!    foreground as the lowest crossing. So white shoes on white are whole, as far as they have an outline.
//!
//! On a photo taken at home the borders are busy, the surface fits badly, and the mask keeps what stands out most.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use image::RgbImage;

use super::fit::{Filter, fit};
use super::grid::{neighbours, smoothstep};
use super::oklab::{Oklab, distance, oklab};
use crate::numeric::upper_median;

/// The longer side of the small picture, in pixels.
pub const SIDE: usize = 64;

/// Pixels along each border that show the background.
const RING: usize = 2;
/// Oklab distances at which a pixel begins to be foreground, and is foreground for certain.
const NEAR: f32 = 0.02;
const FAR: f32 = 0.10;
/// With less foreground than this share of the pixels the whole picture is looked at instead.
const LEAST: f32 = 0.003;

/// A small picture with its foreground.
#[derive(Debug, Clone)]
pub struct Foreground {
    /// Pixels in a row of the small picture.
    pub width: usize,
    /// Rows of the small picture.
    pub height: usize,
    /// Its colours, row by row.
    pub lab: Vec<Oklab>,
    /// How much each pixel differs from the background, 0 to 1; the gaps between a sandal's straps are 0.
    pub mask: Vec<f32>,
    /// The mask with its holes filled.
    pub filled: Vec<f32>,
}

impl Foreground {
    /// Looks for the foreground of a picture of any size.
    pub fn of(picture: &RgbImage) -> Self {
        let small = fit(picture, SIDE as u32, Filter::Bilinear);
        let (width, height) = (small.width() as usize, small.height() as usize);
        let lab: Vec<Oklab> = small.pixels().map(|pixel| oklab(pixel.0)).collect();
        let mask = mask(&lab, width, height);
        Self::of_mask(width, lab, mask)
    }

    /// Of colours and a mask that are known, both row by row, `width` in a row.
    ///
    /// # Panics
    /// If there is not one value of the mask a colour, or no whole row.
    pub fn of_mask(width: usize, lab: Vec<Oklab>, mask: Vec<f32>) -> Self {
        assert!(lab.len() == mask.len() && lab.len().is_multiple_of(width));
        let height = lab.len() / width;
        Self {
            filled: fill(&mask, width, height),
            width,
            height,
            lab,
            mask,
        }
    }

    /// The share of the picture that is foreground, 0 to 1.
    pub fn share(&self) -> f32 {
        self.filled.iter().sum::<f32>() / self.filled.len() as f32
    }

    /// Whether there is too little foreground to speak of, as in a picture of one colour.
    pub fn is_blank(&self) -> bool {
        self.share() < LEAST
    }

    /// How much each pixel's colour counts: the filled mask, or every pixel alike in a blank picture.
    pub fn weights(&self) -> Vec<f32> {
        if self.is_blank() {
            vec![1.0; self.filled.len()]
        } else {
            self.filled.clone()
        }
    }

    /// The mean colour of the foreground, of the whole picture if that is blank.
    pub fn mean_lab(&self) -> Oklab {
        let mut sum = [0f64; 3];
        let mut total = 0f64;
        for (lab, weight) in self.lab.iter().zip(self.weights()) {
            for (sum, value) in sum.iter_mut().zip(lab) {
                *sum += f64::from(weight) * f64::from(*value);
            }
            total += f64::from(weight);
        }
        sum.map(|sum| (sum / total.max(1e-9)) as f32)
    }

    /// Where the foreground lies, as shares of the picture's width and height: left, top, right, bottom,
    /// without the outermost half percent on each side, which may be dust. `None` if the picture is blank.
    pub fn bounds(&self) -> Option<[f32; 4]> {
        if self.is_blank() {
            return None;
        }
        let mut columns = vec![0f32; self.width];
        let mut rows = vec![0f32; self.height];
        for (row, line) in self.filled.chunks_exact(self.width).enumerate() {
            for (column, value) in line.iter().enumerate() {
                columns[column] += value;
                rows[row] += value;
            }
        }
        let (left, right) = span(&columns);
        let (top, bottom) = span(&rows);
        Some([left, top, right, bottom])
    }
}

/// The mean Oklab colour of a picture's foreground: L, a, b.
pub fn mean_foreground_lab(picture: &RgbImage) -> Oklab {
    Foreground::of(picture).mean_lab()
}

/// From where to where the values lie, as shares of their number, without half a percent at each end.
fn span(values: &[f32]) -> (f32, f32) {
    let total: f32 = values.iter().sum();
    let (mut sum, mut first, mut last) = (0.0, None, values.len());
    for (index, value) in values.iter().enumerate() {
        sum += value;
        if sum >= 0.005 * total && first.is_none() {
            first = Some(index);
        }
        if sum >= 0.995 * total {
            last = index + 1;
            break;
        }
    }
    let count = values.len() as f32;
    (first.unwrap_or(0) as f32 / count, last as f32 / count)
}

/// The terms of the quadratic surface at a pixel, the picture reaching from −1 to 1.
fn terms(index: usize, width: usize, height: usize) -> [f64; 6] {
    let at = |i: usize, n: usize| i as f64 / (n.max(2) - 1) as f64 * 2.0 - 1.0;
    let (x, y) = (at(index % width, width), at(index / width, height));
    [1.0, x, y, x * x, x * y, y * y]
}

fn mask(lab: &[Oklab], width: usize, height: usize) -> Vec<f32> {
    let ring: Vec<usize> = (0..lab.len())
        .filter(|i| {
            let (x, y) = (i % width, i / width);
            x.min(y) < RING || x + RING >= width || y + RING >= height
        })
        .collect();
    let median = |values: &mut [f32]| upper_median(values).unwrap_or(0.0);
    let middle: Oklab = std::array::from_fn(|c| {
        let mut channel: Vec<f32> = ring.iter().map(|&i| lab[i][c]).collect();
        median(&mut channel)
    });
    let weight = |error: f32, scale: f32| f64::from(1.0 / (1.0 + (error / scale).powi(2)));
    let mut weights: Vec<f64> = ring
        .iter()
        .map(|&i| weight(distance(lab[i], middle), 0.05))
        .collect();
    let mut surface = [[0f64; 6]; 3];
    let mut errors = Vec::new();
    for _ in 0..3 {
        surface = least_squares(lab, &ring, &weights, width, height);
        errors = ring
            .iter()
            .map(|&i| distance(lab[i], value(&surface, i, width, height)))
            .collect();
        weights = errors.iter().map(|&e| weight(e, 0.03)).collect();
    }
    let rest = median(&mut errors);
    let (near, far) = (NEAR + 2.0 * rest, FAR + 4.0 * rest);
    (0..lab.len())
        .map(|i| {
            let off = distance(lab[i], value(&surface, i, width, height));
            smoothstep(near, far, off)
        })
        .collect()
}

fn value(surface: &[[f64; 6]; 3], index: usize, width: usize, height: usize) -> Oklab {
    let terms = terms(index, width, height);
    surface.map(|factors| {
        let sum: f64 = factors.iter().zip(terms).map(|(f, t)| f * t).sum();
        sum as f32
    })
}

/// The surfaces of L, a and b that fit the pixels of the ring best, by the normal equations; a slight pull to
/// flat surfaces keeps them solvable for pictures of a few pixels.
fn least_squares(
    lab: &[Oklab],
    ring: &[usize],
    weights: &[f64],
    width: usize,
    height: usize,
) -> [[f64; 6]; 3] {
    // six columns of the matrix, three right-hand sides
    let mut rows = [[0f64; 9]; 6];
    for (&index, weight) in ring.iter().zip(weights) {
        let terms = terms(index, width, height);
        for (row, a) in rows.iter_mut().zip(terms) {
            for (cell, b) in row.iter_mut().zip(terms) {
                *cell += weight * a * b;
            }
            for (cell, value) in row[6..].iter_mut().zip(lab[index]) {
                *cell += weight * a * f64::from(value);
            }
        }
    }
    for (i, row) in rows.iter_mut().enumerate() {
        row[i] += if i == 0 { 1e-9 } else { 1e-3 };
    }
    // Gauss-Jordan; the matrix is symmetric and positive definite, so no pivot is 0
    for pivot in 0..6 {
        let scaled = rows[pivot].map(|cell| cell / rows[pivot][pivot]);
        rows[pivot] = scaled;
        for (i, row) in rows.iter_mut().enumerate() {
            if i != pivot {
                let factor = row[pivot];
                for (cell, s) in row.iter_mut().zip(scaled) {
                    *cell -= factor * s;
                }
            }
        }
    }
    std::array::from_fn(|c| std::array::from_fn(|i| rows[i][6 + c]))
}

/// Raises every pixel to the lowest height at which it can be reached from the border (priority flood).
fn fill(mask: &[f32], width: usize, height: usize) -> Vec<f32> {
    // the bits of floats that are not negative are in the order of the floats
    let mut filled = vec![f32::NAN; mask.len()];
    let mut open = BinaryHeap::new();
    for (i, &value) in mask.iter().enumerate() {
        let (x, y) = (i % width, i / width);
        if x == 0 || y == 0 || x + 1 == width || y + 1 == height {
            filled[i] = value;
            open.push(Reverse((value.to_bits(), i)));
        }
    }
    while let Some(Reverse((bits, i))) = open.pop() {
        let level = f32::from_bits(bits);
        for n in neighbours(i, width, height) {
            if filled[n].is_nan() {
                filled[n] = mask[n].max(level);
                open.push(Reverse((filled[n].to_bits(), n)));
            }
        }
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    fn ring_on_white() -> RgbImage {
        RgbImage::from_fn(80, 60, |x, y| {
            let r = (x as f32 - 40.0).hypot(y as f32 - 30.0);
            if (12.0..20.0).contains(&r) {
                Rgb([200, 30, 30])
            } else {
                Rgb([255, 255, 255])
            }
        })
    }

    #[test]
    fn a_ring_is_found_and_filled() {
        let foreground = Foreground::of(&ring_on_white());
        assert_eq!((foreground.width, foreground.height), (64, 48));
        let at = |values: &[f32], x: usize, y: usize| values[y * 64 + x];
        assert!(at(&foreground.mask, 32, 24) < 0.01);
        assert!(at(&foreground.filled, 32, 24) > 0.99);
        assert!(at(&foreground.filled, 2, 2) < 0.01);
        let [left, top, right, bottom] = foreground.bounds().unwrap();
        for (found, expected) in [
            (left, 0.25),
            (right, 0.75),
            (top, 1.0 / 6.0),
            (bottom, 5.0 / 6.0),
        ] {
            assert!((found - expected).abs() < 0.04, "{found} {expected}");
        }
    }

    #[test]
    fn a_vignette_is_background() {
        let picture = RgbImage::from_fn(60, 80, |x, y| {
            let r = (x as f32 - 30.0).hypot(y as f32 - 40.0);
            if r < 14.0 {
                Rgb([40, 40, 60])
            } else {
                let grey = 235.0 - 0.012 * r * r;
                Rgb([grey as u8; 3])
            }
        });
        let share = Foreground::of(&picture).share();
        assert!((share - 0.128).abs() < 0.02, "{share}");
    }

    #[test]
    fn any_picture_gives_finite_numbers() {
        for (width, height) in [
            (0, 0),
            (1, 1),
            (2, 1),
            (1, 700),
            (3000, 2),
            (5, 5),
            (28, 28),
        ] {
            for colour in [[0, 0, 0], [255, 255, 255], [9, 99, 199]] {
                let foreground = Foreground::of(&RgbImage::from_pixel(width, height, Rgb(colour)));
                assert!(foreground.filled.iter().all(|v| v.is_finite()));
                assert!(foreground.is_blank() && foreground.bounds().is_none());
                if width > 0 {
                    assert!(distance(foreground.mean_lab(), oklab(colour)) < 1e-3);
                }
            }
        }
    }
}
