//! What is asked of a [`Recommender`](super::Recommender), and what it answers.

use super::Weights;
use crate::catalog::filter::Filters;
use crate::embed::Features;
use std::sync::Arc;

/// A shoe to go by: one of the catalogue, or a photo, or a design.
#[derive(Debug, Clone)]
pub enum Example {
    /// A row of the catalogue.
    Row(usize),
    /// What the embedder made of a picture that is not in the catalogue.
    Features(Features),
}

/// A query: what to go by, what to leave out, how to compare.
#[derive(Debug, Clone)]
pub struct Query {
    /// The shoe that is asked about, if there is one: likes and dislikes then steer, and the list stays about it.
    pub target: Option<Example>,
    /// Shoes to be near to: near any of them, where no shoe is asked about.
    pub likes: Vec<Example>,
    /// Shoes to be far from.
    pub dislikes: Vec<Example>,
    /// Only shoes that pass these are recommended.
    pub filters: Filters,
    /// Only shoes that are `true` here are recommended, one flag a row; `None`: all. For what filters
    /// cannot say, as what a search has found.
    pub among: Option<Arc<Vec<bool>>>,
    /// "Only the same …": columns in which a shoe must agree with the target, or else with the first
    /// like of the catalogue.
    pub same: Vec<String>,
    /// How many recommendations; fewer come back where fewer shoes are left.
    pub k: usize,
    /// 0: the nearest shoes. Up to 1: shoes unlike each other are preferred (maximal marginal relevance).
    pub diversity: f32,
    /// Show shoes that look the same only once.
    pub fold_duplicates: bool,
    /// How to compare.
    pub weights: Weights,
}

impl Default for Query {
    fn default() -> Self {
        Self {
            target: None,
            likes: Vec::new(),
            dislikes: Vec::new(),
            filters: Filters::default(),
            among: None,
            same: Vec::new(),
            k: 24,
            diversity: 0.0,
            fold_duplicates: false,
            weights: Weights::default(),
        }
    }
}

impl Query {
    /// All that it goes by: the target, likes, dislikes.
    pub fn examples(&self) -> impl Iterator<Item = &Example> {
        self.target.iter().chain(&self.likes).chain(&self.dislikes)
    }

    /// The shoe of the catalogue that "only the same …" is about: the target, or else the first like that is one.
    pub fn row(&self) -> Option<usize> {
        let mut sought = self.target.iter().chain(&self.likes);
        sought.find_map(|example| match example {
            Example::Row(row) => Some(*row),
            Example::Features(_) => None,
        })
    }

    /// Whether there is nothing to go by.
    pub fn is_empty(&self) -> bool {
        self.examples().next().is_none()
    }
}

/// One recommended shoe, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Recommendation {
    /// The shoe's row in the catalogue.
    pub row: usize,
    /// The higher the better; the sum of the contributions.
    pub score: f32,
    /// Distance in the weighted embedding from the target, or else from the nearest like, or else
    /// from the nearest dislike; 0 is the same picture.
    pub distance: f32,
    /// What each block and column added to the score, by name, largest weight first.
    pub contributions: Vec<(String, f32)>,
    /// The contributions in words, as `same kind, same palette, similar outline`.
    pub reason: String,
    /// Rows that look the same and were folded into this one, where that was asked for.
    pub folded: Vec<usize>,
}
