//! What can be wrong with a catalogue, in words that say what to do.

use std::path::PathBuf;

/// What can be wrong with a catalogue.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CatalogError {
    /// There is no such file or folder.
    #[error("{}: there is no such file or folder; give a catalogue (a .parquet file made by `shoespace index`, or a folder of them)", .path.display())]
    Missing {
        /// What was asked for.
        path: PathBuf,
    },
    /// A folder without a catalogue in it.
    #[error("{}: no .parquet file in this folder; make a catalogue from photos with `shoespace index {} -o OUT.parquet`", .path.display(), .path.display())]
    EmptyFolder {
        /// The folder.
        path: PathBuf,
    },
    /// A file that is not a catalogue at all.
    #[error("{}: not a shoespace catalogue ({reason}); make one from photos with `shoespace index`", .path.display())]
    NotACatalogue {
        /// The file.
        path: PathBuf,
        /// What it lacks.
        reason: String,
    },
    /// A catalogue of a newer format than this program knows.
    #[error("{}: a catalogue of format {found}, and this shoespace reads up to {known}; update shoespace, or index the photos again", .path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// The file's version.
        found: u32,
        /// The newest version that this program reads.
        known: u32,
    },
    /// A damaged file.
    #[error("{}: damaged or cut short ({reason}); copy it again, or index the photos again", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was wrong.
        reason: String,
    },
    /// The embeddings were made by another network.
    #[error("{}: its embeddings were made by {found}, and the network here is {wanted}; index the photos again with this shoespace", .path.display())]
    OtherEmbedder {
        /// The file.
        path: PathBuf,
        /// The catalogue's network.
        found: String,
        /// The network at hand.
        wanted: String,
    },
    /// A shard that does not fit those before it.
    #[error("{}: does not fit {} ({reason}); keep only shards of one catalogue in a folder", .path.display(), .first.display())]
    Mismatch {
        /// The shard.
        path: PathBuf,
        /// The first shard.
        first: PathBuf,
        /// What differs.
        reason: String,
    },
    /// A block that the catalogue does not have.
    #[error("{}: has no block `{name}` (it has {})", .path.display(), .offered.join(", "))]
    NoBlock {
        /// The catalogue.
        path: PathBuf,
        /// The block asked for.
        name: String,
        /// The blocks that there are.
        offered: Vec<String>,
    },
    /// A row that the catalogue does not have.
    #[error("{}: has no shoe number {row} (it has {count}, counted from 0)", .path.display())]
    NoRow {
        /// The catalogue.
        path: PathBuf,
        /// The row asked for.
        row: usize,
        /// How many there are.
        count: usize,
    },
    /// A stored picture that cannot be decoded.
    #[error("{}: the picture of {id} cannot be read ({reason}); index the photos again", .path.display())]
    Picture {
        /// The catalogue.
        path: PathBuf,
        /// The shoe.
        id: String,
        /// What was wrong.
        reason: String,
    },
    /// The system refused to read or write.
    #[error("{}: {reason}", .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said, and what to do.
        reason: String,
    },
    /// What is to be written does not fit together: a mistake of the caller, told rather than written.
    #[error("{}: cannot be written ({reason})", .path.display())]
    Unfit {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        reason: String,
    },
    /// The work was asked to stop.
    #[error(transparent)]
    Cancelled(#[from] crate::job::Cancelled),
}
