//! Features of a pretrained network for the discriminator and for the generator's losses: the frozen extractor, and
//! what is made of its maps.

pub(in crate::gan) mod extractor;
pub(in crate::gan) mod projection;

pub use extractor::FeatureExtractor;
