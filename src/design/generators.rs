//! Which generator serves a catalogue: a grey one for grey catalogues, a colour one for the others, made for
//! the same embedder.

use super::DesignError;
use crate::catalog::Catalog;
use crate::embed::is_weights_file;
use crate::gan::Generator;
use crate::paths::Roots;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The grey generator that ships, under `models/`.
pub const GREY: &str = "shoegan-grey-32.safetensors";
/// The colour generator that ships, under `models/`.
pub const COLOUR: &str = "shoegan-colour-128.safetensors";

/// A generator with its name for people. A clone shares it.
#[derive(Debug, Clone)]
pub struct Named {
    /// The file's name without its extension.
    pub name: String,
    /// The generator.
    pub generator: Arc<Generator>,
}

impl Named {
    /// The same with smaller pictures, see [`Generator::reduced`].
    ///
    /// # Errors
    /// As `Generator::reduced`.
    pub fn reduced(self, size: usize) -> Result<Self, DesignError> {
        let generator = self.generator.reduced(size)?;
        Ok(Self {
            generator: Arc::new(generator),
            ..self
        })
    }
}

/// Loads a generator's file.
///
/// # Errors
/// The file cannot be read or is no generator.
pub fn load(path: &Path) -> Result<Named, DesignError> {
    let name = path
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    Ok(Named {
        name,
        generator: Arc::new(Generator::load(path)?),
    })
}

/// Checks that a generator can be used with a catalogue: its codes are made of the blocks of the same embedder.
///
/// # Errors
/// [`DesignError::OtherEmbedder`].
pub fn expect_fit(named: &Named, catalog: &Catalog) -> Result<(), DesignError> {
    let (made_for, wanted) = (
        named.generator.info().embedder_id(),
        &catalog.info().embedder,
    );
    if made_for == *wanted {
        return Ok(());
    }
    Err(DesignError::OtherEmbedder {
        generator: named.name.clone(),
        made_for: made_for.to_string(),
        catalogue: catalog.name(),
        path: catalog.path().to_owned(),
        wanted: wanted.to_string(),
    })
}

/// The generator for a catalogue: the one that ships for its kind, else any under `models/` that fits.
///
/// # Errors
/// [`DesignError::NoGenerator`] says what to run; or what is wrong with the only one that is there.
pub fn for_catalogue(catalog: &Catalog, roots: &Roots) -> Result<Named, DesignError> {
    let wanted = if catalog.is_grey() { GREY } else { COLOUR };
    let mut why = None;
    let ships = roots.model(wanted).ok();
    for path in ships.into_iter().chain(files(roots)) {
        match load(&path).and_then(|named| expect_fit(&named, catalog).map(|()| named)) {
            Ok(named) if (named.generator.info().channels == 1) == catalog.is_grey() => {
                return Ok(named);
            }
            Ok(_) => {}
            // What is wrong with the one that should have done is worth telling; of others it is not.
            Err(error) if path.file_name().is_some_and(|n| n == wanted) => {
                why.get_or_insert(error);
            }
            Err(error) => tracing::debug!("{}: {error}", path.display()),
        }
    }
    Err(why.unwrap_or_else(|| DesignError::NoGenerator {
        catalogue: catalog.name(),
        path: catalog.path().to_owned(),
        wanted: wanted.to_owned(),
    }))
}

/// The generator whose file has this SHA-256, if it is under `models/`, or among those that were trained here or [kept](keep).
pub fn by_sha256(sha256: &str, roots: &Roots) -> Option<Named> {
    let own = crate::paths::user_generators();
    let kept = own.iter().map(|folder| kept_at(folder, sha256));
    let trained = own.iter().flat_map(|folder| generators_in(folder));
    kept.chain(files(roots))
        .chain(trained)
        .filter_map(|path| load(&path).ok())
        .find(|n| n.generator.info().sha256 == sha256)
}

/// Keeps a generator that was trained here, as it is now, in `folder`: a design that was made by it can then be opened after the
/// training went on. Does nothing for one that is there, or that lies under `models/`.
///
/// # Errors
/// It cannot be written.
pub fn keep(named: &Named, folder: &Path, roots: &Roots) -> Result<(), DesignError> {
    let sha256 = &named.generator.info().sha256;
    let kept = kept_at(folder, sha256);
    let lies_there = |path: PathBuf| path.file_stem().is_some_and(|name| *name == *named.name);
    if kept.is_file() || files(roots).any(lies_there) {
        return Ok(());
    }
    let place = kept.parent().unwrap_or(folder);
    std::fs::create_dir_all(place).map_err(DesignError::write(place))?;
    named.generator.save(&kept)?;
    // One that another version wrote may be written otherwise, and is then no help to anybody.
    if load(&kept)?.generator.info().sha256 != *sha256 {
        let _ = std::fs::remove_file(&kept);
        return Err(DesignError::file(
            &kept,
            "the generator that made this design cannot be kept as it was: keep its file, or the design opens as a picture alone",
        ));
    }
    Ok(())
}

/// Where in `folder` a generator is kept.
fn kept_at(folder: &Path, sha256: &str) -> PathBuf {
    folder.join("kept").join(format!("{sha256}.safetensors"))
}

/// The files under `models/` that may be generators, by name.
fn files(roots: &Roots) -> impl Iterator<Item = PathBuf> {
    let folder = roots.find("models").ok();
    folder.into_iter().flat_map(|folder| generators_in(&folder))
}

/// The files in a folder that may be generators, by name.
fn generators_in(folder: &Path) -> std::vec::IntoIter<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "safetensors"))
        .filter(|path| path.file_name().is_none_or(|name| !is_weights_file(name)))
        .filter(|path| !path.to_string_lossy().ends_with(".training.safetensors"))
        .collect();
    files.sort();
    files.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_that_ships_needs_not_be_kept() {
        let (roots, folder) = (Roots::of_process(None), tempfile::tempdir().unwrap());
        let named = load(&roots.model(GREY).unwrap()).unwrap();
        keep(&named, folder.path(), &roots).unwrap();
        assert!(!folder.path().join("kept").exists());
    }

    #[test]
    fn a_reduced_generator_makes_the_same_shoes_smaller() {
        let roots = Roots::of_process(None);
        let whole = load(&roots.model(COLOUR).unwrap()).unwrap();
        let half = whole.clone().reduced(64).unwrap();
        let codes = vec![vec![0.0; whole.generator.info().code_dims]];
        let noises = vec![whole.generator.noise(1, 0)];
        let decoded = |named: &Named| named.generator.decode(&codes, &noises).unwrap().remove(0);
        let (large, small) = (decoded(&whole), decoded(&half));
        assert_eq!([large.width(), small.width()], [128, 64]);
        let reduced =
            image::imageops::resize(&large, 64, 64, image::imageops::FilterType::Triangle);
        let pairs = reduced.as_raw().iter().zip(small.as_raw());
        let off: u64 = pairs.map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
        let mean = off as f64 / small.as_raw().len() as f64;
        assert!(mean < 6.0, "{mean}");
        for size in [128, 48, 4, 0, 256] {
            let told = whole.clone().reduced(size).unwrap_err().to_string();
            assert!(told.contains(&format!("not of {size}")), "{told}");
        }
    }
}
