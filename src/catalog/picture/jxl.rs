//! JPEG XL, decoded by jxl-oxide.

use super::{MOST_MEMORY, PictureError, check_size};
use image::{DynamicImage, GrayAlphaImage, GrayImage, RgbImage, RgbaImage};
use jxl_oxide::{AllocTracker, JxlImage, JxlThreadPool, PixelFormat};
use std::io::Cursor;

/// Whether these are the first bytes of a JPEG XL picture, bare or in its container.
pub(super) fn is(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\xff\x0a") || bytes.starts_with(b"\0\0\0\x0cJXL \r\n\x87\n")
}

/// The first frame, upright, and the profile of its numbers. A decoder that panics is a damaged picture too.
pub(super) fn decode(bytes: &[u8]) -> Result<(DynamicImage, Vec<u8>), PictureError> {
    std::panic::catch_unwind(|| decode_unguarded(bytes))
        .unwrap_or_else(|_| Err(PictureError("a damaged JPEG XL picture".to_owned())))
}

fn decode_unguarded(bytes: &[u8]) -> Result<(DynamicImage, Vec<u8>), PictureError> {
    let explain = |error: &dyn std::fmt::Display| {
        PictureError(format!("a damaged JPEG XL picture ({error})"))
    };
    // Pictures are decoded beside one another already.
    let picture = JxlImage::builder()
        .pool(JxlThreadPool::none())
        .alloc_tracker(AllocTracker::with_limit(MOST_MEMORY as usize))
        .read(Cursor::new(bytes))
        .map_err(|error| explain(&error))?;
    check_size(picture.width(), picture.height())?;
    if !picture.is_loading_done() {
        return Err(super::cut_short());
    }
    if picture.pixel_format().has_black() {
        return Err(PictureError(
            "a JPEG XL picture in CMYK, which is not read; save it as JPEG".to_owned(),
        ));
    }
    let frame = picture.render_frame(0).map_err(|error| explain(&error))?;
    let mut stream = frame.stream();
    let (width, height) = (stream.width(), stream.height());
    let mut pixels = vec![0_u8; width as usize * height as usize * stream.channels() as usize];
    stream.write_to_buffer(&mut pixels);
    let decoded = match picture.pixel_format() {
        PixelFormat::Gray => GrayImage::from_raw(width, height, pixels).map(Into::into),
        PixelFormat::Graya => GrayAlphaImage::from_raw(width, height, pixels).map(Into::into),
        PixelFormat::Rgba => RgbaImage::from_raw(width, height, pixels).map(Into::into),
        _ => RgbImage::from_raw(width, height, pixels).map(Into::into),
    };
    let decoded = decoded.ok_or_else(|| explain(&"odd channels"))?;
    Ok((decoded, picture.rendered_icc()))
}

#[cfg(test)]
mod tests {
    use super::super::{decode, decode_named};

    /// The picture of jxl-oxide's documentation.
    const SMALL: [u8; 44] = [
        0xff, 0x0a, 0x30, 0x54, 0x10, 0x09, 0x08, 0x06, 0x01, 0x00, 0x78, 0x00, 0x4b, 0x38, 0x41,
        0x3c, 0xb6, 0x3a, 0x51, 0xfe, 0x00, 0x47, 0x1e, 0xa0, 0x85, 0xb8, 0x27, 0x1a, 0x48, 0x45,
        0x84, 0x1b, 0x71, 0x4f, 0xa8, 0x3e, 0x8e, 0x30, 0x03, 0x92, 0x84, 0x01, 0x00, 0x00,
    ];

    #[test]
    fn jpeg_xl_is_read_and_damage_is_told() {
        let decoded = decode_named(&SMALL[..42], "a.jxl").unwrap();
        assert!(!decoded.is_plain && decoded.format.is_none());
        assert!(decoded.picture.width() > 1 && decoded.picture.height() > 1);
        for length in 2..40 {
            assert!(decode(&SMALL[..length]).is_err(), "{length}");
        }
        for place in 2..42 {
            let mut bytes = SMALL[..42].to_vec();
            bytes[place] ^= 0x5a;
            // It may be another picture or none, but must end.
            let _ = decode(&bytes);
        }
    }
}
