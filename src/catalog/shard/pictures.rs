//! The pictures of a shard: read at random, found by the page index of their column.

use super::{Shard, guarded};
use crate::catalog::{CatalogError, pages};
use bytes::Bytes;
use parquet::column::reader::{ColumnReader, get_column_reader};
use parquet::data_type::ByteArray;
use std::ops::Range;
use std::sync::Arc;

impl Shard {
    /// The stored bytes of the pictures of `rows`, which lie in one row group; no copy where the file
    /// stores them as they are.
    pub(in crate::catalog) fn pictures(
        &self,
        rows: Range<usize>,
    ) -> Result<Vec<Bytes>, CatalogError> {
        let values = guarded(&self.path, || self.values(self.picture_leaf, rows))?;
        Ok(values
            .into_iter()
            .map(|value| value.map(|v| self.slice_of(v.data())).unwrap_or_default())
            .collect())
    }

    /// The path of a picture in its source.
    pub(in crate::catalog) fn picture_path(
        &self,
        row: usize,
    ) -> Result<Option<String>, CatalogError> {
        let Some(leaf) = self.path_leaf else {
            return Ok(None);
        };
        let values = guarded(&self.path, || self.values(leaf, row..row + 1))?;
        let path = values.into_iter().next().flatten();
        Ok(path
            .map(|p| String::from_utf8_lossy(p.data()).into_owned())
            .filter(|p| !p.is_empty()))
    }

    fn slice_of(&self, data: &[u8]) -> Bytes {
        let whole = self.file.bytes();
        let (file, part) = (whole.as_ptr_range(), data.as_ptr_range());
        if file.start <= part.start && part.end <= file.end {
            whole.slice_ref(data)
        } else {
            Bytes::copy_from_slice(data)
        }
    }

    /// Values of a leaf column of bytes, found by the page index.
    fn values(
        &self,
        leaf: usize,
        rows: Range<usize>,
    ) -> Result<Vec<Option<ByteArray>>, CatalogError> {
        let groups = self.row_groups();
        let group = groups.partition_point(|(_, r)| r.end <= rows.start);
        let Some((index, in_file)) = groups.get(group).filter(|(_, r)| rows.end <= r.end) else {
            return Err(self.damaged(&format!("there is no row {}", rows.start)));
        };
        let damaged = |error| self.damaged(&error as &dyn std::fmt::Display);
        let metadata = self.metadata.metadata();
        let chunk = metadata.row_group(*index).column(leaf);
        let file = Arc::new(self.file.clone());
        let reader = pages::of_column(&file, metadata, *index, leaf).map_err(damaged)?;
        let ColumnReader::ByteArrayColumnReader(mut column) =
            get_column_reader(chunk.column_descr_ptr(), reader)
        else {
            return Err(self.damaged(&"the pictures are not stored as bytes"));
        };
        column
            .skip_records(rows.start - in_file.start)
            .map_err(damaged)?;
        let (mut levels, mut values) = (Vec::new(), Vec::new());
        let most = chunk.column_descr().max_def_level();
        let wanted = rows.len();
        let mut read = 0;
        while read < wanted {
            let (records, _, _) = column
                .read_records(wanted - read, Some(&mut levels), None, &mut values)
                .map_err(damaged)?;
            if records == 0 {
                return Err(self.damaged(&"a page of pictures ends early"));
            }
            read += records;
        }
        if most == 0 {
            return Ok(values.into_iter().map(Some).collect());
        }
        let mut values = values.into_iter();
        Ok(levels
            .into_iter()
            .map(|level| if level == most { values.next() } else { None })
            .collect())
    }
}
