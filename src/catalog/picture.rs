//! Pictures: decoding anything that people have, padding to a square, thumbnails.

use image::RgbImage;

/// The longest side of a stored picture unless `--thumbnail` says otherwise, in pixels.
pub const DEFAULT_THUMBNAIL: u32 = 128;

/// A picture that cannot be used, and why; the caller adds which one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PictureError(pub String);

/// Decodes a picture of any usual kind as people see it.
///
/// # Errors
/// Says what is wrong with the bytes.
pub fn decode(bytes: &[u8]) -> Result<RgbImage, PictureError> {
    let picture = image::load_from_memory(bytes).map_err(|e| PictureError(e.to_string()))?;
    Ok(picture.to_rgb8())
}

/// Pads a picture with white to a square and scales it to `side` × `side` pixels; it is never stretched.
pub fn square(picture: &RgbImage, side: u32) -> RgbImage {
    let longest = picture.width().max(picture.height()).max(1);
    let mut padded = RgbImage::from_pixel(longest, longest, image::Rgb([255; 3]));
    let (x, y) = (
        (longest - picture.width()) / 2,
        (longest - picture.height()) / 2,
    );
    image::imageops::replace(&mut padded, picture, x.into(), y.into());
    image::imageops::resize(&padded, side, side, image::imageops::FilterType::CatmullRom)
}
