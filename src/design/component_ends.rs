//! What lies at the two ends of each principal component: real shoes, so that a slider says what it does.

use crate::numeric::spread;
use crate::recommend::Recommender;

/// Shoes that are looked at, at most, evenly spread.
const SAMPLE: usize = 20_000;
/// This share of the shoes lies beyond an end: the outermost are often pictures of something else.
const BEYOND: f64 = 0.002;

/// For each of these components the rows at its low and its high end; none where all shoes lie in one place.
pub fn component_ends(
    recommender: &Recommender,
    components: std::ops::Range<usize>,
) -> Vec<Option<[usize; 2]>> {
    let (space, embeddings) = (recommender.space(), recommender.embeddings());
    let (dims, project) = (space.dims(), space.projector());
    let coordinates: Vec<(usize, Vec<f32>)> = spread(embeddings.len(), SAMPLE)
        .map(|row| (row, project(&embeddings.row_f32(row)[..dims])))
        .collect();
    components
        .map(|component| {
            let of = |own: &[f32]| own.get(component).copied().filter(|x| x.is_finite());
            let mut along: Vec<(f32, usize)> = (coordinates.iter())
                .filter_map(|(row, own)| Some((of(own)?, *row)))
                .collect();
            along.sort_by(|a, b| a.0.total_cmp(&b.0));
            let from_end = (along.len() as f64 * BEYOND) as usize;
            let low = along.get(from_end)?;
            let high = along.get(along.len() - 1 - from_end)?;
            (low.0 < high.0).then_some([low.1, high.1])
        })
        .collect()
}
