//! Is the same shoe seen the same way? Pictures of a catalogue are changed as photographers and shops change them, embedded
//! again, and looked for: is the shoe itself the nearest of all?

use super::{RecommendError, Recommender};
use crate::embed::{Embedder, STYLE};
use crate::imaging::foreground::Foreground;
use crate::job::Job;
use image::codecs::jpeg::JpegEncoder;
use image::imageops::{self, FilterType};
use image::{Rgb, RgbImage};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::ops::Range;

/// Shoes whose pictures are in memory at a time.
const BATCH: usize = 64;

/// How a picture is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// Cut to the shoe.
    Tight,
    /// A fifth of its sides more room all around.
    Room20,
    /// Two fifths.
    Room40,
    /// Half as large.
    Half,
    /// Twice as large.
    Double,
    /// Stored as a JPEG of quality 60.
    Jpeg60,
    /// Moved by 6 % to the right and 8 % up.
    Shifted,
}

/// Every change.
pub const CHANGES: [Change; 7] = [
    Change::Tight,
    Change::Room20,
    Change::Room40,
    Change::Half,
    Change::Double,
    Change::Jpeg60,
    Change::Shifted,
];

/// How often a changed picture finds its own shoe first.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Found {
    /// By style alone.
    pub style: f64,
    /// By the whole embedding.
    pub mix: f64,
}

/// What was measured.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Robustness {
    /// Shoes whose pictures were changed.
    pub shoes: usize,
    /// Shoes that they were looked for among.
    pub among: usize,
    /// By change.
    pub by_change: BTreeMap<Change, Found>,
    /// The mean of all.
    pub all: Found,
}

/// Changes the pictures of `shoes` shoes, evenly over the catalogue, and looks for them.
///
/// # Errors
/// The catalogue is damaged, has no space, or is of another embedder; the embedder failed; or the job was cancelled.
pub fn measure(
    recommender: &Recommender,
    embedder: &dyn Embedder,
    shoes: usize,
    job: &Job,
) -> Result<Robustness, RecommendError> {
    let catalog = recommender.catalog();
    catalog.expect_embedder(embedder.id())?;
    let space = recommender.space();
    let style = recommender
        .embeddings()
        .block(STYLE.name)
        .map_or(0..0, |block| block.range.clone());
    let among = catalog.len();
    let shoes = shoes.min(among);
    let rows: Vec<usize> = (0..shoes).map(|i| i * among / shoes).collect();
    job.stage(
        "Embedding changed pictures",
        Some((shoes * CHANGES.len()) as u64),
    );
    let mut found: BTreeMap<Change, [usize; 2]> = BTreeMap::new();
    for rows in rows.chunks(BATCH) {
        let mut changed = Vec::with_capacity(rows.len() * CHANGES.len());
        for &row in rows {
            let picture = catalog.picture(row)?;
            changed.extend(CHANGES.map(|change| (row, change, change.of(&picture))));
        }
        let pictures: Vec<RgbImage> = changed
            .iter()
            .map(|(.., picture)| picture.clone())
            .collect();
        let features = embedder.embed_observed(&pictures, job)?;
        let asked = changed
            .iter()
            .zip(&features)
            .map(|((row, change, _), features)| {
                Ok((*row, *change, space.embedding(&features.blocks())?))
            })
            .collect::<Result<Vec<_>, RecommendError>>()?;
        let hits: Vec<(Change, [bool; 2])> = asked
            .par_iter()
            .map(|(row, change, embedding)| {
                let finds = |range: Range<usize>| is_first(recommender, *row, embedding, range);
                (*change, [finds(style.clone()), finds(0..embedding.len())])
            })
            .collect();
        for (change, hit) in hits {
            let counts = found.entry(change).or_default();
            counts
                .iter_mut()
                .zip(hit)
                .for_each(|(n, hit)| *n += usize::from(hit));
        }
    }
    let share = |counts: [usize; 2], of: usize| {
        let [style, mix] = counts.map(|n| n as f64 / of.max(1) as f64);
        Found { style, mix }
    };
    let all = found.values().fold([0, 0], |sum, counts| {
        [sum[0] + counts[0], sum[1] + counts[1]]
    });
    Ok(Robustness {
        shoes,
        among,
        all: share(all, shoes * CHANGES.len()),
        by_change: found
            .into_iter()
            .map(|(change, counts)| (change, share(counts, shoes)))
            .collect(),
    })
}

/// Whether no other shoe is nearer than `row`, by the cosine of a part of the embedding.
fn is_first(recommender: &Recommender, row: usize, asked: &[f32], part: Range<usize>) -> bool {
    let embeddings = recommender.embeddings();
    let cosine = |row: usize| -> f32 {
        let other = &embeddings.row(row)[part.clone()];
        asked[part.clone()]
            .iter()
            .zip(other)
            .map(|(a, b)| a * b.to_f32())
            .sum()
    };
    // Pictures that are stored twice are each other's equals.
    let own = cosine(row) + 1e-4;
    !(0..embeddings.len()).any(|other| other != row && cosine(other) > own)
}

impl Change {
    /// The picture, changed.
    fn of(self, picture: &RgbImage) -> RgbImage {
        let (width, height) = picture.dimensions();
        match self {
            Self::Tight => tight(picture),
            Self::Room20 => with_room(picture, 0.2),
            Self::Room40 => with_room(picture, 0.4),
            Self::Half => {
                let half = |n: u32| (n / 2).max(1);
                imageops::resize(picture, half(width), half(height), FilterType::Triangle)
            }
            Self::Double => {
                imageops::resize(picture, width * 2, height * 2, FilterType::CatmullRom)
            }
            Self::Jpeg60 => jpeg(picture).unwrap_or_else(|_| picture.clone()),
            Self::Shifted => {
                let mut shifted = RgbImage::from_pixel(width, height, ground(picture));
                let (x, y) = (width as f32 * 0.06, height as f32 * 0.08);
                imageops::replace(&mut shifted, picture, x as i64, -(y as i64));
                shifted
            }
        }
    }
}

fn ground(picture: &RgbImage) -> Rgb<u8> {
    *picture.get_pixel(0, 0)
}

fn with_room(picture: &RgbImage, share: f32) -> RgbImage {
    let (width, height) = picture.dimensions();
    let (x, y) = (
        (width as f32 * share) as u32,
        (height as f32 * share) as u32,
    );
    let mut larger = RgbImage::from_pixel(width + 2 * x, height + 2 * y, ground(picture));
    imageops::replace(&mut larger, picture, x.into(), y.into());
    larger
}

fn tight(picture: &RgbImage) -> RgbImage {
    let Some([left, top, right, bottom]) = Foreground::of(picture).bounds() else {
        return picture.clone();
    };
    let (width, height) = (picture.width() as f32, picture.height() as f32);
    let (left, top) = ((left * width) as u32, (top * height) as u32);
    let right = ((right * width).ceil() as u32).min(picture.width());
    let bottom = ((bottom * height).ceil() as u32).min(picture.height());
    let (across, down) = ((right - left).max(1), (bottom - top).max(1));
    imageops::crop_imm(picture, left, top, across, down).to_image()
}

fn jpeg(picture: &RgbImage) -> image::ImageResult<RgbImage> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 60).encode_image(picture)?;
    Ok(image::load_from_memory(&bytes)?.to_rgb8())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A dark box on white.
    fn boxed() -> RgbImage {
        RgbImage::from_fn(60, 80, |x, y| {
            let inside = (10..50).contains(&x) && (30..60).contains(&y);
            Rgb(if inside { [40, 60, 80] } else { [255; 3] })
        })
    }

    #[test]
    fn pictures_are_changed_as_they_are_called() {
        let sizes = CHANGES.map(|change| change.of(&boxed()).dimensions());
        let [tight, room, more, half, double, jpeg, shifted] = sizes;
        assert!(
            tight.0.abs_diff(40) <= 4 && tight.1.abs_diff(30) <= 4,
            "{tight:?}"
        );
        assert_eq!((room, more), ((84, 112), (108, 144)));
        assert_eq!((half, double), ((30, 40), (120, 160)));
        assert_eq!((jpeg, shifted), ((60, 80), (60, 80)));
        let moved = Change::Shifted.of(&boxed());
        assert_eq!(moved.get_pixel(13, 24), boxed().get_pixel(10, 30));
        assert_ne!(Change::Jpeg60.of(&boxed()), boxed());
    }
}
