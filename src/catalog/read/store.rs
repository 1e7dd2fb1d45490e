//! What a catalogue does not keep in memory, wherever it lies.

use crate::catalog::{BlockInfo, CatalogError, LayoutInfo};
use crate::spill::Spill;
use bytes::Bytes;
use half::f16;
use std::ops::Range;

/// Where the blocks, the layouts and the pictures of a catalogue lie: in its files, or in a database.
///
/// A call blocks until the answer is there, and may fail; a store on another machine gives up after a time of its own
/// choosing, so that nobody waits for ever. Never called on the thread that draws.
pub trait Store: Send + Sync {
    /// Reads a block of all shoes into `values`: shoes × [`dims`](BlockInfo::dims), raw as the embedder made them.
    ///
    /// # Errors
    /// It is damaged, or does not answer.
    fn block(&self, block: &BlockInfo, values: &mut Spill<f16>) -> Result<(), CatalogError>;

    /// Where a layout has the shoes; `None` where it is not there.
    ///
    /// # Errors
    /// As [`block`](Self::block).
    fn points(&self, layout: &LayoutInfo) -> Result<Option<Vec<[f32; 3]>>, CatalogError>;

    /// Pictures as they are stored, of rows that are there: fastest where they follow each other.
    ///
    /// # Errors
    /// As [`block`](Self::block).
    fn pictures(&self, rows: &[usize]) -> Result<Vec<Bytes>, CatalogError>;

    /// The path of a picture in its source, where it is known.
    ///
    /// # Errors
    /// As [`block`](Self::block).
    fn picture_path(&self, row: usize) -> Result<Option<String>, CatalogError>;

    /// Rows that are read together, in order: all of them, none twice.
    fn groups(&self) -> Vec<Range<usize>>;

    /// How much there is, in bytes.
    fn bytes(&self) -> u64;

    /// Whether it is on another machine, so that a call waits and keeps no core busy.
    fn is_far(&self) -> bool {
        false
    }

    /// What keeps it from answering now, where it is far.
    fn trouble(&self) -> Option<String> {
        None
    }

    /// Looks whether it answers again, once.
    fn probe(&self) {}

    /// Lets the system take back memory that is only kept because it was read.
    fn release(&self) {}
}
