use std::sync::Arc;

use half::f16;
use proptest::prelude::*;
use rand::SeedableRng as _;
use rand_pcg::Pcg64;

use super::codes::Query;
use super::exact::BATCH;
use super::scan::{Kernel, Panel, Tile};
use super::top::{Candidates, Threshold};
use super::{Bias, ExactSearch, Hit, Rows, SearchError, SearchOptions, VectorMetric};

fn rows_of(values: &[f32], wide: bool) -> Rows {
    if wide {
        Rows::F32(Arc::new(values.to_vec()))
    } else {
        let values: Vec<f16> = values.iter().map(|value| f16::from_f32(*value)).collect();
        Rows::F16(Arc::new(values.into()))
    }
}

/// Every row scored, sorted, cut.
fn brute_force(
    search: &ExactSearch,
    queries: &[&[f32]],
    options: &SearchOptions<'_>,
) -> Vec<Vec<Hit>> {
    let answer = |(number, query): (usize, &&[f32])| {
        let scores = search.scores(query, options.metric).unwrap();
        let mut hits: Vec<Hit> = scores
            .into_iter()
            .enumerate()
            .filter(|(row, _)| options.mask.is_none_or(|mask| mask[*row]))
            .map(|(row, score)| {
                let mut bias = [0.0];
                if let Some(add) = options.bias {
                    add(number, row, &mut bias);
                }
                Hit {
                    row,
                    score: score + bias[0],
                }
            })
            .filter(|hit| hit.score > f32::NEG_INFINITY)
            .collect();
        hits.sort_by(|a, b| {
            b.score
                .partial_cmp(&a.score)
                .unwrap()
                .then(a.row.cmp(&b.row))
        });
        hits.truncate(options.k);
        hits
    };
    queries.iter().enumerate().map(answer).collect()
}

/// Compares with brute force on every kernel that this machine has.
fn check(search: &ExactSearch, queries: &[&[f32]], options: &SearchOptions<'_>) {
    let expected = brute_force(search, queries, options);
    for kernel in Kernel::available() {
        let search = ExactSearch {
            kernel,
            ..search.clone()
        };
        let found = search.search_with(queries, options).unwrap();
        assert_eq!(found, expected, "{}", kernel.name());
    }
}

/// Values of a few kinds: small whole numbers, which tie often; decimals; very large and very small.
fn value() -> impl Strategy<Value = f32> {
    prop_oneof![
        4 => (-3i8..4).prop_map(f32::from),
        4 => -1f32..1.0,
        1 => prop_oneof![Just(1e4f32), Just(-3e4), Just(1e-6), Just(0.0), Just(-0.0)],
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn equals_brute_force(
        dims in 1usize..40,
        values in prop::collection::vec(value(), 40..3000),
        asked in prop::collection::vec(value(), 40..300),
        k in 0usize..40,
        metric in prop_oneof![Just(VectorMetric::Dot), Just(VectorMetric::SquaredEuclidean)],
        wide: bool,
        mask in prop::option::of(prop::collection::vec(any::<bool>(), 3000)),
        biased: bool,
    ) {
        let values = &values[..values.len() / dims * dims];
        let search = ExactSearch::new(dims, rows_of(values, wide)).unwrap();
        let queries: Vec<&[f32]> = asked.chunks_exact(dims).take(9).collect();
        let bias = |query: usize, first: usize, scores: &mut [f32]| {
            for (row, score) in (first..).zip(scores) {
                *score += match (query + row) % 5 {
                    0 => f32::NEG_INFINITY,
                    rest => rest as f32 * 0.25,
                };
            }
        };
        let options = SearchOptions {
            k,
            metric,
            mask: mask.as_ref().map(|mask| &mask[..search.len()]),
            bias: biased.then_some(&bias as Bias<'_>),
        };
        check(&search, &queries, &options);
    }

    #[test]
    fn thresholds_only_rise(values in prop::collection::vec(-1e30f32..1e30, 1..50)) {
        let threshold = Threshold::new();
        prop_assert_eq!(threshold.get(), f32::MIN);
        for (at, value) in values.iter().enumerate() {
            threshold.raise(*value);
            let most = values[..=at].iter().fold(f32::MIN, |a, b| a.max(*b));
            prop_assert_eq!(threshold.get(), most);
        }
    }
}

/// `count` rows in clusters, of unit length.
fn clustered(count: usize, dims: usize, seed: u64) -> Vec<f32> {
    let mut rng = Pcg64::seed_from_u64(seed);
    let mut noise = move || (0..4).map(|_| rng.random_range(-1f32..1.0)).sum::<f32>();
    let centres: Vec<f32> = (0..20 * dims).map(|_| noise()).collect();
    let mut values = Vec::with_capacity(count * dims);
    for row in 0..count {
        let centre = &centres[row % 20 * dims..][..dims];
        let one: Vec<f32> = centre.iter().map(|centre| centre + 0.5 * noise()).collect();
        let length = one.iter().map(|v| v * v).sum::<f32>().sqrt();
        values.extend(one.iter().map(|value| value / length));
    }
    values
}

#[test]
fn many_rows_and_many_queries() {
    let dims = 133;
    let values = clustered(7_001, dims, 3);
    for wide in [true, false] {
        let search = ExactSearch::new(dims, rows_of(&values, wide)).unwrap();
        let queries: Vec<&[f32]> = values.chunks_exact(dims).step_by(61).collect();
        assert!(queries.len() > 2 * BATCH);
        for metric in [VectorMetric::Dot, VectorMetric::SquaredEuclidean] {
            let options = SearchOptions {
                k: 24,
                metric,
                ..SearchOptions::default()
            };
            check(&search, &queries, &options);
        }
    }
}

#[test]
fn the_bound_rules_most_rows_out() {
    let dims = 320;
    let values = clustered(20_000, dims, 5);
    let search = ExactSearch::new(dims, rows_of(&values, true)).unwrap();
    let query = Query::of(&values[..dims], VectorMetric::Dot).unwrap();
    let panel = Panel::new(std::slice::from_ref(&query), 0);
    let tile = Tile {
        codes: &search.codes,
        mask: None,
        bias: None,
    };
    let mut candidates = [Candidates::new(24)];
    panel.scan(
        search.kernel,
        tile,
        0..search.codes.groups(),
        &mut candidates,
    );
    let left = Candidates::merge(candidates.into()).len();
    assert!((24..400).contains(&left), "{left} rows left to score");
}

#[test]
fn the_same_row_again_and_again() {
    let search = ExactSearch::new(3, rows_of(&[0.1, -0.7, 0.3].repeat(5_000), false)).unwrap();
    let hits = search.search(&[&[1.0, 2.0, 3.0]], 7, None).unwrap();
    let rows: Vec<usize> = hits[0].iter().map(|hit| hit.row).collect();
    assert_eq!(rows, [0, 1, 2, 3, 4, 5, 6]);
}

#[test]
fn a_shoe_is_nearest_to_itself_at_distance_nought() {
    let values = clustered(500, 17, 1);
    let search = ExactSearch::new(17, rows_of(&values, true)).unwrap();
    let options = SearchOptions {
        k: 1,
        metric: VectorMetric::SquaredEuclidean,
        ..SearchOptions::default()
    };
    let hits = search
        .search_with(&[&values[17 * 77..17 * 78]], &options)
        .unwrap();
    assert_eq!(
        hits[0],
        [Hit {
            row: 77,
            score: 0.0
        }]
    );
}

#[test]
fn nothing_to_search() {
    let empty = ExactSearch::new(4, Rows::F32(Arc::new(Vec::new()))).unwrap();
    assert_eq!(empty.search(&[&[1.0; 4]], 3, None).unwrap(), [Vec::new()]);
    let one = ExactSearch::new(1, rows_of(&[2.0], true)).unwrap();
    assert_eq!(
        one.search(&[&[3.0]], 9, None).unwrap(),
        [[Hit { row: 0, score: 6.0 }]]
    );
    assert_eq!(
        one.search(&[&[3.0]], 9, Some(&[false])).unwrap(),
        [Vec::new()]
    );
    assert_eq!(one.search(&[], 9, None).unwrap(), Vec::<Vec<Hit>>::new());
}

#[test]
fn what_cannot_be_searched_is_said() {
    let wrong = |dims, values: &[f32]| ExactSearch::new(dims, rows_of(values, true)).err();
    assert_eq!(
        wrong(2, &[0.0; 3]),
        Some(SearchError::Dims {
            found: 3,
            wanted: 2
        })
    );
    assert_eq!(
        wrong(2, &[0.0, 0.0, 1.0, f32::NAN]),
        Some(SearchError::Row(1))
    );
    assert_eq!(wrong(2, &[0.0, 1e30]), Some(SearchError::Row(0)));
    let search = ExactSearch::new(2, rows_of(&[0.0; 4], true)).unwrap();
    let ask = |query: &[f32], mask: Option<&[bool]>| search.search(&[query], 1, mask).err();
    assert_eq!(
        ask(&[0.0], None),
        Some(SearchError::Dims {
            found: 1,
            wanted: 2
        })
    );
    assert_eq!(
        ask(&[0.0, f32::INFINITY], None),
        Some(SearchError::Query(0))
    );
    assert_eq!(
        ask(&[0.0; 2], Some(&[true])),
        Some(SearchError::Mask {
            found: 1,
            wanted: 2
        })
    );
}
