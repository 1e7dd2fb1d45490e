//! Between pictures and the bytes that the networks see of them.

use image::RgbImage;

/// The bytes that the networks see of a picture.
pub(in crate::gan) fn bytes_of(picture: &RgbImage, channels: usize) -> Vec<u8> {
    if channels == 3 {
        picture.as_raw().clone()
    } else {
        let luma = |p: &image::Rgb<u8>| {
            let [r, g, b] = p.0.map(u32::from);
            ((299 * r + 587 * g + 114 * b + 500) / 1000) as u8
        };
        picture.pixels().map(luma).collect()
    }
}

/// The picture of what the networks see.
pub(in crate::gan) fn picture_of(bytes: &[u8], size: usize, channels: usize) -> RgbImage {
    RgbImage::from_fn(size as u32, size as u32, |x, y| {
        let at = (y as usize * size + x as usize) * channels;
        image::Rgb(if channels == 3 {
            [bytes[at], bytes[at + 1], bytes[at + 2]]
        } else {
            [bytes[at]; 3]
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grey_pictures_survive_the_round_trip() {
        let picture = RgbImage::from_fn(4, 4, |x, y| image::Rgb([(x * 60 + y) as u8; 3]));
        assert_eq!(picture_of(&bytes_of(&picture, 1), 4, 1), picture);
        assert_eq!(picture_of(&bytes_of(&picture, 3), 4, 3), picture);
    }
}
