//! Pictures that show nothing: the blank ones that shops put where a photo is missing.

use crate::numeric::upper_median;
use image::RgbImage;

/// Steps of 255 that a channel may be off and still be the same colour: what a JPEG adds.
const STEPS: u8 = 2;
/// One pixel in so many may be another colour: dirt at an edge.
const DIRT: usize = 2000;

/// Whether the picture is of one colour all over, but for a trace of noise. One with a word on it, as "no image
/// available", is not; nor is a white shoe on white that can be seen at all.
pub fn is_blank(picture: &RgbImage) -> bool {
    let pixels = (picture.width() as usize) * (picture.height() as usize);
    // Few pixels tell most pictures apart before the median is made of all of them.
    let few = pixels.div_ceil(256).max(1);
    let colour: [u8; 3] = std::array::from_fn(|channel| {
        let mut values: Vec<f32> = (picture.pixels().step_by(few))
            .map(|pixel| f32::from(pixel.0[channel]))
            .collect();
        upper_median(&mut values).unwrap_or(0.0) as u8
    });
    let other = |pixel: &&image::Rgb<u8>| {
        let channels = pixel.0.iter().zip(colour);
        channels.into_iter().any(|(v, c)| v.abs_diff(c) > STEPS)
    };
    let most = pixels / DIRT;
    picture.pixels().filter(other).take(most + 1).count() <= most
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    #[test]
    fn one_colour_is_blank_whatever_it_is() {
        for colour in [[255; 3], [0; 3], [200, 60, 10]] {
            for (width, height) in [(1, 1), (3, 700), (224, 224)] {
                assert!(is_blank(&RgbImage::from_pixel(width, height, Rgb(colour))));
            }
        }
        let mut noisy =
            RgbImage::from_fn(
                300,
                200,
                |x, y| Rgb([253 + ((x * 7 + y * 13) % 3) as u8; 3]),
            );
        noisy.put_pixel(4, 4, Rgb([90; 3]));
        assert!(is_blank(&noisy));
        assert!(is_blank(&RgbImage::new(0, 0)));
    }

    #[test]
    fn whatever_can_be_seen_is_not_blank() {
        let with = |side: u32, colour: [u8; 3]| {
            RgbImage::from_fn(120, 80, |x, y| {
                let inside = (40..40 + side).contains(&x) && (30..30 + side).contains(&y);
                Rgb(if inside { colour } else { [255; 3] })
            })
        };
        // A dot, a pale shoe on white, a coloured one as light as its ground.
        assert!(!is_blank(&with(4, [0; 3])));
        assert!(!is_blank(&with(30, [250; 3])));
        assert!(!is_blank(&with(30, [255, 240, 255])));
        let gradient = RgbImage::from_fn(100, 100, |x, _| Rgb([155 + x as u8; 3]));
        assert!(!is_blank(&gradient));
    }
}
