//! Pictures: decoding anything that people have, and the small ones that a catalogue keeps.
//!
//! A picture is decoded as people see it: turned as its EXIF data says, laid on white where it is
//! transparent, in eight bits of red, green and blue. Its size is looked at before its pixels are, so that
//! a small file that claims to be enormous costs nothing.

use image::metadata::Orientation;
use image::{
    DynamicImage, ExtendedColorType, ImageDecoder as _, ImageError, ImageFormat, ImageReader,
    Limits, Rgb, RgbImage,
};
use std::io::Cursor;
use std::path::{Path, PathBuf};

mod jpeg;
mod jxl;
mod kind;
mod png_chunks;
mod profile;
mod thumbnail;
mod tiff;

pub use kind::of_no_use;
use profile::Profile;
pub use thumbnail::{Thumbnail, encode_png, thumbnail};

/// The longest side of a stored picture unless somebody chooses another, in pixels.
pub const DEFAULT_THUMBNAIL: u32 = 128;

/// The most pixels that a picture may have: more than any camera's, and what fits in memory.
pub const MOST_PIXELS: u64 = 150_000_000;

/// The longest side that a picture may have, in pixels.
const LONGEST_SIDE: u32 = 40_000;

/// The most memory that decoding one picture may take, in bytes.
const MOST_MEMORY: u64 = 1 << 30;

/// Endings of the pictures that are read.
pub const ENDINGS: [&str; 16] = [
    "png", "jpg", "jpeg", "jfif", "webp", "gif", "bmp", "tif", "tiff", "pnm", "ppm", "pgm", "pbm",
    "qoi", "tga", "jxl",
];

/// Whether a file is a picture by its ending.
pub fn is_named(path: &Path) -> bool {
    let ending = path.extension().and_then(|e| e.to_str());
    ending.is_some_and(|ending| ENDINGS.contains(&ending.to_ascii_lowercase().as_str()))
}

/// A photo that somebody asks about could not be read.
#[derive(Debug, thiserror::Error)]
pub enum PhotoError {
    /// The file cannot be read.
    #[error("{} cannot be read ({source}); give the path of a photo", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// It is no picture.
    #[error("{} is not a photo that can be opened ({source}); try another file", path.display())]
    Decode {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: PictureError,
    },
}

/// Reads a photo.
///
/// # Errors
/// [`PhotoError`] names the file, and says what to do.
pub fn read(path: &Path) -> Result<RgbImage, PhotoError> {
    let path = path.to_owned();
    match std::fs::read(&path) {
        Ok(bytes) => decode(&bytes).map_err(|source| PhotoError::Decode { path, source }),
        Err(source) => Err(PhotoError::Read { path, source }),
    }
}

/// A picture that cannot be used, and why; the caller adds which one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PictureError(pub String);

/// A decoded picture with what [`thumbnail`] needs to know of its source.
#[derive(Debug, Clone)]
pub struct Decoded {
    /// The picture as people see it.
    pub picture: RgbImage,
    /// The source's format; none for raw pixels.
    pub format: Option<ImageFormat>,
    /// Whether the source's own bytes show the same picture in any program: not turned by EXIF, opaque,
    /// eight bits a channel, no CMYK, no colours but sRGB, nothing missing and nothing else in it.
    pub is_plain: bool,
}

/// Decodes a picture of any usual kind as people see it.
///
/// # Errors
/// Says what is wrong with the bytes: empty, of no known kind, damaged, or too large.
pub fn decode(bytes: &[u8]) -> Result<RgbImage, PictureError> {
    Ok(decode_named(bytes, "")?.picture)
}

/// As [`decode`]; `name` is the file's, whose extension tells the kind where the bytes do not (TGA).
///
/// # Errors
/// As [`decode`].
pub fn decode_named(bytes: &[u8], name: &str) -> Result<Decoded, PictureError> {
    if bytes.is_empty() {
        return Err(PictureError("the file is empty (0 bytes)".to_owned()));
    }
    if let Some(kind) = kind::of_no_use(bytes) {
        return Err(PictureError(kind.to_owned()));
    }
    if jxl::is(bytes) {
        let (picture, icc) = jxl::decode(bytes)?;
        let stored = picture.color().into();
        return Ok(foreign(picture, Some(&icc), stored, None));
    }
    let bytes = &*png_chunks::without_bomb(bytes);
    let mut reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .map_err(|error| PictureError(error.to_string()))?;
    if tiff::is_big(bytes) {
        reader.set_format(ImageFormat::Tiff);
    }
    if reader.format().is_none() {
        // Only TGA has no mark of its own.
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
        match ImageFormat::from_extension(extension) {
            Some(ImageFormat::Tga) => reader.set_format(ImageFormat::Tga),
            _ => {
                return Err(PictureError(
                    "not a picture of a known kind (PNG, JPEG, WebP, GIF, BMP, TIFF, PNM, QOI, TGA, JPEG XL)".to_owned(),
                ));
            }
        }
    }
    let format = reader.format();
    if format == Some(ImageFormat::Tiff)
        && let Some(read) = tiff::decode(bytes)?
    {
        let stored = read.picture.color().into();
        let mut decoded = foreign(read.picture, read.icc.as_deref(), stored, format);
        let mut turned = DynamicImage::from(decoded.picture);
        turned.apply_orientation(read.orientation);
        decoded.picture = turned.into_rgb8();
        return Ok(decoded);
    }
    let is_jpeg = format == Some(ImageFormat::Jpeg);
    let mut limits = Limits::default();
    limits.max_alloc = Some(MOST_MEMORY);
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(explain)?;
    let (width, height) = decoder.dimensions();
    check_size(width, height)?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let has_more = decoder.exif_metadata().ok().flatten().is_some();
    let stored = decoder.original_color_type();
    let is_cmyk = is_jpeg && jpeg::is_cmyk(bytes);
    let icc = decoder.icc_profile().ok().flatten();
    let profile = Profile::read(icc.as_deref(), stored, is_cmyk);
    let has_end = !is_jpeg || jpeg::has_end(bytes);
    if !has_end && !jpeg::is_whole_without_end(bytes) {
        return Err(cut_short());
    }
    let mut picture = DynamicImage::from_decoder(decoder).map_err(explain)?;
    if let Some(profile) = &profile {
        picture = match is_cmyk {
            true => jpeg::inks(bytes)
                .and_then(|(width, height, inks)| profile.of_inks(&inks, width, height))
                .map_or(picture, Into::into),
            false => profile.to_srgb(picture),
        };
    }
    picture.apply_orientation(orientation);
    let is_usual = matches!(stored, ExtendedColorType::L8 | ExtendedColorType::Rgb8) && !is_cmyk;
    Ok(Decoded {
        is_plain: is_usual
            && profile.is_none()
            && has_end
            && !has_more
            && orientation == Orientation::NoTransforms,
        picture: on_white(picture),
        format,
    })
}

/// A picture that few other programs show, in sRGB and on white.
fn foreign(
    picture: DynamicImage,
    icc: Option<&[u8]>,
    stored: ExtendedColorType,
    format: Option<ImageFormat>,
) -> Decoded {
    let picture = match Profile::read(icc, stored, false) {
        Some(profile) => profile.to_srgb(picture),
        None => picture,
    };
    Decoded {
        picture: on_white(picture),
        format,
        is_plain: false,
    }
}

/// That a picture has pixels, and not too many.
fn check_size(width: u32, height: u32) -> Result<(), PictureError> {
    if width == 0 || height == 0 {
        return Err(PictureError("the picture has no pixels".to_owned()));
    }
    let is_too_long = width.max(height) > LONGEST_SIDE;
    if is_too_long || u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(too_large(Some((width, height))));
    }
    Ok(())
}

fn too_large(size: Option<(u32, u32)>) -> PictureError {
    let size = size.map_or(String::new(), |(w, h)| format!(" ({w}×{h} pixels)"));
    PictureError(format!(
        "the picture is too large{size}: at most {} megapixels and {LONGEST_SIDE} pixels a side are read; scale it down",
        MOST_PIXELS / 1_000_000
    ))
}

fn cut_short() -> PictureError {
    PictureError("the picture is cut short".to_owned())
}

fn explain(error: ImageError) -> PictureError {
    match error {
        ImageError::Limits(_) => too_large(None),
        ImageError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            cut_short()
        }
        // Some decoders end their words with a new line.
        other => PictureError(other.to_string().trim_end().to_owned()),
    }
}

/// Lays what is transparent on white, as a page or a shop would show it.
fn on_white(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let with_alpha = picture.into_rgba8();
    RgbImage::from_fn(with_alpha.width(), with_alpha.height(), |x, y| {
        let [r, g, b, a] = with_alpha.get_pixel(x, y).0.map(u32::from);
        let over = |c: u32| ((c * a + 255 * (255 - a) + 127) / 255) as u8;
        Rgb([over(r), over(g), over(b)])
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{ImageBuffer, Luma, Rgba, RgbaImage};

    fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    /// A JPEG of 4×2 with an EXIF block that says `orientation`.
    fn turned_jpeg(orientation: u8) -> Vec<u8> {
        let mut picture = RgbImage::from_pixel(16, 8, Rgb([255, 255, 255]));
        for y in 0..8 {
            for x in 0..8 {
                picture.put_pixel(x, y, Rgb([0, 0, 0]));
            }
        }
        let plain = encoded(&picture.into(), ImageFormat::Jpeg);
        let mut exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
        exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
        let mut bytes = plain[..2].to_vec();
        bytes.extend([0xff, 0xe1]);
        bytes.extend(((exif.len() + 2) as u16).to_be_bytes());
        bytes.extend(exif);
        bytes.extend(&plain[2..]);
        bytes
    }

    #[test]
    fn exif_turns_the_picture() {
        let upright = decode(&turned_jpeg(1)).unwrap();
        assert_eq!(upright.dimensions(), (16, 8));
        assert!(upright.get_pixel(1, 4)[0] < 50 && upright.get_pixel(14, 4)[0] > 200);
        // 6: to be turned a quarter clockwise, so that what was left is on top.
        let turned = decode_named(&turned_jpeg(6), "a.jpg").unwrap();
        assert_eq!(turned.picture.dimensions(), (8, 16));
        assert!(turned.picture.get_pixel(4, 1)[0] < 50 && turned.picture.get_pixel(4, 14)[0] > 200);
        assert!(!turned.is_plain);
    }

    #[test]
    fn transparency_lies_on_white() {
        let mut picture = RgbaImage::from_pixel(3, 1, Rgba([0, 0, 0, 0]));
        picture.put_pixel(1, 0, Rgba([200, 100, 0, 255]));
        picture.put_pixel(2, 0, Rgba([0, 0, 0, 128]));
        let decoded = decode(&encoded(&picture.into(), ImageFormat::Png)).unwrap();
        assert_eq!(decoded.get_pixel(0, 0).0, [255; 3]);
        assert_eq!(decoded.get_pixel(1, 0).0, [200, 100, 0]);
        assert_eq!(decoded.get_pixel(2, 0).0, [127; 3]);
    }

    #[test]
    fn sixteen_bits_and_grey_become_eight_bits_of_colour() {
        let deep: ImageBuffer<Luma<u16>, _> =
            ImageBuffer::from_fn(2, 1, |x, _| Luma([x as u16 * 0x8080]));
        let decoded = decode_named(&encoded(&deep.into(), ImageFormat::Png), "").unwrap();
        assert_eq!(decoded.picture.get_pixel(0, 0).0, [0; 3]);
        assert_eq!(decoded.picture.get_pixel(1, 0).0, [128; 3]);
        assert!(!decoded.is_plain);
        let grey = image::GrayImage::from_pixel(1, 1, Luma([77]));
        let decoded = decode_named(&encoded(&grey.into(), ImageFormat::Png), "").unwrap();
        assert_eq!(decoded.picture.get_pixel(0, 0).0, [77; 3]);
        assert!(decoded.is_plain);
    }

    #[test]
    fn cmyk_jpeg_shows_its_colours() {
        // 16×16, Pillow 11: Image.new("CMYK", (16, 16), (0, 255, 255, 0)).save(…, quality=60), which is red.
        let bytes = include_bytes!("cmyk-red.jpg");
        let decoded = decode_named(bytes, "red.jpg").unwrap();
        let [r, g, b] = decoded.picture.get_pixel(8, 8).0;
        assert!(r > 230 && g < 25 && b < 25, "{r} {g} {b}");
        assert!(!decoded.is_plain);
    }

    #[test]
    fn every_kind_is_read() {
        let picture: DynamicImage = RgbImage::from_pixel(5, 4, Rgb([200, 30, 40])).into();
        use ImageFormat as F;
        for format in [
            F::Png,
            F::Jpeg,
            F::WebP,
            F::Gif,
            F::Bmp,
            F::Tiff,
            F::Pnm,
            F::Qoi,
            F::Tga,
        ] {
            let decoded = decode_named(&encoded(&picture, format), "shoe.tga").unwrap();
            let [r, g, b] = decoded.picture.get_pixel(2, 2).0;
            assert!(
                r.abs_diff(200) < 8 && g.abs_diff(30) < 8 && b.abs_diff(40) < 8,
                "{format:?}: {r} {g} {b}"
            );
        }
    }

    #[test]
    fn what_is_no_picture_says_so() {
        assert!(decode(b"").unwrap_err().0.contains("0 bytes"));
        assert!(
            decode(b"hello, this is text")
                .unwrap_err()
                .0
                .contains("known kind")
        );
        let whole = encoded(&RgbImage::new(40, 40).into(), ImageFormat::Png);
        for length in [8, 20, 33, 50] {
            assert!(decode(&whole[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn a_jpeg_that_is_cut_is_no_picture_and_one_with_more_behind_it_is() {
        let noise = RgbImage::from_fn(64, 64, |x, y| Rgb([(x * y % 251) as u8, x as u8, y as u8]));
        // With a small picture of its own before it, as cameras write.
        let small = encoded(&RgbImage::new(8, 8).into(), ImageFormat::Jpeg);
        let plain = encoded(&noise.into(), ImageFormat::Jpeg);
        let mut whole = plain[..2].to_vec();
        whole.extend([0xff, 0xe2]);
        whole.extend(((small.len() + 2) as u16).to_be_bytes());
        whole.extend(&small);
        whole.extend(&plain[2..]);
        assert!(decode(&whole).is_ok());
        for length in [whole.len() / 2, whole.len() - 300] {
            let error = decode(&whole[..length]).unwrap_err();
            assert_eq!(error.0, "the picture is cut short");
        }
        // Without the two bytes of its end, or with zeros in their place, it has all of its pixels.
        let picture = decode(&whole).unwrap();
        let without = &whole[..whole.len() - 2];
        for tail in [&[][..], &[0, 0], &[0; 40]] {
            let decoded = decode_named(&[without, tail].concat(), "a.jpg").unwrap();
            assert_eq!(decoded.picture, picture);
            assert!(!decoded.is_plain, "other programs may refuse these bytes");
        }
        whole.extend(b"a film, or zeros \0\0\0");
        assert!(decode(&whole).is_ok());
    }

    #[test]
    fn an_enormous_picture_is_refused_by_its_header() {
        // A real header of 50,000×50,000 with one row of pixels behind it.
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, 50_000, 50_000);
        encoder.set_color(png::ColorType::Rgb);
        let mut writer = encoder.write_header().unwrap();
        writer
            .write_chunk(png::chunk::IDAT, &[0x78, 0x9c, 3, 0])
            .unwrap();
        drop(writer);
        let error = decode(&bytes).unwrap_err();
        assert!(error.0.contains("too large"), "{error}");
        // A bitmap that claims to be large but has no pixels.
        let mut bitmap = encoded(&RgbImage::new(2, 2).into(), ImageFormat::Bmp);
        bitmap[18..22].copy_from_slice(&20_000_i32.to_le_bytes());
        bitmap[22..26].copy_from_slice(&20_000_i32.to_le_bytes());
        assert!(decode(&bitmap).is_err());
    }
}
