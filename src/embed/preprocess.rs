//! From a picture of any size and shape to what the network sees: 224×224, padded, never stretched.
//!
//! The picture is scaled to fit by Catmull-Rom (as in PyTorch's and TensorFlow's bicubic, with the support widened
//! when scaling down, so that nothing aliases), put in the middle of a square whose colour is that of the
//! picture's borders, and normalised by (x − 127) / 128, as the weights want it.

use super::network::SIDE;
use crate::imaging::fit::{Filter, Padding, square};
use image::RgbImage;

/// What the network takes: [`SIDE`] × [`SIDE`] × 3 numbers from −127/128 to 1, appended to `numbers`.
pub fn normalise(picture: &RgbImage, numbers: &mut Vec<f32>) {
    let square = square(picture, SIDE as u32, Filter::Bicubic, Padding::Border);
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
    fn any_shape_is_taken() {
        for (width, height) in [(0, 0), (1, 1), (1, 5000), (5000, 1), (28, 28), (224, 224)] {
            let mut numbers = Vec::new();
            normalise(&RgbImage::new(width, height), &mut numbers);
            assert_eq!(numbers.len(), SIDE * SIDE * 3);
        }
    }
}
