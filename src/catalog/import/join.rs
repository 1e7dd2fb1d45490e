//! Which row of a table belongs to which picture.

use super::error::{ImportError, SheetError};
use super::sheet::Sheet;
use super::tree::stem;
use std::collections::HashMap;

/// The columns that can name a picture in a table: the first of them that names any is its key.
pub(super) const KEYS: [&str; 5] = ["id", "image", "filename", "file", "path"];

/// A table and the pictures that its rows name.
#[derive(Debug)]
pub(super) struct Join {
    pub(super) sheet: Sheet,
    /// The column that names the picture.
    pub(super) key: usize,
    /// For each picture its row.
    pub(super) rows: Vec<Option<usize>>,
}

impl Join {
    /// Joins a table to the pictures of `names` (paths in the source): by path, by path without ending, by name, by
    /// name without ending.
    ///
    /// # Errors
    /// The table has none of the columns [`KEYS`], or no row names a picture.
    pub(super) fn new(sheet: Sheet, names: &[&str]) -> Result<Self, ImportError> {
        let first = sheet.expect(&KEYS)?;
        let keys = KEYS.iter().filter_map(|key| sheet.find(key));
        let joined = keys
            .map(|key| (key, rows_of(&sheet, key, names)))
            .find(|(_, rows)| rows.iter().any(Option::is_some));
        match joined {
            Some((key, rows)) => Ok(Self { sheet, key, rows }),
            None => Err(sheet.error(SheetError::NoPicture {
                column: sheet.header[first].clone(),
                value: sheet
                    .rows
                    .first()
                    .map_or_else(String::new, |row| row[first].clone()),
                picture: names.first().map_or("", |name| *name).to_owned(),
            })),
        }
    }

    /// How many pictures have a row.
    pub(super) fn matched(&self) -> usize {
        self.rows.iter().flatten().count()
    }

    /// What the join left over on either side.
    pub(super) fn warnings(&self, names: &[&str]) -> Vec<String> {
        let (table, matched) = (&self.sheet.name, self.matched());
        let mut warnings = Vec::new();
        if let Some(first) = self.rows.iter().position(Option::is_none) {
            warnings.push(format!(
                "{table}: {} of {} pictures have no row in it, as {}",
                names.len() - matched,
                names.len(),
                names[first]
            ));
        }
        if matched < self.sheet.rows.len() {
            let rest = self.sheet.rows.len() - matched;
            warnings.push(format!("{table}: {rest} rows have no picture"));
        }
        warnings
    }
}

/// For each picture the row whose `key` names it.
fn rows_of(sheet: &Sheet, key: usize, names: &[&str]) -> Vec<Option<usize>> {
    let mut rows: HashMap<String, usize> = HashMap::with_capacity(sheet.rows.len());
    for (index, row) in sheet.rows.iter().enumerate() {
        rows.entry(normal(&row[key])).or_insert(index);
    }
    let row_of = |path: &str| {
        let path = normal(path);
        // Every tail of the path, longest first, with and without its ending.
        let mut tail = path.as_str();
        loop {
            if let Some(&row) = rows.get(tail).or_else(|| rows.get(stem(tail))) {
                return Some(row);
            }
            tail = tail.split_once('/')?.1;
        }
    };
    names.iter().map(|path| row_of(path)).collect()
}

/// A path as it is compared: `/` between the parts, no `./` before, lower case.
fn normal(path: &str) -> String {
    path.trim()
        .replace('\\', "/")
        .trim_start_matches("./")
        .trim_start_matches('/')
        .to_lowercase()
}
