//! Where designs land: of a sample of held-out shoes, how often a design asked for at a shoe's own place is nearer to
//! that shoe than to any other of the catalogue, before it settled and after.

use super::nearest::nearest;
use super::outline::Outline;
use super::reembedding::Yardstick;
use super::settle::{Settling, TRIES};
use super::studio::Studio;
use super::{Design, DesignError, Origin, route};
use crate::catalog::Catalog;
use crate::job::Job;
use crate::numeric::median;
use crate::numeric::spread;
use crate::recommend::Recommender;
use image::RgbImage;
use rayon::prelude::*;
use std::time::Instant;

/// What a landing is measured with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LandingOptions {
    /// At most so many held-out shoes, evenly spread.
    pub shoes: usize,
    /// Designs that are tried for each; 1 is the design as it is.
    pub tries: usize,
    /// Seed of the noises and of the search.
    pub seed: u64,
}

impl Default for LandingOptions {
    fn default() -> Self {
        Self {
            shoes: 100,
            tries: TRIES,
            seed: 1,
        }
    }
}

/// How designs land; medians over the shoes.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Landing {
    /// The gap as a percentile of the distances between neighbouring shoes.
    pub gap_percentile: f64,
    /// The rank of the asked shoe among all, seen from the design; 1 is the nearest.
    pub rank: f64,
    /// The share of designs to which the asked shoe is the nearest one.
    pub found_first: f64,
    /// The cosine of what was asked and what was made, by block.
    pub cosines: Vec<(&'static str, f64)>,
    /// Intersection over union of the asked shoe's outline and the design's, over the shoes whose pictures tell one.
    pub outline_overlap: f64,
    /// Milliseconds for a design.
    pub ms: f64,
}

impl Landing {
    /// The cosines with their blocks' names.
    pub fn cosines_in_words(&self) -> String {
        let cosines = self.cosines.iter();
        let cosines = cosines.map(|(name, cosine)| format!("{name} {cosine:.2}"));
        cosines.collect::<Vec<_>>().join(", ")
    }
}

/// Designs as they are, and after they settled.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Landings {
    /// Shoes that were asked for.
    pub shoes: usize,
    /// Shoes that they were to be found among.
    pub among: usize,
    /// As they are.
    pub unsettled: Landing,
    /// After the tries that were asked for.
    pub settled: Option<Landing>,
}

/// One design.
struct Landed {
    row: usize,
    embedding: Vec<f32>,
    /// How far the design's outline covers the shoe's.
    overlap: Option<f32>,
    ms: f64,
}

/// How well a generator knows the shoes of a catalogue: of so many held-out ones, how many are the nearest of all to a design that was
/// asked for at their own place, after a short search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fit {
    /// Shoes that find themselves.
    pub found: usize,
    /// Shoes that were asked for.
    pub of: usize,
}

impl Fit {
    /// The share that find themselves, 0 to 1.
    pub fn share(self) -> f32 {
        self.found as f32 / self.of.max(1) as f32
    }
}

/// Designs that the search of [`fit`] tries for each shoe.
const FEW_TRIES: usize = 32;

/// How well the generator of `studio` knows the shoes of its catalogue, from at most `shoes` of them: less than
/// [`measure`] tells, in a few seconds.
///
/// # Errors
/// As [`measure`].
pub fn fit(
    studio: &Studio,
    recommender: &Recommender,
    shoes: usize,
    job: &Job,
) -> Result<Fit, DesignError> {
    let mut rows = some_held_out(studio.catalog(), shoes);
    if rows.is_empty() {
        // A catalogue that holds none out is small.
        rows = spread(studio.catalog().len(), shoes).collect();
    }
    let mut fit = Fit {
        found: 0,
        of: rows.len(),
    };
    let seed = LandingOptions::default().seed;
    for row in rows {
        let (design, picture, asked) = at_shoe(studio, row, seed, row as u64)?;
        let mut settling = Settling::begin(studio, (&design, &picture), &asked, seed)?;
        settling.advance_to(FEW_TRIES, studio, job)?;
        let landed = &settling.best().embedding;
        let near = nearest(recommender, std::slice::from_ref(landed), 1)?;
        // As it is stored, which is rounded: so are those that it is compared with.
        let stored = recommender.embeddings().row_f32(row);
        let own = route::distance(&stored[..landed.len()], landed);
        let nearest = near.first().and_then(|near| near.first());
        fit.found += usize::from(nearest.is_some_and(|&(_, distance)| own <= distance));
    }
    Ok(fit)
}

/// At most so many of the shoes that are held out, evenly spread.
fn some_held_out(catalog: &Catalog, most: usize) -> Vec<usize> {
    let held_out: Vec<usize> = (0..catalog.len())
        .filter(|&row| catalog.is_test(row))
        .collect();
    let shoes = most.min(held_out.len());
    (0..shoes)
        .map(|i| held_out[i * held_out.len() / shoes])
        .collect()
}

/// Measures where designs at held-out shoes land.
///
/// # Errors
/// What the generator, the embedder or the search refuses; [`DesignError::Cancelled`].
pub fn measure(
    studio: &Studio,
    recommender: &Recommender,
    options: &LandingOptions,
    job: &Job,
) -> Result<Landings, DesignError> {
    let catalog = studio.catalog();
    let rows = some_held_out(catalog, options.shoes);
    let shoes = rows.len();
    let yardstick = Yardstick::new(recommender)?;
    job.stage("Making designs", Some(shoes as u64));
    let (mut unsettled, mut settled) = (Vec::new(), Vec::new());
    for (i, &row) in rows.iter().enumerate() {
        job.check()?;
        let began = Instant::now();
        let (design, picture, asked) = at_shoe(studio, row, options.seed, i as u64)?;
        let ms = began.elapsed().as_secs_f64() * 1e3;
        let mut settling = Settling::begin(studio, (&design, &picture), &asked, options.seed)?;
        let own = Outline::of(&catalog.picture(row)?).ok();
        let landed = |settling: &Settling, ms| {
            let made = Outline::of(&settling.best().picture);
            Landed {
                row,
                embedding: settling.best().embedding.clone(),
                overlap: own
                    .as_ref()
                    .map(|own| made.map_or(0.0, |it| it.overlap(own))),
                ms,
            }
        };
        unsettled.push(landed(&settling, ms));
        settling.advance_to(options.tries, studio, job)?;
        settled.push(landed(&settling, began.elapsed().as_secs_f64() * 1e3));
        job.advance(1);
    }
    let sum_up = |landed: &[Landed]| sum_up(landed, studio, recommender, &yardstick);
    Ok(Landings {
        shoes,
        among: catalog.len(),
        unsettled: sum_up(&unsettled),
        settled: (options.tries > 1).then(|| sum_up(&settled)),
    })
}

/// The design at a shoe's own place in the whole embedding, its picture, and that embedding.
fn at_shoe(
    studio: &Studio,
    row: usize,
    seed: u64,
    index: u64,
) -> Result<(Design, RgbImage, Vec<f32>), DesignError> {
    let features = studio.features(row)?;
    let code = studio.code_of(&features)?;
    let noise = studio.generator().noise(seed, index);
    let design = studio.design(code, noise, 1.0, Origin::Unknown);
    let picture = design.decode(studio.generator())?;
    Ok((design, picture, studio.embedding(&features)?))
}

fn sum_up(
    landed: &[Landed],
    studio: &Studio,
    recommender: &Recommender,
    yardstick: &Yardstick,
) -> Landing {
    let embeddings = recommender.embeddings();
    let dims = studio.space().dims();
    let own = |row: usize| embeddings.row_f32(row)[..dims].to_vec();
    let gaps: Vec<f64> = landed
        .iter()
        .map(|l| f64::from(yardstick.percentile(route::distance(&own(l.row), &l.embedding))))
        .collect();
    let ranks: Vec<f64> = landed
        .par_iter()
        .map(|l| {
            let asked = route::distance(&own(l.row), &l.embedding);
            let nearer = (0..embeddings.len())
                .filter(|&row| route::distance(&own(row), &l.embedding) < asked);
            1.0 + nearer.count() as f64
        })
        .collect();
    let first = ranks.iter().filter(|&&rank| rank == 1.0).count();
    let cosines: Vec<_> = landed
        .iter()
        .map(|l| studio.cosines(&own(l.row), &l.embedding))
        .collect();
    let blocks = cosines.first().into_iter().flatten();
    let cosines = blocks.enumerate().map(|(at, (name, _))| {
        let of = cosines.iter().map(|cosines| f64::from(cosines[at].1));
        (*name, median(of.collect()))
    });
    let overlaps = landed.iter().filter_map(|l| l.overlap.map(f64::from));
    Landing {
        cosines: cosines.collect(),
        outline_overlap: median(overlaps.collect()),
        gap_percentile: median(gaps),
        found_first: first as f64 / landed.len().max(1) as f64,
        rank: median(ranks),
        ms: median(landed.iter().map(|l| l.ms).collect()),
    }
}
