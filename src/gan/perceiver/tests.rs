//! The network against the embedder, and its gradient against the slope.

use super::*;
use crate::embed::network::stem::Stem;
use crate::embed::network::trunk::Trunk;
use crate::embed::network::{Spread, block as embedder};
use candle_core::{DType, Var};
use candle_nn::VarBuilder;

fn weights() -> Vec<u8> {
    std::fs::read(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/models/efficientnet-lite0.safetensors"
    ))
    .unwrap()
}

fn pictures(batch: usize, side: usize, channels: usize) -> Tensor {
    let count = batch * side * side * channels;
    let values: Vec<f32> = (0..count).map(|i| ((i * i) as f32 * 0.37).sin()).collect();
    Tensor::from_vec(values, (batch, side, side, channels), &Device::Cpu).unwrap()
}

#[test]
fn it_sees_what_the_embedder_s_blocks_make() {
    let bytes = weights();
    let perceiver = Arc::new(Perceiver::from_safetensors(&bytes).unwrap());
    let x = pictures(5, 48, 3);
    let seen = perceiver.see(&x).unwrap();
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
    let perceiver = Arc::new(Perceiver::from_safetensors(&weights()).unwrap());
    for channels in [1, 3] {
        let x = Var::from_tensor(&pictures(3, 32, channels)).unwrap();
        let total = |x: &Tensor| -> Tensor {
            let maps = perceiver.see(x).unwrap();
            let sums = maps
                .iter()
                .map(|m| (m * 0.1).unwrap().sin().unwrap().sum_all().unwrap());
            sums.reduce(|a, b| (a + b).unwrap()).unwrap()
        };
        let gradient = total(&x).backward().unwrap().get(&x).unwrap().clone();
        let direction = pictures(3, 32, channels)
            .affine(3.0, 0.2)
            .unwrap()
            .sin()
            .unwrap();
        let along = (&gradient * &direction).unwrap().sum_all().unwrap();
        let along = f64::from(along.to_scalar::<f32>().unwrap());
        let at = |step: f64| {
            let moved = (x.as_tensor() + (&direction * step).unwrap()).unwrap();
            f64::from(total(&moved.detach()).to_scalar::<f32>().unwrap())
        };
        let slope = (at(1e-3) - at(-1e-3)) / 2e-3;
        assert!(
            (slope - along).abs() < 0.02 * slope.abs().max(1.0),
            "{slope} {along}"
        );
    }
}
