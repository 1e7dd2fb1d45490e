//! A folder of pictures: sub-folders become a `category` column, a CSV of metadata is joined by name.

use super::sheet::Sheet;
use super::tree::Tree;
use super::{Found, ImportError, Place};
use crate::catalog::{Column, Values};
use std::collections::HashMap;

/// The columns that can name a picture in a table: the first that a table has is its key.
pub(super) const KEYS: [&str; 5] = ["id", "image", "filename", "file", "path"];

/// Reads the names of all pictures, and the table that goes with them.
pub(super) fn import(tree: &Tree, sheet: Option<Sheet>) -> Result<Found, ImportError> {
    let pictures = tree.pictures();
    if pictures.is_empty() {
        return Err(ImportError::NoPictures {
            path: tree.origin().to_owned(),
            files: tree.len(),
        });
    }
    let names: Vec<&str> = pictures.iter().map(|&file| tree.name(file)).collect();
    let common = common_folders(&names);
    let short: Vec<&str> = names.iter().map(|name| &name[common..]).collect();
    let mut found = Found::default();
    let mut ids: Vec<String> = Vec::with_capacity(names.len());
    let mut taken: HashMap<&str, usize> = HashMap::new();
    for name in &short {
        *taken.entry(stem(name)).or_insert(0) += 1;
    }
    for name in &short {
        // Two pictures that differ only in their ending keep it.
        ids.push(
            if taken[stem(name)] == 1 {
                stem(name)
            } else {
                name
            }
            .to_owned(),
        );
    }
    let (sheet, is_given) = match sheet {
        Some(sheet) => (Some(sheet), true),
        None => (own_sheet(tree, &names, &mut found.notes), false),
    };
    let mut has_category = false;
    if let Some(sheet) = sheet {
        if is_given {
            sheet.expect(&KEYS)?;
        }
        match join(&sheet, &names) {
            Some((key, rows)) => {
                let matched = rows.iter().flatten().count();
                if matched < names.len() {
                    let first = rows
                        .iter()
                        .position(Option::is_none)
                        .map_or("", |at| names[at]);
                    found.notes.push(format!(
                        "{}: {} of {} pictures have no row in it, as {first}",
                        sheet.name,
                        names.len() - matched,
                        names.len()
                    ));
                }
                if matched < sheet.rows.len() {
                    let rest = sheet.rows.len() - matched;
                    found
                        .notes
                        .push(format!("{}: {rest} rows have no picture", sheet.name));
                }
                // A table with ids of its own names the shoes, even where their files are found otherwise.
                let id = sheet.find("id").filter(|&id| id != key);
                if let Some(id) = id {
                    for (own, row) in ids.iter_mut().zip(&rows) {
                        if let Some(text) = row
                            .map(|row| &sheet.rows[row][id])
                            .filter(|text| !text.is_empty())
                        {
                            own.clone_from(text);
                        }
                    }
                }
                let without: Vec<usize> = [Some(key), id].into_iter().flatten().collect();
                found.columns = sheet.columns(&rows, &without);
                has_category = sheet.find("category").is_some();
                found.notes.extend(sheet.notes);
            }
            None if is_given => {
                let key = sheet.expect(&KEYS)?;
                let first = sheet.rows.first().map_or("", |row| row[key].as_str());
                return Err(ImportError::Sheet {
                    file: sheet.name.clone(),
                    reason: format!(
                        "none of its rows names a picture: its column `{}` begins with `{first}`, and the pictures with `{}`",
                        sheet.header[key], names[0]
                    ),
                });
            }
            None => {}
        }
    }
    let folders = short
        .iter()
        .map(|name| name.rsplit_once('/').map(|(folder, _)| folder));
    if !has_category && short.iter().any(|name| name.contains('/')) {
        found
            .columns
            .insert(0, Column::new("category", Values::text(folders)));
    }
    found.items = ids
        .into_iter()
        .zip(&pictures)
        .map(|(id, &file)| (id, tree.name(file).to_owned(), Place::File(file)))
        .collect();
    Ok(found)
}

/// How many bytes of all names are folders that every picture lies in.
fn common_folders(names: &[&str]) -> usize {
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

/// A path without the ending of a picture; other dots belong to the name.
pub(super) fn stem(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((stem, _))
            if super::tree::is_picture(name) && !stem.is_empty() && !stem.ends_with('/') =>
        {
            stem
        }
        _ => name,
    }
}

/// The table among the files that names the most pictures, if any does.
fn own_sheet(tree: &Tree, names: &[&str], notes: &mut Vec<String>) -> Option<Sheet> {
    let mut best: Option<(usize, Sheet)> = None;
    for file in 0..tree.len() {
        let name = tree.name(file).to_lowercase();
        if !name.ends_with(".csv") && !name.ends_with(".tsv") {
            continue;
        }
        let full_name = tree.full_name(file);
        let read = tree.read(file).map_err(|reason| ImportError::Sheet {
            file: full_name.clone(),
            reason,
        });
        let sheet = match read.and_then(|bytes| Sheet::parse(&bytes, &full_name)) {
            Ok(sheet) => sheet,
            Err(error) => {
                notes.push(format!("{error}; it is left out"));
                continue;
            }
        };
        if let Err(error) = sheet.expect(&KEYS) {
            notes.push(format!("{error}; it is left out"));
            continue;
        }
        match join(&sheet, names) {
            Some((_, rows)) => {
                let matched = rows.iter().flatten().count();
                if best.as_ref().is_none_or(|(other, _)| matched > *other) {
                    best = Some((matched, sheet));
                }
            }
            None => notes.push(format!(
                "{full_name}: none of its rows names a picture; it is left out"
            )),
        }
    }
    best.map(|(_, sheet)| sheet)
}

/// The key of a table, and for each picture its row: by path, by path without ending, by name, by name
/// without ending. None where no row names a picture.
fn join(sheet: &Sheet, names: &[&str]) -> Option<(usize, Vec<Option<usize>>)> {
    KEYS.iter()
        .filter_map(|key| sheet.find(key))
        .find_map(|key| {
            let mut rows: HashMap<String, usize> = HashMap::with_capacity(sheet.rows.len());
            for (index, row) in sheet.rows.iter().enumerate() {
                rows.entry(normal(&row[key])).or_insert(index);
            }
            let matched: Vec<Option<usize>> = names
                .iter()
                .map(|path| {
                    let path = normal(path);
                    // Every tail of the path, longest first, with and without its ending.
                    let mut tail = path.as_str();
                    loop {
                        if let Some(&row) = rows.get(tail).or_else(|| rows.get(stem(tail))) {
                            return Some(row);
                        }
                        tail = tail.split_once('/')?.1;
                    }
                })
                .collect();
            matched
                .iter()
                .any(Option::is_some)
                .then_some((key, matched))
        })
}

/// A path as it is compared: `/` between the parts, no `./` before, lower case.
fn normal(path: &str) -> String {
    path.trim()
        .replace('\\', "/")
        .trim_start_matches("./")
        .trim_start_matches('/')
        .to_lowercase()
}
