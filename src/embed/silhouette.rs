//! The block `silhouette`: where the shoe is, which way its edges run, and how large it is in its picture, 152 numbers.
//!
//! - 64: the foreground, gaps between straps left open, as a soft map of 8×8.
//! - 80: the edges of the picture by direction, 4 directions in 4×5 cells, whatever the contrast's sign; a histogram
//!   of oriented gradients (N. Dalal, B. Triggs, CVPR 2005) without its overlapping blocks. It knows a heel from a
//!   sole and laces from straps, and hardly knows the colour.
//!
//! - 8: how much of the picture's longer side the shoe takes, in soft bins. Photographers of one shop keep to one
//!   distance, so that a child's shoe is a small one.
//!
//! The map and the edges are those of the shoe cut out tightly: margins change nothing. The size is changed by them, so
//! it weighs little: enough for what it says (gender 0.829 in the mix, without it 0.783, and 0.817 before pictures were
//! framed), and too little to hide a shoe from itself.
//!
//! A shoe that points the other way is mirrored first: what is high (the ankle, the heel) comes to lie left of the
//! middle of mass. So the same shoe gives the same block whichever way it was photographed.
//!
//! Measured on 7,678 shoes, not framed (precision@10 by cosine, centred; type, gender) and 3,000 of Fashion-MNIST (label):
//! 0.66, 0.82 and 0.93, against 0.61, 0.83 and 0.89 of a 12×12 map alone, and 0.63, 0.81 and 0.88 of 32×32 pixels.
//! Cutting the picture to the shoe first costs gender 0.10, since the size of a shoe in its picture says something.

use crate::imaging::foreground::{Foreground, SIDE};

/// Cells of the map, each way.
const MAP: usize = 8;
/// Cells of the edges, rows and columns, and directions.
const EDGE_ROWS: usize = 4;
const EDGE_COLUMNS: usize = 5;
const DIRECTIONS: usize = 4;
/// How much the edges weigh beside the map.
const EDGE_WEIGHT: f32 = 1.25;

/// Bins of the size, from and to which extents they reach, and how much they weigh beside the map.
const SIZES: usize = 8;
const SIZE_FROM: f32 = 0.3;
const SIZE_TO: f32 = 0.8;
const SIZE_WEIGHT: f32 = 0.3;

/// How many numbers the block has.
pub(super) const DIMS: usize = MAP * MAP + EDGE_ROWS * EDGE_COLUMNS * DIRECTIONS + SIZES;

/// The block of a picture whose shoe takes `extent` of its longer side.
pub fn silhouette(foreground: &Foreground, extent: f32) -> Vec<f32> {
    let mirrored = points_left(foreground);
    let mut block = Vec::with_capacity(DIMS);
    let mask = squared(&foreground.mask, foreground, mirrored);
    pool(&mask, MAP, MAP, &mut block);
    unit(&mut block, 1.0);
    let mut edges = Vec::with_capacity(EDGE_ROWS * EDGE_COLUMNS * DIRECTIONS);
    for map in directions(foreground) {
        let map = squared(&map, foreground, false);
        pool(&map, EDGE_ROWS, EDGE_COLUMNS, &mut edges);
    }
    if mirrored {
        mirror_edges(&mut edges);
    }
    // the root keeps one strong edge from drowning the others
    edges
        .iter_mut()
        .for_each(|edge| *edge = edge.max(0.0).sqrt());
    unit(&mut edges, EDGE_WEIGHT);
    block.append(&mut edges);
    block.extend(size(extent));
    block
}

/// The block of an outline in the place of another's: how large the shoe was in its picture is left as it was in `other`,
/// a whole block of such a shoe.
pub fn silhouette_sized_as(foreground: &Foreground, other: &[f32]) -> Vec<f32> {
    let mut block = silhouette(foreground, 1.0);
    let sizes = DIMS - SIZES;
    if let Some(other) = other.get(sizes..DIMS) {
        block[sizes..].copy_from_slice(other);
    }
    block
}

/// The bins of an extent.
fn size(extent: f32) -> [f32; SIZES] {
    let last = (SIZES - 1) as f32;
    let at = ((extent - SIZE_FROM) / (SIZE_TO - SIZE_FROM) * last).clamp(0.0, last);
    std::array::from_fn(|bin| {
        let share = (1.0 - (at - bin as f32).abs()).max(0.0);
        SIZE_WEIGHT * share.sqrt()
    })
}

/// Scales `values` to `length`; nothing stays nothing, and next to nothing stays little.
fn unit(values: &mut [f32], length: f32) {
    let norm = values.iter().map(|v| v * v).sum::<f32>().sqrt();
    let scale = length / (norm + 1e-3);
    values.iter_mut().for_each(|v| *v *= scale);
}

/// Whether the high parts lie right of the middle of mass.
fn points_left(foreground: &Foreground) -> bool {
    let (mut total, mut x_sum, mut y_sum) = (1e-6f64, 0f64, 0f64);
    let pixels = || {
        foreground.filled.iter().enumerate().map(|(i, &value)| {
            let (x, y) = (i % foreground.width, i / foreground.width);
            (x as f64, y as f64, f64::from(value))
        })
    };
    for (x, y, value) in pixels() {
        total += value;
        x_sum += value * x;
        y_sum += value * y;
    }
    let (x_mean, y_mean) = (x_sum / total, y_sum / total);
    let lean: f64 = pixels()
        .map(|(x, y, value)| value * (y_mean - y).max(0.0) * (x - x_mean))
        .sum();
    // a picture that is the same both ways stays as it is
    lean > 1e-6 * total
}

/// A map of the small picture in the middle of a square of [`SIDE`], zero around it.
fn squared(values: &[f32], foreground: &Foreground, mirrored: bool) -> Vec<f32> {
    let (width, height) = (foreground.width, foreground.height);
    let (left, top) = ((SIDE - width) / 2, (SIDE - height) / 2);
    let mut square = vec![0f32; SIDE * SIDE];
    for (y, line) in values.chunks_exact(width).enumerate() {
        square[(top + y) * SIDE + left..][..width].copy_from_slice(line);
    }
    if mirrored {
        square.chunks_exact_mut(SIDE).for_each(<[f32]>::reverse);
    }
    square
}

/// The strength of the edges in each direction at each pixel of the small picture.
fn directions(foreground: &Foreground) -> [Vec<f32>; DIRECTIONS] {
    let (width, height) = (foreground.width, foreground.height);
    let mut maps: [Vec<f32>; DIRECTIONS] = std::array::from_fn(|_| vec![0f32; width * height]);
    let light = |x: usize, y: usize| foreground.lab[y * width + x][0];
    let step = std::f32::consts::PI / DIRECTIONS as f32;
    for y in 0..height {
        for x in 0..width {
            let dx = if x > 0 && x + 1 < width {
                (light(x + 1, y) - light(x - 1, y)) / 2.0
            } else {
                0.0
            };
            let dy = if y > 0 && y + 1 < height {
                (light(x, y + 1) - light(x, y - 1)) / 2.0
            } else {
                0.0
            };
            let strength = dx.hypot(dy);
            if strength > 0.0 {
                // 0 to DIRECTIONS, shared between the two next to it
                let at = dy.atan2(dx).rem_euclid(std::f32::consts::PI) / step;
                let (low, share) = (at.floor(), at - at.floor());
                let low = low as usize % DIRECTIONS;
                maps[low][y * width + x] += strength * (1.0 - share);
                maps[(low + 1) % DIRECTIONS][y * width + x] += strength * share;
            }
        }
    }
    maps
}

/// What the pooled edges of the mirrored picture are: columns reversed, and so the sense of the slopes.
fn mirror_edges(edges: &mut [f32]) {
    edges
        .chunks_exact_mut(EDGE_COLUMNS)
        .for_each(<[f32]>::reverse);
    let cells = EDGE_ROWS * EDGE_COLUMNS;
    for direction in 1..DIRECTIONS.div_ceil(2) {
        let other = DIRECTIONS - direction;
        for cell in 0..cells {
            edges.swap(direction * cells + cell, other * cells + cell);
        }
    }
}

/// Appends a square map as `rows` × `columns` cells, each the mean about its middle, weighted by a tent that
/// reaches to the middles of its neighbours.
fn pool(square: &[f32], rows: usize, columns: usize, cells: &mut Vec<f32>) {
    let (down, across) = (tents(rows), tents(columns));
    for vertical in &down {
        for horizontal in &across {
            let mut sum = 0f32;
            for (line, v) in square.chunks_exact(SIDE).zip(vertical) {
                if *v > 0.0 {
                    let along: f32 = line.iter().zip(horizontal).map(|(a, b)| a * b).sum();
                    sum += v * along;
                }
            }
            cells.push(sum);
        }
    }
}

/// For each of `count` cells the weights of the [`SIDE`] pixels, each adding up to 1.
fn tents(count: usize) -> Vec<Vec<f32>> {
    let cell = SIDE as f32 / count as f32;
    (0..count)
        .map(|index| {
            let middle = (index as f32 + 0.5) * cell - 0.5;
            let mut weights: Vec<f32> = (0..SIDE)
                .map(|pixel| (1.0 - (pixel as f32 - middle).abs() / cell).max(0.0))
                .collect();
            let sum: f32 = weights.iter().sum();
            weights.iter_mut().for_each(|weight| *weight /= sum);
            weights
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Rgb, RgbImage, imageops};

    /// A boot: a shaft to the left, a foot to the right.
    fn boot() -> RgbImage {
        RgbImage::from_fn(60, 80, |x, y| {
            let shaft = (10..26).contains(&x) && (12..60).contains(&y);
            let foot = (10..52).contains(&x) && (44 + x / 8..62).contains(&y);
            if shaft || foot {
                Rgb([90, 60, 30])
            } else {
                Rgb([255; 3])
            }
        })
    }

    fn off(a: &[f32], b: &[f32]) -> f32 {
        a.iter()
            .zip(b)
            .map(|(a, b)| (a - b).powi(2))
            .sum::<f32>()
            .sqrt()
    }

    #[test]
    fn a_mirrored_shoe_is_the_same_shoe() {
        let block = silhouette(&Foreground::of(&boot()), 0.5);
        assert_eq!(block.len(), DIMS);
        let mirrored = silhouette(&Foreground::of(&imageops::flip_horizontal(&boot())), 0.5);
        assert!(off(&block, &mirrored) < 0.02, "{}", off(&block, &mirrored));
        let fallen = silhouette(&Foreground::of(&imageops::flip_vertical(&boot())), 0.5);
        assert!(off(&block, &fallen) > 0.5);
    }

    #[test]
    fn the_colour_matters_little() {
        let block = silhouette(&Foreground::of(&boot()), 0.5);
        let mut black = boot();
        for pixel in black.pixels_mut() {
            if pixel.0[0] < 128 {
                *pixel = Rgb([20, 20, 20]);
            }
        }
        assert!(off(&block, &silhouette(&Foreground::of(&black), 0.5)) < 0.1);
    }

    #[test]
    fn parts_have_their_lengths_and_blanks_have_none() {
        let block = silhouette(&Foreground::of(&boot()), 0.5);
        let length = |part: &[f32]| part.iter().map(|v| v * v).sum::<f32>().sqrt();
        assert!((length(&block[..64]) - 1.0).abs() < 0.01);
        assert!((length(&block[64..144]) - EDGE_WEIGHT).abs() < 0.05);
        assert!((length(&block[144..]) - SIZE_WEIGHT).abs() < 1e-5);
        let blank = Foreground::of(&RgbImage::from_pixel(9, 4, Rgb([7, 80, 9])));
        let blank = silhouette(&blank, 1.0);
        assert!(blank[..144].iter().all(|v| v.abs() < 1e-3));
    }
}
