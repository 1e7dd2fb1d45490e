//! Photos and designs that were liked or disliked, kept with the session: they are in no catalogue, so
//! their features and pictures are written beside it.

use super::session_error::SessionError;
use super::{Item, Photo};
use crate::catalog::picture::encode_png;
use crate::digest::sha256_hex;
use crate::embed::Features;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::Arc;

/// A photo or design that is liked or disliked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SavedItem {
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

impl SavedItem {
    /// What is to be kept of a photo or a design; the picture is written by [`write_picture`](Self::write_picture).
    /// `None` for a row, which is kept by its id, and for a design before it is known where it lands.
    pub fn new(item: &Item, like: bool) -> Option<Self> {
        let (features, position) = (item.features()?, item.position(&[])?);
        let name = sha256_hex([item.picture()?.as_raw()]);
        Some(Self {
            name: item.name()?.to_owned(),
            like,
            picture: format!("photo-{name:.16}.png"),
            position,
            features: features.clone(),
        })
    }

    /// Writes the picture into `folder` unless it is there already.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn write_picture(&self, item: &Item, folder: &Path) -> Result<(), SessionError> {
        let path = folder.join(&self.picture);
        match item.picture() {
            Some(picture) if !path.exists() => std::fs::create_dir_all(folder)
                .and_then(|()| {
                    crate::atomic_file::write(&path, |file| file.write_all(&encode_png(picture)))
                })
                .map_err(|source| SessionError::Write { path, source }),
            _ => Ok(()),
        }
    }

    /// Whether all its numbers are finite.
    pub(super) fn is_finite(&self) -> bool {
        let blocks = self.features.blocks().into_iter();
        let mut all = blocks.flat_map(|(_, values)| values).chain(&self.position);
        all.all(|number| number.is_finite())
    }

    /// It as it was; a design comes back as a photo of itself.
    ///
    /// # Errors
    /// When its picture is gone or broken.
    pub fn item(&self, folder: &Path) -> Result<Item, SessionError> {
        // The name comes from a file: it must not lead out of the folder.
        let file = Path::new(&self.picture)
            .file_name()
            .ok_or_else(|| SessionError::Unnamed {
                name: self.name.clone(),
            })?;
        let path = folder.join(file);
        let bytes = std::fs::read(&path).map_err(|source| SessionError::Picture {
            path: path.clone(),
            source,
        })?;
        let picture = crate::catalog::picture::decode(&bytes)
            .map_err(|source| SessionError::BrokenPicture { path, source })?;
        Ok(Item::Photo(Arc::new(Photo {
            name: self.name.clone(),
            picture,
            features: self.features.clone(),
            position: self.position,
        })))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::RgbImage;

    #[test]
    fn a_liked_photo_comes_back_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let photo = Photo {
            name: "mine.jpg".into(),
            picture: RgbImage::from_fn(9, 7, |x, y| image::Rgb([x as u8, y as u8, 3])),
            features: Features::from_fn(|name| match name {
                "style" => vec![0.25; 3],
                "colour" => vec![1.0],
                _ => vec![-2.0],
            }),
            position: [1.0, 2.0, 3.0],
        };
        let item = Item::Photo(Arc::new(photo));
        let saved = SavedItem::new(&item, true).unwrap();
        saved.write_picture(&item, folder.path()).unwrap();
        let back = saved.item(folder.path()).unwrap();
        assert_eq!(
            (back.picture(), back.features(), back.position(&[])),
            (item.picture(), item.features(), item.position(&[]))
        );
        // Sessions name the blocks beside the other fields.
        let json = serde_json::to_value(&saved).unwrap();
        assert_eq!(json["silhouette"], serde_json::json!([-2.0]));
        assert_eq!(serde_json::from_value::<SavedItem>(json).unwrap(), saved);
        std::fs::remove_file(folder.path().join(&saved.picture)).unwrap();
        assert!(
            saved
                .item(folder.path())
                .unwrap_err()
                .to_string()
                .contains("photo-")
        );
    }
}
