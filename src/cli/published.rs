//! What is published at an address: opened, told, verified.

use crate::cli::out::say;
use crate::cli::progress::watched_job;
use crate::database::published::Published;
use crate::database::verify;
use crate::database::{Address, DatabaseError, Session};

/// Opens what is published at an address.
pub(super) fn open(address: &str, schema: Option<&str>) -> anyhow::Result<(Session, Published)> {
    let address = Address::parse(address)?.in_schema(schema)?;
    let mut session = Session::open(&address)?;
    let published = Published::open(&mut session, address.schema())?;
    Ok((session, published))
}

/// `shoespace inspect postgres://…`
pub(super) fn inspect(address: &str, schema: Option<&str>, json: bool) -> anyhow::Result<()> {
    let (mut session, published) = open(address, schema)?;
    let about = published.about();
    let bytes = published.bytes(&mut session)?;
    let counted = published.counted(&mut session)?;
    if counted != published.len() {
        return Err(DatabaseError::Changed {
            address: session.address().to_owned(),
            what: format!(
                "it has {counted} shoes, and {} were published",
                published.len()
            ),
        }
        .into());
    }
    if json {
        let columns: Vec<_> = about.columns().collect();
        let report = serde_json::json!({
            "address": session.address(),
            "schema": published.schema(),
            "version": published.version(),
            "name": about.name,
            "count": published.len(),
            "bytes": bytes,
            "embedder": about.info.embedder.name,
            "embedder_sha256": about.info.embedder.sha256,
            "fingerprint": about.fingerprint,
            "columns": columns.iter().map(|(name, field)| serde_json::json!({"name": name, "field": field})).collect::<Vec<_>>(),
            "has_pictures": about.has_pictures,
            "has_hnsw": about.has_hnsw,
        });
        say!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        say!(
            "{}: {}, {} shoes in the schema {}, version {}, {:.1} MB with indexes",
            session.address(),
            about.name,
            published.len(),
            published.schema(),
            published.version(),
            bytes as f64 / 1e6
        );
        say!("embedder: {}", about.info.embedder);
        let blocks = about.info.blocks.iter();
        let blocks: Vec<String> = blocks.map(|b| format!("{} ({})", b.name, b.dims)).collect();
        say!("blocks:   {}", blocks.join(", "));
        say!(
            "asked:    exactly{}",
            match about.has_hnsw {
                true => ", or by an index (--approximate)",
                false => "; publish --hnsw adds an index of nearest shoes",
            }
        );
        say!(
            "pictures: {}",
            if about.has_pictures {
                "there"
            } else {
                "left out"
            }
        );
        say!("columns:");
        for (name, field) in about.columns() {
            match name == field {
                true => say!("  {name}"),
                false => say!("  {name}, in the tables \"{field}\""),
            }
        }
    }
    Ok(())
}

/// `shoespace inspect postgres://… --verify`
pub(super) fn verify(address: &str, schema: Option<&str>) -> anyhow::Result<()> {
    let job = watched_job("lines", None);
    let (mut session, published) = open(address, schema)?;
    let changed = verify::verify(&mut session, &published, &job)?;
    let counted = published.counted(&mut session)?;
    let what = match (changed.len(), changed.first()) {
        (0, _) if counted == published.len() => {
            say!(
                "{}: {counted} shoes are there as they were published",
                session.address()
            );
            return Ok(());
        }
        (0, _) => format!(
            "it has {counted} shoes, and {} were published",
            published.len()
        ),
        (1, Some(row)) => format!("a shoe is not as it was published, number {row}"),
        (n, row) => format!(
            "{n} shoes are not as they were published, the first is number {}",
            row.unwrap_or(&-1)
        ),
    };
    Err(DatabaseError::Changed {
        address: session.address().to_owned(),
        what,
    }
    .into())
}
