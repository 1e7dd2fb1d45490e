//! A zip or a tar of photos.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shoespace::catalog::import::ImportOptions;
use shoespace_fuzz::{file, folder, import, run, summed};

fuzz_target!(|data: &[u8]| run(|| {
    let source = match data.starts_with(b"PK") {
        true => file("a.zip", data),
        false => file("a.tar", &summed(data)),
    };
    import(&source, &ImportOptions::default());
    std::fs::remove_file(source).unwrap();
    let left = std::fs::read_dir(folder()).unwrap().count();
    assert_eq!(left, 0, "something was written");
}));
