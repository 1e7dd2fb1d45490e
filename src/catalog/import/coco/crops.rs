//! Pictures that are cut to a box.

use super::super::error::ReadError;
use super::super::pictures::{Pictures, ReadPicture};
use super::super::tree::Tree;
use super::annotations::{NEARLY_ALL, Share};
use crate::catalog::picture::Decoded;
use image::RgbImage;
use image::imageops::crop_imm;
use std::sync::Arc;

/// The room that is left around a box, as a share of its longer side.
const ROOM: f64 = 0.08;

/// The files of a source, each cut to its box.
#[derive(Debug)]
pub(super) struct Crops {
    tree: Arc<Tree>,
    cuts: Vec<(usize, Option<(Share, f64)>)>,
}

impl Crops {
    /// Each file with its box, and the shape of the picture that the box was drawn on.
    pub(super) fn new(tree: Arc<Tree>, cuts: Vec<(usize, Option<(Share, f64)>)>) -> Self {
        Self { tree, cuts }
    }
}

impl Pictures for Crops {
    fn size(&self, number: usize) -> u64 {
        self.tree.size(self.cuts[number].0)
    }

    fn fetch(&self, number: usize) -> Result<Vec<u8>, ReadError> {
        self.tree.fetch(self.cuts[number].0)
    }

    fn decode(&self, number: usize, original: Vec<u8>) -> Result<ReadPicture, ReadError> {
        let (file, cut) = self.cuts[number];
        let read = self.tree.decode(file, original)?;
        let part = cut.and_then(|(share, shape)| cut_to(&read.decoded.picture, share, shape));
        Ok(match part {
            Some(picture) => ReadPicture {
                decoded: Decoded {
                    picture,
                    is_plain: false,
                    ..read.decoded
                },
                original: read.original,
            },
            None => read,
        })
    }
}

/// The part of a picture in a box; none where that is nearly all of it, or where the picture has another shape than
/// the one that the box was drawn on.
fn cut_to(picture: &RgbImage, [left, top, wide, high]: Share, shape: f64) -> Option<RgbImage> {
    let (width, height) = (f64::from(picture.width()), f64::from(picture.height()));
    if wide * high > NEARLY_ALL || (width / height / shape - 1.0).abs() > 0.03 {
        return None;
    }
    let room = ROOM * (wide * width).max(high * height);
    let place = |from: f64, length: f64, all: f64| {
        let start = (from * all - room).clamp(0.0, all - 1.0).floor();
        let end = ((from + length) * all + room)
            .clamp(start + 1.0, all)
            .ceil();
        (start as u32, (end - start) as u32)
    };
    let ((x, w), (y, h)) = (place(left, wide, width), place(top, high, height));
    Some(crop_imm(picture, x, y, w, h).to_image())
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    #[test]
    fn a_box_is_cut_out_with_some_room() {
        let picture = RgbImage::from_fn(100, 50, |x, y| Rgb([x as u8, y as u8, 0]));
        let cut = cut_to(&picture, [0.2, 0.2, 0.5, 0.4], 2.0).unwrap();
        assert_eq!(cut.dimensions(), (58, 28));
        assert_eq!(cut.get_pixel(0, 0).0, [16, 6, 0]);
        // At the edge there is no room.
        let cut = cut_to(&picture, [0.9, -0.01, 0.1, 0.3], 2.0).unwrap();
        assert_eq!(cut.get_pixel(cut.width() - 1, 0).0, [99, 0, 0]);
        assert_eq!(cut_to(&picture, [0.0, 0.0, 1.0, 0.9], 2.0), None);
        assert_eq!(cut_to(&picture, [0.2, 0.2, 0.5, 0.4], 0.5), None);
    }
}
