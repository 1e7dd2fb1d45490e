//! What is true of a catalogue as a whole: kept as JSON in the Parquet file's key-value metadata.

use super::StoredSpace;
use serde::{Deserialize, Serialize};

/// The version of the catalogue format that this program writes; it reads this one and older ones.
pub const FORMAT_VERSION: u32 = 1;

/// The network that made a catalogue's embeddings: embeddings of two networks cannot be compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmbedderId {
    /// The network's name, as `efficientnet-lite0`.
    pub name: String,
    /// SHA-256 of its weights file, in lower-case hexadecimal.
    pub sha256: String,
}

impl std::fmt::Display for EmbedderId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({:.12})", self.name, self.sha256)
    }
}

/// A part of the embedding with a meaning of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockInfo {
    /// The block's name and that of its column in the file, as `style`.
    pub name: String,
    /// How many numbers a shoe has in this block.
    pub dims: usize,
}

/// Which metadata columns mean what, where that is known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roles {
    /// The column that says what kind of shoe it is, as `articleType`.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The column that says whom it is for, as `gender`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gender: Option<String>,
    /// The column that names its colour, as `baseColour`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub colour: Option<String>,
    /// The column that names its maker, as `brand`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brand: Option<String>,
}

/// A layout of the shoes beside their positions: its three coordinates are columns of their own, `x:NAME`, `y:NAME` and
/// `z:NAME`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayoutInfo {
    /// Its name, as `neighbourhoods`.
    pub name: String,
    /// A digest of what it was made of: of another embedding it is another layout.
    pub of: String,
    /// The seed that it was made with.
    pub seed: u64,
}

impl LayoutInfo {
    /// The fields of its coordinates.
    pub(super) fn fields(&self) -> [String; 3] {
        ["x", "y", "z"].map(|axis| format!("{axis}:{}", self.name))
    }
}

/// What is true of a catalogue as a whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CatalogInfo {
    /// The format's version, see [`FORMAT_VERSION`].
    pub version: u32,
    /// The network that made the embeddings.
    pub embedder: EmbedderId,
    /// The blocks of the embedding, in the order of the file's columns.
    pub blocks: Vec<BlockInfo>,
    /// The fitted space; none before it is fitted.
    #[serde(default)]
    pub space: Option<StoredSpace>,
    /// The layouts beside the positions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub layouts: Vec<LayoutInfo>,
    /// Which columns mean type, gender, colour and brand.
    #[serde(default)]
    pub roles: Roles,
    /// Where the photos came from, as given to `index`.
    #[serde(default)]
    pub source: Vec<String>,
    /// Whether every picture is grey, so that colour tells nothing.
    #[serde(default)]
    pub is_grey: bool,
    /// The longest side that a picture may have, in pixels.
    #[serde(default = "default_thumbnail")]
    pub thumbnail: u32,
    /// The program that wrote the file, with its version.
    #[serde(default)]
    pub created_by: String,
    /// Anything else that a room keeps with the catalogue, by its own key (as `learned`).
    #[serde(default, skip_serializing_if = "serde_json::Map::is_empty")]
    pub extra: serde_json::Map<String, serde_json::Value>,
}

pub(super) fn default_thumbnail() -> u32 {
    super::picture::DEFAULT_THUMBNAIL
}

impl CatalogInfo {
    /// The info of a new catalogue: this format, `embedder` and `blocks`; the rest empty.
    pub fn new(embedder: EmbedderId, blocks: Vec<BlockInfo>) -> Self {
        Self {
            version: FORMAT_VERSION,
            embedder,
            blocks,
            space: None,
            layouts: Vec::new(),
            roles: Roles::default(),
            source: Vec::new(),
            is_grey: false,
            thumbnail: default_thumbnail(),
            created_by: concat!("shoespace ", env!("CARGO_PKG_VERSION")).to_owned(),
            extra: serde_json::Map::new(),
        }
    }
}
