//! A catalogue of shoes that do not exist: codes are drawn among those of real shoes, made, embedded again, and
//! written like photos. With gaps, what is kept is new to a catalogue and still lands where it was asked for.

use super::item::{Landed, PicturedDesign};
use super::nearest::nearest;
use super::reembedding::Yardstick;
use super::studio::Studio;
use super::{DesignError, Origin, route};
use crate::catalog::picture::encode_png;
use crate::catalog::writer::{CatalogWriter, NewShoe};
use crate::catalog::{Catalog, CatalogInfo, Column, Roles, Values};
use crate::embed::{Embedder, Features};
use crate::gan::random::random;
use crate::gan::{Generator, Prior, words_of};
use crate::job::Job;
use crate::recommend::Recommender;
use crate::space::lay_out;
use image::RgbImage;
use std::path::Path;

/// The most shoes that are imagined at once.
pub const MOST: usize = 20_000;
/// Designs that are in memory at a time.
const BATCH: usize = 256;
/// For each gap so many designs are tried.
const TRIED_FOR_A_GAP: usize = 8;
/// How far beyond real shoes codes are drawn for gaps.
const REACH: f32 = 1.4;
/// The stream of random numbers.
const STREAM: u64 = 0x1_4a_91_4e;

/// What to imagine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImagineOptions {
    /// How many shoes.
    pub count: usize,
    /// Seed of everything random.
    pub seed: u64,
    /// Whether only what is missing from the catalogue is kept: new to it, and plausible.
    pub gaps: bool,
}

/// Who imagines: a generator, and what made the embeddings that it knows.
pub struct Imagination<'a> {
    /// The generator.
    pub generator: &'a Generator,
    /// The embedder.
    pub embedder: &'a dyn Embedder,
    /// The catalogue that designs are compared with; without one, the generator's own prior is all that is known.
    pub beside: Option<(&'a Studio, &'a Recommender)>,
}

/// A shoe that is missing from a catalogue.
#[derive(Debug, Clone)]
pub struct Missing {
    /// The design, and where it lands.
    pub design: PicturedDesign,
    /// The kind that it is taken for; empty where the catalogue knows none.
    pub reads_as: String,
    /// So many percent of the real shoes have another real shoe nearer than this one has.
    pub newness: f32,
}

/// One imagined shoe.
struct Imagined {
    code: Vec<f32>,
    noise: Vec<f32>,
    picture: RgbImage,
    features: Features,
    words: Vec<Option<(String, f32)>>,
    /// The nearest real shoe and how new it is, in percent.
    beside: Option<(String, f32)>,
    /// Newness times plausibility, from 0 to 1; only where gaps are looked for.
    gap: f32,
}

impl Imagination<'_> {
    /// Writes a catalogue of imagined shoes to `output`.
    ///
    /// # Errors
    /// The generator knows no codes and there is no catalogue; gaps without a catalogue; what the generator, the embedder or
    /// the disk refuses; or the job was cancelled, and then nothing is written.
    pub fn write(
        &self,
        output: &Path,
        options: &ImagineOptions,
        job: &Job,
    ) -> Result<(), DesignError> {
        let prior = self.prior(job)?;
        let yardstick = match self.beside {
            Some((_, recommender)) => Yardstick::new(recommender)?,
            None => Yardstick::default(),
        };
        let shoes = if options.gaps {
            self.gaps(&prior, &yardstick, options, job)?
        } else {
            job.stage("Imagining", Some(options.count as u64));
            self.some(&prior, &yardstick, options.count, (1.0, options.seed), job)?
        };
        let table = Table::of(&shoes, &prior, self.beside.is_some(), options.gaps);
        let folder = tempfile::tempdir().map_err(|e| DesignError::Write {
            path: std::env::temp_dir(),
            cause: e,
        })?;
        let first = folder.path().join("imagined.parquet");
        let mut info = CatalogInfo::new(self.embedder.id().clone(), self.embedder.blocks());
        info.roles = table.roles.clone();
        info.thumbnail = self.generator.info().size as u32;
        info.is_grey = self.generator.info().channels == 1;
        info.source = vec![format!("imagined by {}", self.generator.info().catalogue)];
        let new = shoes.into_iter().enumerate().map(|(at, shoe)| NewShoe {
            id: format!("imagined-{:05}", at + 1),
            picture: encode_png(&shoe.picture),
            blocks: shoe
                .features
                .blocks()
                .into_iter()
                .map(|(_, block)| block.to_vec())
                .collect(),
            ..NewShoe::default()
        });
        let mut writer = CatalogWriter::create(&first, info.clone(), &table.columns)?;
        writer.push(&new.collect::<Vec<_>>(), &table.columns)?;
        writer.finish()?;
        lay_out::<DesignError>(&Catalog::open(&first)?, info, output, options.seed, job)?;
        Ok(())
    }

    /// What is missing from the catalogue, the most wanted first: new to it, and yet what the generator can make.
    ///
    /// # Errors
    /// There is no catalogue; what the generator or the embedder refuses; the job was cancelled.
    pub fn missing(
        &self,
        options: &ImagineOptions,
        job: &Job,
    ) -> Result<Vec<Missing>, DesignError> {
        let Some((studio, recommender)) = self.beside else {
            return Err(DesignError::GapsOfNothing);
        };
        let prior = self.prior(job)?;
        let yardstick = Yardstick::new(recommender)?;
        let shoes = self.gaps(&prior, &yardstick, options, job)?;
        let kind = prior.words().iter().position(|words| words.role == "type");
        let missing = shoes.into_iter().map(|shoe| {
            let word = kind.and_then(|at| shoe.words[at].as_ref());
            let design = studio.design(shoe.code, shoe.noise, 1.0, Origin::Unknown);
            Ok(Missing {
                reads_as: word.map_or_else(String::new, |(word, _)| word.clone()),
                newness: shoe.beside.as_ref().map_or(0.0, |(_, newness)| *newness),
                design: PicturedDesign {
                    name: String::new(),
                    design,
                    picture: shoe.picture,
                    landed: Some(Landed {
                        position: studio.position(&shoe.features)?,
                        features: shoe.features,
                    }),
                },
            })
        });
        missing.collect()
    }

    /// The codes and words that shoes are drawn among: those of the catalogue, or the generator's own.
    fn prior(&self, job: &Job) -> Result<Prior, DesignError> {
        let Some((studio, _)) = self.beside else {
            return self.generator.prior().cloned().ok_or(DesignError::NoPrior);
        };
        let codes = studio.codes(job)?;
        let catalog = studio.catalog();
        let words = words_of(catalog, &codes.rows);
        Ok(Prior::new(codes.dims, codes.values, words))
    }

    /// `count` shoes at codes that reach so far, with this seed.
    fn some(
        &self,
        prior: &Prior,
        yardstick: &Yardstick,
        count: usize,
        (reach, seed): (f32, u64),
        job: &Job,
    ) -> Result<Vec<Imagined>, DesignError> {
        let mut numbers = random(seed, STREAM);
        let mut all = Vec::with_capacity(count);
        while all.len() < count {
            job.check()?;
            let batch = BATCH.min(count - all.len());
            let codes: Vec<Vec<f32>> = (0..batch)
                .map(|_| prior.sample(reach, &mut numbers))
                .collect();
            let noises: Vec<Vec<f32>> = (0..batch)
                .map(|i| self.generator.noise(seed, (all.len() + i) as u64))
                .collect();
            let pictures = self.generator.decode(&codes, &noises)?;
            let features = self.look_at(&pictures, &codes)?;
            job.advance(batch as u64);
            let beside = self.beside(&features, yardstick)?;
            let made = codes.into_iter().zip(noises).zip(pictures);
            let made = made.zip(features.into_iter().zip(beside));
            for (((code, noise), picture), (features, beside)) in made {
                let landed = self.generator.code_of(&features)?;
                let words = (0..prior.words().len())
                    .map(|column| {
                        let word = prior.word(column, &landed);
                        word.map(|(word, share)| (word.to_owned(), share))
                    })
                    .collect();
                // A design that lands where it was asked for is one that the generator knows how to make.
                let off = route::distance(&code, &landed) / (code.len().max(1) as f32).sqrt();
                let new = beside.as_ref().map_or(0.0, |(_, newness)| newness / 100.0);
                all.push(Imagined {
                    gap: new * (-off * off).exp(),
                    code,
                    noise,
                    picture,
                    features,
                    words,
                    beside,
                });
            }
        }
        Ok(all)
    }

    /// What the embedder makes of designs; beside a catalogue they are shown to it no sharper than that one's photos are.
    fn look_at(
        &self,
        pictures: &[RgbImage],
        codes: &[Vec<f32>],
    ) -> Result<Vec<Features>, DesignError> {
        let designs = pictures.iter().zip(codes);
        if let Some((studio, _)) = self.beside {
            let designs: Vec<(&RgbImage, &[f32])> = designs
                .map(|(picture, code)| (picture, code.as_slice()))
                .collect();
            return studio.embed(&designs);
        }
        let seen: Vec<RgbImage> = designs
            .map(|(picture, code)| self.generator.embeddable(picture, code))
            .collect();
        Ok(self.embedder.embed(&seen)?)
    }

    /// The nearest real shoe to each, and how new it is.
    fn beside(
        &self,
        features: &[Features],
        yardstick: &Yardstick,
    ) -> Result<Vec<Option<(String, f32)>>, DesignError> {
        let Some((studio, recommender)) = self.beside else {
            return Ok(vec![None; features.len()]);
        };
        let embeddings = features
            .iter()
            .map(|features| studio.embedding(features))
            .collect::<Result<Vec<_>, _>>()?;
        let near = nearest(recommender, &embeddings, 1)?;
        let told = |near: Vec<(usize, f32)>| {
            let (row, distance) = *near.first()?;
            let id = studio.catalog().id(row).to_owned();
            Some((id, yardstick.novelty(distance)))
        };
        Ok(near.into_iter().map(told).collect())
    }

    /// What is missing from the catalogue, the best first.
    fn gaps(
        &self,
        prior: &Prior,
        yardstick: &Yardstick,
        options: &ImagineOptions,
        job: &Job,
    ) -> Result<Vec<Imagined>, DesignError> {
        let Some((studio, _)) = self.beside else {
            return Err(DesignError::GapsOfNothing);
        };
        let tried = options.count * TRIED_FOR_A_GAP;
        job.stage("Looking for gaps", Some(tried as u64));
        let mut shoes = self.some(prior, yardstick, tried, (REACH, options.seed), job)?;
        shoes.sort_by(|a, b| b.gap.total_cmp(&a.gap));
        // A gap is told once: what lies near a better one is left out.
        let apart = yardstick.median();
        let mut kept: Vec<(Vec<f32>, Imagined)> = Vec::with_capacity(options.count);
        for shoe in shoes {
            let embedding = studio.embedding(&shoe.features)?;
            let alone = kept
                .iter()
                .all(|(other, _)| route::distance(other, &embedding) > apart);
            if alone {
                kept.push((embedding, shoe));
            }
            if kept.len() == options.count {
                break;
            }
        }
        Ok(kept.into_iter().map(|(_, shoe)| shoe).collect())
    }
}

/// The columns of imagined shoes, and what they mean.
struct Table {
    columns: Vec<Column>,
    roles: Roles,
}

impl Table {
    fn of(shoes: &[Imagined], prior: &Prior, beside: bool, gaps: bool) -> Self {
        let mut table = Self {
            columns: Vec::new(),
            roles: Roles::default(),
        };
        for (at, words) in prior.words().iter().enumerate() {
            let name = Some(words.column.clone());
            match words.role.as_str() {
                "type" => table.roles.kind = name,
                "gender" => table.roles.gender = name,
                _ => table.roles.colour = name,
            }
            let word = |shoe: &Imagined| shoe.words[at].as_ref().map(|(word, _)| word.clone());
            table.text(&words.column, shoes.iter().map(word));
            let certainty = format!("{} certainty", words.column);
            let share = |shoe: &Imagined| shoe.words[at].as_ref().map(|(_, share)| *share);
            table.number(&certainty, shoes.iter().map(share));
        }
        if beside {
            let id = |shoe: &Imagined| shoe.beside.as_ref().map(|(id, _)| id.clone());
            table.text("nearest shoe", shoes.iter().map(id));
            let new = |shoe: &Imagined| shoe.beside.as_ref().map(|(_, new)| *new);
            table.number("newness", shoes.iter().map(new));
        }
        if gaps {
            table.number("gap", shoes.iter().map(|shoe| Some(shoe.gap)));
        }
        let code = |shoe: &Imagined| {
            let numbers: Vec<String> = shoe.code.iter().map(|c| format!("{c:.3}")).collect();
            Some(numbers.join(" "))
        };
        table.text("code", shoes.iter().map(code));
        table
    }

    fn text(&mut self, name: &str, values: impl Iterator<Item = Option<String>>) {
        let values: Vec<Option<String>> = values.collect();
        let values = Values::text(values.iter().map(Option::as_deref));
        self.columns.push(Column::new(name, values));
    }

    fn number(&mut self, name: &str, values: impl Iterator<Item = Option<f32>>) {
        let rounded = |x: f32| (f64::from(x) * 1e3).round() / 1e3;
        let values = values.map(|value| value.map(rounded)).collect();
        self.columns.push(Column::new(name, Values::Real(values)));
    }
}
