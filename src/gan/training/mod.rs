//! Training: the loop around the steps, with its checkpoints, log, sheets of samples and rollbacks.
//!
//! A run is decided by its catalogue, options, seed and number of threads: stopped anywhere and resumed, it goes
//! through the same numbers as one that was never stopped. Nothing in it depends on the clock but when
//! checkpoints are written and, with `minutes`, when it ends and so when its learning rate falls.

pub mod bench;
mod checkpoint;
mod config;
mod learning_rate;
mod log;
pub(in crate::gan) mod optimiser;
mod sample_sheet;
mod step;
#[cfg(test)]
mod tests;
mod trainer;
mod wasserstein_step;

pub use config::NetworkKind;
pub use log::plot;
pub use sample_sheet::{SHEET_COLUMNS, SHEET_ROWS};

use crate::catalog::Catalog;
use crate::embed::{BLOCKS, EFFICIENTNET_LITE0, Embedder};
use crate::gan::code_basis::{BlockRows, CodeBasis, weight_of};
use crate::gan::dataset::shoes::{FramedShoes, Split};
use crate::gan::dataset::training_set::TrainingSet;
use crate::gan::features::projection::FeatureProjection;
use crate::gan::generator::Generator;
use crate::gan::losses::StepMetrics;
use crate::gan::prior::{self, Prior};
use crate::gan::random::{Random, random};
use crate::gan::{FeatureExtractor, GanError, GeneratorInfo};
use crate::job::Job;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use trainer::Trainer;

/// What to train, and for how long.
#[derive(Debug, Clone)]
pub struct TrainOptions {
    /// Side of the pictures: 32, 64 or 128.
    pub size: usize,
    /// Stop after so many minutes of training in all, resumed runs included.
    pub minutes: Option<f64>,
    /// Stop when the networks have seen so many pictures in all, resumed runs included.
    pub images: Option<u64>,
    /// Seed of everything random; without one, 1, or that of the run that is taken up again.
    pub seed: Option<u64>,
    /// Which networks.
    pub network: NetworkKind,
    /// Time between two checkpoints.
    pub save_every: Duration,
}

impl Default for TrainOptions {
    fn default() -> Self {
        Self {
            size: 32,
            minutes: None,
            images: None,
            seed: None,
            network: NetworkKind::Shoegan,
            save_every: Duration::from_secs(180),
        }
    }
}

/// Numbers in a code, where the catalogue has as many.
const CODE_DIMS: [usize; 2] = [64, 96];
/// The seed of a run that is given none.
const FIRST_SEED: u64 = 1;
/// Steps between two states that a run can be rolled back to.
const ROLLBACK_STEPS: u64 = 500;
/// A run that was rolled back so often without getting on is given up.
const MOST_ROLLBACKS: u32 = 8;
/// What a step may count as, in seconds.
const LONGEST_STEP: f64 = 5.0;
/// Time between two lines of the log.
const LOG_EVERY: Duration = Duration::from_secs(20);

/// The networks that training looks through and that it does not change.
pub struct FrozenNetworks {
    /// Whose maps the discriminator sees.
    pub extractor: Arc<FeatureExtractor>,
    /// What made the catalogue's embeddings.
    pub embedder: Arc<dyn Embedder>,
}

impl FrozenNetworks {
    /// Both from the embedder's weights.
    ///
    /// # Errors
    /// The file is missing or damaged.
    pub fn load(weights: &Path) -> Result<Self, GanError> {
        Ok(Self {
            extractor: Arc::new(FeatureExtractor::load(weights)?),
            embedder: EFFICIENTNET_LITE0.load(weights)?,
        })
    }
}

/// A training run.
pub struct Training {
    trainer: Trainer,
    features: FeatureProjection,
    set: TrainingSet,
    basis: CodeBasis,
    prior: Prior,
    info: GeneratorInfo,
    random: Random,
    /// Where the random numbers began; a rolled back run goes on with others.
    rollbacks: u32,
    /// Share of the learning rate that is used; less after a rollback.
    rate: f32,
    /// Time trained before this session.
    seconds: f64,
    catalogue: String,
    output: PathBuf,
}

/// What a run tells while it goes on.
#[derive(Debug, Clone, Copy)]
pub enum Told<'a> {
    /// How it goes, every 20 seconds.
    Line {
        /// Minutes of training so far, resumed runs included.
        minutes: f64,
        /// Pictures a second, losses, time left.
        words: &'a str,
    },
    /// The generator's file and its sheet lie there anew.
    Saved,
}

/// Why a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It has trained for as long as was asked.
    Done,
    /// It was asked to stop, and has saved.
    Stopped,
}

impl Training {
    /// A new run on the training split of `catalog`, to be written to `output`; its generator begins as the one that
    /// is given, which may know other shoes.
    ///
    /// # Errors
    /// The catalogue has too few shoes, no fitting blocks, or pictures too small for the size; or the generator to
    /// begin from makes other pictures, or is of another embedder.
    pub fn begin(
        catalog: &Catalog,
        options: &TrainOptions,
        from: Option<&Generator>,
        frozen: &FrozenNetworks,
        output: &Path,
        job: &Job,
    ) -> Result<Self, GanError> {
        let shoes = read_shoes(catalog, options.size, frozen, job)?;
        let embedder = &catalog.info().embedder;
        if let Some(other) = from.map(|model| model.info().embedder_id())
            && other != *embedder
        {
            return Err(GanError::EmbeddersDiffer {
                generator: other.to_string(),
                catalogue: embedder.to_string(),
                embedder: embedder.to_string(),
            });
        }
        let basis = basis_of(&shoes)?;
        tracing::info!(
            "codes of {} numbers hold {:.1} % of the variance",
            basis.dims(),
            100.0 * basis.share
        );
        let seed = options.seed.unwrap_or(FIRST_SEED);
        let mut random = random(seed, 0);
        let mut trainer = Trainer::new(
            options.network,
            [options.size, shoes.channels, basis.dims()],
            from,
            &mut random,
        )?;
        let view = shoes.view();
        let set = TrainingSet::new(shoes, &basis)?;
        if let Some(model) = from {
            trainer.begin_from(model, &set)?;
        }
        let shoes = &set.shoes;
        let info = GeneratorInfo {
            size: options.size,
            channels: shoes.channels,
            code_dims: basis.dims(),
            noise_dims: trainer.noise_dims(),
            blocks: basis.blocks(),
            embedder: embedder.name.clone(),
            embedder_sha256: embedder.sha256.clone(),
            catalogue: catalog.name(),
            view,
            shoes: shoes.len(),
            seed,
            threads: rayon::current_num_threads(),
            ..GeneratorInfo::default()
        };
        Ok(Self {
            features: FeatureProjection::new(&frozen.extractor, &set, trainer.shift(), seed)?,
            trainer,
            prior: prior_of(catalog, &set),
            set,
            basis,
            info,
            random,
            rollbacks: 0,
            rate: 1.0,
            seconds: 0.0,
            catalogue: catalog.fingerprint().to_owned(),
            output: output.to_owned(),
        })
    }

    /// Goes on with the run whose checkpoint lies beside `output`.
    ///
    /// # Errors
    /// There is no whole checkpoint, or it is of another size, embedder or kind of network.
    pub fn resume(
        catalog: &Catalog,
        options: &TrainOptions,
        frozen: &FrozenNetworks,
        output: &Path,
        job: &Job,
    ) -> Result<Self, GanError> {
        let path = checkpoint_path(output);
        let saved = checkpoint::Saved::read(&path)?;
        saved.check(&path, catalog, options)?;
        let shoes = read_shoes(catalog, options.size, frozen, job)?;
        let set = TrainingSet::new(shoes, &saved.basis)?;
        let trainer = Trainer::restore(&saved, &path)?;
        let mut training = Self {
            features: FeatureProjection::new(
                &frozen.extractor,
                &set,
                trainer.shift(),
                saved.state.info.seed,
            )?,
            trainer,
            prior: prior_of(catalog, &set),
            set,
            basis: saved.basis.clone(),
            info: saved.state.info.clone(),
            random: saved.state.random()?,
            rollbacks: saved.state.rollbacks,
            rate: saved.state.rate,
            seconds: saved.state.seconds,
            catalogue: catalog.fingerprint().to_owned(),
            output: output.to_owned(),
        };
        if training.catalogue != saved.state.catalogue {
            job.warn(format!(
                "{} was begun on another catalogue; it goes on with the shoes of this one",
                path.display()
            ));
            training.info.catalogue = catalog.name();
            training.info.shoes = training.set.shoes.len();
        }
        let threads = rayon::current_num_threads();
        if threads != training.info.threads {
            job.warn(format!(
                "{} was begun with {} threads; with {threads} the numbers will differ in the last digits",
                path.display(),
                training.info.threads
            ));
            training.info.threads = threads;
        }
        Ok(training)
    }

    /// The shoes that it learns from, and those of the split whose pictures did not do.
    pub fn shoes(&self) -> (usize, usize) {
        (self.set.shoes.len(), self.set.shoes.left_out)
    }

    /// Pictures that the networks have seen so far.
    pub fn images(&self) -> u64 {
        self.trainer.steps() * self.trainer.batch() as u64
    }

    /// Minutes of training so far, resumed runs included.
    pub fn minutes(&self) -> f64 {
        self.seconds / 60.0
    }

    /// What the networks are, for people.
    pub fn describe(&self) -> String {
        self.trainer.describe()
    }

    /// The generator as it is now: the moving average of the weights.
    ///
    /// # Errors
    /// Only a fault of this program.
    pub fn generator(&self) -> Result<Generator, GanError> {
        let (network, weights) = self.trainer.generator()?;
        let mut info = self.info.clone();
        info.images = self.images();
        info.minutes = self.seconds / 60.0;
        Ok(Generator::of_parts(
            info,
            self.basis.clone(),
            (self.set.view.clone(), Some(self.prior.clone())),
            (network, weights),
        ))
    }

    /// Trains until `options` says that it is enough, or `job` is cancelled; saves at intervals and at
    /// the end. It can be called again, and goes on where it was.
    ///
    /// # Errors
    /// It diverged again and again; or the last checkpoint could not be written.
    pub fn run(
        &mut self,
        options: &TrainOptions,
        job: &Job,
        tell: &mut dyn FnMut(Told<'_>),
    ) -> Result<Ended, GanError> {
        let mut log = log::Log::open(&log_path(&self.output), self.images())?;
        let sheet =
            sample_sheet::SampleSheet::new(&self.set, self.info.noise_dims, self.info.seed)?;
        let mut safe = self.trainer.snapshot()?;
        let (mut window, mut window_began) = (log::Window::default(), Instant::now());
        // The first checkpoint comes early, so that there is something to look at.
        let mut next_save = Instant::now() + options.save_every.min(Duration::from_secs(60));
        job.stage("Training", options.images);
        job.advance(self.images());
        let ended = loop {
            if options.images.is_some_and(|n| self.images() >= n)
                || options.minutes.is_some_and(|m| self.seconds >= m * 60.0)
            {
                break Ended::Done;
            }
            if job.is_cancelled() {
                break Ended::Stopped;
            }
            let began = Instant::now();
            let rate = self.rate * learning_rate::share(options, self.images(), self.seconds);
            let metrics = self
                .trainer
                .step(&self.set, &self.features, rate, &mut self.random)?;
            // A machine that slept, or a process that was halted, has not trained meanwhile.
            self.seconds += began.elapsed().as_secs_f64().min(LONGEST_STEP);
            if !self.trainer.is_sane(&metrics) {
                self.roll_back(&safe, metrics, job)?;
                window = log::Window::default();
                continue;
            }
            window.add(&metrics);
            job.advance(self.trainer.batch() as u64);
            if self.trainer.steps().is_multiple_of(ROLLBACK_STEPS) {
                safe = self.trainer.snapshot()?;
            }
            if window_began.elapsed() >= LOG_EVERY {
                let speed =
                    window.images(self.trainer.batch()) / window_began.elapsed().as_secs_f64();
                let line = window.line(self.seconds, self.images(), speed, rate);
                tell(Told::Line {
                    minutes: self.minutes(),
                    words: &self.progress(&line, options),
                });
                if let Err(error) = log.write(&line) {
                    job.warn(error.to_string());
                }
                (window, window_began) = (log::Window::default(), Instant::now());
            }
            if Instant::now() >= next_save {
                // A full disk must not end a run of hours: the last good files stay, and it tries again.
                match self.save(&sheet) {
                    Ok(()) => tell(Told::Saved),
                    Err(error) => job.warn(format!("{error}; training goes on")),
                }
                next_save = Instant::now() + options.save_every;
            }
        };
        self.save(&sheet)?;
        tell(Told::Saved);
        Ok(ended)
    }

    fn progress(&self, line: &log::Line, options: &TrainOptions) -> String {
        let by_images = options.images.map(|n| {
            n.saturating_sub(self.images()) as f64 / line.images_per_second.max(1e-3) / 60.0
        });
        let by_minutes = options.minutes.map(|m| m - self.seconds / 60.0);
        let left = match (by_images, by_minutes) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        match left {
            Some(left) => format!("{line}; {:.0} min left", left.max(0.0)),
            None => line.to_string(),
        }
    }

    fn roll_back(
        &mut self,
        safe: &trainer::Snapshot,
        metrics: StepMetrics,
        job: &Job,
    ) -> Result<(), GanError> {
        let at = self.images();
        self.trainer.restore_snapshot(safe)?;
        self.rollbacks += 1;
        self.rate *= 0.7;
        if self.rollbacks > MOST_ROLLBACKS {
            return Err(GanError::Diverged {
                rollbacks: MOST_ROLLBACKS,
                images: at,
                metrics: format!("{metrics:?}"),
            });
        }
        // The same numbers would lead to the same place.
        self.random = random(
            self.info.seed,
            (u64::from(self.rollbacks) << 32) + self.trainer.steps(),
        );
        job.warn(format!(
            "training diverged after {at} pictures; rolled back to {} with the learning rate at {:.0} %",
            self.images(),
            100.0 * self.rate
        ));
        Ok(())
    }

    /// Writes the generator, the checkpoint and the sheet, each by rename.
    fn save(&self, sheet: &sample_sheet::SampleSheet) -> Result<(), GanError> {
        let generator = self.generator()?;
        checkpoint::write(self, &checkpoint_path(&self.output))?;
        generator.save(&self.output)?;
        sheet.write(&generator, &self.set, &sheet_path(&self.output))
    }
}

/// Codes and words of some of the shoes, evenly over them; mirrored ones are left out.
fn prior_of(catalog: &Catalog, set: &TrainingSet) -> Prior {
    let rows = &set.shoes.rows;
    let real = rows.windows(2).take_while(|pair| pair[0] < pair[1]).count() + 1;
    let count = prior::MOST.min(real);
    let kept: Vec<usize> = (0..count).map(|i| i * real / count).collect();
    let codes = kept.iter().flat_map(|&i| set.code(i)).copied().collect();
    let kept: Vec<usize> = kept.iter().map(|&i| rows[i]).collect();
    Prior::new(set.code_dims, codes, prior::words_of(catalog, &kept))
}

/// The basis of the codes of `shoes`.
fn basis_of(shoes: &FramedShoes) -> Result<CodeBasis, GanError> {
    let grey = shoes.channels == 1;
    let rows: Vec<BlockRows<'_>> = shoes
        .blocks
        .iter()
        .map(|block| BlockRows {
            name: &block.name,
            dims: block.dims,
            values: &block.values,
            weight: weight_of(&block.name, grey),
        })
        .collect();
    CodeBasis::fit(&rows, CODE_DIMS[usize::from(!grey)])
}

fn read_shoes(
    catalog: &Catalog,
    size: usize,
    frozen: &FrozenNetworks,
    job: &Job,
) -> Result<FramedShoes, GanError> {
    let channels = if catalog.is_grey() { 1 } else { 3 };
    let blocks = BLOCKS.map(|block| block.name);
    let mut shoes = FramedShoes::read(catalog, Split::Train, [size, channels], &blocks, job)?;
    if shoes.left_out > 0 {
        job.warn(format!(
            "{} of {} pictures show no shoe on white and are left out",
            shoes.left_out,
            shoes.left_out + shoes.len()
        ));
    }
    // What is grey is of one photographer mostly, and learns faster without.
    if channels == 3 {
        shoes.add_mirrored(catalog, frozen.embedder.as_ref(), job)?;
    }
    Ok(shoes)
}

/// Where the checkpoint of the generator `output` lies.
pub fn checkpoint_path(output: &Path) -> PathBuf {
    output.with_extension("training.safetensors")
}

/// Where the log of the generator `output` lies: a line of JSON every 20 seconds.
pub fn log_path(output: &Path) -> PathBuf {
    output.with_extension("jsonl")
}

/// Where the sheet of samples of the generator `output` lies.
pub fn sheet_path(output: &Path) -> PathBuf {
    output.with_extension("png")
}
