//! From which side the kinds of shoes in a cloud are told apart best: where their means lie furthest apart on the screen,
//! measured by how far each kind spreads there (R. A. Fisher's criterion, 1936).

use super::facets::{FacetModel, Offer};
use crate::catalog::Table;
use crate::catalog::roles::{Role, role_of};
use crate::numeric::{centre, scatter, spread};
use std::f32::consts::TAU;

/// Sides that are tried around the cloud.
const SIDES: usize = 36;
/// Shoes that are looked at.
const SAMPLE: usize = 6_000;
/// So many kinds, the most frequent ones, each counting alike.
const KINDS: usize = 10;
/// A kind of fewer shoes in the sample says little.
const LEAST: usize = 12;
/// Another side has to be so many times as good as the usual one.
const BETTER: f64 = 1.1;

/// The yaw, in radians, from which a cloud whose shoes stand at `points` is seen best at `pitch`; none where `usual` is
/// about as good, or where the catalogue does not say what kinds there are.
pub fn best_yaw(
    table: &dyn Table,
    model: &FacetModel,
    points: &[[f32; 3]],
    [usual, pitch]: [f32; 2],
) -> Option<f32> {
    let kinds = model.columns.iter().find(|column| {
        role_of(table, &column.name) == Some(Role::Kind) && matches!(column.offer, Offer::Words(_))
    })?;
    // The most frequent words come first; "no value" may be among them and is a kind like others.
    let mut of_kinds: Vec<Vec<[f32; 3]>> = vec![Vec::new(); KINDS];
    for row in spread(points.len(), SAMPLE) {
        let kind = kinds.codes().get(row).map(|&code| usize::from(code));
        let finite = points[row].iter().all(|x| x.is_finite());
        if let Some(kind) = kind.filter(|&kind| kind < KINDS && finite) {
            of_kinds[kind].push(points[row]);
        }
    }
    of_kinds.retain(|kind| kind.len() >= LEAST);
    if of_kinds.len() < 2 {
        return None;
    }
    let judged = |yaw: f32| apart(&of_kinds, yaw, pitch);
    let sides = (0..SIDES).map(|side| side as f32 / SIDES as f32 * TAU);
    let (best, yaw) = sides
        .map(|yaw| (judged(yaw), yaw))
        .max_by(|a, b| a.0.total_cmp(&b.0))?;
    (best > BETTER * judged(usual)).then_some(yaw)
}

/// How far apart the kinds are on the screen: the trace of the scatter between them in that within them.
fn apart(kinds: &[Vec<[f32; 3]>], yaw: f32, pitch: f32) -> f64 {
    // As the camera turns: right and up of a view that looks along -Z, turned down by the pitch, then about Y by the yaw.
    let right = [yaw.cos(), 0.0, -yaw.sin()];
    let up = [
        -pitch.sin() * yaw.sin(),
        pitch.cos(),
        -pitch.sin() * yaw.cos(),
    ];
    let dot =
        |a: &[f32; 3], b: [f32; 3]| -> f64 { f64::from(a[0] * b[0] + a[1] * b[1] + a[2] * b[2]) };
    let (mut within, mut means) = ([0.0; 3], Vec::with_capacity(2 * kinds.len()));
    for kind in kinds {
        let on_screen = kind.iter().flat_map(|p| [dot(p, right), dot(p, up)]);
        let (mean, of_kind) = moments(on_screen.collect());
        within.iter_mut().zip(of_kind).for_each(|(w, s)| *w += s);
        means.extend(mean);
    }
    let (_, between) = moments(means);
    let [xx, xy, yy] = within.map(|w| w / kinds.len() as f64);
    let determinant = (xx * yy - xy * xy).max(1e-12);
    (yy * between[0] - 2.0 * xy * between[1] + xx * between[2]) / determinant
}

/// The mean of points that lie one behind the other in `flat`, and of xx, xy and yy about it.
fn moments(mut flat: Vec<f64>) -> ([f64; 2], [f64; 3]) {
    let mean = centre(&mut flat, 2);
    let square = scatter(&flat, 2) / (flat.len() / 2) as f64;
    let about = [square[(0, 0)], square[(0, 1)], square[(1, 1)]];
    ([mean[0], mean[1]], about)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two heaps that lie apart along z, wide in x: from the front one hides the other.
    fn heaps() -> Vec<Vec<[f32; 3]>> {
        let heap = |z: f32| {
            let at = move |i: usize| {
                [
                    (i % 10) as f32 - 4.5,
                    (i / 10) as f32 * 0.1,
                    z + (i % 3) as f32 * 0.1,
                ]
            };
            (0..50).map(at).collect()
        };
        vec![heap(-3.0), heap(3.0)]
    }

    #[test]
    fn from_the_side_what_was_one_behind_the_other_is_apart() {
        let heaps = heaps();
        let front = apart(&heaps, 0.0, 0.2);
        let side = apart(&heaps, TAU / 4.0, 0.2);
        assert!(side > 10.0 * front, "{side} {front}");
    }

    #[test]
    fn without_kinds_there_is_no_best_side() {
        let table = crate::workspace::filter::tests::small();
        let model = FacetModel::new(&table);
        let points = [[0.0; 3]; 5];
        assert_eq!(best_yaw(&table, &model, &points, [0.5, 0.3]), None);
    }
}
