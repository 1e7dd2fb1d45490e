//! A photo to go by: seen as the catalogue's own pictures are.

use crate::catalog::Catalog;
use image::RgbImage;

/// The photo as it would stand in the catalogue: without its colours where no picture there has any, so
/// that what nobody there has does not set it apart. To be embedded next.
pub fn as_in(catalog: &Catalog, photo: RgbImage) -> RgbImage {
    if !catalog.is_grey() {
        return photo;
    }
    let grey = image::imageops::grayscale(&photo);
    RgbImage::from_fn(grey.width(), grey.height(), |x, y| {
        let value = grey.get_pixel(x, y).0[0];
        image::Rgb([value; 3])
    })
}
