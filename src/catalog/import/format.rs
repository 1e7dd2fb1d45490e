//! The formats that can be asked for by name.

use super::importer::Importer;
use super::sheet::Sheet;
use super::tree::Tree;
use super::{FOLDER, IMPORTERS};

/// A format of photos and metadata: a choice among the importers. (No choice is an [`Option`]: then each source tells.)
#[derive(Clone, Copy)]
pub struct Format(&'static dyn Importer);

impl Format {
    /// All formats.
    pub fn all() -> impl Iterator<Item = Self> {
        IMPORTERS.iter().map(|importer| Self(*importer))
    }

    /// The format of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|format| format.name() == name)
    }

    /// Its name, in lower case, as `kaggle`.
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// What it reads, in one line for those who choose.
    pub fn about(self) -> &'static str {
        self.0.about()
    }

    pub(super) fn importer(self) -> &'static dyn Importer {
        self.0
    }
}

impl std::fmt::Debug for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl PartialEq for Format {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Format {}

/// The format of a source, and what told it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// The format that it was read as.
    pub format: Format,
    /// What told so, in words for people; `None` where the format was asked for, or nothing told and the source is
    /// taken as a plain folder of pictures.
    pub evidence: Option<String>,
}

impl Layout {
    /// The first format that something in the source tells of, and that has a place for the tables that somebody named;
    /// else the plain folder.
    pub(super) fn of(tree: &Tree, given: &[Sheet]) -> Self {
        let takes = |format: &Format| given.iter().all(|sheet| format.0.takes(sheet));
        let mut fitting = Format::all().filter(takes);
        let told = fitting.find_map(|format| Some((format, format.0.recognise(tree)?)));
        match told {
            Some((format, evidence)) => Self {
                format,
                evidence: Some(evidence),
            },
            None => Self::asked(Format(FOLDER)),
        }
    }

    /// A format that was asked for.
    pub(super) fn asked(format: Format) -> Self {
        Self {
            format,
            evidence: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_found_by_their_names() {
        let names: Vec<_> = Format::all().map(Format::name).collect();
        assert_eq!(
            names,
            [
                "folder",
                "idx",
                "webdataset",
                "parquet",
                "coco",
                "kaggle",
                "zappos"
            ]
        );
        for name in names {
            assert_eq!(Format::named(name).map(Format::name), Some(name));
        }
        assert_eq!(Format::named("auto"), None);
        assert!(Format::all().all(|format| !format.about().ends_with('.')));
    }
}
