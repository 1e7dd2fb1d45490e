use half::f16;
use proptest::prelude::*;
use rand::SeedableRng as _;
use rand_pcg::Pcg64;

use super::{AXES, BlockRows, Embeddings, Space, SpaceError};
use crate::catalog::StoredSpace;
use crate::job::Job;

fn halves(values: impl IntoIterator<Item = f32>) -> Vec<f16> {
    values.into_iter().map(f16::from_f32).collect()
}

/// Shoes whose blocks vary along a few directions of falling strength.
fn shoes(count: usize, dims: usize, seed: u64) -> Vec<f16> {
    let mut rng = Pcg64::seed_from_u64(seed);
    let directions: Vec<Vec<f32>> = (0..6)
        .map(|_| (0..dims).map(|_| rng.random_range(-1f32..1.0)).collect())
        .collect();
    let mut values = Vec::new();
    for _ in 0..count {
        let mut row = vec![0.3f32; dims];
        for (strength, direction) in directions.iter().enumerate() {
            let along = rng.random_range(-1f32..1.0) * 0.7f32.powi(strength as i32);
            for (value, direction) in row.iter_mut().zip(direction) {
                *value += along * direction;
            }
        }
        for value in &mut row {
            *value += 0.05 * rng.random_range(-1f32..1.0);
        }
        values.extend(halves(row));
    }
    values
}

fn block<'a>(name: &'a str, dims: usize, values: &'a [f16]) -> BlockRows<'a> {
    BlockRows {
        name,
        dims,
        values,
        spill: None,
    }
}

fn fit(blocks: &[BlockRows<'_>]) -> Space {
    Space::fit(blocks, 7, &Job::new()).unwrap()
}

/// Eigenvalues and vectors of a symmetric matrix by Jacobi rotations, largest first.
fn eigen(mut matrix: Vec<Vec<f64>>) -> Vec<(f64, Vec<f64>)> {
    let n = matrix.len();
    let mut vectors: Vec<Vec<f64>> = (0..n)
        .map(|i| (0..n).map(|j| f64::from(u8::from(i == j))).collect())
        .collect();
    for _sweep in 0..60 {
        for p in 0..n {
            for q in p + 1..n {
                if matrix[p][q].abs() < 1e-15 {
                    continue;
                }
                let theta = (matrix[q][q] - matrix[p][p]) / (2.0 * matrix[p][q]);
                let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
                let c = 1.0 / (t * t + 1.0).sqrt();
                let s = t * c;
                for row in &mut matrix {
                    let (kp, kq) = (row[p], row[q]);
                    row[p] = c * kp - s * kq;
                    row[q] = s * kp + c * kq;
                }
                for k in 0..n {
                    let (pk, qk) = (matrix[p][k], matrix[q][k]);
                    matrix[p][k] = c * pk - s * qk;
                    matrix[q][k] = s * pk + c * qk;
                    let (vp, vq) = (vectors[p][k], vectors[q][k]);
                    vectors[p][k] = c * vp - s * vq;
                    vectors[q][k] = s * vp + c * vq;
                }
            }
        }
    }
    let mut pairs: Vec<_> = (0..n).map(|i| (matrix[i][i], vectors[i].clone())).collect();
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
    pairs
}

#[test]
fn axes_are_those_of_the_covariance() {
    let (style, colour) = (shoes(400, 30, 1), shoes(400, 12, 2));
    let blocks = [block("style", 30, &style), block("colour", 12, &colour)];
    let space = fit(&blocks);
    let embeddings: Vec<Vec<f32>> = {
        let all = Embeddings::new(&space, &blocks, &Job::new()).unwrap();
        (0..all.len()).map(|row| all.row_f32(row)).collect()
    };
    let dims = space.dims();
    let mean: Vec<f64> = (0..dims)
        .map(|d| embeddings.iter().map(|e| f64::from(e[d])).sum::<f64>() / 400.0)
        .collect();
    let covariance: Vec<Vec<f64>> = (0..dims)
        .map(|i| {
            let product =
                |e: &Vec<f32>, j: usize| (f64::from(e[i]) - mean[i]) * (f64::from(e[j]) - mean[j]);
            (0..dims)
                .map(|j| embeddings.iter().map(|e| product(e, j)).sum::<f64>() / 399.0)
                .collect()
        })
        .collect();
    let whole: f64 = (0..dims).map(|i| covariance[i][i]).sum();
    for (at, (value, vector)) in eigen(covariance).iter().take(8).enumerate() {
        let share = f64::from(space.variance_shares()[at]);
        assert!(
            (share - value / whole).abs() < 1e-4,
            "axis {at}: {share} against {}",
            value / whole
        );
        let cosine: f64 = space
            .axis(at)
            .iter()
            .zip(vector)
            .map(|(a, b)| f64::from(*a) * b)
            .sum();
        assert!(cosine.abs() > 0.9999, "axis {at}: {cosine}");
        let deviation = f64::from(space.deviations()[at]);
        assert!((deviation - value.sqrt()).abs() < 1e-3 * value.sqrt().max(0.01));
    }
    assert!(
        space.variance_shares().iter().sum::<f32>() < 1.0,
        "shares are of the whole"
    );
}

#[test]
fn a_dot_product_is_the_weighted_sum_of_block_cosines() {
    let (style, colour) = (shoes(50, 20, 3), shoes(50, 9, 4));
    let blocks = [block("colour", 9, &colour), block("style", 20, &style)];
    let space = fit(&blocks);
    let names: Vec<&str> = space.blocks().iter().map(|block| block.name()).collect();
    assert_eq!(names, ["style", "colour"], "the order is the space's own");
    assert!(
        (space
            .blocks()
            .iter()
            .map(|block| block.weight())
            .sum::<f32>()
            - 1.0)
            .abs()
            < 1e-6
    );
    let all = Embeddings::new(&space, &blocks, &Job::new()).unwrap();
    for (a, b) in [(0, 1), (7, 7), (3, 40)] {
        let (a, b) = (all.row_f32(a), all.row_f32(b));
        let dot = |range: std::ops::Range<usize>| -> f32 {
            a[range.clone()]
                .iter()
                .zip(&b[range])
                .map(|(a, b)| a * b)
                .sum()
        };
        let sum: f32 = (all.blocks().iter())
            .map(|block| {
                let cosine = dot(block.range.clone()) / block.weight;
                assert!(cosine.abs() < 1.001);
                block.weight * cosine
            })
            .sum();
        assert!((dot(0..29) - sum).abs() < 1e-5);
    }
}

#[test]
fn a_photo_lands_on_its_shoe() {
    let (style, colour) = (shoes(90, 20, 5), shoes(90, 9, 6));
    let blocks = [block("style", 20, &style), block("colour", 9, &colour)];
    let space = fit(&blocks);
    let coordinates = space.project(&blocks, &Job::new()).unwrap();
    for row in [0, 41, 89] {
        // The embedder's own numbers, of which the catalogue keeps 16 bit.
        let raw = |values: &[f16], dims: usize| -> Vec<f32> {
            let row = &values[row * dims..][..dims];
            row.iter().map(|value| value.to_f32() * 1.00001).collect()
        };
        let (style, colour) = (raw(&style, 20), raw(&colour, 9));
        let embedding = space
            .embedding(&[("colour", &colour), ("style", &style)])
            .unwrap();
        assert_eq!(
            space.coordinates(&embedding),
            coordinates[row * AXES..][..AXES]
        );
    }
}

#[test]
fn coordinates_and_back() {
    let style = shoes(200, 16, 8);
    let blocks = [block("style", 16, &style)];
    let space = fit(&blocks);
    // 16 dimensions have 16 axes: nothing is lost.
    let all = Embeddings::new(&space, &blocks, &Job::new()).unwrap();
    let embedding = all.row_f32(33);
    let mut back = space.mean().to_vec();
    for (axis, coordinate) in space.coordinates(&embedding).into_iter().enumerate() {
        for (value, along) in back.iter_mut().zip(space.axis(axis)) {
            *value += coordinate * along;
        }
    }
    for (a, b) in embedding.iter().zip(&back) {
        assert!((a - b).abs() < 1e-4, "{a} {b}");
    }
    assert!((space.variance_shares().iter().sum::<f32>() - 1.0).abs() < 1e-4);
    assert!(space.axis(20).iter().all(|value| *value == 0.0));
}

#[test]
fn signs_and_order_are_settled() {
    let style = shoes(300, 25, 9);
    let space = fit(&[block("style", 25, &style)]);
    for axis in 0..AXES {
        let largest = space
            .axis(axis)
            .iter()
            .copied()
            .max_by(|a, b| a.abs().total_cmp(&b.abs()));
        assert!(largest >= Some(0.0), "axis {axis}");
    }
    assert!(space.variance_shares().is_sorted_by(|a, b| a >= b));
    let one_thread = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .unwrap();
    assert_eq!(
        one_thread.install(|| fit(&[block("style", 25, &style)])),
        space
    );
}

#[test]
fn few_or_identical_shoes_are_fine() {
    let many = shoes(3, 10, 10);
    let same = shoes(1, 10, 11).repeat(40);
    let dark = halves([0.0; 10 * 5]);
    for values in [&many[..10], &many[..20], &many[..], &same[..], &dark[..]] {
        let blocks = [block("style", 10, values)];
        let space = fit(&blocks);
        let positions = space.positions(&blocks, &Job::new()).unwrap();
        assert_eq!(positions.len(), values.len() / 10);
        assert!(positions.iter().flatten().all(|value| value.is_finite()));
        assert!(
            space
                .variance_shares()
                .iter()
                .all(|share| (0.0..=1.0).contains(share))
        );
        if values.len() != 20 && values.len() != 30 {
            assert!(
                positions.iter().flatten().all(|value| value.abs() < 1e-6),
                "{positions:?}"
            );
        }
    }
    let two = fit(&[block("style", 10, &many[..20])]);
    assert!((two.variance_shares()[0] - 1.0).abs() < 1e-5);
}

#[test]
fn a_block_that_says_nothing_tells_no_shoes_apart() {
    let style = shoes(60, 20, 12);
    let grey = halves([0.25f32; 9].repeat(60));
    let black = halves([0.0f32; 9].repeat(60));
    for (colour, likeness) in [(grey, 1.0), (black, 0.0)] {
        let blocks = [block("style", 20, &style), block("colour", 9, &colour)];
        let space = fit(&blocks);
        let all = Embeddings::new(&space, &blocks, &Job::new()).unwrap();
        let block = all.block("colour").unwrap();
        let part = |row: usize| all.row_f32(row)[block.range.clone()].to_vec();
        assert!((0..60).all(|row| part(row) == part(0)));
        let square: f32 = part(0).iter().map(|value| value * value).sum();
        assert!((square / block.weight - likeness).abs() < 1e-3, "{square}");
        let axis = &space.axis(0)[block.range.clone()];
        assert!(axis.iter().all(|value| value.abs() < 1e-6));
    }
}

/// Shoes around one mean of length 1: `spread` is the variance of all dimensions together.
fn around_one(count: usize, spread: f32, seed: u64) -> Vec<f16> {
    let mut rng = Pcg64::seed_from_u64(seed);
    let dims = 25;
    // Uniform between -a and a has the variance a²/3.
    let a = (3.0 * spread / dims as f32).sqrt();
    let mean = 1.0 / (dims as f32).sqrt();
    halves((0..count * dims).map(|_| mean + a * (2.0 * rng.random::<f32>() - 1.0)))
}

fn likenesses(values: &[f16]) -> Vec<f32> {
    let blocks = [block("style", 25, values)];
    let all = Embeddings::new(&fit(&blocks), &blocks, &Job::new()).unwrap();
    let rows: Vec<Vec<f32>> = (0..all.len()).map(|row| all.row_f32(row)).collect();
    let pairs = (0..rows.len()).flat_map(|i| (0..i).map(move |j| (i, j)));
    pairs
        .map(|(i, j)| rows[i].iter().zip(&rows[j]).map(|(a, b)| a * b).sum())
        .collect()
}

#[test]
fn shoes_that_are_all_alike_are_not_unlike_by_centring() {
    // One picture many times, one shoe in several takes, and shoes that differ.
    let same = around_one(1, 0.02, 1).repeat(12);
    let twins = around_one(1, 0.02, 1).repeat(2);
    for identical in [&same, &twins] {
        assert!(likenesses(identical).iter().all(|l| (l - 1.0).abs() < 2e-3));
    }
    for spread in [0.001, 0.01, 0.03] {
        let alike = likenesses(&around_one(12, spread, 2));
        let least = alike.iter().copied().fold(1.0, f32::min);
        assert!(
            least > 1.0 - 25.0 * spread && least < 1.0,
            "{spread}: {least}"
        );
    }
    let varied = likenesses(&around_one(200, 0.4, 3));
    let mean = varied.iter().sum::<f32>() / varied.len() as f32;
    assert!(mean.abs() < 0.02, "{mean}");
}

#[test]
fn an_ordinary_catalogue_is_centred_on_its_mean_to_the_bit() {
    let values = around_one(300, 0.15, 4);
    let space = fit(&[block("style", 25, &values)]);
    let mean = |at: usize| {
        let column = values.iter().skip(at).step_by(25);
        (column.map(|v| f64::from(v.to_f32())).sum::<f64>() / 300.0) as f32
    };
    let means: Vec<f32> = (0..25).map(mean).collect();
    assert_eq!(space.blocks()[0].mean(), means);
}

#[test]
fn what_does_not_fit_is_said() {
    let style = shoes(10, 20, 13);
    let blocks = [block("style", 20, &style)];
    let error = |blocks: &[BlockRows<'_>]| Space::fit(blocks, 0, &Job::new()).unwrap_err();
    assert!(matches!(error(&[]), SpaceError::NoBlocks { .. }));
    assert!(matches!(
        error(&[block("learned", 20, &style)]),
        SpaceError::NoBlocks { .. }
    ));
    assert!(matches!(
        error(&[block("style", 20, &[])]),
        SpaceError::NoShoes
    ));
    let longer = shoes(11, 5, 1);
    let both = [blocks[0], block("colour", 5, &longer)];
    assert!(matches!(error(&both), SpaceError::Rows { .. }));
    let mut broken = style.clone();
    broken[45] = f16::NAN;
    let not_finite = error(&[block("style", 20, &broken)]);
    assert!(
        matches!(not_finite, SpaceError::NotFinite { row: 2, .. }),
        "{not_finite}"
    );
    let space = fit(&blocks);
    let other = [block("style", 10, &style)];
    assert!(matches!(
        space.project(&other, &Job::new()),
        Err(SpaceError::Dims { .. })
    ));
    assert!(matches!(
        space.project(&[], &Job::new()),
        Err(SpaceError::Missing(_))
    ));
    assert!(matches!(
        space.embedding(&[("style", &[f32::NAN; 20])]),
        Err(SpaceError::NotFinite { .. })
    ));
    let cancelled = Job::new();
    cancelled.cancel();
    assert!(matches!(
        space.project(&blocks, &cancelled),
        Err(SpaceError::Cancelled(_))
    ));
}

#[test]
fn json_keeps_every_bit_and_damage_is_seen() {
    let style = shoes(40, 20, 14);
    let space = fit(&[block("style", 20, &style)]);
    let stored = space.to_stored();
    assert_eq!(Space::try_from(&stored).unwrap(), space);
    let text = serde_json::to_string(&stored).unwrap();
    let read: StoredSpace = serde_json::from_str(&text).unwrap();
    assert_eq!(Space::try_from(&read).unwrap(), space);
    let json = serde_json::to_value(&stored).unwrap();
    for (key, value) in [
        ("mean", serde_json::json!("AAAA")),
        ("axes", serde_json::json!("")),
        ("blocks", serde_json::json!([])),
        ("variance_shares", serde_json::json!([0.5])),
    ] {
        let mut damaged = json.clone();
        damaged[key] = value;
        // What is no row of numbers is seen by the catalogue, and what does not fit together by the space.
        let read = serde_json::from_value::<StoredSpace>(damaged);
        assert!(
            read.is_err() || read.is_ok_and(|stored| Space::try_from(&stored).is_err()),
            "{key}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn any_catalogue_has_a_space(
        dims in 1usize..20,
        values in prop::collection::vec(-100f32..100.0, 20..400),
        flat in prop::option::of(-2f32..2.0),
    ) {
        let rows = values.len() / dims;
        let style = halves(values[..rows * dims].iter().copied());
        let colour = match flat {
            Some(value) => halves(vec![value; rows * 3]),
            None => halves(values.iter().cycle().skip(5).take(rows * 3).copied()),
        };
        let blocks = [block("style", dims, &style), block("colour", 3, &colour)];
        let space = fit(&blocks);
        let coordinates = space.project(&blocks, &Job::new()).unwrap();
        prop_assert!(coordinates.iter().all(|value| value.is_finite()));
        prop_assert!(space.variance_shares().iter().sum::<f32>() < 1.0 + 1e-4);
        for a in 0..AXES {
            for b in 0..=a {
                let dot: f32 = space.axis(a).iter().zip(space.axis(b)).map(|(a, b)| a * b).sum();
                let zero = space.axis(a).iter().all(|value| *value == 0.0);
                let expected = if a == b && !zero { 1.0 } else { 0.0 };
                prop_assert!((dot - expected).abs() < 1e-5, "axes {} {}: {}", a, b, dot);
            }
        }
        let all = Embeddings::new(&space, &blocks, &Job::new()).unwrap();
        for row in 0..all.len() {
            let length: f32 = all.row_f32(row).iter().map(|value| value * value).sum();
            prop_assert!(length < 1.002, "{}", length);
        }
    }
}
