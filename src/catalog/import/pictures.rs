//! Pictures that are read when they are needed.

use super::error::ReadError;
use crate::catalog::picture::Decoded;
use std::fmt::Debug;

/// Pictures that are read one by one, from any thread: the files of a source, or what an importer keeps open.
pub(super) trait Pictures: Debug + Send + Sync {
    /// About how many bytes the file of picture `number` has, before it is read.
    fn size(&self, number: usize) -> u64;

    /// Reads the file of picture `number`; raw pixels (IDX) have none, and give nothing.
    ///
    /// # Errors
    /// Says what is wrong with the file: the message does not name it.
    fn fetch(&self, number: usize) -> Result<Vec<u8>, ReadError>;

    /// Decodes picture `number`, whose file was fetched.
    ///
    /// # Errors
    /// Says what is wrong with the picture: the message does not name it.
    fn decode(&self, number: usize, original: Vec<u8>) -> Result<ReadPicture, ReadError>;
}

/// A picture as it was read.
#[derive(Debug)]
pub struct ReadPicture {
    /// The decoded picture.
    pub decoded: Decoded,
    /// The bytes of its file; empty for raw pixels (IDX).
    pub original: Vec<u8>,
}
