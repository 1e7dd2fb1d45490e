//! A version spread over several servers: its two tables of shoes are partitioned by a hash of the row, and each part is a
//! foreign table (postgres_fdw) whose lines lie on a server of its own.
//!
//! What has to be made there is made through dblink by the same foreign servers, so that addresses and passwords stay
//! with the database.

use super::names::{literal, quoted};
use super::tables::{of_version, table};
use super::{DatabaseError, Session};

/// Lines that are sent to a server at once.
const BATCH: usize = 512;

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

/// The part of a table of a version that lies on the server of this number.
pub(super) fn part(schema: &str, name: &str, version: i32, number: usize) -> String {
    table(schema, &format!("{name}_{version}_{number}"))
}

/// Statements that make the parts of a table here, by the servers in their order.
pub(super) fn parts(schema: &str, name: &str, version: i32, servers: &[String]) -> String {
    let each = servers.iter().enumerate().map(|(number, server)| {
        format!(
            "CREATE FOREIGN TABLE {part} PARTITION OF {whole} FOR VALUES WITH (MODULUS {count}, REMAINDER {number})
            SERVER {server} OPTIONS (schema_name {schema}, table_name {there}, batch_size '{BATCH}');",
            part = part(schema, name, version, number),
            whole = of_version(schema, name, version),
            count = servers.len(),
            server = quoted(server),
            schema = literal(schema),
            there = literal(&format!("{name}_{version}_{number}")),
        )
    });
    each.collect()
}

/// Drops the parts of a version on its servers.
pub(super) fn drop_parts(
    session: &mut Session,
    schema: &str,
    version: i32,
    servers: &[String],
) -> Result<(), DatabaseError> {
    for (number, server) in servers.iter().enumerate() {
        let all = ["shoe", "source"].map(|name| part(schema, name, version, number));
        let sql = format!("DROP TABLE IF EXISTS {}", all.join(", "));
        run_on(session, "dropping an old version", server, &sql)?;
    }
    Ok(())
}
