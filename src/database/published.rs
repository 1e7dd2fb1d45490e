//! The versions that lie in a schema, and the one that readers see.

use super::names::quoted;
use super::session::value;
use super::tables::{self, FORMAT, PublishedColumn, Spread};
use super::{DatabaseError, Session};
use crate::catalog::{CatalogInfo, EmbedderId};
use serde::{Deserialize, Serialize};

/// What is true of a published catalogue, beside its shoes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// The catalogue's name for people.
    pub name: String,
    /// Says whether two catalogues hold the same shoes, see [`Catalog::fingerprint`](crate::catalog::Catalog::fingerprint).
    pub fingerprint: String,
    /// What a catalogue's file says of the whole, with the yardsticks of its likeness.
    pub info: CatalogInfo,
    pub(super) columns: Vec<PublishedColumn>,
    /// Whether pictures came along.
    pub has_pictures: bool,
    /// Whether nearest shoes can be asked of an index.
    pub has_hnsw: bool,
    /// How many words its columns of text have.
    pub(super) words: usize,
}

impl About {
    /// The metadata columns with their fields in the tables, in the order of the catalogue.
    pub fn columns(&self) -> impl Iterator<Item = (&str, &str)> {
        let each = self.columns.iter();
        each.map(|column| (column.name.as_str(), column.field.as_str()))
    }
}

/// A line of the table of versions.
#[derive(Debug, Clone)]
pub(super) struct Version {
    pub version: i32,
    pub format: i32,
    pub state: String,
    pub shoe_fields: String,
    pub source_fields: String,
    pub spread: Spread,
}

/// The version that readers see.
#[derive(Debug, Clone)]
pub struct Published {
    pub(super) schema: String,
    pub(super) version: i32,
    /// When it was begun: after `unpublish` numbers begin anew.
    began: String,
    shoes: usize,
    about: About,
    spread: Spread,
}

/// Times that a reader looks again, where the version that it found went away.
const AGAIN: usize = 5;

impl Published {
    /// Finds the current version of a schema, and keeps it from being dropped as long as the session lives.
    ///
    /// # Errors
    /// Nothing is published there, or of another format; what stands in the table of versions was changed; see also
    /// [`Session`].
    pub fn open(session: &mut Session, schema: &str) -> Result<Self, DatabaseError> {
        session.expect_vector()?;
        for _ in 0..AGAIN {
            let Some(found) = Self::current(session, schema)? else {
                continue;
            };
            hold(session, schema, found.version)?;
            // Between the two it may have been dropped for a newer one.
            if found.is_there(session)? {
                return Ok(found);
            }
        }
        Err(DatabaseError::Busy {
            address: session.address().to_owned(),
            schema: schema.to_owned(),
        })
    }

    /// Whether this very version is still there.
    pub(super) fn is_there(&self, session: &mut Session) -> Result<bool, DatabaseError> {
        let sql = format!(
            "SELECT began::text FROM {} WHERE version = $1 AND state <> 'loading'",
            tables::table(&self.schema, "version")
        );
        let found = session.texts("reading what is published", &sql, &[&self.version])?;
        Ok(found.first() == Some(&self.began))
    }

    /// The current version; none where it went away while it was read.
    fn current(session: &mut Session, schema: &str) -> Result<Option<Self>, DatabaseError> {
        let all = versions(session, schema)?;
        let missing = |what: fn(String, String) -> DatabaseError| {
            what(session.address().to_owned(), schema.to_owned())
        };
        let Some(current) = all.iter().find(|v| v.state == "current") else {
            return Err(match all.is_empty() {
                true => missing(|address, schema| DatabaseError::NotThere { address, schema }),
                false => missing(|address, schema| DatabaseError::Half { address, schema }),
            });
        };
        if current.format != FORMAT {
            return Err(DatabaseError::OtherFormat {
                address: session.address().to_owned(),
                schema: schema.to_owned(),
                found: current.format,
                known: FORMAT,
                todo: match current.format > FORMAT {
                    true => "update shoespace",
                    false => "publish the catalogue again with this shoespace",
                },
            });
        }
        let sql = format!(
            "SELECT shoes, about, began::text FROM {} WHERE version = $1",
            tables::table(schema, "version")
        );
        let rows = session.query("reading what is published", &sql, &[&current.version])?;
        let changed = |what: String| DatabaseError::Changed {
            address: session.address().to_owned(),
            what,
        };
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        let shoes: i64 = value(session.address(), row, 0)?;
        let about: String = value(session.address(), row, 1)?;
        let about: About = serde_json::from_str(&about).map_err(|error| {
            changed(format!(
                "what is true of the whole cannot be read ({error})"
            ))
        })?;
        Ok(Some(Self {
            schema: schema.to_owned(),
            version: current.version,
            began: value(session.address(), row, 2)?,
            shoes: usize::try_from(shoes).map_err(|_| changed(format!("{shoes} shoes")))?,
            about,
            spread: current.spread.clone(),
        }))
    }

    /// The schema that it is in.
    pub fn schema(&self) -> &str {
        &self.schema
    }

    /// The number of this version: each publishing makes a new one.
    pub fn version(&self) -> i32 {
        self.version
    }

    /// How many shoes there are.
    pub fn len(&self) -> usize {
        self.shoes
    }

    /// Whether there is no shoe.
    pub fn is_empty(&self) -> bool {
        self.shoes == 0
    }

    /// What is true of the whole.
    pub fn about(&self) -> &About {
        &self.about
    }

    /// The network that made its embeddings.
    pub fn embedder(&self) -> &EmbedderId {
        &self.about.info.embedder
    }

    /// How many shoes there really are.
    ///
    /// # Errors
    /// See [`Session`].
    pub fn counted(&self, session: &mut Session) -> Result<usize, DatabaseError> {
        let sql = format!("SELECT count(*) FROM {}", self.table("shoe"));
        let rows = session.query("counting shoes", &sql, &[])?;
        let count: i64 = rows.first().map_or(0, |row| row.get(0));
        Ok(count.max(0) as usize)
    }

    /// How large its tables and indexes are, in bytes.
    ///
    /// # Errors
    /// See [`Session`].
    pub fn bytes(&self, session: &mut Session) -> Result<u64, DatabaseError> {
        let tables = tables::OF_A_VERSION.map(|name| self.table(name));
        let sql =
            "SELECT sum(pg_total_relation_size(t::regclass))::bigint FROM unnest($1::text[]) t";
        let rows = session.query("measuring the tables", sql, &[&tables.as_slice()])?;
        let bytes: i64 = rows.first().map_or(0, |row| row.get(0));
        Ok(bytes.max(0) as u64)
    }

    /// A table of this version.
    pub(super) fn table(&self, name: &str) -> String {
        tables::of_version(&self.schema, name, self.version)
    }

    /// The tables that the lines of a table of shoes lie in, as they are called here.
    pub(super) fn places(&self, name: &str) -> Vec<String> {
        tables::places(&self.schema, name, self.version, &self.spread)
    }
}

/// Every version that lies in a schema, the oldest first; none where there is no such schema.
pub(super) fn versions(session: &mut Session, schema: &str) -> Result<Vec<Version>, DatabaseError> {
    let doing = "looking for what is published";
    let there = session.query(
        doing,
        "SELECT to_regclass($1) IS NOT NULL",
        &[&format!("{}.version", quoted(schema))],
    )?;
    if !there.first().is_some_and(|row| row.get(0)) {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT version, format, state, shoe_fields, source_fields, servers, token FROM {} ORDER BY version",
        tables::table(schema, "version")
    );
    let rows = session.query(doing, &sql, &[])?;
    let address = session.address();
    let each = rows.iter().map(|row| {
        Ok(Version {
            version: value(address, row, 0)?,
            format: value(address, row, 1)?,
            state: value(address, row, 2)?,
            shoe_fields: value(address, row, 3)?,
            source_fields: value(address, row, 4)?,
            spread: Spread {
                servers: value(address, row, 5)?,
                token: value(address, row, 6)?,
            },
        })
    });
    each.collect()
}

/// The number by which readers and publishers of a version tell each other that they are there.
const LOCK: &str = "hashtextextended('shoespace ' || $1::text || ' ' || $2::integer::text, 0)";

/// Keeps a version from being dropped as long as the session lives.
pub(super) fn hold(session: &mut Session, schema: &str, version: i32) -> Result<(), DatabaseError> {
    // A question that takes minutes is stuck.
    let sql = format!(
        "SELECT set_config('statement_timeout', '300s', false), pg_advisory_lock_shared({LOCK})"
    );
    let parameters: [&(dyn postgres::types::ToSql + Sync); 2] = [&schema, &version];
    session.query("opening what is published", &sql, &parameters)?;
    Ok(())
}

/// Whether nobody holds a version; then nobody will until the transaction ends.
pub(super) fn is_free(
    transaction: &mut postgres::Transaction<'_>,
    schema: &str,
    version: i32,
) -> Result<bool, postgres::Error> {
    let sql = format!("SELECT pg_try_advisory_xact_lock({LOCK})");
    let row = transaction.query_one(&sql, &[&schema, &version])?;
    Ok(row.get(0))
}

/// That nobody else publishes into a schema as long as the session lives. (Versions are numbered from 1.)
pub(super) fn claim(session: &mut Session, schema: &str) -> Result<(), DatabaseError> {
    let sql = format!("SELECT pg_try_advisory_lock({LOCK})");
    let parameters: [&(dyn postgres::types::ToSql + Sync); 2] = [&schema, &0i32];
    let rows = session.query("asking who else publishes", &sql, &parameters)?;
    match rows.first().is_some_and(|row| row.get(0)) {
        true => Ok(()),
        false => Err(DatabaseError::Busy {
            address: session.address().to_owned(),
            schema: schema.to_owned(),
        }),
    }
}
