//! A version spread over several servers: its two tables of shoes are partitioned by a hash of the row, and each part is a
//! foreign table (postgres_fdw) whose lines lie on a server of its own.
//!
//! What has to be made there is made through dblink by the same foreign servers, so that addresses and passwords stay
//! with the database.

use super::tables::{Spread, part};
use super::{DatabaseError, Session};

/// Runs statements on a foreign server.
pub(super) fn run_on(
    session: &mut Session,
    doing: &str,
    server: &str,
    sql: &str,
) -> Result<(), DatabaseError> {
    session.query(doing, "SELECT dblink_exec($1, $2)", &[&server, &sql])?;
    Ok(())
}

/// Drops the parts of a version on its servers.
pub(super) fn drop_parts(
    session: &mut Session,
    schema: &str,
    version: i32,
    spread: &Spread,
) -> Result<(), DatabaseError> {
    for (number, server) in spread.servers.iter().enumerate() {
        let all = ["shoe", "source"].map(|name| part(schema, name, version, spread, number));
        let sql = format!("DROP TABLE IF EXISTS {}", all.join(", "));
        run_on(session, "dropping an old version", server, &sql)?;
    }
    Ok(())
}
