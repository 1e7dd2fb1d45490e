//! A generator of a catalogue's own: the one that served it until now, trained further on its shoes.

use super::generators::{self, Named};
use super::studio::Studio;
use super::{DesignError, generators::expect_fit};
use crate::catalog::Catalog;
use crate::embed::EFFICIENTNET_LITE0;
use crate::gan::{
    Ended, FrozenNetworks, GanError, NetworkKind, Told, TrainOptions, Training, checkpoint_path,
    log_path, sheet_path,
};
use crate::job::Job;
use crate::paths::Roots;
use crate::priority::quietly;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Minutes of training that make a generator a catalogue's own.
pub const MINUTES: f64 = 15.0;
/// The side of its pictures, at most: with two cores a step at 128 pixels takes 25 times as long as one at 64.
const LARGEST: usize = 64;
/// Time between two improvements that can be looked at.
const SAVE_EVERY: Duration = Duration::from_secs(60);
/// Letters of a catalogue's name in that of its generator's file: names of files have an end.
const NAME: usize = 60;
/// Letters of its fingerprint there.
const FINGERPRINT: usize = 12;

/// Where in `folder` a catalogue's own generator lies: named after it, and after what is in it.
pub fn place(folder: &Path, catalog: &Catalog) -> PathBuf {
    let name: String = catalog.name().chars().take(NAME).collect();
    let fingerprint: String = catalog.fingerprint().chars().take(FINGERPRINT).collect();
    folder.join(format!("{name}-{fingerprint}.safetensors"))
}

/// A catalogue's own generator, if there is one in `folder`.
///
/// # Errors
/// It is there, but damaged, or of another embedder.
pub fn own(folder: &Path, catalog: &Catalog) -> Result<Option<Named>, DesignError> {
    let path = place(folder, catalog);
    if !path.is_file() {
        return Ok(None);
    }
    let named = generators::load(&path)?;
    expect_fit(&named, catalog)?;
    Ok(Some(named))
}

/// Takes a catalogue's own generator away, with all that its training left.
///
/// # Errors
/// A file cannot be removed.
pub fn discard(folder: &Path, catalog: &Catalog) -> Result<(), DesignError> {
    let path = place(folder, catalog);
    let beside = [
        checkpoint_path(&path),
        log_path(&path),
        sheet_path(&path),
        path,
    ];
    for file in beside {
        match std::fs::remove_file(&file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(DesignError::write(&file)(error));
            }
            _ => {}
        }
    }
    Ok(())
}

/// A run that makes a generator a catalogue's own. It can be stopped and gone on with, in this run of the program or
/// in another.
pub struct Adaptation {
    training: Training,
    output: PathBuf,
}

impl Adaptation {
    /// Gets ready to train the generator of `studio` further, into `folder`; goes on with what was begun there before.
    /// Its threads let all others go before them.
    ///
    /// # Errors
    /// The catalogue has too few shoes; the folder cannot be written; the embedder is missing; what was begun is damaged;
    /// [`DesignError::Cancelled`].
    pub fn begin(
        studio: &Studio,
        folder: &Path,
        roots: &Roots,
        job: &Job,
    ) -> Result<Self, DesignError> {
        let output = place(folder, studio.catalog());
        std::fs::create_dir_all(folder).map_err(DesignError::write(folder))?;
        let training = quietly(|| training(studio, &output, roots, job))?;
        Ok(Self { training, output })
    }

    /// Minutes of training so far.
    pub fn minutes(&self) -> f64 {
        self.training.minutes()
    }

    /// The generator's file.
    pub fn output(&self) -> &Path {
        &self.output
    }

    /// Trains until it has trained for `minutes` in all, or `job` is cancelled; the generator is saved at every improvement
    /// that `tell` hears of, and at the end. It can be called again.
    ///
    /// # Errors
    /// It diverged, or what it made cannot be saved.
    pub fn run(
        &mut self,
        minutes: f64,
        job: &Job,
        tell: &mut (dyn FnMut(Told<'_>) + Send),
    ) -> Result<Ended, DesignError> {
        let options = TrainOptions {
            minutes: Some(minutes),
            save_every: SAVE_EVERY,
            ..TrainOptions::default()
        };
        let training = &mut self.training;
        Ok(quietly(|| {
            training.run(&options, job, &mut |told| tell(told))
        })?)
    }
}

/// A new training of the studio's generator, or the one that was begun at `output`.
fn training(
    studio: &Studio,
    output: &Path,
    roots: &Roots,
    job: &Job,
) -> Result<Training, DesignError> {
    let catalog = studio.catalog();
    let weights = EFFICIENTNET_LITE0
        .find(roots)
        .map_err(|_| DesignError::NoEmbedder {
            file: EFFICIENTNET_LITE0.file.to_owned(),
        })?;
    let frozen = FrozenNetworks::load(&weights)?;
    let options = TrainOptions {
        // Sharper than the catalogue's own pictures there is nothing to learn.
        size: studio.drafts().info().size.min(LARGEST),
        network: NetworkKind::Shoegan,
        ..TrainOptions::default()
    };
    let begun = checkpoint_path(output).is_file();
    let made = match begun {
        true => Training::resume(catalog, &options, &frozen, output, job),
        false => Training::begin(
            catalog,
            &options,
            Some(studio.generator()),
            &frozen,
            output,
            job,
        ),
    };
    made.map_err(|error| match error {
        GanError::Cancelled(cancelled) => DesignError::Cancelled(cancelled),
        other => other.into(),
    })
}
