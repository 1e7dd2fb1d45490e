//! `shoespace index`: make a catalogue from photos.

use super::asked::expect_ending;
use super::layout;
use super::progress::watched_job;
use crate::catalog::filter::Filters;
use crate::catalog::import::{Format, ImportOptions, summary, tables_apart};
use crate::catalog::picture::DEFAULT_THUMBNAIL;
use crate::cli::out::say;
use crate::embed::find_weights;
use crate::index::{IndexOptions, IndexReport, ShardOf, index};
use crate::paths::Roots;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use std::path::PathBuf;

/// How many left-out photos are listed on the terminal; `--json` has all of them.
const LISTED: usize = 20;

/// The arguments of `shoespace index`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shoespace index photos/ -o mine.parquet
  shoespace index photos.zip more-photos/ -o mine.parquet --metadata prices.csv
  shoespace index /usr/share/datasets/fashion-mnist -o shoes.parquet --where 'label=Sandal,Sneaker,Ankle boot'

Ctrl-C keeps what is done; the same command goes on from there.")]
pub struct IndexArgs {
    /// Folders, zips or tars of photos, or Parquet files of them
    #[arg(required = true, value_name = "SOURCE")]
    sources: Vec<PathBuf>,
    /// The catalogue to write
    #[arg(short, long, value_name = "OUT.parquet")]
    output: PathBuf,
    /// How the photos and their metadata are laid out
    #[arg(long, value_parser = format_parser(), default_value = AUTO, hide_default_value = true)]
    format: FormatChoice,
    /// A table of metadata (CSV, TSV, JSON, JSON Lines, a workbook) instead of those that lie with the photos: the column
    /// that names most pictures joins it; may be repeated
    #[arg(long, value_name = "FILE")]
    metadata: Vec<PathBuf>,
    /// The encoding of tables that do not say it, as gbk, shift_jis or windows-1251; guessed without this
    #[arg(long, value_name = "NAME")]
    encoding: Option<String>,
    /// Each picture of a product in a shop's export is a shoe, and not only the first
    #[arg(long)]
    each_picture: bool,
    /// Only shoes that meet this condition: COLUMN=VALUE[,VALUE…], or !=, <, <=, >, >=, ~ (contains); may be repeated
    #[arg(long = "where", value_name = "CONDITION")]
    filters: Vec<String>,
    /// The longest side of the stored pictures, in pixels; they never grow
    #[arg(long, value_name = "PIXELS", default_value_t = DEFAULT_THUMBNAIL,
          value_parser = clap::value_parser!(u32).range(8..=2048))]
    thumbnail: u32,
    /// At most so many shoes, the first ones
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,
    /// Only part I of N of them, by their ids: N machines that know nothing of each other index all of them, and
    /// `shoespace fit` makes one catalogue of the parts
    #[arg(long, value_name = "I/N", conflicts_with = "layout")]
    shard: Option<ShardOf>,
    /// Lay the shoes out by their neighbourhoods too, as `shoespace layout` does
    #[arg(long)]
    layout: bool,
    /// Leave out pictures that show nothing, of one colour all over
    #[arg(long)]
    skip_blank: bool,
    /// List every file that was met in a table, with what became of it
    #[arg(long, value_name = "FILE.csv")]
    report: Option<PathBuf>,
    /// Write a report as JSON to standard output
    #[arg(long)]
    json: bool,
}

/// The value of `--format` that leaves the choice to each source.
const AUTO: &str = "auto";

/// What `--format` says.
#[derive(Debug, Clone)]
struct FormatChoice(Option<Format>);

/// Takes the names of the importers, and [`AUTO`].
fn format_parser() -> impl TypedValueParser<Value = FormatChoice> {
    let auto = PossibleValue::new(AUTO).help("Whichever of the others the source looks like");
    let formats = Format::all().map(|f| PossibleValue::new(f.name()).help(f.about()));
    PossibleValuesParser::new(std::iter::once(auto).chain(formats))
        .map(|name| FormatChoice(Format::named(&name)))
}

pub(super) fn run(args: IndexArgs, roots: &Roots) -> anyhow::Result<()> {
    expect_ending(&args.output, "a catalogue", "parquet")?;
    if let Some(report) = &args.report {
        expect_ending(report, "a list of files", "csv")?;
    }
    let encoding = args.encoding.as_deref();
    let encoding = encoding.map(ImportOptions::encoding_named).transpose()?;
    let (sources, beside) = tables_apart(args.sources);
    let options = IndexOptions {
        import: ImportOptions {
            format: args.format.0,
            metadata: [args.metadata, beside].concat(),
            encoding,
            each_picture: args.each_picture,
        },
        report: args.report,
        skip_blank: args.skip_blank,
        shard: args.shard,
        filter: Filters::parse(&args.filters)?,
        thumbnail: args.thumbnail,
        limit: args
            .limit
            .map(|limit| usize::try_from(limit).unwrap_or(usize::MAX)),
        ..IndexOptions::new(sources, args.output, find_weights(roots)?)
    };
    let job = watched_job("photos", Some("what is done is kept"));
    let report = index(&options, &job)?;
    if args.layout {
        layout::lay_out(&report.output, &report.output, 0, &job)?;
    }
    if args.json {
        say!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print(&report);
    }
    Ok(())
}

fn print(report: &IndexReport) {
    if !report.skipped.is_empty() {
        say!(
            "{} photos could not be read and are left out:",
            report.skipped.len()
        );
        for skipped in report.skipped.iter().take(LISTED) {
            say!("  {}: {}", skipped.picture, skipped.reason);
        }
        if report.skipped.len() > LISTED {
            say!(
                "  … and {} more (--json lists all)",
                report.skipped.len() - LISTED
            );
        }
    }
    let first_three: f32 = report.variance.iter().take(3).sum();
    say!(
        "{}: {} shoes, {:.1} MB, in {:.0} s ({:.0} photos a second); {:.0} % of the variance on the first three axes",
        report.output.display(),
        report.count,
        report.bytes as f64 / 1e6,
        report.seconds,
        report.photos_per_second,
        first_three * 100.0,
    );
    if !report.columns.is_empty() {
        say!("metadata: {}", report.columns.join(", "));
    }
    let taken: Vec<String> = report
        .taken
        .iter()
        .map(|kind| format!("{} {}", kind.count, kind.kind))
        .collect();
    say!("taken: {}", taken.join(", "));
    if !report.left_out.is_empty() {
        say!("left out: {}", summary(&report.left_out));
    }
    match &report.report {
        Some(path) => say!("every file with what became of it: {}", path.display()),
        None if !report.left_out.is_empty() => {
            say!("(--report FILE.csv lists every file with what became of it)");
        }
        None => {}
    }
}
