//! What the user made of a catalogue: likes, marks, weights, filters, views. Saved by itself, by ids and
//! not by rows, so that it still holds when the catalogue was indexed anew; nothing the user made is lost.

use super::filter::Wishes;
use super::layouts::SceneLayout;
use super::saved_items::SavedItem;
pub use super::session_error::SessionError;
use super::tuning::Tuning;
use crate::catalog::Catalog;
use serde::{Deserialize, Serialize};
use std::io;
use std::path::{Path, PathBuf};

/// A remembered view of the scene, as numbers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SavedView {
    /// The point that is looked at and orbited, in the scene.
    pub focus: [f32; 3],
    /// Radians around the vertical axis.
    pub yaw: f32,
    /// Radians up (positive looks down from above).
    pub pitch: f32,
    /// From the focus to the eye, in units of the scene.
    pub distance: f32,
}

/// What is kept of one catalogue.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Session {
    /// Where the catalogue lay when this was saved; for people who look into the file.
    pub catalogue: PathBuf,
    /// How likeness is measured.
    pub tuning: Tuning,
    /// Where the shoes stand.
    pub layout: SceneLayout,
    /// Search, filters, colours.
    pub wishes: Wishes,
    /// Ids of liked shoes, oldest first.
    pub likes: Vec<String>,
    /// Ids of disliked shoes, oldest first.
    pub dislikes: Vec<String>,
    /// Photos and designs that were liked or disliked.
    #[serde(rename = "guests")]
    pub items: Vec<SavedItem>,
    /// Ids of marked shoes.
    pub marked: Vec<String>,
    /// Remembered views, with their names.
    pub views: Vec<(String, SavedView)>,
    /// The id of the shoe that was looked at.
    pub selected: Option<String>,
    /// From where the scene was seen; none where it is from home.
    pub view: Option<SavedView>,
}

impl Session {
    /// Where the session of `catalog` is kept; `None` where the system names no home.
    pub fn path(catalog: &Catalog) -> Option<PathBuf> {
        let fingerprint = catalog.fingerprint();
        let key: String = fingerprint
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .take(20)
            .collect();
        let key = if key.is_empty() { catalog.name() } else { key };
        Some(
            crate::paths::user_data_dir()?
                .join("sessions")
                .join(format!("{key}.json")),
        )
    }

    /// Reads what was kept. `None` where nothing was; an unreadable file is set aside under another name,
    /// and the words say so.
    ///
    /// # Errors
    /// [`SessionError::Read`] and [`SessionError::Broken`].
    pub fn load(path: &Path) -> Result<Option<Self>, SessionError> {
        let text = match std::fs::read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => {
                return Err(SessionError::Read {
                    path: path.to_owned(),
                    source,
                });
            }
        };
        let read = serde_json::from_slice(&text).map(|session| Self::finite(session, path));
        read.map(Some).map_err(|source| {
            let aside = crate::paths::aside(path);
            SessionError::Broken {
                path: path.to_owned(),
                aside: std::fs::rename(path, &aside).map(|()| aside),
                source,
            }
        })
    }

    /// It without photos of numbers too large for their kind: they are read as infinite, and written as nothing that can
    /// be read.
    /// The file as it was is kept beside.
    fn finite(mut self, path: &Path) -> Self {
        let all = self.items.len();
        self.items.retain(SavedItem::is_finite);
        if self.items.len() < all {
            let aside = crate::paths::aside(path);
            tracing::warn!(
                "{}: {} of its photos hold numbers that are none and were left out; the file is kept as {} ({:?})",
                path.display(),
                all - self.items.len(),
                aside.display(),
                std::fs::copy(path, &aside)
            );
        }
        self
    }

    /// Writes it under a temporary name, then renames.
    ///
    /// # Errors
    /// [`SessionError::Write`] when the folder cannot be made or written.
    pub fn save(&self, path: &Path) -> Result<(), SessionError> {
        let folder = path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder)
            .and_then(|()| {
                crate::atomic_file::write(path, |file| {
                    Ok(serde_json::to_writer_pretty(file, self)?)
                })
            })
            .map_err(|source| SessionError::Write {
                path: path.to_owned(),
                source,
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_survives_and_a_broken_one_is_set_aside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sessions/abc.json");
        assert_eq!(Session::load(&path).unwrap(), None);
        let mut session = Session {
            likes: vec!["train-00001".into()],
            ..Session::default()
        };
        session.wishes.facets.toggle("label", "Sandal");
        session.tuning.weights.blocks.insert("style".into(), 0.25);
        let view = SavedView {
            focus: [1.0, -2.5, 0.0],
            yaw: 0.5,
            pitch: 0.25,
            distance: 3.0,
        };
        session.views.push(("home".into(), view));
        session.save(&path).unwrap();
        // Files of earlier versions have these names.
        let json: serde_json::Value =
            serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        assert_eq!(
            json["views"][0][1]["focus"],
            serde_json::json!([1.0, -2.5, 0.0])
        );
        assert_eq!(json["guests"], serde_json::json!([]));
        assert_eq!(Session::load(&path).unwrap(), Some(session));
        // A photo that could not be written again is left out, and the rest is kept.
        let huge = r#"{"likes": ["a"], "guests": [{"name": "b", "like": true, "picture": "c.png",
            "position": [1, 0, 0], "style": [1e39], "colour": [], "silhouette": [1]}]}"#;
        std::fs::write(&path, huge).unwrap();
        let read = Session::load(&path).unwrap().unwrap();
        assert!(read.items.is_empty() && read.likes == ["a"]);
        read.save(&path).unwrap();
        assert_eq!(Session::load(&path).unwrap(), Some(read));
        std::fs::write(&path, "{\"likes\": 3}").unwrap();
        let words = Session::load(&path).unwrap_err().to_string();
        assert!(words.contains("abc.json.broken"), "{words}");
        assert!(crate::paths::aside(&path).exists());
        assert_eq!(Session::load(&path).unwrap(), None);
    }
}
