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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::import::ImportOptions;
    use crate::catalog::picture::encode_png;
    use crate::job::Job;
    use image::{Rgb, RgbImage};

    /// A folder of a picture, a second one, a table and a note.
    fn photos() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let photos = folder.path().join("photos");
        std::fs::create_dir(&photos).unwrap();
        let png = encode_png(&RgbImage::from_pixel(4, 4, Rgb([9, 90, 200])));
        for name in ["a, b.png", "c.png"] {
            std::fs::write(photos.join(name), &png).unwrap();
        }
        std::fs::write(photos.join("table.csv"), "file,price\nc.png,10\n").unwrap();
        std::fs::write(photos.join("notes.txt"), "hello").unwrap();
        (folder, photos)
    }

    fn open(source: &Path) -> Import {
        let options = ImportOptions::default();
        Import::open(&[source.to_owned()], &options, &Job::new()).unwrap()
    }

    fn unreadable(import: &Import, picture: &str) -> Skipped {
        Skipped {
            row: import
                .shoes
                .iter()
                .position(|shoe| shoe.path == picture)
                .unwrap(),
            picture: picture.to_owned(),
            reason: "it is \"broken\"".to_owned(),
        }
    }

    #[test]
    fn every_file_is_listed_once_with_its_fate() {
        let (folder, source) = photos();
        let import = open(&source);
        let skipped = [unreadable(&import, "c.png")];
        let report = folder.path().join("report.csv");
        write(&report, &import, &skipped, std::slice::from_ref(&source)).unwrap();
        let mut rows = csv::Reader::from_path(&report).unwrap();
        let header: Vec<String> = rows.headers().unwrap().iter().map(str::to_owned).collect();
        assert_eq!(header.join(","), REPORT_HEADER);
        let rows: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
        let mut fates = Vec::new();
        for row in &rows {
            assert_eq!(&row[0], source.display().to_string());
            fates.push((row[1].to_owned(), row[2].to_owned(), row[3].to_owned()));
        }
        let fate = |file: &str, fate: &str, reason: &str| {
            (file.to_owned(), fate.to_owned(), reason.to_owned())
        };
        assert_eq!(
            fates,
            [
                fate("a, b.png", "taken", ""),
                fate("c.png", "unreadable", "it is \"broken\""),
                fate("notes.txt", "left out", ".txt"),
                fate("table.csv", "read", ""),
            ]
        );
        assert_eq!((&rows[0][4], &rows[3][4]), (&*import.shoes[0].id, ""));
        let taken = taken(&import, &skipped);
        assert_eq!((taken.len(), taken[0].count), (1, 1));
        assert_eq!((&*taken[0].kind, &*taken[0].example), (".png", "a, b.png"));
    }

    #[test]
    fn only_an_earlier_report_is_written_over() {
        let (folder, source) = photos();
        let output = folder.path().join("out.parquet");
        let options = IndexOptions::new(vec![source.clone()], output.clone(), PathBuf::new());
        let report = folder.path().join("report.csv");
        let is_taken =
            |path: &Path| matches!(check(path, &options), Err(IndexError::ReportTaken(_)));
        assert!(is_taken(&output) && is_taken(&source));
        std::fs::write(&report, "a list of my own\n").unwrap();
        assert!(is_taken(&report));
        std::fs::write(&report, "").unwrap();
        assert!(!is_taken(&report));
        write(&report, &open(&source), &[], &options.sources).unwrap();
        assert!(!is_taken(&report));
        // What says the same already is not touched.
        let old = std::fs::metadata(&report).unwrap().modified().unwrap();
        write(&report, &open(&source), &[], &options.sources).unwrap();
        assert_eq!(std::fs::metadata(&report).unwrap().modified().unwrap(), old);
        assert!(check(&folder.path().join("no/report.csv"), &options).is_err());
        let left = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(left, 2, "something was left beside the report");
    }
}
