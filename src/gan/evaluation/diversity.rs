//! Diversity: how far designs of one code are from each other, beside real shoes that lie near each other.

use super::embeddings::{Embeddings, for_each_row, least_k, mean_pair_distance};
use super::{Evaluation, RealShoes, SEED, pixels_of, spaced};
use crate::gan::GanError;
use crate::job::Job;
use image::RgbImage;

/// Codes at which diversity is measured; where fewer shoes are asked for, one for so many of them.
const CODES: usize = 200;
const SHOES_A_CODE: usize = 10;
/// Designs of each code.
const DESIGNS: usize = 10;

/// Designs of some codes, and how much they differ.
pub(super) struct Diversity {
    /// The held-out shoes whose codes were taken.
    pub places: Vec<usize>,
    /// The designs of the first place, then of the second, and so on.
    pub designs: Vec<RgbImage>,
    /// Mean distance among designs of one code over that among the nearest training shoes, in style features.
    pub ratio_features: f64,
    /// The same in pixels.
    pub ratio_pixels: f64,
}

/// Measures diversity at some of `codes`, which are those of the shoes `test`.
pub(super) fn measure(
    evaluation: &Evaluation<'_>,
    codes: &[Vec<f32>],
    test: &RealShoes,
    train: &RealShoes,
    job: &Job,
) -> Result<Diversity, GanError> {
    let generator = evaluation.generator;
    let info = generator.info();
    let most = match evaluation.shoes {
        Some(_) => CODES.min(codes.len().div_ceil(SHOES_A_CODE)),
        None => CODES,
    };
    let places = spaced(codes.len(), most);
    let (mut rows, mut asked, mut noises) = (Vec::new(), Vec::new(), Vec::new());
    for &i in &places {
        for k in 0..DESIGNS {
            rows.push(test.shoes.rows[i]);
            asked.push(codes[i].clone());
            noises.push(generator.noise(SEED + 1, (i * DESIGNS + k) as u64));
        }
    }
    let made = evaluation.make(&rows, asked, noises, job)?;
    let designs = made.pictures;
    job.stage("Embedding designs of one code", Some(designs.len() as u64));
    let seen = |i: usize| generator.embeddable(&designs[i], &made.codes[i]);
    let embedded = Embeddings::of(designs.len(), &seen, evaluation.embedder, job)?;

    let queries: Vec<f32> = places
        .iter()
        .flat_map(|&i| test.embeddings.style_of(i))
        .copied()
        .collect();
    let train_style = &train.embeddings;
    let neighbours = for_each_row(
        &queries,
        &train_style.style,
        train_style.dims[0],
        |_, line| least_k(line, DESIGNS),
    );
    let neighbour = |p: usize, k: usize| neighbours[p][k % neighbours[p].len()];
    let design = |p: usize, k: usize| p * DESIGNS + k;

    let length = info.size * info.size * info.channels;
    let pixels = pixels_of(&designs, info.channels);
    let train_pixels = pixels_of(&train.pictures, info.channels);
    let row = |values: &[f32], i: usize| values[i * length..][..length].to_vec();
    let mean = |rows: &dyn Fn(usize, usize) -> Vec<f32>| mean_over_places(places.len(), rows);
    let ratio_features = mean(&|p, k| embedded.style_of(design(p, k)).to_vec())
        / mean(&|p, k| train_style.style_of(neighbour(p, k)).to_vec());
    let ratio_pixels = mean(&|p, k| row(&pixels, design(p, k)))
        / mean(&|p, k| row(&train_pixels, neighbour(p, k)));
    Ok(Diversity {
        places,
        designs,
        ratio_features,
        ratio_pixels,
    })
}

/// The mean over places of the mean distance among the `rows` of each.
fn mean_over_places(places: usize, rows: &dyn Fn(usize, usize) -> Vec<f32>) -> f64 {
    let distances = (0..places).map(|p| {
        let rows: Vec<Vec<f32>> = (0..DESIGNS).map(|k| rows(p, k)).collect();
        mean_pair_distance(&rows.iter().map(Vec::as_slice).collect::<Vec<_>>())
    });
    distances.sum::<f64>() / places.max(1) as f64
}
