//! `cargo bench --profile dev --bench generator`: the convolution and a whole training step, each beside the
//! same on Candle's own convolutions, and the decoding of one design on one thread.

use anyhow::Result;
use candle_core::{Device, Tensor, Var};
use shoespace::embed::EFFICIENTNET_LITE0;
use shoespace::embed::kernels::Instructions;
use shoespace::gan::FeatureExtractor;
use shoespace::gan::bench::StepBench;
use shoespace::gan::ops::{Convolve, candle, convolve, convolve_transposed};
use shoespace::paths::Roots;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Median seconds of at least five runs and half a second.
fn median_seconds(mut f: impl FnMut() -> Result<()>) -> Result<f64> {
    f()?;
    let began = Instant::now();
    let mut times = Vec::new();
    while times.len() < 5 || began.elapsed() < Duration::from_millis(500) {
        let one = Instant::now();
        f()?;
        times.push(one.elapsed().as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() / 2])
}

fn random(shape: &[usize]) -> Result<Var> {
    Ok(Var::from_tensor(&Tensor::randn(
        0f32,
        1.0,
        shape,
        &Device::Cpu,
    )?)?)
}

fn backward(y: &Tensor) -> Result<()> {
    y.sum_all()?.backward()?;
    Ok(())
}

fn convolutions() -> Result<()> {
    println!("\nconvolution, batch 32 (GFLOPS)              ours    Candle   ratio");
    for (inputs, outputs, side, kernel, stride) in [
        (64, 64, 32, 3, 1),
        (128, 128, 16, 3, 1),
        (32, 32, 64, 3, 1),
        (96, 96, 8, 3, 1),
        (64, 128, 16, 4, 2),
    ] {
        let x = random(&[32, side, side, inputs])?;
        let w = random(&[kernel * kernel * inputs, outputs])?;
        let positions = (side / stride) * (side / stride);
        let flops = 2.0 * 32.0 * (positions * kernel * kernel * inputs * outputs) as f64;
        let forward = |convolve: Convolve| -> Result<()> {
            convolve(
                &x.as_detached_tensor(),
                &w.as_detached_tensor(),
                kernel,
                stride,
                1,
            )?;
            Ok(())
        };
        let both = |convolve: Convolve| backward(&convolve(&x, &w, kernel, stride, 1)?);
        let name = format!("{kernel}×{kernel}/{stride}, {inputs}→{outputs} at {side}²");
        for (what, times, run) in [
            ("forward", 1.0, &forward as &dyn Fn(Convolve) -> Result<()>),
            ("with gradients", 3.0, &both),
        ] {
            let ours = median_seconds(|| run(convolve))?;
            let candle = median_seconds(|| run(candle::convolve))?;
            println!(
                "{name:<24} {what:<16} {:>7.0} {:>9.0} {:>7.1}",
                times * flops / ours / 1e9,
                times * flops / candle / 1e9,
                candle / ours
            );
        }
    }
    let (x, w) = (random(&[32, 16, 16, 128])?, random(&[16 * 64, 128])?);
    let flops = 3.0 * 2.0 * 32.0 * (16 * 16 * 16 * 128 * 64) as f64;
    let ours = median_seconds(|| backward(&convolve_transposed(&x, &w)?))?;
    let (x, w) = (random(&[32, 128, 16, 16])?, random(&[128, 64, 4, 4])?);
    let candle = median_seconds(|| backward(&x.conv_transpose2d(&w, 1, 0, 2, 1)?))?;
    println!(
        "{:<24} {:<16} {:>7.0} {:>9.0} {:>7.1}",
        "transposed 4×4/2, 128→64",
        "with gradients",
        flops / ours / 1e9,
        flops / candle / 1e9,
        candle / ours
    );
    Ok(())
}

fn steps(extractor: &Arc<FeatureExtractor>) -> Result<()> {
    println!("\ntraining step (pictures a second)           ours    Candle   ratio");
    for (size, channels) in [(32, 1), (64, 3)] {
        let mut bench = StepBench::new(size, channels, extractor)?;
        let mut images = 0;
        let mut seconds = |convolve| {
            bench.use_convolution(convolve);
            median_seconds(|| {
                images = bench.step()?;
                Ok(())
            })
        };
        let ours = seconds(convolve)?;
        let candle = seconds(candle::convolve)?;
        println!(
            "{:<41} {:>7.0} {:>9.0} {:>7.1}",
            format!("{size}×{size}×{channels}"),
            images as f64 / ours,
            images as f64 / candle,
            candle / ours
        );
    }
    Ok(())
}

fn decode(extractor: &Arc<FeatureExtractor>) -> Result<()> {
    println!("\ndecoding one design on one thread");
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
    for (size, channels, wanted) in [(32, 1, 5.0), (64, 3, 12.0)] {
        let generator = StepBench::new(size, channels, extractor)?.generator()?;
        let codes = [vec![0.5; generator.info().code_dims]];
        let noises = [generator.noise(1, 0)];
        let seconds = pool.install(|| {
            median_seconds(|| {
                generator.decode(&codes, &noises)?;
                Ok(())
            })
        })?;
        println!(
            "{:<24} {:>7.2} ms (wanted: at most {wanted} ms)",
            format!("{size}×{size}×{channels}"),
            seconds * 1e3
        );
    }
    Ok(())
}

fn main() -> Result<()> {
    println!(
        "{} threads, {}, medians of at least five runs",
        rayon::current_num_threads(),
        Instructions::best().name()
    );
    convolutions()?;
    let weights = EFFICIENTNET_LITE0.find(&Roots::of_process(None))?;
    let extractor = Arc::new(FeatureExtractor::load(&weights)?);
    steps(&extractor)?;
    decode(&extractor)
}
