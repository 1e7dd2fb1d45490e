//! Small catalogues for unit tests, all built in one way.

use super::writer::{CatalogWriter, NewShoe};
use super::{BlockInfo, Catalog, CatalogInfo, Column, EmbedderId, Values};
use std::path::Path;

/// A catalogue in the making: blocks, then columns and shoes, then [`write`](Self::write) or [`open`](Self::open).
pub(crate) struct Fixture {
    pub(crate) info: CatalogInfo,
    columns: Vec<Column>,
    shoes: Vec<NewShoe>,
}

impl Fixture {
    /// A catalogue with these blocks (name and dimensions), by an embedder `fixture` that does not exist.
    pub(crate) fn new<'a>(blocks: impl IntoIterator<Item = (&'a str, usize)>) -> Self {
        let block = |(name, dims): (&str, usize)| BlockInfo {
            name: name.to_owned(),
            dims,
        };
        let embedder = EmbedderId {
            name: "fixture".to_owned(),
            sha256: "0".repeat(64),
        };
        Self {
            info: CatalogInfo::new(embedder, blocks.into_iter().map(block).collect()),
            columns: Vec::new(),
            shoes: Vec::new(),
        }
    }

    /// Says that another embedder made it.
    pub(crate) fn embedded_by(mut self, name: &str, sha256: &str) -> Self {
        self.info.embedder = EmbedderId {
            name: name.to_owned(),
            sha256: sha256.to_owned(),
        };
        self
    }

    /// Says that every picture is grey.
    pub(crate) fn grey(mut self) -> Self {
        self.info.is_grey = true;
        self
    }

    /// Adds a metadata column: one value a shoe.
    pub(crate) fn column(mut self, name: &str, values: Values) -> Self {
        self.columns.push(Column::new(name, values));
        self
    }

    /// Adds shoes. One that is given no id is called `shoe-0` and so on, by its row.
    pub(crate) fn shoes(mut self, shoes: impl IntoIterator<Item = NewShoe>) -> Self {
        for mut shoe in shoes {
            if shoe.id.is_empty() {
                shoe.id = format!("shoe-{}", self.shoes.len());
            }
            self.shoes.push(shoe);
        }
        self
    }

    /// Writes it to a file.
    pub(crate) fn write(self, path: &Path) {
        let mut writer = CatalogWriter::create(path, self.info, &self.columns).unwrap();
        writer.push(&self.shoes, &self.columns).unwrap();
        writer.finish().unwrap();
    }

    /// Writes it to a file and opens that.
    pub(crate) fn open(self, path: &Path) -> Catalog {
        self.write(path);
        Catalog::open(path).unwrap()
    }
}
