//! Which shoes may be recommended: filters, "only the same …", and what to say when nothing is left.

use super::{Example, Query, RecommendError};
use crate::catalog::filter::Filters;
use crate::catalog::{Catalog, Column, NO_WORD, Values};

/// Whether two shoes have the same value in a column; a missing value is like no other.
pub(super) fn same(column: &Column, a: usize, b: usize) -> bool {
    fn both<T: PartialEq>(values: &[Option<T>], a: usize, b: usize) -> bool {
        match (values.get(a), values.get(b)) {
            (Some(Some(a)), Some(Some(b))) => a == b,
            _ => false,
        }
    }
    match &column.values {
        Values::Text { codes, .. } => match (codes.get(a), codes.get(b)) {
            (Some(&a), Some(&b)) => a == b && a != NO_WORD,
            _ => false,
        },
        Values::Integer(values) => both(values, a, b),
        Values::Real(values) => both(values, a, b),
        Values::Boolean(values) => both(values, a, b),
    }
}

/// The error for a column that does not exist, with those that do, the closest name first.
pub(super) fn unknown_column(catalog: &Catalog, name: &str) -> RecommendError {
    let names = catalog.columns().iter().map(|c| c.name.clone());
    RecommendError::unknown_column(name, names)
}

/// Names ordered by how much they look like `name`.
pub(super) fn closest_first(name: &str, mut known: Vec<String>) -> Vec<String> {
    let name = name.to_lowercase();
    known.sort_by_cached_key(|k| strsim::damerau_levenshtein(&name, &k.to_lowercase()));
    known
}

/// Which shoes pass the filters.
///
/// # Errors
/// An unknown column, or nothing left.
pub(super) fn passing(catalog: &Catalog, filters: &Filters) -> Result<Vec<bool>, RecommendError> {
    let query = Query {
        filters: filters.clone(),
        ..Query::default()
    };
    mask(catalog, &query)
}

/// One condition on which shoes may be recommended: its text, and which shoes pass it.
struct Condition {
    text: String,
    mask: Vec<bool>,
}

/// Which shoes may be recommended, one flag a row: those that pass every filter, agree in every `same` column with the
/// target or else the first liked shoe, and are none of the examples themselves.
///
/// # Errors
/// An unknown column, "only the same" without a shoe to take the value from, or nothing left.
pub(super) fn mask(catalog: &Catalog, query: &Query) -> Result<Vec<bool>, RecommendError> {
    let mut conditions = Vec::new();
    for filter in &query.filters.0 {
        conditions.push(Condition {
            text: filter.text().to_owned(),
            mask: Filters(vec![filter.clone()]).mask(catalog)?,
        });
    }
    if let Some(among) = &query.among {
        let mut mask = among.as_ref().clone();
        mask.resize(catalog.len(), false);
        let text = "what the search and the filters show".to_owned();
        conditions.push(Condition { text, mask });
    }
    for name in &query.same {
        conditions.push(the_same(catalog, query, name)?);
    }
    let mut free = vec![true; catalog.len()];
    for example in query.examples() {
        if let Example::Row(row) = *example {
            let len = catalog.len();
            *free
                .get_mut(row)
                .ok_or(RecommendError::NoSuchRow { row, len })? = false;
        }
    }
    let mut mask = free.clone();
    for condition in &conditions {
        for (mask, passes) in mask.iter_mut().zip(&condition.mask) {
            *mask &= passes;
        }
    }
    if mask.contains(&true) {
        return Ok(mask);
    }
    Err(nothing_left(
        &free,
        &conditions,
        query.filters.hint(catalog),
    ))
}

fn the_same(catalog: &Catalog, query: &Query, name: &str) -> Result<Condition, RecommendError> {
    let column = catalog
        .column(name)
        .ok_or_else(|| unknown_column(catalog, name))?;
    let missing = |found: &str| RecommendError::NothingTheSame {
        column: name.to_owned(),
        found: found.to_owned(),
    };
    let row = (query.row())
        .ok_or_else(|| missing("a photo has no metadata, so filter by a value instead"))?;
    if row >= catalog.len() {
        let len = catalog.len();
        return Err(RecommendError::NoSuchRow { row, len });
    }
    let value = column
        .text(row)
        .ok_or_else(|| missing(&format!("{} has none, so leave it out", catalog.id(row))))?;
    Ok(Condition {
        text: format!("the same {name} ({value})"),
        mask: (0..catalog.len())
            .map(|other| same(column, row, other))
            .collect(),
    })
}

fn nothing_left(
    free: &[bool],
    conditions: &[Condition],
    closest: Option<String>,
) -> RecommendError {
    let without = |left_out: usize| {
        let passes = |row: &usize| {
            free[*row]
                && conditions
                    .iter()
                    .enumerate()
                    .all(|(at, c)| at == left_out || c.mask[*row])
        };
        (0..free.len()).filter(passes).count()
    };
    let texts: Vec<&str> = conditions.iter().map(|c| c.text.as_str()).collect();
    let left: Vec<usize> = (0..conditions.len()).map(without).collect();
    RecommendError::nothing_left(&texts, &left, closest)
}
