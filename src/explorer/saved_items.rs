//! Photos and designs that were liked or disliked, kept with the session: they are in no catalogue, so
//! their features and pictures are written beside it.

use super::state::Guest;
use crate::catalog::picture::encode_png;
use crate::embed::Features;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::path::Path;
use std::sync::Arc;

/// A judged photo or design.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeptGuest {
    /// What it is called.
    pub name: String,
    /// Whether it is liked; else it is disliked.
    pub like: bool,
    /// The file of its picture, beside the session.
    pub picture: String,
    /// Where it stands in the scene.
    pub position: [f32; 3],
    /// Its block `style`.
    pub style: Vec<f32>,
    /// Its block `colour`.
    pub colour: Vec<f32>,
    /// Its block `silhouette`.
    pub silhouette: Vec<f32>,
}

impl KeptGuest {
    /// What is to be kept of a guest; the picture is written by [`write_picture`](Self::write_picture).
    pub fn new(guest: &Guest, like: bool) -> Self {
        let digest = Sha256::digest(guest.picture.as_raw());
        let name: String = digest
            .iter()
            .take(8)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Self {
            name: guest.name.clone(),
            like,
            picture: format!("photo-{name}.png"),
            position: guest.position.to_array(),
            style: guest.features.style.clone(),
            colour: guest.features.colour.clone(),
            silhouette: guest.features.silhouette.clone(),
        }
    }

    /// Writes the picture into `folder` unless it is there already.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn write_picture(&self, guest: &Guest, folder: &Path) -> std::io::Result<()> {
        let path = folder.join(&self.picture);
        if path.exists() {
            return Ok(());
        }
        crate::whole::write(&path, |file| file.write_all(&encode_png(&guest.picture)))
    }

    /// The guest as it was.
    ///
    /// # Errors
    /// When its picture is gone or broken, in words for the user.
    pub fn guest(&self, folder: &Path) -> Result<Arc<Guest>, String> {
        // The name comes from a file: it must not lead out of the folder.
        let file = Path::new(&self.picture)
            .file_name()
            .ok_or_else(|| format!("{}: no picture is named", self.name))?;
        let path = folder.join(file);
        let bytes = std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let picture = crate::catalog::picture::decode(&bytes)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Arc::new(Guest {
            name: self.name.clone(),
            picture,
            features: Features {
                style: self.style.clone(),
                colour: self.colour.clone(),
                silhouette: self.silhouette.clone(),
            },
            position: self.position.into(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::RgbImage;

    #[test]
    fn a_liked_photo_comes_back_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let guest = Guest {
            name: "mine.jpg".into(),
            picture: RgbImage::from_fn(9, 7, |x, y| image::Rgb([x as u8, y as u8, 3])),
            features: Features {
                style: vec![0.25; 3],
                colour: vec![1.0],
                silhouette: vec![-2.0],
            },
            position: bevy::math::Vec3::new(1.0, 2.0, 3.0),
        };
        let kept = KeptGuest::new(&guest, true);
        kept.write_picture(&guest, folder.path()).unwrap();
        let back = kept.guest(folder.path()).unwrap();
        assert_eq!(
            (&back.picture, &back.features, back.position),
            (&guest.picture, &guest.features, guest.position)
        );
        std::fs::remove_file(folder.path().join(&kept.picture)).unwrap();
        assert!(kept.guest(folder.path()).unwrap_err().contains("photo-"));
    }
}
