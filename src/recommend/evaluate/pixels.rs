//! The plainest yardstick: pictures at 32×32, compared pixel by pixel.

use super::Judge;
use super::report::Judged;
use crate::catalog::Catalog;
use crate::imaging::fit::{Filter, Padding, square};
use crate::recommend::RecommendError;
use crate::recommend::search::{ExactSearch, Rows, VectorIndexError};
use crate::spill::Spill;
use half::f16;
use rayon::prelude::*;
use std::sync::{Arc, Mutex, PoisonError};

/// The side of the pictures.
const SIDE: u32 = 32;

/// Judges the nearest pictures by the cosine of their centred pixels.
pub(super) fn judge(catalog: &Catalog, judge: &Judge<'_>) -> Result<Vec<Judged>, RecommendError> {
    let (dims, values) = centred(catalog, judge)?;
    let values = Arc::new(Spill::from(values));
    let search =
        ExactSearch::new(dims, Rows::F16(values.clone())).map_err(VectorIndexError::from)?;
    judge
        .job
        .stage("Judging pixels", Some(judge.rows.len() as u64));
    judge.rank(|rows, depth| {
        let row = |&row: &usize| -> Vec<f32> {
            values[row * dims..][..dims]
                .iter()
                .map(|v| v.to_f32())
                .collect()
        };
        let queries: Vec<Vec<f32>> = rows.iter().map(row).collect();
        let queries: Vec<&[f32]> = queries.iter().map(Vec::as_slice).collect();
        let found = search
            .search(&queries, depth + 1, judge.mask)
            .map_err(VectorIndexError::from)?;
        let others = rows.iter().zip(found).map(|(&row, hits)| {
            let others = hits
                .into_iter()
                .map(|hit| hit.row)
                .filter(|&other| other != row);
            others.take(depth).collect()
        });
        Ok(others.collect())
    })
}

/// Every picture's pixels, centred on the catalogue and of unit length: shoes × dims.
fn centred(catalog: &Catalog, judge: &Judge<'_>) -> Result<(usize, Vec<f16>), RecommendError> {
    let channels = if catalog.is_grey() { 1 } else { 3 };
    let dims = (SIDE * SIDE) as usize * channels;
    let bytes = Mutex::new(vec![0u8; catalog.len() * dims]);
    judge
        .job
        .stage("Reading pixels", Some(catalog.len() as u64));
    catalog.for_each_picture(None, |row, whole| {
        let small = square(&whole, SIDE, Filter::Sharpest, Padding::White);
        let pixels: Vec<u8> = small
            .pixels()
            .flat_map(|p| p.0[..channels].to_vec())
            .collect();
        let mut bytes = bytes.lock().unwrap_or_else(PoisonError::into_inner);
        bytes[row * dims..][..dims].copy_from_slice(&pixels);
        judge.job.advance(1);
    })?;
    judge.job.check()?;
    let bytes = bytes.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut sums = vec![0u64; dims];
    for row in bytes.chunks_exact(dims) {
        for (sum, &value) in sums.iter_mut().zip(row) {
            *sum += u64::from(value);
        }
    }
    let count = catalog.len().max(1) as f64;
    let mean: Vec<f32> = sums
        .iter()
        .map(|&sum| (sum as f64 / count) as f32)
        .collect();
    let mut values = vec![f16::ZERO; bytes.len()];
    values
        .par_chunks_mut(dims)
        .zip(bytes.par_chunks(dims))
        .for_each(|(out, row)| {
            let centred: Vec<f32> = row
                .iter()
                .zip(&mean)
                .map(|(&v, m)| f32::from(v) - m)
                .collect();
            let length = centred.iter().map(|v| v * v).sum::<f32>().sqrt().max(1e-6);
            for (out, value) in out.iter_mut().zip(centred) {
                *out = f16::from_f32(value / length);
            }
        });
    Ok((dims, values))
}
