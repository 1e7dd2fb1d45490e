//! The rule of `recommend::scoring` in SQL, exact but for the last digits: the server's answer is ranked again by the rule
//! itself.

use super::sql::Sql;
use crate::database::names::quoted;
use crate::database::tables::PublishedColumn;
use crate::recommend::{LEARNED, Metric, Recommender, STEER, Weights, Yardsticks};
use half::f16;
use pgvector::HalfVector;
use std::ops::Range;

/// A shoe to go by, as expressions.
pub(super) struct Shoe {
    /// Where a shoe of the catalogue is found in `example`; a photo has no metadata.
    id: Option<String>,
    embedding: String,
    learned: Option<String>,
    lengths: String,
}

impl Shoe {
    /// A shoe of the catalogue.
    pub(super) fn of_id(id: &str, sql: &mut Sql) -> Self {
        let id = sql.bind(id.to_owned());
        let field = |name: &str| format!("(SELECT {name} FROM example WHERE id = {id})");
        Self {
            embedding: field("embedding"),
            learned: Some(field("learned")),
            lengths: field("lengths"),
            id: Some(id),
        }
    }

    /// A photo, by its joined vector and the lengths of its blocks.
    pub(super) fn of_vector(joined: &[f32], lengths: &[f32], own: usize, sql: &mut Sql) -> Self {
        let mut vector = |part: &[f32]| {
            let halves: Vec<f16> = part.iter().map(|v| f16::from_f32(*v)).collect();
            format!("{}::halfvec", sql.bind(HalfVector::from(halves)))
        };
        let embedding = vector(&joined[..own]);
        let has_learned = joined.len() > own;
        let learned = match has_learned {
            true => vector(&joined[own..]),
            false => "NULL".to_owned(),
        };
        let lengths = sql.bind(lengths.to_vec());
        // A table of its own: each parameter is named there, whichever of them the score needs.
        sql.with.push(format!(
            "photo AS MATERIALIZED (SELECT {embedding} AS embedding, {learned} AS learned, {lengths}::real[] AS lengths)"
        ));
        let field = |name: &str| format!("(SELECT {name} FROM photo)");
        Self {
            id: None,
            embedding: field("embedding"),
            learned: has_learned.then(|| field("learned")),
            lengths: field("lengths"),
        }
    }
}

/// The larger of two numbers. PostgreSQL never asks another server for `greatest`, but for the function beneath it.
fn larger(a: &str, b: &str) -> String {
    format!("float8larger({a}, {b})")
}

/// A block: its name, where it stands in the embedding (the learned one has a field of its own), what makes a cosine of
/// a product of its stored values.
struct Part {
    name: String,
    range: Option<Range<usize>>,
    unscale: f32,
}

/// How shoes `s` are scored.
pub(super) struct Score<'a> {
    parts: Vec<Part>,
    weights: &'a Weights,
    yardsticks: &'a Yardsticks,
    columns: Vec<(&'a PublishedColumn, f32)>,
    dims: usize,
}

impl<'a> Score<'a> {
    pub(super) fn new(
        frame: &Recommender,
        weights: &'a Weights,
        yardsticks: &'a Yardsticks,
        columns: &'a [PublishedColumn],
    ) -> Self {
        let mut parts: Vec<Part> = (frame.embeddings().blocks().iter())
            .map(|block| Part {
                name: block.name.clone(),
                range: Some(block.range.clone()),
                unscale: if block.weight > 0.0 {
                    block.weight.recip()
                } else {
                    0.0
                },
            })
            .collect();
        if frame.has_learned() {
            parts.push(Part {
                name: LEARNED.to_owned(),
                range: None,
                unscale: 1.0,
            });
        }
        let weighted = weights.columns.iter().filter(|(_, weight)| **weight > 0.0);
        Self {
            parts,
            weights,
            yardsticks,
            columns: weighted
                .filter_map(|(name, &weight)| {
                    let column = columns.iter().find(|column| column.name == *name)?;
                    Some((column, weight))
                })
                .collect(),
            dims: frame.embeddings().dims(),
        }
    }

    fn weight(&self, part: &Part) -> f32 {
        self.weights.blocks.get(&part.name).copied().unwrap_or(0.0)
    }

    /// The score: the higher the better.
    pub(super) fn sql(&self, near: &[Shoe], attracting: &[Shoe], repelling: &[Shoe]) -> String {
        let best = |shoes: &[Shoe]| {
            let mut each: Vec<String> = shoes.iter().map(|shoe| self.similarity(shoe)).collect();
            let last = each.pop()?;
            Some(each.iter().rfold(last, |best, one| larger(one, &best)))
        };
        let Some(near) = best(near) else {
            return best(repelling).map_or("0::float8".to_owned(), |alike| format!("-{alike}"));
        };
        let steer = |sign: char, shoes: &[Shoe]| {
            best(shoes).map_or(String::new(), |alike| {
                format!(" {sign} {STEER} * {}", larger("0", &alike))
            })
        };
        format!("{near}{}{}", steer('+', attracting), steer('-', repelling))
    }

    /// How alike the shoes `s` are to one.
    fn similarity(&self, shoe: &Shoe) -> String {
        let mut terms = match self.weights.metric {
            Metric::Cosine => self.cosines(shoe),
            Metric::SquaredEuclidean => self.distances(shoe),
        };
        if let Some(id) = &shoe.id {
            terms.extend(self.columns.iter().map(|(column, weight)| {
                let field = quoted(&column.field);
                format!("CASE WHEN s.{field} = (SELECT {field} FROM example WHERE id = {id}) THEN {weight}::float8 ELSE 0 END")
            }));
        }
        match terms.is_empty() {
            // A number alone would be the place of a column to order by.
            true => "0::float8".to_owned(),
            false => format!("({})", terms.join(" + ")),
        }
    }

    /// Weighted cosines. Blocks beside each other whose products count the same are one product.
    fn cosines(&self, shoe: &Shoe) -> Vec<String> {
        let mut terms: Vec<(f32, Option<Range<usize>>)> = Vec::new();
        for part in &self.parts {
            let factor = self.weight(part) * part.unscale;
            if factor == 0.0 {
                continue;
            }
            match (terms.last_mut(), &part.range) {
                (Some((before, Some(range))), Some(next))
                    if range.end == next.start && (*before - factor).abs() < 1e-5 * factor =>
                {
                    range.end = next.end;
                }
                (_, range) => terms.push((factor, range.clone())),
            }
        }
        let each = terms.into_iter();
        each.map(|(factor, range)| format!("{factor}::float8 * {}", self.product(shoe, range)))
            .collect()
    }

    /// The dot product of a part of the embedding, or of the learned block.
    fn product(&self, shoe: &Shoe, range: Option<Range<usize>>) -> String {
        match (range, &shoe.learned) {
            (Some(range), _) if range == (0..self.dims) => {
                format!("-(s.embedding <#> {})", shoe.embedding)
            }
            (Some(range), _) => {
                let part =
                    |of: &str| format!("subvector({of}, {}, {})", range.start + 1, range.len());
                format!("-({} <#> {})", part("s.embedding"), part(&shoe.embedding))
            }
            (None, Some(learned)) => format!("-(s.learned <#> {learned})"),
            (None, None) => "0".to_owned(),
        }
    }

    /// Weighted likenesses by distance, see [`Metric::SquaredEuclidean`].
    fn distances(&self, shoe: &Shoe) -> Vec<String> {
        let mut terms = Vec::new();
        for (at, (part, mean)) in self
            .parts
            .iter()
            .zip(self.yardsticks.mean_square())
            .enumerate()
        {
            let weight = self.weight(part);
            if weight == 0.0 {
                continue;
            }
            let (own, other) = (
                format!("({})[{}]", shoe.lengths, at + 1),
                format!("s.lengths[{}]", at + 1),
            );
            let cosine = format!(
                "{}::float8 * {}",
                part.unscale,
                self.product(shoe, part.range.clone())
            );
            let apart =
                format!("{own} * {own} + {other} * {other} - 2 * {own} * {other} * {cosine}");
            terms.push(format!(
                "{weight}::float8 * (1 - 0.5 * {} / {mean}::float8)",
                larger("0", &apart)
            ));
        }
        terms
    }

    /// What an index is asked for: the embedding whose product with another is the weighted sum of their cosines.
    pub(super) fn weighted(&self, shoe: &Shoe, sql: &mut Sql) -> String {
        let mut factors = vec![0f32; self.dims];
        for part in &self.parts {
            if let Some(range) = &part.range {
                factors[range.clone()].fill(self.weight(part) * part.unscale);
            }
        }
        let first = factors[0];
        if factors
            .iter()
            .all(|factor| (factor - first).abs() < 1e-5 * first)
        {
            return shoe.embedding.clone();
        }
        // Only proportions count, and a half must hold them.
        let largest = factors.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
        let halves: Vec<f16> = factors.iter().map(|f| f16::from_f32(f / largest)).collect();
        format!(
            "({} * {}::halfvec)",
            shoe.embedding,
            sql.bind(HalfVector::from(halves))
        )
    }
}
