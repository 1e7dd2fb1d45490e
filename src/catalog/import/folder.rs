//! A folder of pictures: sub-folders become a `category` column, a CSV of metadata is joined by name.

use super::error::ImportError;
use super::importer::{Found, Importer, Shoe};
use super::join::Join;
use super::sheet::Sheet;
use super::tree::{Tree, stem};
use crate::catalog::{Column, Values};
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
        "Pictures in folders (sub-folders become a category), with a CSV of metadata where there is one"
    }

    /// Nothing tells: a plain folder is what is left where no other format is recognised.
    fn recognise(&self, _: &Tree) -> Option<String> {
        None
    }

    fn import(&self, tree: &Arc<Tree>, given: Option<Sheet>) -> Result<Found, ImportError> {
        let pictures = tree.pictures();
        if pictures.is_empty() {
            return Err(tree.no_pictures());
        }
        let names: Vec<&str> = pictures.iter().map(|&file| tree.name(file)).collect();
        let common = common_folders(&names);
        let short: Vec<&str> = names.iter().map(|name| &name[common..]).collect();
        let mut found = Found::default();
        let mut ids = ids_of(&short);
        let join = match given {
            Some(sheet) => Some(Join::new(sheet, &names)?),
            None => own_table(tree, &names, &mut found.warnings),
        };
        let has_category = join
            .as_ref()
            .is_some_and(|join| join.sheet.find("category").is_some());
        if let Some(join) = join {
            found.warnings.extend(join.warnings(&names));
            found.columns = columns_of(&join, &mut ids);
            found.warnings.extend(join.sheet.warnings);
        }
        if !has_category && short.iter().any(|name| name.contains('/')) {
            found.columns.insert(0, categories(&short));
        }
        found.shoes = ids
            .into_iter()
            .zip(&pictures)
            .map(|(id, &file)| Shoe::of_file(id, tree, file))
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

/// The folder of each picture.
fn categories(names: &[&str]) -> Column {
    let folders = names.iter().map(|name| Some(name.rsplit_once('/')?.0));
    Column::new("category", Values::text(folders))
}

/// The columns of a table that is joined. One with ids of its own names the shoes, even where their files are found
/// by another column.
fn columns_of(join: &Join, ids: &mut [String]) -> Vec<Column> {
    let sheet = &join.sheet;
    let id = sheet.find("id").filter(|&id| id != join.key);
    if let Some(id) = id {
        for (own, row) in ids.iter_mut().zip(&join.rows) {
            let text = row.map(|row| &sheet.rows[row][id]);
            if let Some(text) = text.filter(|text| !text.is_empty()) {
                own.clone_from(text);
            }
        }
    }
    let without: Vec<usize> = [Some(join.key), id].into_iter().flatten().collect();
    sheet.columns(&join.rows, &without)
}

/// The table among the files that names the most pictures, if any does.
fn own_table(tree: &Tree, names: &[&str], warnings: &mut Vec<String>) -> Option<Join> {
    let mut best: Option<Join> = None;
    for file in 0..tree.len() {
        let name = tree.name(file).to_lowercase();
        if !name.ends_with(".csv") && !name.ends_with(".tsv") {
            continue;
        }
        match Sheet::of_file(tree, file).and_then(|sheet| Join::new(sheet, names)) {
            Ok(join) => {
                let best_yet = best.as_ref().map_or(0, Join::matched);
                if join.matched() > best_yet {
                    best = Some(join);
                }
            }
            Err(error) => warnings.push(format!("{error}; it is left out")),
        }
    }
    best
}
