//! Reading Parquet's pages with a net: what a page says of its size is compared with what is in it before a decoder believes it.
//!
//! The decoders of parquet 60.1.0 take memory for as many values as a page claims, and of memory that is not there a program dies.
//! Formats: Parquet's `README.md` (pages, levels) and `Encodings.md` (delta encodings), <https://github.com/apache/parquet-format>.

use super::checksums::Checked;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ParquetRecordBatchReader, RowGroups, RowSelection, RowSelector,
};
use parquet::arrow::{ProjectionMask, parquet_to_arrow_field_levels};
use parquet::basic::Encoding;
use parquet::column::page::{Page, PageIterator, PageMetadata, PageReader};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, RowGroupMetaData};
use parquet::file::serialized_reader::SerializedPageReader;
use std::sync::Arc;

/// Reads the chosen columns of some row groups (all for `None`) without their first rows, so many rows at a time.
///
/// # Errors
/// What parquet refuses.
pub(super) fn batches(
    file: Checked,
    metadata: &ArrowReaderMetadata,
    mask: ProjectionMask,
    groups: Option<Vec<usize>>,
    first: usize,
    at_a_time: usize,
) -> Result<ParquetRecordBatchReader> {
    let fields = metadata.schema().fields();
    let levels = parquet_to_arrow_field_levels(metadata.parquet_schema(), mask, Some(fields))?;
    let all = 0..metadata.metadata().num_row_groups();
    let groups = SoundGroups {
        file: Arc::new(file),
        metadata: metadata.metadata().clone(),
        groups: groups.unwrap_or_else(|| all.collect()),
    };
    let rows = groups.num_rows();
    let selection = (first > 0).then(|| {
        let first = first.min(rows);
        RowSelection::from(vec![
            RowSelector::skip(first),
            RowSelector::select(rows - first),
        ])
    });
    ParquetRecordBatchReader::try_new_with_row_groups(&levels, &groups, at_a_time, selection)
}

/// The pages of one column of one row group.
///
/// # Errors
/// There is no such group or column, or what parquet refuses.
pub(super) fn of_column(
    file: &Arc<Checked>,
    metadata: &ParquetMetaData,
    group: usize,
    leaf: usize,
) -> Result<Box<dyn PageReader>> {
    let row_group = metadata.row_group(group);
    let (chunk, rows) = (row_group.column(leaf), row_group.num_rows() as usize);
    let pages = metadata
        .page_index()
        .and_then(|index| index.page_locations(group, leaf).cloned());
    Ok(Box::new(SoundPages {
        pages: SerializedPageReader::new(file.clone(), chunk, rows, pages)?,
        limits: Limits::of(chunk, rows),
    }))
}

/// Row groups whose pages are looked at before they are decoded.
struct SoundGroups {
    file: Arc<Checked>,
    metadata: Arc<ParquetMetaData>,
    groups: Vec<usize>,
}

impl RowGroups for SoundGroups {
    fn num_rows(&self) -> usize {
        let rows = self.row_groups().map(|group| group.num_rows() as usize);
        rows.sum()
    }

    fn column_chunks(&self, leaf: usize) -> Result<Box<dyn PageIterator>> {
        Ok(Box::new(SoundChunks {
            file: self.file.clone(),
            metadata: self.metadata.clone(),
            leaf,
            groups: self.groups.clone().into_iter(),
        }))
    }

    fn row_groups(&self) -> Box<dyn Iterator<Item = &RowGroupMetaData> + '_> {
        Box::new(
            self.groups
                .iter()
                .map(|&group| self.metadata.row_group(group)),
        )
    }

    fn metadata(&self) -> &ParquetMetaData {
        &self.metadata
    }
}

/// One column of some row groups.
struct SoundChunks {
    file: Arc<Checked>,
    metadata: Arc<ParquetMetaData>,
    leaf: usize,
    groups: std::vec::IntoIter<usize>,
}

impl Iterator for SoundChunks {
    type Item = Result<Box<dyn PageReader>>;

    fn next(&mut self) -> Option<Self::Item> {
        let group = self.groups.next()?;
        Some(of_column(&self.file, &self.metadata, group, self.leaf))
    }
}

impl PageIterator for SoundChunks {}

/// Pages that are looked at before they are handed on.
struct SoundPages {
    pages: SerializedPageReader<Checked>,
    limits: Limits,
}

impl SoundPages {
    fn looked_at(&self, page: Option<Page>) -> Result<Option<Page>> {
        match page {
            Some(page) if !self.limits.allow(&page) => Err(ParquetError::General(
                "a page says that it holds more values than it does".to_owned(),
            )),
            page => Ok(page),
        }
    }
}

impl Iterator for SoundPages {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

impl PageReader for SoundPages {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        let page = self.pages.get_next_page()?;
        self.looked_at(page)
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        self.pages.peek_next_page()
    }

    fn skip_next_page(&mut self) -> Result<()> {
        self.pages.skip_next_page()
    }

    fn supports_deferred_dictionary(&self) -> bool {
        self.pages.supports_deferred_dictionary()
    }

    fn take_deferred_dictionary(&mut self) -> Result<Option<Page>> {
        let page = self.pages.take_deferred_dictionary()?;
        self.looked_at(page)
    }

    fn at_record_boundary(&mut self) -> Result<bool> {
        self.pages.at_record_boundary()
    }
}

/// What pages of a column may hold.
struct Limits {
    /// Rows of the group, where no row has several values.
    rows: Option<usize>,
    /// The largest repetition and definition level.
    levels: [i16; 2],
}

impl Limits {
    fn of(chunk: &ColumnChunkMetaData, rows: usize) -> Self {
        let column = chunk.column_descr();
        let levels = [column.max_rep_level(), column.max_def_level()];
        Self {
            rows: (levels[0] == 0).then_some(rows),
            levels,
        }
    }

    /// Whether a page holds what it says.
    fn allow(&self, page: &Page) -> bool {
        let values = match page {
            // A value of a dictionary takes a bit at least.
            Page::DictionaryPage {
                buf, num_values, ..
            } => return *num_values as usize <= buf.len().saturating_mul(8),
            Page::DataPage { num_values, .. } | Page::DataPageV2 { num_values, .. } => {
                *num_values as usize
            }
        };
        if self.rows.is_some_and(|rows| values > rows) {
            return false;
        }
        if !is_delta(page.encoding()) {
            return true;
        }
        self.behind_levels(page, values)
            .and_then(|packed| claims(page.encoding(), packed))
            .is_some_and(|most| most <= values as u64)
    }

    /// What lies behind the levels of a data page.
    fn behind_levels<'p>(&self, page: &'p Page, values: usize) -> Option<&'p [u8]> {
        match page {
            Page::DataPage {
                buf,
                def_level_encoding,
                rep_level_encoding,
                ..
            } => {
                let encodings = [rep_level_encoding, def_level_encoding];
                let mut rest = &buf[..];
                for (level, encoding) in self.levels.into_iter().zip(encodings) {
                    if level == 0 {
                        continue;
                    }
                    let skipped = if *encoding == Encoding::RLE {
                        let length: [u8; 4] = rest.get(..4)?.try_into().ok()?;
                        4 + u32::from_le_bytes(length) as usize
                    } else {
                        // The older way: all levels in as few bits as the largest needs.
                        let bits = (16 - level.leading_zeros()) as usize;
                        values.checked_mul(bits)?.div_ceil(8)
                    };
                    rest = rest.get(skipped..)?;
                }
                Some(rest)
            }
            Page::DataPageV2 {
                buf,
                def_levels_byte_len,
                rep_levels_byte_len,
                ..
            } => {
                let levels = u64::from(*def_levels_byte_len) + u64::from(*rep_levels_byte_len);
                buf.get(usize::try_from(levels).ok()?..)
            }
            Page::DictionaryPage { .. } => None,
        }
    }
}

fn is_delta(encoding: Encoding) -> bool {
    matches!(
        encoding,
        Encoding::DELTA_BINARY_PACKED
            | Encoding::DELTA_LENGTH_BYTE_ARRAY
            | Encoding::DELTA_BYTE_ARRAY
    )
}

/// The largest number of values that delta-encoded bytes say they hold; none where they cannot be followed.
fn claims(encoding: Encoding, packed: &[u8]) -> Option<u64> {
    let mut stream = Stream(packed);
    let first = stream.header()?;
    if encoding != Encoding::DELTA_BYTE_ARRAY {
        return Some(first.values);
    }
    // The lengths of what is shared with the text before; behind them, those of what is not.
    stream.skip(&first)?;
    Some(first.values.max(stream.header()?.values))
}

/// The header of numbers that are packed as differences.
struct Header {
    /// Values in a miniblock, and miniblocks in a block.
    in_mini: u64,
    minis: u64,
    /// Values in all.
    values: u64,
}

/// Bytes that are read from the left.
struct Stream<'b>(&'b [u8]);

impl Stream<'_> {
    fn take(&mut self, count: usize) -> Option<&[u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    /// A number in as many bytes as it needs (ULEB128).
    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)?[0];
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    fn header(&mut self) -> Option<Header> {
        let (block, minis, values) = (self.number()?, self.number()?, self.number()?);
        let _first = self.number()?;
        // More than these are no blocks that anybody writes, and the decoder takes memory for them.
        let sound = (1..=1 << 10).contains(&minis) && (minis..=1 << 24).contains(&block);
        sound.then(|| Header {
            in_mini: block / minis,
            minis,
            values,
        })
    }

    /// Goes behind the packed numbers.
    fn skip(&mut self, header: &Header) -> Option<()> {
        let mut left = header.values.saturating_sub(1);
        while left > 0 {
            let _least = self.number()?;
            let widths = self.take(header.minis as usize)?.to_vec();
            for width in widths {
                // Of the last block only the miniblocks are there that hold something.
                if left == 0 {
                    break;
                }
                let bits = header.in_mini.checked_mul(u64::from(width))?;
                self.take(usize::try_from(bits.div_ceil(8)).ok()?)?;
                left = left.saturating_sub(header.in_mini);
            }
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
    use bytes::Bytes;
    use parquet::arrow::ArrowWriter;
    use parquet::arrow::arrow_reader::ArrowReaderOptions;
    use parquet::file::properties::{WriterProperties, WriterVersion};

    /// A file of one text column and one of numbers, with nothing in every seventh row where there are gaps.
    fn file(encoding: Encoding, version: WriterVersion, gaps: bool) -> (Bytes, RecordBatch) {
        let gap = |i: usize| gaps && i.is_multiple_of(7);
        let words = (0..1000).map(|i| (!gap(i)).then(|| format!("shoe-{:05}", i * i % 977)));
        let numbers = (0..1000).map(|i| (!gap(i)).then_some((i * i % 31) as i64 - 9));
        let columns: [(&str, ArrayRef); 2] = [
            ("words", Arc::new(words.collect::<StringArray>())),
            ("numbers", Arc::new(numbers.collect::<Int64Array>())),
        ];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let of_numbers = match encoding {
            Encoding::PLAIN => Encoding::PLAIN,
            _ => Encoding::DELTA_BINARY_PACKED,
        };
        let properties = WriterProperties::builder()
            .set_writer_version(version)
            .set_dictionary_enabled(false)
            .set_column_encoding("words".into(), encoding)
            .set_column_encoding("numbers".into(), of_numbers)
            .set_data_page_row_count_limit(300)
            .set_write_batch_size(100)
            .set_max_row_group_row_count(Some(700))
            .build();
        let mut out = Vec::new();
        let mut writer = ArrowWriter::try_new(&mut out, batch.schema(), Some(properties)).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        (out.into(), batch)
    }

    fn read(file: &Bytes, first: usize) -> Result<RecordBatch> {
        let metadata = ArrowReaderMetadata::load(file, ArrowReaderOptions::new())?;
        let file = Checked::without(file.clone());
        let batches = batches(file, &metadata, ProjectionMask::all(), None, first, 128)?;
        let batches = batches.collect::<std::result::Result<Vec<_>, _>>();
        let batches = batches.map_err(|error| ParquetError::General(error.to_string()))?;
        Ok(arrow_select::concat::concat_batches(metadata.schema(), &batches).unwrap())
    }

    #[test]
    fn what_other_programs_write_is_read() {
        for encoding in [
            Encoding::PLAIN,
            Encoding::DELTA_LENGTH_BYTE_ARRAY,
            Encoding::DELTA_BYTE_ARRAY,
        ] {
            for version in [WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0] {
                for gaps in [false, true] {
                    let (file, batch) = file(encoding, version, gaps);
                    assert_eq!(
                        read(&file, 0).unwrap(),
                        batch,
                        "{encoding} {version:?} {gaps}"
                    );
                    assert_eq!(read(&file, 750).unwrap(), batch.slice(750, 250));
                }
            }
        }
    }

    #[test]
    fn what_a_page_claims_is_not_believed() {
        let page = |encoding, packed: &[u8], num_values| Page::DataPageV2 {
            buf: Bytes::copy_from_slice(packed),
            num_values,
            encoding,
            num_nulls: 0,
            num_rows: num_values,
            def_levels_byte_len: 0,
            rep_levels_byte_len: 0,
            is_compressed: false,
            statistics: None,
        };
        let limits = |rows| Limits {
            rows,
            levels: [0, 0],
        };
        // Blocks of 128 values in 4 miniblocks; so many values; the first is 0.
        let few = [0x80, 1, 4, 5, 0];
        let many = [0x80, 1, 4, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0];
        let delta = Encoding::DELTA_LENGTH_BYTE_ARRAY;
        assert!(limits(Some(9)).allow(&page(delta, &few, 5)));
        assert!(
            !limits(Some(9)).allow(&page(delta, &few, 4)),
            "more than the page"
        );
        assert!(!limits(Some(9)).allow(&page(delta, &many, 5)));
        assert!(
            !limits(Some(9)).allow(&page(delta, &few[..3], 5)),
            "cut short"
        );
        assert!(
            !limits(Some(9)).allow(&page(Encoding::PLAIN, &few, 10)),
            "more than rows"
        );
        assert!(limits(None).allow(&page(Encoding::PLAIN, &few, 10)));
        // No shared beginnings of one value, then far too many lengths.
        let one = [0x80, 1, 4, 1, 0];
        let both = [&one[..], &many[..]].concat();
        assert!(!limits(Some(9)).allow(&page(Encoding::DELTA_BYTE_ARRAY, &both, 1)));
        let both = [&one[..], &one[..]].concat();
        assert!(limits(Some(9)).allow(&page(Encoding::DELTA_BYTE_ARRAY, &both, 1)));
        // A block of no miniblocks, and one of far too many.
        for header in [[0x80, 1, 0, 5, 0], [0xff, 0x7f, 0xff, 5, 0]] {
            assert!(!limits(Some(9)).allow(&page(delta, &header, 5)));
        }
    }
}
