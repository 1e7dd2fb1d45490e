//! A catalogue published as a version: its tables are filled beside those that readers see, by several connections at
//! once, and one short transaction puts them in their place.
//!
//! What a version before has already, by the digest of each line, is copied there and not sent again. A publishing that
//! was killed leaves such a version, so the next one goes on where it stopped.

mod lines;

use super::names::quoted;
use super::published::{self, About, Version};
use super::tables::{self, FORMAT, OF_A_VERSION, PublishedColumn};
use super::{Address, DatabaseError, Session, servers};
use crate::catalog::{Catalog, CatalogInfo, Values};
use crate::job::Job;
use crate::recommend::{LEARNED_WEIGHT, Recommender};
use bytes::BytesMut;
use lines::{Lines, Shoes, without_nul};
use postgres::error::SqlState;
use postgres::{IsolationLevel, Transaction};
use serde::Serialize;
use std::collections::HashSet;
use std::io::Write as _;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Shoes of one transaction.
const CHUNK: usize = 2048;
/// Bytes of one message.
const MESSAGE: usize = 1 << 16;
/// A word longer than this cannot stand in a B-tree (a third of a page).
const LONG_WORD: usize = 2000;
/// How long a short transaction waits for those who read, so that nobody waits longer for it …
const PATIENCE: &str = "SET LOCAL lock_timeout = '2s'";
/// … and how often it is tried again.
const TRIES: usize = 15;

/// How a catalogue is published.
#[derive(Debug, Clone)]
pub struct PublishOptions {
    /// Connections that send at the same time.
    pub workers: usize,
    /// Whether to build an index of nearest shoes, for `--approximate`.
    pub hnsw: bool,
    /// Whether to send pictures.
    pub pictures: bool,
    /// Foreign servers to spread it over, by their names in the database.
    pub over: Vec<String>,
    /// Roles that may read it, beside those that may read the version before.
    pub readers: Vec<String>,
}

impl Default for PublishOptions {
    fn default() -> Self {
        Self {
            workers: std::thread::available_parallelism().map_or(1, |n| n.get().min(4)),
            hnsw: false,
            pictures: true,
            over: Vec::new(),
            readers: Vec::new(),
        }
    }
}

/// What came of it.
#[derive(Debug, Clone, Serialize)]
pub struct PublishReport {
    /// The schema.
    pub schema: String,
    /// The number of the version that readers see now.
    pub version: i32,
    /// Its shoes.
    pub shoes: usize,
    /// Lines that were sent; a shoe has two, one to be asked for and one with its picture.
    pub sent: u64,
    /// Lines that a version before had already.
    pub kept: u64,
    /// Bytes that were sent.
    pub bytes: u64,
    /// Seconds of sending, without indexes.
    pub sending: f64,
    /// Seconds of building indexes.
    pub indexing: f64,
    /// Older versions that are still read, and so are still there.
    pub still_read: Vec<i32>,
}

/// Publishes a catalogue.
///
/// Killed or cancelled at any moment, readers see what they saw before; the same call then goes on.
///
/// # Errors
/// See [`DatabaseError`].
pub fn publish(
    catalog: &Arc<Catalog>,
    address: &Address,
    options: &PublishOptions,
    job: &Job,
) -> Result<PublishReport, DatabaseError> {
    let schema = address.schema();
    let mut session = Session::open(address)?;
    session.expect_vector()?;
    published::claim(&mut session, schema)?;
    session.run("making the schema", &tables::schema(schema))?;
    let before = published::versions(&mut session, schema)?;
    if let Some(other) = before.iter().find(|v| v.format != FORMAT) {
        return Err(DatabaseError::OtherFormat {
            address: session.address().to_owned(),
            schema: schema.to_owned(),
            found: other.format,
            known: FORMAT,
            todo: "publish with that one, or into another --schema",
        });
    }
    let (shoes, mut about) = prepared(catalog, options, job)?;
    let version = begin(&mut session, schema, &before, &about, &options.over)?;
    let plan = Plan::new(schema, version, &before, &about, &options.over);
    index_what_was_begun(&mut session, schema, &before)?;
    let began = Instant::now();
    job.stage("Publishing", Some(catalog.len() as u64));
    let counts = send(&shoes, address, options, &plan, job)?;
    send_words(&mut session, &plan, catalog, &about)?;
    let sending = began.elapsed().as_secs_f64();
    let began = Instant::now();
    build_indexes(&mut session, &plan, catalog, &mut about, options, job)?;
    check(&mut session, &plan, catalog.len())?;
    job.check()?;
    show(&mut session, &plan, &about, options)?;
    let still_read = drop_others(&mut session, &plan)?;
    Ok(PublishReport {
        schema: schema.to_owned(),
        version,
        shoes: catalog.len(),
        sent: counts.sent.into_inner(),
        kept: counts.kept.into_inner(),
        bytes: counts.bytes.into_inner(),
        sending,
        indexing: began.elapsed().as_secs_f64(),
        still_read,
    })
}

/// What the lines are made of, and what is true of the whole.
fn prepared(
    catalog: &Arc<Catalog>,
    options: &PublishOptions,
    job: &Job,
) -> Result<(Shoes, About), DatabaseError> {
    let recommender = Recommender::observed(catalog.clone(), job)?;
    let mut info: CatalogInfo = catalog.info().clone();
    info.space = Some(recommender.space().to_stored());
    recommender.yardsticks()?.keep_in(&mut info);
    let mut layouts = Vec::new();
    let mut kept = Vec::new();
    for layout in &info.layouts {
        if let Some(points) = catalog.layout(&layout.name)? {
            layouts.push(points);
            kept.push(layout.clone());
        }
    }
    info.layouts = kept;
    let blocks = info.blocks.iter().map(|block| catalog.block(&block.name));
    let blocks = blocks.collect::<Result<Vec<_>, _>>()?;
    let about = About {
        name: catalog.name(),
        fingerprint: catalog.fingerprint().to_owned(),
        columns: PublishedColumn::of(catalog.columns(), &info),
        info,
        has_pictures: options.pictures,
        has_hnsw: false,
    };
    let shoes = Shoes {
        catalog: catalog.clone(),
        recommender,
        layouts,
        blocks,
        has_pictures: options.pictures,
    };
    Ok((shoes, about))
}

/// Makes the empty tables of the next version, and gives its number.
fn begin(
    session: &mut Session,
    schema: &str,
    before: &[Version],
    about: &About,
    over: &[String],
) -> Result<i32, DatabaseError> {
    let doing = "making the tables";
    let version = before.iter().map(|v| v.version).max().unwrap_or(0) + 1;
    let (shoe, source) = definitions(about);
    let fields = [
        ("shoe", tables::shoe_fields(&about.info, &about.columns)),
        ("source", tables::source_fields(&about.info)),
    ];
    for (number, server) in over.iter().enumerate() {
        let mut sql = format!("CREATE SCHEMA IF NOT EXISTS {};", quoted(schema));
        for (name, fields) in &fields {
            let place = servers::part(schema, name, version, number);
            // One that was killed before it had a number of its own may have made it.
            sql += &format!("DROP TABLE IF EXISTS {place};");
            sql += &tables::shoes(&place, name, fields);
        }
        servers::run_on(session, doing, server, &sql)?;
    }
    let address = session.address().to_owned();
    let failed = super::session::failed(&address, doing);
    let mut transaction = session.begin(doing)?;
    let sql = tables::tables(schema, version, &fields, over);
    transaction.batch_execute(&sql).map_err(&failed)?;
    let sql = format!(
        "INSERT INTO {} (version, format, state, shoes, shoe_fields, source_fields, servers, about)
        VALUES ($1, $2, 'loading', 0, $3, $4, $5, '')",
        tables::table(schema, "version")
    );
    transaction
        .execute(&sql, &[&version, &FORMAT, &shoe, &source, &over])
        .map_err(&failed)?;
    transaction.commit().map_err(&failed)?;
    Ok(version)
}

fn definitions(about: &About) -> (String, String) {
    (
        tables::definition(&tables::shoe_fields(&about.info, &about.columns)),
        tables::definition(&tables::source_fields(&about.info)),
    )
}

/// One of the two tables of shoes: the statements that fill it.
struct Filling {
    /// `COPY … FROM STDIN`
    copy: String,
    /// For each version that may have a line already: takes those of these rows with these digests.
    take: Vec<String>,
}

/// Where lines go, and where they may be already.
struct Plan {
    schema: String,
    version: i32,
    servers: Vec<String>,
    shoe: Filling,
    source: Filling,
}

impl Plan {
    fn new(schema: &str, version: i32, before: &[Version], about: &About, over: &[String]) -> Self {
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
            servers: over.to_vec(),
            shoe: filling("shoe", &shoe_fields, &|v| v.shoe_fields == shoe),
            source: filling("source", &source_fields, &|v| v.source_fields == source),
        }
    }

    fn table(&self, name: &str) -> String {
        tables::of_version(&self.schema, name, self.version)
    }

    /// Where the lines of a table of shoes lie: here, or in parts on servers.
    fn places(&self, name: &str) -> Vec<(Option<&str>, String)> {
        places(&self.schema, name, self.version, &self.servers)
    }
}

/// Where the lines of a table of shoes lie: here, or in parts on servers.
fn places<'a>(
    schema: &str,
    name: &str,
    version: i32,
    servers: &'a [String],
) -> Vec<(Option<&'a str>, String)> {
    if servers.is_empty() {
        return vec![(None, tables::of_version(schema, name, version))];
    }
    let parts = servers.iter().enumerate();
    parts
        .map(|(number, server)| {
            (
                Some(server.as_str()),
                servers::part(schema, name, version, number),
            )
        })
        .collect()
}

/// Runs statements here, or on a server.
fn run_at(
    session: &mut Session,
    doing: &str,
    server: Option<&str>,
    sql: &str,
) -> Result<(), DatabaseError> {
    match server {
        Some(server) => servers::run_on(session, doing, server, sql),
        None => session.run(doing, sql),
    }
}

/// Lets the lines of a publishing that was killed be found by their digests.
fn index_what_was_begun(
    session: &mut Session,
    schema: &str,
    before: &[Version],
) -> Result<(), DatabaseError> {
    let doing = "looking at what was sent before";
    for begun in before.iter().filter(|v| v.state == "loading") {
        for name in ["shoe", "source"] {
            let own = format!("{name}_{}", begun.version);
            for (server, place) in places(schema, name, begun.version, &begun.servers) {
                run_at(session, doing, server, &tables::digest_index(&place, &own))?;
            }
        }
    }
    Ok(())
}

/// What was sent, and what was there.
#[derive(Default)]
struct Counts {
    sent: AtomicU64,
    kept: AtomicU64,
    bytes: AtomicU64,
}

/// Fills both tables.
fn send(
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
    let failed = super::session::failed(&address, doing);
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
        let taken = transaction.query(take, &[&rows, &digests])?;
        kept.extend(taken.iter().map(|row| row.get::<_, i64>(0)));
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

/// The words of each column of text, with how many shoes have each.
fn send_words(
    session: &mut Session,
    plan: &Plan,
    catalog: &Catalog,
    about: &About,
) -> Result<(), DatabaseError> {
    let doing = "sending words";
    let sql = format!(
        "INSERT INTO {} (field, word, shoes) SELECT $1::text, w.word, w.shoes FROM unnest($2::text[], $3::bigint[]) AS w (word, shoes)",
        plan.table("word")
    );
    let address = session.address().to_owned();
    let failed = super::session::failed(&address, doing);
    let mut transaction = session.begin(doing)?;
    for (column, named) in catalog.columns().iter().zip(&about.columns) {
        let Values::Text { codes, words } = &column.values else {
            continue;
        };
        let mut counts = vec![0i64; words.len()];
        for &code in codes {
            if let Some(count) = counts.get_mut(code as usize) {
                *count += 1;
            }
        }
        let words: Vec<String> = words.iter().map(|word| without_nul(word)).collect();
        transaction
            .execute(&sql, &[&named.field, &words, &counts])
            .map_err(&failed)?;
    }
    transaction.commit().map_err(&failed)
}

/// Indexes, on tables that nobody reads yet: no reader waits for them.
fn build_indexes(
    session: &mut Session,
    plan: &Plan,
    catalog: &Catalog,
    about: &mut About,
    options: &PublishOptions,
    job: &Job,
) -> Result<(), DatabaseError> {
    let mut all: Vec<(Option<&str>, String)> = Vec::new();
    for name in ["shoe", "source"] {
        let own = format!("{name}_{}", plan.version);
        for (server, place) in plan.places(name) {
            let mut add = |sql: String| all.push((server, sql));
            add(format!("ALTER TABLE {place} ADD PRIMARY KEY (row)"));
            add(tables::digest_index(&place, &own));
            if name == "shoe" {
                // An id may be longer than a B-tree takes.
                add(format!("CREATE INDEX ON {place} USING hash (id)"));
                for (kind, field) in columns_to_index(catalog, about) {
                    add(format!("CREATE INDEX ON {place} USING {kind} ({field})"));
                }
                if options.hnsw {
                    add(format!(
                        "CREATE INDEX ON {place} USING hnsw (embedding halfvec_ip_ops)"
                    ));
                }
            }
            add(format!("ANALYZE {place}"));
        }
    }
    about.has_hnsw = options.hnsw;
    let word = plan.table("word");
    all.push((None, format!("CREATE INDEX ON {word} USING hash (field)")));
    let tables = OF_A_VERSION.iter().map(|name| plan.table(name));
    all.extend(tables.map(|table| (None, format!("ANALYZE {table}"))));
    job.stage("Building indexes", Some(all.len() as u64));
    for (server, sql) in all {
        job.check()?;
        run_at(session, "building indexes", server, &sql)?;
        job.advance(1);
    }
    Ok(())
}

/// The metadata fields, each with the kind of index that it can have.
fn columns_to_index(catalog: &Catalog, about: &About) -> Vec<(&'static str, String)> {
    let each = catalog.columns().iter().zip(&about.columns);
    each.map(|(column, named)| {
        let is_long = match &column.values {
            Values::Text { words, .. } => words.iter().any(|word| word.len() > LONG_WORD),
            _ => false,
        };
        let kind = if is_long { "hash" } else { "btree" };
        (kind, quoted(&named.field))
    })
    .collect()
}

/// That every shoe is there, once.
fn check(session: &mut Session, plan: &Plan, shoes: usize) -> Result<(), DatabaseError> {
    for name in ["shoe", "source"] {
        let sql = format!("SELECT count(*) FROM {}", plan.table(name));
        let rows = session.query("counting what was sent", &sql, &[])?;
        let found: i64 = rows.first().map_or(0, |row| row.get(0));
        if found != shoes as i64 {
            return Err(DatabaseError::Changed {
                address: session.address().to_owned(),
                what: format!("{found} of {shoes} shoes arrived"),
            });
        }
    }
    Ok(())
}

/// Puts the version in the place of the one that readers see, in one transaction.
fn show(
    session: &mut Session,
    plan: &Plan,
    about: &About,
    options: &PublishOptions,
) -> Result<(), DatabaseError> {
    let doing = "showing the new version";
    let json = serde_json::to_string(about)
        .map_err(|error| DatabaseError::Unfit(format!("what is true of the whole: {error}")))?;
    let mut tries = 0;
    loop {
        tries += 1;
        let address = session.address().to_owned();
        let outcome = try_to_show(session, plan, about, options, &json);
        match outcome {
            Err(error) if error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE) && tries < TRIES => {
                std::thread::sleep(Duration::from_millis(500));
            }
            outcome => return outcome.map_err(super::session::failed(&address, doing)),
        }
    }
}

fn try_to_show(
    session: &mut Session,
    plan: &Plan,
    about: &About,
    options: &PublishOptions,
    json: &str,
) -> Result<(), postgres::Error> {
    let schema = plan.schema.as_str();
    let mut transaction = (session.client.build_transaction())
        .isolation_level(IsolationLevel::ReadCommitted)
        .start()?;
    transaction.batch_execute(PATIENCE)?;
    let versions = tables::table(schema, "version");
    let sql = format!("SELECT version FROM {versions} WHERE state = 'current'");
    let before = transaction
        .query_opt(&sql, &[])?
        .map(|row| row.get::<_, i32>(0));
    let has_learned = tables::dims(&about.info).1.is_some();
    let faces = tables::faces(
        schema,
        plan.version,
        &about.columns,
        has_learned,
        LEARNED_WEIGHT,
    );
    for (name, sql) in faces {
        if name == "recommend" {
            transaction.batch_execute(&sql)?;
            continue;
        }
        let view = tables::table(schema, name);
        let mut attempt = transaction.savepoint("face")?;
        // Replaced where it has the same columns: then views that others made on it stay.
        match attempt.batch_execute(&format!("CREATE OR REPLACE VIEW {view} AS {sql}")) {
            Ok(()) => attempt.commit()?,
            Err(error) if error.code() == Some(&SqlState::INVALID_TABLE_DEFINITION) => {
                attempt.rollback()?;
                let sql = format!("DROP VIEW {view}; CREATE VIEW {view} AS {sql}");
                transaction.batch_execute(&sql)?;
            }
            Err(error) => return Err(error),
        }
    }
    grant(&mut transaction, plan, before, &options.readers)?;
    let sql = format!("UPDATE {versions} SET state = 'old' WHERE state = 'current'");
    transaction.execute(&sql, &[])?;
    let sql = format!(
        "UPDATE {versions} SET state = 'current', about = $2, finished = now(),
            shoes = (SELECT count(*) FROM {}) WHERE version = $1",
        plan.table("shoe")
    );
    transaction.execute(&sql, &[&plan.version, &json])?;
    transaction.commit()
}

/// Who may read the version before may read this one, and so may `readers`.
fn grant(
    transaction: &mut Transaction<'_>,
    plan: &Plan,
    before: Option<i32>,
    readers: &[String],
) -> Result<(), postgres::Error> {
    let mut roles: Vec<String> = readers.iter().map(|role| quoted(role)).collect();
    if let Some(before) = before {
        let sql =
            "SELECT DISTINCT CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END
            FROM pg_class c, aclexplode(c.relacl)
            WHERE c.oid = to_regclass($1) AND privilege_type = 'SELECT' AND grantee <> c.relowner";
        let table = tables::of_version(&plan.schema, "shoe", before);
        for row in transaction.query(sql, &[&table])? {
            let role: String = row.get(0);
            if !roles.contains(&role) {
                roles.push(role);
            }
        }
    }
    let mut there: Vec<String> = OF_A_VERSION.iter().map(|name| plan.table(name)).collect();
    there.extend(["version", "shoe", "picture"].map(|name| tables::table(&plan.schema, name)));
    for role in roles {
        let schema = quoted(&plan.schema);
        transaction.batch_execute(&format!(
            "GRANT USAGE ON SCHEMA {schema} TO {role}; GRANT SELECT ON {} TO {role}",
            there.join(", ")
        ))?;
    }
    Ok(())
}

/// Drops the versions beside the new one that nobody reads; gives those that are read.
fn drop_others(session: &mut Session, plan: &Plan) -> Result<Vec<i32>, DatabaseError> {
    let all = published::versions(session, &plan.schema)?;
    let mut still_read = Vec::new();
    for other in all.iter().filter(|other| other.version != plan.version) {
        if !drop_version(session, &plan.schema, other)? {
            still_read.push(other.version);
        }
    }
    Ok(still_read)
}

/// Drops a version, unless somebody reads it.
pub(super) fn drop_version(
    session: &mut Session,
    schema: &str,
    version: &Version,
) -> Result<bool, DatabaseError> {
    let address = session.address().to_owned();
    match drop_here(session, schema, version.version) {
        Ok(true) => {}
        Ok(false) => return Ok(false),
        Err(error) if error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE) => return Ok(false),
        Err(error) => {
            return Err(DatabaseError::of(
                &address,
                "dropping an old version",
                &error,
            ));
        }
    }
    servers::drop_parts(session, schema, version.version, &version.servers)?;
    Ok(true)
}

fn drop_here(session: &mut Session, schema: &str, version: i32) -> Result<bool, postgres::Error> {
    let mut transaction = session.client.transaction()?;
    transaction.batch_execute(PATIENCE)?;
    if !published::is_free(&mut transaction, schema, version)? {
        return Ok(false);
    }
    let all = OF_A_VERSION.map(|name| tables::of_version(schema, name, version));
    transaction.batch_execute(&format!("DROP TABLE IF EXISTS {}", all.join(", ")))?;
    let sql = format!(
        "DELETE FROM {} WHERE version = $1",
        tables::table(schema, "version")
    );
    transaction.execute(&sql, &[&version])?;
    transaction.commit()?;
    Ok(true)
}
