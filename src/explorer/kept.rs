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
    /// Its blocks, each under its own name.
    #[serde(flatten)]
    pub features: Features,
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
            features: guest.features.clone(),
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
            features: self.features.clone(),
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
            features: Features::from_fn(|name| match name {
                "style" => vec![0.25; 3],
                "colour" => vec![1.0],
                _ => vec![-2.0],
            }),
            position: bevy::math::Vec3::new(1.0, 2.0, 3.0),
        };
        let kept = KeptGuest::new(&guest, true);
        kept.write_picture(&guest, folder.path()).unwrap();
        let back = kept.guest(folder.path()).unwrap();
        assert_eq!(
            (&back.picture, &back.features, back.position),
            (&guest.picture, &guest.features, guest.position)
        );
        // Sessions name the blocks beside the other fields.
        let json = serde_json::to_value(&kept).unwrap();
        assert_eq!(json["silhouette"], serde_json::json!([-2.0]));
        assert_eq!(serde_json::from_value::<KeptGuest>(json).unwrap(), kept);
        std::fs::remove_file(folder.path().join(&kept.picture)).unwrap();
        assert!(kept.guest(folder.path()).unwrap_err().contains("photo-"));
    }
}
