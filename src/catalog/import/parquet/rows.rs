//! The pictures of a Parquet file, read on demand.
//!
//! A file need not say where in it a row lies, and a row group can be larger than the memory. So rows are read in
//! small runs, one behind the other, as an index asks for them; the last runs are kept for threads that are behind.

use super::super::error::{ParquetError, ReadError};
use super::super::pictures::{Pictures, ReadPicture};
use super::dataset::{Dataset, damaged, guarded, values};
use crate::catalog::picture;
use parquet::arrow::arrow_reader::ParquetRecordBatchReader;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes of pictures that a run may have, about.
const RUN_BYTES: u64 = 24 << 20;
/// Rows that a run may have.
const RUN_ROWS: u64 = 64;
/// Runs that are kept.
const KEPT: usize = 3;

/// A run of rows of a row group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Run {
    group: usize,
    /// The number of the run in its group.
    number: usize,
}

/// The pictures of a file.
pub(super) struct Rows {
    set: Dataset,
    groups: Vec<Group>,
    state: Mutex<State>,
}

/// A row group.
struct Group {
    /// Its first row in the file.
    first: usize,
    rows: usize,
    /// Rows of each of its runs.
    run: usize,
    /// About how many bytes a picture has.
    bytes: u64,
}

#[derive(Default)]
struct State {
    kept: VecDeque<(Run, Arc<Vec<Option<Vec<u8>>>>)>,
    /// A reader, and the run that it gives next.
    reader: Option<(Run, ParquetRecordBatchReader)>,
}

impl std::fmt::Debug for Rows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Rows({})", self.set.rows)
    }
}

impl Rows {
    pub(super) fn new(set: Dataset) -> Self {
        let mut first = 0;
        let groups = set
            .groups()
            .into_iter()
            .map(|(rows, bytes)| {
                let each = (bytes / rows.max(1) as u64).max(1);
                let group = Group {
                    first,
                    rows,
                    run: (RUN_BYTES / each).clamp(1, RUN_ROWS) as usize,
                    bytes: each,
                };
                first += rows;
                group
            })
            .collect();
        Self {
            set,
            groups,
            state: Mutex::default(),
        }
    }

    /// The row group of a row.
    fn group_of(&self, row: usize) -> Option<(usize, &Group)> {
        let index = self
            .groups
            .partition_point(|group| group.first + group.rows <= row);
        Some((index, self.groups.get(index)?))
    }

    /// The bytes of a picture.
    fn bytes(&self, row: usize) -> Result<Option<Vec<u8>>, ParquetError> {
        let (index, group) = self
            .group_of(row)
            .ok_or_else(|| damaged(format!("there is no row {row}")))?;
        let in_group = row - group.first;
        let run = Run {
            group: index,
            number: in_group / group.run,
        };
        let pictures = self.run(run, group)?;
        pictures
            .get(in_group % group.run)
            .cloned()
            .ok_or_else(|| damaged("a column ends early"))
    }

    /// The pictures of a run, one thread at a time: the others wait, and mostly find what they look for.
    fn run(&self, run: Run, group: &Group) -> Result<Arc<Vec<Option<Vec<u8>>>>, ParquetError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, pictures)) = state.kept.iter().find(|(kept, _)| *kept == run) {
            return Ok(pictures.clone());
        }
        let open = state.reader.take().filter(|(next, _)| *next == run);
        let (reader, pictures) = guarded(|| {
            let mut reader = match open {
                Some((_, reader)) => reader,
                None => self
                    .set
                    .pictures(run.group, run.number * group.run, group.run)?,
            };
            let batch = reader
                .next()
                .ok_or_else(|| damaged("a row group ends early"))?
                .map_err(damaged)?;
            let column = batch.columns().first();
            let pictures = values(column.ok_or_else(|| damaged("no bytes"))?)?;
            Ok((reader, pictures))
        })?;
        let next = Run {
            number: run.number + 1,
            ..run
        };
        state.reader = Some((next, reader));
        let pictures = Arc::new(pictures);
        state.kept.push_back((run, pictures.clone()));
        if state.kept.len() > KEPT {
            state.kept.pop_front();
        }
        self.set.release();
        Ok(pictures)
    }
}

impl Pictures for Rows {
    fn size(&self, row: usize) -> u64 {
        self.group_of(row).map_or(0, |(_, group)| group.bytes)
    }

    fn fetch(&self, row: usize) -> Result<Vec<u8>, ReadError> {
        match self.bytes(row) {
            Ok(Some(bytes)) => Ok(bytes),
            Ok(None) => Err(ReadError::NoPicture),
            Err(error) => Err(ReadError::Parquet(error.to_string())),
        }
    }

    fn decode(&self, _: usize, original: Vec<u8>) -> Result<ReadPicture, ReadError> {
        let decoded = picture::decode_named(&original, "")?;
        Ok(ReadPicture { decoded, original })
    }
}
