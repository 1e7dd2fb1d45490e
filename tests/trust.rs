//! What befalls a program from outside: killed, hung up on, nobody to hear it. The long versions are in
//! `scripts/torture.sh`.
#![cfg(unix)]

use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant, SystemTime};

/// So many photos are indexed: some seconds of work.
const PHOTOS: u32 = 240;

/// A folder, and in it photos of a foot with a shaft, each of another height and shade.
fn photos() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("photos")).unwrap();
    for n in 0..PHOTOS {
        let picture = image::RgbImage::from_fn(48, 40, |x, y| {
            let foot = (4..14 + n % 30).contains(&x) && (30..36).contains(&y);
            let shaft = (4..14).contains(&x) && y < 30 && y + 4 + n % 23 > 34;
            match foot || shaft {
                true => image::Rgb([(n % 200) as u8, 40, (n * 7 % 160) as u8]),
                false => image::Rgb([255; 3]),
            }
        });
        let name = format!("photos/{n:03}.png");
        picture.save(folder.path().join(name)).unwrap();
    }
    folder
}

/// Indexes the photos of a folder into `output`.
fn index(folder: &Path, output: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shoespace"));
    command
        .arg("index")
        .arg(folder.join("photos"))
        .arg("-o")
        .arg(output);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill")
        .args([name, &child.id().to_string()])
        .status();
    assert!(sent.unwrap().success());
}

/// How long a run takes that nobody disturbs, into `whole`.
fn undisturbed(folder: &Path, whole: &Path) -> Duration {
    let began = Instant::now();
    assert!(index(folder, whole).status().unwrap().success());
    began.elapsed()
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap().flatten();
    let mut names: Vec<String> = entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn killed_at_any_moment_the_old_file_stays_and_the_next_run_makes_the_same() {
    let folder = photos();
    let (whole, output) = (
        folder.path().join("whole.parquet"),
        folder.path().join("out").join("shoes.parquet"),
    );
    std::fs::create_dir(output.parent().unwrap()).unwrap();
    let takes = undisturbed(folder.path(), &whole);
    let old = b"an older file";
    std::fs::write(&output, old).unwrap();
    // At moments over the whole run, its end too.
    for turn in 0..6_u32 {
        let mut child = index(folder.path(), &output).spawn().unwrap();
        std::thread::sleep(takes * (2 * turn + 1) / 12);
        let _ = child.kill();
        child.wait().unwrap();
        let now = std::fs::read(&output).unwrap();
        if now != old {
            // It was done before it was killed.
            assert!(now == std::fs::read(&whole).unwrap());
            std::fs::write(&output, old).unwrap();
        }
    }
    // What the killed ones left is old by now.
    for name in names_in(output.parent().unwrap()) {
        if name.ends_with(".tmp") {
            let file = std::fs::File::options()
                .write(true)
                .open(output.with_file_name(name));
            let long_ago = SystemTime::now() - Duration::from_secs(3600);
            file.unwrap().set_modified(long_ago).unwrap();
        }
    }
    assert!(index(folder.path(), &output).status().unwrap().success());
    assert!(std::fs::read(&output).unwrap() == std::fs::read(&whole).unwrap());
    assert_eq!(names_in(output.parent().unwrap()), ["shoes.parquet"]);
}

#[test]
fn asked_to_stop_it_keeps_what_is_done_and_says_so_by_its_exit_code() {
    let folder = photos();
    let output = folder.path().join("shoes.parquet");
    let takes = undisturbed(folder.path(), &folder.path().join("whole.parquet"));
    let mut child = index(folder.path(), &output).spawn().unwrap();
    std::thread::sleep(takes / 2);
    signal(&child, "-INT");
    let ended = child.wait().unwrap();
    // On a fast machine it may have been done.
    assert!(ended.code() == Some(130) || output.exists(), "{ended}");
    assert!(index(folder.path(), &output).status().unwrap().success());
    assert_eq!(
        names_in(folder.path()),
        ["photos", "shoes.parquet", "whole.parquet"]
    );
}

#[test]
fn who_is_started_to_outlive_the_terminal_does() {
    let folder = photos();
    let output = folder.path().join("shoes.parquet");
    let takes = undisturbed(folder.path(), &folder.path().join("whole.parquet"));
    let hung_up = |ignored: bool| -> ExitStatus {
        let plain = index(folder.path(), &output);
        let words = plain
            .get_args()
            .map(|word| format!("'{}'", word.to_str().unwrap()));
        let words = words.collect::<Vec<_>>().join(" ");
        let trap = if ignored { "trap '' HUP;" } else { "" };
        let line = format!("{trap} exec '{}' {words}", env!("CARGO_BIN_EXE_shoespace"));
        let mut command = Command::new("sh");
        command.args(["-c", &line]);
        let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = quiet.spawn().unwrap();
        std::thread::sleep(takes / 2);
        signal(&child, "-HUP");
        child.wait().unwrap()
    };
    let ended = hung_up(true);
    assert!(ended.success() && output.exists(), "{ended}");
    std::fs::remove_file(&output).unwrap();
    let ended = hung_up(false);
    assert!(ended.code() == Some(130) || output.exists(), "{ended}");
}

#[test]
fn nobody_hears_its_warnings_and_the_work_is_done_all_the_same() {
    let folder = photos();
    let photos = folder.path().join("photos");
    std::fs::write(photos.join("broken.jpg"), b"no picture").unwrap();
    let output = folder.path().join("shoes.parquet");
    let (reader, writer) = std::io::pipe().unwrap();
    // As `2>&1 | head -1` leaves it.
    drop(reader);
    let mut command = Command::new(env!("CARGO_BIN_EXE_shoespace"));
    command.arg("index").arg(&photos).arg("-o").arg(&output);
    let ended = command.stdout(Stdio::null()).stderr(writer).status();
    assert!(ended.unwrap().success());
    assert!(output.exists());
}

/// The test calls itself: a fault of the whole program is one that no test survives.
#[cfg(feature = "explorer")]
#[test]
fn a_fault_of_any_thread_is_written_down() {
    const FOLDER: &str = "SHOESPACE_TEST_FAULTS";
    if let Some(folder) = std::env::var_os(FOLDER) {
        shoespace::explorer::app::fault_report::install(folder.into());
        let thread = std::thread::Builder::new().name("designs".into());
        let ended = thread
            .spawn(|| panic!("no such {}", "shoe"))
            .unwrap()
            .join();
        assert!(ended.is_err());
        panic!("on purpose");
    }
    let folder = tempfile::tempdir().unwrap();
    let faults = folder.path().join("faults");
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_fault_of_any_thread_is_written_down"])
        .env(FOLDER, &faults)
        .output()
        .unwrap();
    assert!(!output.status.success());
    let report = std::fs::read_to_string(faults.join("untold.txt")).unwrap();
    assert!(report.starts_with("no such shoe\n"), "{report}");
    assert!(report.contains("thread designs") && report.contains("tests/trust.rs"));
    assert!(report.contains("\non purpose\n"), "both are told");
}
