//! Shoes that do not exist yet: made at a place, saved, walked between, steered.
//!
//! | file | owns |
//! | --- | --- |
//! | `studio` | what it takes to make designs for one catalogue, joined: the way back, generator, embedder |
//! | `request` | everything that a person sets: place, fill, sliders, noise |
//! | `history` | undo and redo |
//! | `item` | a row of the catalogue, a photo, or a design |
//! | `nearest` | the real shoes nearest to an embedding, and its place among them |
//! | `reembedding` | the gap: where a design truly lands |
//! | `settle` | the search for a design that lands nearer to its place |
//! | `imagine` | a catalogue of designs, and what is missing from one of shoes |
//! | `landing` | how well that goes, over held-out shoes |
//! | `handles` | what is asked for by hand, in the place of blocks |
//! | `palette`, `swatches` | the colours that a design is to have; those of a picture |
//! | `outline` | the shape that a design is to have |
//! | `direction` | named directions, learned from metadata |
//! | `route`, `interpolation` | from one design to another: the line, and its steps with their pictures |
//! | `file` | designs in files |
//! | `sheet`, `animation` | several designs in one picture, or one after the other |
//! | `generators` | which generator serves a catalogue |
//!
//! A design is a code, a noise and a generator: everything else here is about finding a code.

pub mod adapt;
pub mod animation;
pub mod component_ends;
pub mod direction;
mod error;
pub mod file;
pub mod generators;
pub mod handles;
pub mod history;
pub mod imagine;
pub mod interpolation;
pub mod item;
pub mod landing;
pub mod nearest;
pub mod outline;
pub mod palette;
pub mod reembedding;
pub mod request;
pub mod route;
pub mod settle;
pub mod sheet;
pub mod studio;
mod swatches;

pub use error::{DesignError, PathError};

use crate::gan::Generator;
use image::RgbImage;
use serde::{Deserialize, Serialize};

/// The version of the design format that this program writes; it reads this one and older ones.
pub const VERSION: u32 = 1;

/// Which generator made a design.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeBy {
    /// Its name for people, as `shoegan-grey-32`.
    pub name: String,
    /// SHA-256 of its file, in hexadecimal: this is what counts.
    pub sha256: String,
}

/// Which catalogue a design was made in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeIn {
    /// Its name for people.
    pub name: String,
    /// Its fingerprint: the same wherever the file lies.
    pub fingerprint: String,
}

/// How a design's code was found, for people; the code itself is what counts. A record in the design's file, by ids
/// and names; what can be looked at or borrowed from now is an [`Item`](item::Item).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "how", rename_all = "lowercase")]
pub enum Origin {
    /// At a point of the scene.
    Point {
        /// The point.
        at: [f32; 3],
        /// How the rest was filled in: `neighbourhood`, `pinned:ID` or `mean`.
        fill: String,
    },
    /// At a shoe of the catalogue.
    Shoe {
        /// Its id.
        id: String,
    },
    /// At a photo.
    Photo {
        /// The file's name.
        name: String,
    },
    /// On the way from one to the other.
    Between {
        /// Where the path starts.
        from: String,
        /// Where it ends.
        to: String,
        /// The share of the way, 0 to 1.
        share: f32,
    },
    /// Nobody wrote it down.
    #[default]
    Unknown,
}

/// A generated shoe, without its picture: all that it takes to make the picture again.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Design {
    /// The version of this form.
    pub version: u32,
    /// Who made it.
    pub generator: MadeBy,
    /// Where it was made.
    pub catalogue: MadeIn,
    /// What conditions the generator.
    pub code: Vec<f32>,
    /// What varies at one code, standard normal.
    pub noise: Vec<f32>,
    /// What the noise is multiplied by: 1 as trained, 0 the most typical design of the place.
    pub truncation: f32,
    /// How the code was found.
    #[serde(default)]
    pub origin: Origin,
    /// Where the cursor was, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<[f32; 3]>,
    /// SHA-256 of the picture's pixels, filled in when it is saved.
    #[serde(default)]
    pub picture_sha256: String,
}

/// The strongest noise that is taken.
pub const MOST_TRUNCATION: f32 = 2.0;

impl Design {
    /// Checks that all numbers are finite and within their range.
    ///
    /// # Errors
    /// [`DesignError::NotFinite`] says which is not; [`DesignError::Truncation`].
    pub fn check(&self) -> Result<(), DesignError> {
        let finite = |what: &'static str, numbers: &[f32]| {
            if numbers.iter().all(|x| x.is_finite()) {
                Ok(())
            } else {
                Err(DesignError::NotFinite { what })
            }
        };
        finite("code", &self.code)?;
        finite("noise", &self.noise)?;
        finite("point", &self.at.unwrap_or_default())?;
        match &self.origin {
            Origin::Point { at, .. } => finite("origin", at)?,
            Origin::Between { share, .. } => finite("origin", &[*share])?,
            Origin::Shoe { .. } | Origin::Photo { .. } | Origin::Unknown => {}
        }
        if !(0.0..=MOST_TRUNCATION).contains(&self.truncation) {
            return Err(DesignError::Truncation(self.truncation));
        }
        Ok(())
    }

    /// The noise as the generator gets it.
    pub fn scaled_noise(&self) -> Vec<f32> {
        self.noise.iter().map(|x| x * self.truncation).collect()
    }

    /// Makes the picture.
    ///
    /// # Errors
    /// The generator is another one, or code and noise do not fit it.
    pub fn decode(&self, generator: &Generator) -> Result<RgbImage, DesignError> {
        if generator.info().sha256 != self.generator.sha256 {
            return Err(DesignError::OtherGenerator {
                name: self.generator.name.clone(),
                sha256: self.generator.sha256.clone(),
            });
        }
        let mut pictures =
            generator.decode(std::slice::from_ref(&self.code), &[self.scaled_noise()])?;
        pictures.pop().ok_or(DesignError::NoAnswer {
            network: "the generator",
            asked: "the design",
        })
    }
}

/// Makes the pictures of many designs at once; each is the same as alone.
///
/// # Errors
/// As [`Design::decode`].
pub fn decode_all(designs: &[Design], generator: &Generator) -> Result<Vec<RgbImage>, DesignError> {
    let mut pictures = Vec::with_capacity(designs.len());
    for some in designs.chunks(64) {
        if let Some(other) = some
            .iter()
            .find(|d| d.generator.sha256 != generator.info().sha256)
        {
            other.decode(generator)?;
        }
        let codes: Vec<Vec<f32>> = some.iter().map(|d| d.code.clone()).collect();
        let noises: Vec<Vec<f32>> = some.iter().map(Design::scaled_noise).collect();
        pictures.extend(generator.decode(&codes, &noises)?);
    }
    Ok(pictures)
}
