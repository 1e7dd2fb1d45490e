//! Folding: a batch normalisation after a convolution is a convolution with other weights.
//!
//! With y = (x − μ)/√(σ² + ε) · γ + β, the weights of each output channel are multiplied by γ/√(σ² + ε), and the
//! bias is β − μ · γ/√(σ² + ε).

use std::collections::BTreeMap;

use candle_core::{DType, Result, Tensor};

use super::block_configs;

/// ε of EfficientNet's batch normalisations.
pub const EPSILON: f64 = 1e-3;

/// Each convolution with the batch normalisation that follows it, by the names of the PyTorch package.
fn pairs() -> Vec<(String, String)> {
    let mut pairs = vec![("_conv_stem".to_owned(), "_bn0".to_owned())];
    for (i, config) in block_configs().iter().enumerate() {
        let name = |part: &str| format!("_blocks.{i}.{part}");
        if config.expansion != 1 {
            pairs.push((name("_expand_conv"), name("_bn0")));
        }
        pairs.push((name("_depthwise_conv"), name("_bn1")));
        pairs.push((name("_project_conv"), name("_bn2")));
    }
    pairs.push(("_conv_head".to_owned(), "_bn1".to_owned()));
    pairs
}

/// The folded tensors, f32, of the original ones: `NAME.weight` and `NAME.bias` for every convolution, and
/// the classifier `_fc` as it is.
///
/// # Errors
/// If a tensor is missing or has another shape.
pub fn fold(original: &BTreeMap<String, Tensor>) -> Result<BTreeMap<String, Tensor>> {
    let get = |name: String| match original.get(&name) {
        Some(tensor) => tensor.to_dtype(DType::F32),
        None => candle_core::bail!("the tensor {name} is missing"),
    };
    let mut folded = BTreeMap::new();
    for (convolution, norm) in pairs() {
        let weight = get(format!("{convolution}.weight"))?;
        let variance = get(format!("{norm}.running_var"))?.to_dtype(DType::F64)?;
        let scale = (get(format!("{norm}.weight"))?.to_dtype(DType::F64)?
            / (variance + EPSILON)?.sqrt()?)?;
        let mean = get(format!("{norm}.running_mean"))?.to_dtype(DType::F64)?;
        let bias = (get(format!("{norm}.bias"))?.to_dtype(DType::F64)? - (mean * &scale)?)?;
        let per_output = scale.reshape((weight.dim(0)?, 1, 1, 1))?;
        let weight = weight.to_dtype(DType::F64)?.broadcast_mul(&per_output)?;
        folded.insert(
            format!("{convolution}.weight"),
            weight.to_dtype(DType::F32)?,
        );
        folded.insert(format!("{convolution}.bias"), bias.to_dtype(DType::F32)?);
    }
    for part in ["_fc.weight", "_fc.bias"] {
        folded.insert(part.to_owned(), get(part.to_owned())?);
    }
    Ok(folded)
}

/// What the product ships of the [`fold`]ed tensors: all that the features need. The head and the classifier
/// stay behind.
///
/// The 1×1 convolutions and the stem, 97 % of the numbers, become f16. The depthwise kernels and the biases
/// stay f32: folding leaves some of them far apart in size, and on pictures that are no photos (all grey, a
/// ramp) rounding them costs more than all the rest: a cosine of 0.9994 with the f32 features, against 0.99996.
///
/// # Errors
/// None that is known; Candle's types ask for it.
pub fn halved(folded: &BTreeMap<String, Tensor>) -> Result<BTreeMap<String, Tensor>> {
    folded
        .iter()
        .filter(|(name, _)| !name.starts_with("_fc") && !name.starts_with("_conv_head"))
        .map(|(name, tensor)| {
            let sensitive = name.ends_with(".bias") || name.contains("_depthwise_conv");
            let dtype = if sensitive { DType::F32 } else { DType::F16 };
            Ok((name.clone(), tensor.to_dtype(dtype)?))
        })
        .collect()
}
