//! Long slices of numbers that need not lie in memory: up to 64 MB they do, beyond it they lie in a file without a
//! name that is mapped, so that the system takes back what nobody looks at. A million shoes of 536 values are a
//! gigabyte; of these a question looks at some hundred rows.

use crate::paths;
use bytemuck::Pod;
use memmap2::MmapMut;
use std::fs::File;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

/// Bytes that lie in memory at most, where nobody says otherwise: some 30,000 shoes' worth.
const IN_MEMORY: usize = 64 << 20;

/// A slice of numbers, in memory or spilled to a file. The file has no name: it is gone with the program, however that ends.
pub struct Spill<T>(Place<T>);

enum Place<T> {
    Memory(Vec<T>),
    File { map: MmapMut, of: PhantomData<T> },
}

impl<T: Pod> Spill<T> {
    /// `len` zeros. Where no file can be had for many of them (a full disk, no folder), they lie in memory.
    pub fn zeroed(len: usize) -> Self {
        Self::zeroed_beyond(IN_MEMORY, len)
    }

    /// As [`zeroed`](Self::zeroed), in memory up to `most` bytes.
    pub fn zeroed_beyond(most: usize, len: usize) -> Self {
        let bytes = len.saturating_mul(size_of::<T>());
        if bytes <= most {
            return Self(Place::Memory(vec![T::zeroed(); len]));
        }
        match mapped(bytes as u64) {
            Ok(map) => Self(Place::File {
                map,
                of: PhantomData,
            }),
            Err(error) => {
                tracing::debug!("{bytes} bytes stay in memory: {error}");
                Self(Place::Memory(vec![T::zeroed(); len]))
            }
        }
    }

    /// Lets the system take back the memory of what was read or written so far; what is looked at again comes from the
    /// file. Nothing happens to what lies in memory.
    pub fn release(&self) {
        #[cfg(unix)]
        if let Place::File { map, .. } = &self.0 {
            #[expect(
                unsafe_code,
                reason = "dropping pages loses what was written only for private memory; this is a shared mapping of a file"
            )]
            // SAFETY: see the reason above: what was written is in the file, and is read from it again.
            let released = unsafe { map.unchecked_advise(memmap2::UncheckedAdvice::DontNeed) };
            // It only saves memory: nothing depends on it.
            let _ = released;
        }
    }
}

/// A file of so many zeros, mapped. Its room on the disk is taken at once: to run out of it while writing through a mapping
/// would end the program.
fn mapped(bytes: u64) -> std::io::Result<MmapMut> {
    // Not the folder for temporary files: where that lies in memory nothing would be won.
    let folder = paths::cache_dir().ok_or(std::io::ErrorKind::NotFound)?;
    std::fs::create_dir_all(&folder)?;
    let file = tempfile::tempfile_in(folder)?;
    take_room(&file, bytes)?;
    #[expect(
        unsafe_code,
        reason = "a mapping is undefined where another program cuts the file short; this one has no name"
    )]
    // SAFETY: see the reason above; the mapping is the only user of the file.
    unsafe {
        MmapMut::map_mut(&file)
    }
}

#[cfg(target_os = "linux")]
fn take_room(file: &File, bytes: u64) -> std::io::Result<()> {
    use std::os::fd::AsRawFd as _;
    let bytes = libc::off_t::try_from(bytes).map_err(std::io::Error::other)?;
    #[expect(unsafe_code, reason = "a call of the system")]
    // SAFETY: the descriptor is that of an open file.
    let code = unsafe { libc::posix_fallocate(file.as_raw_fd(), 0, bytes) };
    match code {
        0 => Ok(()),
        code => Err(std::io::Error::from_raw_os_error(code)),
    }
}

#[cfg(not(target_os = "linux"))]
fn take_room(mut file: &File, bytes: u64) -> std::io::Result<()> {
    std::io::copy(
        &mut std::io::Read::take(std::io::repeat(0), bytes),
        &mut file,
    )
    .map(drop)
}

impl<T: Pod> Deref for Spill<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match &self.0 {
            Place::Memory(values) => values,
            // As long as it was asked for; pages are aligned for any number.
            Place::File { map, .. } => bytemuck::cast_slice(map),
        }
    }
}

impl<T: Pod> DerefMut for Spill<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        match &mut self.0 {
            Place::Memory(values) => values,
            Place::File { map, .. } => bytemuck::cast_slice_mut(map),
        }
    }
}

impl<T> From<Vec<T>> for Spill<T> {
    fn from(values: Vec<T>) -> Self {
        Self(Place::Memory(values))
    }
}

impl<T: Pod> Clone for Spill<T> {
    fn clone(&self) -> Self {
        let mut copy = Self::zeroed(self.len());
        copy.copy_from_slice(self);
        copy
    }
}

impl<T: Pod + PartialEq> PartialEq for Spill<T> {
    fn eq(&self, other: &Self) -> bool {
        self[..] == other[..]
    }
}

impl<T> std::fmt::Debug for Spill<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match &self.0 {
            Place::Memory(_) => "Spill(in memory)",
            Place::File { .. } => "Spill(in a file)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_there_wherever_it_lies() {
        for most in [0, usize::MAX] {
            let mut numbers = Spill::<u32>::zeroed_beyond(most, 100_000);
            assert!(numbers.iter().all(|&n| n == 0));
            for (at, number) in numbers.iter_mut().enumerate() {
                *number = at as u32;
            }
            numbers.release();
            numbers[7] = 70;
            numbers.release();
            assert_eq!(numbers.len(), 100_000);
            assert_eq!((numbers[7], numbers[99_999]), (70, 99_999));
        }
    }

    #[test]
    fn nothing_is_no_file() {
        assert!(Spill::<u32>::zeroed_beyond(0, 0).is_empty());
    }
}
