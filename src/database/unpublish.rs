//! A published catalogue taken away again.

use super::published::{self};
use super::tables::{self, table};
use super::{Address, DatabaseError, Session, names, publish};
use postgres::error::SqlState;
use std::time::Duration;

/// How often it is tried to drop what somebody holds …
const TRIES: usize = 5;
/// … and how long it waits in between.
const PAUSE: Duration = Duration::from_millis(400);

/// Drops every version of the address's schema, what sites ask there, and the schema where nothing else is in it; gives how many
/// versions there were.
///
/// # Errors
/// Nothing is published there; somebody reads it, or publishes into it now; see also [`DatabaseError`].
pub fn unpublish(address: &Address) -> Result<usize, DatabaseError> {
    let schema = address.schema();
    let mut session = Session::open(address)?;
    published::claim(&mut session, schema)?;
    let all = published::versions(&mut session, schema)?;
    if all.is_empty() {
        return Err(DatabaseError::NotThere {
            address: session.address().to_owned(),
            schema: schema.to_owned(),
        });
    }
    let doing = "taking the catalogue away";
    let views = ["shoe", "picture"]
        .map(|name| table(schema, name))
        .join(", ");
    session.run(
        doing,
        &format!(
            "SET lock_timeout = '10s'; BEGIN; DROP VIEW IF EXISTS {views};
            DROP FUNCTION IF EXISTS {};
            UPDATE {} SET state = 'old'; COMMIT",
            tables::functions(schema),
            table(schema, "version"),
        ),
    )?;
    for one in &all {
        // Who has just gone away holds it for a moment yet.
        let mut is_gone = false;
        for _ in 0..TRIES {
            is_gone = publish::drop_version(&mut session, schema, one)?;
            if is_gone {
                break;
            }
            std::thread::sleep(PAUSE);
        }
        if !is_gone {
            let shown = session.address().to_owned();
            return Err(DatabaseError::Server {
                address: shown,
                doing: doing.to_owned(),
                reason: format!(
                    "version {} is being read, or something of somebody else depends on it: end that and run it again",
                    one.version
                ),
            });
        }
    }
    session.run(doing, &format!("DROP TABLE {}", table(schema, "version")))?;
    // Somebody else's tables may lie there too; then the schema stays.
    let rest = session.query(
        doing,
        "SELECT 1 FROM pg_class WHERE relnamespace = to_regnamespace($1) LIMIT 1",
        &[&names::quoted(schema)],
    )?;
    if rest.is_empty() {
        // A function or a type of somebody else keeps it too.
        let sql = format!("DROP SCHEMA {}", names::quoted(schema));
        if let Err(error) = session.client.batch_execute(&sql)
            && error.code() != Some(&SqlState::DEPENDENT_OBJECTS_STILL_EXIST)
        {
            return Err(DatabaseError::of(session.address(), doing, &error));
        }
    }
    Ok(all.len())
}
