//! What a generator says of itself: stored as JSON under its file's metadata.

use crate::catalog::EmbedderId;
use serde::{Deserialize, Serialize};

/// A raw block that codes are made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeBlock {
    /// Its name, as in [`embed::BLOCKS`](crate::embed::BLOCKS).
    pub name: String,
    /// Numbers of a shoe.
    pub dims: usize,
}

/// What a generator is and how it came to be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct GeneratorInfo {
    /// Side of its pictures in pixels.
    pub size: usize,
    /// 1: it makes grey pictures; 3: colour.
    pub channels: usize,
    /// Numbers in a code.
    pub code_dims: usize,
    /// Numbers in a noise.
    pub noise_dims: usize,
    /// The raw blocks that codes are made of, in their order.
    pub blocks: Vec<CodeBlock>,
    /// Name of the embedder whose blocks codes are made of.
    pub embedder: String,
    /// SHA-256 of that embedder's weights, in hexadecimal.
    pub embedder_sha256: String,
    /// Name of the catalogue that it was trained on.
    pub catalogue: String,
    /// Side of the picture that the embedder should see, divided by the side of a design: below 1 the
    /// design is cut to its middle, above 1 white is put around it. A typical one: where the file tells it by code,
    /// that counts. See [`Generator::embeddable`](super::Generator::embeddable).
    pub view: f32,
    /// Pictures in the training split.
    pub shoes: usize,
    /// Pictures that the networks have seen in training.
    pub images: u64,
    /// Minutes of training, over all resumed runs.
    pub minutes: f64,
    /// Threads that it was trained with.
    pub threads: usize,
    /// Seed of the training run.
    pub seed: u64,
    /// SHA-256 of the generator's file, in hexadecimal; filled in when it is loaded, empty in the file.
    #[serde(skip_serializing)]
    pub sha256: String,
}

impl Default for GeneratorInfo {
    fn default() -> Self {
        Self {
            size: 0,
            channels: 0,
            code_dims: 0,
            noise_dims: 0,
            blocks: Vec::new(),
            embedder: String::new(),
            embedder_sha256: String::new(),
            catalogue: String::new(),
            view: 1.0,
            shoes: 0,
            images: 0,
            minutes: 0.0,
            threads: 0,
            seed: 0,
            sha256: String::new(),
        }
    }
}

/// The blocks of a generator from before they were listed: its description told two lengths.
pub(super) fn older_blocks(info: &serde_json::Value) -> Vec<CodeBlock> {
    [("style", "style_dims"), ("colour", "colour_dims")]
        .into_iter()
        .map(|(name, key)| CodeBlock {
            name: name.to_owned(),
            dims: info[key].as_u64().unwrap_or_default() as usize,
        })
        .collect()
}

impl GeneratorInfo {
    /// The embedder whose blocks codes are made of.
    pub fn embedder_id(&self) -> EmbedderId {
        EmbedderId {
            name: self.embedder.clone(),
            sha256: self.embedder_sha256.clone(),
        }
    }
}
