//! A layout in three dimensions that keeps neighbours together, after UMAP (McInnes, Healy and Melville, 2018).
//!
//! Each shoe's nearest others become a fuzzy graph (its nearest has weight 1, the sum of all is log₂ of their number);
//! stochastic gradient descent draws neighbours together and pushes random others away. It begins with the principal
//! components, so that left stays left. Unlike umap-learn's threads, ours read the positions of the epoch before and
//! write only their own shoe's: the outcome is the same on any number of threads.

use super::LayoutError;
use crate::job::Job;
use nalgebra::{Matrix3, SVD, Vector3};
use rayon::prelude::*;

/// How likeness falls with distance in the layout, 1 / (1 + a d^2b): umap-learn's fit to a least distance of 0.001, which keeps more neighbours than 0.1.
const A: f32 = 1.929;
const B: f32 = 0.7915;
/// Others that push a shoe away for each neighbour that draws it.
const NEGATIVES: u32 = 5;
/// A step goes no farther along any axis.
const MOST: f32 = 4.0;
/// The half width of the layout's beginning along its longest axis.
const BEGIN: f32 = 10.0;

/// A shoe's nearest others: row and distance, nearest first.
pub type Nearest = Vec<(usize, f32)>;

/// Lays out shoes by their nearest others, beginning at `begin` (their principal components; one a shoe).
///
/// The layout has the centre and the size (root mean square) of `begin`, and is turned to lie as it does. The same input gives the same layout on any
/// number of threads.
///
/// # Errors
/// Fewer than five shoes, shoes that are all alike, or cancelled.
///
/// # Panics
/// If there is not one beginning a shoe, or a neighbour is no row.
pub fn neighbourhoods(
    nearest: &[Nearest],
    begin: &[[f32; 3]],
    seed: u64,
    job: &Job,
) -> Result<Vec<[f32; 3]>, LayoutError> {
    assert_eq!(nearest.len(), begin.len(), "one beginning a shoe");
    let count = begin.len();
    if count < super::LEAST {
        return Err(LayoutError::TooFew(count));
    }
    if nearest
        .iter()
        .flatten()
        .all(|(_, distance)| *distance <= 0.0)
    {
        return Err(LayoutError::Identical);
    }
    let graph = fuzzy_graph(nearest);
    let (centre, size) = extent(begin);
    if size <= 0.0 {
        return Err(LayoutError::Identical);
    }
    let most = (begin.iter().flatten().zip(centre.iter().cycle()))
        .fold(0f32, |most, (value, centre)| {
            most.max((value - centre).abs())
        });
    // A little noise, as shoes of one place would never part.
    let mut now: Vec<[f32; 3]> = (begin.iter().enumerate())
        .map(|(row, at)| {
            let mut random = Random::new(seed, row as u64, u64::MAX);
            std::array::from_fn(|axis| {
                (at[axis] - centre[axis]) * BEGIN / most + 1e-3 * (random.unit() - 0.5)
            })
        })
        .collect();
    let epochs = if count <= 10_000 { 500 } else { 300 };
    job.stage("Laying out neighbourhoods", Some(epochs));
    let heaviest = graph
        .iter()
        .flatten()
        .fold(0f32, |most, edge| most.max(edge.1));
    for epoch in 0..epochs {
        job.check()?;
        let rate = 1.0 - epoch as f32 / epochs as f32;
        now = (0..count)
            .into_par_iter()
            .map(|row| {
                let mut random = Random::new(seed, row as u64, epoch);
                moved(row, &graph[row], &now, heaviest, rate, &mut random)
            })
            .collect();
        job.advance(1);
    }
    Ok(aligned(&now, begin))
}

/// `points` moved, turned, mirrored and scaled to lie as `like` does (Procrustes; Schönemann, 1966): left stays left.
fn aligned(points: &[[f32; 3]], like: &[[f32; 3]]) -> Vec<[f32; 3]> {
    let ((middle, width), (centre, size)) = (extent(points), extent(like));
    let mut shared = Matrix3::<f64>::zeros();
    for (point, like) in points.iter().zip(like) {
        let off = |at: &[f32; 3], from: [f32; 3]| {
            Vector3::from_fn(|axis, _| f64::from(at[axis] - from[axis]))
        };
        shared += off(like, centre) * off(point, middle).transpose();
    }
    let turn = match shared.svd(true, true) {
        SVD {
            u: Some(u),
            v_t: Some(v_t),
            ..
        } => (u * v_t).cast::<f32>(),
        _ => Matrix3::identity(),
    };
    let scale = if width > 0.0 { size / width } else { 1.0 };
    let placed = |point: &[f32; 3]| {
        let at = turn * Vector3::from_fn(|axis, _| point[axis] - middle[axis]) * scale;
        std::array::from_fn(|axis| at[axis] + centre[axis])
    };
    points.iter().map(placed).collect()
}

/// Where one shoe goes in one epoch.
fn moved(
    row: usize,
    edges: &[(u32, f32)],
    all: &[[f32; 3]],
    heaviest: f32,
    rate: f32,
    random: &mut Random,
) -> [f32; 3] {
    let mut at = all[row];
    for &(other, weight) in edges {
        // An edge has its turn as often as it is heavy.
        if random.unit() * heaviest >= weight {
            continue;
        }
        let (off, square) = difference(at, all[other as usize]);
        if square > 0.0 {
            let power = square.powf(B);
            // Twice: umap-learn moves both ends, and here each end moves itself.
            let pull = -4.0 * A * B * power / (square * (1.0 + A * power));
            step(&mut at, off, pull, rate);
        }
        for _ in 0..NEGATIVES {
            let other = random.below(all.len());
            if other == row {
                continue;
            }
            let (off, square) = difference(at, all[other]);
            let push = 2.0 * B / ((0.001 + square) * (1.0 + A * square.powf(B)));
            step(&mut at, off, push, rate);
        }
    }
    at
}

fn step(at: &mut [f32; 3], off: [f32; 3], force: f32, rate: f32) {
    for (at, off) in at.iter_mut().zip(off) {
        *at += rate * (force * off).clamp(-MOST, MOST);
    }
}

fn difference(a: [f32; 3], b: [f32; 3]) -> ([f32; 3], f32) {
    let off: [f32; 3] = std::array::from_fn(|axis| a[axis] - b[axis]);
    (off, off.iter().map(|value| value * value).sum())
}

/// The middle, and the root mean square distance from it.
fn extent(points: &[[f32; 3]]) -> ([f32; 3], f32) {
    let count = points.len().max(1) as f64;
    let mean = |axis: usize| points.iter().map(|p| f64::from(p[axis])).sum::<f64>() / count;
    let middle = [mean(0), mean(1), mean(2)].map(|value| value as f32);
    let squares = points.iter().map(|p| f64::from(difference(*p, middle).1));
    (middle, (squares.sum::<f64>() / count).sqrt() as f32)
}

/// Weights between shoes, both ways: a ∪ b = a + b − ab. Of each row, by the other.
fn fuzzy_graph(nearest: &[Nearest]) -> Vec<Vec<(u32, f32)>> {
    let directed: Vec<Vec<(u32, f32)>> = nearest.par_iter().map(memberships).collect();
    let mut graph: Vec<Vec<(u32, f32)>> = directed.clone();
    for (row, edges) in directed.iter().enumerate() {
        for &(other, weight) in edges {
            graph[other as usize].push((row as u32, weight));
        }
    }
    graph.par_iter_mut().for_each(|edges| {
        edges.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        edges.dedup_by(|later, kept| {
            let is_same = later.0 == kept.0;
            if is_same {
                kept.1 = kept.1 + later.1 - kept.1 * later.1;
            }
            is_same
        });
    });
    graph
}

/// exp(−(d − nearest) / σ), with σ such that they sum to log₂ of their number.
fn memberships(nearest: &Nearest) -> Vec<(u32, f32)> {
    let first = nearest.iter().map(|(_, d)| *d).find(|d| *d > 0.0);
    let first = first.unwrap_or(0.0);
    let weight = |distance: f32, sigma: f32| (-(distance - first).max(0.0) / sigma).exp();
    let wanted = ((nearest.len() + 1) as f32).log2();
    let mean = nearest.iter().map(|(_, d)| *d).sum::<f32>() / nearest.len().max(1) as f32;
    // By halves between a thousandth of the mean, as in umap-learn, and more than any distance.
    let (mut low, mut high) = (1e-3 * mean, 1e3 * mean);
    for _ in 0..64 {
        let sigma = (low * high).sqrt();
        let sum: f32 = nearest.iter().map(|(_, d)| weight(*d, sigma)).sum();
        if sum > wanted {
            high = sigma;
        } else {
            low = sigma;
        }
    }
    let sigma = high.max(f32::MIN_POSITIVE);
    let weights = nearest
        .iter()
        .map(|(row, d)| (*row as u32, weight(*d, sigma)));
    weights.collect()
}

/// SplitMix64 (Steele, Lea and Flood, 2014): a stream for each shoe and epoch, cheap to begin.
struct Random(u64);

impl Random {
    fn new(seed: u64, row: u64, epoch: u64) -> Self {
        let mut random = Self(seed);
        for part in [row, epoch] {
            random.0 = random.next() ^ part;
        }
        random
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// 0 to 1, without 1.
    fn unit(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1u64 << 24) as f32
    }

    /// A row below `count`.
    fn below(&mut self, count: usize) -> usize {
        ((u128::from(self.next()) * count as u128) >> 64) as usize
    }
}

#[cfg(test)]
mod tests;
