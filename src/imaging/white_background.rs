//! The rectangle that holds the shoe on a white background.

use image::{Rgb, RgbImage};

/// What is darker than this in some channel is shoe.
const FOREGROUND: u8 = 235;
/// A background is white where the middle one of the edge's pixels is at least so light in all channels.
const BACKGROUND: u8 = 243;

/// Whether most of the edge is white.
pub fn has_white_background(picture: &RgbImage) -> bool {
    let (width, height) = picture.dimensions();
    let mut edge: Vec<u8> = picture
        .enumerate_pixels()
        .filter(|&(x, y, _)| x == 0 || y == 0 || x + 1 == width || y + 1 == height)
        .map(|(_, _, pixel)| darkest(pixel))
        .collect();
    if edge.is_empty() {
        return false;
    }
    let middle = edge.len() / 2;
    *edge.select_nth_unstable(middle).1 >= BACKGROUND
}

/// Left, top, width and height of what is not white, in pixels. Lines of a single dark pixel are dirt; what is smaller
/// than 8 pixels each way is no shoe.
pub fn shoe_bounds(picture: &RgbImage) -> Option<[u32; 4]> {
    let (width, height) = picture.dimensions();
    let (mut columns, mut rows) = (vec![0u32; width as usize], vec![0u32; height as usize]);
    for (x, y, pixel) in picture.enumerate_pixels() {
        if darkest(pixel) < FOREGROUND {
            columns[x as usize] += 1;
            rows[y as usize] += 1;
        }
    }
    let span = |counts: &[u32]| {
        let first = counts.iter().position(|&n| n > 1)?;
        let last = counts.iter().rposition(|&n| n > 1)?;
        Some((first as u32, (last - first + 1) as u32))
    };
    let ((left, width), (top, height)) = (span(&columns)?, span(&rows)?);
    (width.max(height) >= 8).then_some([left, top, width, height])
}

/// The darkest channel of a pixel.
fn darkest(pixel: &Rgb<u8>) -> u8 {
    let [r, g, b] = pixel.0;
    r.min(g).min(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shoe_is_what_is_not_white() {
        let mut picture = RgbImage::from_fn(60, 40, |x, y| {
            let is_shoe = (10..50).contains(&x) && (12..30).contains(&y);
            Rgb(if is_shoe { [40, 60, 80] } else { [250; 3] })
        });
        picture.put_pixel(3, 3, Rgb([0; 3]));
        assert!(has_white_background(&picture));
        assert_eq!(shoe_bounds(&picture), Some([10, 12, 40, 18]));
        let white = RgbImage::from_pixel(60, 40, Rgb([255; 3]));
        assert_eq!(shoe_bounds(&white), None);
        assert!(!has_white_background(&RgbImage::new(0, 0)));
        assert!(!has_white_background(&RgbImage::from_pixel(
            9,
            9,
            Rgb([200; 3])
        )));
    }
}
