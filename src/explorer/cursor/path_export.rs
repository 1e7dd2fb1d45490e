//! A path in files.

use crate::atomic_file::{first_free, numbered};
use crate::design::animation::{enlarge, save_animation, save_frames};
use crate::design::interpolation::Interpolation;
use crate::design::sheet::save_sheet;
use crate::design::{DesignError, file};
use crate::explorer::command::Export;
use image::RgbImage;
use std::path::{Path, PathBuf};

/// Pictures of an animation are at least so large, in pixels.
const SIDE: u32 = 256;
/// How long a step of an animation is shown, in milliseconds.
const STEP: u16 = 140;

/// The path, or where something lies there the first of `name-2`, `name-3`, … that is free: a field in a panel asks no
/// questions, so it must not overwrite anything either.
pub(super) fn unused(path: &Path) -> PathBuf {
    first_free(|n| numbered(path, n), file::is_free)
}

/// Saves a path; gives what was written: beside what lies there, never over it.
///
/// # Errors
/// The file or folder cannot be written: nothing was changed.
pub fn export(walk: &Interpolation, kind: Export, path: &Path) -> Result<PathBuf, DesignError> {
    let pictures = walk.pictures();
    let large = || -> Vec<RgbImage> {
        pictures
            .iter()
            .map(|p| enlarge(p, SIDE.div_ceil(p.width().max(1))))
            .collect()
    };
    let extension = kind.name().1;
    let path = if extension.is_empty() {
        path.to_owned()
    } else {
        path.with_extension(extension)
    };
    let path = unused(&path);
    match kind {
        Export::Strip => save_sheet(&walk.designs(), &pictures, pictures.len(), &path)?,
        Export::Gif | Export::Apng => save_animation(&large(), STEP, true, &path)?,
        Export::Frames => {
            save_frames(&pictures, &path, "step")?;
        }
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_there_is_never_written_over() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("path.gif");
        assert_eq!(unused(&path), path);
        std::fs::write(&path, "a path").expect("a file");
        std::fs::write(folder.path().join("path-2.json"), "a design").expect("a file");
        assert_eq!(unused(&path), folder.path().join("path-3.gif"));
        let frames = folder.path().join("frames");
        std::fs::create_dir(&frames).expect("a folder");
        assert_eq!(unused(&frames), folder.path().join("frames-2"));
    }
}
