//! How large a cloud of shoes is, and how large a shoe in it should be shown.

/// Where the cloud is and how far it goes, in units of the scene.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Extent {
    /// The middle of the cloud on each axis, but for the outermost shoes: a cloud that is denser at one side is framed whole.
    pub centre: [f32; 3],
    /// How far from the centre 97 % of the shoes are; above 0.
    pub radius: f32,
    /// The side of a billboard at which neighbours touch, from the cloud's density.
    pub billboard: f32,
}

impl Extent {
    /// Of these positions; from a sample, so that a million take no longer than fifty thousand.
    pub fn of(positions: &[[f32; 3]]) -> Self {
        let (centre, radius) = middle_and_radius(positions);
        // Neighbours touch in a ball that is evenly filled.
        let side = 1.2 * radius / (positions.len().max(1) as f32).cbrt();
        Self {
            centre,
            radius,
            billboard: side.min(0.5 * radius),
        }
    }
}

fn middle_and_radius(positions: &[[f32; 3]]) -> ([f32; 3], f32) {
    if positions.is_empty() {
        return ([0.0; 3], 1.0);
    }
    let step = positions.len().div_ceil(50_000);
    let sample: Vec<[f32; 3]> = positions.iter().step_by(step).copied().collect();
    let last = sample.len() - 1;
    let centre: [f32; 3] = std::array::from_fn(|axis| {
        let mut values: Vec<f32> = sample.iter().map(|p| p[axis]).collect();
        let low = *values
            .select_nth_unstable_by(last * 2 / 100, f32::total_cmp)
            .1;
        let rank = (last * 98).div_ceil(100);
        let high = *values.select_nth_unstable_by(rank, f32::total_cmp).1;
        0.5 * (low + high)
    });
    let away = |p: &[f32; 3]| {
        let squares = p.iter().zip(centre).map(|(a, b)| (a - b) * (a - b));
        squares.sum::<f32>().sqrt()
    };
    let mut away: Vec<f32> = sample.iter().map(away).collect();
    let rank = last * 97 / 100;
    let radius = *away.select_nth_unstable_by(rank, f32::total_cmp).1;
    // One shoe, or many in one place: any scale will do.
    (centre, if radius > 1e-6 { radius } else { 1.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cloud_has_a_middle_and_a_size_whatever_it_is() {
        let extent = |positions: &[[f32; 3]]| {
            let extent = Extent::of(positions);
            (extent.centre, extent.radius)
        };
        assert_eq!(extent(&[]), ([0.0; 3], 1.0));
        assert_eq!(extent(&[[2.0, 0.0, 0.0]; 5]), ([2.0, 0.0, 0.0], 1.0));
        let mut line: Vec<[f32; 3]> = (0..100).map(|i| [i as f32, 0.0, 0.0]).collect();
        line.push([1e6, 0.0, 0.0]);
        let (centre, radius) = extent(&line);
        assert!((centre[0] - 50.0).abs() < 1.0);
        assert!(
            (40.0..60.0).contains(&radius),
            "one far away does not count: {radius}"
        );
        assert!(Extent::of(&[[0.0; 3]]).billboard <= 0.5);
        assert!(Extent::of(&line).billboard > 0.0);
    }
}
