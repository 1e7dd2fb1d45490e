//! Kaggle's fashion sets ("Fashion Product Images", large and small): `styles.csv` beside `images/ID.jpg`.
//!
//! The product names in the last column of `styles.csv` hold commas that are not quoted: what is too much
//! in a row belongs to it.

use super::ImportOptions;
use super::error::ImportError;
use super::importer::{Found, Importer, Shoe};
use super::join::JoinReport;
use super::sheet::Sheet;
use super::tree::{Tree, is_picture, stem};
use super::words::shown;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

const TABLE: &str = "styles.csv";

/// Columns that only these sets have.
const SIGNS: [&str; 4] = [
    "articleType",
    "masterCategory",
    "productDisplayName",
    "baseColour",
];

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

    /// A shop's own `styles.csv` may lie beside `images/`: Kaggle's has the columns of the set.
    fn recognise(&self, tree: &Tree) -> Option<String> {
        let base = base(tree)?;
        let images = format!("{base}images/");
        let has_images = tree
            .names()
            .any(|name| name.starts_with(&images) && is_picture(name));
        let file = tree
            .find(&format!("{base}{TABLE}"))
            .filter(|_| has_images)?;
        let sheet = Sheet::of_file(tree, file, None).ok()?;
        self.takes(&sheet)
            .then(|| format!("{TABLE} beside pictures under {images}"))
    }

    fn takes(&self, sheet: &Sheet) -> bool {
        let has = |name: &&str| sheet.find(name).is_some();
        has(&"id") && SIGNS.iter().any(has)
    }

    fn import(
        &self,
        tree: &Arc<Tree>,
        given: Vec<Sheet>,
        options: &ImportOptions,
    ) -> Result<Found, ImportError> {
        let base = base(tree);
        let mut given = given.into_iter();
        let sheet = match given.next() {
            Some(sheet) => sheet,
            None => self.own_table(tree, base, options)?,
        };
        let key = sheet.expect(&["id"])?;
        let files = files_by_id(tree, &format!("{}images/", base.unwrap_or_default()));
        if files.is_empty() {
            return Err(tree.other_layout(self.name(), "there are no pictures under images/"));
        }
        let mut found = Found::default();
        let (mut rows, mut used, mut lost) = (Vec::new(), HashSet::new(), Vec::new());
        for row in 0..sheet.len() {
            let id = sheet.cell(row, key);
            match files.get(id) {
                Some(&file) => {
                    used.insert(file);
                    found.shoes.push(Shoe::of_file(id.to_owned(), tree, file));
                    rows.push(Some(row));
                }
                None => lost.push(id),
            }
        }
        if let Some(first) = lost.first() {
            found.warnings.push(format!(
                "{}: {} rows have no picture under images/, as id {}",
                sheet.name,
                lost.len(),
                shown(first)
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
        found.joins.push(JoinReport {
            table: sheet.name.clone(),
            columns: vec![sheet.header[key].clone()],
            pictures: used.len(),
            pictures_left: files.len() - used.len(),
            rows: rows.len(),
            rows_left: lost.len(),
            ..JoinReport::default()
        });
        found.warnings.extend(sheet.warnings);
        let left =
            given.map(|sheet| format!("{}: is left out, as this format has one table", sheet.name));
        found.warnings.extend(left);
        Ok(found)
    }
}

impl Kaggle {
    fn own_table(
        &self,
        tree: &Tree,
        base: Option<&str>,
        options: &ImportOptions,
    ) -> Result<Sheet, ImportError> {
        let file = base.and_then(|base| tree.find(&format!("{base}{TABLE}")));
        let file = file.ok_or_else(|| tree.other_layout(self.name(), "there is no styles.csv"))?;
        Sheet::of_file(tree, file, options.encoding)
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
