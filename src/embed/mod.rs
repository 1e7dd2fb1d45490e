//! From a picture to its embedding: a network's view of it, and the colour and silhouette blocks.
//!
//! A picture is padded to a square (never stretched), seen by the network at 224×224, and described by blocks
//! that know different things; they are listed in [`BLOCKS`]. The blocks are *raw*: centring on a catalogue and
//! scaling to unit length are the space's business.
//!
//! | file | owns |
//! | --- | --- |
//! | `blocks` | [`BLOCKS`], and the [`Features`] that hold their values |
//! | `embedder` | the trait [`Embedder`] |
//! | `efficientnet` | the embedder on EfficientNet-Lite0 |
//! | `registry` | which embedders there are ([`EMBEDDERS`]), and how their weights are found |
//! | [`network`], [`kernels`] | EfficientNet-Lite0 in Candle, and the loops in which it spends its time |
//! | [`preprocess`] | what the network sees |
//! | `seen` | the picture framed by what it shows |
//! | `colour`, `silhouette` | the blocks that need no network |

mod blocks;
mod colour;
mod efficientnet;
mod embedder;
mod error;
pub mod kernels;
pub mod network;
pub mod preprocess;
mod registry;
mod seen;
mod silhouette;

pub use crate::catalog::EmbedderId;
pub use blocks::{BLOCKS, BlockSpec, COLOUR, Features, SILHOUETTE, STYLE, block};
pub use colour::{colour, colour_of};
pub use efficientnet::{EFFICIENTNET_LITE0, EfficientNetLite0};
pub use embedder::{Embedder, EmbedderFile};
pub use error::EmbedError;
pub use registry::{EMBEDDERS, embedder_of, find_weights, is_outdated, is_weights_file, load};
pub use seen::tight;
pub use silhouette::{silhouette, silhouette_sized_as};
