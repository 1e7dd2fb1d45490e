//! What a generator says of itself: stored as JSON under its file's metadata.

use serde::{Deserialize, Serialize};

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
    /// Numbers in the raw block `style` that codes are made of.
    pub style_dims: usize,
    /// Numbers in the raw block `colour` that codes are made of.
    pub colour_dims: usize,
    /// Name of the embedder whose blocks codes are made of.
    pub embedder: String,
    /// SHA-256 of that embedder's weights, in hexadecimal.
    pub embedder_sha256: String,
    /// Name of the catalogue that it was trained on.
    pub catalogue: String,
    /// Side of the picture that the embedder should see, divided by the side of a design: below 1 the
    /// design is cut to its middle, above 1 white is put around it. See [`Generator::embeddable`](super::Generator::embeddable).
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
            style_dims: 0,
            colour_dims: 0,
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
