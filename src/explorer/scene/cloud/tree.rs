//! An order over the catalogue from coarse to fine: any beginning of it is spread over the cloud and typical of it.
//!
//! A tree with one shoe at each node: the one closest to the middle of all that are below. The rest is halved across
//! its longest side. Nodes lie level by level, so a lower number stands for more. Whoever walks down only as far as
//! the screen resolves pays for pixels and not for shoes, and meets the same shoes first from wherever they look
//! (the idea of Potree's levels, Schütz 2016, with a k-d tree in place of an octree).

use bevy::math::Vec3;

/// One shoe, and the ball around all that are below it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Node {
    /// Where the shoe stands, in scene units.
    pub point: Vec3,
    /// Its row.
    pub row: u32,
    /// Middle of the ball around it and all below it.
    pub centre: Vec3,
    /// Radius of the ball, in scene units.
    pub radius: f32,
}

/// The shoes of a catalogue, or those of them that pass a filter.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tree {
    nodes: Vec<Node>,
}

/// A shoe on its way into the tree.
type Entry = (Vec3, u32);

impl Tree {
    /// Of the `rows` of `points`; those at no finite place are left out. O(n log n): a million take about a second.
    pub fn new(points: &[[f32; 3]], rows: impl Iterator<Item = usize>) -> Self {
        let mut entries: Vec<Entry> = rows
            .filter_map(|row| Some((Vec3::from_array(*points.get(row)?), row as u32)))
            .filter(|(point, _)| point.is_finite())
            .collect();
        let blank = Node {
            point: Vec3::ZERO,
            row: 0,
            centre: Vec3::ZERO,
            radius: 0.0,
        };
        let mut nodes = vec![blank; entries.len()];
        fill(&mut nodes, 0, &mut entries);
        Self { nodes }
    }

    /// Puts its shoes elsewhere, one of `points` a row. It stays a tree of balls around what is below, and its order is
    /// that of the places before: grow another where they stay. Linear in the shoes.
    pub fn move_to(&mut self, points: &[[f32; 3]]) {
        // The box around each node and all below it; those below lie behind.
        let mut boxes = vec![(Vec3::INFINITY, Vec3::NEG_INFINITY); self.nodes.len()];
        for at in (0..self.nodes.len()).rev() {
            let node = &mut self.nodes[at];
            if let Some(point) = points.get(node.row as usize) {
                node.point = Vec3::from_array(*point);
            }
            let (mut low, mut high) = (node.point, node.point);
            for child in below(at as u32) {
                if let Some((l, h)) = boxes.get(child as usize) {
                    (low, high) = (low.min(*l), high.max(*h));
                }
            }
            boxes[at] = (low, high);
            node.centre = 0.5 * (low + high);
            node.radius = 0.5 * low.distance(high);
        }
    }

    /// How many shoes are in it.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// A node by its number.
    pub fn node(&self, at: u32) -> Option<&Node> {
        self.nodes.get(at as usize)
    }
}

/// The numbers of the two nodes below one; they are in the tree where it is large enough.
pub fn below(at: u32) -> [u32; 2] {
    [2 * at + 1, 2 * at + 2]
}

fn fill(nodes: &mut [Node], at: usize, entries: &mut [Entry]) {
    if entries.is_empty() {
        return;
    }
    let (mut low, mut high, mut sum) = (Vec3::INFINITY, Vec3::NEG_INFINITY, Vec3::ZERO);
    for (point, _) in entries.iter() {
        (low, high, sum) = (low.min(*point), high.max(*point), sum + *point);
    }
    let (centre, mean) = (0.5 * (low + high), sum / entries.len() as f32);
    let (mut reach, mut typical, mut closest) = (0.0f32, 0, f32::INFINITY);
    for (index, (point, _)) in entries.iter().enumerate() {
        reach = reach.max(point.distance_squared(centre));
        let off = point.distance_squared(mean);
        if off < closest {
            (typical, closest) = (index, off);
        }
    }
    entries.swap(0, typical);
    let (point, row) = entries[0];
    nodes[at] = Node {
        point,
        row,
        centre,
        radius: reach.sqrt(),
    };
    let rest = &mut entries[1..];
    if rest.is_empty() {
        return;
    }
    let size = high - low;
    let axis = (0..3)
        .max_by(|&a, &b| size[a].total_cmp(&size[b]))
        .unwrap_or(0);
    let left = left_of(rest.len() + 1);
    if left < rest.len() {
        rest.select_nth_unstable_by(left, |a, b| {
            a.0[axis].total_cmp(&b.0[axis]).then(a.1.cmp(&b.1))
        });
    }
    let (left, right) = rest.split_at_mut(left);
    fill(nodes, 2 * at + 1, left);
    fill(nodes, 2 * at + 2, right);
}

/// How many of `count` nodes are below the first's left hand, where levels are filled from the left.
fn left_of(count: usize) -> usize {
    let levels = count.ilog2();
    if levels == 0 {
        return 0;
    }
    let full = (1usize << levels) - 1;
    let (inner, widest) = (full / 2, 1usize << (levels - 1));
    inner + (count - full).min(widest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_that_is_moved_still_holds_what_is_below() {
        let points = scattered(300);
        let mut tree = Tree::new(&points, 0..points.len());
        let elsewhere: Vec<[f32; 3]> = points.iter().map(|p| [p[2], -p[0], 3.0 * p[1]]).collect();
        tree.move_to(&elsewhere);
        for at in 0..tree.len() as u32 {
            let node = tree.node(at).unwrap();
            assert_eq!(node.point, Vec3::from_array(elsewhere[node.row as usize]));
            let mut all = vec![at];
            while let Some(inner) = all.pop().and_then(|at| Some((at, tree.node(at)?))) {
                let (at, inner) = inner;
                assert!(inner.point.distance(node.centre) <= node.radius * 1.001 + 1e-5);
                all.extend(below(at).into_iter().filter(|&at| tree.node(at).is_some()));
            }
        }
    }

    fn scattered(count: usize) -> Vec<[f32; 3]> {
        let mut state = 7u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 24) as f32
        };
        (0..count)
            .map(|_| std::array::from_fn(|_| next()))
            .collect()
    }

    #[test]
    fn every_shoe_is_in_it_once_and_within_the_balls_above() {
        for count in [0, 1, 2, 3, 5, 6, 7, 8, 100, 1000] {
            let points = scattered(count);
            let tree = Tree::new(&points, 0..count);
            let mut rows: Vec<u32> = tree.nodes.iter().map(|node| node.row).collect();
            rows.sort_unstable();
            assert_eq!(rows, (0..count as u32).collect::<Vec<_>>());
            for at in 1..count {
                let (mut above, point) = (at, tree.nodes[at].point);
                while above > 0 {
                    above = (above - 1) / 2;
                    let ball = &tree.nodes[above];
                    assert!(ball.centre.distance(point) <= ball.radius * 1.0001 + 1e-6);
                }
            }
        }
    }

    #[test]
    fn the_first_few_are_spread_and_typical() {
        // Two heaps and one far away: the first seven are from both heaps and not the one far away.
        let mut points = scattered(400);
        for (at, point) in points.iter_mut().enumerate() {
            point[0] = 0.1 * point[0] + if at % 2 == 0 { 0.0 } else { 5.0 };
        }
        points.push([5.0, 0.0, 90.0]);
        let tree = Tree::new(&points, 0..points.len());
        let first: Vec<&Node> = tree.nodes.iter().take(7).collect();
        let right = first.iter().filter(|node| node.point.x > 2.5).count();
        assert!((2..=5).contains(&right), "{right}");
        assert!(first.iter().all(|node| node.row != 400));
        // Far more evenly spread than chance: no two of the first 63 of a cube are close.
        let points = scattered(4000);
        let closest = |few: &[Vec3]| {
            let pairs = few.iter().enumerate();
            pairs
                .flat_map(|(at, a)| few[at + 1..].iter().map(move |b| a.distance(*b)))
                .fold(f32::INFINITY, f32::min)
        };
        let tree = Tree::new(&points, 0..points.len());
        let chosen: Vec<Vec3> = tree.nodes[31..63].iter().map(|node| node.point).collect();
        let chance: Vec<Vec3> = points[..32].iter().map(|p| Vec3::from_array(*p)).collect();
        assert!(
            closest(&chosen) > 1.5 * closest(&chance),
            "{} {}",
            closest(&chosen),
            closest(&chance)
        );
    }

    #[test]
    fn only_what_passes_and_stands_somewhere_is_in_it() {
        let mut points = scattered(50);
        points[4] = [f32::NAN, 0.0, 0.0];
        let tree = Tree::new(&points, (0..50).filter(|row| row % 2 == 0));
        assert_eq!(tree.len(), 24);
        assert!(tree.nodes.iter().all(|n| n.row % 2 == 0 && n.row != 4));
        let same = Tree::new(&[[1.0; 3]; 9], 0..9);
        assert_eq!((same.len(), same.nodes[0].radius), (9, 0.0));
    }
}
