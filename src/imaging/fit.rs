//! Pictures scaled to fit, and padded to squares: never stretched.

use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};
use image::{Rgb, RgbImage, imageops};

/// How a picture is made smaller or larger. Scaling down, each widens with the scale, so that nothing aliases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filter {
    /// Lanczos where it shrinks, Catmull-Rom where it grows: for eyes.
    Sharpest,
    /// Catmull-Rom, as PyTorch's and TensorFlow's bicubic: for networks that were taught with it.
    Bicubic,
    /// Bilinear: no overshoot beside edges.
    Bilinear,
}

/// What a square has around a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Padding {
    /// White, as a shop's photo has it.
    White,
    /// The median colour of the picture's own borders.
    Border,
}

/// `picture` scaled so that its longer side is `side`; one without pixels becomes a white square.
pub fn fit(picture: &RgbImage, side: u32, filter: Filter) -> RgbImage {
    let longer = picture.width().max(picture.height());
    if picture.width() == 0 || picture.height() == 0 {
        return RgbImage::from_pixel(side, side, WHITE);
    }
    let scaled = |length: u32| {
        let exact = f64::from(length) * f64::from(side) / f64::from(longer);
        (exact.round() as u32).max(1)
    };
    resize(
        picture,
        scaled(picture.width()),
        scaled(picture.height()),
        filter,
    )
}

/// `picture` scaled to the middle of a square of `side`.
pub fn square(picture: &RgbImage, side: u32, filter: Filter, padding: Padding) -> RgbImage {
    let inner = fit(picture, side, filter);
    if inner.dimensions() == (side, side) {
        return inner;
    }
    let around = match padding {
        Padding::White => WHITE,
        Padding::Border => border_colour(&inner),
    };
    let mut square = RgbImage::from_pixel(side, side, around);
    let (x, y) = ((side - inner.width()) / 2, (side - inner.height()) / 2);
    imageops::replace(&mut square, &inner, i64::from(x), i64::from(y));
    square
}

const WHITE: Rgb<u8> = Rgb([255; 3]);

impl Filter {
    /// How it is done where the picture becomes smaller, or does not.
    fn kernel(self, smaller: bool) -> ResizeAlg {
        ResizeAlg::Convolution(match self {
            Self::Sharpest if smaller => FilterType::Lanczos3,
            Self::Sharpest | Self::Bicubic => FilterType::CatmullRom,
            Self::Bilinear => FilterType::Bilinear,
        })
    }
}

fn resize(picture: &RgbImage, width: u32, height: u32, filter: Filter) -> RgbImage {
    if picture.dimensions() == (width, height) {
        return picture.clone();
    }
    let options = ResizeOptions::new().resize_alg(filter.kernel(width < picture.width()));
    let mut scaled = RgbImage::new(width, height);
    match Resizer::new().resize(picture, &mut scaled, &options) {
        Ok(()) => scaled,
        // It refuses nothing that an RgbImage with pixels can be; if it ever did, slowly is better than not at all.
        Err(_) => imageops::resize(picture, width, height, imageops::FilterType::Triangle),
    }
}

/// The square of `picture` that begins `at` x and y and is `reach` pixels wide, scaled to `side`.
pub(super) fn resize_part(
    picture: &RgbImage,
    at: [f64; 2],
    reach: f64,
    side: u32,
    filter: Filter,
) -> RgbImage {
    let options = ResizeOptions::new()
        .resize_alg(filter.kernel(reach > f64::from(side)))
        .crop(at[0], at[1], reach, reach);
    let mut scaled = RgbImage::new(side, side);
    match Resizer::new().resize(picture, &mut scaled, &options) {
        Ok(()) => scaled,
        // Only where the part is not in the picture.
        Err(_) => square(picture, side, Filter::Bilinear, Padding::Border),
    }
}

/// The median of each channel along the borders.
pub(super) fn border_colour(picture: &RgbImage) -> Rgb<u8> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pads_with_the_border_or_with_white_and_never_stretches() {
        let picture = RgbImage::from_fn(60, 120, |x, y| {
            if (20..40).contains(&x) && (50..70).contains(&y) {
                Rgb([10, 20, 30])
            } else {
                Rgb([250, 240, 230])
            }
        });
        let square = |padding| square(&picture, 240, Filter::Bicubic, padding);
        for (padding, around) in [
            (Padding::Border, [250, 240, 230]),
            (Padding::White, [255; 3]),
        ] {
            let square = square(padding);
            assert_eq!(square.dimensions(), (240, 240));
            assert_eq!(square.get_pixel(3, 120).0, around);
            assert_eq!(square.get_pixel(120, 120).0, [10, 20, 30]);
            let dark = square.pixels().filter(|p| p.0[0] < 128).count();
            assert!((1500..1700).contains(&dark), "{dark}");
        }
    }

    #[test]
    fn any_shape_fits() {
        for (width, height) in [(0, 0), (1, 1), (1, 5000), (5000, 1), (28, 28), (64, 64)] {
            for filter in [Filter::Sharpest, Filter::Bicubic, Filter::Bilinear] {
                let picture = RgbImage::new(width, height);
                let small = fit(&picture, 64, filter);
                assert_eq!(small.width().max(small.height()), 64);
                let square = super::square(&picture, 64, filter, Padding::White);
                assert_eq!(square.dimensions(), (64, 64));
            }
        }
    }

    #[test]
    fn squares_of_white_around_pictures_of_any_shape() {
        let squared =
            |picture: &RgbImage, side| square(picture, side, Filter::Sharpest, Padding::White);
        let wide = RgbImage::from_pixel(40, 20, Rgb([0, 0, 0]));
        let square = squared(&wide, 32);
        assert_eq!(square.dimensions(), (32, 32));
        assert_eq!(square.get_pixel(16, 2).0, [255; 3]);
        assert_eq!(square.get_pixel(16, 16).0, [0; 3]);
        assert_eq!(square.get_pixel(16, 30).0, [255; 3]);
        let line = RgbImage::from_pixel(1, 1000, Rgb([9, 9, 9]));
        assert_eq!(squared(&line, 8).dimensions(), (8, 8));
        let dot = RgbImage::from_pixel(1, 1, Rgb([9, 9, 9]));
        assert_eq!(squared(&dot, 8).get_pixel(0, 7).0, [9; 3]);
    }
}
