//! What people name on the command line: shoes, and files to write.

use crate::catalog::Catalog;
use crate::paths::{NotFound, Roots};
use std::path::{Path, PathBuf};

/// The catalogue that is named, or the one that comes with shoespace.
///
/// # Errors
/// None is named, and that one is in none of the roots.
pub(super) fn catalogue(named: Option<&Path>, roots: &Roots) -> Result<PathBuf, NotFound> {
    named.map_or_else(|| roots.default_catalogue(), |path| Ok(path.to_owned()))
}

/// The address of a database, where one is named in the place of a catalogue.
#[cfg(feature = "postgres")]
pub(super) fn database(named: Option<&Path>) -> Option<&str> {
    crate::database::Address::in_place_of(named?)
}

/// The row of a shoe by its id; where there is none, the closest ids are offered.
///
/// # Errors
/// There is no such shoe.
pub(super) fn row_of(catalog: &Catalog, id: &str) -> anyhow::Result<usize> {
    if let Some(row) = catalog.row_of(id) {
        return Ok(row);
    }
    anyhow::bail!(catalog.no_such_id(id))
}

/// That what is written is none of what is read, and does not lie in a folder of shards that is read.
///
/// # Errors
/// It is: names the file.
pub(super) fn keep_apart(output: &Path, inputs: &[&Path]) -> anyhow::Result<()> {
    let real = |path: &Path| path.canonicalize().ok();
    let folder = output.parent().filter(|f| !f.as_os_str().is_empty());
    let folder = real(folder.unwrap_or(Path::new(".")));
    for input in inputs {
        let Some(input) = real(input) else { continue };
        anyhow::ensure!(
            real(output).as_ref() != Some(&input),
            "{}: this is read, so it cannot be written over; choose another -o",
            output.display()
        );
        anyhow::ensure!(
            !input.is_dir() || folder.as_ref() != Some(&input),
            "{}: lies in the folder {} that is read as a catalogue, and would be taken for a part of it; choose another -o",
            output.display(),
            input.display()
        );
    }
    Ok(())
}

/// Where a catalogue that is read is written again: to its own file, or where `output` says.
///
/// # Errors
/// `output` is no name of a catalogue, or lies in the folder of shards that is read.
pub(super) fn rewritten(output: Option<PathBuf>, catalogue: &Path) -> anyhow::Result<PathBuf> {
    #[cfg(feature = "postgres")]
    anyhow::ensure!(
        database(Some(catalogue)).is_none(),
        "{}: a catalogue in a database cannot be written again; do it with its file, and publish that",
        crate::workspace::shown(catalogue).display()
    );
    let Some(output) = output else {
        return Ok(catalogue.to_owned());
    };
    expect_ending(&output, "a catalogue", "parquet")?;
    if catalogue.is_dir() {
        keep_apart(&output, &[catalogue])?;
    }
    Ok(output)
}

/// That a file to be written has the ending that its kind has.
///
/// # Errors
/// It has another one.
pub(super) fn expect_ending(output: &Path, what: &str, ending: &str) -> anyhow::Result<()> {
    anyhow::ensure!(
        !output.is_dir(),
        "{}: is a folder; name a file in it that ends in .{ending}",
        output.display()
    );
    let found = output.extension().and_then(|e| e.to_str());
    anyhow::ensure!(
        found.is_some_and(|found| found.eq_ignore_ascii_case(ending)),
        "{}: {what} is written as .{ending}; give it this ending",
        output.display()
    );
    Ok(())
}

/// A point of the scene, as `0.1,-0.2,0.3`.
///
/// # Errors
/// Says how to write it.
pub(super) fn point(text: &str) -> Result<[f32; 3], String> {
    let numbers: Vec<f32> = text
        .split(',')
        .map(|part| part.trim().parse::<f32>())
        .collect::<Result<_, _>>()
        .map_err(|_| "write it as three finite numbers: 0.1,-0.2,0.3")?;
    match numbers.as_slice() {
        &[x, y, z] if numbers.iter().all(|n| n.is_finite()) => Ok([x, y, z]),
        _ => Err("write it as three finite numbers: 0.1,-0.2,0.3".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_read_or_explained() {
        assert_eq!(point("1,-2.5, 3"), Ok([1.0, -2.5, 3.0]));
        assert!(point("1,2").is_err() && point("1,2,NaN").is_err());
    }

    #[test]
    fn what_is_read_is_not_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let (photo, shards) = (folder.path().join("a.png"), folder.path().join("shards"));
        std::fs::write(&photo, "a photo").unwrap();
        std::fs::create_dir(&shards).unwrap();
        let refused = |output: &Path| keep_apart(output, &[&photo, &shards]).is_err();
        assert!(refused(&photo) && refused(&shards.join("../a.png")));
        assert!(refused(&shards.join("b.parquet")));
        assert!(!refused(&folder.path().join("b.png")));
        assert!(expect_ending(&photo, "a picture", "PNG").is_ok());
        assert!(expect_ending(&photo, "a catalogue", "parquet").is_err());
    }
}
