//! UT-Zappos50K (<https://vision.cs.utexas.edu/projects/finegrained/utzap50k/>): pictures under
//! `Category/SubCategory/Brand/CID.jpg`, and `meta-data.csv`.
//!
//! Its CIDs write `-` where file names write `.` (`100627-72` is `100627.72.jpg`), and folders have lost
//! the dots at the end of their names: the brand "T.U.K." lies in the folder `T.U.K`.

use super::folder::stem;
use super::sheet::Sheet;
use super::tree::Tree;
use super::{Found, ImportError, Place};
use crate::catalog::{Column, Values};
use std::collections::HashMap;

const TABLE: &str = "meta-data.csv";

fn table(tree: &Tree) -> Option<usize> {
    let is_table = |name: &str| {
        name.rsplit('/')
            .next()
            .is_some_and(|name| name.eq_ignore_ascii_case(TABLE))
    };
    (0..tree.len()).find(|&file| is_table(tree.name(file)))
}

/// The category, sub-category, brand and CID of a picture, where it lies as they do.
fn parts(name: &str) -> Option<[&str; 4]> {
    let mut parts = name.rsplit('/');
    let cid = stem(parts.next()?);
    let [brand, sub, category] = [parts.next()?, parts.next()?, parts.next()?];
    let (model, variant) = cid.split_once(['.', '-'])?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    (is_number(model) && is_number(variant)).then_some([category, sub, brand, cid])
}

/// Whether the source is laid out so: every picture is, or most are and the table is there.
pub(super) fn fits(tree: &Tree) -> bool {
    let pictures = tree.pictures();
    let fitting = pictures
        .iter()
        .filter(|&&file| parts(tree.name(file)).is_some())
        .count();
    fitting > 0
        && (fitting == pictures.len() || table(tree).is_some() && fitting * 2 > pictures.len())
}

/// A folder's name with the dots that it lost: only abbreviations of single letters end with one.
fn with_lost_dot(name: &str) -> String {
    let letters: Vec<&str> = name.split('.').collect();
    let is_abbreviation = letters.len() > 1 && letters.iter().all(|part| part.chars().count() == 1);
    if is_abbreviation {
        format!("{name}.")
    } else {
        name.to_owned()
    }
}

/// Reads what folders and table tell of each picture.
pub(super) fn import(tree: &Tree, sheet: Option<Sheet>) -> Result<Found, ImportError> {
    let sheet = match (sheet, table(tree)) {
        (Some(sheet), _) => Some(sheet),
        (None, Some(file)) => {
            let name = tree.full_name(file);
            let bytes = tree.read(file).map_err(|reason| ImportError::Sheet {
                file: name.clone(),
                reason: format!("cannot be read ({reason})"),
            })?;
            Some(Sheet::parse(&bytes, &name)?)
        }
        (None, None) => None,
    };
    let mut found = Found::default();
    let (mut places, mut others) = (Vec::new(), 0);
    for file in tree.pictures() {
        let name = tree.name(file);
        match parts(name) {
            Some(parts) => {
                // As the table writes it, which is what the set's papers call the CID.
                let cid = parts[3].replace('.', "-");
                found.items.push((cid, name.to_owned(), Place::File(file)));
                places.push(parts);
            }
            None => others += 1,
        }
    }
    if found.items.is_empty() {
        return Err(ImportError::Layout {
            path: tree.origin().to_owned(),
            format: "zappos",
            reason: "no picture lies as Category/SubCategory/Brand/CID.jpg".to_owned(),
        });
    }
    if others > 0 {
        found.notes.push(format!(
            "{}: {others} pictures do not lie as Category/SubCategory/Brand/CID.jpg; they are left out",
            tree.origin().display()
        ));
    }
    let own = ["Category", "SubCategory", "Brand"];
    for (index, name) in own.into_iter().enumerate() {
        let texts = places.iter().map(|parts| {
            Some(if index == 2 {
                with_lost_dot(parts[2])
            } else {
                parts[index].to_owned()
            })
        });
        found.columns.push(Column::new(name, Values::text(texts)));
    }
    if let Some(sheet) = sheet {
        let key = sheet.expect(&["CID", "id"])?;
        let mut rows: HashMap<String, usize> = HashMap::new();
        for (index, row) in sheet.rows.iter().enumerate() {
            rows.insert(row[key].replace('.', "-"), index);
        }
        let matched: Vec<Option<usize>> = found
            .items
            .iter()
            .map(|(cid, _, _)| rows.get(cid).copied())
            .collect();
        let missing = matched.iter().filter(|row| row.is_none()).count();
        if missing > 0 {
            found.notes.push(format!(
                "{}: {missing} pictures have no row in it",
                sheet.name
            ));
        }
        // The folders tell the same, and for every picture; but a table knows a brand's true name.
        let brand = sheet.find("Brand");
        let mut without: Vec<usize> = own[..2]
            .iter()
            .filter_map(|name| sheet.find(name))
            .chain([key])
            .collect();
        if let Some(brand) = brand {
            let texts = matched.iter().zip(&places).map(|(row, parts)| match row {
                Some(row) if !sheet.rows[*row][brand].is_empty() => {
                    Some(sheet.rows[*row][brand].clone())
                }
                _ => Some(with_lost_dot(parts[2])),
            });
            found.columns[2] = Column::new("Brand", Values::text(texts));
            without.push(brand);
        }
        found.columns.extend(sheet.columns(&matched, &without));
        found.notes.extend(sheet.notes);
    }
    Ok(found)
}
