//! The list of all files that were met, each with its fate.

use super::{IndexError, IndexOptions, Skipped};
use crate::atomic_file;
use crate::catalog::CatalogError;
use crate::catalog::import::{Fate, Import, Kind, Kinds, REPORT_HEADER, kind_of_name};
use std::collections::HashMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Checks before the work that the report may be written: over nothing but an earlier one.
///
/// # Errors
/// Another file is there, or the folder cannot be written.
pub(super) fn check(path: &Path, options: &IndexOptions) -> Result<(), IndexError> {
    let taken = || IndexError::ReportTaken(path.to_owned());
    if path == options.output {
        return Err(taken());
    }
    if path.exists() {
        let mut start = Vec::new();
        let read = std::fs::File::open(path).and_then(|file| {
            file.take(REPORT_HEADER.len() as u64)
                .read_to_end(&mut start)
        });
        let is_report = start == REPORT_HEADER.as_bytes();
        if !path.is_file() || read.is_err() || !(is_report || start.is_empty()) {
            return Err(taken());
        }
    }
    drop(atomic_file::create(path).map_err(CatalogError::write(path))?);
    Ok(())
}

/// Writes the report; where it says what it said before, the file stays as it is.
pub(super) fn write(
    path: &Path,
    import: &Import,
    skipped: &[Skipped],
    sources: &[PathBuf],
) -> Result<(), IndexError> {
    let failed = CatalogError::write(path);
    let text = text(import, skipped, sources).map_err(&failed)?;
    if std::fs::read(path).is_ok_and(|old| old == text) {
        return Ok(());
    }
    atomic_file::write(path, |file| file.write_all(&text)).map_err(failed)?;
    Ok(())
}

fn text(import: &Import, skipped: &[Skipped], sources: &[PathBuf]) -> std::io::Result<Vec<u8>> {
    let source = |number: usize| {
        sources
            .get(number)
            .map(|path| path.display().to_string())
            .unwrap_or_default()
    };
    let reasons: HashMap<usize, &str> = skipped
        .iter()
        .map(|skipped| (skipped.row, skipped.reason.as_str()))
        .collect();
    let mut lines: Vec<(usize, &str, &str, &str, &str)> = Vec::new();
    for (row, shoe) in import.shoes.iter().enumerate() {
        let (fate, reason) = match reasons.get(&row) {
            Some(reason) => ("unreadable", *reason),
            None => Fate::Taken.words(),
        };
        lines.push((shoe.source, shoe.picture_name(), fate, reason, &shoe.id));
    }
    for met in import.fates.met() {
        let (fate, reason) = met.fate.words();
        lines.push((met.source, &met.file, fate, reason, ""));
    }
    lines.sort_unstable();
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(REPORT_HEADER.split(','))?;
    let names: Vec<String> = (0..sources.len()).map(source).collect();
    for (number, file, fate, reason, id) in lines {
        let source = names.get(number).map_or("", String::as_str);
        writer.write_record([source, file, fate, reason, id])?;
    }
    for kind in import.fates.unlisted() {
        let more = format!("({} more, as {})", kind.count, kind.example);
        writer.write_record(["", &more, "left out", &kind.kind, ""])?;
    }
    writer.into_inner().map_err(|error| error.into_error())
}

/// The pictures that became shoes, by the endings of their names.
pub(super) fn taken(import: &Import, skipped: &[Skipped]) -> Vec<Kind> {
    let mut is_skipped = vec![false; import.shoes.len()];
    for skipped in skipped {
        if let Some(is_skipped) = is_skipped.get_mut(skipped.row) {
            *is_skipped = true;
        }
    }
    let mut kinds = Kinds::default();
    for (shoe, _) in import
        .shoes
        .iter()
        .zip(is_skipped)
        .filter(|(_, skipped)| !skipped)
    {
        match shoe.path.as_str() {
            "" => kinds.add("without a name", 1, &shoe.id),
            path => kinds.add(&kind_of_name(path), 1, path),
        };
    }
    kinds.sorted()
}
