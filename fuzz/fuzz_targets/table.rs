//! A table that somebody gives with photos: separated values, JSON, workbooks.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shoespace::catalog::import::ImportOptions;
use shoespace_fuzz::{file, import, photos, run};

fuzz_target!(|data: &[u8]| run(|| {
    let options = ImportOptions {
        metadata: vec![file("table.csv", data)],
        each_picture: data.len() % 2 == 1,
        ..ImportOptions::default()
    };
    import(&photos(), &options);
}));
