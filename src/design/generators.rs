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

/// A generator with its name for people.
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

/// The generator whose file has this SHA-256, if it is under `models/`.
pub fn by_sha256(sha256: &str, roots: &Roots) -> Option<Named> {
    files(roots)
        .filter_map(|path| load(&path).ok())
        .find(|n| n.generator.info().sha256 == sha256)
}

/// The files under `models/` that may be generators, by name.
fn files(roots: &Roots) -> impl Iterator<Item = PathBuf> {
    let folder = roots.find("models").ok();
    let entries = folder
        .and_then(|f| std::fs::read_dir(f).ok())
        .into_iter()
        .flatten();
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "safetensors"))
        .filter(|path| path.file_name().is_none_or(|name| !is_weights_file(name)))
        .collect();
    files.sort();
    files.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

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
