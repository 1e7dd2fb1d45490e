//! What a shoe is: ids, metadata, blocks, positions and pictures; importers, filters and the Parquet file.
//!
//! A [`Catalog`] is one Parquet file, or a folder of such files that are read in name order as one. It is
//! cheap to open: ids, metadata columns, positions and what is true of the whole are read at once, the
//! blocks of the embedding and the pictures only when they are asked for.

mod arrow;
mod carrier;
mod checksums;
mod column;
mod error;
pub mod filter;
#[cfg(test)]
pub(crate) mod fixture;
mod fold;
mod ids;
pub mod import;
mod info;
mod mapping;
mod names;
pub(crate) mod packed;
mod pages;
pub mod picture;
mod read;
pub mod roles;
mod shard;
mod split;
mod stored_space;
mod times;
pub mod writer;

#[cfg(feature = "postgres")]
pub(crate) use column::Words;
pub use column::{Block, Column, NO_WORD, Table, Values};
pub use error::{CatalogError, WriteError};
pub use fold::{fold_case, fold_chars, same_letters};
pub use info::{BlockInfo, CatalogInfo, EmbedderId, FORMAT_VERSION, LayoutInfo, Roles};
pub use read::{Catalog, Kept, Store};
use split::fnv1a as hash;
pub use split::{SPLIT_COLUMN, is_test_id};
pub use stored_space::{StoredBlock, StoredSpace};
