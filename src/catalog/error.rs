//! What can be wrong with a catalogue, in words that say what to do.

use super::picture::PictureError;
use std::io;
use std::path::{Path, PathBuf};

/// What can be wrong with a catalogue.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// There is no such file or folder.
    #[error("{}: there is no such file or folder; give a catalogue (a .parquet file made by `shoespace index`, or a folder of them)", .path.display())]
    Missing {
        /// What was asked for.
        path: PathBuf,
    },
    /// A folder without a catalogue in it.
    #[error("{}: no .parquet file in this folder; make a catalogue from photos with `shoespace index`", .path.display())]
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
    /// A catalogue that another program wrote again without what it needs.
    #[error("{}: another program wrote this catalogue and something is lost ({what}); write it again with the columns id, image, shoespace, x, y, z and the blocks as they were (docs/other-tools.md has the commands)", .path.display())]
    Lost {
        /// The file.
        path: PathBuf,
        /// What it lacks.
        what: String,
    },
    /// A number of a shoe that is none.
    #[error("{}: `{column}` of shoe {id} holds {what}; put it right, or take the shoe out", .path.display())]
    BadNumber {
        /// The file.
        path: PathBuf,
        /// The block or the coordinate.
        column: String,
        /// The shoe.
        id: String,
        /// What there is in the number's place.
        what: String,
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
    #[error("{}: the picture of {id} cannot be read ({source}); index the photos again", .path.display())]
    Picture {
        /// The catalogue.
        path: PathBuf,
        /// The shoe.
        id: String,
        /// What was wrong.
        source: PictureError,
    },
    /// The system refused to read.
    #[error("{}: {source}", .path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The system refused to write.
    #[error("{}: cannot be written: {source}", .path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// Why, and what to do.
        source: WriteError,
    },
    /// A catalogue that lies on another machine, which does not answer, or not as it should.
    #[error("{source}")]
    Elsewhere {
        /// Whether asking again may help.
        may_pass: bool,
        /// What happened.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A catalogue that lies in no file.
    #[error("{}: lies in no file, so it cannot be written again; change the catalogue that it was made of", .path.display())]
    NoFile {
        /// What it is called.
        path: PathBuf,
    },
    /// A folder stands where the catalogue would.
    #[error("{}: is a folder; name a file in it, as catalogue.parquet", .path.display())]
    IsFolder {
        /// The folder.
        path: PathBuf,
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

impl CatalogError {
    /// Whether asking again may help: the machine that the catalogue lies on does not answer.
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Elsewhere { may_pass: true, .. })
    }

    /// What the system's refusal to read `path` means.
    pub(super) fn read(path: &Path) -> impl Fn(io::Error) -> Self {
        |source| match source.kind() {
            io::ErrorKind::NotFound => Self::Missing {
                path: path.to_owned(),
            },
            _ => Self::Read {
                path: path.to_owned(),
                source,
            },
        }
    }

    /// What the system's refusal to write `path` means.
    pub(crate) fn write(path: &Path) -> impl Fn(io::Error) -> Self {
        |error| Self::Write {
            path: path.to_owned(),
            source: WriteError::new(path, error),
        }
    }

    /// What a failure to write a Parquet file at `path` means.
    pub(super) fn write_parquet(path: &Path) -> impl Fn(parquet::errors::ParquetError) -> Self {
        use parquet::errors::ParquetError;
        |error| match error {
            ParquetError::External(cause) => match cause.downcast::<io::Error>() {
                Ok(cause) => Self::write(path)(*cause),
                Err(cause) => Self::Write {
                    path: path.to_owned(),
                    source: WriteError::Parquet(ParquetError::External(cause)),
                },
            },
            other => Self::Write {
                path: path.to_owned(),
                source: WriteError::Parquet(other),
            },
        }
    }
}

/// Why something cannot be written, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The folder is missing.
    #[error("there is no folder {}; make it first", .0.display())]
    NoFolder(PathBuf),
    /// A file stands where the folder should.
    #[error("{} is no folder", .0.display())]
    NotAFolder(PathBuf),
    /// The user may not write there.
    #[error("no permission for {}; choose another place", .0.display())]
    Permission(PathBuf),
    /// Nobody may write there.
    #[error("the disk is read-only; choose another place")]
    ReadOnly,
    /// There is no room.
    #[error("the disk is full; free some space and run it again")]
    Full,
    /// The system says something else.
    #[error(transparent)]
    Io(io::Error),
    /// The file cannot be encoded.
    #[error(transparent)]
    Parquet(parquet::errors::ParquetError),
}

impl WriteError {
    fn new(path: &Path, error: io::Error) -> Self {
        use io::ErrorKind as Kind;
        let folder = path
            .parent()
            .filter(|p| !p.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        match error.kind() {
            Kind::NotFound if !folder.exists() => Self::NoFolder(folder.to_owned()),
            Kind::NotADirectory => Self::NotAFolder(folder.to_owned()),
            Kind::PermissionDenied => Self::Permission(folder.to_owned()),
            Kind::ReadOnlyFilesystem => Self::ReadOnly,
            Kind::StorageFull | Kind::QuotaExceeded => Self::Full,
            _ => Self::Io(error),
        }
    }
}
