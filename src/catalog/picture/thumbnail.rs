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
    } else if is_grey {
        encode_png(picture)
    } else {
        encode_smaller(picture)
    };
    Thumbnail { bytes, is_grey }
}

/// Encodes a picture without loss, or as a JPEG where that takes less than half as much.
///
/// The smallest PNG costs more time than all else that is done to a photo; so it is made only where a quick one is
/// small enough for the smallest to be kept.
fn encode_smaller(picture: &RgbImage) -> Vec<u8> {
    let jpeg = encode_jpeg(picture);
    if quick_png_size(picture) / 2 > QUICK * jpeg.len() {
        return jpeg;
    }
    let png = encode_png(picture);
    if png.len() > 2 * jpeg.len() {
        jpeg
    } else {
        png
    }
}

/// How many times larger a quick PNG of a photo is than the smallest, at most.
const QUICK: usize = 2;

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
    let best = png::DeflateCompression::Level(9);
    let encode = |&filter| png(picture, &pixels, color, best, filter);
    // Writing to memory fails only for a picture without pixels, which decoding refuses.
    let encoded = tried.iter().filter_map(encode);
    encoded.min_by_key(Vec::len).unwrap_or_default()
}

/// About how small a PNG of a coloured picture can be, in bytes; it is smaller by less than [`QUICK`] times.
fn quick_png_size(picture: &RgbImage) -> usize {
    let level = png::DeflateCompression::Level(1);
    // What suits drawings, and what suits photos.
    let sizes = [png::Filter::NoFilter, png::Filter::Paeth].map(|filter| {
        let encoded = png(
            picture,
            picture.as_raw(),
            png::ColorType::Rgb,
            level,
            filter,
        );
        encoded.map_or(usize::MAX, |bytes| bytes.len())
    });
    sizes[0].min(sizes[1])
}

fn png(
    picture: &RgbImage,
    pixels: &[u8],
    color: png::ColorType,
    compression: png::DeflateCompression,
    filter: png::Filter,
) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, picture.width(), picture.height());
    encoder.set_color(color);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_deflate_compression(compression);
    encoder.set_filter(filter);
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(pixels).ok()?;
    writer.finish().ok()?;
    Some(bytes)
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
    fn photos_become_jpeg_and_drawings_stay_lossless() {
        // Grain as a camera's, and the few even colours of a drawing.
        let photo = RgbImage::from_fn(120, 90, |x, y| {
            let grain = (x * 31 + y * 17).wrapping_mul(2_654_435_761) >> 30;
            let light = |phase: f32| {
                let (x, y) = (x as f32 / 9.0 + phase, y as f32 / 7.0 - phase);
                (127.0 + 60.0 * x.sin() * y.cos()) as u32 + grain
            };
            Rgb([light(0.0), light(0.7), light(1.9)].map(|v| v as u8))
        });
        let drawing = RgbImage::from_fn(120, 90, |x, y| match (x / 30 + y / 30) % 3 {
            0 => Rgb([255, 255, 255]),
            1 => Rgb([200, 20, 20]),
            _ => Rgb([10, 10, 90]),
        });
        for (picture, format) in [(photo, ImageFormat::Jpeg), (drawing, ImageFormat::Png)] {
            let small = thumbnail(&raw(picture.clone()), &[], 128).bytes;
            assert_eq!(image::guess_format(&small).unwrap(), format);
            // What the quick way decides is what both in full would.
            let (png, jpeg) = (encode_png(&picture), encode_jpeg(&picture));
            let is_photo = png.len() > 2 * jpeg.len();
            assert_eq!(small, if is_photo { jpeg } else { png });
        }
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
