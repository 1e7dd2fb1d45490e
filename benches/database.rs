//! A catalogue in PostgreSQL: publishing, and from a click to a list, beside our own scan of the same shoes in memory.
//!
//! `cargo bench --profile dev --bench database [-- CATALOGUE] [--asked N] [--hnsw]`: of a catalogue, or of the embedded
//! one; with the index of nearest shoes where `--hnsw` stands (of a million it takes an hour and more to build). The
//! server is one that scripts/postgres.sh starts for it, with PostgreSQL's own settings, or that of `SHOESPACE_BENCH_POSTGRES`.

#[expect(dead_code, reason = "each bench uses its part of what they share")]
mod yardstick;

use rand::{RngExt as _, SeedableRng as _};
use rand_pcg::Pcg64;
use shoespace::catalog::Catalog;
use shoespace::catalog::filter::Filters;
use shoespace::database::ask::{Asker, Question, Subject};
use shoespace::database::publish::{PublishOptions, publish};
use shoespace::database::published::Published;
use shoespace::database::unpublish::unpublish;
use shoespace::database::{Address, Session, remote};
use shoespace::job::Job;
use shoespace::paths::Roots;
use shoespace::recommend::{Example, Query, Recommender};
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How large a share of the shoes a filter is to keep.
const KEPT: f64 = 0.05;

fn main() -> anyhow::Result<()> {
    let mut given = std::env::args().skip(1).filter(|a| a != "--bench");
    let named = given.next().filter(|a| !a.starts_with("--"));
    let path = match named {
        Some(path) => PathBuf::from(path),
        None => Roots::of_process(None).default_catalogue()?,
    };
    let asked: usize = yardstick::argument("asked", 40);
    let hnsw = std::env::args().any(|a| a == "--hnsw");
    let server = std::env::var("SHOESPACE_BENCH_POSTGRES").map_or_else(|_| start(), Ok);
    let Ok(server) = server.inspect_err(|why| println!("not measured: {why}")) else {
        return Ok(());
    };
    let address = Address::parse(&server)?.in_schema(Some("bench"))?;
    let catalog = Arc::new(Catalog::open(&path)?);
    println!("{}: {} shoes", path.display(), catalog.len());

    let options = PublishOptions {
        hnsw,
        pictures: false,
        ..PublishOptions::default()
    };
    let report = publish(&catalog, &address, &options, &Job::new())?;
    println!(
        "publish, without pictures, {} connections: {:.0} shoes a second (wanted 8,000), {:.1} s of sending {:.0} MB, {:.1} s of indexes",
        options.workers,
        report.shoes as f64 / report.sending,
        report.sending,
        report.bytes as f64 / 1e6,
        report.indexing
    );
    let again = publish(&catalog, &address, &options, &Job::new())?;
    println!(
        "publish again, nothing changed: {:.1} s, {} lines sent, {} there already",
        again.sending + again.indexing,
        again.sent,
        again.kept
    );

    let began = Instant::now();
    let opened = remote::open(&address)?;
    println!(
        "opened for the window (ids, columns, positions of {}): {:.2} s",
        opened.len(),
        began.elapsed().as_secs_f64()
    );
    drop(opened);

    let mut session = Session::open(&address)?;
    let asker = Asker::new(Published::open(&mut session, address.schema())?)?;
    let recommender = Recommender::new(catalog.clone())?;
    let filter = filter_that_keeps(&catalog, KEPT);
    let mut random = Pcg64::seed_from_u64(5);
    let rows: Vec<usize> = (0..asked)
        .map(|_| random.random_range(0..catalog.len()))
        .collect();
    for (what, filters, approximate) in [
        ("all", Filters::default(), false),
        (filter.0.as_str(), filter.1.clone(), false),
        ("all, by the index", Filters::default(), true),
        ("by the index, filtered", filter.1.clone(), true),
    ] {
        if approximate && !hnsw {
            println!("{what}: not measured, no index was built (--hnsw)");
            continue;
        }
        let (mut there, mut here, mut found, mut wanted) = (Vec::new(), Vec::new(), 0, 0);
        for &row in &rows {
            let query = Query {
                filters: filters.clone(),
                ..Query::default()
            };
            let question = Question {
                target: Some(Subject::Id(catalog.id(row).to_owned())),
                approximate,
                query: query.clone(),
                ..Question::default()
            };
            let began = Instant::now();
            let answer = asker.ask(&mut session, &question)?;
            there.push(began.elapsed());
            let began = Instant::now();
            let list = recommender.recommend(&Query {
                target: Some(Example::Row(row)),
                ..query
            })?;
            here.push(began.elapsed());
            let ids: Vec<&str> = answer.list.iter().map(|s| answer.among.id(s.row)).collect();
            wanted += list.len();
            found += list
                .iter()
                .filter(|s| ids.contains(&catalog.id(s.row)))
                .count();
        }
        println!(
            "click to list, {what}: {} (of our own scan {}, {:.0} times), recall {:.4}",
            told(&mut there),
            told(&mut here),
            there[asked / 2].as_secs_f64() / here[asked / 2].as_secs_f64(),
            found as f64 / wanted as f64
        );
    }
    drop(session);
    unpublish(&address)?;
    if std::env::var_os("SHOESPACE_BENCH_POSTGRES").is_none() {
        script("remove")?;
    }
    Ok(())
}

/// Median and 95th percentile; sorts.
fn told(times: &mut [Duration]) -> String {
    times.sort();
    let at = |share: usize| times[(times.len() - 1) * share / 100].as_secs_f64() * 1e3;
    format!("{:.1} ms (95 %: {:.1})", at(50), at(95))
}

/// A condition on a column of words that keeps about such a share of the shoes, and what it keeps.
fn filter_that_keeps(catalog: &Catalog, share: f64) -> (String, Filters) {
    let count = catalog.len() as f64;
    let words = catalog.columns().iter().filter(|c| !c.is_measured());
    let all = words.flat_map(|column| {
        let categories = column.categories().into_iter();
        categories.map(|(word, n)| (format!("{}={word}", column.name), n as f64 / count))
    });
    let off = |found: &f64| (found.ln() - share.ln()).abs();
    let nearest = all.min_by(|a, b| off(&a.1).total_cmp(&off(&b.1)));
    let (text, kept) = nearest.unwrap_or((String::new(), 1.0));
    let filters = Filters::parse(&[text.as_str()][..usize::from(!text.is_empty())]);
    (
        format!("{text} ({:.1} % of them)", kept * 100.0),
        filters.unwrap_or_default(),
    )
}

fn script(action: &str) -> anyhow::Result<String> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/postgres.sh");
    let folder = std::env::temp_dir().join("shoespace-bench-postgres");
    let said = tempfile::NamedTempFile::new()?;
    let status = Command::new(script)
        .arg(action)
        .arg(folder)
        .stdin(std::process::Stdio::null())
        .stdout(said.reopen()?)
        .status()?;
    anyhow::ensure!(status.success(), "no PostgreSQL can be had here");
    Ok(std::fs::read_to_string(said.path())?)
}

fn start() -> anyhow::Result<String> {
    let said = script("start")?;
    Ok(said.lines().last().unwrap_or_default().to_owned())
}
