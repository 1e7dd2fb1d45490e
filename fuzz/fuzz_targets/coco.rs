//! COCO annotations beside photos.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shoespace::catalog::import::{Format, ImportOptions};
use shoespace_fuzz::{import, photos, run};

fuzz_target!(|data: &[u8]| run(|| {
    let photos = photos();
    std::fs::write(photos.join("instances.json"), data).unwrap();
    let format = Format::named("coco");
    import(
        &photos,
        &ImportOptions {
            format,
            ..ImportOptions::default()
        },
    );
}));
