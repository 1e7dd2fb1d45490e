//! Whether a published version is what was sent: each line came with a digest of its fields as COPY has them, and the
//! server gives them back in that very form.

use super::names::quoted;
use super::published::Published;
use super::tables;
use super::{DatabaseError, Session};
use crate::job::Job;
use sha2::{Digest as _, Sha256};
use std::io::Read;

/// The bytes before the first line: a mark, flags, the length of what further there is.
const HEADER: usize = 19;
/// A field larger than this is none that was sent.
const LARGEST: usize = 1 << 30;

/// Reads all lines of a version, and gives the numbers of those rows that are not what was sent.
///
/// # Errors
/// A table or a column is gone; see also [`Session`].
pub fn verify(
    session: &mut Session,
    published: &Published,
    job: &Job,
) -> Result<Vec<i64>, DatabaseError> {
    let about = published.about();
    let all = [
        ("shoe", tables::shoe_fields(&about.info, &about.columns)),
        ("source", tables::source_fields(&about.info)),
    ];
    let mut changed = Vec::new();
    job.stage(
        "Reading what is published",
        Some(2 * published.len() as u64),
    );
    for (name, fields) in &all {
        let listed = tables::listed(fields);
        let (table, order) = (published.table(name), quoted("row"));
        let sql = format!(
            "COPY (SELECT {listed} FROM {table} ORDER BY {order}) TO STDOUT (FORMAT binary)"
        );
        let address = session.address().to_owned();
        let failed = super::session::failed(&address, "reading what is published");
        let mut lines = session.client.copy_out(&sql).map_err(&failed)?;
        let odd = |error: std::io::Error| DatabaseError::Gone {
            address: address.clone(),
            doing: "reading what is published".to_owned(),
            reason: error.to_string(),
        };
        lines.read_exact(&mut [0; HEADER]).map_err(odd)?;
        while let Some((row, is_whole)) = line(&mut lines).map_err(odd)? {
            job.check()?;
            if !is_whole {
                changed.push(row);
            }
            job.advance(1);
        }
    }
    let sql = format!("SELECT count(*)::text FROM {}", published.table("word"));
    let words = session.texts("counting words", &sql, &[])?;
    if words.first() != Some(&about.words.to_string()) {
        return Err(DatabaseError::Changed {
            address: session.address().to_owned(),
            what: "words of its columns are missing".to_owned(),
        });
    }
    changed.sort_unstable();
    changed.dedup();
    Ok(changed)
}

/// The row of the next line, and whether its digest is that of its fields; none behind the last one.
fn line(lines: &mut impl Read) -> std::io::Result<Option<(i64, bool)>> {
    let mut two = [0; 2];
    lines.read_exact(&mut two)?;
    let Ok(count) = usize::try_from(i16::from_be_bytes(two)) else {
        return Ok(None);
    };
    let mut digest = Sha256::new();
    let (mut row, mut last) = (-1, Vec::new());
    for at in 0..count {
        let mut four = [0; 4];
        lines.read_exact(&mut four)?;
        let length = usize::try_from(i32::from_be_bytes(four)).unwrap_or(0);
        if length > LARGEST {
            return Err(std::io::Error::other("a field of gigabytes"));
        }
        last.resize(length, 0);
        lines.read_exact(&mut last)?;
        if at == 0 {
            row = last.as_slice().try_into().map_or(-1, i64::from_be_bytes);
        } else if at + 1 < count {
            digest.update(four);
            digest.update(&last);
        }
    }
    Ok(Some((
        row,
        digest.finalize().starts_with(&last) && !last.is_empty(),
    )))
}
