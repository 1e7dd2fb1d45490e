//! The generator as the rest of the program sees it: loaded from a file, it decodes codes to pictures.

use super::{GanError, GeneratorInfo};
use crate::digest::{check, sha256_hex};
use crate::embed::Features;
use crate::gan::code_basis::CodeBasis;
use crate::gan::dataset::framing::seen_by_embedder;
use crate::gan::dataset::pixels::picture_of;
use crate::gan::info::older_blocks;
use crate::gan::linear_map::LinearMap;
use crate::gan::networks::Network;
use crate::gan::networks::parameters::Weights;
use crate::gan::networks::synthesis::Synthesis;
use crate::gan::ops::convolve;
use crate::gan::prior::Prior;
use crate::gan::random::{normal, random};
use crate::gan::tensor_file::Tensors;
use candle_core::{Device, Tensor};
use image::RgbImage;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::Path;

/// What the file says that it is.
const KIND: &str = "shoespace generator";
/// Before the names of the network's tensors; these are stored as f16.
const NETWORK: &str = "network/";
/// Before the names of the tensors of the map from codes to views.
const VIEW: &str = "view";
/// Views are held within this; the networks of designs have seen none beyond.
const VIEWS: [f32; 2] = [0.25, 4.0];

/// A trained generator. Cheap to share between threads; all methods take `&self`.
pub struct Generator {
    info: GeneratorInfo,
    basis: CodeBasis,
    /// From a code to the logarithm of its view; a file of an older kind has none.
    view: Option<LinearMap>,
    /// Codes of shoes that it learned from; a file of an older kind has none.
    prior: Option<Prior>,
    network: Network,
    weights: Weights,
}

/// The most numbers in a map of a generator: ours have less than a million.
const MOST_NUMBERS: usize = 1 << 23;

/// Whether the maps of a network are no larger than decoding has memory for: a small file can tell of enormous ones.
fn has_small_maps(network: &Network) -> bool {
    match network {
        Network::Shoegan(network) => {
            let levels = network.widths.iter().enumerate();
            let numbers = levels.map(|(level, width)| (4_usize << level).pow(2) * width);
            numbers.max().is_none_or(|most| most <= MOST_NUMBERS)
        }
        Network::Original(_) => true,
    }
}

impl std::fmt::Debug for Generator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Generator")
            .field("info", &self.info)
            .finish_non_exhaustive()
    }
}

impl Generator {
    /// Loads a generator's file.
    ///
    /// # Errors
    /// The file cannot be read, is no generator, is cut short, or is of a newer version.
    pub fn load(path: &Path) -> Result<Self, GanError> {
        let (tensors, bytes) = Tensors::read(path, KIND)?;
        let mut info: GeneratorInfo = tensors.json("info", path)?;
        info.sha256 = sha256_hex([&bytes]);
        check(path, &info.sha256)?;
        let network: Network = tensors.json("network", path)?;
        if info.blocks.is_empty() {
            info.blocks = older_blocks(&tensors.json("info", path)?);
        }
        let basis = CodeBasis::restore(&tensors, &info.blocks, path)?;
        let view = tensors
            .holds(&format!("{VIEW}/weights"))
            .then(|| LinearMap::restore(VIEW, [basis.dims(), 1], &tensors, path))
            .transpose()?;
        let [size, channels, noise_dims, code_dims] = network.dims();
        let prior = Prior::restore(&tensors, basis.dims(), path)?;
        let fits = network.is_sound()
            && has_small_maps(&network)
            && [size, channels, noise_dims] == [info.size, info.channels, info.noise_dims]
            && (code_dims == 0 || code_dims == info.code_dims)
            && basis.dims() == info.code_dims
            && (0.1..=10.0).contains(&info.view);
        if !fits {
            return Err(GanError::model(
                path,
                "its description contradicts itself: the file is damaged",
            ));
        }
        let mut tensors_by_name = BTreeMap::new();
        for parameter in network.parameters() {
            let name = format!("{NETWORK}{}", parameter.name);
            let values = tensors.take_shaped(&name, &parameter.shape, path)?;
            if values.iter().any(|x| !x.is_finite()) {
                return Err(GanError::model(
                    path,
                    format!("{name} holds a number that is not finite: the file is damaged"),
                ));
            }
            let tensor = Tensor::from_vec(values, parameter.shape.as_slice(), &Device::Cpu)?;
            tensors_by_name.insert(parameter.name, tensor);
        }
        Ok(Self {
            info,
            basis,
            view,
            prior,
            network,
            weights: Weights::new(tensors_by_name, convolve),
        })
    }

    /// A generator of parts that belong together.
    pub(super) fn of_parts(
        info: GeneratorInfo,
        basis: CodeBasis,
        (view, prior): (LinearMap, Option<Prior>),
        (network, weights): (Network, Weights),
    ) -> Self {
        Self {
            info,
            basis,
            view: Some(view),
            prior,
            network,
            weights,
        }
    }

    /// The same generator with smaller pictures, whose finest levels are left out: of 128 pixels, one of 64.
    ///
    /// # Errors
    /// `size` is no power of two from 8 on, or not below the size of its pictures.
    pub fn reduced(&self, size: usize) -> Result<Self, GanError> {
        let Some(network) = self.network.reduced(size) else {
            return Err(GanError::NoSuchSize {
                wanted: size,
                size: self.info.size,
            });
        };
        Ok(Self {
            info: GeneratorInfo {
                size,
                ..self.info.clone()
            },
            basis: self.basis.clone(),
            view: self.view.clone(),
            prior: self.prior.clone(),
            weights: self.weights.clone(),
            network,
        })
    }

    /// The shape of its network for pictures of `size` and `channels`; none where it makes no such pictures.
    pub(super) fn shape(&self, size: usize, channels: usize) -> Option<Synthesis> {
        let reduced = self.network.reduced(size);
        let Network::Shoegan(shape) = reduced.as_ref().unwrap_or(&self.network) else {
            return None;
        };
        let fits = [shape.size, shape.channels] == [size, channels];
        fits.then(|| shape.clone())
    }

    /// The numbers of its network by name, for a network of the shape `of` whose codes `to_own` takes to codes of
    /// this generator. The layer that meets the code takes the map in; codes are not held within their limits there.
    ///
    /// # Errors
    /// The shapes differ in more than the code.
    pub(super) fn parts_for(
        &self,
        of: &Synthesis,
        to_own: &LinearMap,
    ) -> Result<BTreeMap<String, Vec<f32>>, GanError> {
        let Network::Shoegan(own) = &self.network else {
            return Err(GanError::NoBeginning);
        };
        let alike = Synthesis {
            code_dims: of.code_dims,
            size: of.size.min(own.size),
            ..own.clone()
        };
        if alike != *of {
            return Err(GanError::OtherPictures {
                generator: [own.size, own.channels],
                wanted: [of.size, of.channels],
            });
        }
        let mut parts = BTreeMap::new();
        for (name, tensor) in &self.weights.tensors {
            parts.insert(name.clone(), tensor.flatten_all()?.to_vec1::<f32>()?);
        }
        // Rows of the weight are inputs: the code's, then the noise's.
        let weight = parts.remove("map1.weight").unwrap_or_default();
        let (of_code, of_noise) = weight.split_at(own.code_dims * own.style_dims);
        let rows: Vec<&[f32]> = of_code.chunks_exact(own.style_dims).collect();
        let through = |shares: &dyn Fn(usize) -> f32| {
            let mut sum = vec![0.0; own.style_dims];
            for (k, row) in rows.iter().enumerate() {
                let share = shares(k);
                sum.iter_mut().zip(*row).for_each(|(s, w)| *s += share * w);
            }
            sum
        };
        let mut mapped: Vec<f32> = (0..of.code_dims)
            .flat_map(|i| through(&|k| to_own.weights[k][i]))
            .collect();
        mapped.extend(of_noise);
        parts.insert("map1.weight".into(), mapped);
        let moved = through(&|k| to_own.bias[k]);
        if let Some(bias) = parts.get_mut("map1.bias") {
            bias.iter_mut().zip(moved).for_each(|(b, m)| *b += m);
        }
        Ok(parts)
    }

    /// Writes the generator's file: weights as f16, under a temporary name, then renamed.
    pub(crate) fn save(&self, path: &Path) -> Result<(), GanError> {
        let mut tensors = Tensors::default();
        tensors.put_json("info", &self.info);
        tensors.put_json("network", &self.network);
        self.basis.store(&mut tensors);
        if let Some(view) = &self.view {
            view.store(VIEW, &mut tensors);
        }
        if let Some(prior) = &self.prior {
            prior.store(&mut tensors);
        }
        for (name, tensor) in &self.weights.tensors {
            let values: Vec<f32> = tensor.flatten_all()?.to_vec1()?;
            tensors.put(format!("{NETWORK}{name}"), tensor.dims(), &values);
        }
        tensors.write(path, KIND, Some(NETWORK))
    }

    /// Whether a code means the same to both.
    pub fn has_codes_of(&self, other: &Self) -> bool {
        self.basis == other.basis
    }

    /// What it is and how it came to be.
    pub fn info(&self) -> &GeneratorInfo {
        &self.info
    }

    /// The code of a place in shoe space: from the raw blocks of an embedding (as the embedder made them, not
    /// centred), in the order of [`GeneratorInfo::blocks`], through the generator's own basis. Whitened principal
    /// coordinates, each within ±3; the first hold the most. A block of zeros counts as not known: the mean.
    ///
    /// # Errors
    /// A block has another length than the generator was made for, or holds a number that is not finite.
    pub fn code(&self, blocks: &[&[f32]]) -> Result<Vec<f32>, GanError> {
        let wanted = self.info.blocks.iter().map(|block| block.dims);
        let given = blocks.iter().map(|block| block.len());
        if !wanted.clone().eq(given.clone()) {
            return Err(GanError::BlockLengths {
                wanted: wanted.collect(),
                given: given.collect(),
            });
        }
        if blocks
            .iter()
            .any(|block| block.iter().any(|x| !x.is_finite()))
        {
            return Err(GanError::NotFinite {
                what: "the embedding",
            });
        }
        Ok(self.basis.code(blocks))
    }

    /// The code of what an embedder made of a picture, as [`code`](Self::code).
    ///
    /// # Errors
    /// As `code`.
    pub fn code_of(&self, features: &Features) -> Result<Vec<f32>, GanError> {
        let names = self.info.blocks.iter();
        let blocks: Vec<&[f32]> = names.map(|block| features.block(&block.name)).collect();
        self.code(&blocks)
    }

    /// What it remembers of the shoes that it learned from; none in a file of an older kind.
    pub fn prior(&self) -> Option<&Prior> {
        self.prior.as_ref()
    }

    /// Noise number `index` of the series of `seed`: independent standard normal numbers. Scale it towards
    /// 0 for more typical designs (truncation).
    pub fn noise(&self, seed: u64, index: u64) -> Vec<f32> {
        let mut random = random(seed, index.wrapping_add(1));
        (0..self.info.noise_dims)
            .map(|_| normal(&mut random))
            .collect()
    }

    /// The pictures at `codes` with `noises`, one noise a code; in parallel over the pictures, and each the
    /// same to the bit whatever else is in the batch. Grey generators give grey RGB.
    ///
    /// # Errors
    /// As many noises as codes are needed, each of the generator's own length, without NaN.
    pub fn decode(
        &self,
        codes: &[Vec<f32>],
        noises: &[Vec<f32>],
    ) -> Result<Vec<RgbImage>, GanError> {
        if codes.len() != noises.len() {
            return Err(GanError::NoiseCount {
                codes: codes.len(),
                noises: noises.len(),
            });
        }
        for (what, phrase, lists, dims) in [
            ("code", "a code", codes, self.info.code_dims),
            ("noise", "a noise", noises, self.info.noise_dims),
        ] {
            if let Some(list) = lists.iter().find(|l| l.len() != dims) {
                return Err(GanError::InputLength {
                    what,
                    wanted: dims,
                    given: list.len(),
                });
            }
            if lists.iter().flatten().any(|x| !x.is_finite()) {
                return Err(GanError::NotFinite { what: phrase });
            }
        }
        codes
            .par_iter()
            .zip(noises)
            .map(|(code, noise)| self.decode_one(code, noise))
            .collect()
    }

    fn decode_one(&self, code: &[f32], noise: &[f32]) -> Result<RgbImage, GanError> {
        let row = |values: &[f32]| Tensor::from_slice(values, (1, values.len()), &Device::Cpu);
        let picture = self
            .network
            .decode(&self.weights, &row(code)?, &row(noise)?)?;
        let bytes: Vec<u8> = picture
            .flatten_all()?
            .to_vec1::<f32>()?
            .iter()
            .map(|v| ((v.clamp(-1.0, 1.0) + 1.0) * 127.5).round() as u8)
            .collect();
        Ok(picture_of(&bytes, self.info.size, self.info.channels))
    }

    /// A design of `code` in a frame like those of the training catalogue's own pictures at that code: what an
    /// embedder should be shown to find out where in shoe space the design lies. How much room there is around a shoe
    /// is a part of its embedding, and no part of its design.
    pub fn embeddable(&self, design: &RgbImage, code: &[f32]) -> RgbImage {
        // A design of another generator has a code that means nothing here.
        let own = code.len() == self.info.code_dims;
        let told = self
            .view
            .as_ref()
            .filter(|_| own)
            .map(|view| view.apply(code));
        let view = told.map_or(self.info.view, |log| log.iter().sum::<f32>().exp());
        seen_by_embedder(design, view.clamp(VIEWS[0], VIEWS[1]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gan::networks::synthesis::Synthesis;

    #[test]
    fn maps_that_no_memory_holds_are_refused() {
        let of = |widths: Vec<usize>| {
            Network::Shoegan(Synthesis {
                widths,
                ..Synthesis::new(64, 3, 96)
            })
        };
        assert!(has_small_maps(&of(Synthesis::new(64, 3, 96).widths)));
        assert!(has_small_maps(&Network::Shoegan(Synthesis::new(
            128, 3, 96
        ))));
        // Each width alone is one that a network may have.
        assert!(!has_small_maps(&of(vec![4096; 9])));
    }
}
