//! `recommend` and `inspect` where a database is named in the place of a file.

use super::recommend::{Asked, RecommendArgs, print_answer};
use crate::cli::Usage;
use crate::cli::out::say;
use crate::database::ask::{Asker, Question, Subject};
use crate::database::published::Published;
use crate::database::{Address, DatabaseError, Session};
use crate::embed;
use crate::paths::Roots;
use crate::recommend::{Query, photo};

/// Opens what is published at an address.
fn open(address: &str, schema: Option<&str>) -> anyhow::Result<(Session, Published)> {
    let address = Address::parse(address)?.in_schema(schema);
    let mut session = Session::open(&address)?;
    let published = Published::open(&mut session, address.schema())?;
    Ok((session, published))
}

/// `shoespace recommend postgres://…`
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
    let (mut session, published) = open(address, args.schema.as_deref())?;
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

/// `shoespace inspect postgres://…`
pub(super) fn inspect(address: &str, schema: Option<&str>, json: bool) -> anyhow::Result<()> {
    let (mut session, published) = open(address, schema)?;
    let about = published.about();
    let bytes = published.bytes(&mut session)?;
    let counted = published.counted(&mut session)?;
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
    Ok(())
}
