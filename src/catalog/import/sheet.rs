//! Tables of metadata: CSV as people have it.
//!
//! Commas, semicolons or tabs; UTF-8 with or without a mark, or else Windows' Western letters; rows that
//! are too short are filled, rows that are too long have unquoted separators in their last column.

use super::ImportError;
use crate::catalog::{Column, Values};
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
    pub(super) notes: Vec<String>,
}

impl Sheet {
    /// Reads a table from a file.
    pub(super) fn open(path: &Path) -> Result<Self, ImportError> {
        let name = path.display().to_string();
        let bytes = std::fs::read(path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => ImportError::Sheet {
                file: name.clone(),
                reason: "there is no such file; give a CSV of metadata".to_owned(),
            },
            _ => ImportError::Sheet {
                file: name.clone(),
                reason: format!("cannot be read ({error})"),
            },
        })?;
        Self::parse(&bytes, &name)
    }

    /// Reads a table from its bytes; `name` is for messages.
    pub(super) fn parse(bytes: &[u8], name: &str) -> Result<Self, ImportError> {
        let bad = |reason: String| ImportError::Sheet {
            file: name.to_owned(),
            reason,
        };
        let (text, is_odd) = encoding_rs::UTF_8.decode_with_bom_removal(bytes);
        let text = if is_odd {
            encoding_rs::WINDOWS_1252.decode(bytes).0
        } else {
            text
        };
        let Some(first) = text.lines().find(|line| !line.trim().is_empty()) else {
            return Err(bad(
                "the table is empty; its first line should name the columns".to_owned(),
            ));
        };
        let count = |separator: char| first.matches(separator).count();
        let separator = [',', ';', '\t']
            .into_iter()
            .rev()
            .max_by_key(|&s| count(s))
            .unwrap_or(',');
        // A quote that is never closed takes all that follows into one value: then this line is no row of its own.
        const END: &str = "\u{0}the end";
        let ended = format!("{text}\n{END}");
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(separator as u8)
            .flexible(true)
            .from_reader(ended.as_bytes());
        let header = reader
            .headers()
            .map_err(|error| bad(format!("cannot be read ({error})")))?
            .clone();
        let header: Vec<String> = header.iter().map(|name| name.trim().to_owned()).collect();
        let (mut rows, mut long, mut short) = (Vec::new(), 0, 0);
        for record in reader.records() {
            let record = record.map_err(|error| bad(format!("cannot be read ({error})")))?;
            if record.get(0) == Some(END) {
                break;
            }
            if record.iter().any(|value| value.ends_with(END)) {
                let line = record.position().map_or(1, csv::Position::line);
                return Err(bad(format!(
                    "a quote that is opened in the row of line {line} is never closed, so that all lines after it are one value; close it"
                )));
            }
            if record.iter().all(|value| value.trim().is_empty()) {
                continue;
            }
            let mut row: Vec<String> = record.iter().map(|value| value.trim().to_owned()).collect();
            if row.len() > header.len() {
                // As it was written, spaces and all.
                let first = header.len().saturating_sub(1);
                let last: Vec<&str> = record.iter().skip(first).collect();
                row.truncate(first);
                row.push(last.join(&separator.to_string()).trim().to_owned());
                long += 1;
            } else if row.len() < header.len() {
                row.resize(header.len(), String::new());
                short += 1;
            }
            rows.push(row);
        }
        let mut notes = Vec::new();
        if long > 0 {
            let last = header.last().map_or("", String::as_str);
            notes.push(format!(
                "{name}: {long} rows have more values than columns; the rest is taken as part of `{last}`"
            ));
        }
        if short > 0 {
            notes.push(format!(
                "{name}: {short} rows have fewer values than columns; the others are missing"
            ));
        }
        Ok(Self {
            name: name.to_owned(),
            header,
            rows,
            notes,
        })
    }

    /// The number of the column of that name, in letters of either case.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.header
            .iter()
            .position(|other| other.eq_ignore_ascii_case(name))
    }

    /// That the table has a column that names the picture.
    pub(super) fn expect(&self, names: &[&str]) -> Result<usize, ImportError> {
        names.iter().find_map(|name| self.find(name)).ok_or_else(|| ImportError::Sheet {
            file: self.name.clone(),
            reason: format!(
                "has no column that names the picture: one of {} is needed, and it has {}; add one, or leave the table out",
                names.join(", "),
                self.header.join(", ")
            ),
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

/// How tables write that there is no value.
fn is_missing(text: &str) -> bool {
    matches!(
        text,
        "" | "NA" | "N/A" | "n/a" | "NaN" | "nan" | "null" | "NULL" | "None"
    )
}

/// The narrowest kind that all texts fit: boolean, whole numbers, numbers, text.
pub(super) fn typed(texts: &[Option<&str>]) -> Values {
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
