//! The fused blocks against the same blocks made of Candle's own, slow convolutions.

use std::collections::HashMap;

use candle_core::{DType, Device, Result, Tensor};
use candle_nn::VarBuilder;
use rand::{RngExt as _, SeedableRng as _};
use rand_pcg::Pcg64;

use super::block::{Block, BlockConfig};
use super::fold::fold;
use super::stem::Stem;
use super::trunk::Trunk;
use super::{Spread, block_configs, same};
use crate::embed::kernels::padded;

fn random(shape: &[usize], rng: &mut Pcg64) -> Tensor {
    let count = shape.iter().product();
    let values: Vec<f32> = (0..count).map(|_| rng.random_range(-0.5..0.5)).collect();
    Tensor::from_vec(values, shape, &Device::Cpu).expect("a tensor")
}

fn convolution(
    tensors: &HashMap<String, Tensor>,
    name: &str,
    x: &Tensor,
    stride: usize,
    groups: usize,
) -> Result<Tensor> {
    let bias = tensors[&format!("{name}.bias")].reshape((1, (), 1, 1))?;
    x.conv2d(&tensors[&format!("{name}.weight")], 0, stride, 1, groups)?
        .broadcast_add(&bias)
}

fn with_padding(x: Tensor, kernel: usize, stride: usize) -> Result<Tensor> {
    let (_, _, height, width) = x.dims4()?;
    let mut y = x;
    for (dim, length) in [(2, height), (3, width)] {
        let (out, before) = same(length, kernel, stride);
        let total = ((out - 1) * stride + kernel).saturating_sub(length);
        y = y.pad_with_zeros(dim, before, total - before)?;
    }
    Ok(y)
}

/// NCHW, as the paper draws it; where there is no expansion, behind a stem.
fn plain(config: &BlockConfig, tensors: &HashMap<String, Tensor>, x: &Tensor) -> Result<Tensor> {
    let &BlockConfig { kernel, stride, .. } = config;
    let y = if config.expansion == 1 {
        convolution(tensors, "_conv_stem", &with_padding(x.clone(), 3, 2)?, 2, 1)?
    } else {
        convolution(tensors, "_expand_conv", x, 1, 1)?
    };
    let y = with_padding(y.clamp(0f32, 6f32)?, kernel, stride)?;
    let y = convolution(tensors, "_depthwise_conv", &y, stride, config.expanded())?;
    let y = convolution(tensors, "_project_conv", &y.clamp(0f32, 6f32)?, 1, 1)?;
    if config.residual() { y + x } else { Ok(y) }
}

#[test]
fn a_block_is_its_convolutions() -> Result<()> {
    let mut rng = Pcg64::seed_from_u64(3);
    // tiles that three threads share unevenly
    let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build();
    let pool = pool.expect("a pool");
    // tiles, groups of channels, odd sizes, a stem, and a stride that looks past the border
    for (kernel, stride, expansion, inputs, outputs, height, width) in [
        (3, 1, 1, 32, 16, 90, 70),
        (3, 1, 1, 32, 16, 1, 3),
        (5, 1, 6, 40, 40, 28, 28),
        (3, 2, 6, 16, 24, 57, 44),
        (5, 2, 6, 24, 40, 31, 61),
        (5, 1, 6, 40, 40, 14, 13),
        (3, 1, 6, 112, 112, 14, 14),
        (5, 2, 6, 112, 192, 15, 14),
        (3, 2, 6, 16, 16, 1, 1),
        (5, 1, 6, 16, 16, 2, 3),
    ] {
        let config = BlockConfig {
            kernel,
            stride,
            expansion,
            inputs,
            outputs,
        };
        let wide = config.expanded();
        let mut tensors = HashMap::new();
        let mut add = |name: &str, shape: &[usize]| {
            tensors.insert(format!("{name}.weight"), random(shape, &mut rng));
            tensors.insert(format!("{name}.bias"), random(&shape[..1], &mut rng));
        };
        let channels = if expansion == 1 {
            add("_conv_stem", &[inputs, 3, 3, 3]);
            3
        } else {
            add("_expand_conv", &[wide, inputs, 1, 1]);
            inputs
        };
        add("_depthwise_conv", &[wide, 1, kernel, kernel]);
        add("_project_conv", &[outputs, wide, 1, 1]);
        let x = random(&[2, channels, height, width], &mut rng);
        let expected = plain(&config, &tensors, &x)?;

        let vb = VarBuilder::from_tensors(tensors, DType::F32, &Device::Cpu);
        let stem = match expansion {
            1 => Some(Stem::new(vb.pp("_conv_stem"))?),
            _ => None,
        };
        let trunk = Trunk::new(vec![Block::new(config, stem, vb)?]);
        let padding = if expansion == 1 {
            0
        } else {
            padded(inputs) - inputs
        };
        let nhwc = x
            .permute((0, 2, 3, 1))?
            .pad_with_zeros(3, 0, padding)?
            .contiguous()?;
        let alone = trunk.forward(&nhwc, Spread::One)?;
        let y = alone.narrow(3, 0, outputs)?.permute((0, 3, 1, 2))?;
        assert_eq!(y.dims(), expected.dims());
        let off = (y - &expected)?.abs()?.flatten_all()?.max(0)?;
        let off = off.to_scalar::<f32>()?;
        assert!(off < 1e-4, "{config:?}: {off}");
        let shared_out = pool.install(|| trunk.forward(&nhwc, Spread::Rows))?;
        let numbers = |map: Tensor| map.flatten_all()?.to_vec1::<f32>();
        assert_eq!(numbers(alone)?, numbers(shared_out)?, "{config:?}");
    }
    Ok(())
}

#[test]
fn wrong_shapes_are_errors() -> Result<()> {
    let config = block_configs()[1];
    let mut rng = Pcg64::seed_from_u64(4);
    let mut tensors = HashMap::new();
    for (name, shape) in [
        ("_expand_conv", [96, 16, 1, 1]),
        ("_depthwise_conv", [96, 1, 3, 3]),
        ("_project_conv", [24, 96, 1, 1]),
    ] {
        tensors.insert(format!("{name}.weight"), random(&shape, &mut rng));
        tensors.insert(format!("{name}.bias"), random(&shape[..1], &mut rng));
    }
    let vb = |tensors: &HashMap<String, Tensor>| {
        VarBuilder::from_tensors(tensors.clone(), DType::F32, &Device::Cpu)
    };
    let trunk = Trunk::new(vec![Block::new(config, None, vb(&tensors))?]);
    for shape in [&[1, 8, 8, 17][..], &[8, 8, 16], &[1, 0, 8, 16]] {
        let map = Tensor::zeros(shape, DType::F32, &Device::Cpu)?;
        assert!(trunk.forward(&map, Spread::One).is_err(), "{shape:?}");
    }
    tensors.insert(
        "_project_conv.weight".into(),
        random(&[24, 90, 1, 1], &mut rng),
    );
    assert!(Block::new(config, None, vb(&tensors)).is_err());
    Ok(())
}

#[test]
fn folding_is_normalising_after() -> Result<()> {
    let mut rng = Pcg64::seed_from_u64(5);
    let mut original = std::collections::BTreeMap::new();
    let mut add = |conv: String, norm: String, shape: [usize; 4]| {
        original.insert(format!("{conv}.weight"), random(&shape, &mut rng));
        for part in ["weight", "bias", "running_mean", "running_var"] {
            let values = random(&shape[..1], &mut rng);
            // a variance is not negative
            let values = if part == "running_var" {
                values.sqr()
            } else {
                Ok(values)
            };
            original.insert(format!("{norm}.{part}"), values.expect("a tensor"));
        }
    };
    add("_conv_stem".into(), "_bn0".into(), [32, 3, 3, 3]);
    add("_conv_head".into(), "_bn1".into(), [1280, 320, 1, 1]);
    for (i, c) in block_configs().iter().enumerate() {
        let name = |part: &str| format!("_blocks.{i}.{part}");
        let wide = c.expanded();
        if c.expansion != 1 {
            add(name("_expand_conv"), name("_bn0"), [wide, c.inputs, 1, 1]);
        }
        add(
            name("_depthwise_conv"),
            name("_bn1"),
            [wide, 1, c.kernel, c.kernel],
        );
        add(name("_project_conv"), name("_bn2"), [c.outputs, wide, 1, 1]);
    }
    for part in ["_fc.weight", "_fc.bias"] {
        original.insert(part.into(), random(&[4], &mut rng));
    }
    let folded = fold(&original)?;

    let x = random(&[1, 3, 9, 9], &mut rng);
    let at = |name: &str| original[name].reshape((1, (), 1, 1));
    let deviation = (at("_bn0.running_var")? + 1e-3)?.sqrt()?;
    let expected = x
        .conv2d(&original["_conv_stem.weight"], 0, 2, 1, 1)?
        .broadcast_sub(&at("_bn0.running_mean")?)?
        .broadcast_div(&deviation)?
        .broadcast_mul(&at("_bn0.weight")?)?
        .broadcast_add(&at("_bn0.bias")?)?;
    let y = x
        .conv2d(&folded["_conv_stem.weight"], 0, 2, 1, 1)?
        .broadcast_add(&folded["_conv_stem.bias"].reshape((1, (), 1, 1))?)?;
    let off = (y - expected)?.abs()?.flatten_all()?.max(0)?;
    assert!(off.to_scalar::<f32>()? < 1e-3);

    original.remove("_blocks.3._bn1.bias");
    let missing = fold(&original).err().map(|e| e.to_string());
    assert!(missing.is_some_and(|m| m.contains("_blocks.3._bn1.bias")));
    Ok(())
}
