//! `shoespace recommend`: shoes like a shoe, like a photo, or like several; or those of every shoe.

use super::Usage;
#[cfg(feature = "postgres")]
use super::asked::database;
use super::asked::{catalogue, keep_apart, row_of};
use super::progress::watched_job;
use crate::catalog::filter::Filters;
use crate::catalog::{Catalog, picture};
use crate::cli::out::{say, tell};
use crate::embed;
use crate::job::Job;
use crate::paths::Roots;
use crate::recommend::{
    Example, LEARNED, Metric, Query, Recommendation, Recommender, Weights, photo, table,
};
use crate::workspace::search::search;
use image::RgbImage;
use std::path::PathBuf;
use std::sync::Arc;

/// The arguments of `shoespace recommend`.
#[derive(Debug, clap::Args)]
#[command(
    group = clap::ArgGroup::new("question").required(true).multiple(true).args(["id", "image", "like", "dislike", "all"]),
    after_help = "Examples:\n  \
    shoespace recommend data/fashion-mnist-shoes.parquet --id train-00001\n  \
    shoespace recommend kaggle.parquet --like 9204 --like 46885 --dislike 12967 --where 'year>=2012' --json\n  \
    shoespace recommend kaggle.parquet --image photo.jpg --where gender=Women --weight colour=0.8\n  \
    shoespace recommend kaggle.parquet --id 9204 --search 'puma running'\n  \
    shoespace recommend kaggle.parquet --all -k 24 -o recommendations.parquet\n  \
    shoespace recommend postgres://ann@db.example/shop --id 9204 --where 'price<50'"
)]
pub struct RecommendArgs {
    /// The catalogue to recommend from, or the address of a database; the one that comes with shoespace if none is named
    catalogue: Option<PathBuf>,
    /// The schema, where a database is named [default: shoespace]
    #[cfg(feature = "postgres")]
    #[arg(long, value_name = "NAME")]
    pub(super) schema: Option<String>,
    /// Of a database: ask its index of nearest shoes, which is faster where there are very many and may miss some
    #[cfg(feature = "postgres")]
    #[arg(long)]
    pub(super) approximate: bool,
    /// Shoes like the shoe with this id
    #[arg(long)]
    pub(super) id: Option<String>,
    /// Shoes like the one in this photo
    #[arg(long, value_name = "FILE", conflicts_with = "id")]
    image: Option<PathBuf>,
    /// Shoes near to this one, an id (repeatable). Beside --id or --image they lean the list their way; alone, any
    /// one of several is enough to be near to
    #[arg(long, value_name = "ID")]
    pub(super) like: Vec<String>,
    /// Shoes far from this one, an id (repeatable)
    #[arg(long, value_name = "ID")]
    pub(super) dislike: Vec<String>,
    /// The recommendations of every shoe, written to the file of -o
    #[arg(long, requires = "output")]
    pub(super) all: bool,
    /// Where --all writes its table: FILE.parquet or FILE.csv
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// How many recommendations
    #[arg(short)]
    pub(super) k: Option<usize>,
    /// Only shoes for which this holds, as gender=Women or 'year>=2012' (repeatable)
    #[arg(long = "where", value_name = "CONDITION")]
    conditions: Vec<String>,
    /// Only shoes that have these words in their id or metadata, as the explorer's search field finds them
    #[arg(long, value_name = "WORDS")]
    pub(super) search: Option<String>,
    /// Only shoes with the same value in this column as the shoe of --id, or else the first liked one (repeatable)
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    same: Vec<String>,
    /// Another weight for a block or a metadata column, as style=1 (repeatable; 0 leaves it out)
    #[arg(long, value_name = "NAME=WEIGHT")]
    weight: Vec<String>,
    /// Leave out what was learned from labels
    #[arg(long)]
    no_learned: bool,
    /// How two shoes are compared
    #[arg(long, value_enum, default_value_t = MetricArg::Cosine)]
    metric: MetricArg,
    /// 0: the nearest shoes; up to 1: shoes unlike each other
    #[arg(long, value_name = "0..1", default_value_t = 0.0)]
    diversity: f32,
    /// Show shoes that look the same only once
    #[arg(long)]
    fold: bool,
    /// Print the answer as JSON, with the contribution of each block and column
    #[arg(long)]
    json: bool,
}

/// How many recommendations if nothing is said.
const USUAL_K: usize = 24;

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum MetricArg {
    Cosine,
    SquaredEuclidean,
}

impl From<MetricArg> for Metric {
    fn from(metric: MetricArg) -> Self {
        match metric {
            MetricArg::Cosine => Self::Cosine,
            MetricArg::SquaredEuclidean => Self::SquaredEuclidean,
        }
    }
}

/// What was read of the arguments before anything is opened.
pub(super) struct Asked {
    pub filters: Filters,
    pub photo: Option<RgbImage>,
}

impl RecommendArgs {
    /// What is wrong with the question is said before the catalogue is read.
    fn read(&self) -> anyhow::Result<Asked> {
        let asks = self.id.is_some() || self.image.is_some() || !self.like.is_empty() || self.json;
        if self.all && asks {
            return Err(Usage(
                "--all asks for every shoe: leave out --id, --image, --like and --json".into(),
            )
            .into());
        }
        if self.output.is_some() && !self.all {
            return Err(Usage("-o is where --all writes its table; the answer to one question goes to standard output".into()).into());
        }
        Ok(Asked {
            filters: Filters::parse(&self.conditions)?,
            photo: self.image.as_deref().map(picture::read).transpose()?,
        })
    }

    /// The weights of the flags.
    pub(super) fn weights(&self, recommender: &Recommender) -> anyhow::Result<Weights> {
        let mut weights = weights_of(recommender, &self.weight)?;
        weights.metric = self.metric.into();
        if self.no_learned {
            weights.blocks.remove(LEARNED);
        }
        Ok(weights)
    }

    /// How many, which, and how they are compared; what to go by and filters are missing.
    pub(super) fn query(&self, weights: Weights) -> Query {
        Query {
            same: self.same.clone(),
            k: self.k.unwrap_or(USUAL_K),
            diversity: self.diversity,
            fold_duplicates: self.fold,
            weights,
            ..Query::default()
        }
    }
}

pub(super) fn run(args: RecommendArgs, roots: &Roots) -> anyhow::Result<()> {
    let asked = args.read()?;
    #[cfg(feature = "postgres")]
    {
        if let Some(address) = database(args.catalogue.as_deref()) {
            return super::published::recommend(&args, asked, address, roots);
        }
        if args.approximate {
            return Err(Usage(
                "--approximate is for a database; a file is always answered exactly".into(),
            )
            .into());
        }
    }
    let path = catalogue(args.catalogue.as_deref(), roots)?;
    if let Some(output) = &args.output {
        table::Form::of(output)?;
        keep_apart(output, &[&path])?;
    }
    let job = if args.all {
        watched_job("shoes", None)
    } else {
        Job::new()
    };
    let catalog = Arc::new(Catalog::open(&path)?);
    let example = |id: &String| Ok(Example::Row(row_of(&catalog, id)?));
    let all = |ids: &[String]| ids.iter().map(example).collect::<anyhow::Result<Vec<_>>>();
    let mut target = args.id.as_ref().map(example).transpose()?;
    let (likes, dislikes) = (all(&args.like)?, all(&args.dislike)?);
    if let Some(photo) = asked.photo {
        let embedder = embed::embedder_of(&catalog.info().embedder).open(roots)?;
        catalog.expect_embedder(embedder.id())?;
        let photo = photo::as_in(&catalog, photo);
        let features = embedder.embed(&[photo])?;
        target = features.into_iter().next().map(Example::Features);
    }
    let among = match &args.search {
        Some(words) => Some(Arc::new(search(&*catalog, words)?.fits)),
        None => None,
    };
    let recommender = Recommender::observed(catalog, &job)?;
    let weights = args.weights(&recommender)?;
    if let Some(k) = args.k {
        recommender.expect_k(k)?;
    }
    let query = Query {
        target,
        likes,
        dislikes,
        filters: asked.filters,
        among,
        ..args.query(weights)
    };
    if let Some(output) = &args.output {
        let written = recommender.write_table(&query, output, &job)?;
        say!("{written} recommendations written to {}", output.display());
        return Ok(());
    }
    let list = recommender.recommend(&query)?;
    print_answer(&args, recommender.catalog(), &list)
}

/// Prints a list whose rows are those of `catalog`.
pub(super) fn print_answer(
    args: &RecommendArgs,
    catalog: &Catalog,
    list: &[Recommendation],
) -> anyhow::Result<()> {
    if args.k.is_some_and(|k| list.len() < k) {
        tell!("note: only {} shoes are left by the filters", list.len());
    }
    if args.json {
        return print_json(catalog, list);
    }
    print_list(catalog, list);
    Ok(())
}

/// The default weights, with those of the flags in their place.
pub(super) fn weights_of(recommender: &Recommender, flags: &[String]) -> anyhow::Result<Weights> {
    let mut weights = Weights::default();
    for flag in flags {
        let parsed = flag
            .split_once('=')
            .and_then(|(name, weight)| Some((name.trim(), weight.trim().parse::<f32>().ok()?)));
        let Some((name, weight)) = parsed else {
            anyhow::bail!("--weight {flag}: write a block or column and a number, as style=0.5");
        };
        // A name that is neither is told when the question is asked, with those that there are.
        let is_block = name == LEARNED || recommender.block_names().contains(&name);
        let is_column = recommender.catalog().column(name).is_some();
        let of_kind = match is_column && !is_block {
            true => &mut weights.columns,
            false => &mut weights.blocks,
        };
        of_kind.insert(name.to_owned(), weight);
    }
    weights.check()?;
    Ok(weights)
}

fn print_json(catalog: &Catalog, list: &[Recommendation]) -> anyhow::Result<()> {
    let shoes: Vec<_> = list
        .iter()
        .map(|shoe| {
            let contributions: serde_json::Map<_, _> = shoe
                .contributions
                .iter()
                .map(|(name, value)| (name.clone(), serde_json::json!(value)))
                .collect();
            let folded: Vec<_> = shoe.folded.iter().map(|&row| catalog.id(row)).collect();
            serde_json::json!({
                "id": catalog.id(shoe.row),
                "score": shoe.score,
                "distance": shoe.distance,
                "contributions": contributions,
                "reason": shoe.reason,
                "folded": folded,
            })
        })
        .collect();
    say!("{}", serde_json::to_string_pretty(&shoes)?);
    Ok(())
}

fn print_list(catalog: &Catalog, list: &[Recommendation]) {
    let width = list
        .iter()
        .map(|shoe| catalog.id(shoe.row).chars().count())
        .max()
        .unwrap_or(0);
    for (at, shoe) in list.iter().enumerate() {
        let folded = match shoe.folded.len() {
            0 => String::new(),
            more => format!(" (and {more} that look the same)"),
        };
        say!(
            "{:>4}  {:<width$}  {:>7.4}  {}{folded}",
            at + 1,
            catalog.id(shoe.row),
            shoe.score,
            shoe.reason,
        );
    }
}
