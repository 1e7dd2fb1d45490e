//! Atomic files: written under a temporary name beside the target, flushed, renamed. A kill at any moment leaves the
//! old file or the new one, never half of one. And names that are free, so that nothing is written over unasked.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
#[cfg(unix)]
use std::time::Duration;
use tempfile::NamedTempFile;

/// The folder that a file lies in.
fn folder(path: &Path) -> &Path {
    path.parent()
        .filter(|f| !f.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// The path itself, or where it leads if it is a link.
fn resolved(path: &Path) -> PathBuf {
    match path.symlink_metadata() {
        Ok(found) if found.is_symlink() => path.canonicalize().unwrap_or_else(|_| path.to_owned()),
        _ => path.to_owned(),
    }
}

/// An empty temporary file beside `path`, with the permissions of any new file of the user's; it is deleted when it
/// is dropped before [`commit`].
///
/// # Errors
/// The folder is not there or cannot be written.
pub fn create(path: &Path) -> io::Result<NamedTempFile> {
    expect_file(path)?;
    let place = resolved(path);
    #[cfg(unix)]
    clear(folder(&place));
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX).suffix(SUFFIX);
    // Without this only its owner could read it; the process's umask still applies.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    // Beside the target of a link, which may be on another disk: a rename works within one.
    let file = builder.tempfile_in(folder(&place)).map_err(without_path)?;
    // As long as it is locked somebody writes it. Not every disk can lock; there nobody clears either.
    #[cfg(unix)]
    let _ = file.as_file().try_lock();
    Ok(file)
}

/// What a temporary file is called.
const PREFIX: &str = ".shoespace-";
const SUFFIX: &str = ".tmp";
/// One that was changed within this time may just have been made, and not be locked yet.
#[cfg(unix)]
const FRESH: Duration = Duration::from_secs(10);

/// A device, a pipe or a link to nothing is not replaced by a file.
fn expect_file(path: &Path) -> io::Result<()> {
    let wrong = |what: &str| {
        Err(io::Error::other(format!(
            "is {what}, and no file can take its place"
        )))
    };
    match path.metadata() {
        Ok(found) if !found.is_file() && !found.is_dir() => wrong("a device or a pipe"),
        Err(_) if path.is_symlink() => wrong("a link to nothing"),
        _ => Ok(()),
    }
}

/// Takes away temporary files that a killed program left in a folder: nobody holds them. (Elsewhere a lock keeps the
/// program itself from writing by another handle.)
#[cfg(unix)]
fn clear(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if !name.starts_with(PREFIX) || !name.ends_with(SUFFIX) {
            continue;
        }
        let path = entry.path();
        let age = entry.metadata().and_then(|found| found.modified());
        let is_old = age.is_ok_and(|at| at.elapsed().is_ok_and(|age| age > FRESH));
        if is_old && is_left(&path) {
            tracing::info!(
                "{}: left by a run that was killed; taken away",
                path.display()
            );
            let _ = std::fs::remove_file(&path);
        }
    }
}

/// Whether nobody writes a temporary file any more.
#[cfg(unix)]
fn is_left(path: &Path) -> bool {
    let file = std::fs::File::options().read(true).write(true).open(path);
    file.is_ok_and(|file| file.try_lock().is_ok())
}

/// The system's own error in the place of one that adds the temporary name, which tells people nothing.
fn without_path(error: io::Error) -> io::Error {
    let cause = error.get_ref().and_then(std::error::Error::source);
    cause
        .and_then(|cause| cause.downcast_ref::<io::Error>()?.raw_os_error())
        .map_or(error, io::Error::from_raw_os_error)
}

/// Flushes a complete temporary file and gives it its name. It replaces a file that was there and keeps its
/// permissions; of a link, the target is replaced.
///
/// # Errors
/// The disk is full, the name is a folder's, or the file that is there may not be written: it is then as it was.
pub fn commit(file: NamedTempFile, path: &Path) -> io::Result<()> {
    let place = flush(&file, path)?;
    rename(file, &place)
}

/// Makes a temporary file ready for its name; gives where it goes.
fn flush(file: &NamedTempFile, path: &Path) -> io::Result<PathBuf> {
    let place = resolved(path);
    if let Ok(old) = std::fs::metadata(&place) {
        if old.permissions().readonly() {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        if old.is_file() {
            file.as_file().set_permissions(old.permissions())?;
        }
    }
    file.as_file().sync_all()?;
    Ok(place)
}

fn rename(file: NamedTempFile, place: &Path) -> io::Result<()> {
    file.persist(place)?;
    // The rename survives a power cut only once the folder is flushed too; not every system can do this.
    if let Ok(folder) = std::fs::File::open(folder(place)) {
        let _ = folder.sync_all();
    }
    Ok(())
}

/// Writes one file.
///
/// # Errors
/// Those of the system and of `fill`; whatever was at `path` is then as it was, and nothing else is left.
pub fn write(path: &Path, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut batch = Batch::default();
    batch.write(path, fill)?;
    batch.commit()
}

/// Files that are complete under temporary names, and appear together.
#[derive(Default)]
pub struct Batch<'a>(Vec<(NamedTempFile, &'a Path)>);

impl<'a> Batch<'a> {
    /// Writes one file completely, under a temporary name beside `path`.
    ///
    /// # Errors
    /// Those of the system and of `fill`.
    pub fn write(
        &mut self,
        path: &'a Path,
        fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut file = create(path)?;
        let mut writer = BufWriter::new(file.as_file_mut());
        fill(&mut writer)?;
        writer.flush()?;
        drop(writer);
        self.0.push((file, path));
        Ok(())
    }

    /// Flushes every file, and only then gives each its name: a disk that is full changes none.
    ///
    /// # Errors
    /// Where flushing or a rename fails, as when a folder has that name.
    pub fn commit(self) -> io::Result<()> {
        let places = self.0.iter().map(|(file, path)| flush(file, path));
        let places: Vec<PathBuf> = places.collect::<io::Result<_>>()?;
        let files = self.0.into_iter().map(|(file, _)| file);
        files
            .zip(places)
            .try_for_each(|(file, place)| rename(file, &place))
    }
}

/// The first of `name(1)`, `name(2)`, … that is free.
pub fn first_free(name: impl Fn(u32) -> PathBuf, is_free: impl Fn(&Path) -> bool) -> PathBuf {
    (1..u32::MAX)
        .map(&name)
        .find(|path| is_free(path))
        .unwrap_or_else(|| name(u32::MAX))
}

/// `path` for 1, and its stem with the number for more: `photos-2.parquet`.
pub fn numbered(path: &Path, number: u32) -> PathBuf {
    if number <= 1 {
        return path.to_owned();
    }
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let extension = path.extension().map(|e| e.to_string_lossy());
    path.with_file_name(match extension {
        Some(extension) => format!("{stem}-{number}.{extension}"),
        None => format!("{stem}-{number}"),
    })
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
        let mut batch = Batch::default();
        batch.write(&one, |w| w.write_all(b"1")).unwrap();
        assert!(!one.exists());
        batch.write(&two, |w| w.write_all(b"2")).unwrap();
        batch.commit().unwrap();
        assert!(one.exists() && two.exists());
        assert!(write(&folder.path().join("no/such"), |_| Ok(())).is_err());
    }

    #[test]
    fn names_are_numbered_until_one_is_free() {
        let folder = tempfile::tempdir().unwrap();
        let wanted = folder.path().join("path.gif");
        let free = || first_free(|n| numbered(&wanted, n), |path| !path.exists());
        assert_eq!(free(), wanted);
        std::fs::write(&wanted, "taken").unwrap();
        std::fs::write(folder.path().join("path-2.gif"), "taken").unwrap();
        assert_eq!(free(), folder.path().join("path-3.gif"));
        assert_eq!(
            numbered(Path::new("a/frames"), 2),
            PathBuf::from("a/frames-2")
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_device_a_pipe_and_a_link_to_nothing_are_not_replaced() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let (pipe, link) = (folder.path().join("pipe"), folder.path().join("link"));
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        symlink(folder.path().join("gone"), &link).unwrap();
        for path in [pipe.as_path(), &link, Path::new("/dev/null")] {
            let refused = write(path, |w| w.write_all(b"x")).unwrap_err().to_string();
            assert!(refused.contains("no file can take its place"), "{refused}");
        }
        assert!(link.symlink_metadata().unwrap().is_symlink());
        assert!(!pipe.metadata().unwrap().is_file());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[cfg(unix)]
    #[test]
    fn what_a_killed_run_left_is_taken_away_and_what_is_being_written_stays() {
        let folder = tempfile::tempdir().unwrap();
        let long_ago = std::time::SystemTime::now() - 10 * FRESH;
        let aged = |file: &std::fs::File| file.set_modified(long_ago).unwrap();
        let left = folder.path().join(".shoespace-killed.tmp");
        aged(&std::fs::File::create(&left).unwrap());
        let fresh = folder.path().join(".shoespace-fresh.tmp");
        std::fs::write(&fresh, "").unwrap();
        let written = create(&folder.path().join("a.parquet")).unwrap();
        aged(written.as_file());
        assert!(!left.exists() && fresh.exists());
        write(&folder.path().join("b.parquet"), |w| w.write_all(b"b")).unwrap();
        assert!(written.path().exists() && fresh.exists());
        commit(written, &folder.path().join("a.parquet")).unwrap();
        assert!(folder.path().join("a.parquet").exists());
    }
}
