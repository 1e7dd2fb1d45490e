//! The network against the embedder, and its gradient against the slope.

use super::*;
use crate::embed::network::stem::Stem;
use crate::embed::network::trunk::Trunk;
use crate::embed::network::{Spread, block as embedder};
use candle_core::{DType, Var};
use candle_nn::VarBuilder;

fn weights() -> Vec<u8> {
    std::fs::read("models/efficientnet-lite0.safetensors").unwrap()
}

fn pictures(batch: usize, side: usize, channels: usize) -> Tensor {
    let count = batch * side * side * channels;
    let values: Vec<f32> = (0..count).map(|i| ((i * i) as f32 * 0.37).sin()).collect();
    Tensor::from_vec(values, (batch, side, side, channels), &Device::Cpu).unwrap()
}

#[test]
fn it_sees_what_the_embedder_s_blocks_make() {
    let bytes = weights();
    let extractor = Arc::new(FeatureExtractor::from_safetensors(&bytes).unwrap());
    let x = pictures(5, 48, 3);
    let seen = extractor.see(&x).unwrap();
    let vb = VarBuilder::from_slice_safetensors(&bytes, DType::F32, &Device::Cpu).unwrap();
    let x = x.affine(127.5 / 128.0, 0.5 / 128.0).unwrap();
    for (level, seen) in LEVELS.iter().zip(seen) {
        let blocks = block_configs()
            .into_iter()
            .take(level.block + 1)
            .enumerate();
        let blocks = blocks.map(|(i, config)| {
            let stem = (i == 0).then(|| Stem::new(vb.pp("_conv_stem")).unwrap());
            let vb = vb.pp(format!("_blocks.{i}"));
            embedder::Block::new(config, stem, vb).unwrap()
        });
        let map = Trunk::new(blocks.collect())
            .forward(&x, Spread::One)
            .unwrap();
        let wanted = map.narrow(3, 0, level.channels).unwrap();
        let sum = |x: Tensor| {
            x.sqr()
                .unwrap()
                .sum_all()
                .unwrap()
                .to_scalar::<f32>()
                .unwrap()
        };
        let ratio = (sum((&wanted - seen).unwrap()) / sum(wanted)).sqrt();
        assert!(ratio < 1e-4, "{level:?}: {ratio}");
    }
}

#[test]
fn its_gradient_is_the_slope() {
    let extractor = Arc::new(FeatureExtractor::from_safetensors(&weights()).unwrap());
    for channels in [1, 3] {
        let x = Var::from_tensor(&pictures(3, 32, channels)).unwrap();
        let curved = |x: &Tensor| -> Vec<Tensor> {
            let maps = extractor.see(x).unwrap();
            maps.iter()
                .map(|m| (m * 0.1).unwrap().sin().unwrap())
                .collect()
        };
        let sums = curved(&x).into_iter().map(|m| m.sum_all().unwrap());
        let total = sums.reduce(|a, b| (a + b).unwrap()).unwrap();
        let gradient = total.backward().unwrap().get(&x).unwrap().clone();
        // Along the gradient the slope is largest, and what rounding and the corners of the rectifiers do to
        // it smallest. Steps of a thousandth a pixel.
        let power = gradient.sqr().unwrap().sum_all().unwrap();
        let power = f64::from(power.to_scalar::<f32>().unwrap());
        let unit = (power / gradient.elem_count() as f64).sqrt();
        let direction = (gradient / unit).unwrap();
        let at = |step: f64| -> f64 {
            let moved = (x.as_tensor() + (&direction * step).unwrap()).unwrap();
            let maps = curved(&moved.detach());
            let numbers = maps
                .iter()
                .flat_map(|m| m.flatten_all().unwrap().to_vec1::<f32>().unwrap());
            numbers.map(f64::from).sum()
        };
        let (slope, wanted) = ((at(1e-3) - at(-1e-3)) / 2e-3, power / unit);
        assert!((slope - wanted).abs() < 0.05 * wanted, "{slope} {wanted}");
    }
}

#[test]
fn the_way_back_through_the_taps_is_the_transpose() {
    let dot =
        |a: &[f32], b: &[f32]| -> f64 { a.iter().zip(b).map(|(a, b)| f64::from(a * b)).sum() };
    let numbers = |count: usize, phase: f32| -> Vec<f32> {
        (0..count)
            .map(|i| ((i * 7) as f32 * 0.31 + phase).sin())
            .collect()
    };
    for (kernel, stride, side) in [(3, 1, 8), (3, 2, 8), (5, 1, 6), (5, 2, 6), (5, 1, 2)] {
        let channels = 5;
        let depthwise = depthwise::Depthwise {
            kernel,
            stride,
            channels,
            weight: numbers(kernel * kernel * channels, 0.5),
            bias: vec![0.0; channels],
        };
        let small = side / stride;
        let (x, y) = (
            numbers(2 * side * side * channels, 0.1),
            numbers(2 * small * small * channels, 0.2),
        );
        let there = dot(&depthwise.forward(&x, side), &y);
        let back = dot(&x, &depthwise.backward(&y, side));
        assert!(
            (there - back).abs() < 1e-3,
            "{kernel} {stride} {side}: {there} {back}"
        );
    }
    for channels in [1, 3] {
        let x = numbers(2 * 8 * 8 * channels, 0.1);
        let y = numbers(2 * 4 * 4 * 27, 0.2);
        let (mut columns, mut of_x) = (vec![0.0; y.len()], vec![0.0; x.len()]);
        gather_stem(&x, 8, channels, &mut columns);
        scatter_stem(&y, 8, channels, &mut of_x);
        assert!((dot(&columns, &y) - dot(&x, &of_x)).abs() < 1e-3);
    }
}
