//! The colours of a picture as a [`Palette`]: what a person changes one by one.
//!
//! Its foreground's colours are put into small boxes of Oklab, and the two groups whose union loses least are joined
//! (J. H. Ward, "Hierarchical grouping", 1963), until three to five are left that look different.

use super::palette::Palette;
use crate::imaging::fit::{Filter, fit};
use crate::imaging::foreground::{Foreground, SIDE};
use crate::imaging::oklab::{Oklab, distance};
use image::RgbImage;
use std::collections::BTreeMap;

/// Colours that are found at most, and how many are left where some look alike.
const MOST: usize = 5;
const ENOUGH: usize = 3;
/// Colours nearer than this in Oklab look alike, and the side of a box.
const ALIKE: f32 = 0.09;
const BOX: f32 = 0.06;
/// Below this share of the shoe a colour is not one of its own; and beyond the first few it has to have more, since where
/// two colours meet a picture has those between them.
const LEAST: f32 = 0.02;
const LEAST_OF_MORE: f32 = 0.06;

/// Pixels that look alike: how many, and the sums of their colours.
#[derive(Debug, Clone, Copy, Default)]
struct Group {
    count: f32,
    lab: Oklab,
    rgb: [f32; 3],
}

impl Group {
    fn join(&mut self, other: &Self) {
        self.count += other.count;
        for c in 0..3 {
            self.lab[c] += other.lab[c];
            self.rgb[c] += other.rgb[c];
        }
    }

    fn middle(&self) -> Oklab {
        self.lab.map(|sum| sum / self.count)
    }

    fn away(&self, other: &Self) -> f32 {
        distance(self.middle(), other.middle())
    }

    /// By how much the colours' spread grows if both are one.
    fn loss(&self, other: &Self) -> f32 {
        self.count * other.count / (self.count + other.count) * self.away(other).powi(2)
    }
}

impl Palette {
    /// The colours of what a picture shows, with their shares, the largest first: three to five, fewer where it has no
    /// more.
    pub fn of(picture: &RgbImage) -> Self {
        let small = fit(picture, SIDE as u32, Filter::Bilinear);
        let foreground = Foreground::of(&small);
        let mut boxes: BTreeMap<[i32; 3], Group> = BTreeMap::new();
        let seen = small.pixels().zip(&foreground.lab);
        for ((pixel, lab), weight) in seen.zip(foreground.weights()) {
            // What shines through a soft edge is no colour of the shoe.
            if weight > 0.5 {
                let group = Group {
                    count: weight,
                    lab: lab.map(|c| weight * c),
                    rgb: pixel.0.map(|c| weight * f32::from(c)),
                };
                let at = lab.map(|c| (c / BOX).round() as i32);
                boxes.entry(at).or_default().join(&group);
            }
        }
        let mut groups: Vec<Group> = boxes.into_values().collect();
        while let Some((a, b)) = nearest(&groups) {
            let alike = groups[a].away(&groups[b]) < ALIKE && groups.len() > ENOUGH;
            let same = groups[a].away(&groups[b]) < BOX / 2.0;
            if groups.len() <= MOST && !alike && !same {
                break;
            }
            let other = groups.swap_remove(b);
            groups[a].join(&other);
        }
        let total: f32 = groups.iter().map(|group| group.count).sum();
        groups.sort_by(|a, b| b.count.total_cmp(&a.count));
        let own = |(place, group): (usize, &Group)| {
            let least = if place < ENOUGH { LEAST } else { LEAST_OF_MORE };
            group.count >= least * total
        };
        let own = groups.iter().enumerate().filter(|it| own(*it)).count();
        groups.truncate(own);
        let total: f32 = groups.iter().map(|group| group.count).sum();
        let colours = groups.iter().map(|group| {
            let rgb = group.rgb.map(|sum| (sum / group.count).round() as u8);
            (rgb, group.count / total)
        });
        Self::with_shares(colours.collect())
    }
}

/// The two groups that lose least when they are joined, the first before the second.
fn nearest(groups: &[Group]) -> Option<(usize, usize)> {
    let pairs = (0..groups.len()).flat_map(|a| (a + 1..groups.len()).map(move |b| (a, b)));
    let loss = |&(a, b): &(usize, usize)| groups[a].loss(&groups[b]);
    pairs.min_by(|a, b| loss(a).total_cmp(&loss(b)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embed::{colour, tight};
    use image::Rgb;

    #[test]
    fn the_colours_of_a_shoe_are_found_by_their_shares_and_white_around_is_none() {
        let picture = RgbImage::from_fn(90, 90, |x, y| {
            let shoe = (10..80).contains(&x) && (30..70).contains(&y);
            Rgb(match (shoe, y, x) {
                (true, 62.., _) => [30, 30, 34],
                (true, _, 60..) => [236, 220, 60],
                (true, ..) => [170, 30, 40],
                _ => [255; 3],
            })
        });
        let palette = Palette::of(&picture);
        let colours = palette.colours();
        assert_eq!(colours.len(), 3, "{colours:?}");
        for (found, made) in colours
            .iter()
            .zip([[170, 30, 40], [236, 220, 60], [30, 30, 34]])
        {
            let off = found.0.iter().zip(made).map(|(a, b)| a.abs_diff(b)).max();
            assert!(off < Some(16), "{found:?} {made:?}");
        }
        let shares: f32 = colours.iter().map(|(_, share)| share).sum();
        assert!((shares - 1.0).abs() < 0.05 && colours[0].1 > 0.45);
        let (own, block) = (colour(&tight(&picture).unwrap()), palette.block(false));
        let dot: f32 = own.iter().zip(&block).map(|(a, b)| a * b).sum();
        assert!(dot / 2.0 > 0.75, "{dot}");
    }

    #[test]
    fn pictures_of_one_colour_and_of_all_colours_have_a_palette() {
        let blank = RgbImage::from_pixel(5, 9, Rgb([7, 80, 9]));
        assert_eq!(Palette::of(&blank).colours(), [([7, 80, 9], 1.0)]);
        assert_eq!(Palette::of(&RgbImage::new(0, 0)).colours().len(), 1);
        let many = RgbImage::from_fn(64, 64, |x, y| Rgb([4 * x as u8, 4 * y as u8, 128]));
        let found = Palette::of(&many).colours().len();
        assert!((3..=5).contains(&found), "{found}");
    }
}
