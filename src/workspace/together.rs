//! An order of shoes in which neighbours stand together.

/// Bits of each axis.
const BITS: u32 = 10;

/// Puts rows in the order of a curve that fills space (Morton's), by where they stand: what is near in the scene is mostly
/// near in the list. Of equals the first row comes first.
pub fn together(points: &[[f32; 3]], rows: &mut [u32]) {
    let point = |row: u32| points.get(row as usize).copied().unwrap_or_default();
    let finite = |x: f32| if x.is_finite() { x } else { 0.0 };
    let (mut low, mut high) = ([f32::INFINITY; 3], [f32::NEG_INFINITY; 3]);
    for &row in rows.iter() {
        for (axis, x) in point(row).into_iter().enumerate() {
            low[axis] = low[axis].min(finite(x));
            high[axis] = high[axis].max(finite(x));
        }
    }
    let cells = f64::from((1_u32 << BITS) - 1);
    let place = |row: u32| -> u64 {
        let cell: [u32; 3] = std::array::from_fn(|axis| {
            let span = f64::from(high[axis] - low[axis]).max(1e-12);
            let share = f64::from(finite(point(row)[axis]) - low[axis]) / span;
            (share * cells) as u32
        });
        let bit =
            |bit: u32, axis: usize| u64::from(cell[axis] >> bit & 1) << (3 * bit + axis as u32);
        (0..BITS)
            .flat_map(|at| (0..3).map(move |axis| (at, axis)))
            .fold(0, |all, (at, axis)| all | bit(at, axis))
    };
    rows.sort_by_cached_key(|&row| (place(row), row));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_together_comes_together() {
        // Two heaps, their rows mixed.
        let points: Vec<[f32; 3]> = (0..40)
            .map(|i| {
                let heap = if i % 2 == 0 { 0.0 } else { 10.0 };
                [heap + 0.01 * i as f32, heap, 0.0]
            })
            .collect();
        let mut rows: Vec<u32> = (0..40).collect();
        together(&points, &mut rows);
        let heaps: Vec<u32> = rows.iter().map(|row| row % 2).collect();
        let changes = heaps.windows(2).filter(|pair| pair[0] != pair[1]).count();
        assert_eq!(changes, 1, "{heaps:?}");
        let mut none: [u32; 0] = [];
        together(&points, &mut none);
        let mut odd = [0, 1];
        together(&[[f32::NAN; 3], [0.0; 3]], &mut odd);
        assert_eq!(odd, [0, 1]);
    }
}
