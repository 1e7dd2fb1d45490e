//! What the user made of a catalogue: likes, marks, weights, filters, views. Saved by itself, by ids and
//! not by rows, so that it still holds when the catalogue was indexed anew; nothing the user made is lost.

use super::saved_items::SavedItem;
use super::ui::shoe::tuning::Tuning;
use crate::catalog::Catalog;
use crate::explorer::command::View;
use crate::workspace::filter::Wishes;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// What is kept of one catalogue.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Session {
    /// Where the catalogue lay when this was saved; for people who look into the file.
    pub catalogue: PathBuf,
    /// How likeness is measured.
    pub tuning: Tuning,
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
    pub views: Vec<(String, View)>,
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
    /// What is wrong with the file, in words for the user.
    pub fn load(path: &Path) -> Result<Option<Self>, String> {
        let text = match std::fs::read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                return Err(format!(
                    "{}: {error}; likes and filters of last time are not there",
                    path.display()
                ));
            }
        };
        serde_json::from_slice(&text).map(Some).map_err(|error| {
            let aside = path.with_extension("json.broken");
            let where_to = match std::fs::rename(path, &aside) {
                Ok(()) => format!("it is kept as {}", aside.display()),
                Err(error) => format!("it could not be set aside: {error}"),
            };
            format!(
                "{}: {error}; likes and filters of last time are not there, {where_to}",
                path.display()
            )
        })
    }

    /// Writes it under a temporary name, then renames.
    ///
    /// # Errors
    /// When the folder cannot be made or written.
    pub fn save(&self, path: &Path) -> std::io::Result<()> {
        let folder = path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder)?;
        crate::atomic_file::write(path, |file| Ok(serde_json::to_writer_pretty(file, self)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_survives_and_a_broken_one_is_set_aside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sessions/abc.json");
        assert_eq!(Session::load(&path), Ok(None));
        let mut session = Session {
            likes: vec!["train-00001".into()],
            ..Session::default()
        };
        session.wishes.facets.toggle("label", "Sandal");
        session.tuning.weights.blocks.insert("style".into(), 0.25);
        session.save(&path).unwrap();
        assert_eq!(Session::load(&path), Ok(Some(session)));
        std::fs::write(&path, "{\"likes\": 3}").unwrap();
        let words = Session::load(&path).unwrap_err();
        assert!(words.contains("abc.json.broken"), "{words}");
        assert!(path.with_extension("json.broken").exists());
        assert_eq!(Session::load(&path), Ok(None));
    }
}
