//! The edge of an outline, to be drawn over a picture: marching squares (W. E. Lorensen, H. E. Cline, 1987, in the plane).

use super::{FRAME, INSIDE, Outline, ROOM, SIDE};

impl Outline {
    /// Lines along its edge, each from one place to another, in shares of the frame.
    pub fn contour(&self) -> Vec<[[f32; 2]; 2]> {
        let level = f32::from(INSIDE) - 0.5;
        let mut lines = Vec::new();
        // One cell beyond the canvas, where nothing is shoe.
        for y in -1..SIDE as i32 {
            for x in -1..SIDE as i32 {
                let corners = [(x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1)];
                let values = corners.map(|(x, y)| self.value(x, y));
                // Where each side of the square is crossed, and whether into the shoe.
                let mut crossed = [None; 4];
                for side in 0..4 {
                    let (a, b) = (values[side], values[(side + 1) % 4]);
                    if (a < level) != (b < level) {
                        let share = (level - a) / (b - a);
                        let ((x, y), (to_x, to_y)) = (corners[side], corners[(side + 1) % 4]);
                        let along = |from: i32, to: i32| {
                            let cells = from as f32 + share * (to - from) as f32 + 0.5;
                            (cells - ROOM as f32) / FRAME as f32
                        };
                        crossed[side] = Some(([along(x, to_x), along(y, to_y)], a < level));
                    }
                }
                // From where the shoe begins to where it ends next: two lines where it has two opposite corners.
                for side in 0..4 {
                    let Some((from, true)) = crossed[side] else {
                        continue;
                    };
                    let next = (1..4).filter_map(|on| crossed[(side + on) % 4]);
                    if let Some((to, _)) = next.clone().find(|(_, enters)| !enters) {
                        lines.push([from, to]);
                    }
                }
            }
        }
        lines
    }

    fn value(&self, x: i32, y: i32) -> f32 {
        let inside = |a: i32| (0..SIDE as i32).contains(&a);
        if inside(x) && inside(y) {
            f32::from(self.mask[y as usize * SIDE + x as usize])
        } else {
            0.0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::boot;
    use super::super::{Brush, Outline};

    #[test]
    fn the_edge_is_closed_and_encloses_the_shoe() {
        let own = Outline::of(&boot(80, 80)).unwrap();
        let drawn = own.painted(Brush::Erase, [0.3, 0.3], [0.3, 0.3], 0.05);
        let lines = drawn.contour();
        // Twice the area, by the shoelace formula; holes run the other way.
        let twice: f32 = lines.iter().map(|[a, b]| a[0] * b[1] - a[1] * b[0]).sum();
        let cells = drawn
            .mask
            .iter()
            .map(|v| f32::from(*v) / 255.0)
            .sum::<f32>();
        let area = cells / (super::FRAME * super::FRAME) as f32;
        assert!((0.5 * twice.abs() - area).abs() < 0.02, "{twice} {area}");
        for [_, end] in &lines {
            let goes_on = |line: &&[[f32; 2]; 2]| {
                (line[0][0] - end[0]).abs() + (line[0][1] - end[1]).abs() < 1e-5
            };
            assert_eq!(lines.iter().filter(goes_on).count(), 1);
        }
    }
}
