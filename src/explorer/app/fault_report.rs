//! Where the program itself is at fault: what happened is written to a file as it happens, and the next start says where
//! it lies. Nothing is sent anywhere.

use crate::explorer::state::{Launch, Notices};
use crate::{atomic_file, paths};
use bevy::prelude::*;
use std::backtrace::Backtrace;
use std::fmt::Write as _;
use std::io::Write as _;
use std::panic::PanicHookInfo;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// The report that nobody was told of yet.
const UNTOLD: &str = "untold.txt";
/// A program that fails again and again fills no disk.
const MOST_BYTES: u64 = 1 << 20;
/// Reports that are kept, the newest.
const MOST_REPORTS: usize = 10;

/// Where reports lie; none where the system names no home.
pub fn folder() -> Option<PathBuf> {
    paths::user_data_dir().map(|folder| folder.join("faults"))
}

/// From now on every panic, of whatever thread, is written down in `folder`, too.
pub fn install(folder: PathBuf) {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        // There is nobody left to tell where this fails.
        let _ = append(&folder, &describe(panic));
        before(panic);
    }));
}

fn describe(panic: &PanicHookInfo<'_>) -> String {
    let thread = std::thread::current();
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH);
    let mut text = String::new();
    let words = panic.payload_as_str().unwrap_or("no words");
    let _ = writeln!(text, "{}", words.lines().next().unwrap_or_default());
    let _ = writeln!(
        text,
        "shoespace {}, {} {}, {} s after 1970, thread {}",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH,
        seconds.map_or(0, |since| since.as_secs()),
        thread.name().unwrap_or("without a name"),
    );
    if let Some(place) = panic.location() {
        let _ = writeln!(text, "at {place}");
    }
    let _ = writeln!(text, "{words}\n{}\n", Backtrace::force_capture());
    text
}

fn append(folder: &Path, text: &str) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let mut file = std::fs::File::options()
        .create(true)
        .append(true)
        .open(folder.join(UNTOLD))?;
    if file.metadata()?.len() < MOST_BYTES {
        file.write_all(text.as_bytes())?;
    }
    Ok(())
}

/// The first line of a report that nobody was told of, and where it lies from now on.
fn take_untold(folder: &Path) -> Option<(String, PathBuf)> {
    let untold = folder.join(UNTOLD);
    let text = std::fs::read(&untold).ok()?;
    let text = String::from_utf8_lossy(&text);
    let words = text.lines().next().unwrap_or_default().to_owned();
    let name = |number| atomic_file::numbered(&folder.join("fault.txt"), number);
    let told = atomic_file::first_free(name, |path| !path.exists());
    std::fs::rename(&untold, &told).ok()?;
    keep_newest(folder);
    Some((words, told))
}

fn keep_newest(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    let mut reports: Vec<(SystemTime, PathBuf)> = entries
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("fault"))
        .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
        .collect();
    reports.sort();
    let extra = reports.len().saturating_sub(MOST_REPORTS);
    for (_, path) in reports.into_iter().take(extra) {
        let _ = std::fs::remove_file(path);
    }
}

pub(super) fn plugin(app: &mut App) {
    app.add_systems(Startup, tell);
}

fn tell(launch: Option<Res<Launch>>, mut notices: ResMut<Notices>) {
    if launch.is_none_or(|launch| !launch.windowed) {
        return;
    }
    if let Some((words, file)) = folder().as_deref().and_then(take_untold) {
        notices.fault(
            format!(
                "Last time something in this program failed ({words}). What you made was kept; a report for who mends it is in {}",
                file.display()
            ),
            file,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_told_of_once_and_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(take_untold(folder.path()), None);
        append(folder.path(), "it broke\nat a.rs:1\n").expect("written");
        append(folder.path(), "and again\n").expect("written");
        let (words, file) = take_untold(folder.path()).expect("there is one");
        assert_eq!(words, "it broke");
        let kept = std::fs::read_to_string(file).expect("kept");
        assert!(kept.ends_with("and again\n"));
        assert_eq!(take_untold(folder.path()), None);
        for _ in 0..MOST_REPORTS + 3 {
            append(folder.path(), "more\n").expect("written");
            take_untold(folder.path()).expect("there is one");
        }
        let count = std::fs::read_dir(folder.path()).expect("there").count();
        assert_eq!(count, MOST_REPORTS);
    }

    #[test]
    fn a_report_does_not_grow_for_ever() {
        let folder = tempfile::tempdir().expect("a folder");
        for _ in 0..5 {
            append(folder.path(), &"x".repeat(600_000)).expect("written");
        }
        let size = folder.path().join(UNTOLD).metadata().expect("there").len();
        assert!(size < 2 * MOST_BYTES, "{size}");
    }
}
