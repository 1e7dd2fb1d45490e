//! `shoespace inspect`: say what is in a catalogue.

#[cfg(feature = "postgres")]
use super::Usage;
use super::asked::catalogue;
#[cfg(feature = "postgres")]
use super::asked::database;
use crate::catalog::filter::Filters;
use crate::catalog::{Catalog, Column, Roles};
use crate::cli::out::{say, tell};
use crate::digest::{listed, sha256_hex};
use crate::paths::Roots;
use crate::space::Space;
use crate::workspace::search::{NothingFound, search};
use crate::workspace::titles::title;
use anyhow::Context as _;
use serde::Serialize;
use std::path::PathBuf;

/// How many values of a column are named on the terminal.
const NAMED: usize = 8;
/// How many of the shoes that were found are named there.
const LISTED: usize = 50;

/// The arguments of `shoespace inspect`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shoespace inspect
  shoespace inspect mine.parquet --json
  shoespace inspect mine.parquet --verify
  shoespace inspect mine.parquet --search 'red boot' --where 'year>=2012'")]
pub struct InspectArgs {
    /// The catalogue: a file, a folder of such files, or the address of a database (the one that comes with shoespace,
    /// if left out)
    catalogue: Option<PathBuf>,
    /// The schema, where a database is named [default: shoespace]
    #[cfg(feature = "postgres")]
    #[arg(long, value_name = "NAME")]
    schema: Option<String>,
    /// Say which shoes have these words in their id or metadata, as the explorer's search field finds them
    #[arg(long, value_name = "WORDS")]
    search: Option<String>,
    /// Say for which shoes this holds, as gender=Women or 'year>=2012' (repeatable)
    #[arg(long = "where", value_name = "CONDITION")]
    conditions: Vec<String>,
    /// Read all of it, every block, column and picture, and say what is damaged
    #[arg(long, conflicts_with_all = ["json", "search", "conditions"])]
    verify: bool,
    /// Write JSON to standard output
    #[arg(long)]
    json: bool,
}

/// What is in a catalogue, as `--json` tells it.
#[derive(Debug, Serialize)]
struct Report {
    /// How many shoes.
    count: usize,
    /// The names of the metadata columns.
    columns: Vec<String>,
    /// The names of the blocks.
    blocks: Vec<String>,
    /// The network's name.
    embedder: String,
    /// The share of the whole variance on each axis, largest first.
    variance: Vec<f32>,
    /// SHA-256 of the network's weights.
    embedder_sha256: String,
    /// The numbers a shoe has in each block.
    dims: Vec<usize>,
    /// The layouts beside the components.
    layouts: Vec<String>,
    /// Which columns mean type, gender, colour and brand.
    roles: Roles,
    /// How many shoes are for testing.
    test: usize,
    /// How many shoes have the id of an earlier one.
    repeated_ids: usize,
    /// Whether every picture is grey.
    is_grey: bool,
    /// The longest side that a picture may have, in pixels.
    thumbnail: u32,
    /// Where the photos came from.
    source: Vec<String>,
    /// The program that wrote the file.
    created_by: String,
    /// The format's version.
    version: u32,
    /// The size of all files, in bytes.
    bytes: u64,
    /// Says whether two catalogues hold the same shoes.
    fingerprint: String,
    /// The shoes that were searched for.
    #[serde(skip_serializing_if = "Option::is_none")]
    found: Option<Found>,
}

/// What a search and conditions find.
#[derive(Debug, Serialize)]
struct Found {
    /// How many shoes.
    count: usize,
    /// Their ids, in the order of the catalogue.
    ids: Vec<String>,
    #[serde(skip)]
    rows: Vec<usize>,
}

/// Finds shoes; `None` where nothing is asked for.
fn found(catalog: &Catalog, args: &InspectArgs) -> anyhow::Result<Option<Found>> {
    if args.search.is_none() && args.conditions.is_empty() {
        return Ok(None);
    }
    let filters = Filters::parse(&args.conditions)?;
    let passes = filters.mask(catalog)?;
    let words = args.search.as_deref().unwrap_or_default();
    let hits = search(catalog, words)?;
    if !hits.left_out.is_empty() {
        tell!(
            "note: no shoe with the other words has `{}`",
            hits.left_out.join(" ")
        );
    }
    let rows: Vec<usize> = (0..catalog.len())
        .filter(|&row| passes[row] && hits.fits[row])
        .collect();
    if rows.is_empty() {
        let conditions = args.conditions.join(" and ");
        if args.search.is_none() {
            let hint = filters
                .hint(catalog)
                .map_or(String::new(), |h| format!("; {h}"));
            anyhow::bail!("no shoe meets {conditions}{hint}");
        }
        return Err(NothingFound::Both {
            words: words.trim().to_owned(),
            hits: hits.fits.iter().filter(|&&hit| hit).count(),
            conditions,
        }
        .into());
    }
    Ok(Some(Found {
        count: rows.len(),
        ids: rows.iter().map(|&row| catalog.id(row).to_owned()).collect(),
        rows,
    }))
}

pub(super) fn run(args: InspectArgs, roots: &Roots) -> anyhow::Result<()> {
    #[cfg(feature = "postgres")]
    if let Some(address) = database(args.catalogue.as_deref()) {
        if args.search.is_some() || !args.conditions.is_empty() {
            return Err(Usage(
                "--search and --where look into the catalogue's file; of a database inspect tells what is there".into(),
            )
            .into());
        }
        let schema = args.schema.as_deref();
        return match args.verify {
            true => super::published::verify(address, schema),
            false => super::published::inspect(address, schema, args.json),
        };
    }
    let path = catalogue(args.catalogue.as_deref(), roots)?;
    let catalog = Catalog::open(&path)?;
    let found = found(&catalog, &args)?;
    if let Some(advice) = crate::workspace::advice(&catalog) {
        tell!("note: {advice}");
    }
    if args.verify {
        return verify(&catalog);
    }
    let report = report(&catalog, found)?;
    if args.json {
        say!("{}", serde_json::to_string_pretty(&report)?);
    } else if let Some(found) = &report.found {
        print_found(&catalog, found);
    } else {
        print(&catalog, &report);
    }
    Ok(())
}

/// Reads everything, and compares the file with the list that came with it.
fn verify(catalog: &Catalog) -> anyhow::Result<()> {
    let path = catalog.path();
    for info in &catalog.info().blocks {
        catalog.block(&info.name)?;
    }
    for info in &catalog.info().layouts {
        catalog.layout(&info.name)?;
    }
    let mut damaged = 0;
    for row in 0..catalog.len() {
        if let Err(error) = catalog.picture(row) {
            damaged += 1;
            if damaged <= LISTED {
                tell!("{}: {error}", catalog.id(row));
            }
        }
    }
    anyhow::ensure!(
        damaged == 0,
        "{}: {damaged} of {} pictures cannot be read; index the photos again",
        path.display(),
        catalog.len()
    );
    let listed = listed(path);
    if let Some(listed) = &listed
        && *listed != sha256_hex([std::fs::read(path)?])
    {
        anyhow::bail!(
            "{}: all of it can be read, but it is another file than SHA256SUMS beside it lists: damaged, or changed here since, as `shoespace layout` does",
            path.display()
        );
    }
    say!(
        "{}: {} shoes, {} blocks and every picture can be read{}",
        path.display(),
        catalog.len(),
        catalog.info().blocks.len(),
        match listed {
            Some(_) => "; it is the file that SHA256SUMS lists",
            None => "",
        }
    );
    Ok(())
}

fn report(catalog: &Catalog, found: Option<Found>) -> anyhow::Result<Report> {
    let info = catalog.info();
    let space = Space::of(catalog);
    let space = space.with_context(|| catalog.path().display().to_string())?;
    Ok(Report {
        count: catalog.len(),
        columns: catalog.columns().iter().map(|c| c.name.clone()).collect(),
        blocks: info.blocks.iter().map(|b| b.name.clone()).collect(),
        embedder: info.embedder.name.clone(),
        variance: space
            .map(|s| s.variance_shares().to_vec())
            .unwrap_or_default(),
        embedder_sha256: info.embedder.sha256.clone(),
        layouts: info.layouts.iter().map(|l| l.name.clone()).collect(),
        dims: info.blocks.iter().map(|b| b.dims).collect(),
        roles: info.roles.clone(),
        test: (0..catalog.len())
            .filter(|&row| catalog.is_test(row))
            .count(),
        repeated_ids: catalog.repeated_ids(),
        is_grey: catalog.is_grey(),
        thumbnail: info.thumbnail,
        source: info.source.clone(),
        created_by: info.created_by.clone(),
        version: info.version,
        bytes: catalog.bytes(),
        fingerprint: catalog.fingerprint().to_owned(),
        found,
    })
}

/// The shoes that were found, one a line.
fn print_found(catalog: &Catalog, found: &Found) {
    say!("found:    {} of {} shoes", found.count, catalog.len());
    for (id, &row) in found.ids.iter().zip(&found.rows).take(LISTED) {
        match title(catalog, row) {
            title if title == *id => say!("  {id}"),
            title => say!("  {id}  {title}"),
        }
    }
    if found.count > LISTED {
        say!("  and {} more; --json names them all", found.count - LISTED);
    }
}

fn print(catalog: &Catalog, report: &Report) {
    say!(
        "{}: {} shoes, {:.1} MB",
        catalog.path().display(),
        report.count,
        report.bytes as f64 / 1e6
    );
    let split = if catalog.column(crate::catalog::SPLIT_COLUMN).is_some() {
        "by its column `split`"
    } else {
        "by their ids"
    };
    say!(
        "split:    {} for training, {} for testing, {split}",
        report.count - report.test,
        report.test
    );
    if report.repeated_ids > 0 {
        say!(
            "ids:      {} shoes have the id of an earlier one, and are not found by it",
            report.repeated_ids
        );
    }
    say!(
        "embedder: {} ({:.12})",
        report.embedder,
        report.embedder_sha256
    );
    let blocks = report
        .blocks
        .iter()
        .zip(&report.dims)
        .map(|(name, dims)| format!("{name} ({dims})"));
    say!("blocks:   {}", blocks.collect::<Vec<_>>().join(", "));
    if !report.variance.is_empty() {
        let shares = report
            .variance
            .iter()
            .take(3)
            .map(|share| format!("{:.1} %", share * 100.0));
        say!(
            "variance: {} of the whole on the first three axes",
            shares.collect::<Vec<_>>().join(", ")
        );
    }
    if !report.layouts.is_empty() {
        say!("layouts:  components, {}", report.layouts.join(", "));
    }
    let colours = if report.is_grey { "grey" } else { "in colour" };
    say!(
        "pictures: {colours}, at most {} pixels a side",
        report.thumbnail
    );
    if !report.source.is_empty() {
        say!("photos:   {}", report.source.join(", "));
    }
    let roles = &report.roles;
    let roles = [
        ("type", &roles.kind),
        ("gender", &roles.gender),
        ("colour", &roles.colour),
        ("brand", &roles.brand),
    ];
    if report.columns.is_empty() {
        say!("metadata: none");
    } else {
        say!("metadata:");
    }
    for column in catalog.columns() {
        let role = roles
            .iter()
            .find(|(_, name)| name.as_ref() == Some(&column.name));
        let role = role.map_or(String::new(), |(role, _)| format!(" [{role}]"));
        say!("  {}{role}: {}", column.name, describe(column));
    }
}

/// A column's kind, range or most frequent values, and how many are missing.
fn describe(column: &Column) -> String {
    let mut categories = column.categories();
    let there: usize = categories.iter().map(|(_, n)| n).sum();
    let missing = match column.len() - there {
        0 => String::new(),
        n => format!("; {n} missing"),
    };
    let what = match (column.is_numeric(), categories.first(), categories.last()) {
        (true, Some((least, _)), Some((most, _))) => format!("{least} to {most}"),
        (_, None, _) => "no values".to_owned(),
        _ => {
            categories.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
            let named = categories
                .iter()
                .take(NAMED)
                .map(|(value, n)| format!("{} {n}", clipped(value)));
            let mut text = named.collect::<Vec<_>>().join(", ");
            if categories.len() > NAMED {
                text.push_str(&format!(", … ({} values)", categories.len()));
            }
            text
        }
    };
    format!("{what}{missing}")
}

/// A word that fits among others on a line.
fn clipped(word: &str) -> String {
    const LONGEST: usize = 40;
    match word.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &word[..end]),
        None => word.to_owned(),
    }
}
