//! The arguments of `shoespace recommend`.

use crate::catalog::filter::Filters;
use crate::catalog::picture;
use crate::cli::Usage;
use crate::recommend::{LEARNED, Metric, Query, Recommender, Weights};
use image::RgbImage;
use std::path::PathBuf;

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
    pub(super) catalogue: Option<PathBuf>,
    /// The schema, where a database is named [default: shoespace]
    #[cfg(feature = "postgres")]
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) schema: Option<String>,
    /// Of a database: ask its index of nearest shoes, which is faster where there are very many and may miss some
    #[cfg(feature = "postgres")]
    #[arg(long)]
    pub(in crate::cli) approximate: bool,
    /// Shoes like the shoe with this id
    #[arg(long)]
    pub(in crate::cli) id: Option<String>,
    /// Shoes like the one in this photo
    #[arg(long, value_name = "FILE", conflicts_with = "id")]
    pub(super) image: Option<PathBuf>,
    /// Shoes near to this one, an id (repeatable). Beside --id or --image they lean the list their way; alone, any
    /// one of several is enough to be near to
    #[arg(long, value_name = "ID")]
    pub(in crate::cli) like: Vec<String>,
    /// Shoes far from this one, an id (repeatable)
    #[arg(long, value_name = "ID")]
    pub(in crate::cli) dislike: Vec<String>,
    /// The recommendations of every shoe, written to the file of -o
    #[arg(long, requires = "output")]
    pub(in crate::cli) all: bool,
    /// Where --all writes its table: FILE.parquet or FILE.csv
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// How many recommendations
    #[arg(short)]
    pub(in crate::cli) k: Option<usize>,
    /// Only shoes for which this holds, as gender=Women or 'year>=2012' (repeatable)
    #[arg(long = "where", value_name = "CONDITION")]
    conditions: Vec<String>,
    /// Only shoes that have these words in their id or metadata, as the explorer's search field finds them
    #[arg(long, value_name = "WORDS")]
    pub(in crate::cli) search: Option<String>,
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
    pub(super) json: bool,
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
pub(in crate::cli) struct Asked {
    pub filters: Filters,
    pub photo: Option<RgbImage>,
}

impl RecommendArgs {
    /// What is wrong with the question is said before the catalogue is read.
    pub(super) fn read(&self) -> anyhow::Result<Asked> {
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
    pub(in crate::cli) fn weights(&self, recommender: &Recommender) -> anyhow::Result<Weights> {
        let mut weights = weights_of(recommender, &self.weight)?;
        weights.metric = self.metric.into();
        if self.no_learned {
            weights.blocks.remove(LEARNED);
        }
        Ok(weights)
    }

    /// How many, which, and how they are compared; what to go by and filters are missing.
    pub(in crate::cli) fn query(&self, weights: Weights) -> Query {
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

/// The default weights, with those of the flags in their place.
pub(in crate::cli) fn weights_of(
    recommender: &Recommender,
    flags: &[String],
) -> anyhow::Result<Weights> {
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
