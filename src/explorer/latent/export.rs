//! A path in files.

use super::requests::Export;
use crate::design::moving::{enlarge, save_animation, save_frames, save_sheet};
use crate::design::{DesignError, walk::Walk};
use image::RgbImage;
use std::path::{Path, PathBuf};

/// Pictures of an animation are at least so large, in pixels.
const SIDE: u32 = 256;
/// How long a step of an animation is shown, in milliseconds.
const STEP: u16 = 140;

/// Saves a path; gives what was written.
///
/// # Errors
/// The file or folder cannot be written: nothing was changed.
pub fn export(walk: &Walk, kind: Export, path: &Path) -> Result<PathBuf, DesignError> {
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
    match kind {
        Export::Strip => save_sheet(&walk.designs(), &pictures, pictures.len(), &path)?,
        Export::Gif | Export::Apng => save_animation(&large(), STEP, true, &path)?,
        Export::Frames => {
            save_frames(&pictures, &path, "step")?;
        }
    }
    Ok(path)
}
