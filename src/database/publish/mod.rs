//! A catalogue published as a version: its tables are filled beside those that readers see, by several connections at
//! once, and one short transaction puts them in their place.
//!
//! What a version before has already, by the digest of each line, is copied there and not sent again. A publishing that
//! was killed leaves such a version, so the next one goes on where it stopped.

mod lines;
mod send;
mod show;

pub(super) use show::drop_version;

use super::names::quoted;
use super::published::{self, About, Version};
use super::tables::{self, FORMAT, OF_A_VERSION, PublishedColumn, Spread};
use super::{Address, DatabaseError, Session, servers};
use crate::catalog::{Catalog, CatalogInfo, Values};
use crate::job::Job;
use crate::recommend::Recommender;
use lines::{Shoes, without_nul};
use send::Plan;
use serde::Serialize;
use std::sync::Arc;
use std::time::Instant;

/// A word longer than this cannot stand in a B-tree (a third of a page).
const LONG_WORD: usize = 2000;

/// How a catalogue is published.
#[derive(Debug, Clone)]
pub struct PublishOptions {
    /// Connections that send at the same time.
    pub workers: usize,
    /// Whether to build an index of nearest shoes, for `--approximate`.
    pub hnsw: bool,
    /// Whether to send pictures.
    pub pictures: bool,
    /// Send all lines, and take over none of a version before.
    pub anew: bool,
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
            anew: false,
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
    /// Older versions that are still there, since they are read, or something of somebody else depends on them.
    pub still_there: Vec<i32>,
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
    session.end_with_us();
    published::claim(&mut session, schema)?;
    expect(&mut session, options)?;
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
    let (version, spread) = begin(&mut session, schema, &before, &about, &options.over)?;
    let sources = if options.anew { &[][..] } else { &before };
    index_what_was_begun(&mut session, schema, sources)?;
    let plan = Plan::new(schema, version, sources, &about, spread);
    let began = Instant::now();
    job.stage("Publishing", Some(catalog.len() as u64));
    let counts = send::send(&shoes, address, options, &plan, job)?;
    send_words(&mut session, &plan, catalog, &about)?;
    let sending = began.elapsed().as_secs_f64();
    let began = Instant::now();
    build_indexes(&mut session, &plan, catalog, &mut about, options, job)?;
    check(&mut session, &plan, catalog.len())?;
    show::show(&mut session, &plan, &about, catalog.len(), options, job)?;
    let still_there = show::drop_others(&mut session, &plan)?;
    Ok(PublishReport {
        schema: schema.to_owned(),
        version,
        shoes: catalog.len(),
        sent: counts.sent.into_inner(),
        kept: counts.kept.into_inner(),
        bytes: counts.bytes.into_inner(),
        sending,
        indexing: began.elapsed().as_secs_f64(),
        still_there,
    })
}

/// How many words the columns of text have.
fn words_of(catalog: &Catalog) -> usize {
    let each = catalog.columns().iter().map(|column| match &column.values {
        Values::Text { words, .. } => words.len(),
        _ => 0,
    });
    each.sum()
}

/// That the roles and the servers are there, before anything is sent.
fn expect(session: &mut Session, options: &PublishOptions) -> Result<(), DatabaseError> {
    let doing = "looking for roles and servers";
    let missing = |what: &str, name: &str, todo: &str| {
        DatabaseError::Unfit(format!(
            "there is no {what} `{name}` in the database; {todo}"
        ))
    };
    let sql = "SELECT rolname::text FROM pg_roles WHERE rolname = ANY ($1)";
    let found = session.texts(doing, sql, &[&options.readers])?;
    if let Some(role) = options.readers.iter().find(|role| !found.contains(role)) {
        return Err(missing(
            "role",
            role,
            "make it first (CREATE ROLE), or name another --reader",
        ));
    }
    let sql = "SELECT srvname::text FROM pg_foreign_server WHERE srvname = ANY ($1)";
    let found = session.texts(doing, sql, &[&options.over])?;
    if let Some(server) = options.over.iter().find(|server| !found.contains(server)) {
        let todo = "docs/postgres.md tells how one is made";
        return Err(missing("foreign server", server, todo));
    }
    let sql = "SELECT extname::text FROM pg_extension WHERE extname = 'dblink'";
    if !options.over.is_empty() && session.texts(doing, sql, &[])?.is_empty() {
        return Err(missing(
            "extension",
            "dblink",
            "run CREATE EXTENSION dblink",
        ));
    }
    Ok(())
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
        words: words_of(catalog),
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
) -> Result<(i32, Spread), DatabaseError> {
    let doing = "making the tables";
    let last = before.iter().map(|v| v.version).max().unwrap_or(0);
    let unusual = |what: String| DatabaseError::Changed {
        address: session.address().to_owned(),
        what,
    };
    let version = last
        .checked_add(1)
        .ok_or_else(|| unusual(format!("a version {last}")))?;
    // Left of a schema whose table of versions was dropped.
    let name = tables::of_version(schema, "shoe", version);
    let sql = "SELECT to_regclass($1)::text";
    let there = session.query(doing, sql, &[&name])?;
    if there
        .first()
        .is_some_and(|row| row.get::<_, Option<String>>(0).is_some())
    {
        return Err(DatabaseError::Unfit(format!(
            "{}: there is a table {name} that no version is of; drop it, or name another --schema",
            session.address()
        )));
    }
    let (shoe, source) = definitions(about);
    let fields = [
        ("shoe", tables::shoe_fields(&about.info, &about.columns)),
        ("source", tables::source_fields(&about.info)),
    ];
    let address = session.address().to_owned();
    let failed = super::session::failed(&address, doing);
    let mut transaction = session.begin(doing)?;
    let sql = format!(
        "INSERT INTO {} (version, format, state, shoes, shoe_fields, source_fields, servers, token, about)
        VALUES ($1, $2, 'loading', 0, $3, $4, $5, left(md5(random()::text || clock_timestamp()::text), 12), '')
        RETURNING token",
        tables::table(schema, "version")
    );
    let row = transaction.query_one(&sql, &[&version, &FORMAT, &shoe, &source, &over]);
    let spread = Spread {
        servers: over.to_vec(),
        token: row.map_err(&failed)?.get(0),
    };
    let sql = tables::tables(schema, version, &fields, &spread);
    transaction.batch_execute(&sql).map_err(&failed)?;
    transaction.commit().map_err(&failed)?;
    // Known of here before they are there, so that the next time drops them whatever happens now.
    for (number, server) in over.iter().enumerate() {
        let mut sql = format!("CREATE SCHEMA IF NOT EXISTS {};", quoted(schema));
        for (name, fields) in &fields {
            let place = tables::part(schema, name, version, &spread, number);
            sql += &tables::shoes(&place, name, fields);
        }
        servers::run_on(session, doing, server, &sql)?;
    }
    Ok((version, spread))
}

fn definitions(about: &About) -> (String, String) {
    (
        tables::definition(&tables::shoe_fields(&about.info, &about.columns)),
        tables::definition(&tables::source_fields(&about.info)),
    )
}

/// Where the lines of a table of shoes lie: here, or in parts on servers.
fn places<'a>(
    schema: &str,
    name: &str,
    version: i32,
    spread: &'a Spread,
) -> Vec<(Option<&'a str>, String)> {
    let places = tables::places(schema, name, version, spread);
    let servers = spread.servers.iter().map(|server| Some(server.as_str()));
    let servers = servers.chain(std::iter::repeat(None));
    servers.zip(places).collect()
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
            for (server, place) in places(schema, name, begun.version, &begun.spread) {
                let made = run_at(session, doing, server, &tables::digest_index(&place, &own));
                // Where its tables are gone nothing is taken of them.
                if let Some(error) = made.err().filter(DatabaseError::may_pass) {
                    return Err(error);
                }
            }
        }
    }
    Ok(())
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
