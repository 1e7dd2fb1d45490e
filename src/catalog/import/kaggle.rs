//! Kaggle's fashion sets ("Fashion Product Images", large and small): `styles.csv` beside `images/ID.jpg`.
//!
//! The product names in the last column of `styles.csv` hold commas that are not quoted: what is too much
//! in a row belongs to it.

use super::error::ImportError;
use super::importer::{Found, Importer, Shoe};
use super::sheet::Sheet;
use super::tree::{Tree, is_picture, stem};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

const TABLE: &str = "styles.csv";

/// Kaggle's fashion sets.
#[derive(Debug)]
pub(super) struct Kaggle;

impl Importer for Kaggle {
    fn name(&self) -> &'static str {
        "kaggle"
    }

    fn about(&self) -> &'static str {
        "styles.csv and images/ID.jpg, as Kaggle's fashion sets come"
    }

    fn recognise(&self, tree: &Tree) -> Option<String> {
        let images = format!("{}images/", base(tree)?);
        tree.names()
            .any(|name| name.starts_with(&images) && is_picture(name))
            .then(|| format!("{TABLE} beside pictures under {images}"))
    }

    fn import(&self, tree: &Arc<Tree>, given: Option<Sheet>) -> Result<Found, ImportError> {
        let base = base(tree);
        let sheet = match given {
            Some(sheet) => sheet,
            None => self.own_table(tree, base)?,
        };
        let key = sheet.expect(&["id"])?;
        let files = files_by_id(tree, &format!("{}images/", base.unwrap_or_default()));
        if files.is_empty() {
            return Err(tree.other_layout(self.name(), "there are no pictures under images/"));
        }
        let mut found = Found::default();
        let (mut rows, mut used, mut lost) = (Vec::new(), HashSet::new(), Vec::new());
        for (index, row) in sheet.rows.iter().enumerate() {
            match files.get(row[key].as_str()) {
                Some(&file) => {
                    used.insert(file);
                    found
                        .shoes
                        .push(Shoe::of_file(row[key].clone(), tree, file));
                    rows.push(Some(index));
                }
                None => lost.push(row[key].as_str()),
            }
        }
        if let Some(first) = lost.first() {
            found.warnings.push(format!(
                "{}: {} rows have no picture under images/, as id {first}",
                sheet.name,
                lost.len()
            ));
        }
        if used.len() < files.len() {
            found.warnings.push(format!(
                "{}: {} pictures under images/ have no row in it; they are left out",
                sheet.name,
                files.len() - used.len()
            ));
        }
        if found.shoes.is_empty() {
            let reason = "no id of styles.csv is the name of a picture under images/";
            return Err(tree.other_layout(self.name(), reason));
        }
        found.columns = sheet.columns(&rows, &[key]);
        found.warnings.extend(sheet.warnings);
        Ok(found)
    }
}

impl Kaggle {
    fn own_table(&self, tree: &Tree, base: Option<&str>) -> Result<Sheet, ImportError> {
        let file = base.and_then(|base| tree.find(&format!("{base}{TABLE}")));
        let file = file.ok_or_else(|| tree.other_layout(self.name(), "there is no styles.csv"))?;
        Sheet::of_file(tree, file)
    }
}

/// The folder that holds `styles.csv`, with a `/` behind it unless it is the source itself; the outermost
/// where there are several (the set as it is downloaded holds itself a second time).
fn base(tree: &Tree) -> Option<&str> {
    let folders = tree.names().filter_map(|name| {
        let place = name.len().checked_sub(TABLE.len())?;
        let (folder, file) = (name.get(..place)?, name.get(place..)?);
        (file.eq_ignore_ascii_case(TABLE) && (folder.is_empty() || folder.ends_with('/')))
            .then_some(folder)
    });
    folders.min_by_key(|folder| folder.len())
}

/// The pictures under a folder, by their names without ending.
fn files_by_id<'a>(tree: &'a Tree, folder: &str) -> HashMap<&'a str, usize> {
    tree.pictures()
        .into_iter()
        .filter_map(|file| Some((stem(tree.name(file).strip_prefix(folder)?), file)))
        .collect()
}
