//! The blocks of an embedding, as data: everything that the program knows of a block stands in its entry of
//! [`BLOCKS`], so that a new block is one more entry. (The file format keeps the names free of metadata
//! columns: [`crate::catalog::writer::BLOCKS`]; a test says where one is missing there.)

use super::colour::{self, colour};
use super::error::EmbedError;
use super::network;
use super::seen::Seen;
use super::silhouette::{self, silhouette};
use image::RgbImage;
use serde::de::{Error as _, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What there is to know of a block: a part of the embedding with a meaning of its own.
#[derive(Debug, Clone, Copy)]
pub struct BlockSpec {
    /// Its name in catalogues, sessions, weights and on the command line.
    pub name: &'static str,
    /// Values a shoe.
    pub dims: usize,
    /// Its default weight; those of all blocks sum to 1. The scene is laid out with these, and recommendations
    /// start from them. How they were chosen is told in `docs/measurements.md`.
    pub weight: f32,
    /// Variance that a catalogue of different shoes has at least, as a share of its mean's squared length. In one with
    /// less the shoes are alike, and its mean tells what they have in common, not what all shoes have: see
    /// `crate::space`.
    pub least_variance: f32,
    /// What it compares, as in "same palette"; [`called`](Self::called) tells it.
    noun: &'static str,
    /// The same in a catalogue without colours.
    noun_in_grey: &'static str,
    /// What it sees, in a line for the screen.
    pub title: &'static str,
    /// Its raw values for one picture, [`dims`](Self::dims) of them, neither centred nor scaled.
    extract: fn(&View<'_>) -> Result<Vec<f32>, EmbedError>,
}

impl BlockSpec {
    /// What it compares, as in "same palette", in a catalogue with colours or in a `grey` one.
    pub fn called(&self, grey: bool) -> &'static str {
        match grey {
            true => self.noun_in_grey,
            false => self.noun,
        }
    }
}

/// The block `style`: the mean of the network's last feature map.
pub const STYLE: BlockSpec = BlockSpec {
    name: "style",
    dims: network::LAST,
    weight: 0.3,
    least_variance: 0.1,
    noun: "kind",
    noun_in_grey: "kind",
    title: "What the network sees: kind, shape, texture",
    extract: |view| (view.style)(view.seen.for_style()),
};

/// The block `colour`: the palette of the foreground in Oklab.
pub const COLOUR: BlockSpec = BlockSpec {
    name: "colour",
    dims: colour::DIMS,
    weight: 0.3,
    least_variance: 0.02,
    noun: "palette",
    noun_in_grey: "tones",
    title: "The palette of the shoe itself, without its background",
    extract: |view| Ok(colour(&view.seen.whole)),
};

/// The block `silhouette`: the coarse foreground map and its edges, the same whichever way the shoe points.
pub const SILHOUETTE: BlockSpec = BlockSpec {
    name: "silhouette",
    dims: silhouette::DIMS,
    weight: 0.4,
    least_variance: 0.03,
    noun: "outline",
    noun_in_grey: "outline",
    title: "The coarse outline",
    extract: |view| Ok(silhouette(&view.seen.tight, view.seen.extent)),
};

/// Every block that embedders make, in the order in which they are stored and joined.
pub const BLOCKS: [BlockSpec; 3] = [STYLE, COLOUR, SILHOUETTE];

/// The block of this name, where embedders make one.
pub fn block(name: &str) -> Option<&'static BlockSpec> {
    static ALL: [BlockSpec; BLOCKS.len()] = BLOCKS;
    ALL.iter().find(|block| block.name == name)
}

/// A picture as blocks are made of it.
struct View<'a> {
    seen: Seen<'a>,
    /// What the embedder's network sees of a picture.
    style: &'a dyn Fn(&RgbImage) -> Result<Vec<f32>, EmbedError>,
}

/// What an embedder says of one picture: its raw blocks, in the order of [`BLOCKS`], neither centred nor scaled.
///
/// In JSON an object with a list of numbers a block, by name.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Features([Vec<f32>; BLOCKS.len()]);

impl Features {
    /// Every block of `picture`; `style` is what the embedder's network makes of it.
    pub(super) fn extract(
        picture: &RgbImage,
        style: &dyn Fn(&RgbImage) -> Result<Vec<f32>, EmbedError>,
    ) -> Result<Self, EmbedError> {
        let view = View {
            seen: Seen::of(picture),
            style,
        };
        let mut features = Self::default();
        for (values, block) in features.0.iter_mut().zip(&BLOCKS) {
            *values = (block.extract)(&view)?;
        }
        Ok(features)
    }

    /// The blocks that `values` gives by name.
    pub fn from_fn(mut values: impl FnMut(&'static str) -> Vec<f32>) -> Self {
        Self(BLOCKS.map(|block| values(block.name)))
    }

    /// The blocks with their names, in the order of [`BLOCKS`].
    pub fn blocks(&self) -> [(&'static str, &[f32]); BLOCKS.len()] {
        std::array::from_fn(|at| (BLOCKS[at].name, self.0[at].as_slice()))
    }

    /// The values of a block; none of a block that is not in [`BLOCKS`].
    pub fn block(&self, name: &str) -> &[f32] {
        let mut all = self.blocks().into_iter();
        all.find(|(own, _)| *own == name)
            .map_or(&[], |(_, values)| values)
    }

    /// Puts other values in the place of a block's; a block that is not in [`BLOCKS`] has no place.
    pub fn set_block(&mut self, name: &str, values: Vec<f32>) {
        if let Some(at) = BLOCKS.iter().position(|block| block.name == name) {
            self.0[at] = values;
        }
    }
}

impl Serialize for Features {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.blocks())
    }
}

impl<'de> Deserialize<'de> for Features {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ByName;

        impl<'de> Visitor<'de> for ByName {
            type Value = Features;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("lists of numbers by the name of a block")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Features, A::Error> {
                let mut found: [Option<Vec<f32>>; BLOCKS.len()] = Default::default();
                while let Some(name) = map.next_key::<String>()? {
                    match BLOCKS.iter().position(|block| block.name == name) {
                        Some(at) => found[at] = Some(map.next_value()?),
                        None => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                let mut features = Features::default();
                for ((values, found), block) in features.0.iter_mut().zip(found).zip(&BLOCKS) {
                    *values = found.ok_or_else(|| A::Error::missing_field(block.name))?;
                }
                Ok(features)
            }
        }

        deserializer.deserialize_map(ByName)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No metadata column may be called as a block is.
    #[test]
    fn the_catalogue_knows_the_blocks() {
        let known = crate::catalog::writer::BLOCKS;
        assert!(BLOCKS.iter().all(|block| known.contains(&block.name)));
    }

    #[test]
    fn names_differ_and_weights_sum_to_one() {
        for (at, spec) in BLOCKS.iter().enumerate() {
            assert!(BLOCKS[..at].iter().all(|other| other.name != spec.name));
            assert_eq!(block(spec.name).map(|found| found.dims), Some(spec.dims));
        }
        assert!((BLOCKS.iter().map(|block| block.weight).sum::<f32>() - 1.0).abs() < 1e-6);
        assert!(block("learned").is_none());
    }

    #[test]
    fn every_block_has_as_many_values_as_its_entry_says() {
        let picture = RgbImage::from_pixel(9, 7, image::Rgb([200, 30, 60]));
        let features = Features::extract(&picture, &|_| Ok(vec![0.5; STYLE.dims])).unwrap();
        for (spec, (name, values)) in BLOCKS.iter().zip(features.blocks()) {
            assert_eq!((spec.name, spec.dims), (name, values.len()));
        }
    }

    #[test]
    fn json_has_a_list_a_block_by_name() {
        let mut features = Features::from_fn(|name| vec![name.len() as f32]);
        features.set_block("colour", vec![0.1, -2.0]);
        features.set_block("no such block", vec![1.0]);
        let json = serde_json::to_string(&features).unwrap();
        assert_eq!(
            json,
            r#"{"style":[5.0],"colour":[0.1,-2.0],"silhouette":[10.0]}"#
        );
        assert_eq!(serde_json::from_str::<Features>(&json).unwrap(), features);
        assert_eq!(features.block("colour"), [0.1, -2.0]);
        assert!(features.block("no such block").is_empty());
        // Beside other fields, as a session has them.
        #[derive(Debug, PartialEq, Serialize, Deserialize)]
        struct Kept {
            name: String,
            #[serde(flatten)]
            features: Features,
        }
        let kept = Kept {
            name: "mine".to_owned(),
            features,
        };
        let json = serde_json::to_string(&kept).unwrap();
        assert!(
            json.starts_with(r#"{"name":"mine","style":[5.0],"#),
            "{json}"
        );
        assert_eq!(serde_json::from_str::<Kept>(&json).unwrap(), kept);
        let less = serde_json::from_str::<Features>(r#"{"style":[],"colour":[]}"#).unwrap_err();
        assert!(less.to_string().contains("silhouette"), "{less}");
    }
}
