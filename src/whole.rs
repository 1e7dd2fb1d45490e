//! Files that are written whole or not at all: under a temporary name beside the target, flushed, renamed.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// The folder that a file lies in.
fn folder(path: &Path) -> &Path {
    path.parent()
        .filter(|f| !f.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// Where a path leads to, if it is a link.
fn real(path: &Path) -> PathBuf {
    match path.symlink_metadata() {
        Ok(found) if found.is_symlink() => path.canonicalize().unwrap_or_else(|_| path.to_owned()),
        _ => path.to_owned(),
    }
}

/// An empty temporary file beside `path`, as readable as any new file of the user's, gone when it is dropped.
///
/// # Errors
/// The folder is not there or cannot be written.
pub fn begin(path: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".shoespace-").suffix(".tmp");
    // A temporary file alone would be for its owner's eyes; the mask of the process still counts.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    // Beside what a link leads to: it may lie on another disk.
    builder.tempfile_in(folder(&real(path)))
}

/// Gives a complete temporary file its name. A file that was there is replaced, and who may read it stays as it was;
/// of a link, what it leads to is replaced.
///
/// # Errors
/// The disk is full, the name is a folder's, or the file that is there may not be written: it is then as it was.
pub fn finish(file: NamedTempFile, path: &Path) -> io::Result<()> {
    let place = real(path);
    if let Ok(old) = std::fs::metadata(&place) {
        if old.permissions().readonly() {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        if old.is_file() {
            file.as_file().set_permissions(old.permissions())?;
        }
    }
    file.as_file().sync_all()?;
    file.persist(&place)?;
    // The name is safe only when the folder is on the disk too; not every system can do this.
    if let Ok(folder) = std::fs::File::open(folder(path)) {
        let _ = folder.sync_all();
    }
    Ok(())
}

/// Writes a whole file.
///
/// # Errors
/// Those of the system and of `fill`; whatever was at `path` is then as it was, and nothing else is left.
pub fn write(path: &Path, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut pending = Pending::default();
    pending.write(path, fill)?;
    pending.finish()
}

/// Files that are complete under temporary names, and appear together.
#[derive(Default)]
pub struct Pending<'a>(Vec<(NamedTempFile, &'a Path)>);

impl<'a> Pending<'a> {
    /// Writes one file completely, under a temporary name beside `path`.
    ///
    /// # Errors
    /// Those of the system and of `fill`.
    pub fn write(
        &mut self,
        path: &'a Path,
        fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut file = begin(path)?;
        let mut writer = BufWriter::new(file.as_file_mut());
        fill(&mut writer)?;
        writer.flush()?;
        drop(writer);
        file.as_file().sync_all()?;
        self.0.push((file, path));
        Ok(())
    }

    /// Gives every file its name.
    ///
    /// # Errors
    /// Where a rename fails, as when a folder has that name.
    pub fn finish(self) -> io::Result<()> {
        self.0
            .into_iter()
            .try_for_each(|(file, path)| finish(file, path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("design.json");
        std::fs::write(&path, "old").unwrap();
        let full = write(&path, |w| {
            w.write_all(b"half of it")?;
            Err(io::ErrorKind::StorageFull.into())
        });
        assert_eq!(full.unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn links_and_permissions_stay() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        std::fs::write(&file, "old").unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        symlink(&file, &link).unwrap();
        write(&link, |w| w.write_all(b"new")).unwrap();
        assert!(link.symlink_metadata().unwrap().is_symlink());
        assert_eq!(std::fs::read(&file).unwrap(), b"new");
        let mode = || std::fs::metadata(&file).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(), 0o600);
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o444)).unwrap();
        let refused = write(&file, |w| w.write_all(b"newer")).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::PermissionDenied);
        assert_eq!(
            (std::fs::read(&file).unwrap(), mode()),
            (b"new".to_vec(), 0o444)
        );
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
        assert!(write(&folder.path().join("no/such"), |_| Ok(())).is_err());
    }
}
