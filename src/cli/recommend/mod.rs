//! `shoespace recommend`: shoes like a shoe, like a photo, or like several; or those of every shoe.

mod args;
#[cfg(feature = "postgres")]
mod database;
mod print;

pub use args::RecommendArgs;
pub(super) use args::weights_of;

#[cfg(feature = "postgres")]
use super::Usage;
use super::asked::{catalogue, keep_apart, row_of};
use super::progress::watched_job;
use crate::catalog::Catalog;
use crate::cli::out::say;
use crate::embed;
use crate::job::Job;
use crate::paths::Roots;
use crate::recommend::{Example, Query, Recommender, photo, table};
use crate::workspace::search::search;
use print::print_answer;
use std::sync::Arc;

pub(super) fn run(args: RecommendArgs, roots: &Roots) -> anyhow::Result<()> {
    let asked = args.read()?;
    #[cfg(feature = "postgres")]
    {
        if let Some(address) = super::asked::database(args.catalogue.as_deref()) {
            return database::recommend(&args, asked, address, roots);
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
