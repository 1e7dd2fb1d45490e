//! The file of a session: what was kept of a catalogue when it opened, and what is written as the user goes on.

use super::Item;
use super::colouring::ColourBy;
use super::filter::Wishes;
use super::saved_items::SavedItem;
use super::session::{Session, SessionError};
use crate::catalog::Catalog;
use std::path::{Path, PathBuf};

/// A session, and the photos and designs whose pictures have to be written with it.
pub type Snapshot = (Session, Vec<(SavedItem, Item)>);

/// A photo or design that was kept, with whether it is liked, or what is wrong with it.
pub type Restored = Result<(Item, bool), SessionError>;

/// What lies on the disk, and where.
#[derive(Debug, Default)]
pub struct SessionFile {
    /// `None`: nothing is written.
    path: Option<PathBuf>,
    saved: Session,
    is_new: bool,
    first_colour: ColourBy,
}

impl SessionFile {
    /// Reads what was kept in `path`. A broken file is set aside and the words say so; then, as where nothing was
    /// kept, the session begins empty.
    pub fn read(path: PathBuf) -> (Self, Vec<Restored>, Option<SessionError>) {
        let (saved, is_new, wrong) = match Session::load(&path) {
            Ok(Some(session)) => (session, false, None),
            Ok(None) => (Session::default(), true, None),
            Err(error) => (Session::default(), false, Some(error)),
        };
        let folder = path.parent().unwrap_or(Path::new("."));
        let items = saved.items.iter();
        let items = items
            .map(|saved| saved.item(folder).map(|item| (item, saved.like)))
            .collect();
        let file = Self {
            path: Some(path),
            saved,
            is_new,
            first_colour: ColourBy::default(),
        };
        (file, items, wrong)
    }

    /// What was kept of a catalogue; nothing, now and later, where the system names no home.
    pub fn of(catalog: &Catalog) -> (Self, Vec<Restored>, Option<SessionError>) {
        Session::path(catalog).map_or_else(|| (Self::nowhere(), Vec::new(), None), Self::read)
    }

    /// A session that begins empty and is not written.
    pub fn nowhere() -> Self {
        Self {
            is_new: true,
            ..Self::default()
        }
    }

    /// Whether it is written at all.
    pub fn is_kept(&self) -> bool {
        self.path.is_some()
    }

    /// What lies on the disk.
    pub fn saved(&self) -> &Session {
        &self.saved
    }

    /// Whether nothing was kept, and nothing was chosen since; true once.
    pub fn begins(&mut self) -> bool {
        std::mem::take(&mut self.is_new)
    }

    /// The cloud is coloured by this before the user chooses: that is nothing to save.
    pub fn colour_at_first(&mut self, colour: ColourBy) {
        self.first_colour.clone_from(&colour);
        self.saved.wishes.colour = colour;
    }

    /// Writes the session, if it differs from what lies there; an empty one makes no file.
    ///
    /// # Errors
    /// When the folder cannot be written. It counts as saved then too, so that it is said once and not each second.
    pub fn write(&mut self, (session, items): Snapshot) -> Result<(), SessionError> {
        let nothing = Session {
            catalogue: session.catalogue.clone(),
            wishes: Wishes {
                colour: self.first_colour.clone(),
                ..Wishes::default()
            },
            ..Session::default()
        };
        let Some(path) = &self.path else {
            return Ok(());
        };
        if session == self.saved || (session == nothing && !path.exists()) {
            return Ok(());
        }
        let folder = path.parent().unwrap_or(Path::new("."));
        let written = items
            .iter()
            .try_for_each(|(saved, item)| saved.write_picture(item, folder))
            .and_then(|()| session.save(path));
        self.saved = session;
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_untouched_catalogue_leaves_no_file_and_a_choice_does() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sessions/a.json");
        let (mut file, items, wrong) = SessionFile::read(path.clone());
        assert!(items.is_empty() && wrong.is_none());
        assert!(file.begins() && !file.begins());
        let by_kind = ColourBy::Column("kind".into());
        file.colour_at_first(by_kind.clone());
        let mut session = Session::default();
        session.wishes.colour = by_kind;
        file.write((session.clone(), Vec::new())).unwrap();
        assert!(!path.exists(), "the first colour is nobody's choice");
        session.likes.push("a".into());
        file.write((session.clone(), Vec::new())).unwrap();
        let (mut again, _, wrong) = SessionFile::read(path.clone());
        assert!(wrong.is_none() && !again.begins());
        assert_eq!(again.saved(), &session);
        std::fs::write(&path, "{").unwrap();
        let (file, _, wrong) = SessionFile::read(path);
        assert!(matches!(wrong, Some(SessionError::Broken { .. })));
        assert_eq!(file.saved(), &Session::default());
    }
}
