//! Tables of metadata as people have them: separated values in any letters, JSON, and workbooks.

mod cells;
mod json;
mod letters;
mod separated;
mod shop;
mod typed;
mod workbook;

use super::error::{ImportError, SheetError};
use super::tree::Tree;
use super::words::{shown, shown_path};
use crate::catalog::{Column, fold_case};
use cells::Cells;
use encoding_rs::Encoding;
use separated::Read;
use std::collections::{HashMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};

pub(super) use shop::{Shop, ShopKind};
#[cfg(test)]
pub(super) use workbook::tests as workbooks;

/// The largest table, in bytes: it lies in memory, and as text once more.
const LARGEST_TABLE: u64 = 256 << 20;

/// The most columns; further ones are left out, and told.
const MOST_COLUMNS: usize = 1000;

/// The endings of tables that are looked for among photos.
const ENDINGS: [&str; 12] = [
    "csv", "tsv", "tab", "txt", "json", "jsonl", "ndjson", "xlsx", "xlsm", "xlsb", "xls", "ods",
];

/// Whether a file of this name is taken for a table that says more about photos.
pub fn is_table_name(name: &str) -> bool {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    ENDINGS
        .iter()
        .any(|known| known.eq_ignore_ascii_case(ending))
}

/// Splits what is to be read into photos and the tables that say more about them: files that are called like tables,
/// where anything else is there.
pub fn tables_apart(sources: Vec<PathBuf>) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let is_table = |path: &PathBuf| is_table_name(&path.to_string_lossy()) && path.is_file();
    match sources.iter().all(is_table) {
        true => (sources, Vec::new()),
        false => sources.into_iter().partition(|path| !is_table(path)),
    }
}

/// A table of metadata, as text.
#[derive(Debug, Clone)]
pub(super) struct Sheet {
    /// The file's name, for messages.
    pub(super) name: String,
    /// The names of the columns, each another.
    pub(super) header: Vec<String>,
    cells: Cells,
    /// What people should know.
    pub(super) warnings: Vec<String>,
    /// What it is where a shop wrote it.
    pub(super) shop: Option<Shop>,
}

impl Sheet {
    /// Reads a table from a file, in the letters of `encoding` or in those that it is written in.
    ///
    /// # Errors
    /// The file is not there, cannot be read, or is no table.
    pub(super) fn open(
        path: &Path,
        encoding: Option<&'static Encoding>,
    ) -> Result<Self, ImportError> {
        let name = path.display().to_string();
        let read = || {
            let metadata = std::fs::metadata(path)?;
            if metadata.is_dir() {
                return Err(SheetError::NotTable("a folder"));
            }
            check_size(metadata.len())?;
            Ok(std::fs::read(path)?)
        };
        match read() {
            Ok(bytes) => Self::parse(bytes, name, encoding),
            Err(SheetError::Io(error)) if error.kind() == io::ErrorKind::NotFound => {
                Err(in_file(name)(SheetError::Missing))
            }
            Err(error) => Err(in_file(name)(error)),
        }
    }

    /// Reads a table that lies in a source.
    ///
    /// # Errors
    /// The file cannot be read, or is no table.
    pub(super) fn of_file(
        tree: &Tree,
        file: usize,
        encoding: Option<&'static Encoding>,
    ) -> Result<Self, ImportError> {
        let name = tree.full_name(file);
        let read = || {
            check_size(tree.size(file))?;
            Ok(tree.bytes(file)?)
        };
        match read() {
            Ok(bytes) => Self::parse(bytes, name, encoding),
            Err(error) => Err(in_file(name)(error)),
        }
    }

    /// A table that an importer made itself.
    pub(super) fn of_rows(name: String, header: Vec<String>, rows: &[Vec<String>]) -> Self {
        let mut cells = Cells::default();
        for row in rows {
            cells.push_row(row);
        }
        Self::finished(
            name,
            Read {
                header,
                cells,
                warnings: Vec::new(),
            },
        )
    }

    /// Reads a table from its bytes, whatever it is called; `name` is for messages.
    fn parse(
        bytes: Vec<u8>,
        name: String,
        encoding: Option<&'static Encoding>,
    ) -> Result<Self, ImportError> {
        let name = shown_path(&name);
        match read(bytes, encoding) {
            Ok(read) => Ok(Self::finished(name, read)),
            Err(error) => Err(in_file(name)(error)),
        }
    }

    fn finished(name: String, read: Read) -> Self {
        let Read {
            header,
            cells,
            warnings,
        } = read;
        let mut warnings: Vec<String> = warnings
            .into_iter()
            .map(|warning| format!("{name}: {warning}"))
            .collect();
        let header = named(header, &name, &mut warnings);
        let mut sheet = Self {
            name,
            header,
            cells,
            warnings,
            shop: None,
        };
        sheet.shop = Shop::of(&sheet);
        sheet
    }

    /// The number of rows.
    pub(super) fn len(&self) -> usize {
        self.cells.len()
    }

    /// A cell as it is written, without spaces around it; empty where there is none.
    pub(super) fn cell(&self, row: usize, column: usize) -> &str {
        self.cells.get(row, column)
    }

    /// A cell, or in a shop's table what an earlier row of the same product says.
    pub(super) fn value(&self, row: usize, column: usize) -> &str {
        match (self.cell(row, column), &self.shop) {
            ("", Some(shop)) => shop
                .source_of(row, column)
                .map_or("", |row| self.cell(row, column)),
            (own, _) => own,
        }
    }

    /// The first row of the product that a row is of: itself, unless a shop's table says otherwise.
    pub(super) fn product(&self, row: usize) -> usize {
        self.shop.as_ref().map_or(row, |shop| shop.product(row))
    }

    /// The error that this table is not as it should be.
    pub(super) fn error(&self, source: SheetError) -> ImportError {
        in_file(self.name.clone())(source)
    }

    /// The number of the column of that name, in letters of either case.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        let wanted = fold_case(name);
        self.header
            .iter()
            .position(|other| fold_case(other) == wanted)
    }

    /// The first column that has one of these names, and so names the picture.
    ///
    /// # Errors
    /// [`SheetError::NoKey`].
    pub(super) fn expect(&self, names: &[&str]) -> Result<usize, ImportError> {
        let key = names.iter().find_map(|name| self.find(name));
        key.ok_or_else(|| {
            self.error(SheetError::NoKey {
                wanted: names.iter().map(|name| (*name).to_owned()).collect(),
                found: self
                    .header
                    .iter()
                    .take(20)
                    .map(|name| shown(name))
                    .collect(),
            })
        })
    }

    /// The columns but those of `without`, for shoes that have the given rows of the table (or none).
    pub(super) fn columns(&self, rows: &[Option<usize>], without: &[usize]) -> Vec<Column> {
        let kept = self
            .header
            .iter()
            .enumerate()
            .filter(|(index, _)| !without.contains(index));
        kept.map(|(index, name)| {
            let texts: Vec<Option<&str>> = rows
                .iter()
                .map(|row| row.map(|row| self.value(row, index)))
                .collect();
            column_of(name, texts).0
        })
        .collect()
    }
}

/// A column of texts with the narrowest kind that all fit, and what is to be told of that.
pub(super) fn column_of(name: &str, mut texts: Vec<Option<&str>>) -> (Column, Option<String>) {
    for text in &mut texts {
        *text = text.filter(|text| !typed::is_missing(text));
    }
    let (values, told) = typed::typed(name, &texts);
    let told = told.map(|told| format!("column `{}` is read as {told}", shown(name)));
    (Column::new(name, values), told)
}

/// Reads a table, whatever it is.
fn read(bytes: Vec<u8>, encoding: Option<&'static Encoding>) -> Result<Read, SheetError> {
    if let Some(other) = binary(&bytes) {
        return Err(SheetError::NotTable(other));
    }
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"\xd0\xcf\x11\xe0") {
        return workbook::read(bytes);
    }
    let (text, told) = letters::decode(bytes, encoding)?;
    let start = text.trim_start();
    let mut read = if start.starts_with(['{', '[']) {
        json::read(&text)?
    } else if is_markup(start) {
        return Err(SheetError::NotTable("a web page or another XML"));
    } else {
        separated::read(&text)?
    };
    read.warnings.extend(told);
    Ok(read)
}

/// Refuses a table that takes far more memory than its file: rows of which each has a value in another column.
fn check_bytes(cells: &Cells) -> Result<(), SheetError> {
    match cells.bytes() as u64 > 3 * LARGEST_TABLE {
        true => Err(SheetError::TooLarge {
            megabytes: cells.bytes() as u64 >> 20,
            most: (3 * LARGEST_TABLE) >> 20,
        }),
        false => Ok(()),
    }
}

/// What a file is that people take for a table.
fn binary(bytes: &[u8]) -> Option<&'static str> {
    let kinds: [(&[u8], &str); 7] = [
        (b"PAR1", "a Parquet file"),
        (b"%PDF", "a PDF"),
        (b"\x1f\x8b", "packed with gzip"),
        (b"7z\xbc\xaf\x27\x1c", "packed with 7-Zip"),
        (b"SQLite format 3", "a database of SQLite"),
        (b"\x89PNG", "a picture"),
        (b"\xff\xd8\xff", "a picture"),
    ];
    kinds
        .iter()
        .find(|(start, _)| bytes.starts_with(start))
        .map(|(_, kind)| *kind)
}

fn is_markup(start: &str) -> bool {
    [
        "<!doctype",
        "<html",
        "<?xml",
        "<rss",
        "<feed",
        "<table",
        "<head",
    ]
    .iter()
    .any(|tag| {
        start
            .get(..tag.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(tag))
    })
}

fn check_size(bytes: u64) -> Result<(), SheetError> {
    match bytes > LARGEST_TABLE {
        true => Err(SheetError::TooLarge {
            megabytes: bytes >> 20,
            most: LARGEST_TABLE >> 20,
        }),
        false => Ok(()),
    }
}

/// Gives each column a name of its own: those without one (as pandas writes its index) their number, those that repeat
/// one a number behind it.
fn named(header: Vec<String>, file: &str, warnings: &mut Vec<String>) -> Vec<String> {
    if header.len() > MOST_COLUMNS {
        warnings.push(format!(
            "{file}: has {} columns; only the first {MOST_COLUMNS} are taken",
            header.len()
        ));
    }
    let mut taken: HashSet<String> = header.iter().take(MOST_COLUMNS).cloned().collect();
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut repeated: Option<(usize, String)> = None;
    let mut names = Vec::new();
    for (index, name) in header.into_iter().take(MOST_COLUMNS).enumerate() {
        let name = if name.is_empty() {
            format!("column_{}", index + 1)
        } else {
            name
        };
        let count = seen.entry(name.clone()).or_insert(0);
        *count += 1;
        if *count == 1 {
            names.push(name);
            continue;
        }
        let mut new = format!("{name}_{count}");
        while !taken.insert(new.clone()) {
            *count += 1;
            new = format!("{name}_{count}");
        }
        repeated = Some((repeated.map_or(0, |(n, _)| n) + 1, new.clone()));
        names.push(new);
    }
    if let Some((count, example)) = repeated {
        warnings.push(format!(
            "{file}: {count} columns have the name of another one; they are numbered, as `{}`",
            shown(&example)
        ));
    }
    names
}

/// Adds to an error the table that it is about.
fn in_file(file: String) -> impl FnOnce(SheetError) -> ImportError {
    move |source| ImportError::Sheet {
        file: shown_path(&file),
        source,
    }
}

#[cfg(test)]
mod tests;
