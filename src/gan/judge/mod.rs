//! Judging a generator on shoes that it has never seen. The protocol is [`PROTOCOL`], printed with the
//! figures.

mod dump;
mod features;
mod frechet;
mod report;

pub use report::{ClassReport, PROTOCOL, Report};

use super::data::{Part, Shoes};
use super::{GanError, Generator};
use crate::catalog::Catalog;
use crate::embed::Embedder;
use crate::embed::foreground::mean_foreground_lab;
use crate::embed::oklab::Oklab;
use crate::job::Job;
use crate::numeric::{correlation, median};
use features::{Seen, for_each_row, least, least_k, spread};
use frechet::{Moments, frechet_distance};
use image::RgbImage;
use rayon::prelude::*;
use std::path::Path;
use std::time::Instant;

/// Codes at which the diversity over noise is measured, and designs at each.
const DIVERSITY: (usize, usize) = (200, 10);
/// Fewer shoes of a class than this get no Fréchet distance.
const FEWEST_OF_CLASS: usize = 100;
/// Seed of the judged noises.
const SEED: u64 = 20;

/// What to judge, and with what.
pub struct Judge<'a> {
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
}

/// Held-out shoes or training shoes: framed pictures and what the embedder sees of them.
struct Side {
    shoes: Shoes,
    pictures: Vec<RgbImage>,
    seen: Seen,
}

impl Judge<'_> {
    /// Judges.
    ///
    /// # Errors
    /// The generator, the catalogue and the embedder do not belong together; too few shoes are held out; the
    /// dump cannot be written; or the job was cancelled.
    pub fn run(&self, job: &Job) -> Result<Report, GanError> {
        self.check()?;
        let test = self.side(Part::Test, job)?;
        let train = self.side(Part::Train, job)?;
        let n = test.shoes.len();
        if n < 2 {
            return Err(GanError::Data(format!(
                "{} holds out {n} shoes; judging needs more",
                self.catalog.path().display()
            )));
        }
        let info = self.generator.info();
        let colour = info.channels == 3;
        let codes = (0..n)
            .map(|i| {
                let [style, colour] = test.shoes.blocks_of(i);
                self.generator.code(style, colour)
            })
            .collect::<Result<Vec<_>, _>>()?;
        let noises: Vec<_> = (0..n as u64)
            .map(|i| self.generator.noise(SEED, i))
            .collect();
        let designs = self.generator.decode(&codes, &noises)?;
        job.stage("Embedding designs", Some(n as u64));
        let seen = Seen::of(&designs, self.generator, self.embedder, job)?;

        let moments = |seen: &Seen, rows: &[usize]| {
            Moments::of(rows.iter().map(|&i| seen.style_of(i)), seen.dims[0])
        };
        let all: Vec<usize> = (0..n).collect();
        let sample = spaced(train.shoes.len(), n);
        let of_test = moments(&test.seen, &all);
        let of_sample = moments(&train.seen, &sample);
        let fd = frechet_distance(&moments(&seen, &all), &of_test);
        let baseline = self.baseline(n, &of_test, job)?;

        // The round trip.
        let means = train.seen.means();
        let (real, dims) = test.seen.embedding(&means, colour);
        let (asked, _) = seen.embedding(&means, colour);
        let (trained, _) = train.seen.embedding(&means, colour);
        let labels = self.labels(&test.shoes.rows);
        let trip = |from: &[f32]| -> Vec<(f64, usize)> {
            for_each_row(from, &real, dims, |i, line| {
                let closer = line.iter().filter(|&&d| d < line[i]).count();
                (100.0 * closer as f64 / n as f64, least(line).0)
            })
        };
        let trips = trip(&asked);
        let code_dims = info.code_dims;
        let train_codes = (0..train.shoes.len())
            .map(|i| {
                let [style, colour] = train.shoes.blocks_of(i);
                self.generator.code(style, colour)
            })
            .collect::<Result<Vec<_>, _>>()?
            .concat();
        let nearest_train = for_each_row(&codes.concat(), &train_codes, code_dims, |_, line| {
            least(line).0
        });
        let stand_ins: Vec<f32> = nearest_train
            .iter()
            .flat_map(|&j| &trained[j * dims..(j + 1) * dims])
            .copied()
            .collect();
        let trips_train = trip(&stand_ins);
        let agreement = |trips: &[(f64, usize)], rows: &[usize]| -> Option<f64> {
            let labels = labels.as_ref()?;
            let known: Vec<&usize> = rows.iter().filter(|&&i| labels[i].is_some()).collect();
            let right = known.iter().filter(|&&&i| labels[trips[i].1] == labels[i]);
            (!known.is_empty()).then(|| right.count() as f64 / known.len() as f64)
        };
        let rank = |trips: &[(f64, usize)], rows: &[usize]| {
            median(rows.iter().map(|&i| trips[i].0).collect())
        };

        // Memorising: how far from the nearest training picture.
        let style_dims = train.seen.dims[0];
        let near = |from: &Seen| -> Vec<f64> {
            for_each_row(&from.style, &train.seen.style, style_dims, |_, line| {
                f64::from(least(line).1.max(0.0)).sqrt()
            })
        };
        let (near_designs, near_real) = (near(&seen), near(&test.seen));
        let bytes = |pictures: &[RgbImage]| -> Vec<f32> {
            let channels = info.channels;
            pictures
                .iter()
                .flat_map(|p| super::data::bytes_of(p, channels))
                .map(|v| f32::from(v) / 255.0)
                .collect()
        };
        let pixels = info.size * info.size * info.channels;
        let train_pixels = bytes(&train.pictures);
        let near_pixels = |pictures: &[RgbImage]| -> Vec<f64> {
            for_each_row(&bytes(pictures), &train_pixels, pixels, |_, line| {
                f64::from(least(line).1.max(0.0)).sqrt()
            })
        };
        let novelty_pixels = median(near_pixels(&designs)) / median(near_pixels(&test.pictures));

        // Diversity over noise, against the ten nearest real shoes.
        let places = spaced(n, DIVERSITY.0);
        let mut many_codes = Vec::new();
        let mut many_noises = Vec::new();
        for &i in &places {
            for k in 0..DIVERSITY.1 {
                many_codes.push(codes[i].clone());
                let index = (i * DIVERSITY.1 + k) as u64;
                many_noises.push(self.generator.noise(SEED + 1, index));
            }
        }
        let many = self.generator.decode(&many_codes, &many_noises)?;
        job.stage("Embedding designs of one code", Some(many.len() as u64));
        let many_seen = Seen::of(&many, self.generator, self.embedder, job)?;
        let many_pixels = bytes(&many);
        let queries: Vec<f32> = places
            .iter()
            .flat_map(|&i| test.seen.style_of(i))
            .copied()
            .collect();
        let neighbours = for_each_row(&queries, &train.seen.style, style_dims, |_, line| {
            least_k(line, DIVERSITY.1)
        });
        let mean_spread = |rows: &dyn Fn(usize, usize) -> Vec<f32>| -> f64 {
            let spreads = (0..places.len()).map(|p| {
                let rows: Vec<Vec<f32>> = (0..DIVERSITY.1).map(|k| rows(p, k)).collect();
                spread(&rows.iter().map(Vec::as_slice).collect::<Vec<_>>())
            });
            spreads.sum::<f64>() / places.len().max(1) as f64
        };
        let neighbour = |p: usize, k: usize| neighbours[p][k % neighbours[p].len()];
        let diversity_ratio_features =
            mean_spread(&|p, k| many_seen.style_of(p * DIVERSITY.1 + k).to_vec())
                / mean_spread(&|p, k| train.seen.style_of(neighbour(p, k)).to_vec());
        let diversity_ratio_pixels =
            mean_spread(&|p, k| many_pixels[(p * DIVERSITY.1 + k) * pixels..][..pixels].to_vec())
                / mean_spread(&|p, k| train_pixels[neighbour(p, k) * pixels..][..pixels].to_vec());

        let classes = match &labels {
            None => Vec::new(),
            Some(labels) => {
                let train_labels = self.labels(&train.shoes.rows).unwrap_or_default();
                names(labels)
                    .into_iter()
                    .map(|name| {
                        let of = |labels: &[Option<String>]| -> Vec<usize> {
                            (0..labels.len())
                                .filter(|&i| labels[i].as_deref() == Some(&name))
                                .collect()
                        };
                        let rows = of(labels);
                        let peers = of(&train_labels);
                        let enough = rows.len() >= FEWEST_OF_CLASS;
                        let of_class = moments(&test.seen, &rows);
                        let floor_rows: Vec<usize> = spaced(peers.len(), rows.len())
                            .iter()
                            .map(|&i| peers[i])
                            .collect();
                        ClassReport {
                            shoes: rows.len(),
                            fd: enough.then(|| frechet_distance(&moments(&seen, &rows), &of_class)),
                            fd_floor: (enough && peers.len() >= FEWEST_OF_CLASS).then(|| {
                                frechet_distance(&moments(&train.seen, &floor_rows), &of_class)
                            }),
                            rank_percentile_median: rank(&trips, &rows),
                            class_agreement: agreement(&trips, &rows).unwrap_or(f64::NAN),
                            name,
                        }
                    })
                    .collect()
            }
        };
        let lab_correlation = colour.then(|| {
            let of = |pictures: &[RgbImage]| -> Vec<Oklab> {
                pictures.par_iter().map(mean_foreground_lab).collect()
            };
            let (a, b) = (of(&designs), of(&test.pictures));
            [0, 1, 2].map(|c| {
                let channel = |v: &Oklab| f64::from(v[c]);
                correlation(a.iter().map(channel).zip(b.iter().map(channel)))
            })
        });
        if let Some(folder) = self.dump {
            dump::write(
                folder,
                &dump::Judged {
                    ids: test
                        .shoes
                        .rows
                        .iter()
                        .map(|&r| self.catalog.id(r))
                        .collect(),
                    labels: labels.as_deref(),
                    designs: &designs,
                    real: &test.pictures,
                    diversity: &many,
                    places: &places,
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
            rank_percentile_median: rank(&trips, &all),
            rank_percentile_nearest_train: rank(&trips_train, &all),
            class_agreement: agreement(&trips, &all),
            class_agreement_nearest_train: agreement(&trips_train, &all),
            diversity_ratio_features,
            diversity_ratio_pixels,
            novelty_ratio: median(near_designs) / median(near_real),
            novelty_ratio_pixels: novelty_pixels,
            lab_correlation,
            decode_ms: self.decode_ms(&codes, &noises)?,
            images: info.images,
            minutes: info.minutes,
            classes,
        })
    }

    fn check(&self) -> Result<(), GanError> {
        let (info, id) = (self.generator.info(), self.embedder.id());
        let catalogue = &self.catalog.info().embedder;
        if info.embedder_sha256 != catalogue.sha256 || id.sha256 != catalogue.sha256 {
            return Err(GanError::Data(format!(
                "the generator, the catalogue and the embedder do not belong together: they were made with {:.12}, {:.12} and {:.12}; index the catalogue again, or choose another generator",
                info.embedder_sha256, catalogue.sha256, id.sha256
            )));
        }
        if let Some(baseline) = self.baseline {
            let b = baseline.info();
            if (b.size, b.channels) != (info.size, info.channels) {
                return Err(GanError::Data(format!(
                    "the baseline makes pictures of {0}×{0}×{1}, the generator of {2}×{2}×{3}; they cannot be compared",
                    b.size, b.channels, info.size, info.channels
                )));
            }
        }
        Ok(())
    }

    fn side(&self, part: Part, job: &Job) -> Result<Side, GanError> {
        let info = self.generator.info();
        let shoes = Shoes::read(self.catalog, part, info.size, info.channels, job)?;
        let pictures: Vec<RgbImage> = (0..shoes.len()).map(|i| shoes.picture(i)).collect();
        let dims = [info.style_dims, info.colour_dims];
        let seen = if shoes.exact && shoes.block_dims == dims {
            // The embedder would see the very same pictures again.
            let [style, colour] = shoes.blocks.clone();
            Seen {
                style,
                colour,
                dims,
            }
        } else {
            let total = Some(pictures.len() as u64);
            job.stage("Embedding real shoes as framed", total);
            Seen::of(&pictures, self.generator, self.embedder, job)?
        };
        Ok(Side {
            shoes,
            pictures,
            seen,
        })
    }

    fn baseline(
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
        let seen = Seen::of(&designs, self.generator, self.embedder, job)?;
        let moments = Moments::of((0..n).map(|i| seen.style_of(i)), seen.dims[0]);
        Ok(Some((designs, frechet_distance(&moments, of_test))))
    }

    /// The kind of each shoe of `rows`, where the catalogue says it.
    fn labels(&self, rows: &[usize]) -> Option<Vec<Option<String>>> {
        let named = self.catalog.info().roles.kind.as_deref();
        let column = ["label", "articleType", "category"]
            .into_iter()
            .chain(named)
            .rev()
            .find_map(|name| self.catalog.column(name))?;
        let label = |&row: &usize| column.text(row).map(|t| t.into_owned());
        Some(rows.iter().map(label).collect())
    }

    /// Median milliseconds for one design on one thread.
    fn decode_ms(&self, codes: &[Vec<f32>], noises: &[Vec<f32>]) -> Result<f64, GanError> {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(1)
            .build()
            .map_err(|e| GanError::Input(format!("no thread could be started: {e}")))?;
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
