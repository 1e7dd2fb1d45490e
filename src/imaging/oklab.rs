//! Oklab, a colour space in which equal distances look equally different.
//!
//! B. Ottosson, "A perceptual color space for image processing", 2020,
//! <https://bottosson.github.io/posts/oklab/>. L runs from 0 (black) to 1 (white); a (green to red) and b (blue to
//! yellow) stay within ±0.35 for what a screen can show, and are 0 for greys.

use super::srgb::{linear, linear_slope, linear_u8};

/// A colour as L, a, b.
pub type Oklab = [f32; 3];

/// From linear red, green and blue to the answers of the eye's three kinds of cones.
const CONES: [[f32; 3]; 3] = [
    [0.412_221_46, 0.536_332_55, 0.051_445_995],
    [0.211_903_5, 0.680_699_5, 0.107_396_96],
    [0.088_302_46, 0.281_718_85, 0.629_978_7],
];
/// From the cube roots of those answers to L, a, b.
const OPPONENTS: [[f32; 3]; 3] = [
    [0.210_454_26, 0.793_617_8, -0.004_072_047],
    [1.977_998_5, -2.428_592_2, 0.450_593_7],
    [0.025_904_037, 0.782_771_77, -0.808_675_77],
];

fn times(matrix: &[[f32; 3]; 3], v: [f32; 3]) -> [f32; 3] {
    matrix.map(|row| row[0] * v[0] + row[1] * v[1] + row[2] * v[2])
}

/// Oklab of an 8-bit sRGB colour.
pub fn oklab(rgb: [u8; 3]) -> Oklab {
    times(&OPPONENTS, times(&CONES, rgb.map(linear_u8)).map(f32::cbrt))
}

/// How fast L, a and b (rows) of an sRGB colour within 0 and 1 grow with its red, green and blue (columns). Very
/// dark colours have the slopes of slightly less dark ones, as those of black have no end.
pub fn oklab_slopes(rgb: [f32; 3]) -> [[f32; 3]; 3] {
    let rgb = rgb.map(|c| c.clamp(0.0, 1.0));
    let roots = times(&CONES, rgb.map(linear)).map(f32::cbrt);
    let of_light = rgb.map(linear_slope);
    let of_root = roots.map(|root| 1.0 / (3.0 * (root * root).max(0.01)));
    OPPONENTS.map(|opponents| {
        std::array::from_fn(|colour| {
            let along: f32 = (0..3)
                .map(|cone| opponents[cone] * of_root[cone] * CONES[cone][colour])
                .sum();
            along * of_light[colour]
        })
    })
}

/// How far apart two colours look; 0.02 is just visible, black and white are 1 apart.
pub fn distance(a: Oklab, b: Oklab) -> f32 {
    let [l, a, b] = [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
    (l * l + a * a + b * b).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_colours() {
        // the values of the reference's C++ code
        for (rgb, expected) in [
            ([255, 255, 255], [1.0, 0.0, 0.0]),
            ([0, 0, 0], [0.0, 0.0, 0.0]),
            ([255, 0, 0], [0.627_96, 0.224_86, 0.125_85]),
            ([0, 255, 0], [0.866_44, -0.233_89, 0.179_50]),
            ([0, 0, 255], [0.452_01, -0.032_46, -0.311_53]),
        ] {
            assert!(distance(oklab(rgb), expected) < 1e-3, "{rgb:?}");
        }
    }

    #[test]
    fn slopes_are_those_of_small_steps() {
        const STEP: u8 = 3;
        for colour in [[230, 51, 77], [128, 128, 128], [38, 179, 242]] {
            let slopes = oklab_slopes(colour.map(|c: u8| f32::from(c) / 255.0));
            for channel in 0..3 {
                let (mut above, mut below) = (colour, colour);
                above[channel] += STEP;
                below[channel] -= STEP;
                let (above, below) = (oklab(above), oklab(below));
                for k in 0..3 {
                    let measured = (above[k] - below[k]) / (2.0 * f32::from(STEP) / 255.0);
                    let slope = slopes[k][channel];
                    assert!(
                        (measured - slope).abs() < 4e-3,
                        "{colour:?}: {measured} {slope}"
                    );
                }
            }
        }
    }

    #[test]
    fn black_and_white_have_slopes_with_an_end() {
        for grey in [-1.0, 0.0, 0.001, 1.0, 2.0] {
            let slopes = oklab_slopes([grey; 3]);
            assert!(slopes.as_flattened().iter().all(|v| v.abs() < 10.0));
        }
    }
}
