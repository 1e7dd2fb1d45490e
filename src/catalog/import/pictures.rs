//! Pictures that are read when they are needed.

use super::error::ReadError;
use crate::catalog::picture::Decoded;
use std::fmt::Debug;

/// Pictures that are read one by one, from any thread: the files of a source, or what an importer keeps open.
pub(super) trait Pictures: Debug + Send + Sync {
    /// Reads and decodes picture `number`.
    ///
    /// # Errors
    /// Says what is wrong with the picture: the message does not name it.
    fn read(&self, number: usize) -> Result<ReadPicture, ReadError>;
}

/// A picture as it was read.
#[derive(Debug)]
pub struct ReadPicture {
    /// The decoded picture.
    pub decoded: Decoded,
    /// The bytes of its file; empty for raw pixels (IDX).
    pub original: Vec<u8>,
}
