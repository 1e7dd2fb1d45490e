//! Evaluating a generator on shoes that it has never seen. The protocol is [`PROTOCOL`], printed with the
//! figures.

mod diversity;
mod embeddings;
mod export;
mod frechet_distance;
mod novelty;
mod report;
mod round_trip;

pub use report::{ClassReport, PROTOCOL, Report};

use crate::catalog::Catalog;
use crate::catalog::roles::{Role, column_of};
use crate::embed::Embedder;
use crate::gan::dataset::framing::seen_by_embedder;
use crate::gan::dataset::pixels::bytes_of;
use crate::gan::dataset::shoes::{FramedShoes, Split};
use crate::gan::{GanError, Generator};
use crate::imaging::foreground::mean_foreground_lab;
use crate::imaging::oklab::Oklab;
use crate::job::Job;
use crate::numeric::{correlation, median};
use embeddings::{Embeddings, for_each_row, least};
use frechet_distance::{Moments, frechet_distance};
use image::RgbImage;
use image::imageops::{self, FilterType};
use rayon::prelude::*;
use round_trip::{Landing, agreement, landings, rank};
use std::path::Path;
use std::time::Instant;

/// Fewer shoes of a class than this get no Fréchet distance.
const FEWEST_OF_CLASS: usize = 100;
/// Seed of the judged noises.
const SEED: u64 = 20;

/// What to evaluate, and with what.
pub struct Evaluation<'a> {
    /// The generator.
    pub generator: &'a Generator,
    /// A second generator for comparison, trained for the same minutes; its designs ignore codes.
    pub baseline: Option<&'a Generator>,
    /// The catalogue whose held-out shoes are asked for.
    pub catalog: &'a Catalog,
    /// The embedder that made the catalogue's embeddings.
    pub embedder: &'a dyn Embedder,
    /// Where to write the judged pictures, if anywhere.
    pub dump: Option<&'a Path>,
    /// At most so many held-out shoes, evenly spread over them; all where it is not said.
    pub shoes: Option<usize>,
    /// The same generator without its finest levels: its pictures, enlarged, are judged in the place of its own. What those levels
    /// are worth.
    pub enlarged: Option<&'a Generator>,
    /// What becomes of designs before they are judged, as by settling.
    pub refine: Option<&'a Refine<'a>>,
}

/// From the row of the shoe that a design was asked for at, and its code and noise, to the code and noise that it is judged with.
pub type Refine<'a> = dyn Fn(usize, &[f32], &[f32]) -> Result<(Vec<f32>, Vec<f32>), GanError> + 'a;

/// Designs as they are judged.
struct Made {
    codes: Vec<Vec<f32>>,
    noises: Vec<Vec<f32>>,
    pictures: Vec<RgbImage>,
}

/// The shoes of one split: framed pictures and what the embedder makes of them.
struct RealShoes {
    shoes: FramedShoes,
    pictures: Vec<RgbImage>,
    embeddings: Embeddings,
}

/// One design for each held-out shoe, at its own code.
struct Designs {
    /// The codes that were asked for.
    asked: Vec<Vec<f32>>,
    made: Made,
    embeddings: Embeddings,
}

/// Where the designs land, and where the training shoes of the nearest codes would.
struct RoundTrips {
    designs: Vec<Landing>,
    nearest_train: Vec<Landing>,
}

impl Evaluation<'_> {
    /// Measures everything in [`PROTOCOL`].
    ///
    /// # Errors
    /// The generator, the catalogue and the embedder do not belong together; too few shoes are held out; the
    /// dump cannot be written; or the job was cancelled.
    pub fn run(&self, job: &Job) -> Result<Report, GanError> {
        self.check()?;
        let test = self.real_shoes(Split::Test, job)?;
        let train = self.real_shoes(Split::Train, job)?;
        let n = test.shoes.len();
        if n < 2 {
            return Err(GanError::TooFewHeldOut {
                catalogue: self.catalog.path().to_owned(),
                shoes: n,
            });
        }
        let info = self.generator.info();
        let all: Vec<usize> = (0..n).collect();
        let designs = self.designs(&test, job)?;
        let of_test = moments(&test.embeddings, &all);
        let of_sample = moments(&train.embeddings, &spaced(train.shoes.len(), n));
        let fd = frechet_distance(&moments(&designs.embeddings, &all), &of_test);
        let baseline = self.baseline_designs(n, &of_test, job)?;
        let trips = self.round_trips(&designs, &test, &train)?;
        let labels = self.labels(&test.shoes.rows);
        let agree = |landings: &[Landing]| agreement(landings, labels.as_deref()?, &all);
        let diversity = diversity::measure(self, &designs.asked, &test, &train, job)?;
        if let Some(folder) = self.dump {
            let ids = test.shoes.rows.iter().map(|&r| self.catalog.id(r));
            export::write(
                folder,
                &export::EvaluatedPictures {
                    ids: ids.collect(),
                    labels: labels.as_deref(),
                    designs: &designs.made.pictures,
                    real: &test.pictures,
                    diversity: &diversity.designs,
                    places: &diversity.places,
                    baseline: baseline.as_ref().map(|b| b.0.as_slice()),
                },
            )?;
        }
        Ok(Report {
            catalogue: self.catalog.name(),
            generator_sha256: info.sha256.clone(),
            held_out: n,
            training_shoes: train.shoes.len(),
            fd,
            fd_floor: frechet_distance(&of_sample, &of_test),
            fd_baseline: baseline.as_ref().map(|b| b.1),
            baseline_minutes: self.baseline.map(|b| b.info().minutes),
            baseline_images: self.baseline.map(|b| b.info().images),
            rank_percentile_median: rank(&trips.designs, &all),
            rank_percentile_nearest_train: rank(&trips.nearest_train, &all),
            class_agreement: agree(&trips.designs),
            class_agreement_nearest_train: agree(&trips.nearest_train),
            diversity_ratio_features: diversity.ratio_features,
            diversity_ratio_pixels: diversity.ratio_pixels,
            novelty_ratio: novelty::in_features(
                &designs.embeddings,
                &test.embeddings,
                &train.embeddings,
            ),
            novelty_ratio_pixels: novelty::in_numbers(
                &pixels_of(&designs.made.pictures, info.channels),
                &pixels_of(&test.pictures, info.channels),
                &pixels_of(&train.pictures, info.channels),
                info.size * info.size * info.channels,
            ),
            lab_correlation: (info.channels == 3)
                .then(|| lab_correlation(&designs.made.pictures, &test.pictures)),
            decode_ms: self.decode_ms(&designs.made)?,
            images: info.images,
            minutes: info.minutes,
            classes: labels.map_or_else(Vec::new, |labels| {
                self.classes(&labels, &designs, &trips.designs, &test, &train)
            }),
        })
    }

    /// The codes of `shoes`.
    fn codes(&self, shoes: &FramedShoes) -> Result<Vec<Vec<f32>>, GanError> {
        (0..shoes.len())
            .map(|i| self.generator.code(&shoes.blocks_of(i)))
            .collect()
    }

    fn designs(&self, test: &RealShoes, job: &Job) -> Result<Designs, GanError> {
        let asked = self.codes(&test.shoes)?;
        let count = asked.len() as u64;
        let noises: Vec<_> = (0..count).map(|i| self.generator.noise(SEED, i)).collect();
        let made = self.make(&test.shoes.rows, asked.clone(), noises, job)?;
        job.stage("Embedding designs", Some(count));
        let seen = |i: usize| (self.generator).embeddable(&made.pictures[i], &made.codes[i]);
        let embeddings = Embeddings::of(asked.len(), &seen, self.embedder, job)?;
        Ok(Designs {
            asked,
            made,
            embeddings,
        })
    }

    /// Designs at the codes of the shoes in `rows`, refined where they are to be.
    fn make(
        &self,
        rows: &[usize],
        mut codes: Vec<Vec<f32>>,
        mut noises: Vec<Vec<f32>>,
        job: &Job,
    ) -> Result<Made, GanError> {
        if let Some(refine) = self.refine {
            job.stage("Refining designs", Some(rows.len() as u64));
            for ((&row, code), noise) in rows.iter().zip(&mut codes).zip(&mut noises) {
                job.check()?;
                (*code, *noise) = refine(row, code, noise)?;
                job.advance(1);
            }
        }
        let mut pictures = self
            .enlarged
            .unwrap_or(self.generator)
            .decode(&codes, &noises)?;
        if self.enlarged.is_some() {
            let side = self.generator.info().size as u32;
            for picture in &mut pictures {
                *picture = imageops::resize(picture, side, side, FilterType::CatmullRom);
            }
        }
        Ok(Made {
            codes,
            noises,
            pictures,
        })
    }

    fn round_trips(
        &self,
        designs: &Designs,
        test: &RealShoes,
        train: &RealShoes,
    ) -> Result<RoundTrips, GanError> {
        let info = self.generator.info();
        let colour = info.channels == 3;
        let means = train.embeddings.means();
        let (real, dims) = test.embeddings.embedding(&means, colour);
        let (made, _) = designs.embeddings.embedding(&means, colour);
        let (trained, _) = train.embeddings.embedding(&means, colour);
        let codes = designs.asked.concat();
        let train_codes = self.codes(&train.shoes)?.concat();
        let nearest = for_each_row(&codes, &train_codes, info.code_dims, |_, line| {
            least(line).0
        });
        let stand_ins: Vec<f32> = nearest
            .iter()
            .flat_map(|&j| &trained[j * dims..(j + 1) * dims])
            .copied()
            .collect();
        Ok(RoundTrips {
            designs: landings(&made, &real, dims),
            nearest_train: landings(&stand_ins, &real, dims),
        })
    }

    /// The figures of each class of the held-out shoes, which have `labels`.
    fn classes(
        &self,
        labels: &[Option<String>],
        designs: &Designs,
        landings: &[Landing],
        test: &RealShoes,
        train: &RealShoes,
    ) -> Vec<ClassReport> {
        let train_labels = self.labels(&train.shoes.rows).unwrap_or_default();
        let of_class = |labels: &[Option<String>], name: &str| -> Vec<usize> {
            (0..labels.len())
                .filter(|&i| labels[i].as_deref() == Some(name))
                .collect()
        };
        let class = |name: String| {
            let rows = of_class(labels, &name);
            let peers = of_class(&train_labels, &name);
            let enough = rows.len() >= FEWEST_OF_CLASS;
            let real = moments(&test.embeddings, &rows);
            let sample: Vec<usize> = spaced(peers.len(), rows.len())
                .iter()
                .map(|&i| peers[i])
                .collect();
            ClassReport {
                shoes: rows.len(),
                fd: enough.then(|| frechet_distance(&moments(&designs.embeddings, &rows), &real)),
                fd_floor: (enough && peers.len() >= FEWEST_OF_CLASS)
                    .then(|| frechet_distance(&moments(&train.embeddings, &sample), &real)),
                rank_percentile_median: rank(landings, &rows),
                class_agreement: agreement(landings, labels, &rows).unwrap_or(f64::NAN),
                name,
            }
        };
        names(labels).into_iter().map(class).collect()
    }

    fn check(&self) -> Result<(), GanError> {
        let (info, id) = (self.generator.info(), self.embedder.id());
        let catalogue = &self.catalog.info().embedder;
        let made_for = info.embedder_id();
        if made_for != *catalogue || id != catalogue {
            return Err(GanError::EmbeddersDiffer {
                generator: made_for.to_string(),
                catalogue: catalogue.to_string(),
                embedder: id.to_string(),
            });
        }
        if let Some(baseline) = self.baseline {
            let b = baseline.info();
            if (b.size, b.channels) != (info.size, info.channels) {
                return Err(GanError::BaselineDiffers {
                    baseline: [b.size, b.channels],
                    generator: [info.size, info.channels],
                });
            }
        }
        Ok(())
    }

    fn real_shoes(&self, split: Split, job: &Job) -> Result<RealShoes, GanError> {
        let info = self.generator.info();
        let names: Vec<&str> = info
            .blocks
            .iter()
            .map(|block| block.name.as_str())
            .collect();
        let sizes = [info.size, info.channels];
        let mut shoes = FramedShoes::read(self.catalog, split, sizes, &names, job)?;
        if let (Split::Test, Some(most)) = (split, self.shoes) {
            let some = spaced(shoes.len(), most);
            shoes = shoes.only(&some);
        }
        let pictures: Vec<RgbImage> = (0..shoes.len()).map(|i| shoes.picture(i)).collect();
        // Where pictures are only padded, the embedder would see the very same ones again.
        let known = shoes
            .exact
            .then(|| Embeddings::known(&shoes.blocks))
            .flatten();
        let embeddings = match known {
            Some(known) => known,
            None => {
                let total = Some(pictures.len() as u64);
                job.stage("Embedding real shoes as framed", total);
                let seen = |i: usize| seen_by_embedder(&pictures[i], shoes.views[i]);
                Embeddings::of(pictures.len(), &seen, self.embedder, job)?
            }
        };
        Ok(RealShoes {
            shoes,
            pictures,
            embeddings,
        })
    }

    fn baseline_designs(
        &self,
        n: usize,
        of_test: &Moments,
        job: &Job,
    ) -> Result<Option<(Vec<RgbImage>, f64)>, GanError> {
        let Some(baseline) = self.baseline else {
            return Ok(None);
        };
        let codes = vec![vec![0.0; baseline.info().code_dims]; n];
        let noises: Vec<_> = (0..n as u64).map(|i| baseline.noise(SEED, i)).collect();
        let designs = baseline.decode(&codes, &noises)?;
        job.stage("Embedding the baseline's designs", Some(n as u64));
        let view = self.generator.info().view;
        let seen = |i: usize| seen_by_embedder(&designs[i], view);
        let embeddings = Embeddings::of(designs.len(), &seen, self.embedder, job)?;
        let all: Vec<usize> = (0..n).collect();
        let distance = frechet_distance(&moments(&embeddings, &all), of_test);
        Ok(Some((designs, distance)))
    }

    /// The kind of each shoe of `rows`, where the catalogue says it.
    fn labels(&self, rows: &[usize]) -> Option<Vec<Option<String>>> {
        let column = column_of(self.catalog, Role::Kind)?;
        let label = |&row: &usize| column.text(row).map(|t| t.into_owned());
        Some(rows.iter().map(label).collect())
    }

    /// Median milliseconds for one design on one thread.
    fn decode_ms(&self, made: &Made) -> Result<f64, GanError> {
        let (codes, noises) = (&made.codes, &made.noises);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
        pool.install(|| {
            let mut times = Vec::new();
            for i in 0..21.min(codes.len()) {
                let began = Instant::now();
                self.generator.decode(&codes[i..=i], &noises[i..=i])?;
                times.push(began.elapsed().as_secs_f64() * 1e3);
            }
            Ok(median(times))
        })
    }
}

/// Mean and covariance of the style of `rows`.
fn moments(embeddings: &Embeddings, rows: &[usize]) -> Moments {
    let styles = rows.iter().map(|&i| embeddings.style_of(i));
    Moments::of(styles, embeddings.dims[0])
}

/// The pictures' pixels, from 0 to 1: a row for each.
fn pixels_of(pictures: &[RgbImage], channels: usize) -> Vec<f32> {
    pictures
        .iter()
        .flat_map(|p| bytes_of(p, channels))
        .map(|v| f32::from(v) / 255.0)
        .collect()
}

/// Correlation of the mean foreground L, a and b of two lists of pictures.
fn lab_correlation(a: &[RgbImage], b: &[RgbImage]) -> [f64; 3] {
    let of = |pictures: &[RgbImage]| -> Vec<Oklab> {
        pictures.par_iter().map(mean_foreground_lab).collect()
    };
    let (a, b) = (of(a), of(b));
    [0, 1, 2].map(|c| {
        let channel = |v: &Oklab| f64::from(v[c]);
        correlation(a.iter().map(channel).zip(b.iter().map(channel)))
    })
}

/// `wanted` of `count` numbers, evenly spaced; all where there are fewer.
fn spaced(count: usize, wanted: usize) -> Vec<usize> {
    let wanted = wanted.min(count);
    (0..wanted).map(|i| i * count / wanted).collect()
}

fn names(labels: &[Option<String>]) -> Vec<String> {
    let mut names: Vec<String> = labels.iter().flatten().cloned().collect();
    names.sort_unstable();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn even_samples() {
        assert_eq!(spaced(10, 5), [0, 2, 4, 6, 8]);
        assert_eq!(spaced(3, 5), [0, 1, 2]);
        assert!(spaced(0, 5).is_empty());
    }
}
