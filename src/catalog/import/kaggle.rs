//! Kaggle's fashion sets ("Fashion Product Images", large and small): `styles.csv` beside `images/ID.jpg`.
//!
//! The product names in the last column of `styles.csv` hold commas that are not quoted: what is too much
//! in a row belongs to it.

use super::sheet::Sheet;
use super::tree::{Tree, is_picture};
use super::{Found, ImportError, Place};
use std::collections::{HashMap, HashSet};

const TABLE: &str = "styles.csv";

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

/// Whether the source is laid out so.
pub(super) fn fits(tree: &Tree) -> bool {
    base(tree).is_some_and(|base| {
        let images = format!("{base}images/");
        tree.names()
            .any(|name| name.starts_with(&images) && is_picture(name))
    })
}

/// Reads the table, and finds the picture of each of its rows.
pub(super) fn import(tree: &Tree, sheet: Option<Sheet>) -> Result<Found, ImportError> {
    let layout = |reason: &str| ImportError::Layout {
        path: tree.origin().to_owned(),
        format: "kaggle",
        reason: reason.to_owned(),
    };
    let base = base(tree);
    let sheet = match (sheet, base) {
        (Some(sheet), _) => sheet,
        (None, Some(base)) => {
            let file = tree
                .find(&format!("{base}{TABLE}"))
                .ok_or_else(|| layout("there is no styles.csv"))?;
            let name = tree.full_name(file);
            let bytes = tree.read(file).map_err(|reason| ImportError::Sheet {
                file: name.clone(),
                reason: format!("cannot be read ({reason})"),
            })?;
            Sheet::parse(&bytes, &name)?
        }
        (None, None) => return Err(layout("there is no styles.csv")),
    };
    let key = sheet.expect(&["id"])?;
    let images = format!("{}images/", base.unwrap_or_default());
    let mut files: HashMap<&str, usize> = HashMap::new();
    for file in tree.pictures() {
        if let Some(name) = tree.name(file).strip_prefix(&images) {
            files.insert(super::folder::stem(name), file);
        }
    }
    if files.is_empty() {
        return Err(layout("there are no pictures under images/"));
    }
    let mut found = Found::default();
    let (mut rows, mut used, mut lost) = (Vec::new(), HashSet::new(), Vec::new());
    for (index, row) in sheet.rows.iter().enumerate() {
        let id = &row[key];
        match files.get(id.as_str()) {
            Some(&file) => {
                used.insert(file);
                found
                    .items
                    .push((id.clone(), tree.name(file).to_owned(), Place::File(file)));
                rows.push(Some(index));
            }
            None => lost.push(id.as_str()),
        }
    }
    if let Some(first) = lost.first() {
        found.notes.push(format!(
            "{}: {} rows have no picture under images/, as id {first}",
            sheet.name,
            lost.len()
        ));
    }
    if used.len() < files.len() {
        let rest = files.len() - used.len();
        found.notes.push(format!(
            "{}: {rest} pictures under images/ have no row in it; they are left out",
            sheet.name
        ));
    }
    if found.items.is_empty() {
        return Err(layout(
            "no id of styles.csv is the name of a picture under images/",
        ));
    }
    found.columns = sheet.columns(&rows, &[key]);
    found.notes.extend(sheet.notes);
    Ok(found)
}
