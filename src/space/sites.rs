//! Distinct positions of the scene: shoes of one and the same position (identical pictures) are one *site*,
//! so that a hundred copies of a shoe count as one neighbour.

use super::Positions;
use std::ops::Range;

/// Sites, and which of them are nearest to a point.
#[derive(Debug, Clone)]
pub struct Sites {
    /// Where each site is.
    points: Vec<[f32; 3]>,
    tree: Positions,
    /// For each site, where its rows stand in `rows`.
    spans: Vec<Range<u32>>,
    /// Rows of each site, ascending.
    rows: Vec<u32>,
    middle: [f64; 3],
    radius: f64,
    farthest: f64,
}

/// A site found near a point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    /// Which site: hand it to [`Sites::rows`].
    pub site: usize,
    /// How far it is from the point, in units of the positions.
    pub distance: f64,
}

impl Sites {
    /// Sorts positions (one a row; those that are not finite are left out) into sites.
    pub fn new(positions: &[[f32; 3]]) -> Self {
        let key = |row: u32| positions[row as usize].map(|x| x + 0.0);
        let mut rows: Vec<u32> = (0..positions.len() as u32)
            .filter(|&row| positions[row as usize].iter().all(|x| x.is_finite()))
            .collect();
        rows.sort_unstable_by(|&a, &b| {
            let mut order = a.cmp(&b);
            for (x, y) in key(a).iter().zip(&key(b)).rev() {
                order = x.total_cmp(y).then(order);
            }
            order
        });
        let (mut points, mut spans): (Vec<[f32; 3]>, Vec<Range<u32>>) = (Vec::new(), Vec::new());
        for (at, &row) in (0u32..).zip(&rows) {
            match spans.last_mut() {
                Some(span) if points.last() == Some(&key(row)) => span.end = at + 1,
                _ => {
                    points.push(key(row));
                    spans.push(at..at + 1);
                }
            }
        }
        let (middle, radius, farthest) = extent(&points);
        Self {
            tree: Positions::new(&points),
            points,
            spans,
            rows,
            middle,
            radius,
            farthest,
        }
    }

    /// How many sites there are.
    pub fn len(&self) -> usize {
        self.points.len()
    }

    /// Whether there is no site at all.
    pub fn is_empty(&self) -> bool {
        self.points.is_empty()
    }

    /// The rows of a site, ascending; at least one.
    pub fn rows(&self, site: usize) -> &[u32] {
        let span = &self.spans[site];
        &self.rows[span.start as usize..span.end as usize]
    }

    /// The sites' middle.
    pub fn middle(&self) -> [f64; 3] {
        self.middle
    }

    /// The root mean square distance of the sites from their middle.
    pub fn radius(&self) -> f64 {
        self.radius
    }

    /// The distance of the site that is furthest from the middle.
    pub fn farthest(&self) -> f64 {
        self.farthest
    }

    /// The `k` sites nearest to a finite point, nearest first; fewer where there are fewer.
    pub fn nearest(&self, point: [f32; 3], k: usize) -> Vec<Found> {
        let distance = |site: usize| {
            let apart = |i: usize| f64::from(point[i]) - f64::from(self.points[site][i]);
            (0..3).map(|i| apart(i).powi(2)).sum::<f64>().sqrt()
        };
        let found = self.tree.nearest(point, k, None);
        let mut found: Vec<Found> = found
            .into_iter()
            .map(|(site, _)| Found {
                site,
                distance: distance(site),
            })
            .collect();
        // The tree compares in 32 bit.
        found.sort_by(|a, b| a.distance.total_cmp(&b.distance));
        found
    }
}

fn extent(points: &[[f32; 3]]) -> ([f64; 3], f64, f64) {
    let count = points.len().max(1) as f64;
    let mut middle = [0.0; 3];
    for point in points {
        middle
            .iter_mut()
            .zip(point)
            .for_each(|(m, x)| *m += f64::from(*x) / count);
    }
    let square = |p: &[f32; 3]| {
        (0..3)
            .map(|i| (f64::from(p[i]) - middle[i]).powi(2))
            .sum::<f64>()
    };
    let radius = (points.iter().map(square).sum::<f64>() / count).sqrt();
    (
        middle,
        radius,
        points.iter().map(square).fold(0.0, f64::max).sqrt(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn coincident_shoes_count_once(
            points in prop::collection::vec(prop::array::uniform3(-2i8..3), 1..200),
            at in prop::array::uniform3(-4.0f32..4.0),
            k in 1usize..30,
        ) {
            // A coarse lattice, so that there are many ties and coincident shoes.
            let points: Vec<[f32; 3]> = points.iter().map(|p| p.map(f32::from)).collect();
            let sites = Sites::new(&points);
            let mut scan: Vec<f64> = Vec::new();
            for (row, p) in points.iter().enumerate() {
                if !points[..row].contains(p) {
                    let apart = |i: usize| f64::from(at[i]) - f64::from(p[i]);
                    scan.push((0..3).map(|i| apart(i).powi(2)).sum::<f64>().sqrt());
                }
            }
            prop_assert_eq!(sites.len(), scan.len());
            let all: usize = (0..sites.len()).map(|s| sites.rows(s).len()).sum();
            prop_assert_eq!(all, points.len());
            scan.sort_by(f64::total_cmp);
            scan.truncate(k);
            let found: Vec<f64> = sites.nearest(at, k).iter().map(|f| f.distance).collect();
            for (found, wanted) in found.iter().zip(&scan) {
                prop_assert!((found - wanted).abs() < 1e-5);
            }
            prop_assert_eq!(found.len(), scan.len());
        }
    }

    #[test]
    fn nothing_is_near_where_there_is_nothing() {
        assert!(Sites::new(&[]).nearest([0.0; 3], 5).is_empty());
        let sites = Sites::new(&[[f32::NAN, 0.0, 0.0], [1.0, 0.0, 0.0], [1.0, -0.0, 0.0]]);
        assert_eq!((sites.len(), sites.rows(0)), (1, &[1, 2][..]));
    }
}
