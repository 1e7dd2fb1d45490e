//! Files that are written whole or not at all: under a temporary name beside the target, flushed, renamed.

use super::DesignError;
use std::io::{BufWriter, Write};
use std::path::Path;

/// Files that are complete under temporary names, and appear together.
#[derive(Default)]
pub struct Pending<'a>(Vec<(tempfile::NamedTempFile, &'a Path)>);

impl<'a> Pending<'a> {
    /// Writes one file completely, under a temporary name beside `path`.
    ///
    /// # Errors
    /// [`DesignError::Write`]: the folder is not there, cannot be written, or is full. The temporary
    /// file is gone, and whatever was at `path` is as it was.
    pub fn write(
        &mut self,
        path: &'a Path,
        fill: impl FnOnce(&mut dyn Write) -> std::io::Result<()>,
    ) -> Result<(), DesignError> {
        let folder = path
            .parent()
            .filter(|f| !f.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        let attempt = || {
            // The permissions of any new file; a temporary file alone would be closed to others.
            let mut file =
                permitted(tempfile::Builder::new().prefix(".shoespace-")).tempfile_in(folder)?;
            let mut writer = BufWriter::new(file.as_file_mut());
            fill(&mut writer)?;
            writer.flush()?;
            drop(writer);
            file.as_file().sync_all()?;
            Ok(file)
        };
        self.0
            .push((attempt().map_err(DesignError::write(path))?, path));
        Ok(())
    }

    /// Gives every file its name.
    ///
    /// # Errors
    /// [`DesignError::Write`] where a rename fails, as when a folder has that name.
    pub fn finish(self) -> Result<(), DesignError> {
        for (file, path) in self.0 {
            file.persist(path)
                .map_err(|e| DesignError::write(path)(e.error))?;
        }
        Ok(())
    }
}

#[cfg(unix)]
fn permitted<'b, 'p, 's>(
    builder: &'b mut tempfile::Builder<'p, 's>,
) -> &'b mut tempfile::Builder<'p, 's> {
    use std::os::unix::fs::PermissionsExt as _;
    builder.permissions(std::fs::Permissions::from_mode(0o666))
}

#[cfg(not(unix))]
fn permitted<'b, 'p, 's>(
    builder: &'b mut tempfile::Builder<'p, 's>,
) -> &'b mut tempfile::Builder<'p, 's> {
    builder
}

/// Writes one file whole.
///
/// # Errors
/// As [`Pending::write`] and [`Pending::finish`].
pub fn write_whole(
    path: &Path,
    fill: impl FnOnce(&mut dyn Write) -> std::io::Result<()>,
) -> Result<(), DesignError> {
    let mut pending = Pending::default();
    pending.write(path, fill)?;
    pending.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("design.json");
        std::fs::write(&path, "old").unwrap();
        let full = write_whole(&path, |w| {
            w.write_all(b"half of it")?;
            Err(std::io::ErrorKind::StorageFull.into())
        });
        let message = full.unwrap_err().to_string();
        assert!(
            message.contains("design.json") && message.contains("make room"),
            "{message}"
        );
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn two_files_appear_together() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (folder.path().join("one"), folder.path().join("two"));
        let mut pending = Pending::default();
        pending.write(&one, |w| w.write_all(b"1")).unwrap();
        assert!(!one.exists());
        pending.write(&two, |w| w.write_all(b"2")).unwrap();
        pending.finish().unwrap();
        assert!(one.exists() && two.exists());
        assert!(write_whole(&folder.path().join("no/such"), |_| Ok(())).is_err());
    }
}
