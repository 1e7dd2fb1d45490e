use super::{Nearest, neighbourhoods};
use crate::job::Job;
use crate::layout::LayoutError;

/// Points on a circle in many turns, and the nearest `k` of each by their place on it.
fn circle(count: usize, k: usize) -> (Vec<Nearest>, Vec<[f32; 3]>) {
    let nearest = (0..count).map(|row| {
        let mut others: Nearest = (0..count)
            .filter(|other| *other != row)
            .map(|other| {
                let apart = row.abs_diff(other);
                (other, apart.min(count - apart) as f32 / count as f32)
            })
            .collect();
        others.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
        others.truncate(k);
        others
    });
    // A beginning that tells left from right, and mixes the rest up.
    let begin = (0..count).map(|row| {
        let turn = row as f32 / count as f32 * std::f32::consts::TAU;
        let mixed = (row * 37 % 101) as f32 / 101.0;
        [turn.cos(), turn.sin(), mixed]
    });
    (nearest.collect(), begin.collect())
}

fn kept(nearest: &[Nearest], positions: &[[f32; 3]], k: usize) -> f32 {
    let tree = crate::space::Positions::new(positions);
    let rows: Vec<usize> = (0..positions.len()).collect();
    let near = tree.nearest_of(positions, &rows, k);
    let hits = nearest.iter().zip(&near).map(|(wanted, near)| {
        let wanted = &wanted[..k];
        wanted.iter().filter(|(row, _)| near.contains(row)).count()
    });
    hits.sum::<usize>() as f32 / (k * positions.len()) as f32
}

#[test]
fn a_circle_keeps_its_neighbours_and_its_left() {
    let (nearest, begin) = circle(300, 15);
    let before = kept(&nearest, &begin, 10);
    let laid = neighbourhoods(&nearest, &begin, 1, &Job::new()).unwrap();
    let after = kept(&nearest, &laid, 10);
    assert!(after > 0.6 && after > before + 0.2, "{before} to {after}");
    let alike: f32 = laid.iter().zip(&begin).map(|(a, b)| a[0] * b[0]).sum();
    assert!(alike > 0.0, "left is right");
}

#[test]
fn threads_change_nothing_and_the_seed_does() {
    let (nearest, begin) = circle(80, 10);
    let on = |threads: usize, seed: u64| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| neighbourhoods(&nearest, &begin, seed, &Job::new()).unwrap())
    };
    let one = on(1, 7);
    assert_eq!(one, on(3, 7));
    assert_ne!(one, on(1, 8));
    assert!(one.iter().flatten().all(|value| value.is_finite()));
}

#[test]
fn what_cannot_be_laid_out_is_told() {
    let (nearest, begin) = circle(4, 3);
    let told = |nearest: &[Nearest], begin: &[[f32; 3]], job: &Job| {
        neighbourhoods(nearest, begin, 0, job).unwrap_err()
    };
    assert!(matches!(
        told(&nearest, &begin, &Job::new()),
        LayoutError::TooFew(4)
    ));
    let (mut nearest, begin) = circle(20, 5);
    let job = Job::new();
    job.cancel();
    assert!(matches!(
        told(&nearest, &begin, &job),
        LayoutError::Cancelled(_)
    ));
    nearest.iter_mut().flatten().for_each(|other| other.1 = 0.0);
    assert!(matches!(
        told(&nearest, &begin, &Job::new()),
        LayoutError::Identical
    ));
}

#[test]
fn some_identical_shoes_are_laid_out() {
    let (mut nearest, mut begin) = circle(40, 8);
    for row in 0..6 {
        nearest[row].iter_mut().for_each(|other| other.1 = 0.0);
        begin[row] = begin[0];
    }
    let laid = neighbourhoods(&nearest, &begin, 0, &Job::new()).unwrap();
    assert!(laid.iter().flatten().all(|value| value.is_finite()));
}
