//! A catalogue: opened, and all of it read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shoespace::catalog::Catalog;
use shoespace_fuzz::{file, read_all, run, told};

fuzz_target!(|data: &[u8]| run(|| {
    let opened = Catalog::open(&file("a.parquet", data));
    if let Err(error) = opened.and_then(read_all) {
        told(&error);
    }
}));
