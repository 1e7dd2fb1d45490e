//! A picture of any kind, and the small one that is kept of it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shoespace::catalog::picture::{decode, decode_named, thumbnail};
use shoespace_fuzz::{run, told};

fuzz_target!(|data: &[u8]| run(|| {
    // A picture without a mark of its own is read by its name.
    let decoded = match decode_named(data, "shoe.tga") {
        Ok(decoded) => decoded,
        Err(error) => return told(&error),
    };
    let kept = thumbnail(&decoded, data, 32);
    decode(&kept.bytes).expect("what is kept is a picture");
}));
