//! Seeded random numbers whose state can be kept with a checkpoint.

use candle_core::{Device, Result, Tensor};
use rand::{RngExt as _, SeedableRng as _};

/// The generator of all random numbers of a training run.
pub(crate) type Random = rand_pcg::Pcg64Mcg;

/// The random numbers of `seed` and `stream`.
pub(crate) fn random(seed: u64, stream: u64) -> Random {
    // Both halves go through the seeding's own mixer, so that neighbouring streams have nothing in common.
    let mut first = Random::seed_from_u64(seed);
    let base: u64 = first.random();
    Random::seed_from_u64(base ^ stream.wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// A standard normal number (Box and Muller).
pub(crate) fn normal(random: &mut Random) -> f32 {
    let (u, v): (f64, f64) = (random.random(), random.random());
    ((-2.0 * (1.0 - u).ln()).sqrt() * (std::f64::consts::TAU * v).cos()) as f32
}

/// A tensor of standard normal numbers.
pub(super) fn normals(random: &mut Random, shape: &[usize]) -> Result<Tensor> {
    let count = shape.iter().product();
    let values: Vec<f32> = (0..count).map(|_| normal(random)).collect();
    Tensor::from_vec(values, shape, &Device::Cpu)
}
