//! From a picture to its embedding: EfficientNet-Lite0 in Candle, and the colour and silhouette blocks.
//!
//! A picture is padded to a square (never stretched), seen by the network at 224×224, and described by
//! three blocks that know different things:
//!
//! | block | dims | what |
//! | --- | --- | --- |
//! | `style` | 320 | the mean of EfficientNet-Lite0's last feature map |
//! | `colour` | [`COLOUR`] | the palette of the foreground in Oklab |
//! | `silhouette` | [`SILHOUETTE`] | the coarse foreground map and its edges, the same whichever way the shoe points |
//!
//! The blocks are *raw*: centring on a catalogue and scaling to unit length are the space's business.

mod colour;
mod embedder;
pub mod foreground;
pub mod kernels;
pub mod network;
pub mod oklab;
pub mod preprocess;
mod silhouette;

pub use crate::catalog::EmbedderId;
pub use colour::colour;
pub use embedder::{EmbedError, Embedder, WEIGHTS_FILE};
pub use silhouette::silhouette;

/// Dimensions of the block `style`.
pub const STYLE: usize = network::LAST;
/// Dimensions of the block `colour`.
pub const COLOUR: usize = colour::DIMS;
/// Dimensions of the block `silhouette`.
pub const SILHOUETTE: usize = silhouette::DIMS;

/// What the embedder says of one picture: its raw blocks, neither centred nor scaled.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Features {
    /// [`STYLE`] numbers of the network.
    pub style: Vec<f32>,
    /// [`COLOUR`] numbers of the palette.
    pub colour: Vec<f32>,
    /// [`SILHOUETTE`] numbers of the outline.
    pub silhouette: Vec<f32>,
}

impl Features {
    /// The blocks with their names, in the order of [`block_specs`].
    pub fn blocks(&self) -> [(&'static str, &[f32]); 3] {
        [
            ("style", &self.style),
            ("colour", &self.colour),
            ("silhouette", &self.silhouette),
        ]
    }
}

/// Name and dimensions of each block, in the order in which they are stored and joined.
pub fn block_specs() -> [(&'static str, usize); 3] {
    [
        ("style", STYLE),
        ("colour", COLOUR),
        ("silhouette", SILHOUETTE),
    ]
}

#[cfg(test)]
mod tests {
    /// No metadata column may be called as a block is.
    #[test]
    fn the_catalogue_knows_the_blocks() {
        let known = crate::catalog::writer::BLOCKS;
        assert!(
            super::block_specs()
                .iter()
                .all(|(name, _)| known.contains(name))
        );
    }
}
