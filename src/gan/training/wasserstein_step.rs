//! One step of the baseline: a Wasserstein game with a gradient penalty (Gulrajani et al., 2017), as the
//! original shoespace played it.

use super::step::Networks;
use crate::gan::dataset::training_set::TrainingSet;
use crate::gan::losses::{StepMetrics, number};
use crate::gan::networks::wasserstein_baseline::WassersteinBaseline;
use crate::gan::random::{Random, normals};
use crate::gan::training::optimiser::AdamStep;
use candle_core::{DType, Device, Result, Tensor};
use rand::RngExt as _;

/// Steps of the discriminator before each of the generator.
const CRITIC_STEPS: usize = 5;
/// Weight of the gradient penalty.
const PENALTY: f64 = 10.0;
/// Length of the step along which the slope is taken, in pixel values.
const REACH: f64 = 0.1;
/// How much of the running statistics is kept.
const KEEP: f32 = 0.99;

/// One step of the generator, after five of the discriminator.
pub(in crate::gan) fn step(
    set: &TrainingSet,
    batch: usize,
    rate_scale: f32,
    network: &WassersteinBaseline,
    Networks {
        generator,
        discriminator,
    }: Networks<'_>,
    random: &mut Random,
) -> Result<StepMetrics> {
    let settings = AdamStep {
        rate: 1e-4 * rate_scale,
        first: 0.5,
        second: 0.9,
        average: 0.0,
    };
    let noise = |random: &mut Random| normals(random, &[batch, network.noise_dims]);
    let mut metrics = StepMetrics::default();
    for _ in 0..CRITIC_STEPS {
        let shoes: Vec<usize> = (0..batch)
            .map(|_| random.random_range(0..set.shoes.len()))
            .collect();
        let real = set.shoes.tensor(&shoes)?;
        let (fake, _) = network.train(&generator.frozen()?, &noise(random)?)?;
        let weights = discriminator.live()?;
        let mixed = between(&real, &fake, random)?;
        // The gradient's length is estimated along the way from design to real picture, where the optimal
        // discriminator has slope 1: Candle cannot differentiate a gradient.
        let direction = (&real - &fake)?.detach();
        let length = (direction.flatten_from(1)?.sqr()?.sum_keepdim(1)?.sqrt()? + 1e-6)?;
        let direction = direction.broadcast_div(&length.reshape((batch, 1, 1, 1))?)?;
        let nearby = (&mixed + (direction * REACH)?)?;
        let scores = network.score(&weights, &Tensor::cat(&[&real, &fake, &mixed, &nearby], 0)?)?;
        let part = |i: usize| scores.narrow(0, i * batch, batch);
        let slope = ((part(3)? - part(2)?)? / REACH)?;
        let penalty = (slope - 1.0)?.sqr()?.mean_all()?;
        let (score_real, score_fake) = (part(0)?.mean_all()?, part(1)?.mean_all()?);
        let distance = (&score_fake - &score_real)?;
        let loss = (&distance + (&penalty * PENALTY)?)?;
        metrics.discriminator = number(&distance)?;
        metrics.penalty = number(&penalty)?;
        metrics.score_real = number(&score_real)?;
        metrics.score_fake = number(&score_fake)?;
        if !discriminator.step(&loss.backward()?, settings)? {
            metrics.discriminator = f64::NAN;
            return Ok(metrics);
        }
    }
    let (fake, statistics) = network.train(&generator.live()?, &noise(random)?)?;
    let loss = network
        .score(&discriminator.frozen()?, &fake)?
        .mean_all()?
        .neg()?;
    metrics.generator = number(&loss)?;
    let settings = AdamStep {
        average: 0.995,
        ..settings
    };
    if !generator.step(&loss.backward()?, settings)? {
        metrics.generator = f64::NAN;
        return Ok(metrics);
    }
    for seen in statistics {
        for (part, now) in [("mean", seen.mean), ("power", seen.power)] {
            let name = format!("{}.{part}", seen.name);
            if let Some(i) = generator.parameters.iter().position(|p| p.name == name) {
                let now: Vec<f32> = now.flatten_all()?.to_vec1()?;
                let mut kept = generator.values(i)?;
                for (k, n) in kept.iter_mut().zip(now) {
                    *k = KEEP * *k + (1.0 - KEEP) * n;
                }
                // The statistics are averages already.
                generator.average[i].clone_from(&kept);
                generator.set_values(i, kept)?;
            }
        }
    }
    Ok(metrics)
}

/// Each picture somewhere on the line between a real one and a design.
fn between(real: &Tensor, fake: &Tensor, random: &mut Random) -> Result<Tensor> {
    let batch = real.dim(0)?;
    let shares: Vec<f32> = (0..batch).map(|_| random.random()).collect();
    let shares = Tensor::from_vec(shares, (batch, 1, 1, 1), &Device::Cpu)?.to_dtype(DType::F32)?;
    (fake + (real - fake)?.broadcast_mul(&shares)?)?
        .detach()
        .contiguous()
}
