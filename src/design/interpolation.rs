//! A path, made: its steps with their pictures, and where each truly lies in the scene.

use super::route::{self, Route, Spacing};
use super::studio::Studio;
use super::{Design, DesignError, Origin, decode_all};
use crate::embed::Features;
use crate::job::Job;
use image::RgbImage;

/// How a path is walked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InterpolationOptions {
    /// How many steps, both ends included: 2 to [`route::MOST_STEPS`].
    pub steps: usize,
    /// What the steps are even in.
    pub spacing: Spacing,
}

impl Default for InterpolationOptions {
    fn default() -> Self {
        Self {
            steps: 8,
            spacing: Spacing::default(),
        }
    }
}

/// One step of a path.
#[derive(Debug, Clone)]
pub struct Step {
    /// The share of the way, 0 to 1.
    pub share: f32,
    /// The design.
    pub design: Design,
    /// Its picture.
    pub picture: RgbImage,
    /// Its raw blocks, as the embedder sees the picture.
    pub features: Features,
    /// Where it truly lies in the scene.
    pub position: [f32; 3],
}

/// A path, made.
#[derive(Debug, Clone, Default)]
pub struct Interpolation {
    /// In order.
    pub steps: Vec<Step>,
    /// From each step to the next, in the embedding of the pictures.
    pub lengths: Vec<f32>,
}

impl Interpolation {
    /// The largest step over the mean step, in the embedding of the pictures: 1 is even.
    pub fn unevenness(&self) -> f32 {
        route::unevenness(&self.lengths)
    }

    /// The pictures in order.
    pub fn pictures(&self) -> Vec<RgbImage> {
        self.steps.iter().map(|s| s.picture.clone()).collect()
    }

    /// The designs in order.
    pub fn designs(&self) -> Vec<Design> {
        self.steps.iter().map(|s| s.design.clone()).collect()
    }
}

/// Pictures that are made between two looks at whether to go on.
const AT_A_TIME: usize = 4;

/// A walk in the making, so that whoever makes it can do other things in between.
pub struct Interpolator {
    route: Route,
    options: InterpolationOptions,
    /// Every share that is tried.
    shares: Vec<f32>,
    tried: Vec<Step>,
    embeddings: Vec<Vec<f32>>,
}

impl Interpolator {
    /// Begins a walk.
    ///
    /// # Errors
    /// [`DesignError::Path`] for too few or too many steps.
    pub fn new(route: Route, options: InterpolationOptions) -> Result<Self, DesignError> {
        route::check_steps(options.steps)?;
        let shares = match options.spacing {
            Spacing::Coordinates => route::shares(options.steps),
            Spacing::Pictures => route::finer_shares(options.steps),
        };
        Ok(Self {
            route,
            options,
            shares,
            tried: Vec::new(),
            embeddings: Vec::new(),
        })
    }

    /// How many pictures are made, of how many.
    pub fn progress(&self) -> (usize, usize) {
        (self.tried.len(), self.shares.len())
    }

    /// Makes a few pictures; the walk when all are made.
    ///
    /// # Errors
    /// What the generator or the embedder refuses.
    pub fn advance(&mut self, studio: &Studio) -> Result<Option<Interpolation>, DesignError> {
        let next = self.tried.len()..self.shares.len().min(self.tried.len() + AT_A_TIME);
        let designs: Vec<Design> = self.shares[next.clone()]
            .iter()
            .map(|&share| self.design(studio, share))
            .collect();
        let pictures = decode_all(&designs, studio.generator())?;
        let made: Vec<_> = designs
            .iter()
            .zip(&pictures)
            .map(|(design, picture)| (picture, design.code.as_slice()))
            .collect();
        let features = studio.embed(&made)?;
        for (((share, design), picture), features) in self.shares[next]
            .iter()
            .zip(designs)
            .zip(pictures)
            .zip(features)
        {
            let embedding = studio.embedding(&features)?;
            let position = studio.place(&embedding)?;
            self.embeddings.push(embedding);
            self.tried.push(Step {
                share: *share,
                design,
                picture,
                features,
                position,
            });
        }
        Ok((self.tried.len() == self.shares.len()).then(|| self.choose()))
    }

    fn design(&self, studio: &Studio, share: f32) -> Design {
        let (code, noise) = self.route.at(share);
        let (from, to) = self.route.between(share);
        let origin = Origin::Between {
            from: from.to_owned(),
            to: to.to_owned(),
            share,
        };
        studio.design(code, noise, 1.0, origin)
    }

    fn choose(&mut self) -> Interpolation {
        let apart = |a: usize, b: usize| route::distance(&self.embeddings[a], &self.embeddings[b]);
        let chosen = route::even_steps(self.tried.len(), self.options.steps, apart);
        let lengths = chosen.windows(2).map(|w| apart(w[0], w[1])).collect();
        let mut steps = Vec::with_capacity(chosen.len());
        for (i, step) in std::mem::take(&mut self.tried).into_iter().enumerate() {
            if chosen.binary_search(&i).is_ok() {
                steps.push(step);
            }
        }
        Interpolation { steps, lengths }
    }
}

/// Walks a path to its end.
///
/// # Errors
/// As [`Interpolator::new`] and [`Interpolator::advance`]; cancelled.
pub fn interpolate(
    studio: &Studio,
    route: Route,
    options: InterpolationOptions,
    job: &Job,
) -> Result<Interpolation, DesignError> {
    let mut interpolator = Interpolator::new(route, options)?;
    job.stage("Walking", Some(interpolator.progress().1 as u64));
    loop {
        job.check()?;
        let before = interpolator.progress().0;
        let walk = interpolator.advance(studio)?;
        if let Some(walk) = walk {
            return Ok(walk);
        }
        job.advance((interpolator.progress().0 - before) as u64);
    }
}
