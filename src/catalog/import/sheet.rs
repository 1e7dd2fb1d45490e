//! Tables of metadata: CSV as people have it.
//!
//! Commas, semicolons or tabs; UTF-8 with or without a mark, or else Windows' Western letters; rows that
//! are too short are filled, rows that are too long have unquoted separators in their last column.

use super::error::{ImportError, SheetError};
use super::tree::Tree;
use crate::catalog::{Column, Values};
use std::borrow::Cow;
use std::io;
use std::path::Path;

/// A table of metadata, as text.
#[derive(Debug)]
pub(super) struct Sheet {
    /// The file's name, for messages.
    pub(super) name: String,
    pub(super) header: Vec<String>,
    /// The rows, each with a value for each column of the header.
    pub(super) rows: Vec<Vec<String>>,
    /// What people should know.
    pub(super) warnings: Vec<String>,
}

impl Sheet {
    /// Reads a table from a file.
    ///
    /// # Errors
    /// The file is not there, cannot be read, or is no table.
    pub(super) fn open(path: &Path) -> Result<Self, ImportError> {
        let name = path.display().to_string();
        match std::fs::read(path) {
            Ok(bytes) => Self::parse(&bytes, name),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(in_file(name)(SheetError::Missing))
            }
            Err(error) => Err(in_file(name)(SheetError::Io(error))),
        }
    }

    /// Reads a table that lies in a source.
    ///
    /// # Errors
    /// The file cannot be read, or is no table.
    pub(super) fn of_file(tree: &Tree, file: usize) -> Result<Self, ImportError> {
        let name = tree.full_name(file);
        match tree.bytes(file) {
            Ok(bytes) => Self::parse(&bytes, name),
            Err(error) => Err(in_file(name)(SheetError::Read(error))),
        }
    }

    /// Reads a table from its bytes; `name` is for messages.
    fn parse(bytes: &[u8], name: String) -> Result<Self, ImportError> {
        let text = decoded(bytes);
        let read = separator(&text)
            .ok_or(SheetError::Empty)
            .and_then(|separator| Ok((read_records(&text, separator)?, separator)));
        let ((header, records), separator) = read.map_err(in_file(name.clone()))?;
        let (mut long, mut short) = (0, 0);
        let mut rows = Vec::with_capacity(records.len());
        for record in &records {
            long += usize::from(record.len() > header.len());
            short += usize::from(record.len() < header.len());
            rows.push(row_of(record, header.len(), separator));
        }
        let mut warnings = Vec::new();
        if long > 0 {
            let last = header.last().map_or("", String::as_str);
            warnings.push(format!(
                "{name}: {long} rows have more values than columns; the rest is taken as part of `{last}`"
            ));
        }
        if short > 0 {
            warnings.push(format!(
                "{name}: {short} rows have fewer values than columns; the others are missing"
            ));
        }
        Ok(Self {
            name,
            header,
            rows,
            warnings,
        })
    }

    /// The error that this table is not as it should be.
    pub(super) fn error(&self, source: SheetError) -> ImportError {
        in_file(self.name.clone())(source)
    }

    /// The number of the column of that name, in letters of either case.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.header
            .iter()
            .position(|other| other.eq_ignore_ascii_case(name))
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
                found: self.header.clone(),
            })
        })
    }

    /// The columns but those of `without`, for shoes that have the given rows of the table (or none).
    pub(super) fn columns(&self, rows: &[Option<usize>], without: &[usize]) -> Vec<Column> {
        let mut columns: Vec<Column> = Vec::new();
        for (index, name) in self.header.iter().enumerate() {
            if without.contains(&index) {
                continue;
            }
            let texts: Vec<Option<&str>> = rows
                .iter()
                .map(|row| {
                    row.map(|row| self.rows[row][index].as_str())
                        .filter(|text| !is_missing(text))
                })
                .collect();
            // Columns without a name, as pandas writes its index, and those that repeat one.
            let mut name = if name.is_empty() {
                format!("column_{}", index + 1)
            } else {
                name.clone()
            };
            while columns.iter().any(|c| c.name == name) {
                name.push('_');
            }
            columns.push(Column::new(name, typed(&texts)));
        }
        columns
    }
}

/// Adds to an error the table that it is about.
fn in_file(file: String) -> impl FnOnce(SheetError) -> ImportError {
    move |source| ImportError::Sheet { file, source }
}

/// The text of a table: UTF-8, or else Windows' Western letters.
fn decoded(bytes: &[u8]) -> Cow<'_, str> {
    match encoding_rs::UTF_8.decode_with_bom_removal(bytes) {
        (text, false) => text,
        (_, true) => encoding_rs::WINDOWS_1252.decode(bytes).0,
    }
}

/// What stands most often in the first line that is not empty: a tab, a semicolon, or a comma.
fn separator(text: &str) -> Option<char> {
    let first = text.lines().find(|line| !line.trim().is_empty())?;
    // The last of equals wins: a comma where there is neither.
    ['\t', ';', ',']
        .into_iter()
        .max_by_key(|&separator| first.matches(separator).count())
}

/// The names of the columns, and the rows that are not empty, with as many values as each has.
fn read_records(
    text: &str,
    separator: char,
) -> Result<(Vec<String>, Vec<csv::StringRecord>), SheetError> {
    // A quote that is never closed takes all that follows into one value: then this line is no row of its own.
    const END: &str = "\u{0}the end";
    let ended = format!("{text}\n{END}");
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator as u8)
        .flexible(true)
        .from_reader(ended.as_bytes());
    let header = reader.headers()?.iter().map(|name| name.trim().to_owned());
    let header: Vec<String> = header.collect();
    let mut records = Vec::new();
    for record in reader.records() {
        let record = record?;
        if record.get(0) == Some(END) {
            break;
        }
        if record.iter().any(|value| value.ends_with(END)) {
            let line = record.position().map_or(1, csv::Position::line);
            return Err(SheetError::OpenQuote { line });
        }
        if record.iter().any(|value| !value.trim().is_empty()) {
            records.push(record);
        }
    }
    Ok((header, records))
}

/// A row of `columns` values: what is missing is empty, and what is too much belongs to the last one.
fn row_of(record: &csv::StringRecord, columns: usize, separator: char) -> Vec<String> {
    let mut row: Vec<String> = record.iter().map(|value| value.trim().to_owned()).collect();
    if row.len() > columns {
        // As it was written, spaces and all.
        let first = columns.saturating_sub(1);
        let rest: Vec<&str> = record.iter().skip(first).collect();
        row.truncate(first);
        row.push(rest.join(&separator.to_string()).trim().to_owned());
    }
    row.resize(columns, String::new());
    row
}

/// How tables write that there is no value.
fn is_missing(text: &str) -> bool {
    matches!(
        text,
        "" | "NA" | "N/A" | "n/a" | "NaN" | "nan" | "null" | "NULL" | "None"
    )
}

/// The narrowest kind that all texts fit: boolean, whole numbers, numbers, text.
fn typed(texts: &[Option<&str>]) -> Values {
    let present = || texts.iter().copied().flatten();
    let boolean = |text: &str| match text {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    };
    // What begins with a zero or a plus is a code, not a number.
    let is_code = |text: &str| {
        let digits = text.strip_prefix('-').unwrap_or(text);
        digits.starts_with('+')
            || digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.")
    };
    let integer = |text: &str| text.parse::<i64>().ok().filter(|_| !is_code(text));
    let real = |text: &str| {
        text.parse::<f64>()
            .ok()
            .filter(|x| x.is_finite() && !is_code(text))
    };
    if present().next().is_none() {
        Values::text(texts.iter().copied())
    } else if present().all(|text| boolean(text).is_some()) {
        Values::Boolean(texts.iter().map(|text| text.and_then(boolean)).collect())
    } else if present().all(|text| integer(text).is_some()) {
        Values::Integer(texts.iter().map(|text| text.and_then(integer)).collect())
    } else if present().all(|text| real(text).is_some()) {
        Values::Real(texts.iter().map(|text| text.and_then(real)).collect())
    } else {
        Values::text(texts.iter().copied())
    }
}
