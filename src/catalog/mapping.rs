//! Files mapped into memory: read where they are looked at, and let go of when they were.

use bytes::Bytes;
use memmap2::Mmap;
use std::fs::File;
use std::sync::Arc;

/// A file mapped into memory, read-only; shared by its clones and by every slice of its bytes.
#[derive(Clone)]
pub(super) struct Mapping(Option<Arc<Mmap>>);

impl AsRef<[u8]> for Mapping {
    fn as_ref(&self) -> &[u8] {
        self.0.as_ref().map_or(&[], |map| &map[..])
    }
}

impl Mapping {
    /// Maps a file; an empty one too.
    pub(super) fn of(file: &File) -> std::io::Result<Self> {
        if file.metadata()?.len() == 0 {
            return Ok(Self(None));
        }
        #[expect(
            unsafe_code,
            reason = "a mapping is undefined only where somebody cuts the file short while it is open; shoespace itself never writes into a catalogue, it renames a new one over it"
        )]
        // SAFETY: see the reason above; the mapping is read-only and outlives every slice of it.
        let map = unsafe { Mmap::map(file) }?;
        Ok(Self(Some(Arc::new(map))))
    }

    /// The whole file; its slices keep the mapping alive.
    pub(super) fn bytes(&self) -> Bytes {
        Bytes::from_owner(self.clone())
    }

    /// Lets the system take back the memory of what was read so far. What is looked at again comes from
    /// the file again; after a pass over a large catalogue, this is what keeps the program small.
    pub(super) fn release(&self) {
        #[cfg(unix)]
        if let Some(map) = &self.0 {
            #[expect(
                unsafe_code,
                reason = "dropping pages is unsafe only for memory that can have been written to; this is a read-only mapping of a file"
            )]
            // SAFETY: see the reason above: the pages are clean and are read from the file again.
            let released = unsafe { map.unchecked_advise(memmap2::UncheckedAdvice::DontNeed) };
            // It only saves memory: nothing depends on it.
            let _ = released;
        }
    }
}
