//! `shoespace publish` and `shoespace unpublish`: a catalogue in PostgreSQL, and away again.

use super::asked::catalogue;
use super::progress::watched_job;
use crate::catalog::Catalog;
use crate::cli::out::{say, tell};
use crate::database::Address;
use crate::database::publish::{PublishOptions, publish};
use crate::database::unpublish::unpublish;
use crate::paths::Roots;
use std::path::PathBuf;
use std::sync::Arc;

/// The arguments of `shoespace publish`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shoespace publish mine.parquet postgres://ann@db.example/shop
  shoespace publish mine.parquet 'postgres://ann@db.example/shop?sslmode=verify-full' --schema shoes --hnsw --reader site
  shoespace recommend postgres://ann@db.example/shop --id 9204

The password comes from PGPASSWORD, ~/.pgpass or a service file, as psql takes it. Readers see the version before until
the new one is whole. Stopped or killed, the same command goes on; run again, it sends only what changed.
docs/postgres.md tells which rights it takes, and how a site asks without shoespace.")]
pub struct PublishArgs {
    /// The catalogue; the one that comes with shoespace if only an address is given
    #[arg(value_names = ["CATALOGUE", "ADDRESS"], num_args = 1..=2, required = true)]
    names: Vec<String>,
    /// The schema that it is published into [default: shoespace]
    #[arg(long, value_name = "NAME")]
    schema: Option<String>,
    /// Connections that send at the same time [default: one a core, at most 4]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=64))]
    workers: Option<u16>,
    /// Build an index of nearest shoes too, for `recommend --approximate`
    #[arg(long)]
    hnsw: bool,
    /// Leave the pictures out
    #[arg(long)]
    no_pictures: bool,
    /// Send all of it, also what is there already: where somebody changed the tables
    #[arg(long)]
    anew: bool,
    /// Spread it over this foreign server of the database (repeatable; docs/postgres.md)
    #[arg(long, value_name = "SERVER")]
    over: Vec<String>,
    /// A role that may read it, beside those that may read the version before (repeatable)
    #[arg(long = "reader", value_name = "ROLE")]
    readers: Vec<String>,
    /// Print what came of it as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: PublishArgs, roots: &Roots) -> anyhow::Result<()> {
    let (named, address) = match args.names.as_slice() {
        [named, address] => (Some(PathBuf::from(named)), address),
        [address] => (None, address),
        _ => anyhow::bail!("name a catalogue and the address of a database"),
    };
    // What is wrong with the address is said before the catalogue is read.
    let address = Address::parse(address)?.in_schema(args.schema.as_deref())?;
    let path = catalogue(named.as_deref(), roots)?;
    let job = watched_job(
        "shoes",
        Some("what was sent is kept, and the same command goes on"),
    );
    let catalog = Arc::new(Catalog::open(&path)?);
    let usual = PublishOptions::default();
    let options = PublishOptions {
        workers: args.workers.map_or(usual.workers, usize::from),
        hnsw: args.hnsw,
        pictures: !args.no_pictures,
        anew: args.anew,
        over: args.over,
        readers: args.readers,
    };
    let report = publish(&catalog, &address, &options, &job)?;
    if args.json {
        say!("{}", serde_json::to_string_pretty(&report)?);
        return Ok(());
    }
    let sent = match report.kept {
        0 => format!("{:.1} MB sent", report.bytes as f64 / 1e6),
        kept => format!(
            "{:.1} MB sent, {kept} of {} lines were there already",
            report.bytes as f64 / 1e6,
            kept + report.sent
        ),
    };
    say!(
        "{address}: {} shoes in the schema {}, version {} ({sent} in {:.1} s, indexes {:.1} s)",
        report.shoes,
        report.schema,
        report.version,
        report.sending,
        report.indexing
    );
    if !report.still_there.is_empty() {
        let which: Vec<String> = report.still_there.iter().map(i32::to_string).collect();
        tell!(
            "note: version {} is still read, or something depends on it; the next publish drops what is free by then",
            which.join(", ")
        );
    }
    Ok(())
}

/// The arguments of `shoespace unpublish`.
#[derive(Debug, clap::Args)]
pub struct UnpublishArgs {
    /// The address of the database
    address: String,
    /// The schema that the catalogue is in [default: shoespace]
    #[arg(long, value_name = "NAME")]
    schema: Option<String>,
}

pub(super) fn run_unpublish(args: UnpublishArgs) -> anyhow::Result<()> {
    let address = Address::parse(&args.address)?.in_schema(args.schema.as_deref())?;
    let versions = unpublish(&address)?;
    let versions = match versions {
        1 => "its version".to_owned(),
        n => format!("all {n} versions"),
    };
    say!(
        "{address}: the catalogue in the schema {} is gone, {versions}",
        address.schema()
    );
    Ok(())
}
