//! The handle *outline*: the shape that a design is to have, as the block `silhouette`.
//!
//! An outline is a shoe cut out of its picture: a mask, and how light the shoe is within. It lies on a canvas with room
//! around it to draw into; beyond the shoe the canvas is as light as the nearest part of it, so that what is painted on
//! looks like more of the same shoe. Its block is what the embedder makes of that cut-out ([`crate::embed::silhouette`]):
//! seams and laces stay in it where nothing was drawn.
//!
//! Places are shares of the *frame*, the square about the shoe when its outline was taken: 0,0 is its left upper corner,
//! 1,1 the right lower one. The canvas reaches from −0.25 to 1.25.
//!
//! | file | owns |
//! | --- | --- |
//! | this one | what an outline is, of a picture or a file; its block, and how far it covers another |
//! | `edit` | painting, erasing, pulling, mirroring |
//! | `contour` | its edge as lines |

mod contour;
mod edit;

pub use edit::{Brush, MOST_REACH};

use super::DesignError;
use crate::catalog::picture;
use crate::embed;
use crate::imaging::foreground::{self, Foreground};
use crate::imaging::frame::{Frame, cut};
use crate::imaging::grid::neighbours;
use image::{Rgb, RgbImage};
use std::collections::VecDeque;
use std::path::Path;

/// Cells of the frame, each way: as many as the embedder looks at.
const FRAME: usize = foreground::SIDE;
/// Cells around it.
const ROOM: usize = FRAME / 4;
/// Cells of the canvas, each way.
const SIDE: usize = FRAME + 2 * ROOM;
/// From so much of the mask on a cell is shoe.
const INSIDE: u8 = 128;

/// The shortest side of a picture that an outline can be read from, in pixels.
const LEAST_SIDE: u32 = 8;
/// How much longer than high or higher than long a shoe may be.
const LONGEST: f32 = 5.0;
/// Of the rectangle about it a shoe takes at least and at most so much.
const FILLS: [f32; 2] = [0.12, 0.97];
/// Mean lightness (Oklab) below which a picture of one colour is a full one, and not an empty one.
const DARK: f32 = 0.5;

/// A shoe, cut out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outline {
    /// How much of each cell of the canvas is shoe, row by row.
    mask: Vec<u8>,
    /// How light it is there (Oklab), 255 for white.
    light: Vec<u8>,
}

/// What is wrong with an outline.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum OutlineError {
    /// Nothing is drawn.
    #[error(
        "the outline is empty: nothing differs from the background; draw the shoe dark on white"
    )]
    Empty,
    /// Everything is drawn.
    #[error("the outline is full: all of it is dark; leave white around the shoe")]
    Full,
    /// The picture has too few pixels.
    #[error("the outline has {0} × {1} pixels: a shoe takes at least {LEAST_SIDE} each way")]
    TooSmall(u32, u32),
    /// It is too long or too high.
    #[error(
        "the outline has the shape of no shoe: it is {0:.0} times as long one way as the other; draw a shoe from its side"
    )]
    Long(f32),
    /// It is a rectangle, or next to nothing.
    #[error(
        "the outline has the shape of no shoe: it takes {0:.0} % of the rectangle about it, a shoe {least:.0} to {most:.0} %; draw a shoe from its side",
        least = 100.0 * FILLS[0],
        most = 100.0 * FILLS[1]
    )]
    Fills(f32),
}

/// Pixels of the longer side that are looked at: more tell nothing of an outline.
const LARGEST: u32 = 1024;

impl Outline {
    /// The outline of what a picture shows.
    ///
    /// # Errors
    /// [`OutlineError::Empty`] or [`OutlineError::Full`] where it shows nothing.
    pub fn of(picture: &RgbImage) -> Result<Self, OutlineError> {
        let Some(shoe) = embed::tight(picture) else {
            let [lightness, ..] = Foreground::of(picture).mean_lab();
            return Err(if lightness < DARK {
                OutlineError::Full
            } else {
                OutlineError::Empty
            });
        };
        // The small picture may be a pixel narrower than the frame.
        let (left, top) = ((SIDE - shoe.width) / 2, (SIDE - shoe.height) / 2);
        let (mut mask, mut light) = (vec![0; SIDE * SIDE], vec![0; SIDE * SIDE]);
        for (i, (value, lab)) in shoe.mask.iter().zip(&shoe.lab).enumerate() {
            let at = (top + i / shoe.width) * SIDE + left + i % shoe.width;
            mask[at] = byte(*value);
            light[at] = byte(lab[0]);
        }
        // From within, so that the white of a soft edge does not spread.
        let filled = Foreground::of_mask(SIDE, vec![[0.0; 3]; mask.len()], shares(&mask)).filled;
        let most = filled.iter().copied().fold(0.0, f32::max);
        let known: Vec<bool> = filled
            .iter()
            .map(|v| *v > 0.0 && *v >= 0.9 * most)
            .collect();
        spread(&mut light, &known);
        Ok(Self { mask, light })
    }

    /// Reads an outline: any picture of a shoe on a plain background. Transparency is white, and a line that closes is
    /// filled.
    ///
    /// # Errors
    /// One sentence that names the file: it cannot be read, is empty, full, too small, or has the shape of no shoe.
    pub fn read(path: &Path) -> Result<Self, DesignError> {
        let picture = picture::read(path)?;
        let drawn = Self::drawn(&picture);
        drawn.map_err(|wrong| DesignError::file(path, wrong.to_string()))
    }

    /// The outline of a drawing, its inside filled; and whether a shoe could have it.
    fn drawn(picture: &RgbImage) -> Result<Self, OutlineError> {
        let (width, height) = picture.dimensions();
        if width.min(height) < LEAST_SIDE {
            return Err(OutlineError::TooSmall(width, height));
        }
        let small;
        let picture = if width.max(height) > LARGEST {
            let shrink = |side: u32| (side * LARGEST / width.max(height)).max(1);
            small = image::imageops::thumbnail(picture, shrink(width), shrink(height));
            &small
        } else {
            picture
        };
        let (width, height) = picture.dimensions();
        let is_light = |p: &Rgb<u8>| p.0.iter().all(|&v| v > 200);
        let plain = picture.pixels().filter(|p| is_light(p)).count();
        let whole = u64::from(width) * u64::from(height);
        let mut outline = if plain as u64 * 10 > whole {
            // White around it, so that a drawing that reaches to its edges has a background.
            let around = width.max(height) / 4;
            let mut roomy = RgbImage::from_pixel(width + 2 * around, height + 2 * around, WHITE);
            image::imageops::replace(&mut roomy, picture, around.into(), around.into());
            Self::of(&roomy)?
        } else {
            Self::of(picture)?
        };
        outline.mask = outline.whole().filled.iter().map(|v| byte(*v)).collect();
        let [left, top, right, bottom] = outline.bounds().ok_or(OutlineError::Empty)?;
        let (across, down) = (right - left, bottom - top);
        let longest = across.max(down) / across.min(down);
        if longest > LONGEST {
            return Err(OutlineError::Long(longest));
        }
        let inside = outline.mask.iter().filter(|v| **v >= INSIDE).count();
        let fills = inside as f32 / (across * down * (SIDE * SIDE) as f32);
        if !(FILLS[0]..=FILLS[1]).contains(&fills) {
            return Err(OutlineError::Fills(100.0 * fills));
        }
        Ok(outline)
    }

    /// The same outline about another shoe: as light within as that is, stretched to fit.
    pub fn about(&self, shoe: &Self) -> Self {
        let (Some(own), Some(other)) = (self.bounds(), shoe.bounds()) else {
            return self.clone();
        };
        let along = |from: usize, share: f32| {
            let part = (share - own[from]) / (own[from + 2] - own[from]);
            other[from] + part * (other[from + 2] - other[from])
        };
        let light = (0..SIDE * SIDE).map(|i| {
            let middle = |cell: usize| (cell as f32 + 0.5) / SIDE as f32;
            let at = [along(0, middle(i % SIDE)), along(1, middle(i / SIDE))];
            let cell = at.map(|share| ((share * SIDE as f32) as usize).min(SIDE - 1));
            shoe.light[cell[1] * SIDE + cell[0]]
        });
        Self {
            light: light.collect(),
            mask: self.mask.clone(),
        }
    }

    /// Whether nothing is left of it.
    pub fn is_empty(&self) -> bool {
        self.bounds().is_none()
    }

    /// The block `silhouette` of this outline; how large the shoe is in its picture stays as in `own`, the block of the
    /// shoe whose outline was changed. An empty outline has the block `own`.
    pub fn block(&self, own: &[f32]) -> Vec<f32> {
        match self.tight() {
            Some(shoe) => embed::silhouette_sized_as(&shoe, own),
            None => own.to_vec(),
        }
    }

    /// Intersection over union with another outline, both filled and framed from edge to edge, 0 to 1; whichever way
    /// either points, as the block does not know that.
    pub fn overlap(&self, other: &Self) -> f32 {
        let filled = |outline: &Self| outline.tight().map(|shoe| shoe.filled);
        let (Some(own), Some(other)) = (filled(self), filled(other)) else {
            return 0.0;
        };
        let mut turned = other.clone();
        turned.chunks_exact_mut(FRAME).for_each(<[f32]>::reverse);
        shared(&own, &other).max(shared(&own, &turned))
    }

    /// The square about it: left, top and side, in shares of the frame; none where nothing is left of it.
    pub fn square(&self) -> Option<[f32; 3]> {
        let [left, top, side] = self.frame()?.square();
        let share = |cells: f32| (cells - ROOM as f32) / FRAME as f32;
        Some([share(left), share(top), side / FRAME as f32])
    }

    /// The same outline with the frame about it as it is now, so that there is room to draw on every side.
    pub fn framed(&self) -> Self {
        let Some(frame) = self.frame() else {
            return self.clone();
        };
        let room = ROOM as f32 / FRAME as f32;
        let canvas = cut(&self.channels(), frame, room, SIDE as u32);
        let channel = |which: usize| canvas.pixels().map(|p| p.0[which]).collect();
        Self {
            mask: channel(0),
            light: channel(1),
        }
    }

    /// Where the shoe lies, as shares of the canvas: left, top, right, bottom.
    fn bounds(&self) -> Option<[f32; 4]> {
        let inside = |i: &usize| self.mask[*i] >= INSIDE;
        let (mut least, mut most) = ([SIDE; 2], [0; 2]);
        for i in (0..self.mask.len()).filter(inside) {
            for (axis, at) in [i % SIDE, i / SIDE].into_iter().enumerate() {
                least[axis] = least[axis].min(at);
                most[axis] = most[axis].max(at + 1);
            }
        }
        let share = |cells: usize| cells as f32 / SIDE as f32;
        (most[0] > 0).then(|| [least[0], least[1], most[0], most[1]].map(share))
    }

    /// The square about the shoe, in cells of the canvas.
    fn frame(&self) -> Option<Frame> {
        Some(Frame::about(self.bounds()?, [SIDE as f32; 2], 0.0))
    }

    /// The cut-out from edge to edge, as the embedder looks at shoes.
    fn tight(&self) -> Option<Foreground> {
        let canvas = cut(&self.channels(), self.frame()?, 0.0, FRAME as u32);
        let channel = |which: usize| canvas.pixels().map(|p| p.0[which]).collect::<Vec<_>>();
        Some(cut_out(FRAME, &channel(0), &channel(1)))
    }

    /// The canvas as the embedder would look at it.
    fn whole(&self) -> Foreground {
        cut_out(SIDE, &self.mask, &self.light)
    }

    /// Mask and lightness as two channels of a picture.
    fn channels(&self) -> RgbImage {
        let both = self.mask.iter().zip(&self.light);
        let pixels = both.flat_map(|(&mask, &light)| [mask, light, 0]).collect();
        RgbImage::from_raw(SIDE as u32, SIDE as u32, pixels).unwrap_or_default()
    }
}

const WHITE: Rgb<u8> = Rgb([255; 3]);

/// A shoe on white.
fn cut_out(width: usize, mask: &[u8], light: &[u8]) -> Foreground {
    let mask = shares(mask);
    let lab = (mask.iter().zip(light))
        .map(|(mask, &light)| [1.0 - mask * (1.0 - f32::from(light) / 255.0), 0.0, 0.0]);
    Foreground::of_mask(width, lab.collect(), mask)
}

fn shares(mask: &[u8]) -> Vec<f32> {
    mask.iter().map(|v| f32::from(*v) / 255.0).collect()
}

fn byte(share: f32) -> u8 {
    (share.clamp(0.0, 1.0) * 255.0).round() as u8
}

/// Intersection over union of two masks.
fn shared(a: &[f32], b: &[f32]) -> f32 {
    let (mut both, mut either) = (0u32, 0u32);
    for (a, b) in a.iter().zip(b) {
        let (a, b) = (*a >= 0.5, *b >= 0.5);
        both += u32::from(a && b);
        either += u32::from(a || b);
    }
    both as f32 / either.max(1) as f32
}

/// Gives every cell that is not `known` the value of the nearest one that is, by steps over neighbours.
fn spread(values: &mut [u8], known: &[bool]) {
    let mut reached = known.to_vec();
    let mut open: VecDeque<usize> = (0..known.len()).filter(|i| known[*i]).collect();
    while let Some(at) = open.pop_front() {
        for next in neighbours(at, SIDE, SIDE) {
            if !std::mem::replace(&mut reached[next], true) {
                values[next] = values[at];
                open.push_back(next);
            }
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use image::imageops;

    /// A boot of a few parts on white: a shaft to the left, a foot to the right, a dark sole.
    pub fn boot(width: u32, height: u32) -> RgbImage {
        RgbImage::from_fn(width, height, |x, y| {
            let (x, y) = (x as f32 / width as f32, y as f32 / height as f32);
            let shaft = (0.15..0.42).contains(&x) && (0.12..0.75).contains(&y);
            let foot = (0.15..0.88).contains(&x) && (0.5 + 0.12 * x..0.78).contains(&y);
            Rgb(match (shaft || foot, y > 0.72) {
                (true, true) => [40, 30, 20],
                (true, false) => [130, 90, 60],
                (false, _) => [255; 3],
            })
        })
    }

    pub fn cosine(a: &[f32], b: &[f32]) -> f32 {
        let dot = |a: &[f32], b: &[f32]| -> f32 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
        dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
    }

    #[test]
    fn where_nothing_is_drawn_the_block_is_that_of_the_picture() {
        for (width, height) in [(60, 80), (128, 128), (300, 200)] {
            let picture = boot(width, height);
            let own = embed::silhouette(&embed::tight(&picture).unwrap(), 0.62);
            let block = Outline::of(&picture).unwrap().block(&own);
            assert_eq!(own[144..], block[144..], "the size stays");
            assert!(cosine(&own, &block) > 0.99, "{}", cosine(&own, &block));
        }
    }

    #[test]
    fn an_outline_covers_itself_and_its_mirror_image_and_another_less() {
        let own = Outline::of(&boot(60, 80)).unwrap();
        let small = Outline::of(&boot(30, 40)).unwrap();
        assert!(own.overlap(&own) > 0.999 && own.overlap(&small) > 0.9);
        let turned = Outline::of(&imageops::flip_horizontal(&boot(60, 80))).unwrap();
        assert!(own.overlap(&turned) > 0.97, "{}", own.overlap(&turned));
        let fallen = Outline::of(&imageops::flip_vertical(&boot(60, 80))).unwrap();
        assert!(own.overlap(&fallen) < 0.7, "{}", own.overlap(&fallen));
    }

    #[test]
    fn a_frame_that_is_laid_anew_changes_nothing_but_the_room() {
        let own = Outline::of(&boot(60, 80)).unwrap();
        let [left, top, side] = own.square().unwrap();
        assert!(left.abs() < 0.2 && top.abs() < 0.05 && (side - 1.0).abs() < 0.05);
        let framed = own.framed();
        assert!(own.overlap(&framed) > 0.97);
        let block = |outline: &Outline| outline.block(&[0.0; 152]);
        assert!(cosine(&block(&own), &block(&framed)) > 0.99);
    }

    #[test]
    fn an_outline_about_another_shoe_keeps_its_shape() {
        let dark = Outline::of(&boot(60, 80)).unwrap();
        let light = RgbImage::from_fn(60, 80, |x, y| {
            let shoe = boot(60, 80).get_pixel(x, y).0 != [255; 3];
            Rgb(if shoe { [190; 3] } else { [255; 3] })
        });
        let worn = dark.about(&Outline::of(&light).unwrap());
        assert_eq!(worn.mask, dark.mask);
        let at = (SIDE / 2) * SIDE + SIDE / 2;
        assert!(worn.light[at] > dark.light[at] + 40);
    }

    #[test]
    fn what_is_no_outline_is_told() {
        let drawn = |picture: RgbImage| Outline::drawn(&picture);
        let of = |colour: u8| RgbImage::from_pixel(40, 40, Rgb([colour; 3]));
        assert_eq!(drawn(of(255)), Err(OutlineError::Empty));
        assert_eq!(drawn(of(0)), Err(OutlineError::Full));
        let small = RgbImage::new(3, 900);
        assert_eq!(drawn(small), Err(OutlineError::TooSmall(3, 900)));
        let bar = |across: u32, down: u32| {
            RgbImage::from_fn(120, 120, |x, y| {
                let inside = x.abs_diff(60) < across && y.abs_diff(60) < down;
                Rgb([if inside { 0 } else { 255 }; 3])
            })
        };
        assert!(matches!(drawn(bar(50, 4)), Err(OutlineError::Long(_))));
        assert!(matches!(drawn(bar(50, 30)), Err(OutlineError::Fills(f)) if f > 97.0));
        let mut two = bar(0, 0);
        for (x, y) in [(10, 10), (110, 110)] {
            for i in 0..64 {
                two.put_pixel(x + i % 8 - 4, y + i / 8 - 4, Rgb([0; 3]));
            }
        }
        assert!(matches!(drawn(two), Err(OutlineError::Fills(f)) if f < 12.0));
    }

    #[test]
    fn lines_are_filled_and_drawings_may_reach_to_the_edge() {
        let boot = boot(100, 100);
        let own = Outline::drawn(&boot).unwrap();
        let is_shoe = |x: u32, y: u32| boot.get_pixel(x, y).0 != [255; 3];
        let line = RgbImage::from_fn(100, 100, |x, y| {
            let near = [
                (x + 2, y),
                (x.saturating_sub(2), y),
                (x, y + 2),
                (x, y.saturating_sub(2)),
            ];
            let edge = is_shoe(x, y) && near.iter().any(|&(x, y)| !is_shoe(x.min(99), y.min(99)));
            Rgb([if edge { 0 } else { 255 }; 3])
        });
        let lined = Outline::drawn(&line).unwrap();
        assert!(own.overlap(&lined) > 0.93, "{}", own.overlap(&lined));
        let tight = imageops::crop_imm(&boot, 15, 12, 73, 66).to_image();
        let tight = Outline::drawn(&tight).unwrap();
        assert!(own.overlap(&tight) > 0.95, "{}", own.overlap(&tight));
    }
}
