//! How a catalogue's picture is put before the networks: a square of the generator's size, white around
//! the shoe.
//!
//! Pictures that are about as small as the generator's are only padded. Others are cut to the shoe, with a little
//! white around it, and scaled; they must have a white background for that.

use crate::gan::GanError;
use crate::imaging::white_background::{has_white_background, shoe_bounds};
use image::imageops::{self, FilterType};
use image::{Rgb, RgbImage};
use serde::{Deserialize, Serialize};

const WHITE: Rgb<u8> = Rgb([255; 3]);
/// Side of the cut in longest sides of the shoe.
const MARGIN: f32 = 1.06;
/// A picture may be enlarged by so much, no more: there is no detail to learn in what is interpolated.
const ENLARGEMENT: f32 = 1.35;

/// The framing of a catalogue's pictures for a generator of some size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::gan) enum Framing {
    /// White is added around; no pixel changes.
    Padded,
    /// Cut to the shoe and scaled.
    Cut,
}

/// A framed picture, and how it came about.
pub(in crate::gan) struct Framed {
    pub picture: RgbImage,
    /// Side of the square that the embedder saw, in pixels of the framed picture, over the frame's side.
    pub view: f32,
    /// By how much the shoe was enlarged (below 1: reduced).
    pub enlarged: f32,
}

impl Framing {
    /// The framing for pictures whose longest sides are `sides`, for a generator of `size`.
    pub fn for_sides(sides: impl Iterator<Item = u32>, size: u32) -> Self {
        let (mut least, mut most) = (u32::MAX, 0);
        for side in sides {
            (least, most) = (least.min(side), most.max(side));
        }
        if most <= size && least >= size * 3 / 4 {
            Self::Padded
        } else {
            Self::Cut
        }
    }

    /// The picture in its frame; none where there is no shoe to be seen or the background is not white.
    pub fn apply(self, picture: &RgbImage, size: u32) -> Option<Framed> {
        let longest = picture.width().max(picture.height());
        match self {
            Self::Padded => {
                if longest > size {
                    return None;
                }
                let mut framed = RgbImage::from_pixel(size, size, WHITE);
                let x = i64::from((size - picture.width()) / 2);
                let y = i64::from((size - picture.height()) / 2);
                imageops::replace(&mut framed, picture, x, y);
                Some(Framed {
                    picture: framed,
                    view: longest as f32 / size as f32,
                    enlarged: 1.0,
                })
            }
            Self::Cut => {
                if !has_white_background(picture) {
                    return None;
                }
                let [left, top, width, height] = shoe_bounds(picture)?;
                let shoe_side = width.max(height);
                let side = ((shoe_side as f32 * MARGIN).round() as u32).max(shoe_side + 2);
                let mut cut = RgbImage::from_pixel(side, side, WHITE);
                let part = imageops::crop_imm(picture, left, top, width, height).to_image();
                let x = i64::from((side - width) / 2);
                let y = i64::from((side - height) / 2);
                imageops::replace(&mut cut, &part, x, y);
                let enlarged = size as f32 / side as f32;
                // Reducing needs a wide filter, enlarging a smooth one; this one adapts.
                let picture = imageops::resize(&cut, size, size, FilterType::CatmullRom);
                Some(Framed {
                    picture,
                    view: longest as f32 / side as f32,
                    enlarged,
                })
            }
        }
    }
}

/// `picture` in a square of `view` times its side: cut to the middle, or with white around.
pub(in crate::gan) fn seen_by_embedder(picture: &RgbImage, view: f32) -> RgbImage {
    let side = ((picture.width() as f32 * view).round() as u32).max(1);
    let mut seen = RgbImage::from_pixel(side, side, WHITE);
    let offset = |n: u32| (i64::from(side) - i64::from(n)) / 2;
    let (x, y) = (offset(picture.width()), offset(picture.height()));
    imageops::overlay(&mut seen, picture, x, y);
    seen
}

/// That pictures enlarged by `enlarged` (of some of them, in no order) are fit to learn from.
///
/// # Errors
/// Most would have to be enlarged too much: says what could be asked for instead.
pub(in crate::gan) fn check_enlargement(enlarged: &mut [f32], size: u32) -> Result<(), GanError> {
    if enlarged.is_empty() {
        return Ok(());
    }
    let middle = enlarged.len() / 2;
    let typical = *enlarged.select_nth_unstable_by(middle, f32::total_cmp).1;
    if typical <= ENLARGEMENT {
        return Ok(());
    }
    let fitting = [128, 64, 32]
        .into_iter()
        .find(|&s| typical * s as f32 / size as f32 <= ENLARGEMENT);
    Err(GanError::PicturesTooSmall {
        size,
        enlarged: typical,
        fitting,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A dark box on white.
    fn boxed(size: (u32, u32), at: (u32, u32), extent: (u32, u32)) -> RgbImage {
        RgbImage::from_fn(size.0, size.1, |x, y| {
            let inside =
                (at.0..at.0 + extent.0).contains(&x) && (at.1..at.1 + extent.1).contains(&y);
            if inside { Rgb([40, 60, 80]) } else { WHITE }
        })
    }

    #[test]
    fn small_pictures_are_only_padded() {
        let picture = boxed((28, 28), (4, 10), (20, 8));
        let frame = Framing::for_sides([28].into_iter(), 32);
        assert_eq!(frame, Framing::Padded);
        let framed = frame.apply(&picture, 32).unwrap();
        assert_eq!(framed.picture.dimensions(), (32, 32));
        assert_eq!(framed.picture.get_pixel(6, 12), picture.get_pixel(4, 10));
        // What the embedder is shown again is the picture itself, to the bit.
        assert_eq!(seen_by_embedder(&framed.picture, framed.view), picture);
    }

    #[test]
    fn larger_pictures_are_cut_to_the_shoe() {
        let picture = boxed((60, 80), (10, 30), (40, 20));
        let frame = Framing::for_sides([80].into_iter(), 64);
        assert_eq!(frame, Framing::Cut);
        let framed = frame.apply(&picture, 64).unwrap();
        let [left, _, width, height] = shoe_bounds(&framed.picture).unwrap();
        assert!(
            left <= 3 && (58..=63).contains(&width) && height < 35,
            "{left} {width} {height}"
        );
        let seen = seen_by_embedder(&framed.picture, framed.view);
        // The shoe takes as much of it as of the catalogue's own square.
        let [_, _, width, _] = shoe_bounds(&seen).unwrap();
        let share = width as f32 / seen.width() as f32;
        assert!((share - 0.5).abs() < 0.03, "{share}");
    }

    #[test]
    fn what_shows_no_shoe_is_left_out() {
        assert!(
            Framing::Cut
                .apply(&boxed((60, 80), (0, 0), (0, 0)), 64)
                .is_none()
        );
        let grey = RgbImage::from_pixel(60, 80, Rgb([200; 3]));
        assert!(Framing::Cut.apply(&grey, 64).is_none());
        assert!(
            Framing::Padded
                .apply(&boxed((40, 28), (0, 0), (9, 9)), 32)
                .is_none()
        );
    }

    #[test]
    fn too_small_pictures_are_refused_with_advice() {
        assert!(check_enlargement(&mut [0.9, 1.1, 5.0], 64).is_ok());
        let message = check_enlargement(&mut [2.2, 2.1, 2.3], 64)
            .unwrap_err()
            .to_string();
        assert!(
            message.contains("upscaled 2.2 times") && message.contains("32 pixels fits"),
            "{message}"
        );
    }
}
