//! Settling: a design that rests is improved towards the place it was asked for, by search over code and noise.
//!
//! A small evolution strategy with recombination of the best (H.-G. Beyer, H.-P. Schwefel, "Evolution strategies",
//! 2002). One child in four is not drawn about the mean: it takes the best design so far and moves its code by what
//! that design lacks, read off the design itself through the generator's own basis. All random numbers come from a seed,
//! so that the same tries give the same design.

use super::studio::Studio;
use super::{Design, DesignError, decode_all, route};
use crate::embed::Features;
use crate::gan::CODE_LIMIT;
use crate::gan::random::{Random, normal, random};
use crate::job::Job;
use image::RgbImage;
use rand::RngExt as _;
use std::sync::Arc;

/// Tries after which a resting design is left as it is: about a second on two cores.
pub const TRIES: usize = 112;

/// Children of a generation, and how many of them are the parents of the next.
const CHILDREN: usize = 16;
const PARENTS: usize = 4;
/// Of so many children one goes from the best design by what that lacks.
const CORRECTED_EVERY: usize = 4;
/// Tried at a time, so that a search can be given up at once.
const AT_A_TIME: usize = 4;
/// Deviation of the first children, in deviations of the codes; and what is left of it after each generation.
const SIGMA: f32 = 0.5;
const COOLING: f32 = 0.9;
/// How far the noise of the first children is from the one that was given, 0 to 1: some of it stays, so that designs of
/// several noises at one place stay several.
const FIRST_NOISE: f32 = 0.7;
/// The stream of random numbers of a search.
const STREAM: u64 = 0x5e_77_1e;

/// A design that was tried, and where it landed.
#[derive(Debug, Clone)]
pub struct Tried {
    /// The design: its code, and its noise as it is, at truncation 1.
    pub design: Design,
    /// Its picture.
    pub picture: RgbImage,
    /// Its raw blocks.
    pub features: Features,
    /// Its embedding (D numbers).
    pub embedding: Vec<f32>,
    /// How far it is from the embedding that was asked for.
    pub gap: f32,
}

/// A search for a design that lands nearer to its place.
pub struct Settling {
    asked: Vec<f32>,
    /// The code of the place.
    wanted: Vec<f32>,
    /// Code and noise that children are drawn about.
    mean: (Vec<f32>, Vec<f32>),
    sigma: f32,
    /// Children that are still to be tried.
    waiting: Vec<(Vec<f32>, Vec<f32>)>,
    tried: Vec<Tried>,
    best: Tried,
    generation: usize,
    count: usize,
    random: Random,
}

impl Settling {
    /// Begins at a design with its picture, which was `asked` for at an embedding (D numbers); `seed` is of
    /// everything random.
    ///
    /// # Errors
    /// The embedder is missing or failed.
    pub fn begin(
        studio: &Studio,
        (design, picture): (&Design, &RgbImage),
        asked: &[f32],
        seed: u64,
    ) -> Result<Self, DesignError> {
        let design = Design {
            noise: design.scaled_noise(),
            truncation: 1.0,
            ..design.clone()
        };
        let features = studio.embed_one(picture, &design.code)?;
        let embedding = studio.embedding(&features)?;
        Ok(Self {
            wanted: design.code.clone(),
            mean: (design.code.clone(), design.noise.clone()),
            sigma: SIGMA,
            waiting: Vec::new(),
            tried: Vec::new(),
            best: Tried {
                gap: route::distance(asked, &embedding),
                picture: picture.clone(),
                design,
                features,
                embedding,
            },
            asked: asked.to_vec(),
            generation: 0,
            count: 1,
            random: random(seed, STREAM),
        })
    }

    /// The nearest design so far.
    pub fn best(&self) -> &Tried {
        &self.best
    }

    /// How many designs were tried.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Tries a few more designs; whether one of them is nearer than all before.
    ///
    /// # Errors
    /// What the generator or the embedder refuses.
    pub fn advance(&mut self, studio: &Studio) -> Result<bool, DesignError> {
        if self.waiting.is_empty() {
            self.draw(studio)?;
        }
        let next = self
            .waiting
            .split_off(self.waiting.len().saturating_sub(AT_A_TIME));
        self.count += next.len();
        let tried = self.try_out(studio, next)?;
        let nearest = tried.iter().min_by(|a, b| a.gap.total_cmp(&b.gap));
        let nearer = match nearest.filter(|tried| tried.gap < self.best.gap) {
            Some(tried) => Some(in_full(studio, tried.clone(), &self.asked)?),
            None => None,
        };
        self.tried.extend(tried);
        if self.waiting.is_empty() {
            self.recombine();
        }
        let nearer = nearer.filter(|tried| tried.gap < self.best.gap);
        let is_nearer = nearer.is_some();
        if let Some(nearer) = nearer {
            self.best = nearer;
        }
        Ok(is_nearer)
    }

    /// Tries designs until there were so many in all, or `job` is cancelled.
    ///
    /// # Errors
    /// As [`advance`](Self::advance); [`DesignError::Cancelled`].
    pub fn advance_to(
        &mut self,
        tries: usize,
        studio: &Studio,
        job: &Job,
    ) -> Result<(), DesignError> {
        while self.count < tries {
            job.check()?;
            self.advance(studio)?;
        }
        Ok(())
    }

    /// Draws the children of the next generation.
    fn draw(&mut self, studio: &Studio) -> Result<(), DesignError> {
        let first = self.generation == 0;
        let landed = studio.code_of(&self.best.features)?;
        for child in 0..CHILDREN {
            let corrected = !first && child % CORRECTED_EVERY == 0;
            let (mut code, mut noise, sigma);
            if corrected {
                let share: f32 = self.random.random_range(0.2..1.2);
                code = self.best.design.code.clone();
                for ((c, wanted), landed) in code.iter_mut().zip(&self.wanted).zip(&landed) {
                    *c += share * (wanted - landed);
                }
                noise = self.best.design.noise.clone();
                sigma = 0.3 * self.sigma;
            } else {
                (code, noise) = self.mean.clone();
                sigma = self.sigma;
            }
            for c in &mut code {
                *c = (*c + sigma * normal(&mut self.random)).clamp(-CODE_LIMIT, CODE_LIMIT);
            }
            for z in &mut noise {
                let other = normal(&mut self.random);
                *z = if first {
                    (1.0 - FIRST_NOISE * FIRST_NOISE).sqrt() * *z + FIRST_NOISE * other
                } else {
                    *z + sigma * other
                };
            }
            keep_in_reach(&mut noise);
            self.waiting.push((code, noise));
        }
        Ok(())
    }

    /// The mean of the best children is where the next are drawn about.
    fn recombine(&mut self) {
        self.tried.sort_by(|a, b| a.gap.total_cmp(&b.gap));
        self.tried.truncate(PARENTS);
        let mean = |of: &dyn Fn(&Tried) -> &[f32]| -> Vec<f32> {
            let mut sum = vec![0.0; self.tried.first().map_or(0, |tried| of(tried).len())];
            for tried in &self.tried {
                sum.iter_mut().zip(of(tried)).for_each(|(s, x)| *s += x);
            }
            let count = self.tried.len().max(1) as f32;
            sum.iter_mut().for_each(|s| *s /= count);
            sum
        };
        self.mean = (
            mean(&|tried| &tried.design.code),
            mean(&|tried| &tried.design.noise),
        );
        self.tried.clear();
        self.sigma *= COOLING;
        self.generation += 1;
    }

    fn try_out(
        &self,
        studio: &Studio,
        children: Vec<(Vec<f32>, Vec<f32>)>,
    ) -> Result<Vec<Tried>, DesignError> {
        let designs: Vec<Design> = children
            .into_iter()
            .map(|(code, noise)| Design {
                code,
                noise,
                ..self.best.design.clone()
            })
            .collect();
        let pictures = decode_all(&designs, studio.drafts())?;
        let shown: Vec<(&RgbImage, &[f32])> = pictures
            .iter()
            .zip(&designs)
            .map(|(picture, design)| (picture, design.code.as_slice()))
            .collect();
        let all = studio.embed(&shown)?;
        let tried = |((design, picture), features): ((Design, RgbImage), Features)| {
            let embedding = studio.embedding(&features)?;
            Ok(Tried {
                gap: route::distance(&self.asked, &embedding),
                design,
                picture,
                features,
                embedding,
            })
        };
        designs
            .into_iter()
            .zip(pictures)
            .zip(all)
            .map(tried)
            .collect()
    }
}

/// A draft that is as near as it seems only if its whole picture is.
fn in_full(studio: &Studio, tried: Tried, asked: &[f32]) -> Result<Tried, DesignError> {
    if Arc::ptr_eq(studio.drafts(), studio.generator()) {
        return Ok(tried);
    }
    let picture = tried.design.decode(studio.generator())?;
    let features = studio.embed_one(&picture, &tried.design.code)?;
    let embedding = studio.embedding(&features)?;
    Ok(Tried {
        gap: route::distance(asked, &embedding),
        design: tried.design,
        picture,
        features,
        embedding,
    })
}

/// Takes noise back to the length that noise has: the generator has hardly seen any that is longer.
fn keep_in_reach(noise: &mut [f32]) {
    let length = noise.iter().map(|z| z * z).sum::<f32>().sqrt();
    let most = (noise.len() as f32).sqrt();
    if length > most {
        noise.iter_mut().for_each(|z| *z *= most / length);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_stays_as_long_as_noise_is() {
        let mut noise = vec![3.0; 4];
        keep_in_reach(&mut noise);
        assert_eq!(noise, [1.0; 4]);
        let mut short = vec![0.5; 4];
        keep_in_reach(&mut short);
        assert_eq!(short, [0.5; 4]);
    }
}
