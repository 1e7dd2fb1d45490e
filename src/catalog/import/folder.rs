//! A folder of pictures: sub-folders become a `category` column (those for training and testing `split`), and tables of
//! metadata are joined to them.

use super::ImportOptions;
use super::error::ImportError;
use super::importer::{Found, Importer, Shoe};
use super::sheet::Sheet;
use super::splits::Splits;
use super::tables::Tables;
use super::tree::{Tree, stem};
use crate::catalog::{Column, SPLIT_COLUMN, Values, same_letters};
use std::collections::HashMap;
use std::sync::Arc;

/// Pictures in folders, with a table where there is one.
#[derive(Debug)]
pub(super) struct Folder;

impl Importer for Folder {
    fn name(&self) -> &'static str {
        "folder"
    }

    fn about(&self) -> &'static str {
        "Pictures in folders (sub-folders become a category), with tables of metadata where there are any"
    }

    /// Nothing tells: a plain folder is what is left where no other format is recognised.
    fn recognise(&self, _: &Tree) -> Option<String> {
        None
    }

    fn import(
        &self,
        tree: &Arc<Tree>,
        given: Vec<Sheet>,
        options: &ImportOptions,
    ) -> Result<Found, ImportError> {
        let pictures = tree.pictures();
        if pictures.is_empty() {
            return Err(tree.no_pictures());
        }
        let names: Vec<&str> = pictures.iter().map(|&file| tree.name(file)).collect();
        let common = common_folders(&names);
        let short: Vec<&str> = names.iter().map(|name| &name[common..]).collect();
        let ids = ids_of(&short);
        let tables = Tables::join(tree, &names, &ids, given, options);
        let mut found = Found {
            columns: tables.columns,
            warnings: tables.warnings,
            joins: tables.joins,
            refused: tables.refused,
            fates: tables.fates,
            ..Found::default()
        };
        let splits = Splits::of(&short);
        let told =
            |name: &str, columns: &[Column]| columns.iter().any(|c| same_letters(&c.name, name));
        if let Some(splits) = &splits
            && !told(SPLIT_COLUMN, &found.columns)
        {
            let parts = Values::text(splits.parts.iter().copied());
            found.columns.insert(0, Column::new(SPLIT_COLUMN, parts));
        }
        let folders: Vec<Option<&str>> = match &splits {
            Some(splits) => splits.folders.iter().map(|f| Some(f.as_str())).collect(),
            None => short
                .iter()
                .map(|name| Some(name.rsplit_once('/')?.0))
                .collect(),
        };
        let has_folders = folders.iter().flatten().any(|folder| !folder.is_empty());
        if has_folders && !told("category", &found.columns) {
            found
                .columns
                .insert(0, Column::new("category", Values::text(folders)));
        }
        let kept: Vec<usize> = (0..pictures.len())
            .filter(|&p| !tables.is_further[p])
            .collect();
        if kept.len() < pictures.len() {
            for column in &mut found.columns {
                column.values = column.values.select(&kept);
            }
        }
        let id = |picture: usize| {
            tables.ids[picture]
                .as_ref()
                .unwrap_or(&ids[picture])
                .clone()
        };
        found.shoes = kept
            .iter()
            .map(|&picture| Shoe::of_file(id(picture), tree, pictures[picture]))
            .collect();
        Ok(found)
    }
}

/// How many bytes of all names are folders that every picture lies in.
pub(super) fn common_folders(names: &[&str]) -> usize {
    let Some((first, rest)) = names.split_first() else {
        return 0;
    };
    let mut common = first.rfind('/').map_or(0, |place| place + 1);
    for name in rest {
        while common > 0 && !name.as_bytes().starts_with(&first.as_bytes()[..common]) {
            common = first[..common - 1].rfind('/').map_or(0, |place| place + 1);
        }
    }
    common
}

/// An id for each picture: its path without the ending, but with it where two differ in nothing else.
pub(super) fn ids_of(names: &[&str]) -> Vec<String> {
    let mut taken: HashMap<&str, usize> = HashMap::new();
    for name in names {
        *taken.entry(stem(name)).or_insert(0) += 1;
    }
    let id = |name: &&str| match taken[stem(name)] {
        1 => stem(name).to_owned(),
        _ => (*name).to_owned(),
    };
    names.iter().map(id).collect()
}
