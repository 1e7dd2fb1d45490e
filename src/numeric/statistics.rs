//! Medians and correlations.

/// The median of `values`, the mean of the two in the middle where their number is even; NaN of none.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    if values.is_empty() {
        return f64::NAN;
    }
    let middle = values.len() / 2;
    let upper = *values.select_nth_unstable_by(middle, f64::total_cmp).1;
    if values.len() % 2 == 1 {
        return upper;
    }
    let lower = values[..middle]
        .iter()
        .copied()
        .fold(f64::NEG_INFINITY, f64::max);
    (lower + upper) / 2.0
}

/// The median of `values`, the larger of the two in the middle where their number is even, so that it is one of
/// them; `None` of none. Leaves `values` in another order.
pub(crate) fn upper_median(values: &mut [f32]) -> Option<f32> {
    let middle = values.len() / 2;
    (!values.is_empty()).then(|| *values.select_nth_unstable_by(middle, f32::total_cmp).1)
}

/// At most `most` (but one at least) of the numbers below `count`, evenly spread.
pub(crate) fn spread(count: usize, most: usize) -> impl Iterator<Item = usize> {
    (0..count).step_by(count.div_ceil(most.max(1)).max(1))
}

/// Pearson's correlation of `pairs`; NaN where one side is constant.
pub(crate) fn correlation(pairs: impl Iterator<Item = (f64, f64)> + Clone) -> f64 {
    let n = pairs.clone().count().max(1) as f64;
    let mean = |side: fn((f64, f64)) -> f64| pairs.clone().map(side).sum::<f64>() / n;
    let (ma, mb) = (mean(|p| p.0), mean(|p| p.1));
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (a, b) in pairs {
        ab += (a - ma) * (b - mb);
        aa += (a - ma).powi(2);
        bb += (b - mb).powi(2);
    }
    ab / (aa * bb).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), 2.5);
        assert!(median(Vec::new()).is_nan());
        assert_eq!(upper_median(&mut [3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(upper_median(&mut [4.0, 1.0, 2.0, 3.0]), Some(3.0));
        assert_eq!(upper_median(&mut []), None);
    }

    #[test]
    fn what_is_spread_is_even_and_not_too_many() {
        let of = |count, most| spread(count, most).collect::<Vec<_>>();
        assert_eq!(of(10, 4), [0, 3, 6, 9]);
        assert_eq!(of(3, 9), [0, 1, 2]);
        assert_eq!(of(3, 0), [0]);
        assert!(of(0, 5).is_empty());
    }

    #[test]
    fn correlations() {
        let of = |pairs: &[(f64, f64)]| correlation(pairs.iter().copied());
        assert!((of(&[(1.0, 2.0), (2.0, 4.0), (3.0, 6.0)]) - 1.0).abs() < 1e-12);
        assert!((of(&[(1.0, 6.0), (2.0, 4.0), (3.0, 2.0)]) + 1.0).abs() < 1e-12);
        assert!(of(&[(1.0, 1.0), (2.0, 1.0)]).is_nan());
        assert!(of(&[]).is_nan());
    }
}
