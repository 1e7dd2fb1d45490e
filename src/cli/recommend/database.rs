//! `shoespace recommend postgres://…`

use super::args::{Asked, RecommendArgs};
use super::print::print_answer;
use crate::cli::{Usage, published};
use crate::database::ask::{Asker, Question, Subject};
use crate::embed;
use crate::paths::Roots;
use crate::recommend::{Query, photo};

/// Answers from what is published at an address.
pub(super) fn recommend(
    args: &RecommendArgs,
    asked: Asked,
    address: &str,
    roots: &Roots,
) -> anyhow::Result<()> {
    if args.all || args.search.is_some() {
        return Err(Usage(
            "--all and --search need the catalogue's file: ask it, or the database for one shoe at a time".into(),
        )
        .into());
    }
    let (mut session, published) = published::open(address, args.schema.as_deref())?;
    let asker = Asker::new(published)?;
    let target = match (&args.id, asked.photo) {
        (Some(id), _) => Some(Subject::Id(id.clone())),
        (None, Some(photo)) => {
            let id = asker.published().embedder();
            let embedder = embed::embedder_of(id).open(roots)?;
            // The frame knows the catalogue's embedder, and whether its pictures are grey.
            let frame = asker.frame().catalog();
            frame.expect_embedder(embedder.id())?;
            let features = embedder.embed(&[photo::as_in(frame, photo)])?;
            features.into_iter().next().map(Subject::Photo)
        }
        (None, None) => None,
    };
    let weights = args.weights(asker.frame())?;
    if let Some(k) = args.k {
        asker.expect_k(k)?;
    }
    let question = Question {
        target,
        likes: args.like.clone(),
        dislikes: args.dislike.clone(),
        approximate: args.approximate,
        query: Query {
            filters: asked.filters,
            ..args.query(weights)
        },
    };
    let answer = asker.ask(&mut session, &question)?;
    print_answer(args, &answer.among, &answer.list)
}
