//! The shelf: saved designs in the user's data folder, still there after a restart.

use crate::atomic_file::first_free;
use crate::design::{Design, DesignError, file};
use image::RgbImage;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// A saved design as the shelf shows it: the picture is the PNG's own.
#[derive(Debug, Clone)]
pub struct Saved {
    /// Its PNG.
    pub path: PathBuf,
    /// What it is called.
    pub name: String,
    /// What is written in it, or why that cannot be read.
    pub design: Result<Design, String>,
    /// The PNG's pixels; none where they cannot be read.
    pub picture: Option<RgbImage>,
    /// When it was saved.
    pub when: SystemTime,
}

/// The saved designs, newest first.
#[derive(Debug, Clone, Default)]
pub struct Shelf {
    /// Where they lie; none where the system names no home.
    pub folder: Option<PathBuf>,
    /// The designs.
    pub saved: Vec<Saved>,
    /// Counts changes, so that whoever shows it knows when to look again.
    pub version: u64,
}

impl Shelf {
    /// The user's shelf.
    pub fn of_user() -> Self {
        Self::open(crate::paths::user_data_dir().map(|dir| dir.join("designs")))
    }

    /// The designs of a folder.
    pub fn open(folder: Option<PathBuf>) -> Self {
        let mut shelf = Self {
            folder,
            ..Self::default()
        };
        shelf.refresh();
        shelf
    }

    /// Looks into the folder again. What is no PNG is left out; a broken one is shown with its reason.
    pub fn refresh(&mut self) {
        let entries = self.folder.as_ref().and_then(|f| std::fs::read_dir(f).ok());
        self.saved = entries
            .into_iter()
            .flatten()
            .filter_map(|entry| look_at(&entry.ok()?.path()))
            .collect();
        self.saved
            .sort_by(|a, b| b.when.cmp(&a.when).then_with(|| a.path.cmp(&b.path)));
        self.version += 1;
    }

    /// Saves a design under a name of its own.
    ///
    /// # Errors
    /// There is no folder, or it cannot be written; the shelf is as it was.
    pub fn save(&mut self, design: &Design, picture: &RgbImage) -> Result<PathBuf, DesignError> {
        let folder = self.folder.clone().ok_or(DesignError::NoHome)?;
        std::fs::create_dir_all(&folder).map_err(|source| DesignError::Write {
            path: folder.clone(),
            cause: source,
        })?;
        let path = file::save(design, picture, &free_name(&folder))?;
        self.refresh();
        Ok(path)
    }

    /// Takes a design off the shelf: both its files go.
    ///
    /// # Errors
    /// The PNG cannot be removed.
    pub fn discard(&mut self, path: &Path) -> Result<(), DesignError> {
        std::fs::remove_file(path).map_err(|source| DesignError::Write {
            path: path.to_owned(),
            cause: source,
        })?;
        // It may never have been there.
        let _ = std::fs::remove_file(path.with_extension("json"));
        self.refresh();
        Ok(())
    }
}

fn look_at(path: &Path) -> Option<Saved> {
    if path.extension()? != "png" {
        return None;
    }
    let when = std::fs::metadata(path)
        .and_then(|m| m.modified())
        .unwrap_or(UNIX_EPOCH);
    let picture = std::fs::read(path)
        .ok()
        .and_then(|bytes| crate::catalog::picture::decode(&bytes).ok())
        .filter(|p| p.width().max(p.height()) <= 1024);
    Some(Saved {
        path: path.to_owned(),
        name: path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
        design: file::read(path).map_err(|e| e.to_string()),
        picture,
        when,
    })
}

/// `design-0001.png`, or the first number that is free.
fn free_name(folder: &Path) -> PathBuf {
    first_free(|n| folder.join(format!("design-{n:04}.png")), file::is_free)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::MadeBy;

    #[test]
    fn what_is_saved_is_there_when_the_shelf_is_opened_again() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().join("deep/designs");
        let mut shelf = Shelf::open(Some(at.clone()));
        assert!(shelf.saved.is_empty());
        let picture = RgbImage::from_pixel(8, 8, image::Rgb([9, 8, 7]));
        let design = Design {
            version: 1,
            generator: MadeBy {
                name: "tiny".to_owned(),
                sha256: "00".to_owned(),
            },
            code: vec![0.1, -1.7],
            noise: vec![0.25],
            truncation: 0.5,
            ..Design::default()
        };
        let first = shelf.save(&design, &picture).unwrap();
        let second = shelf.save(&design, &picture).unwrap();
        assert_ne!(first, second);
        std::fs::write(at.join("broken.png"), "no PNG").unwrap();
        std::fs::write(at.join("notes.txt"), "no design").unwrap();
        let mut again = Shelf::open(Some(at));
        assert_eq!(again.saved.len(), 3);
        let broken = again.saved.iter().find(|s| s.name == "broken").unwrap();
        assert!(broken.design.is_err() && broken.picture.is_none());
        let kept = again.saved.iter().find(|s| s.path == first).unwrap();
        assert_eq!(kept.picture.as_ref(), Some(&picture));
        assert_eq!(kept.design.as_ref().unwrap().code, design.code);
        again.discard(&first).unwrap();
        assert!(!first.exists() && !first.with_extension("json").exists());
        assert_eq!(again.saved.len(), 2);
        assert!(Shelf::open(None).save(&design, &picture).is_err());
    }
}
