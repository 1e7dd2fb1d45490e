//! IDX pairs: the first two bytes say how many of the last ones are the file of labels.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shoespace::catalog::import::ImportOptions;
use shoespace_fuzz::{folder, import, run};

fuzz_target!(|data: &[u8]| run(|| {
    let [a, b, rest @ ..] = data else { return };
    let labels = usize::from(u16::from_le_bytes([*a, *b])).min(rest.len());
    let (pictures, labels) = rest.split_at(rest.len() - labels);
    let root = folder().join("source");
    std::fs::create_dir_all(&root).unwrap();
    std::fs::write(root.join("train-images-idx3-ubyte"), pictures).unwrap();
    std::fs::write(root.join("train-labels-idx1-ubyte"), labels).unwrap();
    import(&root, &ImportOptions::default());
}));
