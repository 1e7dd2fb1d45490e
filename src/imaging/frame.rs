//! Cutting a picture to what it shows: the same shoe gives the same square, however much room the photographer
//! left around it.
//!
//! The foreground is looked for twice: in the picture as it is, then in the square about what was found, where it
//! is larger and its bounds are finer.

use super::fit::{Filter, border_colour, resize_part};
use super::foreground::Foreground;
use image::{RgbImage, imageops};

/// Room around the foreground in the first cut, as a share of its longer side.
const LOOSE: f32 = 0.15;

/// A square of a picture, in its pixels; it may reach beyond the borders.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Frame {
    left: f32,
    top: f32,
    side: f32,
}

impl Frame {
    /// Where its left upper corner is, and its side, in pixels.
    pub fn square(&self) -> [f32; 3] {
        [self.left, self.top, self.side]
    }

    /// How much of the picture's longer side it takes, 0 to 1.
    pub fn extent(&self, picture: &RgbImage) -> f32 {
        let longer = picture.width().max(picture.height()) as f32;
        (self.side / longer).clamp(0.0, 1.0)
    }

    /// The square about what `bounds` (shares of width and height, see [`Foreground::bounds`]) hold, with `margin`
    /// of the longer side around it.
    pub fn about(bounds: [f32; 4], size: [f32; 2], margin: f32) -> Self {
        let [left, top, right, bottom] = [
            bounds[0] * size[0],
            bounds[1] * size[1],
            bounds[2] * size[0],
            bounds[3] * size[1],
        ];
        let side = (right - left).max(bottom - top) * (1.0 + 2.0 * margin);
        Self {
            left: (left + right - side) / 2.0,
            top: (top + bottom - side) / 2.0,
            side,
        }
    }
}

/// The tight frame of what a picture shows; `None` where its background does not allow to tell.
pub fn frame(picture: &RgbImage) -> Option<Frame> {
    let bounds = |picture: &RgbImage| Foreground::of(picture).bounds();
    let size = [picture.width() as f32, picture.height() as f32];
    let loose = Frame::about(bounds(picture)?, size, LOOSE);
    let near = cut(picture, loose, 0.0, super::foreground::SIDE as u32 * 2);
    let found = bounds(&near)?;
    let fine = Frame::about(found, [loose.side; 2], 0.0);
    Some(Frame {
        left: loose.left + fine.left,
        top: loose.top + fine.top,
        side: fine.side,
    })
}

/// What is in `frame` with `margin` of its side around, `side` pixels wide; beyond the picture is its borders' colour.
pub fn cut(picture: &RgbImage, frame: Frame, margin: f32, side: u32) -> RgbImage {
    let reach = frame.side * (1.0 + 2.0 * margin);
    let (left, top) = (
        frame.left - frame.side * margin,
        frame.top - frame.side * margin,
    );
    // Whole pixels about it, then the part of those.
    let (x0, y0) = (left.floor() as i64 - 4, top.floor() as i64 - 4);
    let length = (reach.ceil() as i64 + 9).max(1) as u32;
    let mut around: RgbImage = RgbImage::from_pixel(length, length, border_colour(picture));
    imageops::replace(&mut around, picture, -x0, -y0);
    let at = [f64::from(left) - x0 as f64, f64::from(top) - y0 as f64];
    resize_part(&around, at, f64::from(reach), side, Filter::Bicubic)
}
