//! What the way back promises, on small spaces of random blocks.

use super::*;
use crate::job::Job;
use crate::space::BlockRows;
use half::f16;
use proptest::prelude::*;

/// A cursor over random shoes; the last `copies` shoes are copies of shoe 0.
fn cursor(shoes: usize, copies: usize, seed: u64) -> Cursor {
    let mut state = seed.wrapping_mul(2) + 1;
    let mut random = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    };
    let mut block = |name: &str, dims: usize| {
        let mut values: Vec<f16> = (0..(shoes - copies) * dims)
            .map(|i| f16::from_f32(random() * if i % dims < 3 { 3.0 } else { 1.0 } + 0.5))
            .collect();
        for _ in 0..copies {
            values.extend_from_within(..dims);
        }
        Arc::new(Block {
            name: name.to_owned(),
            dims,
            values: values.into(),
        })
    };
    let blocks = [
        block("style", 12),
        block("colour", 5),
        block("silhouette", 7),
    ];
    let rows: Vec<BlockRows<'_>> = blocks.iter().map(|b| BlockRows::from(&**b)).collect();
    let space = Space::fit(&rows, 7, &Job::new()).unwrap();
    let positions = space.positions(&rows, &Job::new()).unwrap();
    Cursor::new(Arc::new(space), &positions, &blocks).unwrap()
}

fn distance(a: &[f32], b: &[f32]) -> f32 {
    a.iter()
        .zip(b)
        .map(|(a, b)| (a - b).powi(2))
        .sum::<f32>()
        .sqrt()
}

fn fills() -> impl Strategy<Value = Fill> {
    prop_oneof![
        Just(Fill::Neighbourhood),
        Just(Fill::Mean),
        (0usize..60).prop_map(Fill::Pinned)
    ]
}

proptest! {
    #[test]
    fn on_a_shoe_it_is_that_shoe(seed in 0u64..500, row in 0usize..60) {
        let cursor = cursor(60, 0, seed);
        let at = cursor.positions[row];
        for fill in [Fill::Neighbourhood, Fill::Pinned(row)] {
            let filled = cursor.fill(at, fill, None, &[]).unwrap();
            prop_assert_eq!(filled.on, Some(row));
            prop_assert_eq!(filled.drawn_back, 0.0);
            prop_assert_eq!(&filled.blocks, &cursor.raw(row));
            prop_assert_eq!(&filled.embedding, &cursor.shoe(row).0);
        }
    }

    #[test]
    fn a_small_move_changes_little(
        seed in 0u64..500,
        at in prop::array::uniform3(-0.9f32..0.9),
        by in prop::array::uniform3(-1.0f32..1.0),
        fill in fills(),
        components in prop::collection::vec(-0.2f32..0.2, 0..5),
    ) {
        let cursor = cursor(60, 0, seed);
        let one = cursor.fill(at, fill, None, &components).unwrap();
        let step = 1e-4;
        let there: [f32; 3] = std::array::from_fn(|i| at[i] + step * by[i]);
        let other = cursor.fill(there, fill, None, &components).unwrap();
        prop_assert!(distance(&one.embedding, &other.embedding) < 0.02);
        for (a, b) in one.blocks.iter().zip(&other.blocks) {
            prop_assert!(distance(a, b) < 0.1, "{}", distance(a, b));
        }
    }

    #[test]
    fn towards_a_shoe_it_becomes_that_shoe(seed in 0u64..500, row in 0usize..60) {
        let cursor = cursor(60, 0, seed);
        let at = cursor.positions[row];
        let own = cursor.fill(at, Fill::Neighbourhood, None, &[]).unwrap();
        let near = cursor.fill(at.map(|x| x + 1e-5), Fill::Neighbourhood, None, &[]).unwrap();
        prop_assert!(distance(&own.embedding, &near.embedding) < 1e-3);
    }

    #[test]
    fn the_coordinates_are_the_points(
        seed in 0u64..500,
        at in prop::array::uniform3(-2.0f32..2.0),
        fill in fills(),
    ) {
        let cursor = cursor(60, 0, seed);
        let filled = cursor.fill(at, fill, None, &[]).unwrap();
        let position = cursor.position(&filled.embedding);
        for (there, asked) in position.iter().zip(filled.point) {
            prop_assert!((there - f64::from(asked)).abs() < 1e-3);
        }
        let total: f32 = filled.around.iter().map(|a| a.1).sum();
        prop_assert!((total - 1.0).abs() < 1e-4);
        prop_assert!(filled.around.iter().all(|a| a.1 > 0.0));
    }

    #[test]
    fn far_outside_it_is_drawn_back_and_says_so(
        seed in 0u64..500,
        at in prop::array::uniform3(-1.0f32..1.0),
    ) {
        prop_assume!(at.iter().any(|x| x.abs() > 0.1));
        let cursor = cursor(60, 0, seed);
        for far in [1e2, 1e6, 1e30] {
            let filled = cursor.fill(at.map(|x| x * far), Fill::Neighbourhood, None, &[]).unwrap();
            prop_assert!(filled.drawn_back > 1.0);
            prop_assert!(filled.point.iter().all(|x| x.abs() < 5.0), "{:?}", filled.point);
        }
    }

    #[test]
    fn pinned_changes_only_along_the_axes(
        seed in 0u64..500,
        row in 0usize..60,
        at in prop::array::uniform3(-0.5f32..0.5),
    ) {
        let cursor = cursor(60, 0, seed);
        let own = cursor.shoe(row).0;
        let moved = cursor.fill(at, Fill::Pinned(row), None, &[]).unwrap().embedding;
        let mut change: Vec<f32> = moved.iter().zip(&own).map(|(a, b)| a - b).collect();
        for axis in 0..3 {
            let axis = cursor.space.axis(axis);
            let along: f32 = change.iter().zip(axis).map(|(c, a)| c * a).sum();
            add(&mut change, axis, -along);
        }
        prop_assert!(norm(&change) < 1e-4, "{}", norm(&change));
    }

    #[test]
    fn shepard_weights_sum_to_one(mut distances in prop::collection::vec(0.0f64..1e3, 1..26)) {
        distances.sort_by(f64::total_cmp);
        let weights = shepard(&distances);
        prop_assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        prop_assert!(weights.is_sorted_by(|a, b| a >= b));
    }
}

#[test]
fn of_coincident_shoes_the_selected_one_speaks_else_the_first() {
    let cursor = cursor(60, 10, 3);
    let at = cursor.positions[0];
    assert_eq!(
        cursor.fill(at, Fill::Neighbourhood, None, &[]).unwrap().on,
        Some(0)
    );
    assert_eq!(
        cursor
            .fill(at, Fill::Neighbourhood, Some(55), &[])
            .unwrap()
            .on,
        Some(55)
    );
    assert_eq!(
        cursor
            .fill(at, Fill::Neighbourhood, Some(5), &[])
            .unwrap()
            .on,
        Some(0)
    );
}

#[test]
fn components_move_along_their_axis() {
    let cursor = cursor(60, 0, 1);
    let at = [0.1, 0.0, -0.1];
    let still = cursor.fill(at, Fill::Mean, None, &[]).unwrap().embedding;
    let moved = cursor
        .fill(at, Fill::Mean, None, &[0.0, 0.3])
        .unwrap()
        .embedding;
    let along: f32 = (moved.iter().zip(&still).zip(cursor.space.axis(4)))
        .map(|((m, s), a)| (m - s) * a)
        .sum();
    assert!((along - 0.3).abs() < 1e-4, "{along}");
    assert!((distance(&moved, &still) - 0.3).abs() < 1e-4);
}

#[test]
fn one_shoe_and_identical_shoes_work() {
    for (shoes, copies) in [(1, 0), (40, 39), (2, 0)] {
        let cursor = cursor(shoes, copies, 9);
        for fill in [Fill::Neighbourhood, Fill::Mean, Fill::Pinned(0)] {
            for at in [[0.0; 3], [0.3, -0.2, 0.1], [1e9, 0.0, 0.0]] {
                let filled = cursor.fill(at, fill, None, &[0.1]).unwrap();
                assert!(filled.embedding.iter().all(|x| x.is_finite()));
            }
        }
    }
}

#[test]
fn what_is_no_place_is_refused() {
    let cursor = cursor(30, 0, 2);
    let nan = cursor.fill([f32::NAN, 0.0, 0.0], Fill::Mean, None, &[]);
    assert!(matches!(nan, Err(CursorError::NotFinite(_))));
    let row = cursor.fill([0.0; 3], Fill::Pinned(30), None, &[]);
    assert_eq!(row, Err(CursorError::NoSuchRow { row: 30, shoes: 30 }));
    let slider = cursor.fill([0.0; 3], Fill::Mean, None, &[f32::INFINITY]);
    assert!(matches!(slider, Err(CursorError::BadNumber(_))));
    let none = Cursor::new(cursor.space.clone(), &[[0.0; 3]; 30], &cursor.blocks[..1]);
    assert!(matches!(none, Err(CursorError::Blocks { .. })));
}

#[test]
fn in_a_layout_without_axes_the_shoes_around_say_everything() {
    let cursor = cursor(60, 0, 5);
    // The same shoes on a spiral: near and far are others than along the axes.
    let points: Vec<[f32; 3]> = (0..cursor.positions.len())
        .map(|row| {
            let turn = row as f32 * 0.4;
            [turn.cos() * turn, turn.sin() * turn, 0.1 * turn]
        })
        .collect();
    let laid_out = cursor.laid_out(&points).unwrap();
    for row in [0, 7, 19] {
        let there = laid_out.fill(points[row], Fill::Neighbourhood, None, &[]);
        let there = there.unwrap();
        let own = cursor.fill(cursor.positions[row], Fill::Neighbourhood, None, &[]);
        let own = own.unwrap();
        assert_eq!((there.on, &there.blocks), (Some(row), &own.blocks));
        assert_eq!(there.coordinates, cursor.positions[row]);
    }
    // Close to a shoe the design is close to it, whatever fills the rest.
    let (row, step) = (7, 1e-3);
    let beside = points[row].map(|x| x + step);
    for fill in [Fill::Neighbourhood, Fill::Pinned(row)] {
        let filled = laid_out.fill(beside, fill, None, &[]).unwrap();
        let own = laid_out.shoe(row).0;
        let off = filled
            .embedding
            .iter()
            .zip(&own)
            .map(|(a, b)| (a - b).abs());
        assert!(off.fold(0.0, f32::max) < 0.02, "{fill:?}");
    }
    let far = laid_out.fill([1e6; 3], Fill::Mean, None, &[]).unwrap();
    assert!(far.drawn_back > 1e5 && far.embedding.iter().all(|x| x.is_finite()));
}
