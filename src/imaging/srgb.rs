//! sRGB values and linear light (IEC 61966-2-1).

use std::sync::LazyLock;

/// The light of an sRGB value, both 0 to 1.
pub fn linear(value: f32) -> f32 {
    if value <= THRESHOLD {
        value / 12.92
    } else {
        ((value + 0.055) / 1.055).powf(2.4)
    }
}

/// The sRGB value, 0 to 255, of light, 0 to 1; what lies beyond is cut off.
pub fn from_light(light: f32) -> u8 {
    (value_of(light.clamp(0.0, 1.0)) * 255.0).round() as u8
}

fn value_of(light: f32) -> f32 {
    match light <= THRESHOLD / 12.92 {
        true => light * 12.92,
        false => 1.055 * light.powf(1.0 / 2.4) - 0.055,
    }
}

/// How fast [`linear`] grows with the value.
pub fn linear_slope(value: f32) -> f32 {
    if value <= THRESHOLD {
        1.0 / 12.92
    } else {
        2.4 / 1.055 * ((value + 0.055) / 1.055).powf(1.4)
    }
}

/// Below, light is proportional to the value.
const THRESHOLD: f32 = 0.04045;

/// As [`linear`], of an 8-bit value, from a table.
pub fn linear_u8(value: u8) -> f32 {
    static TABLE: LazyLock<[f32; 256]> =
        LazyLock::new(|| std::array::from_fn(|value| linear(value as f32 / 255.0)));
    TABLE[usize::from(value)]
}

/// As [`linear`], to a quarter of an 8-bit step, from a table: for each pixel of many pictures.
pub fn linear_fast(value: f32) -> f32 {
    static TABLE: LazyLock<Vec<f32>> = LazyLock::new(|| {
        (0..=STEPS)
            .map(|i| linear(i as f32 / STEPS as f32))
            .collect()
    });
    TABLE[(value.clamp(0.0, 1.0) * STEPS as f32 + 0.5) as usize]
}

/// Steps of the tables.
const STEPS: u16 = 4 * 255;

/// The sRGB value of light, both 0 to 1, to a quarter of an 8-bit step, from a table; what lies beyond is cut off.
pub fn from_light_fast(light: f32) -> f32 {
    // By the root of the light, of which the value is nearly a multiple.
    static TABLE: LazyLock<Vec<f32>> = LazyLock::new(|| {
        (0..=STEPS)
            .map(|i| value_of((f32::from(i) / f32::from(STEPS)).powi(2)))
            .collect()
    });
    TABLE[(light.clamp(0.0, 1.0).sqrt() * f32::from(STEPS) + 0.5) as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_the_function() {
        for value in 0..=255_u8 {
            let exact = linear(f32::from(value) / 255.0);
            assert_eq!(linear_u8(value), exact);
            assert_eq!(from_light(exact), value);
            let fast = from_light_fast(exact) * 255.0;
            assert!((fast - f32::from(value)).abs() < 0.25, "{value}: {fast}");
            assert!((linear_fast(f32::from(value) / 255.0) - exact).abs() < 1e-6);
        }
        assert_eq!((linear(0.0), linear_fast(-1.0)), (0.0, 0.0));
        assert!((linear(0.5) - 0.214).abs() < 1e-3 && (linear(1.0) - 1.0).abs() < 1e-6);
    }
}
