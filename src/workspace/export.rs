//! Marked shoes as a CSV with ids and metadata, for a spreadsheet or a shop's own tools.

use crate::atomic_file;
use crate::catalog::Table;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The list could not be written.
#[derive(Debug, thiserror::Error)]
#[error("{} could not be written: {source}; choose another folder or free some space", path.display())]
pub struct ExportError {
    /// The file.
    pub path: PathBuf,
    /// What the system says.
    pub source: io::Error,
}

/// Writes `rows` of `table` to `path` under a temporary name, then renames it. Names without a folder go
/// into the working directory, names without an extension get `.csv`. Returns where it lies.
///
/// # Errors
/// [`ExportError`] when the folder is not there or cannot be written, or the disk is full; an older file of
/// that name is then as it was.
pub fn export(
    table: &dyn Table,
    rows: impl IntoIterator<Item = usize>,
    path: &Path,
) -> Result<PathBuf, ExportError> {
    let mut path = path.to_owned();
    if path.extension().is_none() {
        path.set_extension("csv");
    }
    let failed = |source: io::Error| ExportError {
        path: path.clone(),
        source,
    };
    atomic_file::write(&path, |file| {
        write(table, rows, file).map_err(io::Error::other)
    })
    .map_err(failed)?;
    Ok(std::path::absolute(&path).unwrap_or_else(|_| path.clone()))
}

fn write(
    table: &dyn Table,
    rows: impl IntoIterator<Item = usize>,
    to: impl Write,
) -> csv::Result<()> {
    let mut writer = csv::Writer::from_writer(io::BufWriter::new(to));
    writer.write_record(
        std::iter::once("id").chain(table.columns().iter().map(|c| c.name.as_str())),
    )?;
    for row in rows.into_iter().filter(|&row| row < table.len()) {
        let values = table
            .columns()
            .iter()
            .map(|c| c.text(row).unwrap_or_default());
        writer.write_record(
            std::iter::once(std::borrow::Cow::Borrowed(table.id(row)))
                .chain(values)
                .map(|v| v.into_owned()),
        )?;
    }
    writer.flush()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::filter::tests::small;

    #[test]
    fn a_list_has_ids_and_metadata_and_the_old_one_survives_a_failure() {
        let folder = tempfile::tempdir().unwrap();
        let path = export(&small(), [3, 1, 99], &folder.path().join("list")).unwrap();
        assert_eq!(path.extension().unwrap(), "csv");
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(
            text,
            "id,kind,year\ntrain-00003,Sandal,\ntrain-00001,Boot,2012\n"
        );
        let error = export(&small(), [1], &folder.path().join("gone/list.csv"))
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("gone") && error.contains("choose another folder"),
            "{error}"
        );
    }
}
