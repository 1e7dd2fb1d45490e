//! From a picture of any size and shape to what the network sees: 224×224, padded, never stretched.
//!
//! The picture is scaled to fit by Catmull-Rom (as in PyTorch's and TensorFlow's bicubic, with the support widened
//! when scaling down, so that nothing aliases), put in the middle of a square whose colour is that of the
//! picture's borders, and normalised by (x − 127) / 128, as the weights want it.

use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};
use image::{Rgb, RgbImage, imageops};

use super::network::SIDE;

/// How a picture is made smaller or larger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filter {
    /// Catmull-Rom: sharp.
    Sharp,
    /// Bilinear: no overshoot beside edges.
    Smooth,
}

/// `picture` scaled so that its longer side is `side`; a picture without pixels is one of a white pixel.
pub fn fit(picture: &RgbImage, side: u32, filter: Filter) -> RgbImage {
    let longer = picture.width().max(picture.height());
    if picture.width() == 0 || picture.height() == 0 {
        return RgbImage::from_pixel(side, side, Rgb([255; 3]));
    }
    let scaled = |length: u32| {
        let exact = f64::from(length) * f64::from(side) / f64::from(longer);
        (exact.round() as u32).clamp(1, side)
    };
    let (width, height) = (scaled(picture.width()), scaled(picture.height()));
    if (width, height) == picture.dimensions() {
        return picture.clone();
    }
    let algorithm = ResizeAlg::Convolution(match filter {
        Filter::Sharp => FilterType::CatmullRom,
        Filter::Smooth => FilterType::Bilinear,
    });
    let options = ResizeOptions::new().resize_alg(algorithm);
    let mut small = RgbImage::new(width, height);
    match Resizer::new().resize(picture, &mut small, Some(&options)) {
        Ok(()) => small,
        // it refuses nothing that an RgbImage can be; if it ever did, slowly is better than not at all
        Err(_) => imageops::resize(picture, width, height, imageops::FilterType::Triangle),
    }
}

/// `picture` in the middle of a square of `side`, the rest filled with the colour of its borders.
pub fn square(picture: &RgbImage, side: u32) -> RgbImage {
    let small = fit(picture, side, Filter::Sharp);
    if small.dimensions() == (side, side) {
        return small;
    }
    let mut square = RgbImage::from_pixel(side, side, border_colour(&small));
    let (x, y) = ((side - small.width()) / 2, (side - small.height()) / 2);
    imageops::replace(&mut square, &small, i64::from(x), i64::from(y));
    square
}

/// The median of each channel along the borders.
fn border_colour(picture: &RgbImage) -> Rgb<u8> {
    let (width, height) = picture.dimensions();
    let mut counts = [[0u32; 256]; 3];
    let mut count = |x: u32, y: u32| {
        for (counts, value) in counts.iter_mut().zip(picture.get_pixel(x, y).0) {
            counts[usize::from(value)] += 1;
        }
    };
    for x in 0..width {
        count(x, 0);
        count(x, height - 1);
    }
    for y in 0..height {
        count(0, y);
        count(width - 1, y);
    }
    let half = width + height;
    Rgb(counts.map(|counts| {
        let mut sum = 0;
        let middle = counts.iter().position(|&count| {
            sum += count;
            sum >= half
        });
        middle.unwrap_or(255) as u8
    }))
}

/// What the network takes: [`SIDE`] × [`SIDE`] × 3 numbers from −127/128 to 1, appended to `numbers`.
pub fn normalise(picture: &RgbImage, numbers: &mut Vec<f32>) {
    let square = square(picture, SIDE as u32);
    numbers.extend(
        square
            .as_raw()
            .iter()
            .map(|&value| (f32::from(value) - 127.0) / 128.0),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pads_with_the_border_and_never_stretches() {
        let picture = RgbImage::from_fn(60, 120, |x, y| {
            if (20..40).contains(&x) && (50..70).contains(&y) {
                Rgb([10, 20, 30])
            } else {
                Rgb([250, 240, 230])
            }
        });
        let square = square(&picture, 240);
        assert_eq!(square.dimensions(), (240, 240));
        assert_eq!(square.get_pixel(3, 120).0, [250, 240, 230]);
        assert_eq!(square.get_pixel(120, 120).0, [10, 20, 30]);
        let dark = square.pixels().filter(|p| p.0[0] < 128).count();
        assert!((1500..1700).contains(&dark), "{dark}");
    }

    #[test]
    fn any_shape_is_taken() {
        for (width, height) in [(0, 0), (1, 1), (1, 5000), (5000, 1), (28, 28), (224, 224)] {
            let mut numbers = Vec::new();
            normalise(&RgbImage::new(width, height), &mut numbers);
            assert_eq!(numbers.len(), SIDE * SIDE * 3);
        }
    }
}
