//! Exact nearest neighbours among positions, by a balanced k-d tree.

use rayon::prelude::*;

/// Positions with a k-d tree over them. Distances are Euclidean; equal ones go by row.
#[derive(Debug, Clone)]
pub struct Positions {
    /// Points in the order of the tree: the middle of every range splits it, along the range's longest
    /// side.
    points: Vec<[f32; 3]>,
    /// Their rows.
    rows: Vec<u32>,
    /// The axis that each middle splits.
    axes: Vec<u8>,
}

/// Ranges up to this size are searched one by one.
const LEAF: usize = 12;

impl Positions {
    /// Builds the tree; O(n log n). Positions that are not finite count as the origin.
    pub fn new(positions: &[[f32; 3]]) -> Self {
        let mut order: Vec<(u32, [f32; 3])> = (0u32..)
            .zip(positions)
            .map(|(row, position)| (row, position.map(|v| if v.is_finite() { v } else { 0.0 })))
            .collect();
        let mut axes = vec![0u8; order.len()];
        build(&mut order, &mut axes);
        Self {
            points: order.iter().map(|(_, point)| *point).collect(),
            rows: order.iter().map(|(row, _)| *row).collect(),
            axes,
        }
    }

    /// How many positions.
    pub fn len(&self) -> usize {
        self.points.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.points.is_empty()
    }

    /// The `k` nearest rows to a point with their distances, nearest first, without row `except`.
    pub fn nearest(&self, point: [f32; 3], k: usize, except: Option<usize>) -> Vec<(usize, f32)> {
        let mut best = Best {
            k,
            except: except
                .and_then(|row| u32::try_from(row).ok())
                .unwrap_or(u32::MAX),
            found: Vec::with_capacity(k.min(self.len()) + 1),
        };
        if k > 0 {
            self.descend(0, self.len(), point, &mut best);
        }
        let found = best.found.into_iter();
        found
            .map(|(square, row)| (row as usize, square.sqrt()))
            .collect()
    }

    /// The `k` nearest other rows of each of `rows`, whose positions are given as they were to
    /// [`new`](Self::new); in parallel.
    pub fn nearest_of(&self, positions: &[[f32; 3]], rows: &[usize], k: usize) -> Vec<Vec<usize>> {
        rows.par_iter()
            .map(|&row| {
                let nearest = self.nearest(positions[row], k, Some(row));
                nearest.into_iter().map(|(row, _)| row).collect()
            })
            .collect()
    }

    fn descend(&self, from: usize, to: usize, point: [f32; 3], best: &mut Best) {
        if to - from <= LEAF {
            for at in from..to {
                best.offer(square_distance(self.points[at], point), self.rows[at]);
            }
            return;
        }
        let middle = from + (to - from) / 2;
        let axis = usize::from(self.axes[middle]);
        best.offer(
            square_distance(self.points[middle], point),
            self.rows[middle],
        );
        let off = point[axis] - self.points[middle][axis];
        let (near, far) = if off <= 0.0 {
            ((from, middle), (middle + 1, to))
        } else {
            ((middle + 1, to), (from, middle))
        };
        self.descend(near.0, near.1, point, best);
        // Equal distances go by row, so the other side is entered at equality too.
        if off * off <= best.farthest() {
            self.descend(far.0, far.1, point, best);
        }
    }
}

struct Best {
    k: usize,
    except: u32,
    /// (squared distance, row), ascending.
    found: Vec<(f32, u32)>,
}

impl Best {
    fn farthest(&self) -> f32 {
        if self.found.len() < self.k {
            f32::INFINITY
        } else {
            self.found[self.k - 1].0
        }
    }

    fn offer(&mut self, square: f32, row: u32) {
        if row == self.except {
            return;
        }
        if self.found.len() == self.k {
            let last = self.found[self.k - 1];
            if (square, row) >= last {
                return;
            }
            self.found.pop();
        }
        let at = self.found.partition_point(|found| *found < (square, row));
        self.found.insert(at, (square, row));
    }
}

fn square_distance(a: [f32; 3], b: [f32; 3]) -> f32 {
    (0..3)
        .map(|axis| (a[axis] - b[axis]) * (a[axis] - b[axis]))
        .sum()
}

fn build(points: &mut [(u32, [f32; 3])], axes: &mut [u8]) {
    if points.len() <= LEAF {
        return;
    }
    let side = |axis: usize| {
        let (low, high) = points
            .iter()
            .fold((f32::MAX, f32::MIN), |(low, high), (_, point)| {
                (low.min(point[axis]), high.max(point[axis]))
            });
        high - low
    };
    let sides = [side(0), side(1), side(2)];
    let axis = (1..3).fold(0, |longest, axis| {
        if sides[axis] > sides[longest] {
            axis
        } else {
            longest
        }
    });
    let middle = points.len() / 2;
    points.select_nth_unstable_by(middle, |a, b| {
        a.1[axis].total_cmp(&b.1[axis]).then(a.0.cmp(&b.0))
    });
    axes[middle] = axis as u8;
    let (left, right) = points.split_at_mut(middle);
    let (left_axes, right_axes) = axes.split_at_mut(middle);
    rayon::join(
        || build(left, left_axes),
        || build(&mut right[1..], &mut right_axes[1..]),
    );
}

#[cfg(test)]
mod tests {
    use super::{Positions, square_distance};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn equals_looking_at_each(
            points in prop::collection::vec(prop::array::uniform3(-3i8..4), 1..200),
            k in 0usize..30,
            at in any::<prop::sample::Index>(),
        ) {
            let points: Vec<[f32; 3]> = points.iter().map(|p| p.map(f32::from)).collect();
            let row = at.index(points.len());
            let mut all: Vec<(f32, usize)> = (0..points.len())
                .filter(|other| *other != row)
                .map(|other| (square_distance(points[row], points[other]), other))
                .collect();
            all.sort_by(|a, b| a.partial_cmp(b).unwrap());
            all.truncate(k);
            let expected: Vec<(usize, f32)> =
                all.into_iter().map(|(square, row)| (row, square.sqrt())).collect();
            prop_assert_eq!(Positions::new(&points).nearest(points[row], k, Some(row)), expected);
        }
    }
}
