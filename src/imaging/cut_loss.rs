//! Whether cutting a shoe out of its photo would eat it: the white sneaker on white, of which only the sole is left.
//!
//! [`cut_out`](super::cut_out) takes away what can hardly be told from the background. Of a white shoe on white that is
//! the shoe itself. So the photo is looked at once more with a finer measure: whatever differs from the background at
//! all, and lies within what is kept, or above it, was shoe (below and beside it are shadows). Where much of that would
//! go, the photo had better stay whole.
//!
//! The shares were chosen on four sets of photos, by looking at what they let through: shop photos of 60×80 and of 224
//! pixels, side views of sneakers, and Fashion-MNIST; they keep whole 5 % (the white ones), 2 %, 3 % and 0.2 %.

use super::cut_out::{Mask, mask};
use super::fit::{Filter, fit};
use image::RgbImage;

/// The longer side that photos are looked at with, in pixels: grain and traces of JPEG are gone at this size, and
/// large and small pictures of one photo get one answer.
const SIDE: u32 = 64;
/// Less than this share of the picture is no shoe.
const LEAST: f32 = 0.002;
/// Distances from the background's colour from which a pixel may be shoe; for each the share of the shoe that may go,
/// and how much of all that differs may, wherever it lies.
const MEASURES: [Measure; 2] = [
    Measure {
        differs: 0.012,
        within: 0.13,
        anywhere: 0.5,
    },
    Measure {
        differs: 0.006,
        within: 0.4,
        anywhere: 0.7,
    },
];
/// What fills more than this share of its bounding box is no shoe but another ground: a photo on grey, with white around.
const RECTANGLE: f32 = 0.92;
/// A little less than a step of an 8-bit channel.
const STEP: f32 = 0.8 / 255.0;
/// An edge that is uneven by itself asks for so many times that.
const UNEVEN: f32 = 1.5;

struct Measure {
    differs: f32,
    within: f32,
    anywhere: f32,
}

/// Whether cutting the background out of this picture would leave almost nothing, or not the whole shoe. `false`
/// for pictures that are not cut at all.
pub fn eats_shoe(picture: &RgbImage) -> bool {
    if picture.width().max(picture.height()) <= SIDE {
        return mask(picture).is_some_and(|mask| loses(&mask, picture.width() as usize));
    }
    let small = fit(picture, SIDE, Filter::Bilinear);
    mask(&small).is_some_and(|mask| loses(&mask, small.width() as usize))
}

/// Left, top, width and height of what differs from the background by a step of 255 and more, where the edge is even;
/// `None` where nothing does, or the picture's edge is no plain background. Rows and columns of one such pixel are dirt.
pub fn told_apart(picture: &RgbImage) -> Option<[u32; 4]> {
    let mask = mask(picture)?;
    let least = STEP.max(UNEVEN * mask.unevenness);
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let (mut columns, mut rows) = (vec![0u32; width], vec![0u32; height]);
    for (at, _) in (mask.away.iter().enumerate()).filter(|(_, away)| **away > least) {
        columns[at % width] += 1;
        rows[at / width] += 1;
    }
    let span = |counts: &[u32]| {
        let first = counts.iter().position(|&count| count > 1)?;
        let last = counts.iter().rposition(|&count| count > 1)?;
        Some((first as u32, (last + 1 - first) as u32))
    };
    let ((left, wide), (top, high)) = (span(&columns)?, span(&rows)?);
    Some([left, top, wide, high])
}

fn loses(mask: &Mask, width: usize) -> bool {
    let kept: Vec<bool> = mask.alpha.iter().map(|&a| a > 0.5).collect();
    let count = |flags: &[bool]| flags.iter().filter(|&&flag| flag).count() as f32;
    let all = count(&kept);
    if all < LEAST * kept.len() as f32 {
        return true;
    }
    let reach = Reach::of(&kept, width);
    MEASURES.iter().any(|measure| {
        let least = measure.differs.max(UNEVEN * mask.unevenness);
        let (mut shoe, mut gone, mut gone_anywhere, mut seen) = (0f32, 0f32, 0f32, Seen::new());
        for (at, &away) in mask.away.iter().enumerate() {
            let differs = away > least;
            let lost = differs && !reach.beside[at];
            let inside = reach.within[at] || (differs && reach.above[at]);
            shoe += f32::from(u8::from(inside));
            gone += f32::from(u8::from(inside && lost));
            gone_anywhere += f32::from(u8::from(lost));
            if differs || kept[at] {
                seen.add(at % width, at / width);
            }
        }
        if seen.fills() > RECTANGLE {
            return false;
        }
        gone > measure.within * shoe.max(1.0)
            || gone_anywhere > measure.anywhere * (gone_anywhere + all)
    })
}

/// The bounding box of some pixels, and how many they are.
struct Seen {
    columns: (usize, usize),
    rows: (usize, usize),
    count: usize,
}

impl Seen {
    fn new() -> Self {
        Self {
            columns: (usize::MAX, 0),
            rows: (usize::MAX, 0),
            count: 0,
        }
    }

    fn add(&mut self, x: usize, y: usize) {
        self.columns = (self.columns.0.min(x), self.columns.1.max(x + 1));
        self.rows = (self.rows.0.min(y), self.rows.1.max(y + 1));
        self.count += 1;
    }

    /// The share of the box that they fill.
    fn fills(&self) -> f32 {
        let length = |(from, to): (usize, usize)| to.saturating_sub(from);
        self.count as f32 / (length(self.columns) * length(self.rows)).max(1) as f32
    }
}

/// Where pixels lie, seen from those that are kept.
struct Reach {
    /// It is kept, or a neighbour is: soft edges are no loss.
    beside: Vec<bool>,
    /// Something is kept on both sides in its row, and in its column.
    within: Vec<bool>,
    /// Something is kept below it, and nothing above.
    above: Vec<bool>,
}

impl Reach {
    fn of(kept: &[bool], width: usize) -> Self {
        let height = kept.len() / width.max(1);
        // First and last row of each column that hold something, and the same for rows; none is `usize::MAX` and 0.
        let mut columns = vec![(usize::MAX, 0); width];
        let mut rows = vec![(usize::MAX, 0); height];
        let mut beside = vec![false; kept.len()];
        for at in (0..kept.len()).filter(|&at| kept[at]) {
            let (x, y) = (at % width, at / width);
            columns[x] = (columns[x].0.min(y), y);
            rows[y] = (rows[y].0.min(x), x);
            for row in y.saturating_sub(1)..(y + 2).min(height) {
                beside[row * width + x.saturating_sub(1)..row * width + (x + 2).min(width)]
                    .fill(true);
            }
        }
        let holds = |(first, last): (usize, usize), at| first <= at && at <= last;
        let place = |at: usize| (at % width, at / width);
        let each = |f: &dyn Fn(usize, usize) -> bool| {
            let all = (0..kept.len()).map(place);
            all.map(|(x, y)| f(x, y)).collect::<Vec<bool>>()
        };
        Self {
            within: each(&|x, y| holds(columns[x], y) && holds(rows[y], x)),
            above: each(&|x, y| columns[x].0 != usize::MAX && y < columns[x].0),
            beside,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    /// A low shoe: an upper over a sole, with a little shading from left to right, on `ground`.
    fn shoe(side: u32, ground: u8, upper: [u8; 3], sole: [u8; 3]) -> RgbImage {
        RgbImage::from_fn(side, side, |x, y| {
            let (x, y) = (x as f32 / side as f32, y as f32 / side as f32);
            let top = 0.4 + (x - 0.2).max(0.0) * 0.3;
            let shaded = |rgb: [u8; 3]| rgb.map(|v| v.saturating_sub((x * 3.0) as u8));
            match () {
                () if !(0.1..0.9).contains(&x) => Rgb([ground; 3]),
                () if (0.7..0.78).contains(&y) => Rgb(shaded(sole)),
                () if (top..0.7).contains(&y) => Rgb(shaded(upper)),
                () => Rgb([ground; 3]),
            }
        })
    }

    #[test]
    fn white_shoes_on_white_would_be_eaten() {
        for side in [28, 60, 224, 500] {
            for white in [254, 252, 250, 246, 243] {
                for sole in [[white; 3], [150, 150, 155], [20, 20, 20]] {
                    if white == 254 && sole[0] != white {
                        // One step of 255 beside a dark sole: nobody sees that.
                        continue;
                    }
                    let picture = shoe(side, 255, [white; 3], sole);
                    assert!(eats_shoe(&picture), "{side} {white} {sole:?}");
                }
            }
        }
        // The same on a studio's pale grey.
        assert!(eats_shoe(&shoe(224, 230, [236; 3], [120; 3])));
        // A white upper with dark eyelets, of which the eyelets would be left.
        let mut eyelets = shoe(224, 255, [248; 3], [248; 3]);
        for (x, y) in (90..100).flat_map(|x| (110..120).map(move |y| (x, y))) {
            eyelets.put_pixel(x, y, Rgb([10; 3]));
        }
        assert!(eats_shoe(&eyelets));
    }

    #[test]
    fn what_can_be_told_from_its_background_is_cut() {
        for side in [28, 60, 224, 500] {
            for upper in [[20; 3], [200, 30, 40], [225, 220, 190], [205; 3]] {
                for sole in [upper, [240; 3], [90; 3]] {
                    let picture = shoe(side, 255, upper, sole);
                    assert!(!eats_shoe(&picture), "{side} {upper:?} {sole:?}");
                }
            }
        }
    }

    #[test]
    fn a_shadow_below_and_a_gap_between_straps_are_no_loss() {
        let mut shadow = shoe(224, 255, [60, 40, 30], [30; 3]);
        for (x, y) in (30..190).flat_map(|x| (175..200).map(move |y| (x, y))) {
            shadow.put_pixel(x, y, Rgb([(255 - 14 * (200 - y) / 25) as u8; 3]));
        }
        assert!(!eats_shoe(&shadow));
        let sandal = RgbImage::from_fn(224, 224, |x, y| {
            let strap =
                (y > 60 && y < 150 && (x / 16).is_multiple_of(2)) || (150..165).contains(&y);
            Rgb(if (20..204).contains(&x) && strap {
                [90, 60, 30]
            } else {
                [255; 3]
            })
        });
        assert!(!eats_shoe(&sandal));
        // A photo on a ground that is not quite white, with white around it.
        let shoe = shoe(224, 246, [60, 40, 30], [30; 3]);
        let mut padded = RgbImage::from_pixel(300, 300, Rgb([255; 3]));
        image::imageops::replace(&mut padded, &shoe, 38, 38);
        assert!(!eats_shoe(&padded));
    }

    #[test]
    fn what_differs_at_all_is_bounded() {
        let mut picture = shoe(100, 255, [254; 3], [253; 3]);
        picture.put_pixel(2, 2, Rgb([0; 3]));
        let [left, top, wide, high] = told_apart(&picture).unwrap();
        assert!(
            left.abs_diff(10) < 2 && wide.abs_diff(80) < 3,
            "{left} {wide}"
        );
        assert!(
            top.abs_diff(40) < 2 && high.abs_diff(38) < 3,
            "{top} {high}"
        );
        let blank = RgbImage::from_pixel(40, 60, Rgb([255; 3]));
        assert_eq!(told_apart(&blank), None);
    }

    #[test]
    fn blank_pictures_stay_and_busy_ones_are_not_cut_anyway() {
        assert!(eats_shoe(&RgbImage::from_pixel(40, 60, Rgb([255; 3]))));
        assert!(eats_shoe(&RgbImage::from_pixel(1, 1, Rgb([255; 3]))));
        assert!(!eats_shoe(&RgbImage::new(0, 0)));
        let busy = RgbImage::from_fn(90, 60, |x, y| Rgb([(x * 2) as u8, (y * 4) as u8, 90]));
        assert!(!eats_shoe(&busy));
    }
}
