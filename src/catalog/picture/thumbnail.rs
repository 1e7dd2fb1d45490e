//! The small picture that a catalogue keeps of a shoe.

use super::Decoded;
use crate::imaging::fit::{Filter, fit};
use image::codecs::jpeg::JpegEncoder;
use image::{ImageFormat, RgbImage};

/// The quality of JPEG thumbnails: no blocks to be seen at the size at which they are shown.
const JPEG_QUALITY: u8 = 90;

/// The small picture that a catalogue keeps of a shoe.
#[derive(Debug, Clone)]
pub struct Thumbnail {
    /// The encoded picture: PNG, or JPEG where the source was one.
    pub bytes: Vec<u8>,
    /// Whether there is no colour in it.
    pub is_grey: bool,
}

/// Makes the thumbnail of `decoded`, whose file is `original` (empty for raw pixels): its longest side is
/// at most `longest` pixels, and it never grows.
///
/// What already fits keeps its own bytes, so that nothing is lost by coding it again. Otherwise a JPEG
/// stays a JPEG, and a lossless picture a PNG unless that would be much larger, as for photos.
pub fn thumbnail(decoded: &Decoded, original: &[u8], longest: u32) -> Thumbnail {
    let full = &decoded.picture;
    let fits = full.width().max(full.height()) <= longest;
    let raw_size = full.width() as usize * full.height() as usize * 3;
    let is_kept_kind = matches!(decoded.format, Some(ImageFormat::Jpeg | ImageFormat::Png));
    if fits && decoded.is_plain && is_kept_kind && original.len() <= raw_size {
        return Thumbnail {
            bytes: original.to_owned(),
            is_grey: is_grey(full),
        };
    }
    let scaled = if fits {
        None
    } else {
        Some(fit(full, longest, Filter::Sharpest))
    };
    let picture = scaled.as_ref().unwrap_or(full);
    let is_grey = is_grey(picture);
    let bytes = if matches!(decoded.format, Some(ImageFormat::Jpeg | ImageFormat::WebP)) {
        encode_jpeg(picture)
    } else {
        let png = encode_png(picture);
        // Small ones are compared too: the difference is in the sum over a catalogue.
        match (!is_grey).then(|| encode_jpeg(picture)) {
            Some(jpeg) if png.len() > 2 * jpeg.len() => jpeg,
            _ => png,
        }
    };
    Thumbnail { bytes, is_grey }
}

/// Whether red, green and blue are the same everywhere.
fn is_grey(picture: &RgbImage) -> bool {
    picture.pixels().all(|p| p[0] == p[1] && p[1] == p[2])
}

fn encode_jpeg(picture: &RgbImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    let encoded = if is_grey(picture) {
        let grey = image::DynamicImage::ImageRgb8(picture.clone()).into_luma8();
        JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY).encode_image(&grey)
    } else {
        JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY).encode_image(picture)
    };
    match encoded {
        Ok(()) => bytes,
        // A JPEG has at most 65,535 pixels a side; a PNG takes any.
        Err(_) => encode_png(picture),
    }
}

/// Encodes a picture as a small PNG: grey where it is grey, and with the filter that suits it best.
pub fn encode_png(picture: &RgbImage) -> Vec<u8> {
    let grey = is_grey(picture);
    let pixels: Vec<u8> = if grey {
        picture.pixels().map(|p| p[0]).collect()
    } else {
        picture.as_raw().clone()
    };
    let color = if grey {
        png::ColorType::Grayscale
    } else {
        png::ColorType::Rgb
    };
    use png::Filter as F;
    let filters = [
        F::Adaptive,
        F::NoFilter,
        F::Sub,
        F::Up,
        F::Paeth,
        F::MinEntropy,
    ];
    // Trying all of them is worth it only for the many small ones.
    let tried = if pixels.len() <= 1 << 16 {
        &filters[..]
    } else {
        &filters[..1]
    };
    let encoded = tried.iter().filter_map(|&filter| {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, picture.width(), picture.height());
        encoder.set_color(color);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::High);
        encoder.set_filter(filter);
        let mut writer = encoder.write_header().ok()?;
        writer.write_image_data(&pixels).ok()?;
        writer.finish().ok()?;
        Some(bytes)
    });
    // Writing to memory fails only for a picture without pixels, which decoding refuses.
    encoded.min_by_key(Vec::len).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::{decode, decode_named};
    use super::*;
    use image::Rgb;

    fn raw(picture: RgbImage) -> Decoded {
        Decoded {
            picture,
            format: None,
            is_plain: true,
        }
    }

    #[test]
    fn thumbnails_never_grow_and_keep_their_shape() {
        let small = raw(RgbImage::from_pixel(28, 20, Rgb([9, 9, 9])));
        let kept = thumbnail(&small, &[], 128);
        assert!(kept.is_grey);
        assert_eq!(decode(&kept.bytes).unwrap(), small.picture);
        let large = raw(RgbImage::from_fn(400, 200, |x, y| {
            Rgb([x as u8, y as u8, 90])
        }));
        let scaled = thumbnail(&large, &[], 128);
        assert!(!scaled.is_grey);
        assert_eq!(decode(&scaled.bytes).unwrap().dimensions(), (128, 64));
    }

    #[test]
    fn what_fits_keeps_its_own_bytes() {
        let picture = RgbImage::from_fn(60, 80, |x, y| Rgb([x as u8 * 4, y as u8 * 3, 90]));
        let jpeg = encode_jpeg(&picture);
        let decoded = decode_named(&jpeg, "1.jpg").unwrap();
        assert_eq!(thumbnail(&decoded, &jpeg, 128).bytes, jpeg);
        let smaller = thumbnail(&decoded, &jpeg, 40);
        assert_ne!(smaller.bytes, jpeg);
        assert_eq!(
            image::guess_format(&smaller.bytes).unwrap(),
            ImageFormat::Jpeg
        );
        assert_eq!(decode(&smaller.bytes).unwrap().dimensions(), (30, 40));
    }

    #[test]
    fn grey_pictures_become_grey_png() {
        let picture = RgbImage::from_fn(28, 28, |x, y| Rgb([(x * y) as u8; 3]));
        let png = encode_png(&picture);
        assert!(png.len() < 28 * 28);
        assert_eq!(decode(&png).unwrap(), picture);
        let reader = png::Decoder::new(std::io::Cursor::new(&png))
            .read_info()
            .unwrap();
        assert_eq!(reader.info().color_type, png::ColorType::Grayscale);
    }
}
