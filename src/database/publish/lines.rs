//! Shoes as lines of PostgreSQL's binary COPY, each with a digest of what is in it.
//!
//! <https://www.postgresql.org/docs/current/sql-copy.html>, "Binary Format".

use crate::catalog::{Block, Catalog, CatalogError, Values};
use crate::database::DatabaseError;
use crate::recommend::Recommender;
use bytes::{BufMut as _, BytesMut};
use half::f16;
use pgvector::HalfVector;
use postgres::types::{IsNull, ToSql, Type};
use sha2::{Digest as _, Sha256};
use std::ops::Range;
use std::sync::Arc;

/// Bytes of a digest: enough that no two lines of a table share one.
const DIGEST: usize = 16;

/// What a COPY begins with: its mark, no flags, nothing further.
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// Lines of a table, in the order of the catalogue.
#[derive(Default)]
pub(super) struct Lines {
    rows: Vec<i64>,
    digests: Vec<Vec<u8>>,
    /// The fields of each line but the row's number and the digest, as COPY has them.
    fields: BytesMut,
    ends: Vec<usize>,
    /// How many fields a line has, with those two.
    count: i16,
}

impl Lines {
    pub(super) fn rows(&self) -> &[i64] {
        &self.rows
    }

    pub(super) fn digests(&self) -> &[Vec<u8>] {
        &self.digests
    }

    /// Adds a line of the fields that `write` writes.
    fn push(
        &mut self,
        row: usize,
        write: impl FnOnce(&mut Fields<'_>) -> Result<(), DatabaseError>,
    ) -> Result<(), DatabaseError> {
        let first = self.fields.len();
        let mut fields = Fields {
            out: &mut self.fields,
            count: 2,
        };
        write(&mut fields)?;
        self.count = fields.count;
        let digest = Sha256::digest(&self.fields[first..]);
        self.rows.push(row as i64);
        self.digests.push(digest[..DIGEST].to_vec());
        self.ends.push(self.fields.len());
        Ok(())
    }

    /// What a COPY of the lines for which `is_wanted` says so sends.
    pub(super) fn copy(&self, is_wanted: impl Fn(i64) -> bool) -> BytesMut {
        let mut out = BytesMut::with_capacity(self.fields.len() + 64 * self.rows.len());
        out.put_slice(HEADER);
        let mut first = 0;
        for (at, &row) in self.rows.iter().enumerate() {
            let end = self.ends[at];
            if is_wanted(row) {
                out.put_i16(self.count);
                out.put_i32(8);
                out.put_i64(row);
                out.put_slice(&self.fields[first..end]);
                out.put_i32(DIGEST as i32);
                out.put_slice(&self.digests[at]);
            }
            first = end;
        }
        out.put_i16(-1);
        out
    }
}

/// The fields of a line that is being written.
struct Fields<'a> {
    out: &'a mut BytesMut,
    count: i16,
}

impl Fields<'_> {
    /// Adds a value; none is NULL.
    fn add<T: ToSql>(&mut self, value: Option<T>, kind: &Type) -> Result<(), DatabaseError> {
        let start = self.out.len();
        self.out.put_i32(-1);
        self.count += 1;
        let Some(value) = value else { return Ok(()) };
        let written = value
            .to_sql(kind, self.out)
            .map_err(|error| DatabaseError::Unfit(format!("a value cannot be sent ({error})")))?;
        if matches!(written, IsNull::No) {
            let length = (self.out.len() - start - 4) as i32;
            self.out[start..start + 4].copy_from_slice(&length.to_be_bytes());
        }
        Ok(())
    }

    fn vector(&mut self, values: Vec<f16>) -> Result<(), DatabaseError> {
        // Its type has no number before it is installed; the encoding asks for none.
        self.add(Some(HalfVector::from(values)), &Type::BYTEA)
    }
}

/// A catalogue with all that its lines are made of.
pub(super) struct Shoes {
    pub catalog: Arc<Catalog>,
    pub recommender: Recommender,
    /// The points of every layout that is published.
    pub layouts: Vec<Vec<[f32; 3]>>,
    /// Raw, in the order of the catalogue.
    pub blocks: Vec<Arc<Block>>,
    pub has_pictures: bool,
}

impl Shoes {
    /// The lines of `shoe_N`.
    pub(super) fn shoe_lines(&self, rows: Range<usize>) -> Result<Lines, DatabaseError> {
        let mut lines = Lines::default();
        let own = self.recommender.embeddings().dims();
        for row in rows {
            lines.push(row, |fields| {
                let id = self.catalog.id(row);
                if id.contains('\0') {
                    return Err(DatabaseError::Unfit(format!(
                        "{}: the id of shoe number {row} holds a NUL, which PostgreSQL cannot keep; give it another one and index again",
                        self.catalog.path().display()
                    )));
                }
                fields.add(Some(id), &Type::TEXT)?;
                let points = self.layouts.iter().map(|points| points[row]);
                for place in [self.catalog.positions()[row]].into_iter().chain(points) {
                    for coordinate in place {
                        fields.add(Some(coordinate), &Type::FLOAT4)?;
                    }
                }
                for column in self.catalog.columns() {
                    value(fields, &column.values, row)?;
                }
                let (joined, lengths) = self.recommender.compared(row)?;
                let halves = |part: &[f32]| part.iter().map(|v| f16::from_f32(*v)).collect();
                fields.vector(halves(&joined[..own]))?;
                if joined.len() > own {
                    fields.vector(halves(&joined[own..]))?;
                }
                fields.add(Some(lengths), &Type::FLOAT4_ARRAY)
            })?;
        }
        Ok(lines)
    }

    /// The lines of `source_N`.
    pub(super) fn source_lines(&self, rows: Range<usize>) -> Result<Lines, DatabaseError> {
        let mut lines = Lines::default();
        let mut pictures = match self.has_pictures {
            true => self
                .catalog
                .pictures(&rows.clone().collect::<Vec<_>>())?
                .into_iter(),
            false => Vec::new().into_iter(),
        };
        for row in rows {
            let picture = pictures.next().unwrap_or_default();
            let path = match self.has_pictures {
                true => self.path(row)?,
                false => None,
            };
            lines.push(row, |fields| {
                for block in &self.blocks {
                    fields.vector(block.row(row).to_vec())?;
                }
                fields.add(Some(&picture[..]), &Type::BYTEA)?;
                fields.add(path, &Type::TEXT)
            })?;
        }
        Ok(lines)
    }

    fn path(&self, row: usize) -> Result<Option<String>, CatalogError> {
        let path = self.catalog.picture_path(row)?;
        Ok(path.map(|path| path.replace('\0', "\u{fffd}")))
    }
}

/// A value of a metadata column.
fn value(fields: &mut Fields<'_>, values: &Values, row: usize) -> Result<(), DatabaseError> {
    match values {
        Values::Text { codes, words } => {
            let word = words.get(codes[row] as usize);
            fields.add(word.map(|word| without_nul(word)), &Type::TEXT)
        }
        Values::Integer(values) => fields.add(values[row], &Type::INT8),
        Values::Real(values) => fields.add(values[row], &Type::FLOAT8),
        Values::Boolean(values) => fields.add(values[row], &Type::BOOL),
    }
}

/// PostgreSQL keeps any letter but this one.
pub(super) fn without_nul(word: &str) -> String {
    word.replace('\0', "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_what_the_format_says_and_its_digest_of_what_is_in_it() {
        let mut lines = Lines::default();
        for (row, word) in ["a", "b", "a"].into_iter().enumerate() {
            let push = |fields: &mut Fields<'_>| {
                fields.add(Some(word), &Type::TEXT)?;
                fields.add(None::<i64>, &Type::INT8)?;
                fields.vector(vec![f16::ONE])
            };
            lines.push(row, push).unwrap();
        }
        assert_eq!(lines.digests[0], lines.digests[2]);
        assert_ne!(lines.digests[0], lines.digests[1]);
        let sent = lines.copy(|row| row == 1);
        let mut wanted = HEADER.to_vec();
        wanted.extend([0, 5, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 1]);
        wanted.extend([0, 0, 0, 1, b'b', 0xff, 0xff, 0xff, 0xff]);
        wanted.extend([0, 0, 0, 6, 0, 1, 0, 0, 0x3c, 0, 0, 0, 0, 16]);
        wanted.extend(&lines.digests[1]);
        wanted.extend([0xff, 0xff]);
        assert_eq!(sent, wanted);
    }
}
