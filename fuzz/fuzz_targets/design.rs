//! A saved design: a PNG with JSON in it, or the JSON alone.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shoespace::design::file;
use shoespace::gan::Generator;
use shoespace_fuzz::{folder, run, told};
use std::sync::{Arc, LazyLock};

/// The generator of the seeds.
static GENERATOR: LazyLock<Arc<Generator>> = LazyLock::new(|| {
    let path = shoespace_fuzz::file("generator", include_bytes!("../seeds/model/generator"));
    Arc::new(Generator::load(&path).unwrap())
});

fuzz_target!(|data: &[u8]| run(|| {
    let path = shoespace_fuzz::file("a.png", data);
    let opened = file::open(&path, |_| Some(GENERATOR.clone()));
    let (design, picture) = match opened {
        Ok(opened) => (opened.design, opened.picture),
        Err(error) => {
            told(&error);
            // That it is of this generator is hard to guess.
            let Ok(mut design) = file::read(&path) else {
                return;
            };
            design.generator.sha256 = GENERATOR.info().sha256.clone();
            match design.decode(&GENERATOR) {
                Ok(picture) => (design, picture),
                Err(error) => return told(&error),
            }
        }
    };
    let saved =
        file::save(&design, &picture, &folder().join("saved.png")).expect("it can be saved");
    let again = file::read(&saved).expect("and be read");
    assert_eq!(again.code, design.code);
}));
