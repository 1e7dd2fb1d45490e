//! The way back: from a point of the scene to the embedding of a shoe that could be there.
//!
//! A point fixes 3 coordinates of an embedding of hundreds; a [`Fill`] says where the others come from.
//! Everything below happens in *unit blocks*, the form in which the space was fitted: each raw block minus
//! its mean on the catalogue, divided by its own length, times the root of its weight, one after the other. Write `e`
//! for such an embedding, `m` for its mean on the catalogue, `A` for the three axes and `p` for a point; then
//!
//! ```text
//! e = m + Aᵀ p + rest          rest is orthogonal to the axes and is what a fill chooses
//! ```
//!
//! - [`Fill::Neighbourhood`]: Shepard weights over the nearest sites (distinct positions): with distances
//!   `d` and `R` the distance of the first site that is left out, `w ∝ ((R − d) / (R d))²` (Franke and
//!   Little's form). On a site its weight is 1, at `R` it is 0, so the blend passes through every shoe exactly
//!   and does not jump when a shoe enters or leaves. A plain blend is shorter than any shoe's rest (shoes
//!   disagree), and decodes to a blurred average; so it is then moved onto the product of spheres that
//!   real shoes live on, each block of unit length again, alternating with the point's three coordinates,
//!   a fixed number of times. A real shoe is a fixed point of that.
//! - [`Fill::Pinned`]: the rest of one shoe, unchanged. The result differs from that shoe only along the three axes.
//! - [`Fill::Mean`]: no rest: the average of all shoes, moved along the three axes.
//!
//! Back to raw blocks, which the generator wants: a block's direction is its part of `e`, its length the one
//! that was divided away, blended with the same weights (pinned: that shoe's; mean: the average of the catalogue);
//! then the block's mean is added. On a shoe every fill but the mean gives that shoe's own blocks, bit for bit.
//!
//! In a layout that no axes span ([`Cursor::laid_out`]) the shoes around say everything: `p` is the blend of their
//! coordinates, and the fills follow from it as above. A shoe gives its own blocks there too.
//!
//! A point far outside the cloud is drawn back first: it may be no further than [`Cursor::reach`] from the
//! blend of its neighbours' positions. That is continuous too, and [`Filled::drawn_back`] says how far it went.

use super::sites::Sites;
use super::{AXES, Space, SpaceBlock};
use crate::catalog::Block;
use crate::numeric::spread;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How many sites around a point take part in the blend.
pub const NEIGHBOURS: usize = 24;

/// How often the blend is moved between unit blocks and the point's coordinates.
const TURNS: usize = 12;

/// How far beyond its neighbours a point may lie, in units of the cloud's root mean square radius.
const REACH: f64 = 0.35;

/// Where the coordinates come from that a point of the scene leaves open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fill {
    /// From the shoes around the point.
    #[default]
    Neighbourhood,
    /// From the shoe of this row.
    Pinned(usize),
    /// From the average of all shoes.
    Mean,
}

impl Fill {
    /// What the screen calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Neighbourhood => "neighbourhood",
            Self::Pinned(_) => "pinned",
            Self::Mean => "mean",
        }
    }
}

/// Why a point has no embedding.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CursorError {
    /// A coordinate is NaN or infinite.
    #[error("the point {0:?} is no place: give three finite numbers")]
    NotFinite([f32; 3]),
    /// The row to pin is not in the catalogue.
    #[error("there is no shoe in row {row} to pin: the catalogue has {shoes}")]
    NoSuchRow {
        /// The row that was asked for.
        row: usize,
        /// How many shoes there are.
        shoes: usize,
    },
    /// No shoe has a position.
    #[error(
        "the catalogue has no shoe with a position, so there is nothing around the point; index it again"
    )]
    NoShoes,
    /// The blocks are not those that the space was fitted on.
    #[error(
        "the space wants the block {wanted}, which the catalogue does not have in that form; index it again"
    )]
    Blocks {
        /// Name and dimensions of the block.
        wanted: String,
    },
    /// A number of a block or a displacement is NaN or infinite.
    #[error("{0} holds a number that is not finite")]
    BadNumber(&'static str),
}

/// What a point was filled in to.
#[derive(Debug, Clone, PartialEq)]
pub struct Filled {
    /// The point as asked.
    pub asked: [f32; 3],
    /// The point that was used: `asked`, or nearer to the cloud.
    pub point: [f32; 3],
    /// The first three coordinates of the embedding: the point that was asked for, or in a layout of another kind the
    /// blend of those of the shoes around it.
    pub coordinates: [f32; 3],
    /// How far the point was drawn back, in units of the positions; 0 inside the cloud.
    pub drawn_back: f32,
    /// The embedding: unit blocks times the roots of their weights, one after the other (D numbers).
    pub embedding: Vec<f32>,
    /// Raw blocks in the space's order, as the embedder would give them for such a picture.
    pub blocks: Vec<Vec<f32>>,
    /// Shoes that took part, with their weights, which sum to 1; nearest first.
    pub around: Vec<(usize, f32)>,
    /// The shoe that the point lies exactly on.
    pub on: Option<usize>,
}

impl Filled {
    /// A raw block by its place in the space's order; empty where there is none.
    pub fn block(&self, index: usize) -> &[f32] {
        self.blocks.get(index).map_or(&[], Vec::as_slice)
    }
}

/// Everything that the way back needs to know of a catalogue. Made once, asked on every move.
#[derive(Debug)]
pub struct Cursor {
    space: Arc<Space>,
    /// Where the shoes stand.
    positions: Vec<[f32; 3]>,
    /// Their coordinates along the axes, where they stand elsewhere.
    coordinates: Option<Vec<[f32; 3]>>,
    sites: Sites,
    blocks: Vec<Arc<Block>>,
    /// Mean length of each centred raw block, over a sample.
    lengths: Vec<f32>,
    reach: f64,
}

impl Cursor {
    /// Gets ready to fill in points of a catalogue: `positions` one a shoe, `blocks` in any order, of which
    /// those of the space are used. Builds a tree over the positions: about a second for a million shoes.
    ///
    /// # Errors
    /// [`CursorError::Blocks`] where a block of the space is missing or of another size,
    /// [`CursorError::NoShoes`] where no shoe has a position.
    pub fn new(
        space: Arc<Space>,
        positions: &[[f32; 3]],
        blocks: &[Arc<Block>],
    ) -> Result<Self, CursorError> {
        let mut ordered = Vec::with_capacity(space.blocks().len());
        for wanted in space.blocks() {
            let fits = |b: &&Arc<Block>| {
                b.name == wanted.name()
                    && b.dims == wanted.dims()
                    && b.values.len() == b.dims * positions.len()
            };
            let found = blocks
                .iter()
                .find(fits)
                .ok_or_else(|| CursorError::Blocks {
                    wanted: format!("{} ({} numbers a shoe)", wanted.name(), wanted.dims()),
                })?;
            ordered.push(found.clone());
        }
        let sites = Sites::new(positions);
        if sites.is_empty() {
            return Err(CursorError::NoShoes);
        }
        let mut cursor = Self {
            reach: REACH * sites.radius(),
            positions: positions.to_vec(),
            coordinates: None,
            lengths: vec![0.0; ordered.len()],
            blocks: ordered,
            space,
            sites,
        };
        let rows: Vec<usize> = spread(positions.len(), 2_000).collect();
        for &row in &rows {
            let (_, lengths) = cursor.shoe(row);
            add(&mut cursor.lengths, &lengths, 1.0 / rows.len() as f32);
        }
        Ok(cursor)
    }

    /// The way back from a layout that no axes span: `points` are where its shoes stand, one a shoe.
    ///
    /// # Errors
    /// [`CursorError::NoShoes`] where no shoe stands anywhere.
    ///
    /// # Panics
    /// If there is not one point a shoe.
    pub fn laid_out(&self, points: &[[f32; 3]]) -> Result<Self, CursorError> {
        assert_eq!(points.len(), self.positions.len(), "one point a shoe");
        let sites = Sites::new(points);
        if sites.is_empty() {
            return Err(CursorError::NoShoes);
        }
        let coordinates = self.coordinates.as_ref().unwrap_or(&self.positions);
        Ok(Self {
            space: self.space.clone(),
            coordinates: Some(coordinates.clone()),
            positions: points.to_vec(),
            reach: REACH * sites.radius(),
            sites,
            blocks: self.blocks.clone(),
            lengths: self.lengths.clone(),
        })
    }

    /// How far a point may be from the blend of its neighbours' positions before it is drawn back.
    pub fn reach(&self) -> f32 {
        self.reach as f32
    }

    /// Where a shoe stands.
    pub fn position_of(&self, row: usize) -> Option<[f32; 3]> {
        self.positions.get(row).copied()
    }

    /// The distinct positions.
    pub fn sites(&self) -> &Sites {
        &self.sites
    }

    /// The space that the points lie in.
    pub fn space(&self) -> &Arc<Space> {
        &self.space
    }

    /// Fills in `point`.
    ///
    /// `selected` speaks for its coincident shoes; without it the first row does. `components` are further
    /// displacements along the principal axes after the third (entry 0 is the fourth axis), in the units
    /// of the coordinates; axes that the space does not have are left out.
    ///
    /// # Errors
    /// [`CursorError::NotFinite`], [`CursorError::NoSuchRow`] for a pinned row, [`CursorError::BadNumber`].
    pub fn fill(
        &self,
        point: [f32; 3],
        fill: Fill,
        selected: Option<usize>,
        components: &[f32],
    ) -> Result<Filled, CursorError> {
        if !point.iter().all(|x| x.is_finite()) {
            return Err(CursorError::NotFinite(point));
        }
        if !components.iter().all(|x| x.is_finite()) {
            return Err(CursorError::BadNumber("a slider"));
        }
        let near = self.approach(point);
        let around = self.around(near, selected);
        let used = self.draw_back(near, &around);
        let drawn_back = apart(point, used);
        let (wanted, coordinates) = match &self.coordinates {
            None => (used, point),
            Some(coordinates) => {
                let blend = blended(coordinates, &around).map(|x| x as f32);
                (blend, blend)
            }
        };
        let here = |row: usize| self.positions[row] == used;
        let on = match (fill, around.first()) {
            (Fill::Pinned(row), _) if row >= self.positions.len() => {
                let shoes = self.positions.len();
                return Err(CursorError::NoSuchRow { row, shoes });
            }
            (Fill::Pinned(row), _) => here(row).then_some(row),
            (Fill::Mean, _) => None,
            (Fill::Neighbourhood, first) => first.map(|f| f.0).filter(|&row| here(row)),
        };
        let moved = components.iter().any(|&x| x != 0.0);
        let (embedding, blocks) = match on.filter(|_| !moved) {
            Some(row) => (self.shoe(row).0, self.raw(row)),
            None => {
                let (embedding, lengths) = match fill {
                    Fill::Neighbourhood => self.blend(wanted, &around, components),
                    Fill::Pinned(row) => self.pinned(wanted, row, components),
                    Fill::Mean => self.average(wanted, components),
                };
                let blocks = self.raw_of(&embedding, &lengths);
                (embedding, blocks)
            }
        };
        if !blocks.iter().flatten().all(|x| x.is_finite()) {
            return Err(CursorError::BadNumber("a block of a shoe near the point"));
        }
        Ok(Filled {
            asked: point,
            point: used,
            coordinates,
            drawn_back,
            embedding,
            blocks,
            around: around.iter().map(|&(row, w)| (row, w as f32)).collect(),
            on,
        })
    }

    /// A shoe's coordinates along the axes, as they are stored.
    fn stored(&self, row: usize) -> [f32; 3] {
        self.coordinates.as_ref().unwrap_or(&self.positions)[row]
    }

    /// The shoes that take part at a point, one a site, with weights that sum to 1; nearest first.
    fn around(&self, point: [f32; 3], selected: Option<usize>) -> Vec<(usize, f64)> {
        let found = self.sites.nearest(point, NEIGHBOURS + 1);
        let distances: Vec<f64> = found.iter().map(|f| f.distance).collect();
        let rows = found.iter().map(|f| {
            let rows = self.sites.rows(f.site);
            let chosen = selected.and_then(|s| u32::try_from(s).ok());
            chosen
                .filter(|s| rows.binary_search(s).is_ok())
                .unwrap_or(rows[0]) as usize
        });
        rows.zip(shepard(&distances))
            .filter(|(_, w)| *w > 0.0)
            .collect()
    }

    /// The point, no further from the cloud's middle than four times its furthest shoe: beyond, the
    /// neighbours hardly change with the point, and squares overflow.
    fn approach(&self, point: [f32; 3]) -> [f32; 3] {
        let middle = self.sites.middle();
        self.within(point, middle, (4.0 * self.sites.farthest()).max(1e-3))
    }

    /// The point, no further than the reach from the blend of the positions around it.
    fn draw_back(&self, point: [f32; 3], around: &[(usize, f64)]) -> [f32; 3] {
        let centre = blended(&self.positions, around);
        self.within(point, centre, self.reach)
    }

    /// The point, moved straight towards `centre` until it is within `reach` of it.
    fn within(&self, point: [f32; 3], centre: [f64; 3], reach: f64) -> [f32; 3] {
        let away: [f64; 3] = std::array::from_fn(|i| f64::from(point[i]) - centre[i]);
        let distance = away.iter().map(|x| x * x).sum::<f64>().sqrt();
        if distance <= reach {
            return point;
        }
        std::array::from_fn(|i| (centre[i] + reach / distance * away[i]) as f32)
    }

    /// A shoe's embedding, and the lengths of its centred raw blocks.
    fn shoe(&self, row: usize) -> (Vec<f32>, Vec<f32>) {
        let mut joined = Vec::with_capacity(self.space.dims());
        let mut lengths = Vec::with_capacity(self.blocks.len());
        for (block, rows) in self.space.blocks().iter().zip(&self.blocks) {
            let mut part = rows.row_f32(row);
            let centred = part.iter().zip(block.mean()).map(|(x, mean)| x - mean);
            let length = centred.map(|x| f64::from(x).powi(2)).sum::<f64>().sqrt();
            block.place(&mut part);
            // A block that is the mean, or nearly, has no direction; then it has no length either.
            let flat = part.iter().all(|&x| x == 0.0);
            lengths.push(if flat { 0.0 } else { length as f32 });
            joined.extend(part);
        }
        (joined, lengths)
    }

    /// The first three coordinates of an embedding.
    fn position(&self, embedding: &[f32]) -> [f64; 3] {
        std::array::from_fn(|axis| {
            let away = embedding.iter().zip(self.space.mean()).map(|(e, m)| e - m);
            away.zip(self.space.axis(axis))
                .map(|(x, a)| f64::from(x * a))
                .sum()
        })
    }

    /// Moves an embedding along the three axes.
    fn shift(&self, embedding: &mut [f32], by: [f64; 3]) {
        for (axis, step) in by.into_iter().enumerate() {
            add(embedding, self.space.axis(axis), step as f32);
        }
    }

    /// A shoe's raw blocks.
    fn raw(&self, row: usize) -> Vec<Vec<f32>> {
        self.blocks.iter().map(|b| b.row_f32(row)).collect()
    }

    fn blend(
        &self,
        point: [f32; 3],
        around: &[(usize, f64)],
        components: &[f32],
    ) -> (Vec<f32>, Vec<f32>) {
        let count = self.blocks.len();
        let mut embedding = vec![0.0; self.space.dims()];
        let (mut lengths, mut sizes) = (vec![0.0; count], vec![0.0; count]);
        // Where the blend's own coordinates should be: the point, plus what rounding made between the
        // stored positions and the embeddings' coordinates, so that a shoe is met without a jump.
        let mut target = point.map(f64::from);
        for &(row, weight) in around {
            let (shoe, own) = self.shoe(row);
            let at = self.position(&shoe);
            for i in 0..3 {
                target[i] += weight * (at[i] - f64::from(self.stored(row)[i]));
            }
            add(&mut embedding, &shoe, weight as f32);
            add(&mut lengths, &own, weight as f32);
            let own_sizes: Vec<f32> = self.parts(&shoe).map(norm).collect();
            add(&mut sizes, &own_sizes, weight as f32);
        }
        self.displace(&mut embedding, components);
        self.put(&mut embedding, target);
        for _ in 0..TURNS {
            let mut start = 0;
            for (block, &size) in self.space.blocks().iter().zip(&sizes) {
                let part = &mut embedding[start..start + block.dims()];
                start += block.dims();
                // The bound keeps the step continuous where a block of the blend cancels out.
                let length = norm(part).max(0.05 * size);
                if length > 0.0 {
                    part.iter_mut().for_each(|x| *x *= size / length);
                }
            }
            self.put(&mut embedding, target);
        }
        (embedding, lengths)
    }

    fn pinned(&self, point: [f32; 3], row: usize, components: &[f32]) -> (Vec<f32>, Vec<f32>) {
        let (mut embedding, lengths) = self.shoe(row);
        let from = self.stored(row);
        let by = std::array::from_fn(|i| f64::from(point[i]) - f64::from(from[i]));
        self.shift(&mut embedding, by);
        self.displace(&mut embedding, components);
        (embedding, lengths)
    }

    fn average(&self, point: [f32; 3], components: &[f32]) -> (Vec<f32>, Vec<f32>) {
        let mut embedding = self.space.mean().to_vec();
        self.shift(&mut embedding, point.map(f64::from));
        self.displace(&mut embedding, components);
        (embedding, self.lengths.clone())
    }

    /// Gives the embedding these three coordinates, and changes nothing else in it.
    fn put(&self, embedding: &mut [f32], target: [f64; 3]) {
        let at = self.position(embedding);
        let by = std::array::from_fn(|i| target[i] - at[i]);
        self.shift(embedding, by);
    }

    fn displace(&self, embedding: &mut [f32], components: &[f32]) {
        for (axis, &by) in (3..AXES).zip(components) {
            add(embedding, self.space.axis(axis), by);
        }
    }

    /// The parts of an embedding, block by block.
    fn parts<'a>(&'a self, embedding: &'a [f32]) -> impl Iterator<Item = &'a [f32]> {
        self.space
            .blocks()
            .iter()
            .scan(0, |start, block: &SpaceBlock| {
                let part = &embedding[*start..*start + block.dims()];
                *start += block.dims();
                Some(part)
            })
    }

    /// Raw blocks of an embedding whose centred blocks should have these lengths.
    fn raw_of(&self, embedding: &[f32], lengths: &[f32]) -> Vec<Vec<f32>> {
        (self.parts(embedding).zip(self.space.blocks()).zip(lengths))
            .map(|((part, block), length)| {
                // A block of weight 0 tells nothing of its direction: its mean stands in.
                let weight = block.weight().sqrt();
                let scale = if weight > 0.0 { length / weight } else { 0.0 };
                part.iter()
                    .zip(block.mean())
                    .map(|(x, mean)| mean + x * scale)
                    .collect()
            })
            .collect()
    }
}

/// The blend of the points of these rows, whose weights sum to 1.
pub fn blended(points: &[[f32; 3]], weights: &[(usize, f64)]) -> [f64; 3] {
    let mut sum = [0.0; 3];
    for &(row, weight) in weights {
        for (sum, x) in sum.iter_mut().zip(points[row]) {
            *sum += weight * f64::from(x);
        }
    }
    sum
}

/// Shepard weights of sites at `distances` (ascending), which sum to 1.
///
/// Of more than [`NEIGHBOURS`] sites the last only sets the radius at which weights reach 0. A site at
/// distance 0 has all the weight. Where all are equally far they share it equally.
pub fn shepard(distances: &[f64]) -> Vec<f64> {
    let taking_part = distances.len().min(NEIGHBOURS);
    if distances.first().is_some_and(|&d| d == 0.0) {
        return (0..distances.len())
            .map(|i| f64::from(u8::from(i == 0)))
            .collect();
    }
    let radius = distances.get(NEIGHBOURS).copied().unwrap_or(f64::INFINITY);
    // Divided by the smallest distance, so that nothing overflows.
    let nearest = distances.first().copied().unwrap_or(1.0);
    let mut weights: Vec<f64> = (distances[..taking_part].iter())
        .map(|&d| {
            let fade = if radius.is_finite() {
                (radius - d) / radius
            } else {
                1.0
            };
            (fade * nearest / d).powi(2)
        })
        .collect();
    let total: f64 = weights.iter().sum();
    if total > 0.0 {
        weights.iter_mut().for_each(|w| *w /= total);
    } else {
        weights.fill(1.0 / taking_part.max(1) as f64);
    }
    weights
}

fn apart(a: [f32; 3], b: [f32; 3]) -> f32 {
    (0..3)
        .map(|i| (f64::from(a[i]) - f64::from(b[i])).powi(2))
        .sum::<f64>()
        .sqrt() as f32
}

fn add(to: &mut [f32], what: &[f32], times: f32) {
    to.iter_mut().zip(what).for_each(|(t, w)| *t += times * w);
}

fn norm(x: &[f32]) -> f32 {
    x.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt() as f32
}

#[cfg(test)]
mod tests;
