//! A data set in Parquet that another program wrote.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shoespace::catalog::import::ImportOptions;
use shoespace_fuzz::{file, import, run};

fuzz_target!(|data: &[u8]| run(|| {
    import(
        &file("train-00000-of-00001.parquet", data),
        &ImportOptions::default(),
    );
}));
