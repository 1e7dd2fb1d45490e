//! The gap: a design, embedded again, lands somewhere; how far from where it was asked for, and near which
//! real shoes.
//!
//! Lengths in an embedding of hundreds of numbers say nothing to people, so they are given as percentiles of
//! lengths that people can see: of the distances from real shoes to their nearest real shoes.

use super::nearest::nearest;
use super::studio::{Made, Studio};
use super::{DesignError, route};
use crate::embed::Features;
use crate::numeric::spread;
use crate::recommend::Recommender;
use image::RgbImage;

/// Real shoes whose neighbours make the yardstick.
const SAMPLE: usize = 240;

/// Gaps up to this percentile of the distances between neighbours are on target, and below that one near.
const ON_TARGET: f32 = 25.0;
const NEAR: f32 = 75.0;

/// Neighbours of each of them.
pub const NEIGHBOURS: usize = 24;

/// Distances in the embedding between real shoes and their nearest ones.
#[derive(Debug, Clone, Default)]
pub struct Yardstick {
    /// From a shoe to each of its nearest [`NEIGHBOURS`], ascending.
    neighbours: Vec<f32>,
    /// From a shoe to the nearest one, ascending.
    nearest: Vec<f32>,
}

impl Yardstick {
    /// Measures an evenly spread sample of the catalogue.
    ///
    /// # Errors
    /// What the search refuses.
    pub fn new(recommender: &Recommender) -> Result<Self, DesignError> {
        let count = recommender.embeddings().len();
        let rows: Vec<usize> = spread(count, SAMPLE).collect();
        let embeddings: Vec<Vec<f32>> = rows
            .iter()
            .map(|&row| recommender.embeddings().row_f32(row))
            .collect();
        let found = nearest(recommender, &embeddings, NEIGHBOURS + 1)?;
        let (mut neighbours, mut first) = (Vec::new(), Vec::new());
        for (row, found) in rows.iter().zip(found) {
            let others: Vec<f32> = found.iter().filter(|f| f.0 != *row).map(|f| f.1).collect();
            first.extend(others.first());
            neighbours.extend(others.iter().take(NEIGHBOURS));
        }
        neighbours.sort_by(f32::total_cmp);
        first.sort_by(f32::total_cmp);
        Ok(Self {
            neighbours,
            nearest: first,
        })
    }

    /// The share of neighbour distances that are shorter, in percent.
    pub fn percentile(&self, distance: f32) -> f32 {
        share_below(&self.neighbours, distance)
    }

    /// The share of real shoes whose nearest real shoe is nearer than this, in percent: 100 is newer than
    /// any real shoe is.
    pub fn novelty(&self, nearest: f32) -> f32 {
        share_below(&self.nearest, nearest)
    }

    /// The median distance between neighbours.
    pub fn median(&self) -> f32 {
        self.neighbours
            .get(self.neighbours.len() / 2)
            .copied()
            .unwrap_or(0.0)
    }
}

fn share_below(sorted: &[f32], x: f32) -> f32 {
    let below = sorted.partition_point(|&other| other < x);
    100.0 * below as f32 / sorted.len().max(1) as f32
}

/// Where a design truly lies.
#[derive(Debug, Clone)]
pub struct Reembedding {
    /// Its raw blocks, as the embedder sees its picture.
    pub features: Features,
    /// Its embedding (D numbers).
    pub embedding: Vec<f32>,
    /// Its first three coordinates.
    pub position: [f32; 3],
    /// Its place in the scene, which is the same where the scene's axes are the components.
    pub place: [f32; 3],
    /// The gap: from the embedding that was asked for, in the whole embedding.
    pub gap: f32,
    /// The gap as a percentile of the distances between neighbouring shoes, 0 to 100.
    pub gap_percentile: f32,
    /// The gap over the median distance between neighbouring shoes.
    pub gap_times: f32,
    /// The real shoes nearest to it, with distances in the whole embedding, nearest first.
    pub near: Vec<(usize, f32)>,
    /// The share of real shoes that have a real shoe nearer to them than the design has, in percent.
    pub novelty: f32,
    /// The cosine of what was asked for and what was made, by block.
    pub cosines: Vec<(&'static str, f32)>,
    /// Intersection over union of the outline that was asked for by hand and the design's, 0 to 1; none where no outline
    /// was asked for, or it was not looked at.
    pub outline: Option<f32>,
}

/// How near a design lands to where it was asked for, in three steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Aim {
    /// Nearer than most neighbours are to each other.
    OnTarget,
    /// About as far as neighbours are from each other.
    Near,
    /// Further.
    Off,
}

impl Aim {
    /// All of them, the best first.
    pub const ALL: [Self; 3] = [Self::OnTarget, Self::Near, Self::Off];

    /// Of a gap, as a percentile of the distances between neighbouring shoes.
    pub fn of(percentile: f32) -> Self {
        match percentile {
            p if p <= ON_TARGET => Self::OnTarget,
            p if p < NEAR => Self::Near,
            _ => Self::Off,
        }
    }

    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::OnTarget => "on target",
            Self::Near => "near",
            Self::Off => "off",
        }
    }
}

impl Reembedding {
    /// How near it lands, in three steps.
    pub fn aim(&self) -> Aim {
        Aim::of(self.gap_percentile)
    }

    /// The gap in a sentence, with what it is measured by.
    pub fn gap_in_a_sentence(&self) -> String {
        let percentile = self.gap_percentile;
        let compared = match self.aim() {
            Aim::OnTarget => {
                "nearer to the place that was asked for than its shoe's own neighbours are".to_owned()
            }
            Aim::Near => {
                "about as far from the place that was asked for as neighbouring shoes are from each other".to_owned()
            }
            Aim::Off => format!(
                "{:.1} times as far from the place that was asked for as neighbouring shoes are from each other",
                self.gap_times
            ),
        };
        format!(
            "The design, embedded again, is {compared}: {:.3} in the whole embedding; {percentile:.0} % of the distances between neighbours are shorter",
            self.gap
        )
    }
}

impl Studio {
    /// Embeds a design again and says where it lands.
    ///
    /// # Errors
    /// The embedder is missing or failed.
    pub fn reembed(
        &self,
        made: &Made,
        recommender: &Recommender,
        yardstick: &Yardstick,
    ) -> Result<Reembedding, DesignError> {
        let features = self.embed_one(&made.picture, &made.design.code)?;
        self.landed_made(made, features, recommender, yardstick)
    }

    /// As [`reembed`](Self::reembed), of a design whose raw blocks are known.
    ///
    /// # Errors
    /// What the search refuses.
    pub fn landed_made(
        &self,
        made: &Made,
        features: Features,
        recommender: &Recommender,
        yardstick: &Yardstick,
    ) -> Result<Reembedding, DesignError> {
        let mut landed = self.landed(&made.asked, features, recommender, yardstick)?;
        landed.outline = made.outline_reached();
        Ok(landed)
    }

    /// Says where a design lands that was `asked` for at an embedding and has these raw blocks.
    ///
    /// # Errors
    /// What the search refuses.
    pub fn landed(
        &self,
        asked: &[f32],
        features: Features,
        recommender: &Recommender,
        yardstick: &Yardstick,
    ) -> Result<Reembedding, DesignError> {
        let embedding = self.embedding(&features)?;
        let gap = route::distance(asked, &embedding);
        let near = nearest(recommender, std::slice::from_ref(&embedding), NEIGHBOURS)?
            .pop()
            .unwrap_or_default();
        Ok(Reembedding {
            position: crate::space::position(&self.space().coordinates(&embedding)),
            place: self.place(&embedding)?,
            gap,
            gap_percentile: yardstick.percentile(gap),
            gap_times: gap / yardstick.median().max(f32::MIN_POSITIVE),
            novelty: near.first().map_or(100.0, |n| yardstick.novelty(n.1)),
            near,
            cosines: self.cosines(asked, &embedding),
            outline: None,
            features,
            embedding,
        })
    }

    /// Embeds one picture of the generator's, made at `code`.
    ///
    /// # Errors
    /// The embedder is missing or failed.
    pub fn embed_one(&self, picture: &RgbImage, code: &[f32]) -> Result<Features, DesignError> {
        let mut all = self.embed(&[(picture, code)])?;
        all.pop().ok_or(DesignError::NoAnswer {
            network: "the embedder",
            asked: "the design",
        })
    }
}
