//! A path, made: its steps with their pictures, and where each truly lies in the scene.

use super::path::{self, Path, Spacing};
use super::studio::Studio;
use super::{Design, DesignError, Origin, decode_all};
use crate::embed::Features;
use crate::job::Job;
use image::RgbImage;

/// How a path is walked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WalkOptions {
    /// How many steps, both ends included: 2 to [`path::MOST_STEPS`].
    pub steps: usize,
    /// What the steps are even in.
    pub spacing: Spacing,
}

impl Default for WalkOptions {
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
pub struct Walk {
    /// In order.
    pub steps: Vec<Step>,
    /// From each step to the next, in the embedding of the pictures.
    pub lengths: Vec<f32>,
}

impl Walk {
    /// The largest step over the mean step, in the embedding of the pictures: 1 is even.
    pub fn unevenness(&self) -> f32 {
        path::unevenness(&self.lengths)
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
pub struct Walker {
    path: Path,
    options: WalkOptions,
    /// Every share that is tried.
    shares: Vec<f32>,
    tried: Vec<Step>,
    embeddings: Vec<Vec<f32>>,
}

impl Walker {
    /// Begins a walk.
    ///
    /// # Errors
    /// [`DesignError::Path`] for too few or too many steps.
    pub fn new(path: Path, options: WalkOptions) -> Result<Self, DesignError> {
        path::check_steps(options.steps)?;
        let shares = match options.spacing {
            Spacing::Coordinates => path::shares(options.steps),
            Spacing::Pictures => path::finer_shares(options.steps),
        };
        Ok(Self {
            path,
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
    pub fn advance(&mut self, studio: &Studio) -> Result<Option<Walk>, DesignError> {
        let next = self.tried.len()..self.shares.len().min(self.tried.len() + AT_A_TIME);
        let designs: Vec<Design> = self.shares[next.clone()]
            .iter()
            .map(|&share| self.design(studio, share))
            .collect();
        let pictures = decode_all(&designs, studio.generator())?;
        let features = studio.embed(&pictures)?;
        for (((share, design), picture), features) in self.shares[next]
            .iter()
            .zip(designs)
            .zip(pictures)
            .zip(features)
        {
            let embedding = studio.embedding(&features)?;
            let position = crate::space::position(&studio.space().coordinates(&embedding));
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
        let (code, noise) = self.path.at(share);
        let (from, to) = self.path.between(share);
        let origin = Origin::Between {
            from: from.to_owned(),
            to: to.to_owned(),
            share,
        };
        studio.design(code, noise, 1.0, origin)
    }

    fn choose(&mut self) -> Walk {
        let apart = |a: usize, b: usize| path::distance(&self.embeddings[a], &self.embeddings[b]);
        let chosen = path::even_steps(self.tried.len(), self.options.steps, apart);
        let lengths = chosen.windows(2).map(|w| apart(w[0], w[1])).collect();
        let mut steps = Vec::with_capacity(chosen.len());
        for (i, step) in std::mem::take(&mut self.tried).into_iter().enumerate() {
            if chosen.binary_search(&i).is_ok() {
                steps.push(step);
            }
        }
        Walk { steps, lengths }
    }
}

/// Walks a path to its end.
///
/// # Errors
/// As [`Walker::new`] and [`Walker::advance`]; cancelled.
pub fn walk(
    studio: &Studio,
    path: Path,
    options: WalkOptions,
    job: &Job,
) -> Result<Walk, DesignError> {
    let mut walker = Walker::new(path, options)?;
    job.stage("Walking", Some(walker.progress().1 as u64));
    loop {
        job.check()?;
        let before = walker.progress().0;
        let walk = walker.advance(studio)?;
        if let Some(walk) = walk {
            return Ok(walk);
        }
        job.advance((walker.progress().0 - before) as u64);
    }
}
