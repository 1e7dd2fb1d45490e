//! What can be wrong with a source of photos, in words that say what to do.

use crate::catalog::picture::PictureError;
use std::io;
use std::path::PathBuf;
use zip::result::ZipError;

/// What is wrong with a source of photos.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// There is no such file or folder.
    #[error("{}: there is no such file or folder; give a folder or a zip of photos", .0.display())]
    Missing(PathBuf),
    /// The system refused to read.
    #[error("{}: cannot be read ({source})", .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file that is neither a zip nor a picture.
    #[error("{}: is neither a folder, a zip nor a picture; give a folder, a zip or a tar of photos, or a Parquet file of them", .0.display())]
    UnknownKind(PathBuf),
    /// A catalogue, which holds pictures but is indexed already.
    #[error("{}: is a catalogue already; open it with `shoespace {}`", .0.display(), .0.display())]
    Catalogue(PathBuf),
    /// A damaged zip.
    #[error("{}: is no zip that can be read ({source}); copy or pack it again", .path.display())]
    Zip {
        /// The file.
        path: PathBuf,
        /// What was wrong.
        source: ZipError,
    },
    /// A file that is called a zip and is none.
    #[error("{}: is no zip that can be read (it does not begin as one); copy or pack it again", .0.display())]
    NoZip(PathBuf),
    /// A source without anything in it.
    #[error("{}: is empty; give a folder or a zip of photos", .0.display())]
    Empty(PathBuf),
    /// A zip of which every file is locked.
    #[error("{}: is locked with a password; unpack it, and give the folder", .0.display())]
    Locked(PathBuf),
    /// An archive of a kind that is not opened.
    #[error("{}: is packed with {how}, which is not opened; unpack it, and give the folder or the tar that comes out", .path.display())]
    Packed {
        /// The file.
        path: PathBuf,
        /// What it is packed with.
        how: &'static str,
    },
    /// A damaged tar.
    #[error("{}: is no tar that can be read ({reason}); copy or pack it again", .path.display())]
    Tar {
        /// The file.
        path: PathBuf,
        /// What was wrong.
        reason: String,
    },
    /// A source without pictures.
    #[error("{}: has no pictures (PNG, JPEG, WebP, GIF, BMP, TIFF, PNM, QOI or TGA), only {files} other files: {kinds}; {advice}", .path.display())]
    NoPictures {
        /// The source.
        path: PathBuf,
        /// How many other files there are.
        files: u64,
        /// What kinds they are of.
        kinds: String,
        /// What to do.
        advice: &'static str,
    },
    /// A Parquet data set that cannot be read, or has no pictures.
    #[error("{file}: {source}")]
    Parquet {
        /// The file, with the source that it lies in.
        file: String,
        /// What is wrong and what to do.
        source: ParquetError,
    },
    /// Annotations that cannot be read.
    #[error(
        "{file}: cannot be read as COCO annotations ({reason}); copy it again, or leave it out"
    )]
    Coco {
        /// The file, with the source that it lies in.
        file: String,
        /// What is wrong.
        reason: String,
    },
    /// A source that is not laid out as the chosen format is.
    #[error("{}: is not laid out as format `{format}` ({reason}); let the source tell its format, or give the folder that is", .path.display())]
    Layout {
        /// The source.
        path: PathBuf,
        /// The format's name.
        format: &'static str,
        /// What is missing.
        reason: &'static str,
    },
    /// A table that cannot be used.
    #[error("{file}: {source}")]
    Sheet {
        /// The table, with the source that it lies in.
        file: String,
        /// What is wrong and what to do.
        source: SheetError,
    },
    /// A pair of IDX files that cannot be read.
    #[error("{file}: {source}")]
    Idx {
        /// The file, with the source that it lies in.
        file: String,
        /// What is wrong and what to do.
        source: IdxError,
    },
    /// Letters that nobody knows.
    #[error("`{}` is no encoding that is known; give one as utf-8, utf-16le, gbk, shift_jis, euc-kr, big5 or windows-1252", .0.escape_debug())]
    Encoding(String),
    /// The work was asked to stop.
    #[error(transparent)]
    Cancelled(#[from] crate::job::Cancelled),
}

/// What is wrong with a table of metadata.
#[derive(Debug, thiserror::Error)]
pub enum SheetError {
    /// There is no such file.
    #[error(
        "there is no such file; give a table of metadata (CSV, TSV, JSON, JSON Lines or a workbook)"
    )]
    Missing,
    /// It is something else.
    #[error("is {0}, no table; save it as CSV, JSON Lines or a workbook, and give that")]
    NotTable(&'static str),
    /// It is no text.
    #[error(
        "is no table that can be read, as its bytes are no text; save it as CSV, JSON Lines or a workbook"
    )]
    NotText,
    /// It is larger than a table may be.
    #[error(
        "has {megabytes} MB, and a table may have {most}; keep only the rows and columns that the photos need"
    )]
    TooLarge {
        /// Its size.
        megabytes: u64,
        /// The largest size.
        most: u64,
    },
    /// It has a line that is none of a table.
    #[error("has a line of more than 16 MB, so that it is no table; save it as CSV again")]
    LongLine,
    /// It begins as JSON, and is none that is a table.
    #[error("cannot be read as JSON ({0}); a list of objects is wanted, or one object a line")]
    Json(String),
    /// It is a workbook that cannot be read.
    #[error("is no workbook that can be read ({0}); save it again, or as CSV")]
    Workbook(String),
    /// The system refused to read.
    #[error("cannot be read ({0})")]
    Io(#[from] io::Error),
    /// It cannot be read from its source.
    #[error("cannot be read ({0})")]
    Read(#[from] ReadError),
    /// It is no CSV.
    #[error("cannot be read ({0})")]
    Csv(#[from] csv::Error),
    /// There is nothing in it.
    #[error("the table is empty; its first line should name the columns")]
    Empty,
    /// A quote takes the rest of the file into one value.
    #[error(
        "a quote that is opened in the row of line {line} is never closed, so that all lines after it are one value; close it"
    )]
    OpenQuote {
        /// The line in which the row begins, counted from 1.
        line: u64,
    },
    /// No column can name the picture.
    #[error(
        "has no column that names the picture: one of {} is needed, and it has {}; add one, or leave the table out",
        .wanted.join(", "),
        .found.join(", ")
    )]
    NoKey {
        /// The names of columns that would do.
        wanted: Vec<String>,
        /// The columns that there are.
        found: Vec<String>,
    },
    /// No row belongs to a picture.
    #[error(
        "none of its rows names a picture: its column `{column}` begins with `{value}`, and the pictures with `{picture}`; a column with the names of the pictures' files is needed"
    )]
    NoPicture {
        /// The column that should name the picture.
        column: String,
        /// Its first value.
        value: String,
        /// The first picture.
        picture: String,
    },
}

/// What is wrong with an IDX file.
#[derive(Debug, thiserror::Error)]
pub enum IdxError {
    /// It cannot be read.
    #[error("cannot be read ({0})")]
    Read(#[from] ReadError),
    /// Its gzip is damaged.
    #[error("cannot be unpacked ({0}); copy it again")]
    Unpack(io::Error),
    /// It is gzipped, and unpacks to far more than pictures do, or to more than fits in memory.
    #[error("unpacks to more than {megabytes} MB; unpack it, and give a part of it")]
    Expands {
        /// What it may unpack to.
        megabytes: u64,
    },
    /// It is gzipped, and more than is left for it beside the files before it.
    #[error(
        "is, unpacked, more than is read at once with the files before it (1 GB in all); give them one after the other"
    )]
    TooMuch,
    /// It is something else.
    #[error("is no IDX file of pictures (it does not begin with 00 00 08 03)")]
    NoPictures,
    /// It is something else.
    #[error("is no IDX file of labels (it does not begin with 00 00 08 01)")]
    NoLabels,
    /// The header is not whole.
    #[error("is cut short; copy it again")]
    CutShort,
    /// The header tells of pictures of no size, or of an enormous one.
    #[error("tells of pictures of {width}×{height} pixels, which cannot be")]
    Size {
        /// Pixels in a row.
        width: usize,
        /// Rows.
        height: usize,
    },
    /// There are more or fewer pixels than the header tells of.
    #[error(
        "is cut short or too long: it tells of {count} pictures of {width}×{height} pixels and has {bytes} bytes of them; copy it again"
    )]
    Pixels {
        /// Pictures that the header tells of.
        count: usize,
        /// Pixels in a row.
        width: usize,
        /// Rows.
        height: usize,
        /// Bytes of pixels in the file.
        bytes: usize,
    },
    /// There are more or fewer labels than the header tells of.
    #[error("is cut short or too long; copy it again")]
    Labels,
    /// Its labels are not those of the pictures.
    #[error(
        "has {labels} labels for {pictures} pictures; the files are not a pair, or one is cut short"
    )]
    Pair {
        /// How many labels there are.
        labels: usize,
        /// How many pictures there are.
        pictures: usize,
    },
}

/// What is wrong with a Parquet data set.
#[derive(Debug, thiserror::Error)]
pub enum ParquetError {
    /// The system refused to read.
    #[error("cannot be read ({0})")]
    Io(#[from] io::Error),
    /// It is no Parquet file, or a damaged one.
    #[error("is no Parquet file that can be read ({0}); copy it again")]
    Damaged(String),
    /// No column holds pictures.
    #[error(
        "is a Parquet file without a column of pictures (it has {}); one of bytes is needed, or of `bytes` and `path` as Hugging Face writes it",
        .0.join(", ")
    )]
    NoPictures(Vec<String>),
    /// It has a column of pictures and no row.
    #[error("has no row")]
    Empty,
}

impl ReadError {
    /// Whether the file is gone, or the disk that it was on, and not what is in it is wrong.
    pub fn is_loss(&self) -> bool {
        let error = match self {
            Self::Io(error) | Self::Zip(ZipError::Io(error)) => error,
            _ => return false,
        };
        // A network share or a drive that went tells these.
        #[cfg(unix)]
        let gone = [
            libc::EIO,
            libc::ENXIO,
            libc::ENODEV,
            libc::ENOTCONN,
            libc::ESTALE,
        ];
        #[cfg(not(unix))]
        let gone: [i32; 0] = [];
        let is_device = error
            .raw_os_error()
            .is_some_and(|code| gone.contains(&code));
        error.kind() == io::ErrorKind::NotFound || is_device
    }
}

/// Why a file of a source, or the picture in it, cannot be read; the caller adds which one.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It is larger than any photo.
    #[error("the file is too large ({megabytes} MB)")]
    TooLarge {
        /// Its size.
        megabytes: u64,
    },
    /// It unpacks to more than its archive says: a zip made to fill disks, or a damaged one.
    #[error("it unpacks to more than the {told} bytes that its zip tells of")]
    MoreThanTold {
        /// The size that the zip tells.
        told: u64,
    },
    /// A row of a data set has no picture.
    #[error("its row has no picture, only the path `{0}`")]
    OnlyPath(String),
    /// A row of a data set has no picture.
    #[error("its row has no picture")]
    NoPicture,
    /// The data set is damaged where the picture lies.
    #[error("its Parquet file is damaged ({0})")]
    Parquet(String),
    /// The system refused to read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It is damaged in its zip.
    #[error(transparent)]
    Zip(#[from] ZipError),
    /// It is no picture that can be decoded.
    #[error(transparent)]
    Picture(#[from] PictureError),
}
