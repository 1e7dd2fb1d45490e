//! The file of a generator, and the same bytes as an embedder's.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shoespace::embed;
use shoespace::gan::Generator;
use shoespace_fuzz::{file, run, told};

fuzz_target!(|data: &[u8]| run(|| {
    let path = file("a.safetensors", data);
    if let Err(error) = embed::load(&path) {
        told(&error);
    }
    let generator = match Generator::load(&path) {
        Ok(generator) => generator,
        Err(error) => return told(&error),
    };
    let info = generator.info();
    let zeros: Vec<Vec<f32>> = info
        .blocks
        .iter()
        .map(|block| vec![0.5; block.dims])
        .collect();
    let zeros: Vec<&[f32]> = zeros.iter().map(Vec::as_slice).collect();
    let code = match generator.code(&zeros) {
        Ok(code) => code,
        Err(error) => return told(&error),
    };
    if let Some(prior) = generator.prior() {
        (0..prior.words().len()).for_each(|column| {
            prior.word(column, &code);
        });
    }
    match generator.decode(std::slice::from_ref(&code), &[generator.noise(1, 2)]) {
        Ok(pictures) => drop(generator.embeddable(&pictures[0], &code)),
        Err(error) => told(&error),
    }
}));
