//! The embedder on EfficientNet-Lite0.

use std::sync::Arc;

use candle_core::{Device, Tensor};
use image::RgbImage;

use super::embedder::{Embedder, EmbedderFile};
use super::error::EmbedError;
use super::network::{LAST, Network, SIDE, Spread};
use super::preprocess::normalise;
use crate::catalog::EmbedderId;
use crate::digest::sha256_hex;

/// EfficientNet-Lite0 as it comes with the repository.
pub const EFFICIENTNET_LITE0: EmbedderFile = EmbedderFile {
    name: NAME,
    file: "efficientnet-lite0.safetensors",
    read: |bytes, what| Ok(Arc::new(EfficientNetLite0::from_safetensors(bytes, what)?)),
};

/// The network, and the version of the blocks beside it: another name means that the numbers do not compare.
const NAME: &str = "efficientnet-lite0+blocks-2";

/// EfficientNet-Lite0 with its weights.
pub struct EfficientNetLite0 {
    network: Network,
    id: EmbedderId,
}

impl EfficientNetLite0 {
    /// The embedder of these bytes, a safetensors file; `what` names them in errors.
    ///
    /// # Errors
    /// [`EmbedError::Weights`] where the bytes are not the folded network.
    pub fn from_safetensors(bytes: &[u8], what: &str) -> Result<Self, EmbedError> {
        let network = Network::from_safetensors(bytes).map_err(|source| EmbedError::Weights {
            what: what.to_owned(),
            source,
        })?;
        Ok(Self {
            network,
            id: EmbedderId {
                name: NAME.to_owned(),
                sha256: sha256_hex([bytes]),
            },
        })
    }
}

impl Embedder for EfficientNetLite0 {
    fn id(&self) -> &EmbedderId {
        &self.id
    }

    fn style_of(&self, picture: &RgbImage, spread: Spread) -> Result<Vec<f32>, EmbedError> {
        let mut numbers = Vec::with_capacity(SIDE * SIDE * 3);
        normalise(picture, &mut numbers);
        let tensor = Tensor::from_vec(numbers, (1, SIDE, SIDE, 3), &Device::Cpu)?;
        let style: Vec<f32> = self
            .network
            .features(&tensor, spread)?
            .flatten_all()?
            .to_vec1()?;
        debug_assert_eq!(style.len(), LAST);
        Ok(style)
    }
}
