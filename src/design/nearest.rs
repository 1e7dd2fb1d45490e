//! The real shoes nearest to an embedding, and where in a layout it stands among them.

use super::{DesignError, route};
use crate::recommend::search::SearchOptions;
use crate::recommend::{RecommendError, Recommender};
use crate::space::cursor::{self, blended, shepard};

/// The real shoes nearest to each embedding (D numbers of the space): rows with Euclidean distances,
/// nearest first. Exact.
///
/// # Errors
/// An embedding of another length, or with a NaN.
pub fn nearest(
    recommender: &Recommender,
    embeddings: &[Vec<f32>],
    k: usize,
) -> Result<Vec<Vec<(usize, f32)>>, DesignError> {
    let index = recommender.index();
    // What is searched may have a learned block at its end: it takes no part here.
    let queries: Vec<Vec<f32>> = (embeddings.iter())
        .map(|e| {
            let mut query = e.clone();
            query.resize(index.dims().max(e.len()), 0.0);
            query
        })
        .collect();
    let queries: Vec<&[f32]> = queries.iter().map(Vec::as_slice).collect();
    let options = SearchOptions {
        k,
        ..SearchOptions::default()
    };
    let found = index
        .nearest(&queries, &options)
        .map_err(RecommendError::from)?;
    Ok(found
        .into_iter()
        .zip(embeddings)
        .map(|(hits, embedding)| {
            let own = |row: usize| recommender.embeddings().row_f32(row);
            let mut near: Vec<(usize, f32)> = hits
                .iter()
                .map(|hit| {
                    (
                        hit.row,
                        route::distance(embedding, &own(hit.row)[..embedding.len()]),
                    )
                })
                .collect();
            near.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
            near
        })
        .collect())
}

/// Where an embedding has its place in a layout: the blend of the `points` of the shoes nearest to it, by the weights of
/// [`shepard`].
///
/// # Errors
/// What the search refuses.
pub fn place_among(
    recommender: &Recommender,
    points: &[[f32; 3]],
    embedding: &[f32],
) -> Result<[f32; 3], DesignError> {
    let near = nearest(recommender, &[embedding.to_vec()], cursor::NEIGHBOURS + 1)?;
    let near = near.into_iter().next().unwrap_or_default();
    let distances: Vec<f64> = near.iter().map(|n| f64::from(n.1)).collect();
    let rows = near.iter().map(|n| n.0);
    let weights: Vec<(usize, f64)> = rows.zip(shepard(&distances)).collect();
    Ok(blended(points, &weights).map(|x| x as f32))
}
