//! What the fuzz targets share: what counts as a finding, a folder in memory, and a small catalogue.
//!
//! A panic that leaves the library is a finding, and so is more memory than [`MOST_AT_ONCE`] or [`MOST_IN_ALL`]. Panics of
//! foreign decoders are caught within the library, and tell people that a file is damaged: those are none.

mod catalogue;
mod memory;

pub use catalogue::{read_all, shoes, small};
pub use memory::{MOST_AT_ONCE, MOST_IN_ALL};

use std::backtrace::Backtrace;
use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, Once, OnceLock};

/// The last panic, with where it was; shown if nobody catches it.
static LAST: Mutex<Option<(String, Backtrace)>> = Mutex::new(None);

/// Runs a target on one input, and ends the process if it panics.
pub fn run(target: impl FnOnce()) {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // One thread: what an input leads to is not to depend on who is faster, nor to wait for anybody.
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1);
        pool.use_current_thread().build_global().unwrap();
        // libFuzzer's own hook ends the process at every panic, caught or not.
        std::panic::set_hook(Box::new(|info| {
            let told = (info.to_string(), Backtrace::force_capture());
            *LAST.lock().unwrap_or_else(|e| e.into_inner()) = Some(told);
        }));
    });
    if catch_unwind(AssertUnwindSafe(target)).is_err() {
        let last = LAST.lock().unwrap_or_else(|e| e.into_inner()).take();
        if let Some((message, backtrace)) = last {
            eprintln!("{message}\n{backtrace}");
        }
        std::process::abort();
    }
}

/// Says an error in full, as a person would read it.
pub fn told(error: &dyn Error) {
    let mut next = Some(error);
    while let Some(error) = next {
        assert!(!error.to_string().is_empty(), "an error without words");
        next = error.source();
    }
}

/// The folder of this target, in memory where the system has such a place.
pub fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let shared = Path::new("/dev/shm");
        let root = match shared.is_dir() {
            true => shared.to_owned(),
            false => std::env::temp_dir(),
        };
        let target = std::env::current_exe().unwrap();
        let target = target.file_name().unwrap().to_string_lossy().into_owned();
        // Several processes of one target do not meet.
        let folder = root.join(format!("shoespace-fuzz/{target}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        folder
    })
}

/// Writes a file of that name into the folder.
pub fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder().join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

/// A picture of a few bytes.
pub fn png() -> &'static [u8] {
    static PNG: OnceLock<Vec<u8>> = OnceLock::new();
    PNG.get_or_init(|| {
        let shoe = image::RgbImage::from_fn(6, 4, |x, y| {
            image::Rgb([(x * 40) as u8, (y * 60) as u8, 200])
        });
        shoespace::catalog::picture::encode_png(&shoe)
    })
}

/// A folder with some pictures in it, made once.
pub fn photos() -> PathBuf {
    static MADE: Once = Once::new();
    let folder = folder().join("photos");
    MADE.call_once(|| {
        std::fs::create_dir_all(folder.join("boots")).unwrap();
        for name in [
            "a.png",
            "b.png",
            "1.png",
            "2.png",
            "shoe-10.png",
            "boots/c d.png",
            "boots/ü.png",
        ] {
            std::fs::write(folder.join(name), png()).unwrap();
        }
    });
    folder
}

/// Looks for shoes in a source, and reads the first of them.
pub fn import(source: &Path, options: &shoespace::catalog::import::ImportOptions) {
    use shoespace::catalog::import::Import;
    let import = match Import::open(&[source.to_owned()], options, &shoespace::job::Job::new()) {
        Ok(import) => import,
        Err(error) => return told(&error),
    };
    let mut ids = std::collections::HashSet::new();
    for shoe in &import.shoes {
        assert!(ids.insert(&shoe.id), "two shoes are called {:?}", shoe.id);
    }
    for column in &import.columns {
        assert_eq!(column.len(), import.shoes.len(), "{}", column.name);
    }
    import.roles();
    for shoe in import.shoes.iter().take(8) {
        if let Err(error) = shoe.read() {
            told(&error);
        }
    }
}

/// Puts the sums right in the headers of a tar: else nearly all that is changed in one is refused by its sum.
pub fn summed(tar: &[u8]) -> Vec<u8> {
    let mut tar = tar.to_vec();
    for block in tar.chunks_exact_mut(512) {
        if &block[257..262] == b"ustar" {
            block[148..156].fill(b' ');
            let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
            block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        }
    }
    tar
}

/// An input as several files: each begins with a line `@@ NAME`. A file without contents that is called a picture is one.
pub fn files(input: &[u8]) -> Vec<(String, Vec<u8>)> {
    const MARK: &[u8] = b"\n@@ ";
    let input = [b"\n", input].concat();
    let mut starts: Vec<usize> = (0..input.len())
        .filter(|&at| input[at..].starts_with(MARK))
        .take(24)
        .collect();
    starts.push(input.len());
    let mut files = Vec::new();
    for part in starts.windows(2) {
        let part = &input[part[0] + MARK.len()..part[1]];
        let end = part
            .iter()
            .position(|&byte| byte == b'\n')
            .unwrap_or(part.len());
        // Names stay within the folder: what systems let nobody make is not tried.
        let name = String::from_utf8_lossy(&part[..end]).replace(['\0', '\\'], "_");
        let parts = name
            .split('/')
            .filter(|part| !matches!(*part, "" | "." | "..") && part.len() < 100);
        let name = parts.take(4).collect::<Vec<_>>().join("/");
        let bytes = part.get(end + 1..).unwrap_or_default();
        let bytes = match bytes.is_empty() && name.ends_with("png") {
            true => png().to_vec(),
            false if name.ends_with(".tar") => summed(bytes),
            false => bytes.to_vec(),
        };
        if !name.is_empty() {
            files.push((name, bytes));
        }
    }
    files
}
