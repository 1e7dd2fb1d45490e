//! A connection to a server, and what this program expects of it.

use super::{Address, DatabaseError, tls};
use postgres::types::{FromSql, ToSql};
use postgres::{Client, Row, Transaction};

/// The least pgvector that has `halfvec` and scans that go on until enough shoes pass a filter.
pub(super) const LEAST_VECTOR: &str = "0.8";

/// A connection.
pub struct Session {
    pub(super) client: Client,
    address: String,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Session({})", self.address)
    }
}

/// A parameter of a statement.
pub(super) type Parameter = Box<dyn ToSql + Sync>;

impl Session {
    /// Connects.
    ///
    /// # Errors
    /// No server answers, it does not let the user in, or its certificate does not do.
    pub fn open(address: &Address) -> Result<Self, DatabaseError> {
        let shown = address.to_string();
        let tls = tls::connector(address)?;
        let client = address.config.connect(tls);
        let client = client.map_err(|error| DatabaseError::of_connecting(&shown, &error))?;
        Ok(Self {
            client,
            address: shown,
        })
    }

    /// Where it leads, without a password.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The rows that answer a statement.
    pub(super) fn query(
        &mut self,
        doing: &str,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, DatabaseError> {
        let rows = self.client.query(sql, parameters);
        rows.map_err(failed(&self.address, doing))
    }

    /// The texts that answer a statement.
    pub(super) fn texts(
        &mut self,
        doing: &str,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<String>, DatabaseError> {
        let rows = self.query(doing, sql, parameters)?;
        rows.iter()
            .map(|row| value(&self.address, row, 0))
            .collect()
    }

    /// Runs statements that answer nothing.
    pub(super) fn run(&mut self, doing: &str, sql: &str) -> Result<(), DatabaseError> {
        let done = self.client.batch_execute(sql);
        done.map_err(failed(&self.address, doing))
    }

    /// Begins a transaction.
    pub(super) fn begin(&mut self, doing: &str) -> Result<Transaction<'_>, DatabaseError> {
        let begun = self.client.transaction();
        begun.map_err(failed(&self.address, doing))
    }

    /// Has the server end what it does for us soon after we are gone, where it can (its system may not).
    pub(super) fn end_with_us(&mut self) {
        let sql = "SET client_connection_check_interval = '2s'";
        if let Err(error) = self.client.batch_execute(sql) {
            tracing::debug!("{}: {error}", self.address);
        }
    }

    /// That pgvector is there, and new enough; its types are found from here on, whatever schema it is in.
    ///
    /// # Errors
    /// [`DatabaseError::NoVector`].
    pub(super) fn expect_vector(&mut self) -> Result<(), DatabaseError> {
        // Names are made of what is quoted by the usual rules.
        let sql = "SELECT max(extversion) FILTER (WHERE extname = 'vector'),
                set_config('standard_conforming_strings', 'on', false),
                set_config('lock_timeout', '30s', false),
                set_config('search_path',
                    string_agg(quote_ident(nspname), ', ' ORDER BY extname DESC) || ', pg_catalog', false)
            FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace
            WHERE extname IN ('vector', 'dblink')";
        let rows = self.query("looking for pgvector", sql, &[])?;
        let found: Option<String> = rows.first().and_then(|row| row.get(0));
        let numbers = |version: &str| -> Vec<u32> {
            version.split('.').map_while(|n| n.parse().ok()).collect()
        };
        let reason = match &found {
            Some(found) if numbers(found) >= numbers(LEAST_VECTOR) => return Ok(()),
            Some(found) => format!("its pgvector is {found}"),
            None => "this database has no pgvector".to_owned(),
        };
        Err(DatabaseError::NoVector {
            address: self.address.clone(),
            reason,
        })
    }
}

/// A value of a line of a table that others may have changed.
pub(super) fn value<'a, T: FromSql<'a>>(
    address: &str,
    row: &'a Row,
    at: usize,
) -> Result<T, DatabaseError> {
    row.try_get(at).map_err(|error| DatabaseError::Changed {
        address: address.to_owned(),
        what: match std::error::Error::source(&error) {
            Some(cause) => format!("a table holds something else than was published ({cause})"),
            None => format!("a table holds something else than was published ({error})"),
        },
    })
}

/// What an error means, while `doing` something at `address`.
pub(super) fn failed<'a>(
    address: &'a str,
    doing: &'a str,
) -> impl Fn(postgres::Error) -> DatabaseError + use<'a> {
    move |error| DatabaseError::of(address, doing, &error)
}
