//! What can go wrong with a session, in words that say what to do.

use crate::catalog::picture::PictureError;
use std::io;
use std::path::PathBuf;

/// What is wrong with a session's file, or with the picture of a photo in it.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The session cannot be read.
    #[error("{}: {source}; likes and filters of last time are not there", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The session is none.
    #[error("{}: {source}; likes and filters of last time are not there, {}", path.display(), kept(aside))]
    Broken {
        /// The file.
        path: PathBuf,
        /// Under which name it is kept now, or why it is where it was.
        aside: Result<PathBuf, io::Error>,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// The session, or a picture beside it, cannot be written.
    #[error("{}: {source}; likes and filters will be forgotten", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A photo's picture is named so that it cannot be a file beside the session.
    #[error("{name}: no picture is named; like the photo again")]
    Unnamed {
        /// The photo.
        name: String,
    },
    /// A photo's picture cannot be read.
    #[error("{}: {source}; like the photo again", path.display())]
    Picture {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A photo's picture is none.
    #[error("{}: {source}; like the photo again", path.display())]
    BrokenPicture {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: PictureError,
    },
}

fn kept(aside: &Result<PathBuf, io::Error>) -> String {
    match aside {
        Ok(aside) => format!("it is kept as {}", aside.display()),
        Err(error) => format!("it could not be set aside: {error}"),
    }
}
