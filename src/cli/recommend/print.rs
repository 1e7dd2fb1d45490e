//! The answer of `shoespace recommend`, on a terminal or as JSON.

use super::args::RecommendArgs;
use crate::catalog::Catalog;
use crate::cli::out::{say, tell};
use crate::recommend::Recommendation;

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
