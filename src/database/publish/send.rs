//! The lines of a version on their way: over several connections, each chunk of shoes in one transaction; what a version
//! before has already is copied there.

use super::lines::{Lines, Shoes};
use super::{PublishOptions, definitions, places};
use crate::database::names::quoted;
use crate::database::published::{About, Version};
use crate::database::tables::{self, Spread};
use crate::database::{Address, DatabaseError, Session};
use crate::job::Job;
use bytes::BytesMut;
use postgres::Transaction;
use std::collections::HashSet;
use std::io::Write as _;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// Shoes of one transaction.
const CHUNK: usize = 2048;
/// Bytes of one message.
const MESSAGE: usize = 1 << 16;

/// One of the two tables of shoes: the statements that fill it.
struct Filling {
    /// `COPY … FROM STDIN`
    copy: String,
    /// For each version that may have a line already: takes those of these rows with these digests.
    take: Vec<String>,
}

/// Where lines go, and where they may be already.
pub(super) struct Plan {
    pub schema: String,
    pub version: i32,
    pub spread: Spread,
    shoe: Filling,
    source: Filling,
}

impl Plan {
    pub(super) fn new(
        schema: &str,
        version: i32,
        before: &[Version],
        about: &About,
        spread: Spread,
    ) -> Self {
        let (shoe, source) = definitions(about);
        let filling = |name: &str, fields: &[(String, String)], same: &dyn Fn(&Version) -> bool| {
            let into = tables::of_version(schema, name, version);
            let all = tables::listed(fields);
            let but_row = tables::listed(&fields[1..]);
            let take = |old: &Version| {
                format!(
                    "INSERT INTO {into} (row, {but_row}) SELECT DISTINCT ON (w.row) w.row, {of_old}
                    FROM unnest($1::bigint[], $2::bytea[]) AS w (row, digest)
                    JOIN (SELECT {but_row} FROM {old} WHERE digest = ANY ($2::bytea[])) s ON s.digest = w.digest
                    RETURNING row",
                    of_old = (fields[1..].iter())
                        .map(|(field, _)| format!("s.{}", quoted(field)))
                        .collect::<Vec<_>>()
                        .join(", "),
                    old = tables::of_version(schema, name, old.version),
                )
            };
            Filling {
                copy: format!("COPY {into} ({all}) FROM STDIN (FORMAT binary)"),
                // The newest first.
                take: before.iter().rev().filter(|v| same(v)).map(take).collect(),
            }
        };
        let shoe_fields = tables::shoe_fields(&about.info, &about.columns);
        let source_fields = tables::source_fields(&about.info);
        Self {
            schema: schema.to_owned(),
            version,
            spread,
            shoe: filling("shoe", &shoe_fields, &|v| v.shoe_fields == shoe),
            source: filling("source", &source_fields, &|v| v.source_fields == source),
        }
    }

    pub(super) fn table(&self, name: &str) -> String {
        tables::of_version(&self.schema, name, self.version)
    }

    /// Where the lines of a table of shoes lie: here, or in parts on servers.
    pub(super) fn places(&self, name: &str) -> Vec<(Option<&str>, String)> {
        places(&self.schema, name, self.version, &self.spread)
    }
}

/// What was sent, and what was there.
#[derive(Default)]
pub(super) struct Counts {
    pub sent: AtomicU64,
    pub kept: AtomicU64,
    pub bytes: AtomicU64,
}

/// Fills both tables.
pub(super) fn send(
    shoes: &Shoes,
    address: &Address,
    options: &PublishOptions,
    plan: &Plan,
    job: &Job,
) -> Result<Counts, DatabaseError> {
    let counts = Counts::default();
    let count = shoes.catalog.len();
    let (next, ended) = (AtomicUsize::new(0), AtomicBool::new(false));
    let failure = Mutex::new(None);
    let work = || -> Result<(), DatabaseError> {
        let mut session = Session::open(address)?;
        session.expect_vector()?;
        session.end_with_us();
        loop {
            let first = next.fetch_add(CHUNK, Ordering::Relaxed);
            if first >= count || ended.load(Ordering::Relaxed) {
                return Ok(());
            }
            job.check()?;
            let rows = first..count.min(first + CHUNK);
            send_chunk(&mut session, shoes, plan, rows.clone(), &counts)?;
            job.advance(rows.len() as u64);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..options.workers.max(1) {
            scope.spawn(|| {
                if let Err(error) = work() {
                    ended.store(true, Ordering::Relaxed);
                    let mut first = failure.lock().unwrap_or_else(PoisonError::into_inner);
                    first.get_or_insert(error);
                }
            });
        }
    });
    match failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some(error) => Err(error),
        None => Ok(counts),
    }
}

/// Fills both tables with these rows, in one transaction.
fn send_chunk(
    session: &mut Session,
    shoes: &Shoes,
    plan: &Plan,
    rows: Range<usize>,
    counts: &Counts,
) -> Result<(), DatabaseError> {
    let doing = "sending shoes";
    let all = [
        (&plan.shoe, shoes.shoe_lines(rows.clone())?),
        (&plan.source, shoes.source_lines(rows)?),
    ];
    let address = session.address().to_owned();
    let failed = crate::database::session::failed(&address, doing);
    let mut transaction = session.begin(doing)?;
    for (filling, lines) in &all {
        let kept = take_over(&mut transaction, filling, lines).map_err(&failed)?;
        let missing = lines.rows().len() - kept.len();
        if missing > 0 {
            let sent = lines.copy(|row| !kept.contains(&row));
            copy(&mut transaction, &filling.copy, &sent).map_err(&failed)?;
            counts.bytes.fetch_add(sent.len() as u64, Ordering::Relaxed);
        }
        counts.sent.fetch_add(missing as u64, Ordering::Relaxed);
        counts.kept.fetch_add(kept.len() as u64, Ordering::Relaxed);
    }
    transaction.commit().map_err(&failed)
}

/// Takes the lines that a version before has; gives their rows.
fn take_over(
    transaction: &mut Transaction<'_>,
    filling: &Filling,
    lines: &Lines,
) -> Result<HashSet<i64>, postgres::Error> {
    let mut kept = HashSet::new();
    for take in &filling.take {
        let left = |row: &i64| !kept.contains(row);
        let wanted = lines.rows().iter().zip(lines.digests());
        let (rows, digests): (Vec<i64>, Vec<&[u8]>) = wanted
            .filter(|(row, _)| left(row))
            .map(|(row, digest)| (*row, digest.as_slice()))
            .unzip();
        if rows.is_empty() {
            break;
        }
        // Where somebody changed or dropped its tables nothing is taken, and all is sent. (A value that was changed beside
        // its digest is not seen here: `verify` sees it.)
        let mut attempt = transaction.savepoint("take")?;
        match attempt.query(take, &[&rows, &digests]) {
            Ok(taken) => {
                for row in &taken {
                    kept.insert(row.try_get(0)?);
                }
                attempt.commit()?;
            }
            Err(error) if error.as_db_error().is_some() => attempt.rollback()?,
            Err(error) => return Err(error),
        }
    }
    Ok(kept)
}

fn copy(
    transaction: &mut Transaction<'_>,
    sql: &str,
    lines: &BytesMut,
) -> Result<(), postgres::Error> {
    let mut writer = transaction.copy_in(sql)?;
    for part in lines.chunks(MESSAGE) {
        // What a broken connection says here is an io::Error; finishing says what happened.
        if writer.write_all(part).is_err() {
            break;
        }
    }
    writer.finish().map(|_| ())
}
