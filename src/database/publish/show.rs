//! The version that is whole takes the place of the one that readers see, and older ones go.

use super::PublishOptions;
use super::send::Plan;
use crate::database::names::quoted;
use crate::database::published::{self, About, Version};
use crate::database::tables::{self, OF_A_VERSION};
use crate::database::{DatabaseError, Session, servers};
use crate::job::Job;
use crate::recommend::LEARNED_WEIGHT;
use postgres::error::SqlState;
use postgres::{IsolationLevel, Transaction};
use std::time::Duration;

/// How long the short transaction waits for those who read: so long others wait behind it …
const PATIENCE: &str = "SET LOCAL lock_timeout = '200ms'";
/// … how long it leaves them alone then …
const PAUSE: Duration = Duration::from_secs(1);
/// … and how often it is tried.
const TRIES: u64 = 60;
/// What keeps an old version from being dropped.
const KEEPS: [SqlState; 2] = [
    SqlState::LOCK_NOT_AVAILABLE,
    SqlState::DEPENDENT_OBJECTS_STILL_EXIST,
];

/// Puts the version in the place of the one that readers see, in one transaction.
///
/// Who reads the views holds them; it waits for those, a moment at a time so that nobody waits for it.
pub(super) fn show(
    session: &mut Session,
    plan: &Plan,
    about: &About,
    shoes: usize,
    options: &PublishOptions,
    job: &Job,
) -> Result<(), DatabaseError> {
    let doing = "showing the new version";
    let json = serde_json::to_string(about)
        .map_err(|error| DatabaseError::Unfit(format!("what is true of the whole: {error}")))?;
    job.stage("Waiting for those who read", Some(TRIES));
    for _ in 0..TRIES {
        job.check()?;
        let address = session.address().to_owned();
        match try_to_show(session, plan, about, shoes, options, &json) {
            Err(error) if error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE) => {
                std::thread::sleep(PAUSE);
                job.advance(1);
            }
            outcome => return outcome.map_err(crate::database::session::failed(&address, doing)),
        }
    }
    Err(DatabaseError::Read {
        who: readers_of_views(session, &plan.schema)?,
        address: session.address().to_owned(),
        schema: plan.schema.clone(),
    })
}

/// Who reads the views now, as people are told of it.
fn readers_of_views(session: &mut Session, schema: &str) -> Result<String, DatabaseError> {
    let sql = "SELECT DISTINCT format('%s (process %s)', a.usename, a.pid)
        FROM pg_locks l JOIN pg_stat_activity a USING (pid)
        WHERE l.relation IN (to_regclass($1), to_regclass($2)) AND a.pid <> pg_backend_pid()";
    let views = ["shoe", "picture"].map(|name| tables::table(schema, name));
    let who = session.texts("asking who reads", sql, &[&views[0], &views[1]])?;
    Ok(match who.is_empty() {
        true => "somebody".to_owned(),
        false => who.join(", "),
    })
}

fn try_to_show(
    session: &mut Session,
    plan: &Plan,
    about: &About,
    shoes: usize,
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
    let before = transaction.query_opt(&sql, &[])?;
    let before: Option<i32> = before.map(|row| row.try_get(0)).transpose()?;
    let mut roles: Vec<Vec<String>> = Vec::new();
    for name in ["shoe", "picture"] {
        roles.push(who_may_read(
            &mut transaction,
            &tables::table(schema, name),
        )?);
    }
    let has_learned = tables::dims(&about.info).1.is_some();
    let faces = tables::faces(
        schema,
        plan.version,
        &plan.spread,
        &about.columns,
        has_learned,
        LEARNED_WEIGHT,
    );
    for sql in &faces.functions {
        transaction.batch_execute(sql)?;
    }
    for (name, sql) in &faces.views {
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
    for (name, roles) in ["shoe", "picture"].iter().zip(roles) {
        for role in roles {
            let view = tables::table(schema, name);
            let functions = tables::functions(&plan.schema);
            transaction.batch_execute(&format!(
                "GRANT SELECT ON {view} TO {role}; GRANT EXECUTE ON FUNCTION {functions} TO {role}"
            ))?;
        }
    }
    let sql = format!("UPDATE {versions} SET state = 'old' WHERE state = 'current'");
    transaction.execute(&sql, &[])?;
    let sql = format!(
        "UPDATE {versions} SET state = 'current', about = $2, finished = now(), shoes = $3 WHERE version = $1"
    );
    transaction.execute(&sql, &[&plan.version, &json, &(shoes as i64)])?;
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
        let table = tables::of_version(&plan.schema, "shoe", before);
        for role in who_may_read(transaction, &table)? {
            if !roles.contains(&role) {
                roles.push(role);
            }
        }
    }
    let mut there: Vec<String> = OF_A_VERSION.iter().map(|name| plan.table(name)).collect();
    there.extend(["version", "shoe", "picture"].map(|name| tables::table(&plan.schema, name)));
    // Parts on servers are asked by themselves.
    if !plan.spread.servers.is_empty() {
        let parts = |name| tables::places(&plan.schema, name, plan.version, &plan.spread);
        there.extend(["shoe", "source"].into_iter().flat_map(parts));
    }
    for role in roles {
        let schema = quoted(&plan.schema);
        transaction.batch_execute(&format!(
            "GRANT USAGE ON SCHEMA {schema} TO {role}; GRANT SELECT ON {} TO {role};
            GRANT EXECUTE ON FUNCTION {} TO {role}",
            there.join(", "),
            tables::functions(&plan.schema)
        ))?;
    }
    Ok(())
}

/// The roles beside its owner that may read a table or a view, quoted; none where it is not there.
fn who_may_read(
    transaction: &mut Transaction<'_>,
    table: &str,
) -> Result<Vec<String>, postgres::Error> {
    let sql = "SELECT DISTINCT CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END
        FROM pg_class c, aclexplode(c.relacl)
        WHERE c.oid = to_regclass($1) AND privilege_type = 'SELECT' AND grantee <> c.relowner";
    let rows = transaction.query(sql, &[&table])?;
    rows.iter().map(|row| row.try_get(0)).collect()
}

/// Drops the versions beside the new one that nobody reads; gives those that are read.
pub(super) fn drop_others(session: &mut Session, plan: &Plan) -> Result<Vec<i32>, DatabaseError> {
    let all = published::versions(session, &plan.schema)?;
    let mut still_read = Vec::new();
    for other in all.iter().filter(|other| other.version != plan.version) {
        if !drop_version(session, &plan.schema, other)? {
            still_read.push(other.version);
        }
    }
    Ok(still_read)
}

/// Drops a version, unless somebody reads it, or something of somebody else depends on it.
pub(in crate::database) fn drop_version(
    session: &mut Session,
    schema: &str,
    version: &Version,
) -> Result<bool, DatabaseError> {
    let address = session.address().to_owned();
    match drop_here(session, schema, version.version) {
        Ok(true) => {}
        Ok(false) => return Ok(false),
        Err(error) if KEEPS.iter().any(|code| error.code() == Some(code)) => return Ok(false),
        Err(error) => {
            return Err(DatabaseError::of(
                &address,
                "dropping an old version",
                &error,
            ));
        }
    }
    // Its line goes last: what is left on a server that does not answer is known of, and dropped another time.
    if let Err(error) = servers::drop_parts(session, schema, version.version, &version.spread) {
        tracing::warn!("{error}");
        return Ok(false);
    }
    let sql = format!(
        "DELETE FROM {} WHERE version = $1",
        tables::table(schema, "version")
    );
    session.query("dropping an old version", &sql, &[&version.version])?;
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
    transaction.commit()?;
    Ok(true)
}
